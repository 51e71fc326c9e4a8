/** Base64 with the URL-safe alphabet and no padding (RFC 4648 clause 5), as SenML and LwM2M carry bytes. */
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const digits = new Map([...alphabet].map((letter, value) => [letter, value]));
// the plain alphabet is common where the standard says otherwise, and means nothing else
digits.set('+', 62).set('/', 63);

/** The bytes; padding and the plain alphabet are let through; undefined for anything else. */
export function bytesOfBase64Url(text: string): Uint8Array<ArrayBuffer> | undefined {
  const end = text.length - (text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0);
  if (end % 4 === 1) return undefined;
  const bytes = new Uint8Array(Math.floor((end * 3) / 4));
  let bits = 0;
  let held = 0;
  let at = 0;
  for (let i = 0; i < end; i++) {
    const digit = digits.get(text[i]!);
    if (digit === undefined) return undefined;
    bits = ((bits << 6) | digit) & 0xffff;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    bytes[at++] = bits >> held;
  }
  return bytes;
}

/** Bytes as text without padding. */
export function base64UrlOf(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 3) {
    const left = bytes.length - at;
    const group = (bytes[at]! << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    for (let i = 0; i < Math.min(4, left + 1); i++) text += alphabet[(group >> (18 - 6 * i)) & 63]!;
  }
  return text;
}
