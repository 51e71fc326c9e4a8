/**
 * Removes files of imports that nobody needs any longer:
 *
 *   half done uploads, files without an import    a day after they were last written to (a kill left them)
 *   the file of an import that is done            at once (a kill came in between)
 *   of one that failed or was cancelled           so many days after its end: until then it can be resumed
 *   reject files                                  so many days after the end of their import
 *
 * What is kept for so many days is also bounded in bytes: what ended first goes first.
 */
import { type Clock, systemAccess } from '@openami/model';
import type { ImportJob, RegistryStore } from '@openami/store';
import type { Config } from '../config.ts';
import type { Logger } from '../log.ts';
import type { Spool, SpoolFile } from './spool.ts';

export interface SweepParts {
  readonly registry: Pick<RegistryStore, 'imports' | 'audit'>;
  readonly spool: Spool;
  readonly clock: Clock;
  readonly log: Pick<Logger, 'info'>;
}

const dayMs = 86_400_000;
const rejectsEnd = '.rejects.csv';

/** Name of the reject file of a spooled file. */
export function rejectsName(spooled: string): string {
  return spooled + rejectsEnd;
}

/** Removes what is due, and tells how much that was. */
export async function sweepImportFiles(
  { registry, spool, clock, log }: SweepParts,
  limits: Pick<Config, 'importKeepDays' | 'importKeepBytes'>,
): Promise<void> {
  const files = await spool.files();
  const jobs = new Map<string, ImportJob>();
  const names = [...new Set(files.map(({ name }) => spooledName(name)))];
  for (const job of await registry.imports.ofFiles(systemAccess, names)) jobs.set(job.spool, job);
  const due = dueFiles(files, jobs, clock.nowMs(), limits);
  if (due.length === 0) return;
  for (const { name } of due) await spool.remove(name);
  const data = { files: due.length, bytes: due.reduce((sum, { bytes }) => sum + bytes, 0) };
  log.info(data, 'Files of ended imports were removed');
  await registry.audit.append(systemAccess, {
    action: 'retention.drop',
    objectKind: 'import_file',
    objectId: '',
    data,
  });
}

function spooledName(name: string): string {
  return name.endsWith(rejectsEnd) ? name.slice(0, -rejectsEnd.length) : name;
}

function dueFiles(
  files: readonly SpoolFile[],
  jobs: ReadonlyMap<string, ImportJob>,
  nowMs: number,
  { importKeepDays, importKeepBytes }: Pick<Config, 'importKeepDays' | 'importKeepBytes'>,
): SpoolFile[] {
  const due: SpoolFile[] = [];
  const kept: { file: SpoolFile; endedMs: number }[] = [];
  for (const file of files) {
    const job = jobs.get(spooledName(file.name));
    if (!job) {
      if (file.untouchedMs > dayMs) due.push(file);
      continue;
    }
    if (job.state === 'queued' || job.state === 'running') continue;
    const endedMs = job.finishedAt?.getTime() ?? 0;
    const imported = job.state === 'done' && file.name === job.spool;
    if (imported || nowMs - endedMs > importKeepDays * dayMs) due.push(file);
    else kept.push({ file, endedMs });
  }
  kept.sort((a, b) => b.endedMs - a.endedMs);
  let bytes = 0;
  for (const { file } of kept) {
    bytes += file.bytes;
    if (bytes > importKeepBytes) due.push(file);
  }
  return due;
}
