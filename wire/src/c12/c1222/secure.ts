/** Opens and makes the user information of a message: in the clear, authenticated, or enciphered too. */
import { join } from '../../bytes.ts';
import { Sink } from '../cursor.ts';
import { c12Errors } from '../errors.ts';
import { AP_TITLE_ROOT, absoluteUid, putBerLength, uidBytes } from '../psem/uid.ts';
import { type C1222Message, encodeMessage, type MessageSpec, messageElements, tags } from './acse.ts';
import { type EaxPrimeKey, MAC_BYTES } from './eax-prime.ts';
import { controlByte, type Epsem, epsemContent, readControl, readEpsemContent } from './epsem.ts';

const CLAUSE = 'C12.22 clause 5.3.4.13';

/** What the first secured message of a session says, and the later ones may leave out. */
export interface SessionSecurity {
  readonly keyId: number;
  readonly iv: Uint8Array;
}

export interface OpenOptions {
  /** Of earlier messages of the same sender, for one that does not say it. */
  readonly session?: SessionSecurity | undefined;
  /** The key of an id; an id that is not stated is 0. */
  readonly keyFor?: (keyId: number) => EaxPrimeKey | undefined;
  /** Root of relative ApTitles. */
  readonly root?: string;
  /** Reads what was authenticated but not enciphered also without its key, marked as not verified. */
  readonly unverified?: boolean;
}

export interface Opened {
  readonly epsem: Epsem;
  /** Code of authentication as sent. */
  readonly mac?: Uint8Array;
  /** Undefined for a message in the clear, false only with `unverified`. */
  readonly verified?: boolean;
  readonly keyId?: number;
}

/**
 * The services of a message. Raises C12_BAD_VALUE without user information, C12_NO_KEY, C12_WRONG_KEY,
 * C12_UNSUPPORTED, C12_TRUNCATED.
 */
export function openMessage(message: C1222Message, options: OpenOptions = {}): Opened {
  const octets = message.userInformation?.octets;
  if (octets === undefined || octets.length === 0) {
    throw c12Errors.C12_BAD_VALUE(`no user information (${CLAUSE})`, { clause: CLAUSE });
  }
  const control = readControl(octets[0]!);
  const content = octets.subarray(1);
  if (control.securityMode === 'cleartext') return { epsem: readEpsemContent(control, content) };
  if (control.securityMode === 'reserved')
    throw c12Errors.C12_UNSUPPORTED(`security mode 3 (${CLAUSE})`, { clause: CLAUSE });
  if (content.length < MAC_BYTES) {
    throw c12Errors.C12_TRUNCATED(`${content.length} bytes with a code of 4 (${CLAUSE})`, { clause: CLAUSE });
  }
  const text = content.subarray(0, -MAC_BYTES);
  const mac = content.subarray(-MAC_BYTES);
  const security = securityOf(message) ?? options.session;
  const keyId = security?.keyId ?? 0;
  const key = options.keyFor?.(keyId);
  if (key === undefined) {
    if (control.securityMode === 'authenticated' && options.unverified === true) {
      return { epsem: readEpsemContent(control, text), mac, verified: false, keyId };
    }
    throw c12Errors.C12_NO_KEY(`key ${keyId}`, { keyId });
  }
  const clear = canonical(message, octets, security, options.root ?? AP_TITLE_ROOT);
  const isCiphered = control.securityMode === 'ciphered';
  const plain = isCiphered
    ? key.open(clear, text, mac)
    : key.open(join(clear, text), new Uint8Array(0), mac) && text;
  if (plain === undefined)
    throw c12Errors.C12_WRONG_KEY(`key ${keyId} (${CLAUSE})`, { keyId, clause: CLAUSE });
  return { epsem: readEpsemContent(control, plain), mac, verified: true, keyId };
}

/** What is not enciphered, in the order of the standard, with ApTitles in full. */
function canonical(
  {
    elements,
    calledApTitle,
    callingApTitle,
  }: Pick<C1222Message, 'elements' | 'calledApTitle' | 'callingApTitle'>,
  octets: Uint8Array,
  security: Partial<SessionSecurity> | undefined,
  root: string,
): Uint8Array {
  const sink = new Sink();
  const put = (tag: number, content: Uint8Array | undefined) => {
    if (content !== undefined) putBerLength(sink.u8(tag), content.length).put(content);
  };
  put(tags.asoContext, elements.get(tags.asoContext));
  put(tags.calledApTitle, calledApTitle && uidBytes(absoluteUid(calledApTitle, root)));
  put(tags.calledApInvocationId, elements.get(tags.calledApInvocationId));
  put(tags.callingAeQualifier, elements.get(tags.callingAeQualifier));
  put(tags.callingApInvocationId, elements.get(tags.callingApInvocationId));
  put(tags.mechanismName, elements.get(tags.mechanismName));
  put(tags.authentication, elements.get(tags.authentication));
  const user = elements.get(tags.userInformation);
  if (user !== undefined) {
    // up to and with the control byte: what stands before the octets, and their first
    const head = user.length - octets.length + 1;
    putBerLength(sink.u8(tags.userInformation), user.length).put(user.subarray(0, head));
  }
  put(tags.callingApTitle, callingApTitle && uidBytes(absoluteUid(callingApTitle, root)));
  if (security?.keyId !== undefined) sink.u8(security.keyId);
  if (security?.iv !== undefined) sink.put(security.iv);
  return sink.done();
}

export interface SealOptions {
  readonly key?: EaxPrimeKey;
  readonly root?: string;
  /** Where the message itself does not say it. */
  readonly session?: SessionSecurity;
}

/** A whole message around its services. Raises C12_NO_KEY where the mode needs one, C12_NOT_ENCODABLE. */
export function sealMessage(
  spec: Omit<MessageSpec, 'octets'>,
  epsem: Epsem,
  { key, root = AP_TITLE_ROOT, session }: SealOptions = {},
): Uint8Array<ArrayBuffer> {
  const mode = epsem.control.securityMode;
  const head = Uint8Array.of(controlByte(epsem.control));
  const content = epsemContent(epsem);
  if (mode === 'cleartext') return encodeMessage({ ...spec, octets: join(head, content) });
  if (key === undefined) throw c12Errors.C12_NO_KEY(`a message that is ${mode}`);
  // the code is over lengths that hold it
  const octets = new Uint8Array(1 + content.length + MAC_BYTES);
  octets.set(head);
  octets.set(content, 1);
  const elements = new Map(messageElements({ ...spec, octets }));
  const shape = {
    elements,
    ...(spec.calledApTitle === undefined ? {} : { calledApTitle: spec.calledApTitle }),
    ...(spec.callingApTitle === undefined ? {} : { callingApTitle: spec.callingApTitle }),
  };
  const security = spec.authentication?.mechanism === 'c12.22' ? spec.authentication : session;
  const clear = canonical(shape, octets, security, root);
  if (mode === 'ciphered') {
    const sealed = key.seal(clear, content);
    octets.set(sealed.text, 1);
    octets.set(sealed.mac, 1 + content.length);
  } else octets.set(key.authenticate(join(clear, content)), 1 + content.length);
  return encodeMessage({ ...spec, octets });
}

/** The IV that an invocation id gives: with one key, neither may come twice. */
export function ivOf(invocationId: number): Uint8Array {
  return new Sink().uint(invocationId, 4).done();
}

/** What a secured message says of itself besides its services. */
export function securityElements(keyId: number, iv: Uint8Array): Pick<MessageSpec, 'authentication'> {
  return { authentication: { mechanism: 'c12.22', keyId, iv } };
}

/** Key id and IV that a message states; undefined where it leaves one of them to its session. */
export function securityOf({ authentication }: C1222Message): SessionSecurity | undefined {
  if (authentication?.mechanism !== 'c12.22' || authentication.iv === undefined) return undefined;
  return { keyId: authentication.keyId ?? 0, iv: authentication.iv };
}
