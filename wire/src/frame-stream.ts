/**
 * What every streaming decoder of a link shares: bytes come in any chunking, frames and typed errors go out
 * in order, damaged bytes are skipped up to the next place where a frame may start, and memory is bounded
 * by the longest frame.
 */
import { OpenAmiError } from '@openami/model';

/** A frame, or why bytes were skipped. */
export type Decoded<T> =
  | { readonly frame: T; readonly error?: undefined }
  | { readonly frame?: undefined; readonly error: OpenAmiError };

/** What a look at the start of the bytes gave: bytes used up, or how many are needed to say. */
export interface Scan<T> {
  /** Bytes done with; 0 only together with `need`. */
  readonly used: number;
  /** Bytes from the start that are needed before another look makes sense. */
  readonly need?: number;
  readonly frame?: T;
  /** Made and reported once for a run of bad bytes, not for each scan of the run. */
  readonly error?: () => OpenAmiError;
}

/** A look that found a frame of `used` bytes; what decoding it raises is why they, or fewer, are skipped. */
export function scanned<T>(used: number, decode: () => T, usedIfBad = used): Scan<T> {
  try {
    return { used, frame: decode() };
  } catch (error) {
    if (!(error instanceof OpenAmiError)) throw error;
    return { used: usedIfBad, error: () => error };
  }
}

/** What a stream makes of bytes that are all there is: frames and errors, each in order. */
export function readWhole<T>(
  stream: FrameStream<T>,
  bytes: Uint8Array,
): { readonly frames: T[]; readonly errors: OpenAmiError[] } {
  const frames: T[] = [];
  const errors: OpenAmiError[] = [];
  for (const { frame, error } of [...stream.push(bytes), ...stream.flush()]) {
    if (error === undefined) frames.push(frame);
    else errors.push(error);
  }
  return { frames, errors };
}

const EMPTY: Uint8Array<ArrayBuffer> = new Uint8Array(0);

/**
 * Base of the decoders. Frames hold views of the chunk when it holds them whole: copy what outlives a
 * buffer that is used again.
 */
export abstract class FrameStream<T> {
  #kept: Uint8Array<ArrayBuffer> = EMPTY;
  #length = 0;
  #need = 1;
  #skipping = false;

  /** Looks at `bytes[at..end)`, which is never empty. */
  protected abstract scan(bytes: Uint8Array, at: number, end: number): Scan<T>;

  /** The error of a frame that has no end. */
  protected abstract truncated(detail: string): OpenAmiError;

  /** What kept bytes amount to when no more come; a lone flag, for example, is nothing. */
  protected abstract isIdle(bytes: Uint8Array, length: number): boolean;

  /** Bytes kept for a frame that is not complete. */
  get pending(): number {
    return this.#length;
  }

  /** Takes the next bytes and returns what they complete. */
  push(chunk: Uint8Array): Decoded<T>[] {
    const out: Decoded<T>[] = [];
    if (this.#length === 0) {
      this.#keep(chunk, this.#run(chunk, chunk.length, out), chunk.length);
      return out;
    }
    this.#append(chunk);
    if (this.#length < this.#need) return out;
    const bytes = this.#kept;
    const length = this.#length;
    const at = this.#run(bytes, length, out);
    if (at === 0) return out;
    // frames handed out are views of these bytes, so what is left moves to new ones
    this.#kept = EMPTY;
    this.#keep(bytes, at, length);
    return out;
  }

  /**
   * The end of the bytes, or a pause longer than a frame allows: what was kept is given up, and frames
   * inside it found.
   */
  flush(): Decoded<T>[] {
    const out: Decoded<T>[] = [];
    const bytes = this.#kept.subarray(0, this.#length);
    this.#kept = EMPTY;
    this.#length = 0;
    let at = 0;
    while (at < bytes.length && !this.isIdle(bytes.subarray(at), bytes.length - at)) {
      if (!this.#skipping) {
        out.push({ error: this.truncated(`${bytes.length - at} bytes of an unfinished frame`) });
        this.#skipping = true;
      }
      at = this.#run(bytes, bytes.length, out, at + 1);
    }
    this.#need = 1;
    this.#skipping = false;
    return out;
  }

  /** Scans from `at` until bytes run out; returns the place of the first byte still needed. */
  #run(bytes: Uint8Array, end: number, out: Decoded<T>[], at = 0): number {
    while (at < end) {
      const { used, need, frame, error } = this.scan(bytes, at, end);
      if (need !== undefined && need > end - at) {
        this.#need = need;
        return at;
      }
      if (frame !== undefined) {
        out.push({ frame });
        this.#skipping = false;
      } else if (error !== undefined) {
        if (!this.#skipping) out.push({ error: error() });
        this.#skipping = true;
      }
      at += used;
    }
    this.#need = 1;
    return at;
  }

  #keep(bytes: Uint8Array, at: number, end: number): void {
    this.#length = 0;
    if (at < end) this.#append(bytes.subarray(at, end));
  }

  #append(chunk: Uint8Array): void {
    const length = this.#length + chunk.length;
    if (length > this.#kept.length) {
      const grown = new Uint8Array(Math.max(length, this.#kept.length * 2, 64));
      grown.set(this.#kept.subarray(0, this.#length));
      this.#kept = grown;
    }
    this.#kept.set(chunk, this.#length);
    this.#length = length;
  }
}
