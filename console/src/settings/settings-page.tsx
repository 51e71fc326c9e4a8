/** Settings: access tokens and users, for administrators; what everybody may do, for everybody. */
import { getRouteApi } from '@tanstack/react-router';
import { formatWord } from '../lib/format.ts';
import { useSession } from '../shell/session.tsx';
import { useTitle } from '../shell/shell.tsx';
import { useSiteClock } from '../site.tsx';
import { PageHead, Panel } from '../ui/panel.tsx';
import { Tabs } from '../ui/tabs.tsx';
import { TokensPanel } from './tokens-panel.tsx';
import { UsersPanel } from './users-panel.tsx';

const route = getRouteApi('/settings');

export function SettingsPage() {
  useTitle('Settings');
  const { permissions } = useSession();
  const { tab } = route.useSearch();
  const navigate = route.useNavigate();
  const tabs = [
    { id: 'you', label: 'You and this site' },
    ...(permissions.includes('users:admin') ? [{ id: 'users', label: 'Users' }] : []),
    ...(permissions.includes('tokens:admin') ? [{ id: 'tokens', label: 'API tokens' }] : []),
  ];
  const open = tabs.find((t) => t.id === tab)?.id ?? 'you';
  return (
    <>
      <PageHead title="Settings" />
      <Tabs
        label="Settings"
        tabs={tabs}
        open={open}
        onOpen={(id) => void navigate({ search: { tab: id }, replace: true })}
      >
        <div className="stack" style={{ paddingTop: '0.75rem' }}>
          {open === 'you' && <YouPanel />}
          {open === 'users' && <UsersPanel />}
          {open === 'tokens' && <TokensPanel />}
        </div>
      </Tabs>
    </>
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
