/** Reasons remembered in this browser. */
import { useState } from 'react';
import {
  type Decision,
  lastReason,
  offered,
  type Remembered,
  readRemembered,
  remember,
} from '../lib/reasons.ts';

const key = 'openami.vee.reasons';
let known: Remembered | undefined;

function load(): Remembered {
  try {
    known ??= readRemembered(localStorage.getItem(key));
  } catch {
    known ??= {};
  }
  return known;
}

function keepReason(decision: Decision, reason: string): void {
  known = remember(load(), decision, reason);
  try {
    localStorage.setItem(key, JSON.stringify(known));
  } catch {
    // Storage may be forbidden; the reasons then last as long as the page.
  }
}

export interface Why {
  readonly reason: string;
  readonly setReason: (reason: string) => void;
  readonly offers: readonly string[];
  /** Remembers it for the next decision of this sort. */
  readonly keep: () => void;
}

/** A reason being written: begins with the last one of such decisions. */
export function useReason(decision: Decision): Why {
  const [reason, setReason] = useState(() => lastReason(load(), decision));
  return { reason, setReason, offers: offered(load(), decision), keep: () => keepReason(decision, reason) };
}
