/**
 * Wireless telegrams out of the bytes of a receiver that leaves the CRCs on, in any chunking. In front of
 * a telegram may stand the sync word of mode C, which tells its format: 54 CD is A, 54 3D is B.
 */
import type { OpenAmiError } from '@openami/model';
import { FrameStream, type Scan, scanned } from '../../frame-stream.ts';
import { mbusErrors } from '../errors.ts';
import { formatABytes, startsBlocks, unwrapBlocks, type WirelessBlocks } from './wireless.ts';

const SYNC = 0x54;
const SYNC_A = 0xcd;
const SYNC_B = 0x3d;
const MIN_L = 9;
/** First block of format A with its CRC. */
const FIRST_BYTES = 12;

export class WirelessFrameStream extends FrameStream<WirelessBlocks> {
  readonly #usual: 'a' | 'b';

  /** `usual`: the format of telegrams without a sync word. */
  constructor(usual: 'a' | 'b' = 'a') {
    super();
    this.#usual = usual;
  }

  protected override scan(bytes: Uint8Array, at: number, end: number): Scan<WirelessBlocks> {
    const have = end - at;
    if (bytes[at] === SYNC) {
      if (have < 2) return { used: 0, need: 2 };
      const word = bytes[at + 1];
      if (word === SYNC_A || word === SYNC_B) {
        const found = scanFormat(bytes, at + 2, end, word === SYNC_A ? 'a' : 'b');
        if (found.need !== undefined) return { used: 0, need: found.need + 2 };
        if (found.frame !== undefined) return { ...found, used: found.used + 2 };
      }
    }
    return scanFormat(bytes, at, end, this.#usual);
  }

  protected override truncated(detail: string): OpenAmiError {
    return mbusErrors.MBUS_TRUNCATED(detail, { clause: 'EN 13757-4 11.3' });
  }

  protected override isIdle(): boolean {
    return false;
  }
}

function scanFormat(bytes: Uint8Array, at: number, end: number, format: 'a' | 'b'): Scan<WirelessBlocks> {
  const have = end - at;
  if (have < 1) return { used: 0, need: 1 };
  const l = bytes[at]!;
  if (l < MIN_L) return { used: 1, error: noTelegram };
  if (format === 'a') {
    // the first block tells early whether this is the start of a telegram at all
    if (have < FIRST_BYTES) return { used: 0, need: FIRST_BYTES };
    if (!startsBlocks(bytes, at)) return { used: 1, error: noTelegram };
  }
  const size = format === 'a' ? formatABytes(l) : l + 1;
  if (have < size) return { used: 0, need: size };
  return scanned(size, () => unwrapBlocks(bytes.subarray(at, at + size), format), 1);
}

function noTelegram(): OpenAmiError {
  return mbusErrors.MBUS_BAD_FRAME('bytes that begin no telegram', { clause: 'EN 13757-4 11.3' });
}
