/** One thing done to a DLMS meter within a session, and what it is read back by. */
import type { DlmsClient, Signal } from '@openami/wire/dlms';
import type { Observation } from '../commands/kind-shape.ts';

export interface ActionContext {
  readonly client: DlmsClient;
  readonly signal: Signal;
  readonly nowMs: () => number;
}

export interface DlmsAction {
  /** Changes the meter; absent for what is only read. */
  readonly act?: (context: ActionContext, params: never) => Promise<unknown>;
  readonly observe: (context: ActionContext, params: never) => Promise<Observation>;
}

/** An action that needs a form of this kind. */
export function action<P>(of: {
  act?: (context: ActionContext, params: P) => Promise<unknown>;
  observe: (context: ActionContext, params: P) => Promise<Observation>;
}): DlmsAction {
  return of as DlmsAction;
}
