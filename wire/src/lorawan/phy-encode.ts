/** PHYPayloads made: what a simulated device or a test gateway sends. */
import { concat } from '../bytes.ts';
import { lorawanErrors } from './errors.ts';
import {
  type DataFrame,
  decodePhy,
  type JoinRequest,
  messageTypes,
  type OpenedJoinAccept,
  turned,
} from './phy.ts';
import {
  cipherPayload,
  dataMic,
  joinMic,
  type MicContext,
  type SessionKeys,
  sealJoinAccept,
} from './phy-crypto.ts';

const MIC_BYTES = 4;
const mhdr = (type: (typeof messageTypes)[number]) => messageTypes.indexOf(type) << 5;

function put(...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  const bytes = parts.map((part) => (part instanceof Uint8Array ? part : Uint8Array.from(part)));
  return concat(
    [...bytes, new Uint8Array(MIC_BYTES)],
    bytes.reduce((sum, { length }) => sum + length, MIC_BYTES),
  );
}

function signed(bytes: Uint8Array, mic: Uint8Array): Uint8Array {
  bytes.set(mic, bytes.length - MIC_BYTES);
  return bytes;
}

/** A frame whose payload is in the clear. */
export type PlainData = Omit<DataFrame, 'mic' | 'fOpts'> & { readonly fOpts?: Uint8Array };

/**
 * A data frame, ciphered and signed. FOpts are taken as they are. Throws LORAWAN_NO_KEY, LORAWAN_BAD_FIELD.
 */
export function encodeData(plain: PlainData, keys: SessionKeys, context: MicContext = {}): Uint8Array {
  const { fOpts = new Uint8Array(0), fPort, payload } = plain;
  if (fOpts.length > 15 || (fPort === null && payload.length > 0)) {
    throw lorawanErrors.LORAWAN_BAD_FIELD(
      fOpts.length > 15 ? 'more than 15 bytes of FOpts' : 'payload without port',
    );
  }
  const frame: DataFrame = { ...plain, fOpts, mic: new Uint8Array(MIC_BYTES) };
  const flags = [plain.adr && 0x80, plain.adrAckReq && 0x40, plain.ack && 0x20, plain.pending && 0x10];
  const control = flags.reduce((sum: number, flag) => sum + (flag || 0), fOpts.length);
  const bytes = put(
    [mhdr(plain.type)],
    turned(plain.devAddr),
    [control, plain.fCnt & 0xff, (plain.fCnt >> 8) & 0xff],
    fOpts,
    fPort === null ? [] : [fPort],
    fPort === null ? [] : cipherPayload(frame, keys, context.fCntMsb),
  );
  decodePhy(bytes);
  return signed(bytes, dataMic(bytes, frame, keys, context));
}

/** A join-request signed with the root key (AppKey of 1.0, NwkKey of 1.1). */
export function encodeJoinRequest(join: Omit<JoinRequest, 'type' | 'mic'>, key: Uint8Array): Uint8Array {
  const { joinEui, devEui, devNonce } = join;
  const bytes = put([mhdr('join-request')], turned(joinEui), turned(devEui), turned(devNonce));
  decodePhy(bytes);
  return signed(bytes, joinMic(bytes, key));
}

/** A join-accept of 1.0, signed and ciphered with the root key. */
export function encodeJoinAccept(accept: Omit<OpenedJoinAccept, 'mic'>, key: Uint8Array): Uint8Array {
  const settings = (accept.optNeg ? 0x80 : 0) | (accept.rx1DrOffset << 4) | accept.rx2DataRate;
  const bytes = put(
    [mhdr('join-accept')],
    turned(accept.joinNonce),
    turned(accept.netId),
    turned(accept.devAddr),
    [settings, accept.rxDelayS],
    accept.cfList,
  );
  decodePhy(bytes);
  return sealJoinAccept(signed(bytes, joinMic(bytes, key)), key);
}
