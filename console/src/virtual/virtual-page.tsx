/** Virtual channels, worked out of others by a formula; the groups that formulas name; and check channels. */
import { getRouteApi } from '@tanstack/react-router';
import { TabbedPage } from '../ui/tabbed-page.tsx';
import { ChannelsPanel } from './channels-panel.tsx';
import { ChecksPanel } from './checks-panel.tsx';
import { GroupsPanel } from './groups-panel.tsx';

const route = getRouteApi('/virtual-channels');

const tabs = [
  { id: 'channels', label: 'Channels', panel: <ChannelsPanel /> },
  { id: 'groups', label: 'Groups', panel: <GroupsPanel /> },
  { id: 'checks', label: 'Checks', panel: <ChecksPanel /> },
];

export function VirtualPage() {
  const { tab } = route.useSearch();
  const navigate = route.useNavigate();
  return (
    <TabbedPage
      title="Virtual channels"
      note="Worked out of other channels, stored and validated like any other"
      tabs={tabs}
      tab={tab}
      onTab={(id) => void navigate({ search: { tab: id }, replace: true })}
    />
  );
}
