/** What stands in the cells of key files: keys and system titles as text. */
import { keyRowErrors } from './errors.ts';

/** A system title as 16 hexadecimal digits. Raises KEY_MALFORMED. */
export function titleOf(text: string): string {
  const bytes = hexOf(text);
  if (bytes?.length !== 8) throw keyRowErrors.KEY_MALFORMED('the system title is not 8 bytes');
  return Buffer.from(bytes).toString('hex');
}

export function hexOf(text: string): Uint8Array | undefined {
  const digits = text.replace(/^0x/i, '').replace(/[\s:-]/g, '');
  if (!/^([0-9a-f]{2})+$/i.test(digits)) return undefined;
  return Buffer.from(digits, 'hex');
}

export function base64Of(text: string): Uint8Array | undefined {
  const compact = text.replace(/\s/g, '');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(compact) || compact.length % 4 !== 0) return undefined;
  return Buffer.from(compact, 'base64');
}
