/**
 * Names of meters (server ids). Three forms are in use, told by their first bytes:
 *
 *   0a M XXX BB NNNNNNNN   DIN 43863-5: medium, three letters of the maker, block, number of four bytes
 *   06 XXX BB NNNNNNNNNN   makers' own of the first generation: letters, then what is on the plate
 *   01 MM NNNNNNNN V T     M-Bus: maker in five-bit letters and number with the low byte first, version, type
 */
import { hexOf, i32At, u16LeAt } from '../bytes.ts';
import { manufacturerOf } from '../mbus/address.ts';
import { asciiBytes } from '../text.ts';

/** What a server id says about its meter. */
export interface SmlServer {
  /** `1EMH0004921570` as printed on the plate where the form is DIN 43863-5, else hex. */
  readonly text: string;
  /** Three letters (FLAG) where the id tells. */
  readonly maker?: string;
  /** The number behind the maker, where it is one. */
  readonly serial?: number;
}

export function describeServerId(id: Uint8Array): SmlServer {
  if (id.length === 10 && id[0] === 0x0a) {
    const maker = lettersOf(id, 2);
    const medium = id[1]!;
    if (maker !== undefined && medium <= 0x0f) {
      const serial = i32At(id, 6) >>> 0;
      const block = hexOf(id.subarray(5, 6)).toUpperCase();
      const digits = String(serial).padStart(8, '0');
      const text = `${medium.toString(16).toUpperCase()}${maker}${block}${digits}`;
      return { text, maker, serial };
    }
  }
  const text = hexOf(id);
  if (id.length === 10 && id[0] === 0x06) {
    const maker = lettersOf(id, 1);
    if (maker !== undefined) return { text, maker };
  }
  if (id.length === 9 && id[0] === 0x01) return { text, maker: manufacturerOf(u16LeAt(id, 1)) };
  return { text };
}

/** The id of a meter with a plate of DIN 43863-5, `1EMH0004921570`; undefined for another text. */
export function serverIdOf(plate: string): Uint8Array<ArrayBuffer> | undefined {
  const match = /^([0-9A-F])([A-Z]{3})([0-9A-F]{2})(\d{8,10})$/.exec(plate);
  if (match === null) return undefined;
  const [, medium, maker, block, digits] = match;
  const serial = Number(digits);
  if (serial > 0xffff_ffff) return undefined;
  const id = new Uint8Array(10);
  id.set([0x0a, Number.parseInt(medium!, 16), ...asciiBytes(maker!), Number.parseInt(block!, 16)]);
  new DataView(id.buffer).setUint32(6, serial);
  return id;
}

function lettersOf(id: Uint8Array, at: number): string | undefined {
  const text = String.fromCharCode(...id.subarray(at, at + 3));
  return /^[A-Z]{3}$/.test(text) ? text : undefined;
}
