/** Rules of validation, each with its worked example, and the rule sets that choose among them. */
import { getRouteApi } from '@tanstack/react-router';
import { useTitle } from '../shell/shell.tsx';
import { PageHead } from '../ui/panel.tsx';
import { Tabs } from '../ui/tabs.tsx';
import { RulesPanel } from './rules-panel.tsx';
import { SetsPanel } from './sets-panel.tsx';

const route = getRouteApi('/rules');

const tabs = [
  { id: 'rules', label: 'Rules' },
  { id: 'sets', label: 'Rule sets' },
];

export function RulesPage() {
  useTitle('Rules');
  const { tab } = route.useSearch();
  const navigate = route.useNavigate();
  const open = tabs.find(({ id }) => id === tab)?.id ?? 'rules';
  return (
    <>
      <PageHead title="Rules" note="What readings and days are held against" />
      <Tabs
        label="Rules"
        tabs={tabs}
        open={open}
        onOpen={(id) => void navigate({ search: { tab: id }, replace: true })}
      >
        <div className="stack" style={{ paddingTop: '0.75rem', gap: '0.75rem' }}>
          {open === 'rules' && <RulesPanel />}
          {open === 'sets' && <SetsPanel />}
        </div>
      </Tabs>
    </>
  );
}
