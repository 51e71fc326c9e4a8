/** One import: its progress while it runs, and what became of every reading when it ended. */
import type { ImportJob } from '@openami/server/contract';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo, useRef } from 'react';
import { send } from '../api.ts';
import { formatCount, formatCounted, formatShare } from '../lib/format.ts';
import { useLiveHandlers } from '../live.ts';
import { importQuery } from '../queries.ts';
import { useMay } from '../shell/session.tsx';
import { announce } from '../ui/announce.tsx';
import { Button } from '../ui/button.tsx';
import { Counts } from '../ui/counts.tsx';
import { Icon } from '../ui/icon.tsx';
import { Panel } from '../ui/panel.tsx';
import { Notice, Ready } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';
import { toastError } from '../ui/toast.tsx';
import { JobState } from './job-state.tsx';

export function ImportReport({ id, onClose }: { readonly id: number; readonly onClose: () => void }) {
  const query = useQuery(importQuery(id));
  const client = useQueryClient();
  const state = query.data?.state;
  useLiveHandlers(
    useMemo(
      () => ({
        import: (data) => {
          if (data.id !== id) return;
          client.setQueryData(['import', id], (old: ImportJob | undefined) =>
            old && old.state === data.state ? { ...old, progress: data.progress } : old,
          );
        },
      }),
      [client, id],
    ),
  );
  const before = useRef(state);
  useEffect(() => {
    if (before.current && state && before.current !== state) {
      announce(`Import ${state}`);
      void client.invalidateQueries({ queryKey: ['imports'] });
    }
    before.current = state;
  }, [state, client]);
  return (
    <Panel
      title={query.data?.name ?? 'Import'}
      note={query.data && <JobState job={query.data} />}
      actions={
        <>
          {query.data && <JobActions job={query.data} />}
          <Button look="quiet" icon="close" onClick={onClose}>
            Close
          </Button>
        </>
      }
    >
      <Ready query={query} what="the import">
        {(job) => <Report job={job} />}
      </Ready>
    </Panel>
  );
}

function JobActions({ job }: { readonly job: ImportJob }) {
  const client = useQueryClient();
  const may = useMay('imports:write');
  const act = useMutation({
    mutationFn: (verb: 'cancel' | 'resume') => send('POST', `/api/v1/imports/${job.id}/${verb}`),
    onSuccess: () => client.invalidateQueries({ queryKey: ['import', job.id] }),
    onError: (e, verb) => toastError(`${verb} the import`, e),
  });
  if (!may) return null;
  const going = job.state === 'running' || job.state === 'queued';
  if (going) {
    return (
      <Button look="danger" busy={act.isPending && 'Cancelling …'} onClick={() => act.mutate('cancel')}>
        Cancel import
      </Button>
    );
  }
  if (job.state === 'done') return null;
  return (
    <Button busy={act.isPending && 'Resuming …'} onClick={() => act.mutate('resume')}>
      Resume
    </Button>
  );
}

function Report({ job }: { readonly job: ImportJob }) {
  const going = job.state === 'running' || job.state === 'queued';
  const { counts } = job;
  const rows: [string, number, string][] = [
    ['Readings in the file', counts.rows, 'Found so far'],
    ['New', counts.stored, 'Intervals that were not there before'],
    ['Repeats', counts.repeats, 'Equal to what was stored: nothing changed'],
    ['Corrections', counts.corrections, 'Differed from what was stored: a new revision'],
    ['Not registered', counts.unregistered, 'Kept under “Seen, not registered”'],
    ['Missing', counts.missing, 'Explicitly empty in the file'],
    ['Rejected', counts.rejected, 'Refused, with line and reason'],
  ];
  return (
    <div className="stack">
      {going && (
        <div className="progress">
          <progress max={1} value={job.progress} aria-label="Progress of the import" />
          <span>{formatShare(job.progress, 0)}</span>
          <span className="muted small">
            {job.state === 'queued'
              ? 'Waits for an earlier import'
              : `${formatCount(counts.rows)} readings read`}
          </span>
        </div>
      )}
      {job.error && (
        <Notice tone="bad" title={job.error.detail}>
          <p className="muted">{job.error.hint}</p>
          <code className="muted">{job.error.code}</code>
        </Notice>
      )}
      {job.dryRun && job.state === 'done' && (
        <Notice tone="neutral" title="This was a trial: nothing was stored">
          <p>Choose the file again and import it without “Try only”.</p>
        </Notice>
      )}
      <Counts counts={rows} />
      <p className="muted small row">
        <span>
          Started <Time at={job.startedAt ?? job.createdAt} seconds />
        </span>
        {job.finishedAt && (
          <span>
            · ended <Time at={job.finishedAt} seconds />
          </span>
        )}
      </p>
      {counts.rejected > 0 && (
        <div>
          <a className="button" href={`/api/v1/imports/${job.id}/rejects`} download={`rejects-${job.id}.csv`}>
            <Icon name="download" />
            Download {formatCounted(counts.rejected, 'rejected reading')} (CSV)
          </a>
        </div>
      )}
    </div>
  );
}
