/** What commands ask of a protocol. A driver is handed in by whoever composes the head-end. */
import type { MeterEndpoint } from '@openami/model';
import type { Observation } from './kind-shape.ts';
import type { CommandKindName } from './kinds.ts';
import type { DriverOutcome } from './life-cycle.ts';

/** A meter and how it is reached. */
export interface CommandMeter {
  readonly meterId: number;
  readonly serial: string;
  readonly endpoint: MeterEndpoint;
}

export interface DriverCommand {
  readonly id: number;
  readonly kind: CommandKindName;
  /** Fit the kind's parameters. */
  readonly params: unknown;
  /** Times it was noted as sent, this one among them; 0 before the first. */
  readonly send: number;
  /** Seconds since 1970: nothing of it may leave from then on. */
  readonly expiresAtS: number;
}

export type ReadBack =
  | { readonly outcome: 'ok'; readonly observation: Observation }
  /** `pending`: what was sent is on its way, or the device has not said yet what came of it. */
  | { readonly outcome: Exclude<DriverOutcome, 'ok'> | 'pending' };

export interface CommandDriver {
  /**
   * Sends the command once. `not-sent` only when no byte of the request left; everything unclear is `lost`.
   * A rejection counts as `lost`. Must end soon after the signal is aborted.
   */
  execute(command: DriverCommand, meter: CommandMeter, signal: AbortSignal): Promise<DriverOutcome>;
  /** Reads what the kind is confirmed by (`observe` of the kind). A rejection counts as `lost`. */
  readBack(command: DriverCommand, meter: CommandMeter, signal: AbortSignal): Promise<ReadBack>;
}

/** Drivers by protocol of the endpoint. */
export type CommandDrivers = ReadonlyMap<string, CommandDriver>;

/** Meters at work: one thing at a time with each, whatever it is. */
export class BusyMeters {
  readonly #busy = new Set<number>();
  /** People who wait for a meter, the first first. */
  readonly #waiting = new Map<number, (() => void)[]>();

  /** False when the meter is at work. */
  take(meterId: number): boolean {
    if (this.#busy.has(meterId)) return false;
    this.#busy.add(meterId);
    return true;
  }

  /** Takes the meter when its turn comes; false when the signal was first. */
  async takeInTurn(meterId: number, signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return false;
    if (this.take(meterId)) return true;
    const waiting = this.#waiting.get(meterId) ?? [];
    this.#waiting.set(meterId, waiting);
    return new Promise((resolve) => {
      const turn = () => {
        signal.removeEventListener('abort', giveUp);
        resolve(true);
      };
      const giveUp = () => {
        waiting.splice(waiting.indexOf(turn), 1);
        resolve(false);
      };
      signal.addEventListener('abort', giveUp, { once: true });
      waiting.push(turn);
    });
  }

  /** It stays taken when somebody waits: the next has it. */
  release(meterId: number): void {
    const waiting = this.#waiting.get(meterId) ?? [];
    const next = waiting.shift();
    if (waiting.length === 0) this.#waiting.delete(meterId);
    if (next === undefined) this.#busy.delete(meterId);
    else next();
  }

  list(): number[] {
    return [...this.#busy];
  }
}
