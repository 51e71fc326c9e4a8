/**
 * One line of `openami decode lorawan`: JSON in, JSON out; nothing that a line holds stops the next.
 *
 *   {"id":"1","hex":"40da1b0126…","nwkSKey":"…","appSKey":"…"}         a PHYPayload, with what keys there are
 *   {"id":"2","topic":"application/7/device/01…/event/up","message":{…}}  a message of a network server
 */
import { bytesOfHex, hexOf, sameBytes } from '../bytes.ts';
import { type DecodedLine, decodedLine, type Plain } from '../decode-line.ts';
import { decodeChirpstack, parseChirpstackTopic } from './chirpstack.ts';
import { lorawanErrors } from './errors.ts';
import type { LorawanEvent } from './event.ts';
import { type Fields, isFields } from './fields.ts';
import { type DataFrame, decodePhy, type JoinRequest, type RejoinRequest } from './phy.ts';
import {
  checkDataMic,
  cipherOptions,
  cipherPayload,
  joinAcceptMic11,
  joinMic,
  openJoinAccept,
  type SessionKeys,
} from './phy-crypto.ts';
import { decodeThingsStack } from './things-stack.ts';

const MAX_LINE = 2_097_152;

/** Decodes a line: text, or the object it holds. Throws nothing. */
export function decodeLorawanLine(input: string | Fields): DecodedLine {
  return decodedLine(input, decoded, lineOf);
}

function decoded(line: Fields): { readonly ok: true; readonly [name: string]: Plain } {
  const hex = field(line, 'hex') ?? field(line, 'phy');
  const content = hex === undefined ? messageOf(line) : phyOf(line, hexField(hex, 'hex'));
  return { ok: true, ...content };
}

function lineOf(input: string): Fields {
  if (input.length > MAX_LINE) throw lorawanErrors.LORAWAN_MESSAGE_TOO_LARGE(`${input.length} characters`);
  let value: unknown;
  try {
    value = JSON.parse(input);
  } catch (error) {
    throw lorawanErrors.LORAWAN_NOT_JSON(error instanceof Error ? error.message.slice(0, 200) : undefined);
  }
  if (!isFields(value)) throw lorawanErrors.LORAWAN_NOT_JSON();
  return value;
}

/** A field by its name, or by the name in snake case. */
function field(line: Fields, name: string): unknown {
  const value = line[name] ?? line[name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)];
  return value === null ? undefined : value;
}

function hexField(value: unknown, name: string): Uint8Array {
  const bytes = typeof value === 'string' && value.length <= 4_096 ? bytesOfHex(value) : undefined;
  if (bytes === undefined)
    throw lorawanErrors.LORAWAN_BAD_FIELD(`${name} is not pairs of hexadecimal digits`);
  return bytes;
}

function messageOf(line: Fields): object {
  const topic = typeof line.topic === 'string' ? line.topic : '';
  const message = line.message ?? line.text ?? line;
  if (typeof message !== 'string' && !isFields(message)) throw lorawanErrors.LORAWAN_NOT_JSON();
  // once more through the text, so that the limits of messages hold for those within lines
  const text = typeof message === 'string' ? message : JSON.stringify(message);
  const chirpstack = parseChirpstackTopic(topic);
  const isThings = chirpstack === undefined && text.includes('"end_device_ids"');
  const event = isThings ? decodeThingsStack(text) : decodeChirpstack(text, chirpstack?.event);
  return plainEvent(event);
}

/** An event as JSON: bytes as hex, times as text. */
export function plainEvent(event: LorawanEvent): object {
  return plain(event) as object;
}

function plain(value: unknown, name = ''): unknown {
  if (value instanceof Uint8Array) return hexOf(value);
  if (typeof value === 'number' && /Ms$/.test(name)) return new Date(value).toISOString();
  if (Array.isArray(value)) return value.map((item) => plain(item));
  if (!isFields(value) || name === 'decoded' || name === 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key.replace(/Ms$/, 'Time'), plain(item, key)]),
  );
}

const keyNames = ['appSKey', 'nwkSKey', 'fNwkSIntKey', 'sNwkSIntKey', 'nwkSEncKey'] as const;

function phyOf(line: Fields, bytes: Uint8Array): object {
  const frame = decodePhy(bytes);
  if (frame.type === 'join-accept') return joinAcceptOf(line, bytes);
  if ('devAddr' in frame) return dataOf(line, bytes, frame);
  const { micOk, ...fields } = joinOf(line, bytes, frame);
  if (micOk === false) throw wrongMic();
  return { ...(plain(fields) as object), micOk };
}

const wrongMic = () => lorawanErrors.LORAWAN_MIC_WRONG(undefined, { clause: 'LoRaWAN L2 4.4' });

function joinOf(line: Fields, bytes: Uint8Array, frame: JoinRequest | RejoinRequest) {
  const names =
    frame.type === 'join-request'
      ? ['nwkKey', 'appKey', 'key']
      : [frame.rejoinType === 1 ? 'jsIntKey' : 'sNwkSIntKey', 'key'];
  const key = keyOf(line, names);
  return { ...frame, micOk: key === undefined ? null : sameBytes(joinMic(bytes, key), frame.mic) };
}

function keyOf(line: Fields, names: readonly string[]): Uint8Array | undefined {
  const name = names.find((each) => field(line, each) !== undefined);
  return name === undefined ? undefined : hexField(field(line, name), name);
}

function joinAcceptOf(line: Fields, bytes: Uint8Array): object {
  const key = keyOf(line, ['nwkKey', 'appKey', 'key']);
  if (key === undefined) return { type: 'join-accept', ciphered: hexOf(bytes.subarray(1)), micOk: null };
  const { bytes: opened, fields } = openJoinAccept(bytes, key);
  const names = ['jsIntKey', 'joinEui', 'devNonce'] as const;
  let micOk: boolean | null = null;
  if (!fields.optNeg) micOk = sameBytes(joinMic(opened, key), fields.mic);
  else if (names.every((name) => field(line, name) !== undefined)) {
    const [jsIntKey, joinEui, devNonce] = names.map((name) => hexField(field(line, name), name));
    const answer = { joinReqType: 0xff, joinEui: joinEui!, devNonce: devNonce! };
    micOk = sameBytes(joinAcceptMic11(opened, jsIntKey!, answer), fields.mic);
  }
  if (micOk === false) throw wrongMic();
  return { type: 'join-accept', ...(plain(fields) as object), micOk };
}

function dataOf(line: Fields, bytes: Uint8Array, frame: DataFrame): object {
  const keys: { -readonly [name in keyof SessionKeys]: SessionKeys[name] } = {};
  for (const name of keyNames) {
    const value = field(line, name);
    if (value !== undefined) keys[name] = hexField(value, name);
  }
  const numbers = ['fCntMsb', 'confFCnt', 'dataRate', 'channel'] as const;
  const context = Object.fromEntries(numbers.map((name) => [name, countField(line, name)]));
  const canCheck = keys.nwkSKey !== undefined || keys.sNwkSIntKey !== undefined;
  const micOk = canCheck ? checkDataMic(bytes, frame, keys, context) : null;
  if (micOk === false) throw wrongMic();
  const fCntMsb = context.fCntMsb ?? 0;
  const { payload, fOpts, ...rest } = frame;
  const hasKey = frame.fPort === 0 ? (keys.nwkSEncKey ?? keys.nwkSKey) : keys.appSKey;
  const isOpen = frame.fPort !== null && hasKey !== undefined;
  const options = keys.nwkSEncKey === undefined ? fOpts : cipherOptions(frame, keys.nwkSEncKey, fCntMsb);
  return {
    ...(plain({ ...rest, fOpts: options }) as object),
    fCnt: frame.fCnt + fCntMsb * 0x1_0000,
    micOk,
    encrypted: frame.fPort !== null && !isOpen,
    payload: hexOf(isOpen ? cipherPayload(frame, keys, fCntMsb) : payload),
  };
}

function countField(line: Fields, name: string): number {
  const value = field(line, name) ?? 0;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 0xffff) return value;
  throw lorawanErrors.LORAWAN_BAD_FIELD(`${name} is not a whole number below 65536`);
}
