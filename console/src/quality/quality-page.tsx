/**
 * Data quality: service levels, how far days are closed, where estimation is suspended, what bills wait
 * for.
 */
import { getRouteApi } from '@tanstack/react-router';
import { TabbedPage } from '../ui/tabbed-page.tsx';
import { ClosingPanel } from './closing-panel.tsx';
import { LevelsPanel } from './levels-panel.tsx';
import { ReadinessPanel } from './readiness-panel.tsx';
import { SuspensionsPanel } from './suspensions-panel.tsx';

const route = getRouteApi('/quality');

const tabs = [
  { id: 'levels', label: 'Service levels', panel: <LevelsPanel /> },
  { id: 'closing', label: 'Closing of days', panel: <ClosingPanel /> },
  { id: 'suspensions', label: 'Suspensions', panel: <SuspensionsPanel /> },
  { id: 'readiness', label: 'Billing readiness', panel: <ReadinessPanel /> },
];

export function QualityPage() {
  const { tab } = route.useSearch();
  const navigate = route.useNavigate();
  return (
    <TabbedPage
      title="Data quality"
      note="How much was measured, how much is estimated, and what is missing"
      tabs={tabs}
      tab={tab}
      onTab={(id) => void navigate({ search: { tab: id }, replace: true })}
    />
  );
}
