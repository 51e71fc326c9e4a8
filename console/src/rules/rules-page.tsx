/** Rules of validation, each with its worked example, and the rule sets that choose among them. */
import { getRouteApi } from '@tanstack/react-router';
import { TabbedPage } from '../ui/tabbed-page.tsx';
import { RulesPanel } from './rules-panel.tsx';
import { SetsPanel } from './sets-panel.tsx';

const route = getRouteApi('/rules');

const tabs = [
  { id: 'rules', label: 'Rules', panel: <RulesPanel /> },
  { id: 'sets', label: 'Rule sets', panel: <SetsPanel /> },
];

export function RulesPage() {
  const { tab } = route.useSearch();
  const navigate = route.useNavigate();
  return (
    <TabbedPage
      title="Rules"
      note="What readings and days are held against"
      tabs={tabs}
      tab={tab}
      onTab={(id) => void navigate({ search: { tab: id }, replace: true })}
    />
  );
}
