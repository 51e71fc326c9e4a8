/** Who sends by itself: heard until it has sent some frames in a row that are of no use. */

/** The last of these in a row is the last frame that is heard. */
export const mostUselessFrames = 8;
/** Bytes that nothing comes out of count as a frame of no use; the longest APDU is less than a row of it. */
const noiseBytes = 16_384;
/** So long after the one before, another is no part of a row: a few frames an hour are no flood. */
const pauseMs = 10_000;

export class PushPeer {
  /** Such as `192.0.2.7:52011`. */
  readonly remote: string;
  /** The title that its connection was identified by, hex. */
  known: string | undefined;
  readonly #onLost: (() => void) | undefined;
  #useless = 0;
  #atMs = 0;
  #isLost = false;
  #noise = 0;

  /** `onLost` closes the connection; left out for what has none, such as a datagram. */
  constructor(remote: string, onLost?: () => void) {
    this.remote = remote;
    this.#onLost = onLost;
  }

  /** Nothing more is heard from it. */
  get isLost(): boolean {
    return this.#isLost;
  }

  useful(): void {
    this.#useless = 0;
  }

  /** Notes bytes that came, and whether anything came out of them; true when it is lost by that. */
  came(bytes: number, isHeard: boolean, nowMs: number): boolean {
    this.#noise = isHeard ? 0 : this.#noise + bytes;
    let isLost = false;
    for (; this.#noise >= noiseBytes; this.#noise -= noiseBytes) isLost = this.useless(nowMs) || isLost;
    return isLost;
  }

  /** Notes a frame that could not be used, by the machine's clock; true when it is lost by that. */
  useless(nowMs: number): boolean {
    if (nowMs - this.#atMs >= pauseMs) this.#useless = 0;
    this.#atMs = nowMs;
    this.#useless++;
    if (this.#isLost || this.#useless < mostUselessFrames) return false;
    this.#isLost = true;
    this.#onLost?.();
    return true;
  }
}
