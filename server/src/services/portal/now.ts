/** How an own usage point stands: the latest reading, today, and the month so far. */
import { scaledText } from '@openami/billing';
import { formatDay, formatInstant, Quality } from '@openami/model';
import type { BilledAgreement, BilledChannel, Readings } from '@openami/store';
import type { MyNow } from '../../contract/my.ts';
import { billedChannels } from '../billing/billed-channels.ts';
import { windowOf } from '../billing/calculate.ts';
import { isMade } from '../billing/usage.ts';
import { daysHeld, type Own } from './own.ts';
import { monthStart, type RatingParts, rateStretches } from './rated-days.ts';
import {
  type Between,
  countsOf,
  type Frame,
  frameOf,
  quantityOf,
  type Running,
  runningOf,
} from './running.ts';

/** A meter that says nothing for so long is to be looked at, whatever its intervals. */
const lateS = 36 * 3_600;

/** Raises OUT_OF_SCOPE. */
export async function nowOf(
  parts: RatingParts,
  own: Own,
  agreement: BilledAgreement,
  nowS: number,
): Promise<MyNow> {
  const held = daysHeld(agreement, nowS);
  const today = held.to - 1;
  const first = monthStart(agreement, today);
  const stretches = [
    { from: first, to: today },
    { from: first, to: today + 1 },
  ];
  const { rated, versions, registers, note } = await rateStretches(parts, own, agreement, stretches, nowS);
  const frame = frameOf(versions);
  const [before, after] = frame === undefined ? [] : rated.map((one) => runningOf(one, frame));
  const latest = await latestOf(parts, own, agreement, nowS);
  const ended = agreement.untilS !== null && agreement.untilS <= nowS;
  const ageS = latest === undefined ? null : Math.max(0, nowS - latest.endS);
  const between = (from: number, start?: Running): Between => ({
    ...{ startS: windowOf(agreement, { from, to: today + 1 })?.fromS ?? nowS, endS: nowS, runs: true },
    ...{ before: start, after, month: registers.get(first) },
  });
  const shown = (bar: Between) => (frame === undefined ? null : amountOf(frame, note === '', bar));
  const month = shown(between(first));
  return {
    latest: latest && frame ? latestShown(latest, frame) : null,
    ageS,
    ok: ended || (ageS !== null && ageS <= lateS),
    today: ended ? null : shown(between(today, before)),
    month: monthShown(month, first, today + 1),
    ...{ unit: frame?.unit ?? '', currency: frame && note === '' ? frame.currency : null, note },
  };
}

/** Nothing where nothing of it was read yet. */
function amountOf(frame: Frame, priced: boolean, bar: Between): NonNullable<MyNow['today']> {
  const { before, after } = bar;
  if (after === undefined || countsOf(bar).present === 0) return { usage: null, cost: null };
  return {
    usage: quantityOf(after.used - (before?.used ?? 0), frame),
    cost: priced ? scaledText(after.cost - (before?.cost ?? 0n), frame.digits) : null,
  };
}

function monthShown(month: MyNow['today'], first: number, end: number): MyNow['month'] {
  if (month === null || month.usage === null) return null;
  const { usage, cost } = month;
  return { from: formatDay(first), to: formatDay(end), usage, cost, days: end - first };
}

interface Latest {
  readonly endS: number;
  readonly channel: BilledChannel;
  /** Thousandths of the base unit. */
  readonly amount: number;
  readonly quality: number;
}

/** The newest reading of the billed channel while the agreement holds. */
async function latestOf(
  { store }: RatingParts,
  { ctx }: Own,
  agreement: BilledAgreement,
  nowS: number,
): Promise<Latest | undefined> {
  const untilS = Math.min(nowS + 1, agreement.untilS ?? Number.POSITIVE_INFINITY);
  const last = billedChannels(agreement, agreement.fromS, untilS).import.at(-1);
  if (last === undefined) return undefined;
  const { channel } = last;
  const newest = await store.readings.latest(ctx, [channel.channelId]);
  const inTime = (rows: Readings, i: number) => rows.end[i]! > last.fromS && rows.end[i]! <= last.toS;
  if (newest.length > 0 && inTime(newest, 0)) return readingAt(newest, 0, channel);
  // it went on elsewhere, or the agreement ended: what is newest of the last days it held
  const span = { fromS: Math.max(last.fromS, last.toS - 2 * lateS), toS: last.toS };
  const rows = await store.readings.profile(ctx, channel.channelId, span);
  return rows.length === 0 ? undefined : readingAt(rows, rows.length - 1, channel);
}

function readingAt(rows: Readings, i: number, channel: BilledChannel): Latest | undefined {
  const quality = rows.quality[i]!;
  if (quality === Quality.missing) return undefined;
  const amount = rows.value[i]! * rows.resolution[i]! * Number(channel.multiplier);
  return { endS: rows.end[i]!, channel, amount, quality };
}

function latestShown({ endS, channel, amount, quality }: Latest, frame: Frame): MyNow['latest'] {
  return {
    ...{ end: formatInstant(endS), intervalS: channel.intervalS, usage: quantityOf(amount, frame) },
    ...{ unit: frame.unit, estimated: isMade(quality) },
  };
}
