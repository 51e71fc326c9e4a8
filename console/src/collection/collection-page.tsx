/** Collection: the service level by day and plan, what is queued and read now, and the reading plans. */
import { getRouteApi } from '@tanstack/react-router';
import { useTitle } from '../shell/shell.tsx';
import { PageHead } from '../ui/panel.tsx';
import { Tabs } from '../ui/tabs.tsx';
import { PlansPanel } from './plans-panel.tsx';
import { QueuePanel } from './queue-panel.tsx';
import { ServiceLevelPanel } from './service-level-panel.tsx';

const route = getRouteApi('/collection');

const tabs = [
  { id: 'levels', label: 'Service level' },
  { id: 'queue', label: 'Queue and sessions' },
  { id: 'plans', label: 'Reading plans' },
];

export function CollectionPage() {
  useTitle('Collection');
  const { tab } = route.useSearch();
  const navigate = route.useNavigate();
  const open = tabs.find(({ id }) => id === tab)?.id ?? 'levels';
  return (
    <>
      <PageHead title="Collection" note="What is to be read of meters, by when, and whether it was" />
      <Tabs
        label="Collection"
        tabs={tabs}
        open={open}
        onOpen={(id) => void navigate({ search: { tab: id }, replace: true })}
      >
        <div className="stack" style={{ paddingTop: '0.75rem', gap: '0.75rem' }}>
          {open === 'levels' && <ServiceLevelPanel />}
          {open === 'queue' && <QueuePanel />}
          {open === 'plans' && <PlansPanel />}
        </div>
      </Tabs>
    </>
  );
}
