/** Apator 16-2: registers in a row, a byte each for what and how long, behind 0F, time and faults. */
import { mbusErrors } from '../../mbus/errors.ts';
import { fillers } from '../../mbus/telegram.ts';
import type { FlatValues, ProprietaryInput } from './input.ts';
import { FieldReader } from './reader.ts';

/** First and last code of registers of one size. */
const sizes: readonly (readonly [number, number, number])[] = [
  [0x00, 0x00, 4],
  [0x01, 0x01, 3],
  [0x10, 0x10, 4],
  [0x11, 0x11, 2],
  [0x40, 0x40, 6],
  [0x41, 0x41, 2],
  [0x42, 0x42, 4],
  [0x43, 0x43, 2],
  [0x44, 0x44, 3],
  [0x80, 0x84, 10],
  [0x85, 0x85, 11],
  [0x86, 0x87, 10],
  [0x88, 0x88, 11],
  [0x8a, 0x8a, 9],
  [0x8b, 0x8c, 6],
  [0x8e, 0x8e, 7],
  [0x8f, 0x8f, 11],
  [0xa0, 0xa1, 4],
  [0xa2, 0xa2, 1],
  [0xa3, 0xa3, 7],
  [0xa4, 0xa4, 4],
  [0xa5, 0xa5, 1],
  [0xa6, 0xa6, 3],
  [0xa7, 0xa8, 2],
  [0xa9, 0xa9, 1],
  [0xaa, 0xad, 2],
  [0xaf, 0xaf, 1],
  [0xb0, 0xb0, 5],
  [0xb1, 0xb1, 8],
  [0xb2, 0xb2, 16],
  [0xb3, 0xb3, 8],
  [0xb4, 0xb4, 2],
  [0xb5, 0xb5, 16],
  [0xb6, 0xc7, 3],
  [0xd0, 0xd0, 3],
  [0xd3, 0xd3, 3],
  [0xf0, 0xf0, 4],
];

const TOTAL = 0x10;
const END = 0xff;
const CHECK_BYTES = 2;
/** The start of a frame: 0F or another code, seconds, faults. */
const HEAD_BYTES = 8;

/** History is a byte and volumes, one more than the low digit says. */
function sizeOf(code: number): number | undefined {
  if (code > 0x70 && code < 0x80) return 5 + 4 * (code & 15);
  return sizes.find(([first, last]) => code >= first && code <= last)?.[2];
}

const OLD_CI = 0xb6;

/** Raises MBUS_TRUNCATED, MBUS_UNSUPPORTED, MBUS_BAD_RECORD: a register of unknown size before the total. */
export function decode({ payload, ci }: ProprietaryInput): FlatValues {
  if (ci === OLD_CI) throw mbusErrors.MBUS_UNSUPPORTED('the older layout (CI B6)', { ci });
  const start = fillers(payload);
  const fields = new FieldReader(payload.subarray(0, Math.max(start, payload.length - CHECK_BYTES)), start);
  fields.skip(HEAD_BYTES);
  while (fields.left > 0) {
    const code = fields.u8();
    if (code === END) break;
    if (code === TOTAL) return { total_m3: fields.u32() / 1000 };
    const size = sizeOf(code);
    if (size === undefined) {
      throw mbusErrors.MBUS_BAD_RECORD(`register ${code.toString(16)} of unknown size`, {
        offset: fields.at - 1,
      });
    }
    fields.skip(size);
  }
  return {};
}
