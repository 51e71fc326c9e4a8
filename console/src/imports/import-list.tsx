/** Past and running imports, newest first. */
import type { ImportJob, StreamImport } from '@openami/server/contract';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import { formatBytes, formatCount } from '../lib/format.ts';
import { useLiveHandlers } from '../live.ts';
import { importsQuery } from '../queries.ts';
import { Panel } from '../ui/panel.tsx';
import { ScrollBox } from '../ui/scroll-box.tsx';
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
        {(jobs) =>
          jobs.length === 0 ? (
            <Empty icon="imports" title="Nothing was imported yet">
              Each import is listed here with its counts and its rejected lines.
            </Empty>
          ) : (
            <JobTable jobs={jobs} {...props} />
          )
        }
      </Ready>
    </Panel>
  );
}

function JobTable(props: {
  readonly jobs: readonly ImportJob[];
  readonly open: number | undefined;
  readonly onOpen: (id: number) => void;
}) {
  return (
    <ScrollBox label="Past imports">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">File</th>
            <th scope="col">State</th>
            <th scope="col">Started</th>
            <th scope="col" className="num">
              Size
            </th>
            <th scope="col" className="num">
              Readings
            </th>
            <th scope="col" className="num">
              New
            </th>
            <th scope="col" className="num">
              Corrections
            </th>
            <th scope="col" className="num">
              Rejected
            </th>
          </tr>
        </thead>
        <tbody>
          {props.jobs.map((job) => (
            <tr key={job.id} aria-current={job.id === props.open || undefined}>
              <td>
                <button type="button" className="link-button" onClick={() => props.onOpen(job.id)}>
                  {job.name}
                </button>
              </td>
              <td>
                <JobState job={job} />
              </td>
              <td>
                <Time at={job.startedAt ?? job.createdAt} />
              </td>
              <td className="num">{formatBytes(job.bytes)}</td>
              <td className="num">{formatCount(job.counts.rows)}</td>
              <td className="num">{formatCount(job.counts.stored)}</td>
              <td className="num">{formatCount(job.counts.corrections)}</td>
              <td className="num">{formatCount(job.counts.rejected)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollBox>
  );
}
