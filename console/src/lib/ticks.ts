/**
 * Ticks of a time axis in local time: on whole local hours, midnights, weeks, months or years, whichever
 * keeps them `spacePx` apart. A day of 25 hours shows its doubled hour twice, a day of 23 skips one.
 */
import { addMonths, dayOf, dayStart, localClock, offsetAt, startOf } from './zone.ts';

type Step = { readonly unit: 'minute' | 'hour' | 'day' | 'week' | 'month' | 'year'; readonly n: number };

const steps: readonly { readonly lengthS: number; readonly step: Step }[] = [
  { lengthS: 900, step: { unit: 'minute', n: 15 } },
  { lengthS: 3600, step: { unit: 'hour', n: 1 } },
  { lengthS: 10_800, step: { unit: 'hour', n: 3 } },
  { lengthS: 21_600, step: { unit: 'hour', n: 6 } },
  { lengthS: 86_400, step: { unit: 'day', n: 1 } },
  { lengthS: 172_800, step: { unit: 'day', n: 2 } },
  { lengthS: 604_800, step: { unit: 'week', n: 1 } },
  { lengthS: 2_629_746, step: { unit: 'month', n: 1 } },
  { lengthS: 7_889_238, step: { unit: 'month', n: 3 } },
  { lengthS: 31_556_952, step: { unit: 'year', n: 1 } },
];

/** The smallest step whose ticks stay `spacePx` apart on an axis `widthPx` wide. */
export function chooseStep(fromS: number, toS: number, widthPx: number, spacePx = 60): Step {
  const perTickS = ((toS - fromS) * spacePx) / Math.max(1, widthPx);
  return (steps.find((s) => s.lengthS >= perTickS) ?? steps[steps.length - 1]!).step;
}

/** Tick positions, epoch seconds, from `fromS` to `toS`. */
export function timeTicks(zone: string, fromS: number, toS: number, step: Step): number[] {
  if (step.unit === 'minute' || step.unit === 'hour') return clockTicks(zone, fromS, toS, step);
  const ticks: number[] = [];
  const first = dayOf(zone, fromS);
  let day = step.unit === 'day' ? first : startOf(step.unit, first);
  while (ticks.length < 500) {
    const at = dayStart(zone, day);
    if (at > toS) break;
    if (at >= fromS) ticks.push(at);
    day = nextDay(day, step);
  }
  return ticks;
}

function nextDay(day: number, step: Step): number {
  if (step.unit === 'day') return day + step.n;
  if (step.unit === 'week') return day + 7 * step.n;
  return addMonths(day, step.unit === 'year' ? 12 * step.n : step.n);
}

function clockTicks(zone: string, fromS: number, toS: number, step: Step): number[] {
  const everyS = step.unit === 'hour' ? step.n * 3600 : step.n * 60;
  // Walk in the smaller of the step and an hour, and keep what the local clock shows as a multiple of the
  // step: a change of the clock then moves the ticks with it.
  const strideS = Math.min(everyS, 900);
  const ticks: number[] = [];
  for (let at = Math.ceil(fromS / strideS) * strideS; at <= toS && ticks.length < 500; at += strideS) {
    if ((at + offsetAt(zone, at)) % everyS === 0) ticks.push(at);
  }
  return ticks;
}

const monthNames = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const dayNames = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/** Text of each tick; the first, and each that begins a larger unit, names that unit on a second line. */
export function tickLabels(zone: string, ticks: readonly number[], step: Step): string[] {
  let before = '';
  return ticks.map((at) => {
    const [main, larger] = labelParts(localClock(zone, at), step);
    const text = larger === before ? main : `${main}\n${larger}`;
    before = larger;
    return text;
  });
}

function labelParts(at: Date, step: Step): [string, string] {
  const day = `${at.getUTCDate()} ${monthNames[at.getUTCMonth()]}`;
  const year = String(at.getUTCFullYear());
  if (step.unit === 'minute' || step.unit === 'hour') {
    return [at.toISOString().slice(11, 16), `${dayNames[at.getUTCDay()]} ${day}`];
  }
  if (step.unit === 'month') return [monthNames[at.getUTCMonth()]!, year];
  if (step.unit === 'year') return [year, ''];
  return [day, year];
}
