/** The bytes of a message, kept for evidence. */
import type { Frame, Source } from '@openami/model';
import type { OpenCommit } from './gather.ts';
import type { Tally } from './tally.ts';
import type { IngestLimits } from './types.ts';

/** `became` is what was made of it. */
export function frameOf(
  source: Source,
  device: string,
  meter: number,
  bytes: Uint8Array,
  receivedMs: number,
  { accepted, outcome }: Pick<Frame, 'accepted' | 'outcome'>,
  { frameBytes }: Pick<IngestLimits, 'frameBytes'>,
): Frame {
  // A copy: `slice` of a Buffer would keep the whole of it in memory.
  const payload = bytes.length > frameBytes ? Uint8Array.prototype.slice.call(bytes, 0, frameBytes) : bytes;
  return { receivedMs, source, device, meter, payload, accepted, outcome };
}

/** What one message comes to, from its beginning on: goes with its frame. */
export class MessageYield {
  readonly #commit: OpenCommit;
  readonly #tally: Tally;
  readonly #accepted: number;
  readonly #taken: number;
  readonly #rejections: number;

  constructor(commit: OpenCommit, tally: Tally) {
    this.#commit = commit;
    this.#tally = tally;
    this.#accepted = tally.accepted;
    this.#taken = tally.taken;
    this.#rejections = commit.rejections.length;
  }

  /** Of messages that came to nothing, some frames are kept. */
  keepFrame(device: string, meter: number, bytes: Uint8Array, limits: IngestLimits): void {
    const { receivedMs, frames, rejections } = this.#commit;
    const { source, taken, budget, accepted } = this.#tally;
    if (taken === this.#taken && !budget.keepFrame()) return;
    const outcome = rejections[this.#rejections]?.code ?? 'OK';
    const became = { accepted: accepted - this.#accepted, outcome };
    frames.push(frameOf(source, device, meter, bytes, receivedMs, became, limits));
  }
}
