/**
 * Two faults of files that would spoil everything made from them: readings of another length than stated, and
 * stamps in standard time under the name of a zone that has summer time.
 *
 *   Europe/Berlin, hourly        spring: 02:00 is skipped    autumn: 02:00 comes twice
 *   local time                   01 03 04                    01 02 02 03
 *   standard time all year       01 02 03 04                 01 02 03          every summer reading would be
 *                                                                              an hour off
 */
import { formatOffset, type ZoneTable } from '@openami/model';
import { serverErrors } from '../../errors.ts';
import type { Input, InputChannel } from './read-input.ts';

/** Steps that must agree before the spacing of a channel is believed. */
const enoughSteps = 8;
const mostShare = 0.8;

/** Throws VEE_INTERVAL when most readings of a channel are further apart, or closer, than its interval. */
export function checkSpacing(channel: InputChannel): void {
  const { intervalS } = channel;
  if (intervalS === 0) return;
  const { step, count, steps } = usualStep(channel.rows.endS);
  if (steps < enoughSteps || count < steps * mostShare || step === intervalS) return;
  throw serverErrors.VEE_INTERVAL(
    `Readings of ${channel.meter} come every ${step / 60} minutes, not every ${intervalS / 60}.`,
    { meter: channel.meter, statedS: intervalS, foundS: step },
  );
}

/** The step between ends that comes most often, how often, and out of how many. */
function usualStep(endS: Float64Array): { step: number; count: number; steps: number } {
  const ends = endS.slice().sort();
  const counts = new Map<number, number>();
  let steps = 0;
  for (let i = 1; i < ends.length; i++) {
    const step = ends[i]! - ends[i - 1]!;
    if (step === 0) continue;
    steps++;
    counts.set(step, (counts.get(step) ?? 0) + 1);
  }
  const [step, count] = [...counts].reduce((best, one) => (one[1] > best[1] ? one : best), [0, 0]);
  return { step, count, steps };
}

/**
 * What to say of readings stamped in hours that the zone's clock skipped: those rows are left out. Where
 * clocks also went back within the file and no hour came twice, the whole file runs in standard time, most
 * likely. It is read as the caller said all the same: only he can know.
 */
export function checkClock(input: Input, zone: ZoneTable): string | undefined {
  if (input.skippedHour.length === 0) return undefined;
  const intervals = input.channels.filter((channel) => channel.intervalS > 0);
  const autumns = intervals.map((channel) => doubledHours(channel, zone));
  const told = autumns.some((one) => one.single > 0) && autumns.every((one) => one.twice === 0);
  const standard = formatOffset(Math.min(...zone.offsets.slice(-2)));
  const where =
    `${input.skippedHour.length} rows are stamped in hours that ${zone.zone} skipped ` +
    `(the first: ${input.skippedHour[0]}) and were left out`;
  return told
    ? `${where}; no hour comes twice where its clock went back: the file seems to run in standard time all ` +
        `year, and then every summer reading is an hour off. Read it with --clock ${standard}.`
    : `${where}; if the file runs in standard time all year, read it with --clock ${standard}.`;
}

/** Days on which clocks went back within the channel's readings: with the hour once, and with it twice. */
function doubledHours(channel: InputChannel, zone: ZoneTable): { single: number; twice: number } {
  const { endS } = channel.rows;
  const [firstS, lastS] = [endS[0] ?? 0, endS.at(-1) ?? 0];
  let [single, twice] = [0, 0];
  for (const [i, atS] of zone.at.entries()) {
    const backS = zone.offsets[i]! - zone.offsets[i + 1]!;
    if (backS <= 0 || atS - backS <= firstS || atS + backS >= lastS) continue;
    const ends = new Set(endS.filter((s) => s > atS - backS && s <= atS + backS)).size;
    const once = backS / channel.intervalS;
    if (ends > once) twice++;
    else if (ends === once) single++;
  }
  return { single, twice };
}
