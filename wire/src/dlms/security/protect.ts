/**
 * Protection of APDUs with a symmetric key (IEC 62056-5-3 clause 5.3.7 and the APDUs of clause 8):
 *
 *   glo-/ded- services   tag | length | SC | counter | content
 *   general-glo/-ded     DB/DC | length system title | length | SC | counter | content
 *
 * SC says what was done (authenticated, encrypted, or both) and in which suite. Content is the ciphertext
 * or the plain APDU, then, when authenticated, a tag of 12 bytes. IV: system title of the sender, counter.
 * Additional data: SC and authentication key, and the plain APDU when it is authenticated only.
 */

import { hexOf, join, sameBytes } from '../../bytes.ts';
import { type Service, services } from '../apdu/apdu.ts';
import { ByteReader, ByteWriter } from '../bytes.ts';
import { usableCounter } from './counter.ts';
import { type DlmsCrypto, type GcmKey, TAG_BYTES } from './crypto.ts';
import { securityErrors } from './security-errors.ts';
import { checkKey, checkTitle, isSecuritySuite, type SecuritySuite } from './suite.ts';

const [GENERAL_GLO] = services['general-glo-ciphering'];
const [GENERAL_DED] = services['general-ded-ciphering'];

/** What the security control byte says. */
export interface SecurityControl {
  readonly suite: SecuritySuite;
  readonly authenticated: boolean;
  readonly encrypted: boolean;
  /** The broadcast key instead of the unicast one. */
  readonly broadcast: boolean;
}

/** An encryption key made ready, with its authentication key. */
export interface CipherKey {
  readonly suite: SecuritySuite;
  readonly gcm: GcmKey;
  /** Empty for the few meters that authenticate without one. */
  readonly authenticationKey: Uint8Array;
}

/** Where a protected APDU stands: by service, or in the general form with the title of the sender. */
export type Envelope = 'glo' | 'ded' | 'general-glo' | 'general-ded';

/** A protected APDU taken apart; nothing is deciphered yet. Bytes are views of the input. */
export interface ProtectedApdu {
  readonly envelope: Envelope;
  /** First byte of the plain APDU, where the envelope tells it. */
  readonly service: number | undefined;
  /** Of the sender; empty where the envelope does not carry it. */
  readonly systemTitle: Uint8Array;
  readonly content: CipheredContent;
}

export interface CipheredContent {
  readonly control: SecurityControl;
  readonly controlByte: number;
  readonly counter: number;
  /** Ciphertext or plain bytes, and the tag. */
  readonly bytes: Uint8Array;
}

export interface Unprotected {
  readonly apdu: Uint8Array;
  /** Whether a tag proves that it came from a holder of the keys, unchanged. */
  readonly verified: boolean;
}

interface ServiceForm {
  readonly envelope: 'glo' | 'ded';
  /** Tag of the plain service. */
  readonly plain: number;
}
/** Services that have a ciphered form of their own: `glo-get-request` is that of `get-request`. */
const forms = new Map<number, ServiceForm>();
/** The other way round: tag by envelope and plain service. */
const tags = new Map<string, number>();
/** First bytes that a plain APDU may have. */
const plainTags = new Set<number>();
for (const [name, [tag]] of Object.entries(services)) {
  const [, envelope, service] = /^(glo|ded)-(.+)$/.exec(name) ?? [];
  if (envelope === undefined) plainTags.add(tag);
  else {
    const plain = services[service as Service][0];
    forms.set(tag, { envelope: envelope as 'glo' | 'ded', plain });
    tags.set(`${envelope} ${plain}`, tag);
  }
}

/** Makes the keys of a suite ready for use. Raises DLMS_SECURITY_KEY. */
export function cipherKey(
  crypto: DlmsCrypto,
  suite: SecuritySuite,
  encryptionKey: Uint8Array,
  authenticationKey: Uint8Array,
): CipherKey {
  checkKey(suite, encryptionKey, 'encryption key');
  if (authenticationKey.length > 0) checkKey(suite, authenticationKey, 'authentication key');
  return { suite, gcm: crypto.gcmKey(encryptionKey), authenticationKey };
}

/** The byte that says what is done, the other way round from `decodeSecurityControl`. */
export function encodeSecurityControl(control: SecurityControl): number {
  const { suite, authenticated, encrypted, broadcast } = control;
  return suite | (authenticated ? 0x10 : 0) | (encrypted ? 0x20 : 0) | (broadcast ? 0x40 : 0);
}

/** Raises DLMS_SECURITY_UNSUPPORTED for compression, unknown suites and no protection at all. */
export function decodeSecurityControl(byte: number): SecurityControl {
  const suite = byte & 0x0f;
  if (!isSecuritySuite(suite)) throw securityErrors.DLMS_SECURITY_UNSUPPORTED(`security suite ${suite}`);
  if (byte & 0x80) throw securityErrors.DLMS_SECURITY_UNSUPPORTED('compression');
  if ((byte & 0x30) === 0)
    throw securityErrors.DLMS_SECURITY_UNSUPPORTED('neither authentication nor encryption');
  return {
    suite,
    authenticated: (byte & 0x10) !== 0,
    encrypted: (byte & 0x20) !== 0,
    broadcast: (byte & 0x40) !== 0,
  };
}

/** Whether a plain service has a ciphered form of its own; Access, notifications and others have none. */
export function hasOwnForm(envelope: 'glo' | 'ded', service: number): boolean {
  return tags.has(`${envelope} ${service}`);
}

/** Whether the first byte is that of a protected APDU that `readProtected` takes. */
export function isProtected(tag: number): boolean {
  return tag === GENERAL_GLO || tag === GENERAL_DED || forms.has(tag);
}

/**
 * Takes a protected APDU apart, so that its title and counter can choose the key. Raises DLMS_TRUNCATED,
 * DLMS_TRAILING_BYTES, DLMS_BAD_LENGTH, DLMS_UNKNOWN_TAG or DLMS_SECURITY_UNSUPPORTED.
 */
export function readProtected(bytes: Uint8Array): ProtectedApdu {
  const reader = new ByteReader(bytes, 'IEC 62056-5-3 ciphered APDU');
  const tag = reader.u8();
  const service = forms.get(tag);
  const general = tag === GENERAL_GLO || tag === GENERAL_DED;
  if (!general && service === undefined) {
    throw reader.fail('DLMS_UNKNOWN_TAG', `0x${tag.toString(16)} is not ciphered`, 0);
  }
  const systemTitle = general ? reader.octets() : new Uint8Array(0);
  if (systemTitle.length !== 0 && systemTitle.length !== 8) {
    throw reader.fail('DLMS_BAD_LENGTH', `system title of ${systemTitle.length} bytes`);
  }
  const content = readContent(reader.octets());
  reader.finish();
  const envelope = service?.envelope ?? (tag === GENERAL_GLO ? 'general-glo' : 'general-ded');
  return { envelope, service: service?.plain, systemTitle, content };
}

/** Security header and content, as they stand in every ciphered APDU. */
export function readContent(bytes: Uint8Array): CipheredContent {
  const reader = new ByteReader(bytes, 'IEC 62056-5-3 security header');
  const controlByte = reader.u8();
  const control = decodeSecurityControl(controlByte);
  const counter = reader.u32();
  if (control.authenticated) reader.need(TAG_BYTES);
  return { control, controlByte, counter, bytes: reader.rest() };
}

export interface ProtectOptions {
  readonly envelope: Envelope;
  readonly authenticated: boolean;
  readonly encrypted: boolean;
  readonly broadcast?: boolean;
  /** Of the sender, 8 bytes. */
  readonly systemTitle: Uint8Array;
  /** Never used before under this key. */
  readonly counter: number;
}

/**
 * Protects a plain APDU. Raises DLMS_SECURITY_UNSUPPORTED for a service without a ciphered form (use a
 * general envelope), DLMS_SECURITY_COUNTER_SPENT and DLMS_SECURITY_KEY.
 */
export function protectApdu(
  apdu: Uint8Array,
  key: CipherKey,
  options: ProtectOptions,
): Uint8Array<ArrayBuffer> {
  checkTitle(options.systemTitle);
  const content = sealContent(apdu, key, options);
  const out = new ByteWriter(content.length + 16);
  if (options.envelope === 'general-glo' || options.envelope === 'general-ded') {
    out.u8(options.envelope === 'general-glo' ? GENERAL_GLO : GENERAL_DED);
    out.octets(options.systemTitle);
  } else {
    const tag = tags.get(`${options.envelope} ${apdu[0]}`);
    if (tag === undefined) {
      const detail = `service 0x${(apdu[0] ?? 0).toString(16)} has no ${options.envelope}- form`;
      throw securityErrors.DLMS_SECURITY_UNSUPPORTED(detail);
    }
    out.u8(tag);
  }
  out.octets(content);
  return out.finish();
}

/** Security header, content and tag; `extra` is authenticated with them (general-ciphering). */
export function sealContent(
  apdu: Uint8Array,
  key: CipherKey,
  options: Omit<ProtectOptions, 'envelope'>,
  extra: Uint8Array = new Uint8Array(0),
): Uint8Array {
  const { authenticated, encrypted, broadcast = false, systemTitle } = options;
  const controlByte = encodeSecurityControl({ suite: key.suite, authenticated, encrypted, broadcast });
  decodeSecurityControl(controlByte);
  const counter = usableCounter(options.counter);
  const iv = ivOf(systemTitle, counter);
  let body: Uint8Array;
  if (!authenticated) body = key.gcm.cipher(iv, apdu);
  else if (encrypted) body = key.gcm.seal(iv, aadOf(controlByte, key, extra), apdu);
  else body = join(apdu, key.gcm.seal(iv, aadOf(controlByte, key, extra, apdu), new Uint8Array(0)));
  return join(Uint8Array.of(controlByte, counter >>> 24, counter >>> 16, counter >>> 8, counter), body);
}

export interface UnprotectOptions {
  /** Of the sender; needed where the APDU does not carry it, else it must be the one it carries. */
  readonly systemTitle?: Uint8Array;
  /** Additional data of a meter that departs from the standard (empty, for some). */
  readonly additionalData?: Uint8Array;
  /** Decipher without looking at the tag: for who holds no authentication key. The result is not verified. */
  readonly ignoreTag?: boolean;
  /** The least protection that is taken (security policy); an attacker could send the same with less. */
  readonly required?: Partial<Guarded>;
}

type Guarded = Pick<SecurityControl, 'authenticated' | 'encrypted'>;

/** Whether something that is required is not done. */
export function isWeaker(done: Guarded, required: Partial<Guarded>): boolean {
  const { authenticated = false, encrypted = false } = required;
  return (authenticated && !done.authenticated) || (encrypted && !done.encrypted);
}

/**
 * The plain APDU. Raises DLMS_SECURITY_TAG (with `suspect` in its data), DLMS_SECURITY_PLAINTEXT,
 * DLMS_SECURITY_TOO_WEAK, DLMS_SECURITY_NO_TITLE and DLMS_SECURITY_UNSUPPORTED for another suite than the
 * key's. The counter is the caller's to check, after this.
 */
export function unprotectApdu(
  protectedApdu: ProtectedApdu,
  key: CipherKey,
  options: UnprotectOptions = {},
): Unprotected {
  const { systemTitle: carried, content, service } = protectedApdu;
  const systemTitle = carried.length === 8 ? carried : options.systemTitle;
  if (systemTitle === undefined) throw securityErrors.DLMS_SECURITY_NO_TITLE();
  const expected = options.systemTitle;
  if (expected !== undefined) checkSender(expected, systemTitle, content.counter);
  return openContent(content, key, { ...options, systemTitle, service });
}

/** Raises DLMS_SECURITY_TAG, with both titles in its data, when another than expected sent it. */
export function checkSender(expected: Uint8Array, seen: Uint8Array, counter?: number): void {
  if (sameBytes(expected, seen)) return;
  const titles = { expectedTitle: hexOf(expected), seenTitle: hexOf(seen) };
  const data = { suspect: 'system-title', ...titles, ...(counter === undefined ? {} : { counter }) };
  throw securityErrors.DLMS_SECURITY_TAG(
    `sent by ${titles.seenTitle}, expected ${titles.expectedTitle}`,
    data,
  );
}

export interface OpenOptions extends UnprotectOptions {
  readonly systemTitle: Uint8Array;
  readonly service?: number | undefined;
  /** Authenticated with the content (general-ciphering). */
  readonly extra?: Uint8Array;
}

/** Deciphers a content with its security header. */
export function openContent(content: CipheredContent, key: CipherKey, options: OpenOptions): Unprotected {
  const { control, controlByte, counter, bytes } = content;
  if (control.suite !== key.suite) {
    throw securityErrors.DLMS_SECURITY_UNSUPPORTED(
      `message of suite ${control.suite}, keys of suite ${key.suite}`,
    );
  }
  if (isWeaker(control, options.required ?? {})) {
    const detail = `authenticated: ${control.authenticated}, encrypted: ${control.encrypted}`;
    throw securityErrors.DLMS_SECURITY_TOO_WEAK(detail);
  }
  checkTitle(options.systemTitle);
  const iv = ivOf(options.systemTitle, counter);
  const { extra, additionalData, service } = options;
  if (!control.authenticated || options.ignoreTag) {
    const body = control.authenticated ? bytes.subarray(0, bytes.length - TAG_BYTES) : bytes;
    const apdu = control.encrypted ? key.gcm.cipher(iv, body) : body;
    if (!plausible(apdu, service)) throw securityErrors.DLMS_SECURITY_PLAINTEXT(undefined, { counter });
    return { apdu, verified: false };
  }
  if (control.encrypted) {
    const apdu = key.gcm.open(iv, additionalData ?? aadOf(controlByte, key, extra), bytes);
    if (apdu !== undefined) return { apdu, verified: true };
    const blind = key.gcm.cipher(iv, bytes.subarray(0, bytes.length - TAG_BYTES));
    throw mismatch(
      plausible(blind, service) ? 'authentication-key-or-tampering' : 'encryption-key-or-title',
      counter,
    );
  }
  const apdu = bytes.subarray(0, bytes.length - TAG_BYTES);
  const aad =
    additionalData === undefined ? aadOf(controlByte, key, extra, apdu) : join(additionalData, apdu);
  const empty = key.gcm.open(iv, aad, bytes.subarray(bytes.length - TAG_BYTES));
  if (empty === undefined) throw mismatch('key-title-or-tampering', counter);
  return { apdu, verified: true };
}

function mismatch(suspect: string, counter: number): Error {
  return securityErrors.DLMS_SECURITY_TAG(undefined, { suspect, counter });
}

/** Whether bytes begin as the service does that the envelope names, or as any APDU does. */
function plausible(apdu: Uint8Array, service: number | undefined): boolean {
  const first = apdu[0];
  return first !== undefined && (service === undefined ? plainTags.has(first) : first === service);
}

function ivOf(systemTitle: Uint8Array, counter: number): Uint8Array {
  const iv = new Uint8Array(12);
  iv.set(systemTitle);
  iv[8] = counter >>> 24;
  iv[9] = counter >>> 16;
  iv[10] = counter >>> 8;
  iv[11] = counter;
  return iv;
}

function aadOf(controlByte: number, key: CipherKey, extra?: Uint8Array, plain?: Uint8Array): Uint8Array {
  const ak = key.authenticationKey.length;
  const out = new Uint8Array(1 + ak + (extra?.length ?? 0) + (plain?.length ?? 0));
  out[0] = controlByte;
  out.set(key.authenticationKey, 1);
  if (extra !== undefined) out.set(extra, 1 + ak);
  if (plain !== undefined) out.set(plain, out.length - plain.length);
  return out;
}
