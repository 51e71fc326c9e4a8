/**
 * A dialogue without I/O: a generator gives out what to send or await, and is given what came. `drive`
 * runs one over a transport.
 */
import { OpenAmiError } from '@openami/model';
import { associationErrors } from '../association/association-errors.ts';

export type Step =
  /** Send, and await one APDU. */
  | { readonly kind: 'exchange'; readonly apdu: Uint8Array }
  /** Send; nothing comes back for it. */
  | { readonly kind: 'send'; readonly apdu: Uint8Array }
  /** Await another APDU. */
  | { readonly kind: 'receive' };

/** What is used of an AbortSignal, which any is; the platform's type is not known everywhere. */
export interface Signal {
  readonly reason?: unknown;
  throwIfAborted(): void;
  addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

export type Talk<T> = Generator<Step, T, Uint8Array>;

/** Carries APDUs; a time-out or a cut is an error it raises. */
export interface DlmsTransport {
  /** One APDU there, one back. */
  exchange(request: Uint8Array, signal?: Signal): Promise<Uint8Array>;
  /**
   * The next APDU the meter sends without being asked again. Without it every answer must be the right one
   * and blocks come one at a time.
   */
  receive?(signal?: Signal): Promise<Uint8Array>;
  /** Sends without awaiting; needed to send several blocks at once. */
  send?(apdu: Uint8Array): void;
}

const NOTHING = new Uint8Array(0);

/** Runs a dialogue. Raises DLMS_TIMEOUT, DLMS_CLOSED, the errors of the transport and of the dialogue. */
export async function drive<T>(talk: Talk<T>, transport: DlmsTransport, signal?: Signal): Promise<T> {
  const aborted = signal === undefined ? undefined : watch(signal);
  try {
    let step = talk.next();
    while (!step.done) {
      let answer = NOTHING;
      try {
        signal?.throwIfAborted();
        const work = perform(step.value, transport, signal);
        if (work !== undefined) answer = await (aborted ? Promise.race([work, aborted.promise]) : work);
      } catch (error) {
        step = talk.throw(transportError(error));
        continue;
      }
      step = talk.next(answer);
    }
    return step.value;
  } finally {
    aborted?.stop();
  }
}

function perform(
  step: Step,
  transport: DlmsTransport,
  signal?: Signal,
): Promise<Uint8Array<ArrayBuffer>> | undefined {
  if (step.kind === 'exchange')
    return transport.exchange(step.apdu, signal) as Promise<Uint8Array<ArrayBuffer>>;
  if (step.kind === 'receive') return transport.receive!(signal) as Promise<Uint8Array<ArrayBuffer>>;
  transport.send!(step.apdu);
  return undefined;
}

/** A transport that does not heed the signal must not hold the caller. */
function watch(signal: Signal): { readonly promise: Promise<never>; stop(): void } {
  let onAbort = (): void => {};
  const promise = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
  });
  promise.catch(() => {});
  return { promise, stop: () => signal.removeEventListener('abort', onAbort) };
}

function transportError(error: unknown): OpenAmiError {
  if (error instanceof OpenAmiError) return error;
  const name = error instanceof Error ? error.name : '';
  const text = error instanceof Error ? error.message : String(error);
  if (name === 'TimeoutError') return associationErrors.DLMS_TIMEOUT(text, {}, error);
  return associationErrors.DLMS_CLOSED(text, {}, error);
}
