/** A series on other slots: amounts add up, levels are averaged; a slot with something lacking is lacking. */
import { Quality } from '@openami/model';
import { ABSENT, emptySeries, hasValue, type Series } from '../series.ts';

/** Slots of a window: slot i covers [startS + i·intervalS, startS + (i+1)·intervalS]. */
export interface Grid {
  readonly startS: number;
  readonly intervalS: number;
  readonly slots: number;
}

/** How much each quality takes away from what is made of it; the worst of the parts is the whole's. */
const weight: Readonly<Record<number, number>> = {
  [Quality.valid]: 1,
  [Quality.verified]: 1,
  [Quality.raw]: 2,
  [Quality.derived]: 3,
  [Quality.edited]: 4,
  [Quality.questionable]: 5,
  [Quality.estimated]: 6,
  [Quality.projected]: 7,
  [Quality.missing]: 8,
  [ABSENT]: 9,
};

/** The worse of two qualities. */
export function worse(a: number, b: number): number {
  return (weight[a] ?? 9) >= (weight[b] ?? 9) ? a : b;
}

/** True when the slots of one grid are made of whole slots of another. */
export function fits({ startS, intervalS }: Grid, series: Pick<Series, 'startS' | 'intervalS'>): boolean {
  return intervalS % series.intervalS === 0 && (startS - series.startS) % series.intervalS === 0;
}

/**
 * The readings on the slots of `grid`, which they must fit (`fits`); what lies outside the series is absent.
 * `level`: mean instead of sum. Reasons are those of all parts.
 */
export function resample(series: Series, grid: Grid, level = false): Series {
  const parts = grid.intervalS / series.intervalS;
  const first = (grid.startS - series.startS) / series.intervalS;
  const whole = emptySeries(grid.startS, grid.intervalS, grid.slots);
  for (let slot = 0; slot < grid.slots; slot++) {
    let quality: number = Quality.valid;
    let sum = 0;
    let flags = 0;
    for (let i = first + slot * parts, end = i + parts; i < end; i++) {
      quality = worse(quality, series.quality[i] ?? ABSENT);
      sum += series.value[i] ?? 0;
      flags |= series.flags[i] ?? 0;
    }
    whole.quality[slot] = quality;
    if (!hasValue(quality)) continue;
    whole.value[slot] = level ? sum / parts : sum;
    whole.flags[slot] = flags;
  }
  return whole;
}
