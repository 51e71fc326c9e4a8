/**
 * CSV files of any shape that `openami import` knows to channels in memory: rows as they stand in the file,
 * as whole counts, with the instants their stamps mean.
 *
 *   files ─▶ mapping (given, or as the first bytes suggest) ─▶ rows ─▶ by meter and quantity ─▶ counts
 */
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import {
  type CsvMapping,
  exchangeErrors,
  type Reject,
  readCsv,
  rejectOf,
  type SeriesChunk,
} from '@openami/exchange';
import {
  type Commodity,
  commodityTable,
  countsConverter,
  findUnit,
  resolutionFor,
  type ZoneTable,
  zoneTable,
} from '@openami/model';
import type { QuantityKind } from '@openami/vee';
import { serverErrors } from '../../errors.ts';
import { commodityInName, mappingFor, sampleBytes } from '../../imports/options.ts';
import { firstBytes, unpacked } from '../../imports/spool.ts';
import type { ReadAs } from './read-as.ts';

/** Rows of one channel in the order of the file. */
export interface InputRows {
  /** UTC seconds: the end of the interval, or the moment of a register reading. */
  readonly endS: Float64Array;
  /** Whole counts. */
  readonly value: Float64Array;
  readonly quality: Uint8Array;
  readonly flags: Uint32Array;
}

export interface InputChannel {
  readonly meter: string;
  readonly quantity: string;
  readonly commodity: Commodity;
  readonly kind: QuantityKind;
  /** Symbol of the unit in which values are shown. */
  readonly unit: string;
  readonly zone: ZoneTable;
  /** 0 for a register. */
  readonly intervalS: number;
  /** Thousandths of the base unit in one count. */
  readonly resolution: number;
  readonly rows: InputRows;
}

export interface Input {
  readonly channels: readonly InputChannel[];
  readonly refusedRows: number;
  /** The first refused rows. */
  readonly rejects: readonly Reject[];
  /** Stamps that no clock of the zone ever showed, as text. */
  readonly skippedHour: readonly string[];
  /** What was assumed and left out, in words. */
  readonly notes: readonly string[];
}

/** Decimal places that values are kept to at most. */
const mostDecimals = 6;
const shownRejects = 5;
const defaultUnits: Readonly<Record<Commodity, string>> = {
  ...{ electricity: 'kWh', gas: 'm3', water: 'L', heat: 'kWh' },
};

/** What was gathered of one channel. */
interface Gathered extends Pick<SeriesChunk, 'device' | 'quantity' | 'unit' | 'intervalS'> {
  readonly chunks: NumberedRows[];
}

interface NumberedRows extends InputRows {
  /** Line of the file. */
  readonly line: Uint32Array;
}

/** Reads files as one set of meters: rows of the same meter are joined in the order of the files. */
export async function readInput(
  files: readonly string[],
  as: ReadAs,
  onBytes: (bytes: number) => void = () => undefined,
): Promise<Input> {
  const reader = new InputReader(as);
  for (const file of files) await reader.read(file, onBytes);
  return reader.finish();
}

class InputReader {
  readonly #as: ReadAs;
  readonly #commodity: Commodity;
  readonly #series = new Map<string, Gathered>();
  #refused = 0;
  readonly #rejects: Reject[] = [];
  readonly #skipped: string[] = [];
  readonly #notes = new Set<string>();

  constructor(as: ReadAs) {
    this.#as = as;
    this.#commodity = as.commodity ?? 'electricity';
  }

  async read(file: string, onBytes: (bytes: number) => void): Promise<void> {
    const stream = createReadStream(file);
    const sample = await firstBytes(unpacked(stream), sampleBytes);
    stream.destroy();
    const mapping = readAs(sample, file, this.#as, this.#commodity);
    const source = createReadStream(file);
    source.on('data', (chunk) => onBytes(chunk.length));
    for await (const item of readCsv(unpacked(source), { mapping })) {
      if (item.kind === 'series') this.#take(item);
      else if (item.kind === 'rejects') for (const reject of item.rejects) this.#refuse(reject);
    }
  }

  #take(chunk: SeriesChunk): void {
    const { device, quantity, unit, intervalS, length } = chunk;
    const key = JSON.stringify([device, quantity, unit, intervalS]);
    let gathered = this.#series.get(key);
    if (!gathered) {
      gathered = { device, quantity, unit, intervalS, chunks: [] };
      this.#series.set(key, gathered);
    }
    gathered.chunks.push({
      endS: chunk.end.slice(0, length),
      value: chunk.value.slice(0, length),
      quality: chunk.quality.slice(0, length),
      flags: chunk.flags.slice(0, length),
      line: chunk.line.slice(0, length),
    });
  }

  #refuse(reject: Reject): void {
    this.#refused++;
    if (reject.code === 'ROW_TIME_NONEXISTENT') this.#skipped.push(reject.value);
    if (this.#rejects.length < shownRejects) this.#rejects.push(reject);
  }

  finish(): Input {
    const channels: InputChannel[] = [];
    for (const gathered of this.#series.values()) {
      const unit = findUnit(gathered.unit);
      const wanted = commodityTable[this.#commodity].baseUnits;
      const fits = unit && (this.#as.quantity === 'level' || wanted.includes(unit.base));
      if (!fits) {
        this.#notes.add(
          `${gathered.device} ${gathered.quantity} was left out: ` +
            `"${gathered.unit}" is no unit of ${this.#commodity}`,
        );
        continue;
      }
      const channel = this.#channel(gathered, unit.symbol);
      if (channel.rows.endS.length > 0) channels.push(channel);
    }
    return {
      channels,
      refusedRows: this.#refused,
      rejects: this.#rejects,
      skippedHour: this.#skipped,
      notes: [...this.#notes],
    };
  }

  #channel({ device, quantity, intervalS, chunks }: Gathered, unit: string): InputChannel {
    const read = joined(chunks);
    const resolution = resolutionFor(unit, decimalsOf(read.value));
    const counts = countsConverter(unit, resolution);
    const value = read.value.map((number) => counts.toCounts(number));
    for (const [i, count] of value.entries()) {
      if (!Number.isNaN(count)) continue;
      const at = { line: read.line[i]!, device, quantity, end: read.endS[i]!, value: `${read.value[i]}` };
      this.#refuse(rejectOf(exchangeErrors.ROW_VALUE_INFINITE(), at));
    }
    const rows = value.includes(Number.NaN) ? exactRows(read, value) : { ...read, value };
    return {
      ...{ meter: device, quantity, unit, intervalS, resolution, rows },
      commodity: this.#commodity,
      kind: this.#as.quantity ?? 'delivered',
      zone: zoneTable(this.#as.zone ?? 'UTC'),
    };
  }
}

/** The mapping to read a file by. Throws IMPORT_MAPPING when nothing is recognised. */
function readAs(sample: Uint8Array, file: string, as: ReadAs, commodity: Commodity): CsvMapping {
  const unit = as.unit ?? unitInName(file) ?? defaultUnits[commodity];
  const zone = as.clock ?? as.zone ?? 'UTC';
  const mapping = mappingFor(as.mapping, sample, { zone, unit });
  const intervalS = as.intervalMinutes === undefined ? mapping.intervalS : as.intervalMinutes * 60;
  const taken = as.columns?.map((column) => mapping.values.find((one) => one.column === column) ?? column);
  const values = (taken ?? mapping.values).map((value) => {
    const column = typeof value === 'string' ? { ...mapping.values[0]!, column: value } : value;
    const { intervalS: stated, ...rest } = column;
    const keeps = stated === undefined || as.intervalMinutes !== undefined ? {} : { intervalS: stated };
    return { ...rest, ...keeps, kind: as.values ?? column.kind };
  });
  const needs = mapping.interval === undefined && values.some((value) => value.kind !== 'register');
  return {
    ...mapping,
    ...(needs ? { intervalS: intervalS ?? 3_600 } : {}),
    time: { ...mapping.time, ...(as.label ? { label: as.label } : {}) },
    values,
  };
}

/** `kwh` of `load_kwh_30min.csv.gz`. */
function unitInName(file: string): string | undefined {
  const known = ['kWh', 'Wh', 'MWh', 'kW', 'L', 'm3'];
  const words = basename(file)
    .toLowerCase()
    .split(/[^a-z0-9]+/);
  return known.find((unit) => words.includes(unit.toLowerCase()));
}

/** The commodity that a path names, by its file or the folders nearest to it. */
export function commodityInPath(path: string): Commodity | undefined {
  return path
    .split(/[/\\]/)
    .reverse()
    .map(commodityInName)
    .find((name) => name !== undefined);
}

/** The rows whose count is exact. */
function exactRows({ endS, quality, flags }: InputRows, value: Float64Array): InputRows {
  const isExact = (_: number, i: number): boolean => !Number.isNaN(value[i]!);
  return {
    endS: endS.filter(isExact),
    value: value.filter(isExact),
    quality: quality.filter(isExact),
    flags: flags.filter(isExact),
  };
}

function joined(chunks: readonly NumberedRows[]): NumberedRows {
  const rows = chunks.reduce((sum, chunk) => sum + chunk.endS.length, 0);
  const all: NumberedRows = {
    endS: new Float64Array(rows),
    value: new Float64Array(rows),
    quality: new Uint8Array(rows),
    flags: new Uint32Array(rows),
    line: new Uint32Array(rows),
  };
  let at = 0;
  for (const chunk of chunks) {
    for (const key of ['endS', 'value', 'quality', 'flags', 'line'] as const) all[key].set(chunk[key], at);
    at += chunk.endS.length;
  }
  return all;
}

/** Decimal places of the values, up to `mostDecimals`; of what no count can hold they say nothing. */
export function decimalsOf(values: Float64Array): number {
  let decimals = 0;
  let factor = 1;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (Math.abs(value) > Number.MAX_SAFE_INTEGER) continue;
    while (decimals < mostDecimals && !isWhole(value * factor)) {
      decimals++;
      factor *= 10;
    }
    if (decimals === mostDecimals) break;
  }
  return decimals;
}

/** True for the product of a decimal number and the power of ten that makes it whole. */
function isWhole(product: number): boolean {
  return Math.abs(product - Math.round(product)) <= Math.abs(product) * 1e-14;
}

/** Throws VEE_INPUT_EMPTY when nothing was read. */
export function requireChannels(input: Input, path: string): void {
  if (input.channels.length > 0) return;
  const why = [...input.notes, ...input.rejects.map((one) => `line ${one.line}: ${one.detail}`)];
  throw serverErrors.VEE_INPUT_EMPTY(`${path} holds no readings. ${why.slice(0, 3).join('; ')}`.trim());
}
