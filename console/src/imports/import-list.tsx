/** Past and running imports, newest first. */
import type { ImportJob, StreamImport } from '@openami/server/contract';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import { formatBytes, formatCount } from '../lib/format.ts';
import { useLiveHandlers } from '../live.ts';
import { importsQuery } from '../queries.ts';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { Panel } from '../ui/panel.tsx';
import { Empty, Ready } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';
import { JobState } from './job-state.tsx';

export function ImportList(props: {
  readonly open: number | undefined;
  readonly onOpen: (id: number) => void;
}) {
  const query = useQuery(importsQuery);
  const client = useQueryClient();
  useLiveHandlers(
    useMemo(
      () => ({
        import: (data: StreamImport) => {
          const known = client.getQueryData<ImportJob[]>(['imports'])?.find((j) => j.id === data.id);
          if (known?.state !== data.state) void client.invalidateQueries({ queryKey: ['imports'] });
          else {
            client.setQueryData<ImportJob[]>(['imports'], (old) =>
              old?.map((j) => (j.id === data.id ? { ...j, progress: data.progress } : j)),
            );
          }
        },
      }),
      [client],
    ),
  );
  return (
    <Panel title="Past imports" flush>
      <Ready query={query} what="imports">
        {(jobs) => <JobTable jobs={jobs} {...props} />}
      </Ready>
    </Panel>
  );
}

function JobTable(props: {
  readonly jobs: readonly ImportJob[];
  readonly open: number | undefined;
  readonly onOpen: (id: number) => void;
}) {
  const name: Column<ImportJob> = {
    name: 'File',
    cell: (job) => (
      <button type="button" className="link-button" onClick={() => props.onOpen(job.id)}>
        {job.name}
      </button>
    ),
  };
  return (
    <DataTable
      label="Past imports"
      columns={[name, ...columns]}
      rows={props.jobs}
      rowKey={(job) => job.id}
      isCurrent={(job) => job.id === props.open}
      empty={
        <Empty icon="imports" title="Nothing was imported yet">
          Each import is listed here with its counts and its rejected lines.
        </Empty>
      }
    />
  );
}

const columns: readonly Column<ImportJob>[] = [
  { name: 'State', cell: (job) => <JobState job={job} /> },
  { name: 'Started', cell: (job) => <Time at={job.startedAt ?? job.createdAt} /> },
  { name: 'Size', num: true, cell: (job) => formatBytes(job.bytes) },
  { name: 'Readings', num: true, cell: (job) => formatCount(job.counts.rows) },
  { name: 'New', num: true, cell: (job) => formatCount(job.counts.stored) },
  { name: 'Corrections', num: true, cell: (job) => formatCount(job.counts.corrections) },
  { name: 'Rejected', num: true, cell: (job) => formatCount(job.counts.rejected) },
];
