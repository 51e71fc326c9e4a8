/** What a kind of command is: its parameters, what it is read back by, and how much harm it can do. */
import type { ParamRecord, ParamValue } from '@openami/model';
import { isFields } from '../fields.ts';
import type { ActivityCalendar, SpecialDays } from './calendar.ts';

/** What a meter is read back for; each has one shape. */
export interface Observations {
  readonly values: { readonly values: readonly string[] };
  /**
   * Disconnect control, class 70. `armed`: the customer may close it by hand. A device that does not say has
   * null; `saidBy`: it said no more than that it got what was sent.
   */
  readonly relay: {
    readonly outputOn: boolean | null;
    readonly control: 'disconnected' | 'connected' | 'armed' | null;
    readonly mode: number | null;
    readonly saidBy?: 'acknowledgement';
  };
  /** Whether the device acknowledged a downlink. */
  readonly downlink: { readonly acknowledged: boolean };
  readonly limiter: {
    readonly thresholdW: number;
    readonly minOverS: number;
    readonly minUnderS: number;
  };
  /** Clock of the meter minus ours. */
  readonly clock: { readonly driftMs: number };
  readonly calendar: {
    readonly active: ActivityCalendar;
    readonly passive: ActivityCalendar | null;
    readonly activateAtS: number | null;
  };
  readonly 'special-days': { readonly days: SpecialDays };
  readonly push: {
    readonly destination: string;
    readonly transport: string;
    readonly objects: readonly string[];
  };
  /** How often the billing period was ended, as the meter counts it. */
  readonly billing: { readonly resets: number };
  readonly firmware: { readonly version: string };
}
export type ObservationName = keyof Observations;
export type Observation = Observations[ObservationName];

/** One thing that is not as wanted. */
export interface Difference {
  readonly path: string;
  readonly meter: unknown;
  readonly wanted: unknown;
}

export interface CommandKind {
  readonly title: string;
  readonly params: ParamRecord;
  readonly observe: ObservationName;
  /** Changes the meter; what does not is only read. */
  readonly acts: boolean;
  /** May leave a customer without supply: the safety policy for disconnects holds. */
  readonly interrupts: boolean;
  /** `safe`: sending again has the same effect as once. `never`: once a byte may have left, no repeat. */
  readonly repeat: 'safe' | 'never';
  /** The effect counts from what was there before, so the meter is read before anything is sent. */
  readonly relative: boolean;
  /** How long the effect may take to show. */
  readonly settleS: number;
  /** Of the endpoints it is for; left out: of any whose driver knows it. */
  readonly protocol?: 'lorawan' | 'lwm2m';
  /** Parameters that say what is read; none for a kind that reads one thing. */
  readonly readBy?: readonly string[];
  /** What is not as wanted; empty means done. `before` is there for relative kinds once they were sent. */
  differences(params: never, before: never, after: never): Difference[];
  /** What a person would see change; where it is left out, the differences. */
  changes?(params: never, now: never): Difference[];
  /** What does not go together in parameters that fit. */
  problems?(params: never): string[];
}

export interface Typed<P extends ParamRecord, O extends ObservationName>
  extends Omit<CommandKind, 'params' | 'observe' | 'differences' | 'changes' | 'problems'> {
  readonly params: P;
  readonly observe: O;
  differences(params: ParamValue<P>, before: Observations[O] | null, after: Observations[O]): Difference[];
  changes?(params: ParamValue<P>, now: Observations[O]): Difference[];
  problems?(params: ParamValue<P>): string[];
}

/** A kind whose parameters and observation fit each other. */
export const kind = <const P extends ParamRecord, O extends ObservationName>(given: Typed<P, O>) => given;
/** What most kinds are. */
export const acting = {
  acts: true,
  interrupts: false,
  repeat: 'safe',
  relative: false,
  settleS: 60,
} as const;

/** Every value of `wanted` that `meter` has otherwise, and what `meter` has beyond it. */
export function differencesOf(wanted: unknown, meter: unknown, path = ''): Difference[] {
  if (isFields(wanted) && isFields(meter)) {
    const names = [...new Set([...Object.keys(wanted), ...Object.keys(meter)])];
    return names.flatMap((name) =>
      differencesOf(wanted[name], meter[name], path === '' ? name : `${path}.${name}`),
    );
  }
  if (JSON.stringify(wanted) === JSON.stringify(meter)) return [];
  return [{ path, meter: meter ?? null, wanted: wanted ?? null }];
}
