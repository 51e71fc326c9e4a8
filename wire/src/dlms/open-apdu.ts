/**
 * An APDU as it came, through every protection around it, to the plain one: who opens a capture does not
 * know beforehand what it holds. Nothing is taken as verified that a tag did not prove.
 */
import type { OpenAmiError } from '@openami/model';
import {
  type Apdu,
  type ApduOf,
  decodeApdu,
  decodeApduAndRest,
  serviceOfTag,
  withoutRest,
} from './apdu/apdu.ts';
import { decodeBentPush, type PushQuirk } from './apdu/untagged-push.ts';
import { dlmsErrors } from './errors.ts';
import { encodeGeneralHeader } from './security/general-ciphering.ts';
import {
  type CipheredContent,
  type CipherKey,
  type Envelope,
  isProtected,
  type OpenOptions,
  openContent,
  readContent,
  readProtected,
  type SecurityControl,
} from './security/protect.ts';
import { securityErrors } from './security/security-errors.ts';

/** What is authenticated with a message: as the standard says, or as some meters do. */
export type AdditionalData = 'standard' | 'control-byte' | 'none';

/** One protection around an APDU. */
export interface ApduProtection {
  readonly envelope: Envelope | 'general-ciphering' | 'general-signing';
  /** Undefined for a signature. */
  readonly control?: SecurityControl;
  /** Of the sender; undefined where neither the message nor the caller tells it. */
  readonly systemTitle?: Uint8Array;
  readonly counter?: number;
  /** False when there is no key for it. */
  readonly opened: boolean;
  /** Whether a tag proved that it came from a holder of the keys, unchanged. */
  readonly verified: boolean;
  /** What the tag matched with. */
  readonly additionalData?: AdditionalData;
  /** Which of the keys that were handed in opened it. */
  readonly key?: CipherKey;
  /** Of AARQ and AARE this part alone is protected; their other fields are not. */
  readonly covers?: 'user-information';
}

export interface OpenedApdu {
  /** The plain APDU, or the innermost envelope that could not be opened. */
  readonly apdu: Apdu;
  readonly bytes: Uint8Array;
  /** From the outermost on; empty for a plain APDU. */
  readonly protections: readonly ApduProtection[];
  /** What follows the APDU: some servers send the rest of an old buffer. */
  readonly rest: Uint8Array;
  readonly quirks: readonly (PushQuirk | 'broken-release')[];
}

/** Which key a message needs. */
export interface KeyRequest {
  readonly control: SecurityControl;
  readonly systemTitle: Uint8Array;
  readonly envelope: Envelope | 'general-ciphering';
  /** Of this association, when its AARQ was seen and opened. */
  readonly dedicatedKey?: Uint8Array;
}

export interface OpenApduOptions {
  /**
   * Undefined, or none, leaves the message closed. Several are tried in turn: it may not be certain which the
   * sender uses. A key without authentication key opens without verifying.
   */
  readonly keyFor?: (request: KeyRequest) => CipherKey | readonly CipherKey[] | undefined;
  /** Of the sender, for messages that do not carry it. */
  readonly systemTitle?: Uint8Array;
  /** Handed on to `keyFor`. */
  readonly dedicatedKey?: Uint8Array;
  /**
   * What the link vouches for: nothing, where the APDU ends (wrapper), or every byte (HDLC, M-Bus). What is
   * odd about the APDU is then the meter's doing and taken as far as it goes.
   */
  readonly trust?: LinkTrust;
}

export type LinkTrust = 'none' | 'length' | 'bytes';

const MAX_ENVELOPES = 4;
const AARQ = 0x60;
const AARE = 0x61;
const RLRQ = 0x62;
const RLRE = 0x63;
const EMPTY = new Uint8Array(0);

/** Opens and decodes. Raises decode errors, those of `unprotectApdu`, and DLMS_SECURITY_NO_TITLE. */
export function openApdu(bytes: Uint8Array, options: OpenApduOptions = {}): OpenedApdu {
  const protections: ApduProtection[] = [];
  let plain = bytes;
  let trust = options.trust ?? 'none';
  for (let depth = 0; ; depth++) {
    const opened = depth < MAX_ENVELOPES ? openOnce(plain, trust, options) : undefined;
    if (opened === undefined) break;
    protections.push(opened.protection);
    if (opened.inner === undefined) break;
    plain = opened.inner;
    trust = opened.protection.verified ? 'bytes' : 'none';
  }
  const decoded = decodePlain(plain, trust);
  return openUserInformation({ ...decoded, bytes: plain, protections }, options);
}

interface Opened {
  readonly protection: ApduProtection;
  readonly inner?: Uint8Array;
}

/** Takes one protection off; undefined when there is none. */
function openOnce(bytes: Uint8Array, trust: LinkTrust, options: OpenApduOptions): Opened | undefined {
  const tag = bytes[0] ?? 0;
  if (isProtected(tag)) {
    const { envelope, systemTitle: carried, content, service } = readEnvelope(bytes, trust);
    const systemTitle = carried.length === 8 ? carried : options.systemTitle;
    return openWith(content, { envelope, systemTitle, service }, options);
  }
  if (tag !== 0xdd && tag !== 0xdf) return undefined;
  const apdu = decodeApdu(bytes) as ApduOf<'general-ciphering'> | ApduOf<'general-signing'>;
  if (apdu.service === 'general-signing') {
    const protection: ApduProtection = {
      envelope: 'general-signing',
      systemTitle: apdu.originator,
      opened: true,
      verified: false,
    };
    return { protection, inner: apdu.content };
  }
  const systemTitle = apdu.originator.length === 8 ? apdu.originator : options.systemTitle;
  const content = readContent(apdu.content);
  const mayOpen = apdu.keyInfo === undefined || apdu.keyInfo.kind === 'identified';
  const extra = encodeGeneralHeader(apdu);
  const usable = mayOpen ? options : { ...options, keyFor: undefined };
  return openWith(content, { envelope: 'general-ciphering', systemTitle, extra }, usable);
}

/** An envelope is exact about its length, but for what an old buffer left after it. */
function readEnvelope(bytes: Uint8Array, trust: LinkTrust): ReturnType<typeof readProtected> {
  try {
    return readProtected(bytes);
  } catch (error) {
    if (trust === 'none' || (error as OpenAmiError).code !== 'DLMS_TRAILING_BYTES') throw error;
    return readProtected(withoutRest(bytes));
  }
}

interface Around {
  readonly envelope: ApduProtection['envelope'];
  readonly systemTitle: Uint8Array | undefined;
  readonly service?: number | undefined;
  readonly extra?: Uint8Array;
}

function openWith(content: CipheredContent, around: Around, options: OpenApduOptions): Opened {
  const { control, counter } = content;
  const { envelope, systemTitle } = around;
  const { keyFor, dedicatedKey } = options;
  const closed: Opened = {
    protection: { envelope, control, systemTitle, counter, opened: false, verified: false },
  };
  if (keyFor === undefined) return closed;
  if (systemTitle === undefined) throw securityErrors.DLMS_SECURITY_NO_TITLE();
  const request = { control, systemTitle, envelope: envelope as KeyRequest['envelope'], dedicatedKey };
  const keys = [keyFor(request) ?? []].flat();
  const { service, extra } = around;
  const found = openWithAny(content, keys, { systemTitle, service, extra });
  if (found === undefined) return closed;
  const { apdu: inner, verified, additionalData, key } = found;
  return {
    protection: { envelope, control, systemTitle, counter, opened: true, verified, additionalData, key },
    inner,
  };
}

const wrongKeyCodes = new Set(['DLMS_SECURITY_TAG', 'DLMS_SECURITY_PLAINTEXT', 'DLMS_SECURITY_UNSUPPORTED']);

/** Opens with the first key that fits. Raises what the first of them came to when none does. */
function openWithAny(
  content: CipheredContent,
  keys: readonly CipherKey[],
  sender: Sender,
): (Tried & { readonly key: CipherKey }) | undefined {
  let first: unknown;
  for (const key of keys) {
    try {
      return { ...openTrying(content, key, sender), key };
    } catch (error) {
      if (!wrongKeyCodes.has((error as OpenAmiError).code)) throw error;
      first ??= error;
    }
  }
  if (first !== undefined) throw first;
  return undefined;
}

interface Sender {
  readonly systemTitle: Uint8Array;
  readonly service: number | undefined;
  readonly extra: Uint8Array | undefined;
}

interface Tried {
  readonly apdu: Uint8Array;
  readonly verified: boolean;
  readonly additionalData?: AdditionalData;
}

/** Opens with the additional data of the standard, then as meters are known to depart from it. */
function openTrying(content: CipheredContent, key: CipherKey, sender: Sender): Tried {
  if (!content.control.authenticated) return openContent(content, key, sender as OpenOptions);
  const hasKey = key.authenticationKey.length > 0;
  let first: unknown;
  for (const additionalData of hasKey ? withKey : withoutKey) {
    try {
      const bytes = additionalBytes(additionalData, hasKey, content.controlByte);
      const { systemTitle, service, extra } = sender;
      const options = { systemTitle, service, extra, additionalData: bytes } as OpenOptions;
      const { apdu, verified } = openContent(content, key, options);
      return { apdu, verified, additionalData };
    } catch (error) {
      if ((error as OpenAmiError).code !== 'DLMS_SECURITY_TAG') throw error;
      first ??= error;
    }
  }
  if (hasKey) throw first;
  return openContent(content, key, { ...sender, ignoreTag: true } as OpenOptions);
}

const withKey: readonly AdditionalData[] = ['standard', 'none', 'control-byte'];
const withoutKey: readonly AdditionalData[] = ['control-byte', 'none'];

/** Undefined: as the standard makes it, which without an authentication key is the control byte alone. */
function additionalBytes(name: AdditionalData, hasKey: boolean, controlByte: number): Uint8Array | undefined {
  if (name === 'none') return EMPTY;
  return name === 'control-byte' && hasKey ? Uint8Array.of(controlByte) : undefined;
}

type Plain = Pick<OpenedApdu, 'apdu' | 'rest' | 'quirks'>;

function decodePlain(bytes: Uint8Array, trust: LinkTrust): Plain {
  try {
    return { apdu: decodeApdu(bytes), rest: EMPTY, quirks: [] };
  } catch (error) {
    const bent = bytes[0] === 15 ? tryBent(bytes, trust === 'bytes') : undefined;
    if (bent !== undefined) return { ...bent, rest: EMPTY };
    if (trust === 'none') throw error;
    const release = brokenRelease(bytes);
    if (release !== undefined) return release;
    if ((error as OpenAmiError).code !== 'DLMS_TRAILING_BYTES') throw error;
    // a damaged length inside an association would pass for its end
    if (trust === 'length' && (bytes[0] === AARQ || bytes[0] === AARE)) throw error;
    return { ...decodeApduAndRest(bytes), quirks: [] };
  }
}

/** A release whose user information is longer than its lengths say; the reason stands before it. */
function brokenRelease(bytes: Uint8Array): Plain | undefined {
  const [tag, , field, size, reason] = bytes;
  if ((tag !== RLRQ && tag !== RLRE) || field !== 0x80 || size !== 1 || reason === undefined)
    return undefined;
  const apdu = decodeApdu(Uint8Array.of(tag, 3, field, size, reason));
  return { apdu, rest: bytes.subarray(5), quirks: ['broken-release'] };
}

function tryBent(bytes: Uint8Array, intact: boolean): Pick<Plain, 'apdu' | 'quirks'> | undefined {
  try {
    return decodeBentPush(bytes, intact);
  } catch {
    // the error of the standard way is the one that tells most
    return undefined;
  }
}

/** AARQ and AARE carry their initiate ciphered, under the title that they name themselves. */
function openUserInformation(opened: OpenedApdu, options: OpenApduOptions): OpenedApdu {
  const { apdu } = opened;
  if (apdu.service !== 'aarq' && apdu.service !== 'aare') return opened;
  const inside = apdu.userInformation;
  if (inside === undefined) return opened;
  if (serviceOfTag(inside[0] ?? 0) === undefined) {
    const clause = 'IEC 62056-5-3 clause 8, user-information';
    throw dlmsErrors.DLMS_UNKNOWN_TAG(`no APDU in the user information of the ${apdu.service} (${clause})`, {
      clause,
    });
  }
  if (!isProtected(inside[0]!)) return opened;
  const title = apdu.service === 'aarq' ? apdu.callingApTitle : apdu.respondingApTitle;
  const systemTitle = title?.length === 8 ? title : options.systemTitle;
  const found = openOnce(inside, 'none', { ...options, systemTitle });
  if (found === undefined) return opened;
  const protection: ApduProtection = { ...found.protection, covers: 'user-information' };
  const protections = [...opened.protections, protection];
  if (found.inner === undefined) return { ...opened, protections };
  // what it holds must be an APDU, or the key was wrong
  decodeApdu(found.inner);
  return { ...opened, apdu: { ...apdu, userInformation: found.inner }, protections };
}
