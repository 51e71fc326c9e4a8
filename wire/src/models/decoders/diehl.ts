/**
 * Diehl and its older names (HYD, SAP, EWT, SPL, DME): the address is sent in an order of its own, and the
 * content may be hidden by a shift register of 32 bits whose start is the meter's key and the first bytes
 * of the telegram.
 */
import { i32At } from '../../bytes.ts';
import { linkAddressBytes, longAddressAt, type MbusAddress } from '../../mbus/address.ts';
import { mbusErrors } from '../../mbus/errors.ts';
import { areKnown, decodeRecords } from '../../mbus/record/records.ts';
import type { MbusKey } from '../../mbus/security/key.ts';
import { diehlMakers } from '../../mbus/security/works-keys.ts';
import type { MbusTelegram } from '../../mbus/telegram.ts';
import type { ProprietaryInput } from './input.ts';

const WATER = 0x07;
const HEADER_BYTES = 4;

/** Keys that meters leave the works with, folded to the 32 bits that are used of them. */
const defaultSeeds: readonly number[] = [0x39bc8a10 ^ 0xe66d83f8, 0x51728910 ^ 0xe66d83f8];

export type DiehlContent =
  /** A layout of its own, with the standard's address (SAP) or with one in another order. */
  | 'prios-sap'
  | 'prios'
  /** Records, which may be hidden. */
  | 'real-data'
  | 'standard';

/** How a telegram of one of these makers is to be read; undefined for those of others. */
export function diehlContent({
  link,
  ci,
  configuration = 0,
}: Pick<ProprietaryInput, 'link' | 'ci' | 'configuration'>): DiehlContent | undefined {
  if (link === undefined || !diehlMakers.includes(link.manufacturer)) return undefined;
  if (ci >= 0xa0 && ci <= 0xa7) return link.manufacturer === 'SAP' ? 'prios-sap' : 'prios';
  if (ci === 0x71 || (ci >= 0xb1 && ci <= 0xb3)) return ci === 0x71 ? 'real-data' : 'prios';
  return ci === 0x7a && configuration & 0x1000 ? 'real-data' : 'standard';
}

/** Whom an address names: sent with version and type before the number, or with neither. */
export function diehlAddress(link: MbusAddress, content: DiehlContent | undefined): MbusAddress {
  if (content === undefined || content === 'standard') return link;
  if (content === 'prios-sap') return { ...link, version: 0, type: WATER };
  const sent = linkAddressBytes(link);
  const swapped = new Uint8Array(8);
  swapped.set(sent.subarray(4, 8));
  swapped.set(sent.subarray(0, 2), 4);
  swapped.set(sent.subarray(2, 4), 6);
  return longAddressAt(swapped, 0);
}

/** Bits 1, 2, 11 and 31 make the next one; eight steps a byte. Hides and shows alike. */
export function diehlStream(seed: number, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(bytes.length);
  let state = seed;
  for (let i = 0; i < bytes.length; i++) {
    for (let step = 0; step < 8; step++) {
      const bit = ((state >> 1) ^ (state >> 2) ^ (state >> 11) ^ (state >> 31)) & 1;
      state = (state << 1) | bit;
    }
    out[i] = bytes[i]! ^ (state & 0xff);
  }
  return out;
}

/** Starts of the register: of the key given, else of the keys of the works. */
export function diehlSeeds(
  link: MbusAddress,
  ci: number,
  header: Uint8Array,
  folded: number | undefined,
): number[] {
  const sent = linkAddressBytes(link);
  const start = i32At(sent, 0) ^ i32At(sent, 4) ^ i32At(Uint8Array.of(ci, ...header.subarray(0, 3)), 0);
  const keys = folded === undefined ? defaultSeeds : [folded];
  return keys.map((seed) => seed ^ start);
}

const PRIOS_MARK = 0x4b;

export interface Prios {
  /** Bytes before the hidden part: period of sending, battery, alarms, unit. */
  readonly head: Uint8Array;
  /** Plain, behind the mark. */
  readonly content: Uint8Array;
}

/** Raises MBUS_TRUNCATED, MBUS_WRONG_KEY, MBUS_UNSUPPORTED. */
export function openPrios(input: ProprietaryInput): Prios {
  const { payload, link, ci, foldedKey } = input;
  const content = diehlContent(input);
  if (link === undefined || (content !== 'prios' && content !== 'prios-sap')) {
    throw mbusErrors.MBUS_UNSUPPORTED('not PRIOS: another maker or CI');
  }
  if (payload.length < HEADER_BYTES + 5) {
    throw mbusErrors.MBUS_TRUNCATED(`${payload.length} bytes of PRIOS`, { offset: payload.length });
  }
  const head = payload.subarray(0, HEADER_BYTES);
  for (const seed of diehlSeeds(link, ci, head, foldedKey)) {
    const plain = diehlStream(seed, payload.subarray(HEADER_BYTES));
    if (plain[0] === PRIOS_MARK) return { head, content: plain.subarray(1) };
  }
  throw mbusErrors.MBUS_WRONG_KEY('PRIOS', { clause: 'PRIOS' });
}

/**
 * A telegram of these makers with the address it means, and its records where they were hidden; any other as
 * it is. Records that were shown before it came here are left. To do it twice changes nothing.
 */
export function throughDiehl(telegram: MbusTelegram, key?: MbusKey): MbusTelegram {
  const content = contentOf(telegram);
  if (content === undefined || content === 'standard') return telegram;
  const moved = { ...telegram, meter: diehlAddress(telegram.link!, content) };
  const hidden = telegram.security === 'manufacturer' && telegram.header !== undefined;
  return content === 'real-data' && hidden ? openRealData(moved, key) : moved;
}

/** The meter that a telegram means, whoever made it; nothing is opened for that. */
export function meterOf(telegram: MbusTelegram): MbusAddress | undefined {
  const content = contentOf(telegram);
  const isStandard = content === undefined || content === 'standard';
  return isStandard ? telegram.meter : diehlAddress(telegram.link!, content);
}

function contentOf({ link, ci, header }: MbusTelegram): DiehlContent | undefined {
  return diehlContent({ link, ci, configuration: header?.configuration });
}

/**
 * Seven bits of the configuration field are of the sum of the plain bytes: too few to tell by themselves, so
 * that records which can all be read come first, then those that could be read as they came.
 */
function openRealData(telegram: MbusTelegram, key: MbusKey | undefined): MbusTelegram {
  const { link, ci, header, payload } = telegram;
  const { accessNumber, status, configuration } = header!;
  const head = Uint8Array.of(accessNumber, status, configuration & 0xff);
  const sum = (configuration >> 8) & 0xef;
  const candidates: MbusTelegram[] = [];
  for (const seed of diehlSeeds(link!, ci, head, key?.folded)) {
    const plain = diehlStream(seed, payload);
    let have = 0;
    for (const byte of plain) have += byte;
    if ((have & 0xef) !== sum) continue;
    const read = decodeRecords(plain, 0, plain.length, false, true);
    candidates.push({ ...telegram, content: 'records', security: 'works-key', payload: plain, ...read });
  }
  const whole = candidates.find(areKnown);
  return whole ?? (telegram.content === 'records' ? telegram : (candidates[0] ?? telegram));
}
