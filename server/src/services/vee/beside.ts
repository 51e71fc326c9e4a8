/** What a meter's other channels say on the same days. */
import type { ClockGrid, DayInput, PhaseLevel, Sibling } from '@openami/vee';
import type { BookedChannel } from './channel-book.ts';
import type { Windows } from './day-windows.ts';

export interface BesideSources {
  readonly windows: Windows;
  readonly clock: ClockGrid;
  /** Whether a channel owed readings before the day ended. */
  readonly owes: (channel: BookedChannel) => boolean;
}

/** Siblings of a channel on its grid, those that must be there, and voltages by phase. */
export function besideOf(
  channel: BookedChannel,
  ofMeter: readonly BookedChannel[],
  { windows, clock, owes }: BesideSources,
): Pick<DayInput, 'siblings' | 'expectedSiblings' | 'phases'> {
  const others = ofMeter.filter(
    (one) => one !== channel && one.facts.intervalS === channel.facts.intervalS && !one.around.virtual,
  );
  if (others.length === 0) return {};
  const siblings = others.map(
    (one): Sibling => ({
      ...{ facts: one.facts, kind: one.facts.kind, statistics: one.statistics },
      series: windows.placed(one.facts.channel, clock).series,
    }),
  );
  const expectedSiblings = others.filter(owes).map(({ facts }) => facts.kind);
  const phases = others.flatMap((one, i) => phaseOf(one, siblings[i]!) ?? []);
  return {
    siblings,
    ...(expectedSiblings.length > 0 ? { expectedSiblings } : {}),
    ...(phases.length > 0 ? { phases } : {}),
  };
}

/** Value group C of OBIS codes of a phase's voltage (IEC 62056-6-1). */
const phaseOfCode: Readonly<Record<string, 1 | 2 | 3>> = { 32: 1, 52: 2, 72: 3 };

/** A channel of a phase's voltage, where the meter's attributes say what is nominal. */
function phaseOf({ facts, around }: BookedChannel, { series }: Sibling): PhaseLevel | undefined {
  const nominalV = around.attributes.nominalVoltage;
  const phase = phaseOfCode[/^\d+-\d+:(\d+)\./.exec(around.obis)?.[1] ?? ''];
  if (phase === undefined || facts.baseUnit !== 'V' || typeof nominalV !== 'number') return undefined;
  return { phase, quantity: 'voltage', nominal: (nominalV * 1_000) / facts.resolution, series };
}
