/** The form of a bill run. Pure. */
import { addMonths, dayText } from './zone.ts';

const listed = 14;

export interface CycleStart {
  /** Local dates [from, to). */
  readonly from: string;
  readonly to: string;
  /** Its last day is over. */
  readonly over: boolean;
}

/** Cycles that began, the newest first. */
export function cycleStarts(dayOfMonth: number, today: number): CycleStart[] {
  const date = new Date(today * 86_400_000);
  const inMonth = Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), dayOfMonth) / 86_400_000;
  const newest = inMonth > today ? addMonths(inMonth, -1) : inMonth;
  return Array.from({ length: listed }, (_, back) => {
    const [from, to] = [addMonths(newest, -back), addMonths(newest, 1 - back)];
    return { from: dayText(from), to: dayText(to), over: to <= today };
  });
}

/** Account numbers in a text, each once. */
export function accountsOf(text: string): string[] {
  return [...new Set(text.split(/[\s,;]+/).filter((number) => number !== ''))];
}
