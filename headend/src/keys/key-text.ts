/** What stands in the cells of key files: keys and system titles as text. */
import { bytesOfHex, hexOf } from '@openami/wire';
import { keyRowErrors } from './errors.ts';

/** A system title as 16 hexadecimal digits. Raises KEY_MALFORMED. */
export function titleOf(text: string): string {
  const bytes = bytesOfKeyHex(text);
  if (bytes?.length !== 8) throw keyRowErrors.KEY_MALFORMED('the system title is not 8 bytes');
  return hexOf(bytes);
}

/** Bytes written as hexadecimal digits; undefined for anything else, and for none. */
export function bytesOfKeyHex(text: string): Uint8Array | undefined {
  const bytes = bytesOfHex(text);
  return bytes?.length === 0 ? undefined : bytes;
}

export function base64Of(text: string): Uint8Array | undefined {
  const compact = text.replace(/\s/g, '');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(compact) || compact.length % 4 !== 0) return undefined;
  return Buffer.from(compact, 'base64');
}
