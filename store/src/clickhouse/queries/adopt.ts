/** Kept readings of a device that was registered since, moved into its channels. */
import { ReadingBatch, type Rejection, type Source } from '@openami/model';
import type { EngineClient, Params } from '../client.ts';
import type { Table } from '../native.ts';
import type { ReadingWriter } from '../writer/writer.ts';

/** Where the readings of one quantity go. */
export interface Adoption {
  readonly quantity: string;
  readonly unit: string;
  readonly intervalS: number;
  readonly channel: number;
  readonly resolution: number;
  /** The value in `unit` as a whole count of the resolution; NaN where there is none. */
  toCount(value: number): number;
  /** Why a value without such a count is refused. */
  readonly refusal: Pick<Rejection, 'code' | 'detail'>;
}

/** What a statement is about, with the values of its parameters. */
interface Match {
  readonly where: string;
  readonly params: Params;
}

const pageRows = 20_000;

export class Adopter {
  private readonly client: EngineClient;
  private readonly writer: ReadingWriter;
  private readonly kept: string;
  /** Of the parameters of a statement. */
  private id = 0;
  private waiting: Match[] = [];
  private deleted: Promise<void> = Promise.resolve();

  constructor(client: EngineClient, writer: ReadingWriter, cluster: string | undefined) {
    this.client = client;
    this.writer = writer;
    const on = cluster ? `_local ON CLUSTER \`${cluster}\`` : '';
    this.kept = `openami.unregistered_reading${on}`;
  }

  /** See `EvidenceQueries`. */
  async adopt(device: string, adoptions: readonly Adoption[]): Promise<number> {
    const id = this.id++;
    const { of, place, params } = placesOf(device, adoptions, id);
    let moved = 0;
    for (let after = 0; adoptions.length > 0; ) {
      const table = await this.client.select(
        `SELECT ${place} AS place, end, received, source, value, quality
         FROM openami.unregistered_reading FINAL
         WHERE ${of} AND ${place} > {after:UInt64} ORDER BY place LIMIT ${pageRows}`,
        { ...params, after },
      );
      if (table.rows === 0) break;
      const { readings, rejections, places } = adopted(table, device, adoptions);
      await this.writer.commit({ readings, rejections });
      after = places.at(-1)!;
      // What was moved and nothing else: more may have come for this device in the meantime.
      const where = `${of} AND toUnixTimestamp64Milli(received) <=
        transform(${place}, CAST({places${id}:String} AS Array(UInt64)),
          CAST({received${id}:String} AS Array(Int64)), toInt64(0))`;
      const rows = { [`places${id}`]: places, [`received${id}`]: Array.from(table.f64('received')) };
      await this.delete({ where, params: { ...params, ...rows } });
      moved += readings.length;
      if (table.rows < pageRows) break;
    }
    return moved;
  }

  /** Those that come while a deletion is at work share the next: each looks at every part of the table. */
  private delete(match: Match): Promise<void> {
    this.waiting.push(match);
    if (this.waiting.length === 1) {
      this.deleted = this.deleted.catch(() => undefined).then(() => this.deleteWaiting());
    }
    return this.deleted;
  }

  private async deleteWaiting(): Promise<void> {
    const all = this.waiting.splice(0);
    await this.client.command(
      `DELETE FROM ${this.kept} WHERE ${all.map(({ where }) => `(${where})`).join(' OR ')}`,
      Object.assign({}, ...all.map(({ params }) => params)),
      { lightweight_deletes_sync: 1 },
    );
  }
}

const placeFactor = 2 ** 32;

/** `of`: kept readings of series of a device; `place`: the number of the series, from 1, and its end. */
function placesOf(device: string, adoptions: readonly Adoption[], id: number) {
  const params: Params = { [`device${id}`]: device };
  const names = adoptions.map(({ quantity, unit, intervalS }, i) => {
    const name = (field: string) => `${field}${id}_${i}`;
    params[name('quantity')] = quantity;
    params[name('unit')] = unit;
    params[name('interval')] = intervalS;
    return `({${name('quantity')}:String}, {${name('unit')}:String}, {${name('interval')}:UInt32})`;
  });
  const series = `indexOf([${names.join(', ')}], (quantity, unit, intervalS))`;
  return {
    of: `device = {device${id}:String} AND ${series} > 0`,
    place: `(toUInt64(${series}) * ${placeFactor} + toUInt32(end))`,
    params,
  };
}

/** A page of kept readings as readings of the channels, and what of it a channel cannot hold. */
function adopted(
  table: Table,
  device: string,
  adoptions: readonly Adoption[],
): { readings: ReadingBatch; rejections: Rejection[]; places: number[] } {
  const places = Array.from(table.f64('place'));
  const end = table.u32('end');
  const value = table.f64('value');
  const quality = table.u8('quality');
  const received = table.f64('received');
  const source = table.strings('source');
  const readings = new ReadingBatch(table.rows);
  const rejections: Rejection[] = [];
  for (let i = 0; i < table.rows; i++) {
    const { channel, resolution, quantity, toCount, refusal } =
      adoptions[Math.floor(places[i]! / placeFactor) - 1]!;
    const count = toCount(value[i]!);
    if (Number.isSafeInteger(count)) readings.push(channel, end[i]!, count, resolution, quality[i]!, 0);
    else {
      const of = { receivedMs: received[i]!, source: source[i] as Source, device, quantity };
      rejections.push({ ...of, end: end[i]!, value: String(value[i]), ...refusal });
    }
  }
  return { readings, rejections, places };
}
