/** Exceptions: the work list by cause, one of its groups, every exception, and edits. */
import { getRouteApi } from '@tanstack/react-router';
import { useTitle } from '../shell/shell.tsx';
import { PageHead } from '../ui/panel.tsx';
import { Tabs } from '../ui/tabs.tsx';
import { AllPanel } from './all-panel.tsx';
import { EditsPanel } from './edits-panel.tsx';
import { GroupPanel } from './group-panel.tsx';
import { WorkPanel } from './work-panel.tsx';

const route = getRouteApi('/exceptions');

const tabs = [
  { id: 'work', label: 'Work list' },
  { id: 'all', label: 'All exceptions' },
  { id: 'edits', label: 'Edits' },
];

export function ExceptionsPage() {
  useTitle('Exceptions');
  const { tab, group } = route.useSearch();
  const navigate = route.useNavigate();
  const open = tabs.find(({ id }) => id === tab)?.id ?? 'work';
  return (
    <>
      <PageHead title="Exceptions" note="Readings and days that need a person, by what likely caused them" />
      <Tabs
        label="Exceptions"
        tabs={tabs}
        open={open}
        onOpen={(id) => void navigate({ search: { tab: id }, replace: true })}
      >
        <div className="stack" style={{ paddingTop: '0.75rem', gap: '0.75rem' }}>
          {open === 'work' &&
            (group === undefined ? <WorkPanel /> : <GroupPanel key={group} group={group} />)}
          {open === 'all' && <AllPanel />}
          {open === 'edits' && <EditsPanel />}
        </div>
      </Tabs>
    </>
  );
}
