/** Loading, empty and error states: each says what is going on and what to do next. */
import type { ReactNode } from 'react';
import { ApiError } from '../api.ts';
import { Button } from './button.tsx';
import { Icon, type IconName } from './icon.tsx';

export type Tone = 'neutral' | 'good' | 'warn' | 'bad' | 'accent';

export function Loading({ what }: { readonly what: string }) {
  return (
    <div className="loading" role="status">
      Loading {what} …
    </div>
  );
}

export function Empty(props: {
  readonly icon?: IconName;
  readonly title: string;
  readonly children?: ReactNode;
  readonly actions?: ReactNode;
}) {
  return (
    <div className="empty">
      {props.icon && <Icon name={props.icon} size={28} />}
      <p className="title">{props.title}</p>
      {props.children && <p>{props.children}</p>}
      {props.actions && <div className="actions">{props.actions}</div>}
    </div>
  );
}

const toneIcons: Record<Tone, IconName> = {
  neutral: 'info',
  accent: 'info',
  good: 'check',
  warn: 'warning',
  bad: 'error',
};

export function Notice(props: {
  readonly tone?: Tone;
  readonly title: string;
  readonly children?: ReactNode;
  readonly role?: 'alert' | 'status';
}) {
  const tone = props.tone ?? 'neutral';
  return (
    <div className="notice" data-tone={tone} role={props.role}>
      <Icon name={toneIcons[tone]} />
      <div className="body grow">
        <p className="title">{props.title}</p>
        {props.children}
      </div>
    </div>
  );
}

/** What went wrong, what to do about it, the code to quote, and a way to try again. */
export function ErrorBox(props: {
  readonly error: unknown;
  readonly what?: string;
  readonly onRetry?: () => void;
}) {
  const { error, what, onRetry } = props;
  const api = error instanceof ApiError ? error : undefined;
  const detail = error instanceof Error ? error.message : String(error);
  return (
    <Notice tone="bad" role="alert" title={what ? `Could not ${what}` : detail}>
      {what && <p>{detail}</p>}
      {api?.hint && <p className="muted">{api.hint}</p>}
      {api && api.fields.length > 0 && (
        <ul>
          {api.fields.map((f) => (
            <li key={f.path + f.message}>
              <code>{f.path}</code> {f.message}
            </li>
          ))}
        </ul>
      )}
      <div className="row">
        {onRetry && <Button onClick={onRetry}>Try again</Button>}
        {api && <code className="muted">{api.code}</code>}
      </div>
    </Notice>
  );
}

/** What is asked of the server, as far as it is here. */
export interface Query<T> {
  readonly data: T | undefined;
  readonly error: unknown;
  readonly refetch: () => unknown;
}

/** The usual three: an error, a wait, or the content. */
export function Ready<T>(props: {
  readonly query: Query<T>;
  readonly what: string;
  readonly children: (data: T) => ReactNode;
}) {
  const { data, error, refetch } = props.query;
  if (data !== undefined) return props.children(data);
  if (error) return <ErrorBox error={error} what={`load ${props.what}`} onRetry={() => void refetch()} />;
  return <Loading what={props.what} />;
}
