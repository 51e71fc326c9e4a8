/** Which channels of a meter an item of a plan fills: gaps are theirs. Pure. */
import { DAY_S, findObis, formatObis } from '@openami/model';
import type { PlanItem } from './plan.ts';

export interface PlannedChannel {
  readonly id: number;
  /** Empty for one that no OBIS code names: it cannot be asked for. */
  readonly obis: string;
  /** 0: a register. */
  readonly intervalS: number;
  readonly unit: string;
}

/**
 * A profile of seconds fills the interval channels of that length; a daily or monthly one also the
 * registers, which it holds as of its rows. Logs fill no channel.
 */
export function channelsOfItem<C extends PlannedChannel>(item: PlanItem, channels: readonly C[]): C[] {
  if (item.kind === 'events') return [];
  const named = channels.filter(({ obis }) => obis !== '');
  if (item.kind === 'registers') {
    return named.filter(({ obis, intervalS }) => intervalS === 0 && item.obis.includes(canonical(obis)));
  }
  const { period } = item;
  if (typeof period === 'number' && period < DAY_S)
    return named.filter(({ intervalS }) => intervalS === period);
  return named.filter(({ intervalS }) => intervalS === 0 || (period !== 'month' && intervalS === DAY_S));
}

export function canonical(obis: string): string {
  const found = findObis(obis);
  return found === undefined ? obis : formatObis(found);
}
