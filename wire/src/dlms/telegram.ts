/**
 * A capture of any carriage to its APDUs, opened: HDLC (stuffed or not), wrapper, M-Bus long frames, a bare
 * APDU or bare data; segments and general blocks put together. `decodeTelegram` takes a whole capture,
 * `TelegramStream` what a listener hears, in any chunking.
 */

import type { OpenAmiError } from '@openami/model';
import { copyOf } from '../bytes.ts';
import { type ApduOf, decodeApduAndRest } from './apdu/apdu.ts';
import { ApduStream, BlockJoiner, type StreamFraming, trustOf } from './apdu-stream.ts';
import { decodeData } from './data.ts';
import type { AssembledApdu } from './link/assembler.ts';
import { HDLC_FLAG } from './link/hdlc-frame.ts';
import { stripLlc } from './link/llc.ts';
import { type ModeELine, readModeELine } from './link/mode-e.ts';
import { type DeframeOptions, deframe, type Framing, type LinkFrame } from './link/sniff.ts';
import { type LinkTrust, type OpenApduOptions, type OpenedApdu, openApdu } from './open-apdu.ts';
import type { CosemValue } from './value.ts';

export interface TelegramOptions extends Omit<OpenApduOptions, 'trust'>, DeframeOptions {}

/** An APDU that is whole and opened, or why it could not be. */
export type TelegramApdu =
  | { readonly sender: string; readonly opened: OpenedApdu; readonly error?: undefined }
  | { readonly sender: string; readonly opened?: undefined; readonly error: OpenAmiError };

export interface Telegram {
  readonly carriage: Framing | 'data' | 'mode-e';
  readonly frames: readonly LinkFrame[];
  readonly apdus: readonly TelegramApdu[];
  /** Carriage `data`: the value, which no APDU is around. */
  readonly value?: CosemValue;
  /** Carriage `mode-e`: the line. */
  readonly modeE?: ModeELine;
  /** Bytes skipped, frames that failed their check, APDUs without their end. */
  readonly errors: readonly OpenAmiError[];
}

const INITIATE_TAG = 0x01;
/** Blocks without their others that are shown. */
const MAX_HELD = 64;

/**
 * Decodes a capture. Raises DLMS_LINK_NO_FRAMING when there is nothing of DLMS in it, and the error of the
 * frame when its only one is damaged; what is wrong with an APDU is told in its place.
 */
export function decodeTelegram(bytes: Uint8Array, options: TelegramOptions = {}): Telegram {
  if (options.framing === undefined && isWithoutFlags(bytes)) return decodeTelegram(flagged(bytes), options);
  const bare = options.framing === undefined ? (bareData(bytes) ?? modeELine(bytes)) : undefined;
  if (bare !== undefined) return bare;
  const { framing, frames, apdus: assembled, errors } = deframe(bytes, options);
  const opener = new ApduOpener(options);
  const apdus = assembled.flatMap((apdu) => opener.take(apdu, trustOf(framing)));
  const lone = apdus.length === 0 ? withoutLlc(frames, options) : undefined;
  if (lone !== undefined) return { carriage: framing, frames, apdus: [lone], errors: [] };
  // blocks whose others are not here are still APDUs
  const shown = apdus.length === 0 ? opener.held : apdus;
  return { carriage: framing, frames, apdus: shown, errors: [...errors, ...opener.flush()] };
}

/** An HDLC frame whose flags the capture left out; no APDU begins with its format. */
function isWithoutFlags(bytes: Uint8Array): boolean {
  return (bytes[0]! & 0xf0) === 0xa0 && (((bytes[0]! & 7) << 8) | bytes[1]!) === bytes.length;
}

function flagged(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(bytes.length + 2).fill(HDLC_FLAG);
  out.set(bytes, 1);
  return out;
}

/** Some meters leave the notification out and send its body alone. */
function bareData(bytes: Uint8Array): Telegram | undefined {
  const data = stripLlc(bytes);
  // a list of lists, or an array of an initiate would be one
  if ((data[0] !== 1 && data[0] !== 2) || data.length < 4) return undefined;
  if (data[0] === 1 && data[2] !== 2) return undefined;
  try {
    return { carriage: 'data', frames: [], apdus: [], value: decodeData(data), errors: [] };
  } catch {
    return undefined;
  }
}

/** A line of the opening of mode E. */
function modeELine(bytes: Uint8Array): Telegram | undefined {
  const modeE = readModeELine(bytes);
  return modeE && { carriage: 'mode-e', frames: [], apdus: [], modeE, errors: [] };
}

/**
 * The APDU of the only frame, from a meter that leaves out the LLC bytes; a last segment looks the same, so
 * it must be one in full.
 */
function withoutLlc(frames: readonly LinkFrame[], options: TelegramOptions): TelegramApdu | undefined {
  const [only, ...others] = frames;
  if (only?.link !== 'hdlc' || others.length > 0 || only.frame.segmented) return undefined;
  const { control, information } = only.frame;
  if ((control.kind !== 'i' && control.kind !== 'ui') || information.length === 0) return undefined;
  const sender = 'hdlc without LLC';
  const [taken] = new ApduOpener(options).take({ sender, apdu: information }, 'none');
  return taken?.opened === undefined ? undefined : taken;
}

/** Titles, keys and blocks from one APDU of a dialogue to the next. */
class ApduOpener {
  readonly #options: TelegramOptions;
  readonly #joiner: BlockJoiner;
  /** Titles that AARQ and AARE named; services of the one side go out under its own. */
  #clientTitle: Uint8Array | undefined;
  #serverTitle: Uint8Array | undefined;
  #dedicatedKey: Uint8Array | undefined;
  /** The latest blocks that wait for others, as they came. */
  held: TelegramApdu[] = [];

  constructor(options: TelegramOptions) {
    this.#options = options;
    this.#joiner = new BlockJoiner(options.maxApduBytes);
  }

  take({ sender, apdu }: AssembledApdu, trust: LinkTrust): TelegramApdu[] {
    try {
      const whole = this.#joiner.take(sender, apdu);
      if (whole === undefined) {
        if (this.held.length < MAX_HELD) this.held.push({ sender, opened: openApdu(apdu, { trust }) });
        return [];
      }
      this.held = [];
      const title = isRequest(whole[0]!) ? this.#clientTitle : this.#serverTitle;
      const systemTitle = title ?? this.#options.systemTitle;
      const { keyFor } = this.#options;
      const opened = openApdu(whole, { keyFor, systemTitle, trust, dedicatedKey: this.#dedicatedKey });
      this.#remember(opened);
      return [{ sender, opened }];
    } catch (error) {
      return [{ sender, error: error as OpenAmiError }];
    }
  }

  flush(): OpenAmiError[] {
    return this.#joiner.flush();
  }

  #remember({ apdu }: OpenedApdu): void {
    // a view of a buffer that may be used again
    if (apdu.service === 'aarq' && apdu.callingApTitle?.length === 8) {
      this.#clientTitle = copyOf(apdu.callingApTitle);
    }
    const { userInformation } = apdu.service === 'aarq' ? apdu : {};
    if (userInformation?.[0] === INITIATE_TAG) {
      const { dedicatedKey } = decodeApduAndRest(userInformation).apdu as ApduOf<'initiate-request'>;
      this.#dedicatedKey = dedicatedKey && copyOf(dedicatedKey);
    }
    if (apdu.service === 'aare' && apdu.respondingApTitle?.length === 8) {
      this.#serverTitle = copyOf(apdu.respondingApTitle);
    }
  }
}

/** Whether a client sends a ciphered service of this tag: of each block of tags, the requests come first. */
function isRequest(tag: number): boolean {
  return (
    (tag >= 33 && tag <= 38) ||
    (tag >= 65 && tag <= 70) ||
    (tag >= 200 && tag <= 203 && tag !== 202) ||
    (tag >= 208 && tag <= 211 && tag !== 210)
  );
}

/** What a listener heard. */
export type Heard =
  | { readonly apdu: TelegramApdu; readonly error?: undefined }
  | { readonly apdu?: undefined; readonly error: OpenAmiError };

/** `ApduStream` with keys at hand: telegrams come out opened. */
export class TelegramStream {
  readonly #stream: ApduStream;
  readonly #opener: ApduOpener;

  constructor(options: TelegramOptions = {}) {
    this.#stream = new ApduStream(options);
    this.#opener = new ApduOpener(options);
  }

  /** The framing, once it is known. */
  get framing(): StreamFraming | undefined {
    return this.#stream.framing;
  }

  push(chunk: Uint8Array): Heard[] {
    return this.#opened(this.#stream.push(chunk));
  }

  flush(): Heard[] {
    return this.#opened(this.#stream.flush());
  }

  #opened(heard: ReturnType<ApduStream['push']>): Heard[] {
    return heard.flatMap(({ apdu, error }): Heard[] => {
      if (apdu === undefined) return [{ error }];
      return this.#opener.take(apdu, apdu.trust).map((taken) => ({ apdu: taken }));
    });
  }
}
