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

export function keepReason(decision: Decision, reason: string): void {
  known = remember(load(), decision, reason);
  try {
    localStorage.setItem(key, JSON.stringify(known));
  } catch {
    // Storage may be forbidden; the reasons then last as long as the page.
  }
}

/** A reason being written: begins with the last one of such decisions. */
export function useReason(decision: Decision) {
  const [reason, setReason] = useState(() => lastReason(load(), decision));
  return { reason, setReason, offers: offered(load(), decision) };
}
