/**
 * Whole APDUs as they came, still protected, out of what a listener hears: frames of any link in any
 * chunking, segments and general blocks put together. Who needs keys for them looks at them first.
 */
import type { OpenAmiError } from '@openami/model';
import { type ApduOf, decodeApduAndRest } from './apdu/apdu.ts';
import { BlockReceiver } from './association/general-blocks.ts';
import type { AssembledApdu } from './link/assembler.ts';
import { linkErrors } from './link/link-errors.ts';
import { type DeframedItem, type DeframeOptions, Deframer, type Framing } from './link/sniff.ts';
import type { LinkTrust } from './open-apdu.ts';

/** An APDU that is whole. A view of the chunk, or of bytes that nobody uses again. */
export interface HeardBytes extends AssembledApdu {
  readonly trust: LinkTrust;
}

export type HeardApdu =
  | { readonly apdu: HeardBytes; readonly error?: undefined }
  | { readonly apdu?: undefined; readonly error: OpenAmiError };

export type StreamFraming = Exclude<Framing, 'raw'>;

const BLOCK_TAG = 0xe0;
const MAX_SENDERS = 64;
const MAX_APDU_BYTES = 65_535;

/** What the link vouches for. */
export function trustOf(framing: Framing): LinkTrust {
  if (framing === 'raw') return 'none';
  return framing === 'wrapper' ? 'length' : 'bytes';
}

/** General blocks to whole APDUs, one a sender at a time; senders and bytes are limited. */
export class BlockJoiner {
  readonly #maxApduBytes: number;
  readonly #blocks = new Map<string, BlockReceiver>();

  constructor(maxApduBytes = MAX_APDU_BYTES) {
    this.#maxApduBytes = maxApduBytes;
  }

  /**
   * What is no block as it came; of blocks, the APDU whose last one this is, undefined while more are due.
   * Raises DLMS_LINK_SEGMENT and decode errors.
   */
  take(sender: string, bytes: Uint8Array): Uint8Array | undefined {
    if (bytes[0] !== BLOCK_TAG) return bytes;
    const block = decodeApduAndRest(bytes).apdu as ApduOf<'general-block-transfer'>;
    // an empty block only acknowledges those of the other side; without the first, no other helps
    if (!this.#blocks.has(sender) && (block.data.length === 0 || block.number !== 1)) return bytes;
    if (block.number === 1) {
      if (this.#blocks.size >= MAX_SENDERS) this.#blocks.delete(this.#blocks.keys().next().value!);
      this.#blocks.set(sender, new BlockReceiver(this.#maxApduBytes));
    }
    const receiver = this.#blocks.get(sender)!;
    if (block.number > receiver.acknowledged + 1) {
      this.#blocks.delete(sender);
      throw linkErrors.DLMS_LINK_SEGMENT(
        `general block ${block.number} where ${receiver.acknowledged + 1} is due, from ${sender}`,
      );
    }
    receiver.accept(block);
    if (!receiver.done) return undefined;
    this.#blocks.delete(sender);
    return receiver.finish();
  }

  /** No more come: an error for each APDU that is not whole. */
  flush(): OpenAmiError[] {
    const open = [...this.#blocks.keys()];
    this.#blocks.clear();
    return open.map((sender) =>
      linkErrors.DLMS_LINK_TRUNCATED(`general blocks from ${sender} without the last`, { partial: true }),
    );
  }
}

/**
 * APDUs out of an endless stream. Without a framing given it listens for all of them until the first frame
 * passes its check, and stays with that one. Memory is bounded by the longest frame and APDU; damage is
 * told and passed over. Call `flush` at the end and after a pause longer than a frame can have.
 */
export class ApduStream {
  readonly #joiner: BlockJoiner;
  #deframers: Deframer[];

  constructor(options: DeframeOptions = {}) {
    this.#joiner = new BlockJoiner(options.maxApduBytes);
    const { framing } = options;
    // the wrapper has no check by which it could win
    const all: StreamFraming[] = ['hdlc', 'mbus', 'hdlc-stuffed'];
    const wanted = framing === undefined || framing === 'raw' ? all : [framing];
    this.#deframers = wanted.map((one) => new Deframer(one, options));
  }

  /** The framing, once it is known. */
  get framing(): StreamFraming | undefined {
    return this.#deframers.length === 1 ? this.#deframers[0]!.framing : undefined;
  }

  push(chunk: Uint8Array): HeardApdu[] {
    const [only, other] = this.#deframers;
    if (other === undefined) return this.#heard(only!, only!.push(chunk));
    return this.#sniff((deframer) => deframer.push(chunk));
  }

  flush(): HeardApdu[] {
    return [
      ...this.#sniff((deframer) => deframer.flush()),
      ...this.#joiner.flush().map((error) => ({ error })),
    ];
  }

  #sniff(items: (deframer: Deframer) => DeframedItem[]): HeardApdu[] {
    const found = this.#deframers.map((deframer) => ({ deframer, items: items(deframer) }));
    const winner = found.find((one) => one.items.some(({ frame }) => frame !== undefined));
    if (winner === undefined && found.length > 1) return [];
    const { deframer, items: heard } = winner ?? found[0]!;
    this.#deframers = [deframer];
    return this.#heard(deframer, heard);
  }

  #heard(deframer: Deframer, items: readonly DeframedItem[]): HeardApdu[] {
    const trust = trustOf(deframer.framing);
    const heard: HeardApdu[] = [];
    for (const { apdu: assembled, error } of items) {
      if (error !== undefined) heard.push({ error });
      if (assembled === undefined) continue;
      const { sender } = assembled;
      try {
        const apdu = this.#joiner.take(sender, assembled.apdu);
        if (apdu !== undefined) heard.push({ apdu: { sender, apdu, trust } });
      } catch (error) {
        heard.push({ error: error as OpenAmiError });
      }
    }
    return heard;
  }
}
