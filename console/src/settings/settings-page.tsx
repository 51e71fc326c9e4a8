/** Settings: users, API tokens, hand-over and the audit trail, for who may; what one may do, for all. */
import { getRouteApi } from '@tanstack/react-router';
import { HandOverPanel } from '../hand-over/hand-over-panel.tsx';
import { formatWord } from '../lib/format.ts';
import { useSession } from '../shell/session.tsx';
import { useSiteClock } from '../site.tsx';
import { Panel } from '../ui/panel.tsx';
import { TabbedPage } from '../ui/tabbed-page.tsx';
import { AuditPanel } from './audit-panel.tsx';
import { BillWordsPanel } from './bill-words-panel.tsx';
import { TokensPanel } from './tokens-panel.tsx';
import { UsersPanel } from './users-panel.tsx';

const route = getRouteApi('/settings');

export function SettingsPage() {
  const { permissions } = useSession();
  const { tab } = route.useSearch();
  const navigate = route.useNavigate();
  const users = { id: 'users', label: 'Users', panel: <UsersPanel /> };
  const audit = { id: 'audit', label: 'Audit trail', panel: <AuditPanel /> };
  const bills = { id: 'bills', label: 'Bills', panel: <BillWordsPanel /> };
  const tokens = { id: 'tokens', label: 'API tokens', panel: <TokensPanel /> };
  const handOver = { id: 'hand-over', label: 'Hand-over', panel: <HandOverPanel /> };
  return (
    <TabbedPage
      title="Settings"
      tabs={[
        { id: 'you', label: 'You and this site', panel: <YouPanel /> },
        ...(permissions.includes('billing:tariffs') ? [bills] : []),
        ...(permissions.includes('users:admin') ? [users] : []),
        ...(permissions.includes('tokens:admin') ? [tokens] : []),
        ...(permissions.includes('handover:read') ? [handOver] : []),
        ...(permissions.includes('audit:read') ? [audit] : []),
      ]}
      tab={tab}
      onTab={(id) => void navigate({ search: { tab: id }, replace: true })}
    />
  );
}

function YouPanel() {
  const { user, token, permissions } = useSession();
  const clock = useSiteClock();
  return (
    <Panel title="You and this site">
      <dl className="facts">
        <dt>Signed in as</dt>
        <dd>{user ? `${user.name} (${user.email})` : token?.name}</dd>
        <dt>Role</dt>
        <dd>{formatWord(user?.role ?? token?.role ?? '')}</dd>
        <dt>Permissions</dt>
        <dd className="row">
          {permissions.map((p) => (
            <code key={p}>{p}</code>
          ))}
        </dd>
        <dt>Time zone</dt>
        <dd>{clock.zone}. Times are shown on this clock; hover one for its offset and UTC.</dd>
        <dt>Clock</dt>
        <dd>{clock.simulated ? `Simulated, ${clock.speed} times as fast as yours` : 'Real time'}</dd>
        <dt>Interfaces</dt>
        <dd>
          <a href="/docs">API reference</a> · <a href="/metrics">metrics</a> ·{' '}
          <a href="/health/ready">readiness</a>
        </dd>
      </dl>
    </Panel>
  );
}
