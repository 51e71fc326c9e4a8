/** What kinds of work findings make, and what a person does about each. */
import { ruleByNumber } from '../rules/table.ts';

export type ExceptionKind =
  /** Readings did not come. */
  | 'missing'
  /** Stamps are wrong: clocks, summer time, lengths, repeats. */
  | 'time'
  /** Values cannot be or are not likely. */
  | 'value'
  /** Intervals and registers disagree, or registers went back. */
  | 'register'
  /** Serial, unit, multiplier or channels are not what is on record. */
  | 'setup'
  /** Energy may be taken or lost without being counted. */
  | 'lead'
  /** The customer should hear of it. */
  | 'customer';

/** What to do about a kind, in words of the work list. */
export const kindActions: Readonly<Record<ExceptionKind, string>> = {
  missing: 'Fetch the readings again; estimate what does not come.',
  time: 'Check the clock and the zone; move or reject the readings.',
  value: 'Compare with neighbours and registers; accept, or estimate.',
  register: 'Check reads, digits and exchanges of the meter.',
  setup: 'Compare the installation on record with the device.',
  lead: 'Hand on to revenue protection.',
  customer: 'Tell the customer.',
};

const kindOfRule: Readonly<Record<string, ExceptionKind>> = {
  'interval-count': 'missing',
  'zero-filled-gap': 'missing',
  'catch-up': 'missing',
  'prolonged-estimate': 'missing',
  'power-fail': 'missing',
  'time-meter': 'time',
  'time-system': 'time',
  'future-old': 'time',
  'interval-size': 'time',
  duplicate: 'time',
  'doubled-hour': 'time',
  'clock-shift': 'time',
  'sum-check': 'register',
  'register-decrease': 'register',
  'meter-id': 'setup',
  uom: 'setup',
  multiplier: 'setup',
  sibling: 'setup',
  'swapped-channels': 'setup',
  'phase-balance': 'setup',
  'inactive-use': 'lead',
  reverse: 'lead',
  'level-step': 'lead',
  'water-leak': 'customer',
  'weak-generation': 'customer',
};

/** Kind of work a rule's findings make. */
export function exceptionKind(rule: number): ExceptionKind {
  return kindOfRule[ruleByNumber(rule)?.id ?? ''] ?? 'value';
}

/** One finding that needs a person, with what is known of where it happened. */
export interface ExceptionItem {
  readonly id: number;
  readonly channel: number;
  readonly meter: number;
  readonly rule: number;
  readonly severity: number;
  /** Local date as a day number. */
  readonly day: number;
  /** Energy that may be wrong, in thousandths of base units: what a bill would change by at most. */
  readonly atStake: number;
  /** True when the bill cannot be made before it is cleared. */
  readonly blocking: boolean;
  /** Days until the bill that needs it; undefined when none does. */
  readonly billInDays?: number;
}
