/**
 * Collects rows into columns, one buffer a series, and hands them out as chunks.
 *
 *   parser ──row──▶ SeriesBuffer (grows to 8 k rows) ──full──▶ SeriesChunk (a view of the buffer)
 *
 * Memory is bounded: a series that reaches `chunkRows` is due at once, and when all series together
 * hold `totalRows`, all are; when their columns have room for `maxRoom` rows, it is given back. The
 * rows of a series keep their order, however the input was cut.
 */
import { exchangeErrors } from './errors.ts';
import { chunkRows, type ExchangeItem, type Progress, type Reject, type SeriesHead } from './series.ts';
import { own } from './text.ts';

const totalRows = 262_144;
const rejectRows = 256;
/** Rows that the columns of all series have room for at most: some 30 MB. */
const maxRoom = 1_048_576;
const firstRoom = 16;

const noFloats = new Float64Array(0);
const noBytes = new Uint8Array(0);
const noWords = new Uint32Array(0);

/** The rows of one series that wait to be yielded, and its clock's memory. */
export class SeriesBuffer {
  readonly head: SeriesHead;
  end = noFloats;
  value = noFloats;
  quality = noBytes;
  flags = noWords;
  line = noWords;
  stated: (string | undefined)[] | undefined;
  length = 0;
  /** The last two instants a local clock gave, for the hour that comes twice. */
  lastInstant = Number.NaN;
  stepBefore = 1;

  constructor(head: SeriesHead) {
    this.head = head;
  }

  /** Doubles the columns; how many rows more they have room for. */
  grow(): number {
    const before = this.end.length;
    const capacity = Math.max(firstRoom, before * 2);
    const put = <T extends { set(from: T): void }>(bigger: T, old: T): T => {
      bigger.set(old);
      return bigger;
    };
    this.end = put(new Float64Array(capacity), this.end);
    this.value = put(new Float64Array(capacity), this.value);
    this.quality = put(new Uint8Array(capacity), this.quality);
    this.flags = put(new Uint32Array(capacity), this.flags);
    this.line = put(new Uint32Array(capacity), this.line);
    return capacity - before;
  }

  release(): void {
    this.end = this.value = noFloats;
    this.quality = noBytes;
    this.flags = this.line = noWords;
  }
}

/** A head is kept to the end: its names must not keep the text of the file that they are pieces of. */
function ownHead(head: SeriesHead): SeriesHead {
  const { device, quantity, unit, stream } = head;
  const named = { ...head, device: own(device), quantity: own(quantity), unit: own(unit) };
  if (stream === undefined) return named;
  const { configuration, register, dataStream, serial } = stream;
  return {
    ...named,
    stream: {
      ...{ configuration: own(configuration), register: own(register) },
      ...{ dataStream: own(dataStream), serial: own(serial) },
    },
  };
}

/** Gathers rows, rejects and counts of one import. */
export class Collector {
  /** Something waits that must be yielded before the next record: `if (c.due) yield* c.drain()`. */
  due = false;
  bytes = 0;
  lines = 0;
  nulls = 0;
  private accepted = 0;
  private rejected = 0;
  private held = 0;
  private room = 0;
  private full: SeriesBuffer[] = [];
  private rejects: Reject[] = [];
  private readonly series = new Map<string, SeriesBuffer>();
  private readonly maxSeries: number;

  constructor(maxSeries = 1_000_000) {
    this.maxSeries = maxSeries;
  }

  /** The buffer of a series; the same head always gives the same one. */
  buffer(head: SeriesHead): SeriesBuffer {
    const { stream, zone = '' } = head;
    const labels = stream ? Object.values(stream).join('\n') : '';
    const key = `${head.device}\n${head.quantity}\n${head.unit}\n${head.intervalS}\n${zone}\n${labels}`;
    let buffer = this.series.get(key);
    if (!buffer) {
      if (this.series.size >= this.maxSeries)
        throw exchangeErrors.FILE_SERIES_LIMIT(`more than ${this.maxSeries} series`);
      buffer = new SeriesBuffer(ownHead(head));
      this.series.set(own(key), buffer);
    }
    return buffer;
  }

  push(
    to: SeriesBuffer,
    end: number,
    value: number,
    quality: number,
    flags: number,
    line: number,
    stated?: string,
  ): void {
    const row = to.length;
    if (stated !== undefined) {
      to.stated ??= [];
      to.stated[row] = stated;
    }
    if (row === to.end.length) this.room += to.grow();
    to.end[row] = end;
    to.value[row] = value;
    to.quality[row] = quality;
    to.flags[row] = flags;
    to.line[row] = line;
    to.length = row + 1;
    this.held += 1;
    if (to.length === chunkRows) {
      this.full.push(to);
      this.due = true;
    }
    if (this.crowded) this.due = true;
  }

  reject(reject: Reject): void {
    this.rejects.push(reject);
    this.rejected += 1;
    if (this.rejects.length >= rejectRows) this.due = true;
  }

  /** Yields what is due. */
  *drain(): Generator<ExchangeItem> {
    this.due = false;
    yield* this.takeRejects();
    if (this.crowded) {
      yield* this.drainAll();
      return;
    }
    const full = this.full;
    this.full = [];
    for (const buffer of full) yield* this.chunks(buffer);
  }

  /** Yields everything that waits: at the end, and before an error is thrown. */
  *drainAll(): Generator<ExchangeItem> {
    this.due = false;
    this.full = [];
    yield* this.takeRejects();
    const giveBack = this.room >= maxRoom;
    for (const buffer of this.series.values()) {
      if (buffer.length > 0) yield* this.chunks(buffer);
      if (giveBack) buffer.release();
    }
    if (giveBack) this.room = 0;
  }

  /** All series together hold too much. */
  private get crowded(): boolean {
    return this.held >= totalRows || this.room >= maxRoom;
  }

  progress(done: boolean): Progress {
    const { bytes, lines, accepted, rejected, nulls } = this;
    return { kind: 'progress', bytes, lines, accepted, rejected, nulls, done };
  }

  private *takeRejects(): Generator<ExchangeItem> {
    if (this.rejects.length === 0) return;
    const rejects = this.rejects;
    this.rejects = [];
    yield { kind: 'rejects', rejects };
  }

  private *chunks(buffer: SeriesBuffer): Generator<ExchangeItem> {
    const rows = buffer.length;
    for (let from = 0; from < rows; from += chunkRows) {
      const to = Math.min(rows, from + chunkRows);
      this.accepted += to - from;
      yield {
        kind: 'series',
        ...buffer.head,
        end: buffer.end.subarray(from, to),
        value: buffer.value.subarray(from, to),
        quality: buffer.quality.subarray(from, to),
        flags: buffer.flags.subarray(from, to),
        line: buffer.line.subarray(from, to),
        ...(buffer.stated ? { stated: buffer.stated.slice(from, to) } : {}),
        length: to - from,
      };
    }
    this.held -= rows;
    buffer.length = 0;
    buffer.stated = undefined;
  }
}
