/** Sums of classes of intervals, put together to what one version of a tariff asks of one cycle. */
import type { CompiledVersion } from '@openami/billing';
import type { ChannelDeterminants, ClassSums } from '@openami/store';

/** A class of slots of one cycle. */
export interface SlotClass {
  /** The first slot of it: tells the cycle. */
  readonly firstSlot: number;
  /** The period of each schedule, by tariff. */
  readonly periods: readonly (readonly number[])[];
}

export interface ClassRange {
  readonly sums: ClassSums;
  readonly classes: readonly SlotClass[];
  /** Which of the tariffs. */
  readonly side: number;
  /** Rows of the channel. */
  readonly from: number;
  readonly to: number;
}

type Peak = NonNullable<ChannelDeterminants['peaks'][number][number]>;

/** Figures of the cycle of `slots` slots from `first` on; undefined where they are not exact or not whole. */
export function classRows(
  { sums, classes, side, from, to }: ClassRange,
  { needs }: CompiledVersion,
  first: number,
  slots: number,
): ChannelDeterminants | undefined {
  const zeros = () => needs.schedules.map(({ periods }) => new Array<number>(periods.length).fill(0));
  const [energy, estimatedEnergy] = [zeros(), zeros()];
  const peaks = needs.demands.map(({ schedule }) =>
    new Array<Peak | undefined>(needs.schedules[schedule]!.periods.length).fill(undefined),
  );
  let [present, estimated] = [0, 0];
  const resolution = sums.resolution[from]!;
  for (let row = from; row < to; row++) {
    const { firstSlot, periods: bySide } = classes[sums.class[row]!]!;
    if (firstSlot < first || firstSlot >= first + slots) continue;
    if (sums.odd[row] === 1 || sums.resolution[row] !== resolution) return undefined;
    const periods = bySide[side]!;
    present += sums.present[row]!;
    estimated += sums.estimated[row]!;
    for (const [s, period] of periods.entries()) {
      energy[s]![period]! += sums.sum[row]!;
      estimatedEnergy[s]![period]! += sums.guessed[row]!;
    }
    for (const [d, { schedule, estimatedCanPeak }] of needs.demands.entries()) {
      const { counts, slot, guess } = estimatedCanPeak ? sums.peak : sums.measuredPeak;
      const [most, at] = [counts[row]!, slot[row]! - first];
      const best = peaks[d]![periods[schedule]!];
      // of equal ones the first
      if (most > 0 && (best === undefined || most > best.counts || (most === best.counts && at < best.slot)))
        peaks[d]![periods[schedule]!] = { counts: most, slot: at, estimated: guess[row] === 1 };
    }
  }
  if (present !== slots) return undefined;
  return {
    ...{ channel: sums.channel[from]!, resolution, present, estimated, odd: false },
    ...{ energy, estimatedEnergy, peaks, running: [] },
  };
}
