/** Exceptions: the work list by cause, one of its groups, every exception, and edits. */
import { getRouteApi } from '@tanstack/react-router';
import { TabbedPage } from '../ui/tabbed-page.tsx';
import { AllPanel } from './all-panel.tsx';
import { EditsPanel } from './edits-panel.tsx';
import { GroupPanel } from './group-panel.tsx';
import { WorkPanel } from './work-panel.tsx';

const route = getRouteApi('/exceptions');

export function ExceptionsPage() {
  const { tab, group } = route.useSearch();
  const navigate = route.useNavigate();
  const work = group === undefined ? <WorkPanel /> : <GroupPanel key={group} group={group} />;
  return (
    <TabbedPage
      title="Exceptions"
      note="Readings and days that need a person, by what likely caused them"
      tabs={[
        { id: 'work', label: 'Work list', panel: work },
        { id: 'all', label: 'All exceptions', panel: <AllPanel /> },
        { id: 'edits', label: 'Edits', panel: <EditsPanel /> },
      ]}
      tab={tab}
      onTab={(id) => void navigate({ search: { tab: id }, replace: true })}
    />
  );
}
