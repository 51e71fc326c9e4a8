/** Virtual channels: worked out of others by a formula; and the groups of channels that formulas name. */
import { getRouteApi } from '@tanstack/react-router';
import { useTitle } from '../shell/shell.tsx';
import { PageHead } from '../ui/panel.tsx';
import { Tabs } from '../ui/tabs.tsx';
import { ChannelsPanel } from './channels-panel.tsx';
import { GroupsPanel } from './groups-panel.tsx';

const route = getRouteApi('/virtual-channels');

const tabs = [
  { id: 'channels', label: 'Channels' },
  { id: 'groups', label: 'Groups' },
];

export function VirtualPage() {
  useTitle('Virtual channels');
  const { tab } = route.useSearch();
  const navigate = route.useNavigate();
  const open = tabs.find(({ id }) => id === tab)?.id ?? 'channels';
  return (
    <>
      <PageHead
        title="Virtual channels"
        note="Worked out of other channels, stored and validated like any other"
      />
      <Tabs
        label="Virtual channels"
        tabs={tabs}
        open={open}
        onOpen={(id) => void navigate({ search: { tab: id }, replace: true })}
      >
        <div className="stack" style={{ paddingTop: '0.75rem', gap: '0.75rem' }}>
          {open === 'channels' && <ChannelsPanel />}
          {open === 'groups' && <GroupsPanel />}
        </div>
      </Tabs>
    </>
  );
}
