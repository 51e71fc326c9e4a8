/**
 * Pushes that are not quite A-XDR, in the three ways that meters are known for:
 *
 *   untagged descriptors   Sagemcom XT211 and meters that follow it write for each value a structure of two
 *                          whose first part is a Cosem-Attribute-Descriptor WITHOUT a tag:
 *                          02 02 | class class | six bytes of name | attribute | value with its tag
 *   swapped tags           Landis+Gyr ZMF100 writes 06 09 instead of 09 06 before some logical names
 *   short lists            the last elements that the outermost list announces do not follow
 *
 * Read as standard A-XDR these fail, so they are tried when that did.
 */
import type { OpenAmiError } from '@openami/model';
import { ByteReader } from '../bytes.ts';
import { MAX_DEPTH, readData } from '../data.ts';
import type { CosemValue } from '../value.ts';
import type { ApduOf } from './apdu.ts';
import { notificationTime } from './notification.ts';

const DESCRIPTOR_BYTES = 9;

/** How a push departs from the standard. */
export type PushQuirk = 'untagged-descriptors' | 'swapped-tags' | 'short-list';

export interface BentPush {
  readonly apdu: ApduOf<'data-notification'>;
  readonly quirks: readonly PushQuirk[];
}

/**
 * The notification and its quirks; an untagged descriptor is a structure of long-unsigned, octet-string and
 * integer. A short list is taken only when `intact` says that a check of the link
 * or a tag covers the bytes, so that it is the meter that cut it. Raises decode errors only.
 */
export function decodeBentPush(bytes: Uint8Array, intact = false): BentPush {
  const reader = new ByteReader(bytes, 'IEC 62056-5-3 clause 8, data-notification');
  if (reader.u8() !== 15) throw reader.fail('DLMS_UNKNOWN_TAG', 'not a data-notification', 0);
  const invoke = reader.u32();
  const dateTime = notificationTime.read(reader);
  const quirks = new Set<PushQuirk>();
  const body = readBody(reader, 0, quirks, intact);
  if (!quirks.has('short-list')) reader.finish();
  return { apdu: { service: 'data-notification', invoke, dateTime, body }, quirks: [...quirks] };
}

function readBody(reader: ByteReader, depth: number, quirks: Set<PushQuirk>, mayBeShort = false): CosemValue {
  const tag = reader.peek();
  if (tag !== 1 && tag !== 2) return readData(reader, depth);
  if (depth >= MAX_DEPTH) throw reader.fail('DLMS_TOO_DEEP', `more than ${MAX_DEPTH} levels`);
  reader.at++;
  const count = mayBeShort ? reader.length() : reader.count();
  const elements: CosemValue[] = [];
  // classes are below 256, so that the first byte of a descriptor is zero
  if (tag === 2 && count === 2 && reader.peek() === 0 && reader.left > DESCRIPTOR_BYTES) {
    elements.push(readDescriptor(reader), readData(reader, depth + 1));
    quirks.add('untagged-descriptors');
  } else {
    for (let i = 0; i < count; i++) {
      try {
        if (tag === 2 && i === 0 && hasSwappedTag(reader)) elements.push(readSwapped(reader, quirks));
        else elements.push(readBody(reader, depth + 1, quirks));
      } catch (error) {
        if (!mayBeShort || i === 0 || (error as OpenAmiError).code !== 'DLMS_TRUNCATED') throw error;
        quirks.add('short-list');
        break;
      }
    }
  }
  return { type: tag === 1 ? 'array' : 'structure', elements };
}

function readDescriptor(reader: ByteReader): CosemValue {
  return {
    type: 'structure',
    elements: [
      { type: 'long-unsigned', value: reader.u16() },
      { type: 'octet-string', value: reader.take(6) },
      { type: 'integer', value: reader.i8() },
    ],
  };
}

/** `06 09`, then a logical name of electricity that ends as most do. */
function hasSwappedTag({ bytes, at, left }: ByteReader): boolean {
  return left > 8 && bytes[at] === 6 && bytes[at + 1] === 9 && bytes[at + 2]! <= 1 && bytes[at + 7] === 0xff;
}

function readSwapped(reader: ByteReader, quirks: Set<PushQuirk>): CosemValue {
  reader.at += 2;
  quirks.add('swapped-tags');
  return { type: 'octet-string', value: reader.take(6) };
}
