/**
 * What was said in one session, for a person to read later. It keeps the bytes as they went over the link
 * and makes words of them only when asked, so a session that nobody looks at costs next to nothing. Its
 * memory is bounded: the beginning, where associations fail, is kept, and of the rest the newest.
 */
import {
  type CipherKey,
  cipherKey,
  type DlmsCrypto,
  decodeApdu,
  decodeApduAndRest,
  isProtected,
  type Plain,
  readProtected,
  renderApduBytes,
  type SecuritySuite,
  unprotectApdu,
} from '@openami/wire/dlms';

export type Side = 'client' | 'server' | 'note';

export interface LogLine {
  readonly atMs: number;
  readonly side: Side;
  readonly bytes?: number;
  /** The APDU in words; never a key or a password. */
  readonly apdu?: Plain;
  /** Present for APDUs that were protected. */
  readonly counter?: number;
  readonly text?: string;
}

interface Entry {
  readonly atMs: number;
  readonly side: Side;
  readonly apdu?: Uint8Array;
  readonly text?: string;
}

export interface LogKeys {
  readonly crypto: DlmsCrypto;
  readonly suite: SecuritySuite;
  readonly encryptionKey: Uint8Array;
  readonly authenticationKey: Uint8Array;
  readonly clientTitle?: Uint8Array;
  readonly serverTitle?: Uint8Array;
  readonly additionalData?: Uint8Array;
}

const firstEntries = 32;
const MAX_APDU_BYTES = 4096;

export class SessionLog {
  readonly #maxEntries: number;
  readonly #maxBytes: number;
  readonly #first: Entry[] = [];
  #rest: Entry[] = [];
  /** Of `#rest`, and of `#first`. */
  #bytes = 0;
  #firstBytes = 0;
  #left = 0;

  constructor({ maxEntries = 1_000, maxBytes = 256 * 1024 } = {}) {
    this.#maxEntries = maxEntries;
    this.#maxBytes = maxBytes;
  }

  /** Entries that were let go. */
  get dropped(): number {
    return this.#left;
  }

  /** Bytes of APDUs that are kept. */
  get bytes(): number {
    return this.#firstBytes + this.#bytes;
  }

  said(side: 'client' | 'server', apdu: Uint8Array, atMs: number): void {
    // a long profile needs no more than its beginning, and it must not keep a buffer alive
    this.#add({ atMs, side, apdu: apdu.length > MAX_APDU_BYTES ? apdu.slice(0, MAX_APDU_BYTES) : apdu });
  }

  note(text: string, atMs: number): void {
    this.#add({ atMs, side: 'note', text });
  }

  /** The lines in words; protected APDUs are opened with the keys, where they are given. */
  lines(keys?: LogKeys): LogLine[] {
    const reader = new LogReader(keys);
    const lines = this.#first.map((entry) => reader.line(entry));
    if (this.#left > 0) lines.push({ atMs: 0, side: 'note', text: `${this.#left} entries are not kept` });
    return [...lines, ...this.#rest.map((entry) => reader.line(entry))];
  }

  #add(entry: Entry): void {
    if (this.#first.length < firstEntries) {
      this.#first.push(entry);
      this.#firstBytes += entry.apdu?.length ?? 0;
      return;
    }
    this.#rest.push(entry);
    this.#bytes += entry.apdu?.length ?? 0;
    if (this.#rest.length <= this.#maxEntries && this.#bytes <= this.#maxBytes) return;
    const kept = this.#rest.slice(this.#rest.length >> 1);
    this.#left += this.#rest.length - kept.length;
    this.#rest = kept;
    this.#bytes = kept.reduce((sum, { apdu }) => sum + (apdu?.length ?? 0), 0);
  }
}

class LogReader {
  readonly #keys: LogKeys | undefined;
  readonly #global: CipherKey | undefined;
  #dedicated: CipherKey | undefined;
  #serverTitle: Uint8Array | undefined;

  constructor(keys: LogKeys | undefined) {
    this.#keys = keys;
    this.#serverTitle = keys?.serverTitle;
    this.#global = keys && cipherKey(keys.crypto, keys.suite, keys.encryptionKey, keys.authenticationKey);
  }

  line({ atMs, side, apdu, text }: Entry): LogLine {
    if (apdu === undefined) return { atMs, side, ...(text === undefined ? {} : { text }) };
    const bytes = apdu.length;
    if (bytes === MAX_APDU_BYTES) return { atMs, side, bytes, text: 'the beginning of a long APDU' };
    try {
      this.#learn(apdu);
      if (!isProtected(apdu[0] ?? 0)) return { atMs, side, bytes, apdu: shown(apdu) };
      const counter = readProtected(apdu).content.counter;
      const plain = this.#open(side, apdu);
      if (plain === undefined) return { atMs, side, bytes, counter, text: 'protected; no key opens it' };
      return { atMs, side, bytes, counter, apdu: shown(plain) };
    } catch (error) {
      return { atMs, side, bytes, text: (error as Error).message };
    }
  }

  #open(side: Side, apdu: Uint8Array): Uint8Array | undefined {
    const sealed = readProtected(apdu);
    const isDedicated = sealed.envelope === 'ded' || sealed.envelope === 'general-ded';
    const key = isDedicated ? this.#dedicated : this.#global;
    const systemTitle = side === 'client' ? this.#keys?.clientTitle : this.#serverTitle;
    if (key === undefined) return undefined;
    const { additionalData } = this.#keys!;
    try {
      return unprotectApdu(sealed, key, {
        ...(systemTitle === undefined ? {} : { systemTitle }),
        ...(additionalData === undefined ? {} : { additionalData }),
      }).apdu;
    } catch {
      return undefined;
    }
  }

  /** The title of the meter is in the AARE, a dedicated key inside the AARQ. */
  #learn(bytes: Uint8Array): void {
    if (bytes[0] !== 0x60 && bytes[0] !== 0x61) return;
    const { apdu } = decodeApduAndRest(bytes);
    if (apdu.service === 'aare') this.#serverTitle ??= apdu.respondingApTitle;
    if (apdu.service !== 'aarq' || apdu.userInformation === undefined || this.#global === undefined) return;
    const plain = isProtected(apdu.userInformation[0] ?? 0)
      ? this.#open('client', apdu.userInformation)
      : apdu.userInformation;
    const initiate = plain && decodeApdu(plain);
    if (initiate?.service !== 'initiate-request' || initiate.dedicatedKey === undefined) return;
    const { crypto, suite, authenticationKey } = this.#keys!;
    this.#dedicated = cipherKey(crypto, suite, initiate.dedicatedKey, authenticationKey);
  }
}

const hidden = '(not shown)';

/** Values that are written to secrets of associations and security setups are secrets too. */
function shown(plain: Uint8Array): Plain {
  const words = renderApduBytes(plain) as { readonly [name: string]: Plain };
  const { service } = words;
  if (service !== 'set-request' && service !== 'action-request') return words;
  const { apdu } = decodeApduAndRest(plain);
  const touched = 'attribute' in apdu ? apdu.attribute : 'method' in apdu ? apdu.method : undefined;
  const isSecret = typeof touched !== 'object' || touched === null || secretClasses.has(touched.classId);
  if (!isSecret) return words;
  return Object.fromEntries(
    Object.entries(words).map(([name, value]) => [name, carriers.has(name) ? hidden : value]),
  );
}

/** Associations (both kinds) and security setup; a later block or a list does not say what it writes. */
const secretClasses = new Set([12, 15, 64]);
const carriers = new Set(['value', 'values', 'parameters', 'block']);
