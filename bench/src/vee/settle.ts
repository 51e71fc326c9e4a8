/**
 * The close of one channel's day as the server does it (server/src/services/vee/closing.ts): by the rules,
 * from the day itself and the one before it; where something is open or put aside, once more with its
 * history. A lone day is read with its history at once.
 */
import {
  type ChannelFacts,
  type ChannelStatistics,
  type ClockGrid,
  type ClosedDay,
  clockGrid,
  DayCloser,
  type DayInput,
  presetRuleSet,
  type RegisterTrack,
  type Series,
  selectRules,
  Validator,
} from '@openami/vee';
import { factsOf, intervalS, zone } from './load.ts';

/** Local days before and after the day. */
export interface Span {
  readonly back: number;
  readonly ahead: number;
}

const shallow: Span = { back: 1, ahead: 0 };
const deep: Span = { back: 90, ahead: 14 };

/** What is stored around a day. */
export type Look = Pick<DayInput, 'series' | 'clock' | 'arrival' | 'putAside'>;

export interface Settling {
  readonly facts: ChannelFacts;
  readonly day: number;
  readonly register: RegisterTrack;
  readonly statistics: ChannelStatistics;
  /** One of many channels whose days are closed together. */
  readonly amongMany: boolean;
  readonly look: (span: Span) => Look | Promise<Look>;
}

const selection = selectRules(presetRuleSet('default'), factsOf(0));

export class Settler {
  readonly #closer = new DayCloser(new Validator());

  /** The day as it is to be stored, and what it was read from. Its statistics learn it. */
  async settle({ look, amongMany, ...of }: Settling): Promise<{ closed: ClosedDay; series: Series }> {
    const { day, statistics } = of;
    const around = { ...of, selection };
    let seen = await look(amongMany ? shallow : deep);
    let closed = this.#closer.close({ ...around, ...seen, suspended: amongMany });
    if (amongMany && closed.needsHistory) {
      seen = await look(deep);
      closed = this.#closer.close({ ...around, ...seen });
    }
    statistics.learn(day, closed.dayType, this.#closer.digest, closed.sound);
    return { closed, series: seen.series };
  }
}

/** The slots of whole days around a day. */
export function gridAround(day: number, { back, ahead }: Span): ClockGrid {
  const startS = zone.dayStart(day - back);
  return clockGrid(zone, startS, intervalS, (zone.dayStart(day + 1 + ahead) - startS) / intervalS);
}

/** A register that was read at both ends of the day, where it moved by `energy`. */
export function dayRegister(day: number, energy: number): RegisterTrack {
  return {
    atS: Float64Array.of(zone.dayStart(day), zone.dayStart(day + 1)),
    total: Float64Array.of(0, energy),
    piece: new Uint16Array(2),
    resolution: 1_000,
  };
}

export function sumOf(value: Float64Array, from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += value[i]!;
  return sum;
}
