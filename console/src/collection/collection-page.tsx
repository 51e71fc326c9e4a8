/** Collection: the service level by day and plan, what is queued and read now, and the reading plans. */
import { getRouteApi } from '@tanstack/react-router';
import { TabbedPage } from '../ui/tabbed-page.tsx';
import { PlansPanel } from './plans-panel.tsx';
import { QueuePanel } from './queue-panel.tsx';
import { ServiceLevelPanel } from './service-level-panel.tsx';

const route = getRouteApi('/collection');

const tabs = [
  { id: 'levels', label: 'Service level', panel: <ServiceLevelPanel /> },
  { id: 'queue', label: 'Queue and sessions', panel: <QueuePanel /> },
  { id: 'plans', label: 'Reading plans', panel: <PlansPanel /> },
];

export function CollectionPage() {
  const { tab } = route.useSearch();
  const navigate = route.useNavigate();
  return (
    <TabbedPage
      title="Collection"
      note="What is to be read of meters, by when, and whether it was"
      tabs={tabs}
      tab={tab}
      onTab={(id) => void navigate({ search: { tab: id }, replace: true })}
    />
  );
}
