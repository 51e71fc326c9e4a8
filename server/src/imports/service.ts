/** File imports: jobs in the registry, files in the spool, one worker that survives a kill. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { CsvMapping } from '@openami/exchange';
import { createIngest, type Ingest } from '@openami/headend';
import { type AccessContext, type Clock, systemAccess, zoneTable } from '@openami/model';
import type { ImportJobPatch, ImportJob as JobRecord, RegistryStore } from '@openami/store';
import type {
  ImportCounts,
  ImportFormat,
  ImportJob,
  ImportPreview,
  ImportQuery,
} from '../contract/imports.ts';
import { serverErrors } from '../errors.ts';
import { faultOf } from '../http/problem.ts';
import type { Logger } from '../log.ts';
import type { LiveDirectory } from '../services/live-directory.ts';
import { isMeterZone } from '../services/meter-zone.ts';
import { defaultQuantity } from '../services/quantity.ts';
import {
  commodityInName,
  formatOf,
  type ImportOptions,
  mappingFor,
  parseMappingText,
  parserFor,
  sampleBytes,
} from './options.ts';
import { previewOf } from './preview.ts';
import { Admission } from './register-missing.ts';
import { RejectFile, rejectHeader } from './reject-file.ts';
import { emptyCounts, type ImportPosition, runImport } from './runner.ts';
import { firstBytes, type Spool, unpacked } from './spool.ts';
import { rejectsName, sweepImportFiles } from './sweep.ts';

export interface ImportServiceOptions {
  readonly registry: RegistryStore;
  readonly directory: LiveDirectory;
  readonly ingest: Ingest;
  readonly spool: Spool;
  readonly clock: Clock;
  readonly log: Logger;
  readonly writerTotals: () => { repeats: number; corrections: number };
  /** Told of each step, for the live stream. */
  readonly onProgress: (update: { id: number; state: string; progress: number }) => void;
}

const saveEveryMs = 400;
/** Starts of an import that may pass without a batch stored. */
const maxStarts = 3;
const fromStart: ImportPosition = { rows: 0, rejects: 0, rejectBytes: 0, starts: 0 };

export class ImportService {
  readonly #options: ImportServiceOptions;
  readonly #dryIngest: Ingest;
  #running: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stopping = false;
  #again = false;
  /** Failures that the registry does not know yet, by job. */
  readonly #untold = new Map<number, { code: string; detail: string; hint: string }>();

  constructor(options: ImportServiceOptions) {
    this.#options = options;
    const { directory, clock, log } = options;
    const nowhere = { commit: async () => undefined };
    this.#dryIngest = createIngest({ directory: directory.memory, sink: nowhere, clock, log });
  }

  /** What the first bytes of a file say. */
  async preview(query: ImportQuery, body: AsyncIterable<Uint8Array>): Promise<ImportPreview> {
    const sample = await firstBytes(unpacked(body), sampleBytes);
    return previewOf(query.format, sample, query);
  }

  /** Spools the file and queues its import. */
  async create(ctx: AccessContext, query: ImportQuery, body: AsyncIterable<Uint8Array>): Promise<ImportJob> {
    const { registry, spool } = this.#options;
    const given = parseMappingText(query.mapping);
    if (query.zone) zoneTable(query.zone);
    const file = await spool.take(body);
    try {
      const sample = await spool.sample(file.name, sampleBytes);
      const { zone, unit, quantity, commodity, registerMissing: register } = query;
      const options: ImportOptions = {
        ...(zone ? { zone } : {}),
        ...(unit ? { unit } : {}),
        ...(quantity ? { quantity } : {}),
        ...(commodity ? { commodity } : {}),
        ...(register ? { registerMissing: true } : {}),
      };
      const format = formatOf(query.format, sample);
      const job = await registry.imports.create(ctx, {
        name: query.name,
        format,
        bytes: file.bytes,
        sha256: file.sha256,
        dryRun: query.dryRun ?? false,
        mapping: format === 'csv' ? mappingFor(given, sample, options) : null,
        options: { ...options },
        spool: file.name,
        rejects: rejectsName(file.name),
      });
      this.wake();
      return showJob(job);
    } catch (error) {
      await spool.remove(file.name);
      throw error;
    }
  }

  /** Cancels; what is stored stays stored. */
  async cancel(ctx: AccessContext, id: number): Promise<ImportJob> {
    const job = await this.#options.registry.imports.transition(ctx, id, ['queued', 'running'], 'cancelled');
    this.#tell(job);
    return showJob(job);
  }

  /** Goes on where a failed or cancelled import stopped. */
  async resume(ctx: AccessContext, id: number): Promise<ImportJob> {
    const { registry, spool } = this.#options;
    const job = await registry.imports.get(ctx, id);
    if (!(await spool.has(job.spool))) throw serverErrors.IMPORT_FILE_GONE();
    const position = { ...fromStart, ...(job.position as Partial<ImportPosition> | null), starts: 0 };
    const queued = await registry.imports.transition(ctx, id, ['failed', 'cancelled'], 'queued', {
      ...{ error: null, position },
    });
    this.wake();
    return showJob(queued);
  }

  /** The reject file of an import, as a stream of CSV. */
  async rejects(ctx: AccessContext, id: number): Promise<AsyncIterable<Uint8Array | string>> {
    const { registry, spool } = this.#options;
    const job = await registry.imports.get(ctx, id);
    const path = spool.path(job.rejects);
    if (job.rejects && (await stat(path).catch(() => undefined))) return createReadStream(path);
    if ((job.counts.rejected ?? 0) > 0) throw serverErrors.IMPORT_FILE_GONE(`rejects of import ${id}`);
    return justText(rejectHeader);
  }

  /** Removes files of ended imports that are kept no longer. */
  sweep(limits: Parameters<typeof sweepImportFiles>[1]): Promise<void> {
    return sweepImportFiles(this.#options, limits);
  }

  /** Begins to work: first on what a killed process left. */
  async start(): Promise<void> {
    await this.#options.registry.imports.requeue(systemAccess);
    this.#timer = setInterval(() => this.wake(), 5_000);
    this.#timer.unref();
    this.wake();
  }

  /** Stops after the batch at work; the job goes on at the next start. */
  async stop(): Promise<void> {
    this.#stopping = true;
    clearInterval(this.#timer);
    await this.#running;
  }

  /** Looks for queued jobs. */
  wake(): void {
    this.#again = true;
    if (this.#running || this.#stopping || !this.#timer) return;
    this.#running = this.#drain().finally(() => {
      this.#running = undefined;
    });
  }

  async #drain(): Promise<void> {
    const { registry, log } = this.#options;
    try {
      while (this.#again && !this.#stopping) {
        this.#again = false;
        await this.#tellFailures();
        for (let job = await registry.imports.claim(systemAccess); job; ) {
          await this.#run(job);
          job = this.#stopping ? undefined : await registry.imports.claim(systemAccess);
        }
      }
    } catch (error) {
      log.error({ err: error }, 'The import worker was disturbed; it looks again in 5 seconds');
    }
  }

  async #run(job: JobRecord): Promise<void> {
    const { registry, spool, log } = this.#options;
    this.#tell(job);
    const position = { ...fromStart, ...(job.position as Partial<ImportPosition> | null) };
    let rejects: RejectFile | undefined;
    try {
      if (position.starts >= maxStarts) throw serverErrors.IMPORT_CRASHED();
      const begun = { ...position, starts: position.starts + 1 };
      await registry.imports.update(systemAccess, job.id, { position: begun });
      rejects = await RejectFile.open(spool.path(job.rejects), position.rejectBytes);
      const whole = await this.#runJob(job, position, rejects);
      await rejects.close();
      if (!whole) {
        // stopped by a shutdown (or a cancellation, which then refuses this): goes on at the next start
        if (this.#stopping) await this.#backToQueue(job.id);
        return;
      }
      const done = await registry.imports.transition(systemAccess, job.id, ['running'], 'done', {
        progress: 1,
      });
      await spool.remove(job.spool);
      this.#tell(done);
    } catch (error) {
      await rejects?.close().catch(() => undefined);
      await this.#fail(job, error);
      log.warn({ err: error, import: job.id }, 'An import failed');
    }
  }

  async #backToQueue(id: number): Promise<void> {
    const { imports } = this.#options.registry;
    const job = await imports.transition(systemAccess, id, ['running'], 'queued');
    const position = { ...fromStart, ...(job.position as Partial<ImportPosition> | null), starts: 0 };
    await imports.update(systemAccess, id, { position });
  }

  async #fail(job: JobRecord, cause: unknown): Promise<void> {
    const error = faultOf(cause);
    if (error.code === 'IMPORT_STATE') return; // cancelled meanwhile
    this.#untold.set(job.id, error);
    await this.#tellFailures();
  }

  /** Notes failures in the registry; one that cannot be noted now (a full disk) is noted at the next look. */
  async #tellFailures(): Promise<void> {
    const { imports } = this.#options.registry;
    for (const [id, error] of this.#untold) {
      try {
        this.#tell(await imports.transition(systemAccess, id, ['running'], 'failed', { error }));
      } catch (cause) {
        if (faultOf(cause).code !== 'IMPORT_STATE') continue;
      }
      this.#untold.delete(id);
    }
  }

  async #runJob(job: JobRecord, position: ImportPosition, rejects: RejectFile): Promise<boolean> {
    const { registry, directory, spool, ingest, writerTotals } = this.#options;
    const options = job.options as ImportOptions;
    let bytes = 0;
    let savedMs = 0;
    const content = spool.read(job.spool, (read) => {
      bytes = read;
    });
    const save = async (patch: ImportJobPatch): Promise<boolean> => {
      const now = performance.now();
      if (now - savedMs < saveEveryMs && patch.progress !== 1) return !this.#stopping;
      savedMs = now;
      const saved = await registry.imports.update(systemAccess, job.id, patch);
      this.#tell(saved);
      return saved.state === 'running' && !this.#stopping;
    };
    const likely = options.commodity ?? commodityInName(job.name);
    const admission = new Admission({
      ...{ registry, directory, dryRun: job.dryRun, register: options.registerMissing ?? false },
      ...(options.commodity ? { commodity: options.commodity } : {}),
      ...(likely ? { likely } : {}),
      ...zoneOfNew(options, job.mapping),
    });
    let last: ImportJobPatch = {};
    const whole = await runImport({
      items: parserFor(job.format as ImportFormat, content, job.mapping),
      name: job.name,
      ingest: job.dryRun ? this.#dryIngest : ingest,
      rejects,
      position,
      counts: { ...emptyCounts, ...(job.counts as Partial<ImportCounts>) },
      defaults: {
        unit: options.unit ?? '',
        quantity: (unit) => options.quantity ?? defaultQuantity(unit, likely),
      },
      admit: (series) => admission.admit(systemAccess, series),
      writerTotals,
      onStored: (at, counts) => {
        last = {
          position: at,
          counts: { ...counts },
          progress: Math.min(bytes / Math.max(job.bytes, 1), 0.999),
        };
        return save(last);
      },
    });
    if (Object.keys(last).length > 0) await registry.imports.update(systemAccess, job.id, last);
    return whole;
  }

  #tell(job: JobRecord): void {
    this.#options.onProgress({ id: job.id, state: job.state, progress: job.progress });
  }
}

/** The zone of meters that an import creates: that of its stamps, where it has a name. */
function zoneOfNew({ zone }: ImportOptions, mapping: unknown): { zone?: string } {
  const named = zone ?? (mapping as CsvMapping | null)?.time.zone ?? '';
  return isMeterZone(named) ? { zone: named } : {};
}

async function* justText(text: string): AsyncGenerator<string> {
  yield text;
}

/** A job as the API shows it. */
export function showJob(job: JobRecord): ImportJob {
  return {
    id: job.id,
    name: job.name,
    format: job.format as ImportFormat,
    bytes: job.bytes,
    dryRun: job.dryRun,
    state: job.state,
    progress: job.progress,
    counts: { ...emptyCounts, ...(job.counts as Partial<ImportCounts>) },
    error: job.error ? { ...job.error } : null,
    createdAt: job.createdAt.toISOString(),
    startedAt: job.startedAt?.toISOString() ?? null,
    finishedAt: job.finishedAt?.toISOString() ?? null,
  };
}
