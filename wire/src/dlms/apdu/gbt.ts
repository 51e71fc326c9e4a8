/** General-Block-Transfer (IEC 62056-5-3 clause 8). */
import { type Codec, octets, sequence, u16 } from './schema.ts';

/** Block-Control: bit 7 the last block, bit 6 streaming, bits 0 to 5 the window. */
const control: Codec<{ readonly last: boolean; readonly streaming: boolean; readonly window: number }> = {
  read(reader) {
    const byte = reader.u8();
    return { last: (byte & 0x80) !== 0, streaming: (byte & 0x40) !== 0, window: byte & 0x3f };
  },
  write(writer, { last, streaming, window }) {
    // a window beyond six bits would set the flags
    writer.u8((last ? 0x80 : 0) + (streaming ? 0x40 : 0) + (window > 0x3f ? Number.NaN : window));
  },
};

export const generalBlockTransfer = sequence({ control, number: u16, acknowledged: u16, data: octets });
