/** Tables of a device as the push message of OpenAMI: registers, present values and load profiles. */
import { Quality } from '@openami/model';
import type { Decimal } from '../../decimal.ts';
import type { DecodedSeries, PushMessage, PushReject } from '../../push/message.ts';
import { blockTable } from '../tables/profile-tables.ts';
import { fieldOf, isClockTime, type TableRecord, type Tables, type TableValue } from '../tables/value.ts';
import { clockOf, clockOffsetS } from './clock.ts';
import { logEntriesOf } from './events.ts';
import { intervalQuality, type LoadProfile } from './load-profile.ts';
import { type Source, scaler, sourcesOf, times } from './sources.ts';
import { type Meaning, meaningOf, type Use } from './unit-of-measure.ts';

export interface ToPushOptions {
  /** When the tables were read, seconds since 1970; registers get it where the device tells no time. */
  readonly receivedS: number;
  /** The meter, where the reader knows it better than the tables do. */
  readonly device?: string;
  /** Decoded load profiles of the same device. */
  readonly profiles?: readonly LoadProfile[];
  /** Seconds of the device's clock to UTC; else by its own flags (tables 52, 53, 55) as they are now. */
  readonly toUtcS?: (clockS: number) => number;
}

const MAX_REJECTS = 1_000;

/** What the tables hold that has a meaning; what has none is among the rejects, with its source. */
export function toPush(tables: Tables, options: ToPushOptions): PushMessage {
  return new Push(tables, options).message();
}

class Push {
  readonly #tables: Tables;
  readonly #options: ToPushOptions;
  readonly #sources: readonly Source[];
  readonly #toUtcS: (clockS: number) => number;
  /** Of the device's clock; null where it tells none. */
  readonly #clockS: number | null;
  readonly #nowS: number;
  readonly #series: DecodedSeries[] = [];
  readonly #rejects: PushReject[] = [];
  #rejectCount = 0;

  constructor(tables: Tables, options: ToPushOptions) {
    this.#tables = tables;
    this.#options = options;
    this.#sources = sourcesOf(tables);
    let offsetS: number | undefined;
    this.#toUtcS =
      options.toUtcS ??
      ((clockS) => {
        offsetS ??= clockOffsetS(tables);
        return clockS - offsetS;
      });
    this.#clockS = clockOf(tables, this.#toUtcS)?.utcS ?? null;
    this.#nowS = this.#clockS ?? options.receivedS;
  }

  message(): PushMessage {
    const current = this.#tables.get(23);
    if (current !== undefined) this.#registers(current);
    this.#present();
    for (const profile of this.#options.profiles ?? []) this.#profile(profile);
    return {
      device: this.#options.device ?? deviceName(this.#tables),
      sentMs: (this.#clockS ?? 0) * 1_000,
      series: this.#series,
      events: this.#events(),
      rejects: this.#rejects,
      rejectCount: this.#rejectCount,
    };
  }

  #events(): PushMessage['events'] {
    return logEntriesOf(this.#tables).flatMap(({ cim, clockS, code, userId }) =>
      cim === undefined || clockS === null
        ? []
        : [{ code: cim, at: this.#toUtcS(clockS), detail: `C12.19 event ${code}, user ${userId}` }],
    );
  }

  #registers(current: TableRecord): void {
    const blocks = [current.TOT_DATA_BLOCK, ...(current.TIER_DATA_BLOCK as readonly TableRecord[])];
    const selection = this.#tables.get(22);
    const maxima = numbers(selection?.MIN_OR_MAX_FLAGS);
    for (const [tier, block] of (blocks as readonly TableRecord[]).entries()) {
      const selected = numbers(selection?.SUMMATION_SELECT);
      for (const [i, value] of (block.SUMMATIONS as readonly Decimal[]).entries()) {
        this.#add(selected[i], 'summation', value, this.#nowS, tier, `table 23, summation ${i}`);
      }
      const demands = numbers(selection?.DEMAND_SELECT);
      for (const [i, demand] of (block.DEMANDS as readonly TableRecord[]).entries()) {
        const [value] = demand.DEMAND as readonly Decimal[];
        if (value === undefined) continue;
        // the time of a maximum is its own where it is known
        const [event] = (demand.EVENT_TIME ?? []) as readonly TableValue[];
        const at = this.#eventS(event);
        const use = maxima.includes(i) ? 'maximum' : 'minimum';
        this.#add(demands[i], use, value, at, tier, `table 23, demand ${i}`);
      }
    }
  }

  #eventS(event: TableValue | undefined): number {
    const clockS = isClockTime(event) ? event.seconds : null;
    return clockS !== null && clockS > 0 ? this.#toUtcS(clockS) : this.#nowS;
  }

  #present(): void {
    const selection = this.#tables.get(27);
    const data = this.#tables.get(28);
    if (data === undefined) return;
    const demands = numbers(selection?.PRESENT_DEMAND_SELECT);
    for (const [i, demand] of (data.PRESENT_DEMAND as readonly TableRecord[]).entries()) {
      this.#add(
        demands[i],
        'present',
        demand.DEMAND_VALUE as Decimal,
        this.#nowS,
        0,
        `table 28, demand ${i}`,
      );
    }
    const values = numbers(selection?.PRESENT_VALUE_SELECT);
    for (const [i, value] of (data.PRESENT_VALUE as readonly Decimal[]).entries()) {
      this.#add(values[i], 'present', value, this.#nowS, 0, `table 28, value ${i}`);
    }
  }

  #add(index: number | undefined, use: Use, value: Decimal, endS: number, tier: number, what: string): void {
    const found = this.#find(index, use, tier);
    if (typeof found === 'string') {
      this.#reject(what, endS, String(value.raw), found);
      return;
    }
    const number = scaler(found.scale)(value.raw, value.power);
    this.#series.push({
      ...found.meaning,
      intervalS: 0,
      end: Float64Array.of(endS),
      value: Float64Array.of(number),
      quality: Uint8Array.of(Number.isNaN(number) ? Quality.missing : Quality.raw),
      length: 1,
    });
  }

  /** The meaning and scale of a source, or why there is none. */
  #find(
    index: number | undefined,
    use: Use,
    tier: number,
    intervalS = 0,
  ): { readonly meaning: Meaning; readonly scale: NonNullable<Source['scale']> } | string {
    const source = index === undefined ? undefined : this.#sources[index];
    if (source?.uom === undefined) return `source ${index} has no unit (tables 12, 16)`;
    const meaning = meaningOf(source.uom, use, tier, intervalS);
    if (meaning === undefined) return `unit ${source.uom.idCode} of source ${index} has no known meaning`;
    if (source.scale === undefined) return `source ${index} counts pulses of unknown worth (table 15)`;
    return { meaning, scale: source.scale };
  }

  #profile(profile: LoadProfile): void {
    const { length, intervalS } = profile;
    const end = new Float64Array(length);
    let blockS = Number.NaN;
    let utcS = Number.NaN;
    for (let i = 0; i < length; i++) {
      const at = profile.blockEndS[i]!;
      // within a block time goes on evenly, whatever the clock's zone does
      if (at !== blockS) {
        blockS = at;
        utcS = Number.isNaN(at) ? at : this.#toUtcS(at);
      }
      end[i] = utcS - profile.beforeBlockEndS[i]!;
    }
    for (const [i, channel] of profile.channels.entries()) {
      const what = `table ${blockTable(profile.set)}, channel ${i}`;
      const found = this.#find(channel.source, 'interval', 0, intervalS);
      if (typeof found === 'string') {
        this.#reject(what, 0, `${length} intervals`, found);
        continue;
      }
      this.#series.push(
        this.#intervals(
          profile,
          channel,
          end,
          intervalS,
          found.meaning,
          scaler(times(found.scale, channel.worth)),
        ),
      );
    }
  }

  #intervals(
    profile: LoadProfile,
    channel: LoadProfile['channels'][number],
    end: Float64Array,
    intervalS: number,
    meaning: Meaning,
    scale: (raw: number | bigint, power: number) => number,
  ): DecodedSeries {
    const { length } = profile;
    const out = {
      quantity: meaning.quantity,
      unit: meaning.unit,
      intervalS,
      end: new Float64Array(length),
      value: new Float64Array(length),
      quality: new Uint8Array(length),
    };
    let rows = 0;
    for (let i = 0; i < length; i++) {
      if (Number.isNaN(end[i]!)) {
        this.#reject(meaning.quantity, 0, String(channel.raw[i]), 'the block has no time');
        continue;
      }
      const quality = intervalQuality(channel.status[i]!, profile.valid[i] === 1);
      const value = quality === Quality.missing ? Number.NaN : scale(channel.raw[i]!, channel.power[i]!);
      out.end[rows] = end[i]!;
      out.value[rows] = value;
      out.quality[rows] = Number.isNaN(value) ? Quality.missing : quality;
      rows++;
    }
    return { ...out, length: rows };
  }

  #reject(quantity: string, end: number, value: string, detail: string): void {
    this.#rejectCount++;
    if (this.#rejects.length < MAX_REJECTS) {
      this.#rejects.push({ quantity, end, value: value.slice(0, 40), code: 'C12_UNSUPPORTED', detail });
    }
  }
}

function numbers(value: unknown): readonly number[] {
  return Array.isArray(value) ? value : [];
}

/** The device's own name: table 5, else the manufacturer's serial number. */
export function deviceName(tables: Tables): string {
  for (const [table, path] of [
    [5, 'IDENTIFICATION'],
    [6, 'DEVICE_ID'],
    [1, 'MFG_SERIAL_NUMBER'],
  ] as const) {
    const value = fieldOf(tables.get(table), path);
    if (typeof value === 'string') {
      const name = value.replace(/\0/g, ' ').trim();
      if (name !== '') return name;
    }
  }
  return '';
}
