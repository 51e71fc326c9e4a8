/**
 * Finds where a CBOR item ends without decoding it (RFC 8949), so that a body can be cut into messages
 * as it arrives and a hostile one is refused before anything is built from it.
 *
 * The scan keeps a small stack instead of recursing: one entry for each open array or map, holding how
 * many items it still wants (Infinity for an indefinite one, which a break byte ends).
 */
import { wireErrors } from '../errors.ts';
import { utf8Text } from '../text.ts';

const BREAK = 0xff;

/** What a head byte says: major type, argument, and where the content starts. */
interface Head {
  major: number;
  /** Argument; -1 for indefinite length. */
  argument: number;
  next: number;
}

/**
 * End (exclusive) of the item at `from`, or -1 when the bytes stop inside it. Throws PUSH_NOT_CBOR or
 * PUSH_TOO_DEEP; with `checked` also for tags, and PUSH_BROKEN_UTF8: what a single item is refused for
 * and what a body is not, because where the item ends is known all the same.
 */
export function cborItemEnd(bytes: Uint8Array, from: number, maxDepth: number, checked: boolean): number {
  const wanted: number[] = [];
  const head: Head = { major: 0, argument: 0, next: from };
  let at = from;
  for (;;) {
    if (at >= bytes.length) return -1;
    if (bytes[at] === BREAK) {
      if (wanted.at(-1) !== Number.POSITIVE_INFINITY) throw wireErrors.PUSH_NOT_CBOR(`break at byte ${at}`);
      wanted.pop();
      at += 1;
    } else {
      if (!readHead(bytes, at, head)) return -1;
      at = head.next;
      if (head.major === 6 && !checked) continue;
      const open = contentOf(bytes, head, checked);
      if (open === 'short') return -1;
      at = head.next;
      if (open > 0) {
        wanted.push(open);
        if (wanted.length > maxDepth) throw wireErrors.PUSH_TOO_DEEP(`more than ${maxDepth} levels`);
        continue;
      }
    }
    while (wanted.length > 0 && wanted[wanted.length - 1] === 1) wanted.pop();
    if (wanted.length === 0) return at;
    wanted[wanted.length - 1]! -= 1;
  }
}

/** Length of the head of an array that starts at `from`: 0 when it is none, -1 when bytes are missing. */
export function cborArrayHead(bytes: Uint8Array, from: number): { length: number; items: number } {
  const first = bytes[from];
  if (first === undefined) return { length: -1, items: 0 };
  if (first >> 5 !== 4) return { length: 0, items: 0 };
  const head: Head = { major: 0, argument: 0, next: from };
  if (!readHead(bytes, from, head)) return { length: -1, items: 0 };
  return { length: head.next - from, items: head.argument < 0 ? Number.POSITIVE_INFINITY : head.argument };
}

/** Steps over the content of strings; for containers says how many items follow (0: none). */
function contentOf(bytes: Uint8Array, head: Head, checked: boolean): number | 'short' {
  const { major, argument } = head;
  if (major === 2 || major === 3) {
    if (argument < 0) throw wireErrors.PUSH_NOT_CBOR('a string of indefinite length');
    const end = head.next + argument;
    if (end > bytes.length) return 'short';
    if (major === 3 && checked) checkText(bytes.subarray(head.next, end));
    head.next = end;
    return 0;
  }
  if (major === 4) return argument < 0 ? Number.POSITIVE_INFINITY : argument;
  if (major === 5) return argument < 0 ? Number.POSITIVE_INFINITY : argument * 2;
  if (major === 6) throw wireErrors.PUSH_NOT_CBOR(`tag ${argument}`);
  return 0;
}

function checkText(bytes: Uint8Array): void {
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i]! < 0x80) continue;
    if (utf8Text(bytes) === undefined) throw wireErrors.PUSH_BROKEN_UTF8('in a CBOR text string');
    return;
  }
}

function readHead(bytes: Uint8Array, at: number, head: Head): boolean {
  const first = bytes[at]!;
  const minor = first & 31;
  head.major = first >> 5;
  if (minor < 24) {
    head.argument = minor;
    head.next = at + 1;
    return true;
  }
  if (minor === 31 && head.major >= 2 && head.major <= 5) {
    head.argument = -1;
    head.next = at + 1;
    return true;
  }
  if (minor > 27) throw wireErrors.PUSH_NOT_CBOR(`byte ${first} at ${at}`);
  const size = 1 << (minor - 24);
  if (at + 1 + size > bytes.length) return false;
  let argument = 0;
  for (let i = 1; i <= size; i++) argument = argument * 256 + bytes[at + i]!;
  head.argument = argument;
  head.next = at + 1 + size;
  return true;
}
