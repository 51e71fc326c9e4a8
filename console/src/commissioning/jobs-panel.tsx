/** Lists of meters that were sent: their progress, live; rows that failed as a file; stop and go on. */
import type { BulkJob, BulkJobList, StreamBulk } from '@openami/server/contract';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import { send } from '../api.ts';
import { formatCount, formatWord } from '../lib/format.ts';
import { useLiveHandlers } from '../live.ts';
import { refresh } from '../queries.ts';
import { useMay } from '../shell/session.tsx';
import { announce } from '../ui/announce.tsx';
import { Button } from '../ui/button.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { Badge } from '../ui/marks.tsx';
import { Panel } from '../ui/panel.tsx';
import { Empty, Ready, type Tone } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';
import { toastError } from '../ui/toast.tsx';
import { commissioningKeys, jobsQuery } from './queries.ts';

const tones: Readonly<Record<BulkJob['state'], Tone>> = {
  ...{ loading: 'neutral', queued: 'neutral', running: 'accent' },
  ...{ done: 'good', failed: 'bad', cancelled: 'warn' },
};
const isGoing = ({ state }: Pick<BulkJob, 'state'>) => state === 'queued' || state === 'running';

export function JobsPanel() {
  const query = useQuery(jobsQuery);
  useJobNews();
  return (
    <Panel flush title="Lists that were sent" note="Rows that failed can be tried again for a week">
      <Ready query={query} what="the lists">
        {({ items }) => <Jobs jobs={items} />}
      </Ready>
    </Panel>
  );
}

/** What is told of jobs while they run. */
function useJobNews(): void {
  const client = useQueryClient();
  useLiveHandlers(
    useMemo(
      () => ({
        bulk: (news: StreamBulk) => {
          const list = client.getQueryData<BulkJobList>(jobsQuery.queryKey);
          const known = list?.items.find(({ id }) => id === news.id);
          if (known === undefined || known.state !== news.state) {
            if (known && !isGoing(news))
              announce(`${known.name}: ${news.state}, ${news.done} done, ${news.failed} failed`);
            void refresh(client, ['bulk-jobs', ...(isGoing(news) ? [] : commissioningKeys)]);
          } else {
            client.setQueryData<BulkJobList>(
              jobsQuery.queryKey,
              (old) =>
                old && {
                  ...old,
                  items: old.items.map((one) => (one.id === news.id ? { ...one, ...news } : one)),
                },
            );
          }
        },
      }),
      [client],
    ),
  );
}

const columns: readonly Column<BulkJob>[] = [
  { name: 'List', cell: ({ name, id }) => name || `List ${id}` },
  {
    name: 'State',
    cell: ({ state, error }) => (
      <>
        <Badge tone={tones[state]}>{formatWord(state)}</Badge>
        {error && (
          <div className="muted small">
            {error.detail} {error.hint}
          </div>
        )}
      </>
    ),
  },
  { name: 'Progress', cell: (job) => <Progress job={job} /> },
  { name: 'Sent', cell: ({ createdAt }) => <Time at={createdAt} /> },
  {
    name: 'Failed rows',
    cell: ({ id, failed }) =>
      failed === 0 ? (
        <span className="muted">none</span>
      ) : (
        <a href={`/api/v1/commissioning/jobs/${id}/failed`} download>
          {formatCount(failed)} as CSV
        </a>
      ),
  },
];

function Progress({ job: { id, name, done, failed, total } }: { readonly job: BulkJob }) {
  return (
    <div className="progress">
      <progress
        max={Math.max(total, 1)}
        value={done + failed}
        aria-label={`Progress of ${name || `list ${id}`}`}
      />
      <span className="nowrap small">
        {formatCount(done)} of {formatCount(total)} done
        {failed > 0 && `, ${formatCount(failed)} failed`}
      </span>
    </div>
  );
}

function Jobs({ jobs }: { readonly jobs: readonly BulkJob[] }) {
  const may = useMay('meters:write');
  const action: Column<BulkJob> = {
    ...{ name: 'Action', quiet: true, num: true },
    cell: (job) => <JobAction job={job} />,
  };
  return (
    <DataTable
      label="Lists that were sent"
      columns={may ? [...columns, action] : columns}
      rows={jobs}
      rowKey={({ id }) => id}
      empty={
        <Empty icon="imports" title="No list was sent yet">
          Each list is here with its progress and the rows that failed.
        </Empty>
      }
    />
  );
}

function JobAction({ job }: { readonly job: BulkJob }) {
  const client = useQueryClient();
  const verb = isGoing(job) ? 'cancel' : 'resume';
  const act = useMutation({
    mutationFn: () => send('POST', `/api/v1/commissioning/jobs/${job.id}/${verb}`),
    onSuccess: () => refresh(client, ['bulk-jobs']),
    onError: (error) => toastError(`${verb} the job`, error),
  });
  if (job.state === 'loading' || (job.state === 'done' && job.failed === 0)) return null;
  if (job.total === 0) return null;
  const words = verb === 'cancel' ? 'Cancel' : job.state === 'done' ? 'Try failed rows again' : 'Go on';
  return (
    <Button
      look={verb === 'cancel' ? 'danger' : 'plain'}
      busy={act.isPending && 'Working …'}
      aria-label={`${words}: ${job.name || `list ${job.id}`}`}
      onClick={() => act.mutate()}
    >
      {words}
    </Button>
  );
}
