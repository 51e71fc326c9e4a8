/**
 * A key-encryption key that never leaves a hardware module: AES-256 under a label, used through PKCS#11
 * 2.40 (C_Encrypt and C_Decrypt with CKM_AES_GCM). Loaded only when it is configured, with the optional
 * package that calls native libraries. The vault asks at start and at a change of keys, so every call is a
 * session of its own.
 */
import { createHash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { vaultErrors } from './errors.ts';
import type { KeyEncryptionKey } from './kek.ts';
import { headBytes, joinSealed, nonceOf, tagBytes } from './sealing.ts';

/** `pkcs11:token=T;object=L?module-path=/lib.so&pin-source=/pin`, after RFC 7512. */
export interface Pkcs11Place {
  readonly token: string;
  readonly object: string;
  readonly modulePath: string;
  readonly pinSource: string;
}

/** Raises KEK_MODULE. A PIN in the text itself is not taken: it would stand in process lists and dumps. */
export function parsePkcs11(text: string): Pkcs11Place {
  const [path = '', query = ''] = text.trim().slice('pkcs11:'.length).split('?');
  const pairs = [...path.split(';'), ...query.split('&')].filter(Boolean).map((part) => {
    const [name = '', value = ''] = part.split('=');
    return [name, decodeURIComponent(value)] as const;
  });
  const parts = Object.fromEntries(pairs);
  const known = ['token', 'object', 'module-path', 'pin-source'];
  for (const name of known) if (!parts[name]) throw vaultErrors.KEK_MODULE(`${name} is missing`);
  const stray = Object.keys(parts).find((name) => !known.includes(name));
  if (stray !== undefined) throw vaultErrors.KEK_MODULE(`${stray} is none of ${known.join(', ')}`);
  return {
    ...{ token: parts.token!, object: parts.object!, modulePath: parts['module-path']! },
    pinSource: parts['pin-source']!.replace(/^file:(\/\/)?/, ''),
  };
}

const ok = 0;
const alreadyInitialized = 0x191;
/** What C_Decrypt says of bytes that are not those it made; modules differ. */
const tampered = new Set([0x05, 0x20, 0x21, 0x40, 0x41]);
const mechanisms = { aesGcm: 0x1087 };
const attributes = { class: 0, label: 3 };
const secretKey = 4;
const user = 1;
const sessionFlags = { serial: 4, readWrite: 2 };
const tagBits = tagBytes * 8;

type Word = number | bigint | Uint8Array;

/** The functions of a module. Numbers are 64 bits wide, bytes go by their address. */
export class Pkcs11Module {
  readonly #ffi: typeof import('ffi-rs');
  readonly #library: string;
  readonly #pointedTo = new WeakMap<Buffer, readonly Word[]>();

  private constructor(ffi: typeof import('ffi-rs'), library: string) {
    this.#ffi = ffi;
    this.#library = library;
  }

  /** Raises KEK_MODULE. */
  static async load(path: string): Promise<Pkcs11Module> {
    if (process.platform === 'win32' || !['x64', 'arm64'].includes(process.arch)) {
      throw vaultErrors.KEK_MODULE(`not on ${process.platform} ${process.arch}`);
    }
    try {
      // It is CommonJS: its names stand on `default`.
      const { default: ffi } = await import('ffi-rs');
      ffi.open({ library: path, path });
      // memcpy of this process, which tells where bytes are
      ffi.open({ library: 'process', path: '' });
      const module = new Pkcs11Module(ffi, path);
      module.call('C_Initialize', [0], [alreadyInitialized]);
      return module;
    } catch (error) {
      const { code } = error as { code?: string };
      if (code === 'KEK_MODULE') throw error;
      throw vaultErrors.KEK_MODULE(`${path}: ${(error as Error).message || code}`, {}, error);
    }
  }

  /** Calls a function; gives its answer when it is `ok` or among those allowed. Raises KEK_MODULE. */
  call(name: string, parameters: readonly Word[], allowed: readonly number[] = []): number {
    const { load, DataType } = this.#ffi;
    const answer = load({
      ...{ library: this.#library, funcName: name, retType: DataType.U64 },
      paramsType: parameters.map((one) => (one instanceof Uint8Array ? DataType.U8Array : DataType.U64)),
      paramsValue: parameters.map((one) => (one instanceof Uint8Array ? one : Number(one))),
    }) as number;
    if (answer !== ok && !allowed.includes(answer)) {
      throw vaultErrors.KEK_MODULE(`${name}: 0x${answer.toString(16)}`, { answer });
    }
    return answer;
  }

  /** A structure of words; bytes stand in it by their address, and live as long as it does. */
  struct(...words: readonly Word[]): Buffer {
    const out = Buffer.alloc(words.length * 8);
    this.#pointedTo.set(out, words);
    words.forEach((word, at) => {
      out.writeBigUInt64LE(word instanceof Uint8Array ? this.#addressOf(word) : BigInt(word), at * 8);
    });
    return out;
  }

  #addressOf(bytes: Uint8Array): bigint {
    const { createPointer, load, DataType } = this.#ffi;
    if (bytes.length === 0) return 0n;
    const pointers = { paramsType: [DataType.U8Array], paramsValue: [bytes as Buffer] };
    const created = createPointer(pointers);
    const out = Buffer.alloc(8);
    load({
      ...{ library: 'process', funcName: 'memcpy', retType: DataType.Void },
      paramsType: [DataType.U8Array, DataType.External, DataType.U64],
      paramsValue: [out, created[0], 8],
    });
    return out.readBigUInt64LE();
  }

  /** The slot of the token with a label. Raises KEK_MODULE. */
  slotOf(token: string): number {
    const count = this.struct(0);
    this.call('C_GetSlotList', [1, 0, count]);
    const slots = Buffer.alloc(Number(count.readBigUInt64LE()) * 8);
    if (slots.length > 0) this.call('C_GetSlotList', [1, slots, count]);
    for (let at = 0; at < slots.length; at += 8) {
      const slot = Number(slots.readBigUInt64LE(at));
      const info = Buffer.alloc(512);
      this.call('C_GetTokenInfo', [slot, info]);
      if (info.subarray(0, 32).toString('utf8').trim() === token) return slot;
    }
    throw vaultErrors.KEK_MODULE(`no token "${token}"`);
  }

  /** Works in a session of the user. Raises KEK_MODULE. */
  session<T>(slot: number, pin: Uint8Array, work: (session: number) => T, readWrite = false): T {
    const opened = this.struct(0);
    const flags = sessionFlags.serial | (readWrite ? sessionFlags.readWrite : 0);
    this.call('C_OpenSession', [slot, flags, 0, 0, opened]);
    const session = Number(opened.readBigUInt64LE());
    try {
      const alreadyLoggedIn = 0x100;
      this.call('C_Login', [session, user, pin, pin.length], [alreadyLoggedIn]);
      return work(session);
    } finally {
      this.call('C_CloseSession', [session]);
    }
  }
}

/** A key of a module. */
export class Pkcs11Kek implements KeyEncryptionKey {
  readonly id: string;
  readonly #module: Pkcs11Module;
  readonly #place: Pkcs11Place;
  readonly #pin: Uint8Array;

  private constructor(module: Pkcs11Module, place: Pkcs11Place, pin: Uint8Array) {
    this.#module = module;
    this.#place = place;
    this.#pin = pin;
    const name = JSON.stringify([place.token, place.object]);
    this.id = createHash('sha256').update('openami pkcs11 kek\0').update(name).digest('hex').slice(0, 16);
  }

  /** Raises KEK_MODULE when the module, the token, the PIN or the key is not there. */
  static async open(text: string): Promise<Pkcs11Kek> {
    const place = parsePkcs11(text);
    const pin = await readFile(place.pinSource).catch((error: NodeJS.ErrnoException) => {
      throw vaultErrors.KEK_MODULE(`pin-source: ${error.code}`, {}, error);
    });
    const trimmed = Buffer.from(pin.toString('latin1').trim(), 'latin1');
    const kek = new Pkcs11Kek(await Pkcs11Module.load(place.modulePath), place, trimmed);
    kek.#withKey(() => undefined);
    return kek;
  }

  async wrap(plain: Uint8Array, aad: Uint8Array): Promise<Uint8Array> {
    const nonce = randomBytes(12);
    return joinSealed(nonce, this.#crypt('Encrypt', plain, nonce, aad));
  }

  async unwrap(wrapped: Uint8Array, aad: Uint8Array): Promise<Uint8Array> {
    const nonce = nonceOf(wrapped);
    const wrong = () => vaultErrors.KEY_TAMPERED(`wrapped under key-encryption key ${this.id}`);
    if (nonce === undefined) throw wrong();
    try {
      return this.#crypt('Decrypt', wrapped.subarray(headBytes), nonce, aad);
    } catch (error) {
      const { data } = error as { data?: { answer?: number } };
      throw tampered.has(data?.answer ?? ok) ? wrong() : error;
    }
  }

  #crypt(what: 'Encrypt' | 'Decrypt', input: Uint8Array, nonce: Uint8Array, aad: Uint8Array): Uint8Array {
    const module = this.#module;
    return this.#withKey((session, key) => {
      const parameters = module.struct(nonce, nonce.length, nonce.length * 8, aad, aad.length, tagBits);
      const mechanism = module.struct(mechanisms.aesGcm, parameters, parameters.length);
      module.call(`C_${what}Init`, [session, mechanism, key]);
      const out = Buffer.alloc(input.length + 64);
      const length = module.struct(out.length);
      module.call(`C_${what}`, [session, Buffer.from(input), input.length, out, length]);
      return out.subarray(0, Number(length.readBigUInt64LE()));
    });
  }

  #withKey<T>(work: (session: number, key: number) => T): T {
    const { token, object } = this.#place;
    const module = this.#module;
    return module.session(module.slotOf(token), this.#pin, (session) => {
      const label = Buffer.from(object);
      const kind = module.struct(secretKey);
      const wanted = module.struct(attributes.class, kind, 8, attributes.label, label, label.length);
      module.call('C_FindObjectsInit', [session, wanted, 2]);
      const found = Buffer.alloc(16);
      const count = module.struct(0);
      module.call('C_FindObjects', [session, found, 2, count]);
      module.call('C_FindObjectsFinal', [session]);
      const keys = Number(count.readBigUInt64LE());
      if (keys !== 1) throw vaultErrors.KEK_MODULE(`${keys} secret keys "${object}" in token "${token}"`);
      return work(session, Number(found.readBigUInt64LE()));
    });
  }
}
