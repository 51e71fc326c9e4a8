/**
 * A month of meters that report counters. What was used up to an instant is known up to the last read, so
 * a bill of the month so far ends there; between reads a day has its share, as a bill that ends there has.
 *
 *   reads   --x-----x--------------x----x          |
 *   month       |·······known···········|·not yet··|
 *
 * Where the line of the counter breaks, the bill knows nothing of the whole stretch under one version of the
 * tariff; then no day of it is known either, so that days add up to the bill.
 */
import type { Usage, UsageSegment, Window } from '@openami/billing';
import { type AccessContext, billingMonthOf } from '@openami/model';
import type { BilledAgreement, ReadingStore } from '@openami/store';
import { type BilledChannels, billedChannels } from '../billing/billed-channels.ts';
import { readingsAsOf } from '../billing/billed-readings.ts';
import { windowOf } from '../billing/calculate.ts';
import { stretchesOf, tariffPieces } from '../billing/rate-agreement.ts';
import type { BookedTariff } from '../billing/tariff-book.ts';
import { type ReadingRows, type RegisterLine, registerLine, registerReachS } from '../billing/usage.ts';

/** How much of a stretch of time is known. */
export interface Counts {
  readonly expected: number;
  readonly present: number;
  readonly estimated: number;
}

/** A month whose bill is made of registers. */
export interface RegisterMonth {
  /** The last read, or the end of the month where one came after it; undefined where none of it is known. */
  readonly throughS: number | undefined;
  /** What the bill of the month up to an instant is made of. */
  usedTo(toS: number): Pick<Usage, 'import' | 'export'>;
  counts(window: Window): Counts;
}

interface Lines {
  readonly window: Window;
  readonly import: RegisterLine;
  readonly export: RegisterLine | undefined;
}

/**
 * Months that are billed by registers, by their first day, for the tariffs that they are rated on: their
 * reads are read once. Throws OUT_OF_SCOPE.
 */
export async function registerMonths(
  store: Pick<ReadingStore, 'readings'>,
  ctx: AccessContext,
  agreement: BilledAgreement,
  firstDays: Iterable<number>,
  { revision, nowS }: { readonly revision: number; readonly nowS: number },
): Promise<(of: BilledAgreement, tariffs: ReadonlyMap<string, BookedTariff>) => Map<number, RegisterMonth>> {
  const months = [...new Set(firstDays)].flatMap((first) => {
    const window = windowOf(agreement, { from: first, to: billingMonthOf(first, 1).to });
    const channels = window && billedChannels(agreement, window.fromS, window.toS);
    return channels?.source === 'registers' ? [{ first, window: window!, channels }] : [];
  });
  if (months.length === 0) return () => new Map();
  const clips = months.flatMap(({ channels }) => [...channels.import, ...channels.export]);
  const ids = [...new Set(clips.map(({ channel }) => channel.channelId))];
  const span = {
    fromS: Math.min(...months.map(({ window }) => window.fromS)) - registerReachS - 1,
    toS: Math.min(nowS, Math.max(...months.map(({ window }) => window.toS)) + registerReachS),
  };
  const rows = await readingsAsOf(store, ctx, ids, span, revision);
  const lines = months.map(({ first, window, channels }) => ({
    first,
    of: linesOf(channels, window, rows),
  }));
  return (of, tariffs) => new Map(lines.map((one) => [one.first, monthOf(of, one.of, tariffs)]));
}

/** The reads that a bill of the month takes, and no others. */
function linesOf(channels: BilledChannels, window: Window, rows: ReadingRows): Lines {
  const reach = { fromS: window.fromS - registerReachS, toS: window.toS + registerReachS };
  return {
    window,
    import: registerLine(channels.import, rows, reach),
    export: channels.export.length > 0 ? registerLine(channels.export, rows, reach) : undefined,
  };
}

function monthOf(
  agreement: BilledAgreement,
  { window, import: drawn, export: fed }: Lines,
  tariffs: ReadonlyMap<string, BookedTariff>,
): RegisterMonth {
  const lastS = Math.min(drawn.throughS ?? window.fromS, fed?.throughS ?? window.toS, window.toS);
  const throughS = lastS > window.fromS ? lastS : undefined;
  const stretches = versionStretches(agreement, window, tariffs);
  const within = (fromS: number, toS: number): Window[] =>
    stretches.flatMap((one) => {
      const cut = { fromS: Math.max(one.fromS, fromS), toS: Math.min(one.toS, toS) };
      return cut.toS > cut.fromS ? [cut] : [];
    });
  const ofLine = (line: RegisterLine) => {
    const billed = within(window.fromS, lastS).filter((stretch) => isKnown(line.moved(stretch)));
    return (cut: Window): UsageSegment => {
      const holds = billed.some(({ fromS, toS }) => cut.fromS >= fromS && cut.toS <= toS);
      return holds ? line.moved(cut) : { ...line.moved(cut), counts: Float64Array.of(Number.NaN) };
    };
  };
  const [movedIn, movedOut] = [ofLine(drawn), fed && ofLine(fed)];
  return {
    throughS,
    usedTo: (toS) => {
      const cuts = within(window.fromS, toS);
      return { import: cuts.map(movedIn), ...(movedOut && { export: cuts.map(movedOut) }) };
    },
    counts: ({ fromS, toS }) => {
      const known = within(fromS, Math.min(toS, lastS)).map(movedIn).filter(isKnown);
      const present = known.length;
      const expected = Math.max(1, within(fromS, toS).length);
      return { expected, present, estimated: known.filter(({ estimated }) => estimated?.[0] === 1).length };
    },
  };
}

const isKnown = ({ counts }: UsageSegment): boolean => !Number.isNaN(counts[0]);

/** Stretches under one version each; the whole where nothing can be rated, which its hold tells. */
function versionStretches(
  agreement: BilledAgreement,
  window: Window,
  tariffs: ReadonlyMap<string, BookedTariff>,
): readonly Window[] {
  const { pieces, gaps } = tariffPieces(agreement, window, tariffs);
  if (pieces.length === 0 || gaps.length > 0) return [window];
  try {
    return stretchesOf(pieces, agreement.zone);
  } catch {
    return [window];
  }
}
