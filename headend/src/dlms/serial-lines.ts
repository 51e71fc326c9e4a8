/**
 * Lines that several meters share: a serial server, a gateway. One association at a time on each, whoever
 * wants it (collection, a command, a rotation), first come first served.
 */
import type { LinkSource } from './endpoint.ts';
import { dlmsFieldErrors } from './errors.ts';

export interface LineLimits {
  /** Who waits longer gives up, and is tried again later. */
  readonly waitMs: number;
  /** Associations that may wait for one line. */
  readonly waiting: number;
}

const standardLineLimits: LineLimits = { waitMs: 60_000, waiting: 1_000 };

type Turn = (release: () => void) => void;

export class SerialLines {
  readonly #limits: LineLimits;
  /** Lines in use, and who waits for each. */
  readonly #used = new Map<string, Turn[]>();

  constructor(limits: LineLimits = standardLineLimits) {
    this.#limits = limits;
  }

  /** The same source, with the line to itself while a link of it is open. */
  over(line: string, source: LinkSource): LinkSource {
    return {
      remote: source.remote,
      open: async (addresses, signal) => {
        const release = await this.#take(line, signal);
        try {
          const link = await source.open(addresses, signal);
          if (link.isOpen) link.onEnd = release;
          else release();
          return link;
        } catch (error) {
          release();
          throw error;
        }
      },
    };
  }

  /** Resolves with what gives the line back. Raises DLMS_LINE_BUSY and the reason of the signal. */
  #take(line: string, signal: AbortSignal | undefined): Promise<() => void> {
    signal?.throwIfAborted();
    const waiting = this.#used.get(line);
    if (waiting === undefined) {
      this.#used.set(line, []);
      return Promise.resolve(this.#releaseOf(line));
    }
    const { waitMs, waiting: most } = this.#limits;
    if (waiting.length >= most) throw dlmsFieldErrors.DLMS_LINE_BUSY(`${line}: ${most} associations wait`);
    return new Promise((resolve, reject) => {
      const leave = (error: unknown): void => {
        waiting.splice(waiting.indexOf(turn), 1);
        settle();
        reject(error);
      };
      const onAbort = (): void => leave(signal!.reason);
      const late = setTimeout(() => leave(dlmsFieldErrors.DLMS_LINE_BUSY(`${line}: ${waitMs} ms`)), waitMs);
      const settle = (): void => {
        clearTimeout(late);
        signal?.removeEventListener('abort', onAbort);
      };
      const turn: Turn = (release) => {
        settle();
        resolve(release);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      waiting.push(turn);
    });
  }

  #releaseOf(line: string): () => void {
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      const next = this.#used.get(line)!.shift();
      if (next === undefined) this.#used.delete(line);
      else next(this.#releaseOf(line));
    };
  }
}
