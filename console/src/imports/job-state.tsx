/** State of an import, in words with a tone. */
import type { ImportJob } from '@openami/server/contract';
import { formatShare, formatWord } from '../lib/format.ts';
import { Badge } from '../ui/marks.tsx';
import type { Tone } from '../ui/states.tsx';

const tones: Record<string, Tone> = {
  queued: 'neutral',
  running: 'accent',
  done: 'good',
  failed: 'bad',
  cancelled: 'warn',
};

export function JobState({ job }: { readonly job: Pick<ImportJob, 'state' | 'progress' | 'dryRun'> }) {
  const share = job.state === 'running' ? ` ${formatShare(job.progress, 0)}` : '';
  return (
    <Badge tone={tones[job.state]}>
      {formatWord(job.state)}
      {share}
      {job.dryRun && ' (trial)'}
    </Badge>
  );
}
