/** One sentence about the readings in a window: how much, the peak, against before, what lacks. */
import { Quality, type QualityState } from '@openami/model';
import type { ChannelItem, DailyItem } from '@openami/server/contract';
import { countQualities, extent, type Profile, visibleRange } from './decimate.ts';
import { formatCount, formatDateTime, formatValue } from './format.ts';
import { previousWindow, type Window } from './window.ts';
import { dayNumber, dayOf } from './zone.ts';

/** Units whose readings add up to an amount; of the others a sum says nothing. */
const additive = /^(k|M|G)?(Wh|varh|VAh|J)$|^(l|L|m3|m³|ft3|ccf|therm|gal)$/i;

export function summarise(
  channel: Pick<ChannelItem, 'unit' | 'intervalS'>,
  profile: Profile,
  window: Window,
  zone: string,
  days: readonly DailyItem[],
): string {
  const { unit } = channel;
  const found = extent(profile, window.from, window.to);
  if (found.count === 0) return 'No reading in this window.';
  const peakAt = formatDateTime(profile.end[found.peak]! * 1000, zone);
  const peak = `${formatValue(found.max, unit)} in the interval to ${peakAt}`;
  const mean = formatValue(found.sum / found.count, unit);
  const parts = additive.test(unit)
    ? [`${formatValue(found.sum, unit)}, peak ${peak}`]
    : [`Between ${formatValue(found.min, unit)} and ${peak}, mean ${mean}`];
  const change = additive.test(unit) ? changeText(days, window, zone) : '';
  if (change) parts.push(change);
  parts.push(lacking(profile, window));
  return `${parts.filter(Boolean).join('; ')}.`;
}

/** `14 % above the period before`, where both periods are whole days that are there. */
function changeText(days: readonly DailyItem[], window: Window, zone: string): string {
  const now = sumOf(days, window, zone);
  const before = sumOf(days, previousWindow(window, zone), zone);
  if (before.days === 0 || before.days !== now.days || !(before.total > 0)) return '';
  const share = (now.total - before.total) / before.total;
  if (Math.abs(share) < 0.005) return 'as much as the period before';
  return `${Math.abs(share * 100).toFixed(0)} % ${share > 0 ? 'above' : 'below'} the period before`;
}

function sumOf(days: readonly DailyItem[], window: Window, zone: string) {
  const first = dayOf(zone, window.from);
  const last = dayOf(zone, window.to - 1);
  const inside = days.filter((d) => dayNumber(d.day) >= first && dayNumber(d.day) <= last);
  return { total: inside.reduce((sum, d) => sum + d.total, 0), days: inside.length };
}

function lacking(profile: Profile, window: Window): string {
  const [first, last] = visibleRange(profile, window.from, window.to);
  const byCode = countQualities(profile, window.from, window.to);
  const of = (state: QualityState) => byCode[Quality[state]]!;
  // What the newest reading has not reached yet is not missing.
  const to = Math.min(window.to, profile.end[profile.end.length - 1] ?? window.from);
  const from = Math.max(window.from, (profile.end[0] ?? window.from) - profile.intervalS);
  const expected = Math.round((to - from) / profile.intervalS);
  const missing = Math.max(0, expected - (last - first)) + of('missing');
  const words = [
    missing > 0 && `${formatCount(missing)} of ${formatCount(expected)} intervals missing`,
    of('estimated') > 0 && `${formatCount(of('estimated'))} estimated`,
    of('edited') > 0 && `${formatCount(of('edited'))} edited`,
    of('questionable') > 0 && `${formatCount(of('questionable'))} questionable`,
  ].filter(Boolean);
  return words.length > 0 ? words.join(', ') : 'no interval missing';
}
