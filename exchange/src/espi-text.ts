/** Pieces of ESPI feeds. */
import { createHash } from 'node:crypto';

/** An id that is the same for the same link. */
export function uuid(link: string): string {
  const hex = createHash('sha256').update(link).digest('hex');
  const variant = ((Number.parseInt(hex[16]!, 16) & 3) | 8).toString(16);
  const parts = [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, variant + hex.slice(17, 20)];
  return `urn:uuid:${parts.join('-')}-${hex.slice(20, 32)}`;
}

/** An element with content that is XML already. */
export function element(name: string, content: string | number): string {
  return `<${name}>${content}</${name}>`;
}

/** Text for XML 1.0, which has no control characters. */
export function xml(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '')
    .replace(/[&<>"]/g, (char) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[char]!);
}
