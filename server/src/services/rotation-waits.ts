/** When a rotation that does not get on is tried again: later each time, so that dead meters cost little. */
import type { RotationState } from '@openami/headend';

const longestMs = 900_000;
const maxKept = 100_000;

export class RotationWaits {
  readonly #firstMs: number;
  readonly #waits = new Map<number, { readonly untilMs: number; readonly times: number }>();

  constructor(firstMs: number) {
    this.#firstMs = firstMs;
  }

  isWaiting(id: number, nowMs: number): boolean {
    return (this.#waits.get(id)?.untilMs ?? 0) > nowMs;
  }

  note(id: number, nowMs: number, gotOn: boolean): void {
    const times = gotOn ? 0 : (this.#waits.get(id)?.times ?? 0) + 1;
    this.#waits.delete(id);
    if (gotOn) return;
    if (this.#waits.size >= maxKept) this.#waits.delete(this.#waits.keys().next().value!);
    this.#waits.set(id, { times, untilMs: nowMs + Math.min(longestMs, this.#firstMs * 2 ** (times - 1)) });
  }
}

/** Whether a session brought a rotation on. */
export function isFurther(before: RotationState, after: RotationState): boolean {
  return before.unit !== after.unit || before.step !== after.step;
}
