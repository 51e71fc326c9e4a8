/**
 * A push as nearly every meter sends it, taken apart and opened without making anything: general-glo with
 * the title of the sender, authenticated and encrypted under its unicast key.
 *
 *   DB | 08 title | length | SC | counter | ciphertext, tag
 *
 * One object serves all pushes of a listener, one after the other. What has another form is for `openApdu`.
 */

import { i32At } from '../../bytes.ts';
import { services } from '../apdu/apdu.ts';
import { TAG_BYTES } from './crypto.ts';
import type { CipherKey } from './protect.ts';

const [GENERAL_GLO] = services['general-glo-ciphering'];
const TITLE_BYTES = 8;
const TITLE_AT = 2;
const LENGTH_AT = TITLE_AT + TITLE_BYTES;
/** Control byte, counter. */
const HEADER_BYTES = 5;
const AUTHENTICATED_AND_ENCRYPTED = 0x30;
const MAX_KEY_BYTES = 32;

/** Call `take`, find the key by title and counter, then `open`. */
export class SealedPush {
  suite = 0;
  counter = 0;
  /** The opened APDU: the first `length` bytes, until the next is opened. */
  plain = new Uint8Array(512);
  length = 0;
  #bytes: Uint8Array = this.plain;
  #contentAt = 0;
  readonly #iv = new Uint8Array(12);
  readonly #aad = [16, MAX_KEY_BYTES].map((size) => new Uint8Array(1 + size));

  /** Takes the next; false for another form. Its title is the eight bytes from the third on. */
  take(bytes: Uint8Array): boolean {
    if (bytes[0] !== GENERAL_GLO || bytes[1] !== TITLE_BYTES) return false;
    const first = bytes[LENGTH_AT]!;
    const more = first < 0x80 ? 0 : first - 0x80;
    if (more > 2) return false;
    let length = more === 0 ? first : 0;
    for (let i = 1; i <= more; i++) length = (length << 8) | bytes[LENGTH_AT + i]!;
    const at = LENGTH_AT + 1 + more;
    if (at + length !== bytes.length || length < HEADER_BYTES + TAG_BYTES) return false;
    const control = bytes[at]!;
    this.suite = control & 0x0f;
    if ((control & 0xf0) !== AUTHENTICATED_AND_ENCRYPTED) return false;
    this.counter = i32At(bytes, at + 1) >>> 0;
    this.#bytes = bytes;
    this.#contentAt = at;
    return true;
  }

  /** Opens what was taken; false when the tag does not match, or the key is of another suite. */
  open({ suite, gcm, authenticationKey }: CipherKey): boolean {
    if (suite !== this.suite || authenticationKey.length === 0) return false;
    const bytes = this.#bytes;
    const at = this.#contentAt;
    const iv = this.#iv;
    for (let i = 0; i < TITLE_BYTES; i++) iv[i] = bytes[TITLE_AT + i]!;
    for (let i = 0; i < 4; i++) iv[TITLE_BYTES + i] = bytes[at + 1 + i]!;
    const aad = this.#aad[authenticationKey.length === MAX_KEY_BYTES ? 1 : 0]!;
    aad[0] = bytes[at]!;
    for (let i = 0; i < authenticationKey.length; i++) aad[1 + i] = authenticationKey[i]!;
    const length = bytes.length - at - HEADER_BYTES - TAG_BYTES;
    if (length > this.plain.length) this.plain = new Uint8Array(length * 2);
    this.length = length;
    return gcm.openInto(iv, aad, bytes.subarray(at + HEADER_BYTES), this.plain);
  }
}
