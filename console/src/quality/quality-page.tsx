/**
 * Data quality: service levels, how far days are closed, where estimation is suspended, what bills wait
 * for.
 */
import { getRouteApi } from '@tanstack/react-router';
import { useTitle } from '../shell/shell.tsx';
import { PageHead } from '../ui/panel.tsx';
import { Tabs } from '../ui/tabs.tsx';
import { ClosingPanel } from './closing-panel.tsx';
import { LevelsPanel } from './levels-panel.tsx';
import { ReadinessPanel } from './readiness-panel.tsx';
import { SuspensionsPanel } from './suspensions-panel.tsx';

const route = getRouteApi('/quality');

const tabs = [
  { id: 'levels', label: 'Service levels' },
  { id: 'closing', label: 'Closing of days' },
  { id: 'suspensions', label: 'Suspensions' },
  { id: 'readiness', label: 'Billing readiness' },
];

export function QualityPage() {
  useTitle('Data quality');
  const { tab } = route.useSearch();
  const navigate = route.useNavigate();
  const open = tabs.find(({ id }) => id === tab)?.id ?? 'levels';
  return (
    <>
      <PageHead
        title="Data quality"
        note="How much was measured, how much is estimated, and what is missing"
      />
      <Tabs
        label="Data quality"
        tabs={tabs}
        open={open}
        onOpen={(id) => void navigate({ search: { tab: id }, replace: true })}
      >
        <div className="stack" style={{ paddingTop: '0.75rem', gap: '0.75rem' }}>
          {open === 'levels' && <LevelsPanel />}
          {open === 'closing' && <ClosingPanel />}
          {open === 'suspensions' && <SuspensionsPanel />}
          {open === 'readiness' && <ReadinessPanel />}
        </div>
      </Tabs>
    </>
  );
}
