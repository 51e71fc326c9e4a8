/**
 * Lists of meters as jobs. A list is read once, as a stream, and lies nowhere in the clear: its rows wait in
 * the registry, each sealed by the vault, and are destroyed when they are done. One job is at work at a time;
 * it goes on after a stop where it was.
 */
import { type KeyFileMapping, parseKeyFileMapping, readMeterList } from '@openami/exchange';
import type { KeyVault } from '@openami/headend';
import { type AccessContext, type BulkJobState, OpenAmiError, systemAccess } from '@openami/model';
import type { BulkJob, BulkOutcome, NewBulkRow } from '@openami/store';
import type { AppContext } from '../../context.ts';
import type { BulkFileQuery, BulkHeardBody, StreamBulk } from '../../contract/commissioning.ts';
import { faultOf } from '../../http/problem.ts';
import { parseMappingText } from '../../imports/options.ts';
import { keysAccess } from '../dlms.ts';
import { limited } from '../keys.ts';
import { type BulkOptions, type BulkRow, workOnRows } from './bulk-rows.ts';
import { bulkErrors } from './errors.ts';

const mostRows = 100_000;
const storedAtOnce = 500;
const workedAtOnce = 40;
const lookEveryMs = 5_000;
/** How long rows that failed are kept, so that the job can be resumed. */
const keepMs = 7 * 86_400_000;

export class BulkService {
  /** Asked for at each use: it is made of what is made after this. */
  readonly #contextOf: () => AppContext;
  #running: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isStopping = false;

  constructor(contextOf: () => AppContext) {
    this.#contextOf = contextOf;
  }

  /**
   * Takes a list; it is worked on from then on. `mayControl`: whether who sends it may give codecs that have
   * `control`. As `readMeterList` raises, and BULK_TOO_MANY, BULK_EMPTY.
   */
  async create(
    ctx: AccessContext,
    query: BulkFileQuery,
    body: AsyncIterable<Uint8Array>,
    mayControl: boolean,
  ): Promise<BulkJob> {
    const { name = '', mapping: text, ...options } = query;
    const mapping: KeyFileMapping | undefined =
      text === undefined ? undefined : parseKeyFileMapping(parseMappingText(text));
    const given = mapping?.encoding ? { ...options, encoding: mapping.encoding } : options;
    return this.#load(ctx, name, { ...given, mayControl }, readMeterList(limited(body), mapping));
  }

  /** As `create`, of meters by the names under which they are heard. */
  async createOfHeard(
    ctx: AccessContext,
    { name, names, ...options }: BulkHeardBody,
    mayControl: boolean,
  ): Promise<BulkJob> {
    const rows = async function* () {
      for (const [i, serial] of names.entries()) {
        const isEui = /^[0-9a-f]{16}$/.test(serial);
        yield { line: i + 1, fields: {}, meter: { ...nothing, serial, devEui: isEui ? serial : '' } };
      }
    };
    const all = { ...options, onlyHeard: true, mayControl };
    return this.#load(ctx, name ?? `${names.length} heard meters`, all, rows());
  }

  async cancel(ctx: AccessContext, id: number): Promise<BulkJob> {
    const { registry } = this.#contextOf();
    const job = await registry.bulkJobs.transition(ctx, id, ['queued', 'running'], 'cancelled');
    this.#tell(job);
    return job;
  }

  /** Goes on, and tries rows again that failed. Raises BULK_EMPTY for a list that never came in. */
  async resume(ctx: AccessContext, id: number): Promise<BulkJob> {
    const { registry } = this.#contextOf();
    if ((await registry.bulkJobs.get(ctx, id)).total === 0) throw bulkErrors.BULK_EMPTY(`job ${id}`);
    const job = await registry.bulkJobs.transition(ctx, id, ['failed', 'cancelled', 'done'], 'queued');
    this.#tell(job);
    this.wake();
    return job;
  }

  /** Begins to work: first on what a process that died left. */
  async start(): Promise<() => Promise<void>> {
    const { code, message: detail, hint } = bulkErrors.BULK_BROKE_OFF();
    await this.#contextOf().registry.bulkJobs.requeue(systemAccess, { code, detail, hint });
    this.#timer = setInterval(() => this.wake(), lookEveryMs).unref();
    this.wake();
    return async () => {
      this.#isStopping = true;
      clearInterval(this.#timer);
      await this.#running;
    };
  }

  /** Looks for queued jobs. */
  wake(): void {
    if (this.#running || this.#isStopping || !this.#timer) return;
    this.#running = this.#drain().finally(() => {
      this.#running = undefined;
    });
  }

  /** Destroys rows that were kept for a resumption long enough. */
  forget(): Promise<number> {
    const { registry, clock } = this.#contextOf();
    return registry.bulkJobs.forget(systemAccess, new Date(clock.nowMs() - keepMs));
  }

  async #load(
    ctx: AccessContext,
    name: string,
    options: object,
    rows: AsyncIterable<Partial<BulkRow> & { line: number; error?: Error & { code: string } }>,
  ): Promise<BulkJob> {
    const { registry, dlms } = this.#contextOf();
    const vault = await dlms.vault();
    const actor = { kind: ctx.actor.kind, id: ctx.actor.id, name: '' };
    const { id } = await registry.bulkJobs.create(ctx, { name, options: { ...options, actor } });
    let [batch, count]: [NewBulkRow[], number] = [[], 0];
    try {
      for await (const { line, error, meter, fields } of rows) {
        if (++count > mostRows) throw bulkErrors.BULK_TOO_MANY(`more than ${mostRows}`);
        const text = error ? '' : JSON.stringify({ meter, fields });
        // several rows of a file may begin in one line
        batch.push({
          line: count,
          sealed: error ? null : vault.sealNamed(sealName(id, count), Buffer.from(text)),
          ...(error
            ? { code: error.code, detail: `line ${line}: ${error.message}` }
            : { code: '', detail: '' }),
        });
        if (batch.length < storedAtOnce) continue;
        await registry.bulkJobs.addRows(ctx, id, batch);
        batch = [];
      }
      if (count === 0) throw bulkErrors.BULK_EMPTY();
      await registry.bulkJobs.addRows(ctx, id, batch);
    } catch (error) {
      await registry.bulkJobs
        .transition(ctx, id, ['loading'], 'failed', faultOf(error))
        .catch(() => undefined);
      throw error;
    }
    const job = await registry.bulkJobs.transition(ctx, id, ['loading'], 'queued');
    this.#tell(job);
    this.wake();
    return job;
  }

  async #drain(): Promise<void> {
    const { registry, log } = this.#contextOf();
    try {
      while (!this.#isStopping) {
        const job = await registry.bulkJobs.claim(systemAccess);
        if (job === undefined) return;
        await this.#run(job);
      }
    } catch (error) {
      log.error({ err: error }, 'Work on lists of meters was disturbed; it is looked at again in 5 seconds');
    }
  }

  async #run(job: BulkJob): Promise<void> {
    const { registry, log } = this.#contextOf();
    this.#tell(job);
    try {
      const isWhole = await this.#runRows(job);
      // stopped by a shutdown (or a cancellation, which then refuses this): goes on at the next start
      const to: BulkJobState = isWhole ? 'done' : 'queued';
      this.#tell(await registry.bulkJobs.transition(systemAccess, job.id, ['running'], to));
    } catch (error) {
      if (faultOf(error).code === 'IMPORT_STATE') return; // cancelled meanwhile
      log.warn({ err: error, job: job.id }, 'Work on a list of meters stopped');
      const stopped = { ...faultOf(bulkErrors.BULK_STOPPED()), detail: faultOf(error).code };
      this.#tell(await registry.bulkJobs.transition(systemAccess, job.id, ['running'], 'failed', stopped));
    }
  }

  /** True when no row waits any more. */
  async #runRows(job: BulkJob): Promise<boolean> {
    const context = this.#contextOf();
    const { registry, dlms, commissioning } = context;
    const { actor, ...options } = job.options as unknown as BulkOptions & Pick<AccessContext, 'actor'>;
    // whoever sent the list did what comes of it
    const ctx: AccessContext = { ...systemAccess, purpose: 'operate', actor };
    const work = { context, ctx, options };
    while (!this.#isStopping) {
      const waiting = await registry.bulkJobs.waiting(keysAccess, job.id, workedAtOnce);
      if (waiting.length === 0) return true;
      const { rows, outcomes } = await opened(await dlms.vault(), job.id, waiting);
      outcomes.push(...(await workOnRows(work, rows)));
      const now = await registry.bulkJobs.settle(systemAccess, job.id, outcomes);
      this.#tell(now);
      commissioning.wake();
      if (now.state !== 'running') return false;
    }
    return false;
  }

  #tell({ id, state, total, done, failed }: BulkJob): void {
    const update: StreamBulk = { id, state, total, done, failed };
    this.#contextOf().hub.publish('bulk', update);
  }
}

const nothing = {
  ...{ addresses: [], joinEui: '', profile: '', manufacturer: '', model: '', commodity: '' as const },
  ...{ usagePoint: '', installedAt: '', startIndex: null, gateway: '', codec: '' },
};

const sealName = (id: number, line: number) => `bulk ${id} ${line}`;

/** Rows in the clear; one that does not open costs only itself. */
async function opened(
  vault: KeyVault,
  id: number,
  waiting: readonly { line: number; wrapped: Uint8Array; wrappingKey: string }[],
): Promise<{ rows: BulkRow[]; outcomes: BulkOutcome[] }> {
  const rows: BulkRow[] = [];
  const outcomes: BulkOutcome[] = [];
  for (const { line, ...sealed } of waiting) {
    try {
      const secret = await vault.openNamed(keysAccess, sealName(id, line), sealed);
      rows.push({ line, ...(JSON.parse(Buffer.from(secret.bytes()).toString()) as Omit<BulkRow, 'line'>) });
      secret.wipe();
    } catch (error) {
      if (!(error instanceof OpenAmiError)) throw error;
      outcomes.push({ line, name: '', code: error.code, detail: '' });
    }
  }
  return { rows, outcomes };
}
