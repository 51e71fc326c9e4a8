/** Which days readings have a part in. */
import type { ChannelFacts } from '@openami/vee';

/**
 * Calls `visit` with the channels and local days that readings of a channel touch: of intervals, its own day
 * of each; of a register, the days of the interval channels `beside` it on the meter that are judged by it.
 */
export function touchedDays(
  facts: ChannelFacts,
  ends: ArrayLike<number>,
  beside: () => readonly ChannelFacts[],
  visit: (channel: number, day: number) => void,
): void {
  const { zone, intervalS, kind, channel } = facts;
  const judged = intervalS > 0 ? [] : beside().filter((one) => one.intervalS > 0 && one.kind === kind);
  for (let i = 0; i < ends.length; i++) {
    const end = ends[i]!;
    const day = zone.localDayOf(end - intervalS);
    if (intervalS > 0) visit(channel, day);
    for (const one of judged) {
      visit(one.channel, day);
      // A reading at midnight ends the day before as well.
      if (end === zone.dayStart(day)) visit(one.channel, day - 1);
    }
  }
}
