/** Which channels are added up in which group, from when to when. */
import { type Commodity, commodityTable, findUnit, type Period, parseDecimal } from '@openami/model';
import type { SettledPoint, SettledSpan, SettlementGrouping } from '@openami/store';
import { billedChannels, type ClippedChannel } from '../billing/billed-channels.ts';
import { handOverErrors } from '../hand-over/errors.ts';

/** A channel of a group; `exports`: it feeds in. Epoch seconds. */
export interface Member {
  readonly group: number;
  readonly exports: boolean;
  readonly channel: number;
  readonly intervalS: number;
  readonly fromS: number;
  readonly untilS: number;
  readonly multiplier: string;
}

export interface GroupHead {
  readonly name: string;
  usagePoints: number;
  channels: number;
  withoutIntervals: number;
  unsuitable: number;
}

/** More would be no settlement but a list of usage points. */
const mostGroups = 5_000;
/** Decimals of multipliers that are taken. */
const mostDecimals = 6;

/** Groups as they come up, with their members. */
export class Membership {
  readonly groups: GroupHead[] = [];
  readonly members: Member[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #grouping: SettlementGrouping;
  readonly #window: Period;
  readonly #stepS: number;
  readonly #base: string;

  /** The window in epoch seconds. */
  constructor(grouping: SettlementGrouping, commodity: Commodity, window: Period, stepS: number) {
    this.#grouping = grouping;
    this.#window = window;
    this.#stepS = stepS;
    this.#base = commodityTable[commodity].baseUnits[0];
  }

  add(point: SettledPoint): void {
    const { from, to } = this.#window;
    const { source, import: drawn, export: fed } = billedChannels(point, from, to);
    const hasIntervals = source === 'intervals' && drawn.length + fed.length > 0;
    for (const { name, fromS, untilS } of this.#spansOf(point)) {
      const group = this.#groupOf(name);
      const head = this.groups[group]!;
      head.usagePoints++;
      if (!hasIntervals) {
        head.withoutIntervals++;
        continue;
      }
      const add = (exports: boolean) => (clipped: ClippedChannel) =>
        this.#addChannel(group, exports, clipped, fromS, untilS);
      drawn.forEach(add(false));
      fed.forEach(add(true));
    }
  }

  #addChannel(group: number, exports: boolean, of: ClippedChannel, fromS: number, untilS: number): void {
    const [from, until] = [Math.max(of.fromS, fromS), Math.min(of.toS, untilS)];
    if (until <= from) return;
    const { channelId, intervalS, multiplier, unit } = of.channel;
    const head = this.groups[group]!;
    const fits = this.#stepS % intervalS === 0 && findUnit(unit)?.base === this.#base;
    if (!fits || decimalsOf(multiplier) > mostDecimals) {
      head.unsuitable++;
      return;
    }
    head.channels++;
    this.members.push({
      group,
      exports,
      channel: channelId,
      intervalS,
      fromS: from,
      untilS: until,
      multiplier,
    });
  }

  /** Names with the parts of the window in which they hold; without gaps. */
  #spansOf(point: SettledPoint): { name: string; fromS: number; untilS: number }[] {
    const { from, to } = this.#window;
    if (this.#grouping !== 'tariff')
      return [{ name: nameOf(point, this.#grouping), fromS: from, untilS: to }];
    const spans: { name: string; fromS: number; untilS: number }[] = [];
    let at = from;
    for (const { tariff, fromS, untilS } of [...point.tariffs].sort((a, b) => a.fromS - b.fromS)) {
      const [start, end] = [Math.max(fromS, at), Math.min(untilS ?? to, to)];
      if (end <= start) continue;
      if (start > at) spans.push({ name: '', fromS: at, untilS: start });
      spans.push({ name: tariff, fromS: start, untilS: end });
      at = end;
    }
    if (at < to) spans.push({ name: '', fromS: at, untilS: to });
    return spans;
  }

  #groupOf(name: string): number {
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    if (this.groups.length >= mostGroups)
      throw handOverErrors.SETTLEMENT_TOO_MANY(`more than ${mostGroups} groups`);
    this.groups.push({ name, usagePoints: 0, channels: 0, withoutIntervals: 0, unsuitable: 0 });
    this.#numbers.set(name, this.groups.length - 1);
    return this.groups.length - 1;
  }

  /** Decimals that multipliers of all members have at most: factors are whole numbers of 10^-decimals. */
  get decimals(): number {
    return this.members.reduce((most, { multiplier }) => Math.max(most, decimalsOf(multiplier)), 0);
  }
}

const decimalsOf = (text: string) => /\.(\d*?)0*$/.exec(text)?.[1]?.length ?? 0;

function nameOf(point: SettledPoint, grouping: Exclude<SettlementGrouping, 'tariff'>): string {
  if (grouping === 'all') return 'all';
  return grouping === 'service-class' ? point.serviceClass : point[grouping];
}

/** Members as the engine takes them: import of group g is 2g, export 2g + 1. */
export function spansOf(members: readonly Member[], decimals: number): SettledSpan[] {
  const factors = new Map<string, number>();
  const factorOf = (text: string) => {
    const known = factors.get(text);
    if (known !== undefined) return known;
    const { n, d } = parseDecimal(text);
    const factor = Number((n * 10n ** BigInt(decimals)) / d);
    factors.set(text, factor);
    return factor;
  };
  return members.map(({ group, exports, channel, fromS, untilS, multiplier }) => ({
    ...{ channel, group: 2 * group + (exports ? 1 : 0), fromS, untilS, factor: factorOf(multiplier) },
  }));
}
