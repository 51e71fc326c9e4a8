/** The close of a day on all processors: each process takes its share of the channels. */
import { fork } from 'node:child_process';
import { childModule } from '@openami/model';
import type { CloseJob, CloseReport } from './close.ts';

const processes = 2;
/** Channels with a gap in the day: read rates of good collection leave fewer. */
const gapShare = 0.05;

/** Figures of the close; seconds are of the process that took longest, and of settling alone. */
export async function closeAll(channels: number): Promise<Record<string, number>> {
  const share = Math.ceil(channels / processes);
  const jobs = Array.from({ length: processes }, (_, i) => ({
    ...{ from: i * share, to: Math.min(channels, (i + 1) * share), gapShare },
  }));
  const reports = await Promise.all(jobs.map(inProcess));
  const total = (key: keyof CloseReport): number => reports.reduce((sum, report) => sum + report[key], 0);
  return {
    closeChannels: total('channels'),
    closeChannelsWithGaps: total('withGaps'),
    closeEstimatedReadings: total('estimated'),
    closeUnreconciled: total('unreconciled'),
    closeSeconds: Math.round(Math.max(...reports.map(({ seconds }) => seconds)) * 1_000) / 1_000,
  };
}

function inProcess(job: CloseJob): Promise<CloseReport> {
  const { url, execArgv } = childModule(import.meta.url, 'close-process');
  const child = fork(new URL(url), { execArgv: [...execArgv] });
  return new Promise((resolve, reject) => {
    child.once('message', (report) => resolve(report as CloseReport));
    child.once('exit', (code) => reject(new Error(`the process that closes ended with ${code}`)));
    child.send(job);
  });
}
