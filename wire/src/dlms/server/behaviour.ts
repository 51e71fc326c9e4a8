/** What an interface class does beyond keeping its attributes. */
import type { AccessSelection, ActionResult, DataAccessResult } from '../apdu/common.ts';
import type { CosemValue } from '../value.ts';
import type { MeterState } from './meter-state.ts';
import type { ModelObject } from './model.ts';
import type { ServerSession } from './server-session.ts';

/** An object of one meter, and who asks: no one when the meter acts by itself (a script, a schedule). */
export interface Place {
  readonly meter: MeterState;
  readonly object: ModelObject;
  readonly session?: ServerSession;
}

/** A value, or its bytes where they are kept or made directly; or why there is none. */
export type ReadOutcome = CosemValue | Uint8Array | DataAccessResult | undefined;

export interface ActionAnswer {
  readonly result: ActionResult;
  readonly returned?: CosemValue;
}

export interface Behaviour {
  /** Undefined: the value that is kept. */
  read?(place: Place, attribute: number, selection?: AccessSelection): ReadOutcome;
  /** Undefined: the value is kept, if it has the type of the one before. */
  write?(place: Place, attribute: number, value: CosemValue): DataAccessResult | undefined;
  invoke?(place: Place, method: number, parameter: CosemValue): ActionAnswer;
  /** Time passes; seconds since 1970 UTC of the meter's own clock. */
  tick?(place: Place, beforeS: number, nowS: number): void;
}

export const done: ActionAnswer = { result: 'success' };
export const mismatch: ActionAnswer = { result: 'type-unmatched' };
export const denied: ActionAnswer = { result: 'read-write-denied' };
