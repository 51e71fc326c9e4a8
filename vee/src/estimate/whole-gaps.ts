/**
 * The gaps that must be looked at together to fill some of them: whole runs of open slots, and all open slots
 * of the register spans they touch.
 *
 *   day 1            │ day 2            │          asked: the open slots of day 2
 *   ✓ ✓ ✓ ✓ ○ ○ ○ ○ ○│○ ○ ○ ✓ ✓ ○ ✓ ✓ ✓ │ ✓        looked at: 4 … 11 as one gap, and 14
 *   R────────────────┼──────────────────R          (they share the advance of the register)
 *
 * Whichever day is closed, the same gaps are looked at, so both days get their parts of the same answer. What
 * they see before and after differs: what each part is to add up to is fixed first (day-shares.ts).
 */
import type { EstimateContext, Gap, LadderOptions } from './contract.ts';
import { findGaps, isDead, isOpen } from './gap.ts';
import { registerSpans } from './register-span.ts';

export function wholeGaps(context: EstimateContext, asked: readonly Gap[], options: LadderOptions): Gap[] {
  let range = wholeRuns(context, asked[0]!.from, asked.at(-1)!.to);
  if (options.useRegisters !== false) {
    const { from, to } = range;
    const spans = [
      ...(context.register ? registerSpans(context, context.register, from, to) : []),
      ...(context.buckets ?? []).flatMap(({ track, slots }) =>
        registerSpans(context, track, from, to, slots),
      ),
    ];
    for (const span of spans) {
      if (span.from < range.from) range = { ...range, from: span.from };
      if (span.to > range.to) range = { ...range, to: span.to };
    }
    range = wholeRuns(context, range.from, range.to);
  }
  return findGaps(context, range.from, range.to);
}

/** [from, to) widened to the ends of the open runs it cuts. */
function wholeRuns(context: EstimateContext, from: number, to: number): { from: number; to: number } {
  const { quality } = context.series;
  const range = { from, to };
  while (range.from > 0 && joins(context, range.from - 1, range.from)) range.from--;
  while (range.to < quality.length && joins(context, range.to, range.to - 1)) range.to++;
  return range;
}

/** True when both slots are open and treated alike. */
function joins(context: EstimateContext, slot: number, beside: number): boolean {
  const { quality } = context.series;
  const open = isOpen(quality[slot]!) && isOpen(quality[beside]!);
  return open && isDead(context, slot) === isDead(context, beside);
}
