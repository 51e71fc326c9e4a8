/**
 * Runs one import: file ─ parser ─▶ batches of series ─ ingest (checks, fsync) ─▶ position in the job.
 *
 * While one batch is being stored the next is parsed. The position says how many rows and rejects of the
 * parser are stored for good; after a kill the file is parsed again and as many are skipped, so nothing is
 * lost, and nothing is stored or reported twice.
 */
import type { ExchangeItem, NemStream, Reject, SeriesChunk } from '@openami/exchange';
import type { DeviceSeries, Ingest, IngestReceipt } from '@openami/headend';
import { findUnit, type OpenAmiError } from '@openami/model';
import type { ImportCounts } from '../contract/imports.ts';
import { serverErrors } from '../errors.ts';
import type { RejectFile } from './reject-file.ts';
import { statedOnce } from './stated-once.ts';

const batchRows = 65_536;

/** Where to go on. */
export interface ImportPosition {
  readonly rows: number;
  readonly rejects: number;
  readonly rejectBytes: number;
  /** Starts since something was stored last: a file that kills the server must not kill it for ever. */
  readonly starts: number;
}

export const emptyCounts: ImportCounts = {
  rows: 0,
  stored: 0,
  repeats: 0,
  corrections: 0,
  rejected: 0,
  unregistered: 0,
  missing: 0,
};

/** A series with what registering it needs. */
interface FileSeries extends DeviceSeries {
  readonly readingType?: string;
  readonly stream?: NemStream;
}

export interface RunOptions {
  readonly items: AsyncIterable<ExchangeItem>;
  readonly name: string;
  readonly ingest: Ingest;
  readonly rejects: RejectFile;
  readonly position: ImportPosition;
  readonly counts: ImportCounts;
  /** Fills in what the file leaves out. */
  readonly defaults: { readonly unit: string; readonly quantity: (unit: string) => string };
  /** Told of a batch before it is stored: registers unknown meters; answers what cannot be taken, and why. */
  readonly admit: (series: readonly FileSeries[]) => Promise<ReadonlyMap<FileSeries, OpenAmiError>>;
  /** Repeats and corrections the writer has found so far; differences are counted for this import. */
  readonly writerTotals: () => { repeats: number; corrections: number };
  /** Called after each stored batch; false stops the run. */
  readonly onStored: (position: ImportPosition, counts: ImportCounts) => Promise<boolean>;
}

interface Batch {
  readonly series: FileSeries[];
  readonly rejects: Reject[];
  length: number;
  /** Rows, rejects and nulls of the parser up to the end of this batch. */
  rows: number;
  rejected: number;
  nulls: number;
}

/** Runs to the end of the file (true) or until told to stop (false). Throws what reading or storing does. */
export async function runImport(options: RunOptions): Promise<boolean> {
  const run = new ImportRun(options);
  let storing: Promise<boolean> = Promise.resolve(true);
  let failure: { readonly error: unknown } | undefined;
  const begin = (batch: Batch): void => {
    // its failure is kept, never thrown past the parser that is awaited meanwhile
    storing = run.store(batch).catch((error: unknown) => {
      failure ??= { error };
      return false;
    });
  };
  const settle = async (): Promise<boolean> => {
    const goesOn = await storing;
    if (failure) throw failure.error;
    return goesOn;
  };
  try {
    for await (const item of options.items) {
      if (failure) throw failure.error;
      run.take(item);
      if (run.batch.length < batchRows && run.batch.rejects.length < 10_000) continue;
      if (!(await settle())) return false;
      begin(run.seal());
    }
    if (!(await settle())) return false;
    begin(run.seal());
    return await settle();
  } catch (error) {
    // what was parsed before a fault of the file is stored, then the fault is told
    if (!failure && (await storing)) {
      begin(run.seal());
      await storing;
    }
    throw error;
  }
}

class ImportRun {
  readonly #options: RunOptions;
  #counts: ImportCounts;
  /** Rows and rejects the parser gave so far. */
  #rows = 0;
  #rejects = 0;
  #nulls = 0;
  batch: Batch;

  constructor(options: RunOptions) {
    this.#options = options;
    this.#counts = { ...options.counts };
    this.batch = this.#emptyBatch();
  }

  #emptyBatch(): Batch {
    return { series: [], rejects: [], length: 0, rows: 0, rejected: 0, nulls: 0 };
  }

  /** Adds one item of the parser to the batch, unless an earlier run stored it. */
  take(item: ExchangeItem): void {
    const { position } = this.#options;
    if (item.kind === 'series') {
      const skip = Math.min(Math.max(position.rows - this.#rows, 0), item.length);
      this.#rows += item.length;
      if (skip < item.length) {
        this.batch.series.push(this.#copy(item, skip));
        this.batch.length += item.length - skip;
      }
    } else if (item.kind === 'rejects') {
      const skip = Math.min(Math.max(position.rejects - this.#rejects, 0), item.rejects.length);
      this.#rejects += item.rejects.length;
      for (const reject of item.rejects.slice(skip)) this.batch.rejects.push(reject);
    } else if (item.kind === 'progress') {
      this.#nulls = item.nulls;
    }
  }

  /** The parser uses its arrays again: rows from `skip` on, in memory of their own. */
  #copy(chunk: SeriesChunk, skip: number): FileSeries {
    const { length, intervalS } = chunk;
    const { defaults } = this.#options;
    // a column that is called `kWh` names its unit, not its quantity
    const named = findUnit(chunk.quantity) === undefined ? chunk.quantity : '';
    const unit = chunk.unit || defaults.unit || (named === '' ? chunk.quantity : '');
    return {
      device: chunk.device,
      quantity: named || defaults.quantity(unit),
      unit,
      intervalS,
      ...(chunk.readingType ? { readingType: chunk.readingType } : {}),
      end: chunk.end.slice(skip, length),
      value: chunk.value.slice(skip, length),
      quality: chunk.quality.slice(skip, length),
      flags: chunk.flags.slice(skip, length),
      line: chunk.line.slice(skip, length),
      ...(chunk.stated ? { stated: chunk.stated.slice(skip, length) } : {}),
      ...(chunk.stream ? { stream: chunk.stream } : {}),
      length: length - skip,
    };
  }

  /** Closes the batch that was gathered and begins the next. */
  seal(): Batch {
    const sealed = this.batch;
    sealed.rows = this.#rows;
    sealed.rejected = this.#rejects;
    sealed.nulls = this.#nulls;
    this.batch = this.#emptyBatch();
    return sealed;
  }

  /** Stores a batch for good, then notes the position. */
  async store(batch: Batch): Promise<boolean> {
    const options = this.#options;
    const { rejects } = options;
    for (const reject of batch.rejects) rejects.add(reject);
    const before = options.writerTotals();
    const receipt = await this.#send(batch);
    const after = options.writerTotals();
    const repeats = Math.min(after.repeats - before.repeats, receipt.accepted);
    const corrections = Math.min(after.corrections - before.corrections, receipt.accepted - repeats);
    const counts = this.#counts;
    this.#counts = {
      rows: counts.rows + batch.length,
      stored: counts.stored + receipt.accepted - repeats - corrections,
      repeats: counts.repeats + repeats,
      corrections: counts.corrections + corrections,
      rejected: counts.rejected + batch.rejects.length + receipt.rejected,
      unregistered: counts.unregistered + receipt.unregistered,
      missing: batch.nulls,
    };
    await rejects.flush();
    const position = { rows: batch.rows, rejects: batch.rejected, rejectBytes: rejects.bytes, starts: 0 };
    return options.onStored(position, this.#counts);
  }

  async #send(batch: Batch): Promise<{ accepted: number; rejected: number; unregistered: number }> {
    const { ingest, name, rejects, admit } = this.#options;
    if (batch.series.length === 0) return { accepted: 0, rejected: 0, unregistered: 0 };
    const refused = await admit(batch.series);
    let refusedRows = 0;
    for (const [series, error] of refused) {
      refusedRows += series.length;
      this.#refuse(series, error);
    }
    const admitted = batch.series.filter((one) => !refused.has(one));
    const superseded = serverErrors.IMPORT_SUPERSEDED();
    const taken = statedOnce(admitted, (series, row) => {
      refusedRows += 1;
      this.#refuse(series, superseded, row, row + 1);
    });
    if (taken.length === 0) return { accepted: 0, rejected: refusedRows, unregistered: 0 };
    const receipt: IngestReceipt = await ingest.acceptSeries('import', name, taken, {
      lane: 'import',
      keepRejections: true,
      onReject: (rejection, series, row) => {
        const { device, quantity, end, value, code, detail } = rejection;
        rejects.add({ line: series.line?.[row] ?? 0, device, quantity, end, value, code, detail });
      },
    });
    const { accepted, rejectedTotal, unregistered } = receipt;
    return { accepted, rejected: rejectedTotal + refusedRows, unregistered };
  }

  /** Rows of a series to the reject file. */
  #refuse(series: FileSeries, error: OpenAmiError, from = 0, to = series.length): void {
    const { code, message: detail } = error;
    const { device, quantity, end, value, line } = series;
    for (let row = from; row < to; row++) {
      const of = { device, quantity, end: end[row]!, value: String(value[row]) };
      this.#options.rejects.add({ line: line?.[row] ?? 0, ...of, code, detail });
    }
  }
}
