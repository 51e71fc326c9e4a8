/** Commissioning: from the delivery of a meter to its first full day of readings, one by one and in bulk. */
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { useMay } from '../shell/session.tsx';
import { useTitle } from '../shell/shell.tsx';
import { Button } from '../ui/button.tsx';
import { PageHead } from '../ui/panel.tsx';
import { Ready } from '../ui/states.tsx';
import { TextFilter } from '../ui/text-filter.tsx';
import { HeardDialog } from './heard-dialog.tsx';
import { JobsPanel } from './jobs-panel.tsx';
import { ListDialog } from './list-dialog.tsx';
import { MeterList } from './meter-list.tsx';
import { summaryQuery } from './queries.ts';
import { StateBar } from './state-bar.tsx';

const route = getRouteApi('/commissioning');

export function CommissioningPage() {
  useTitle('Commissioning');
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const summary = useQuery(summaryQuery);
  const mayList = useMay('keys:write');
  const maySelect = useMay('meters:write');
  const [open, setOpen] = useState<'list' | 'heard'>();
  const close = () => setOpen(undefined);
  const change = (part: object) =>
    void navigate({ search: (old: object) => ({ ...old, ...part }), replace: true });
  return (
    <>
      <PageHead
        title="Commissioning"
        note="From the delivery of a meter to its first full day of readings"
        actions={
          <>
            {maySelect && <Button onClick={() => setOpen('heard')}>Register heard meters …</Button>}
            {mayList && (
              <Button look="primary" icon="imports" onClick={() => setOpen('list')}>
                Send a list …
              </Button>
            )}
          </>
        }
      />
      <div className="stack" style={{ gap: '0.75rem' }}>
        <Ready query={summary} what="how many stand where">
          {(data) => (
            <StateBar
              summary={data}
              state={search.state}
              isLate={search.late === 'true'}
              onState={(state) => change({ state })}
              onLate={(isLate) => change({ late: isLate ? 'true' : undefined })}
            />
          )}
        </Ready>
        <div className="panel">
          <div className="filters">
            <TextFilter
              label="Filter by name"
              hint="Serial number, or name on the air"
              value={search.q}
              onChange={(q) => change({ q })}
            />
          </div>
          <MeterList search={search} />
        </div>
        <JobsPanel />
      </div>
      {open === 'list' && <ListDialog onClose={close} />}
      {open === 'heard' && <HeardDialog onClose={close} />}
    </>
  );
}
