/** What the program and its engine process say to each other. */
import type { FrontLimits } from './http.ts';

export interface StartMessage {
  readonly kind: 'start';
  readonly dataDir: string;
  /** 0 for any free port. */
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly insertSessions: number;
  readonly querySessions: number;
  /** Queries that may wait for a session, per pool. */
  readonly maxWaiting: number;
  /** How long to wait for an earlier engine on the same directory to end. */
  readonly lockWaitMs: number;
  readonly connectionArgs: readonly string[];
  readonly limits: FrontLimits;
}

export type ParentMessage =
  | StartMessage
  | { readonly kind: 'limits'; readonly limits: Partial<FrontLimits> }
  | { readonly kind: 'close' };

export type ChildMessage =
  | { readonly kind: 'ready'; readonly port: number; readonly version: string }
  | { readonly kind: 'failed'; readonly detail: string };
