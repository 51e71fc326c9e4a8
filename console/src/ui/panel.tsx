/** A titled box of a page. Its heading names the region for people who jump between landmarks. */
import { type ReactNode, useId } from 'react';

export function Panel(props: {
  readonly title: string;
  readonly note?: ReactNode;
  readonly actions?: ReactNode;
  readonly flush?: boolean;
  readonly className?: string;
  readonly children: ReactNode;
}) {
  const id = useId();
  return (
    <section className={`panel ${props.className ?? ''}`} aria-labelledby={id}>
      <div className="panel-head">
        <div className="heading">
          <h2 id={id}>{props.title}</h2>
          {props.note && <span className="note">{props.note}</span>}
        </div>
        {props.actions && <div className="actions">{props.actions}</div>}
      </div>
      <div className={props.flush ? 'panel-body flush' : 'panel-body'}>{props.children}</div>
    </section>
  );
}

export function PageHead(props: {
  readonly title: string;
  /** What stands beside the title: states, kinds. */
  readonly marks?: ReactNode;
  readonly note?: ReactNode;
  readonly actions?: ReactNode;
}) {
  return (
    <header className="page-head">
      <h1>{props.title}</h1>
      {props.marks}
      {props.note && <p>{props.note}</p>}
      {props.actions && <div className="actions">{props.actions}</div>}
    </header>
  );
}
