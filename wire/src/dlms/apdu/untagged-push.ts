/**
 * A push that is not quite A-XDR: Sagemcom XT211 and meters that follow it write, for each value, a
 * structure of two whose first part is a Cosem-Attribute-Descriptor WITHOUT a tag:
 *
 *   02 02 | class class | six bytes of name | attribute | value with its tag
 *
 * Read as standard A-XDR the class would begin with a null, so no decoder can tell by itself: the model
 * of the meter says that its pushes are to be read here.
 */
import { ByteReader } from '../bytes.ts';
import { MAX_DEPTH, readData } from '../data.ts';
import type { CosemValue } from '../value.ts';
import type { ApduOf } from './apdu.ts';
import { notificationTime } from './notification.ts';

const DESCRIPTOR_BYTES = 9;

/**
 * The notification, each descriptor as a structure of long-unsigned, octet-string and integer. Raises
 * decode errors only.
 */
export function decodeUntaggedPush(bytes: Uint8Array): ApduOf<'data-notification'> {
  const reader = new ByteReader(bytes, 'IEC 62056-5-3 clause 8, data-notification');
  if (reader.u8() !== 15) throw reader.fail('DLMS_UNKNOWN_TAG', 'not a data-notification', 0);
  const invoke = reader.u32();
  const dateTime = notificationTime.read(reader);
  const body = readBody(reader, 0);
  reader.finish();
  return { service: 'data-notification', invoke, dateTime, body };
}

function readBody(reader: ByteReader, depth: number): CosemValue {
  const tag = reader.peek();
  if (tag !== 1 && tag !== 2) return readData(reader, depth);
  if (depth >= MAX_DEPTH) throw reader.fail('DLMS_TOO_DEEP', `more than ${MAX_DEPTH} levels`);
  reader.at++;
  const count = reader.count();
  const elements: CosemValue[] = [];
  // classes are below 256, so that the first byte of a descriptor is zero
  if (tag === 2 && count === 2 && reader.peek() === 0 && reader.left > DESCRIPTOR_BYTES) {
    elements.push(readDescriptor(reader), readData(reader, depth + 1));
  } else {
    for (let i = 0; i < count; i++) elements.push(readBody(reader, depth + 1));
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
