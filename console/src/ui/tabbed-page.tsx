/** A page of tabs: its title, and the panel of the tab that the address names, or of the first. */
import type { ReactNode } from 'react';
import { useTitle } from '../shell/shell.tsx';
import { PageHead } from './panel.tsx';
import { type Tab, Tabs } from './tabs.tsx';

export function TabbedPage(props: {
  readonly title: string;
  readonly note?: string;
  readonly actions?: ReactNode;
  readonly tabs: readonly (Tab & { readonly panel: ReactNode })[];
  readonly tab: string | undefined;
  readonly onTab: (id: string) => void;
  /** What lies over the page. */
  readonly children?: ReactNode;
}) {
  const { title, tabs } = props;
  useTitle(title);
  const open = tabs.find(({ id }) => id === props.tab) ?? tabs[0]!;
  return (
    <>
      <PageHead title={title} note={props.note} actions={props.actions} />
      <Tabs label={title} tabs={tabs} open={open.id} onOpen={props.onTab}>
        <div className="stack" style={{ paddingTop: '0.75rem', gap: '0.75rem' }}>
          {open.panel}
        </div>
      </Tabs>
      {props.children}
    </>
  );
}
