/**
 * The key-encryption key: the root under which everything else is wrapped. From a variable, a file, or made
 * on the first start; a hardware module fits the same interface.
 */
import { createHash, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { vaultErrors } from './errors.ts';
import { seal, unseal } from './sealing.ts';

/**
 * What the vault asks of the root key. It wraps a few data keys and is called at start and at a change of
 * keys only, so it may be slow: a hardware module, a key service. `unwrap` rejects with KEK_WRONG or
 * KEY_TAMPERED.
 */
export interface KeyEncryptionKey {
  /** Name that is stored beside what it wraps; says nothing about the key. */
  readonly id: string;
  wrap(plain: Uint8Array, aad: Uint8Array): Promise<Uint8Array>;
  unwrap(wrapped: Uint8Array, aad: Uint8Array): Promise<Uint8Array>;
}

export const kekBytes = 32;

/** A key-encryption key that this process holds itself. */
export class LocalKek implements KeyEncryptionKey {
  readonly id: string;
  readonly #key: KeyObject;

  constructor(bytes: Uint8Array) {
    if (bytes.length !== kekBytes) throw vaultErrors.KEK_MALFORMED(`it has ${bytes.length} bytes`);
    this.id = createHash('sha256').update('openami kek id\0').update(bytes).digest('hex').slice(0, 16);
    this.#key = createSecretKey(bytes);
  }

  async wrap(plain: Uint8Array, aad: Uint8Array): Promise<Uint8Array> {
    return seal(this.#key, plain, aad);
  }

  async unwrap(wrapped: Uint8Array, aad: Uint8Array): Promise<Uint8Array> {
    const plain = unseal(this.#key, wrapped, aad);
    if (plain === undefined) throw vaultErrors.KEY_TAMPERED(`wrapped under key-encryption key ${this.id}`);
    return plain;
  }
}

/** Reads 32 bytes written as 64 hexadecimal digits or as base64. Raises KEK_MALFORMED, without the text. */
export function parseKek(text: string, where: string): LocalKek {
  const trimmed = text.trim();
  const hex = /^[0-9a-f]{64}$/i.test(trimmed);
  const base64 = /^[A-Za-z0-9+/_-]{43}=?$/.test(trimmed);
  if (!hex && !base64) throw vaultErrors.KEK_MALFORMED(where);
  const bytes = Buffer.from(trimmed, hex ? 'hex' : 'base64');
  if (bytes.every((byte) => byte === bytes[0])) {
    throw vaultErrors.KEK_MALFORMED(`${where}: one byte repeated`);
  }
  return new LocalKek(bytes);
}

/** A key written out, or `pkcs11:…`: where a module keeps it. Raises KEK_MALFORMED, KEK_MODULE. */
async function kekOfText(text: string, where: string): Promise<KeyEncryptionKey> {
  if (!text.trimStart().startsWith('pkcs11:')) return parseKek(text, where);
  const { Pkcs11Kek } = await import('./pkcs11.ts');
  return Pkcs11Kek.open(text.trim());
}

/** Reads a file of 32 raw bytes or of text. Raises KEK_UNREADABLE, KEK_MALFORMED, KEK_MODULE. */
export async function readKekFile(path: string): Promise<KeyEncryptionKey> {
  let bytes: Buffer;
  try {
    const { mode } = await stat(path);
    if (process.platform !== 'win32' && (mode & 0o007) !== 0) {
      throw vaultErrors.KEK_UNREADABLE(`${path} may be read or written by everybody`);
    }
    bytes = await readFile(path);
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === 'KEK_UNREADABLE') throw error;
    throw vaultErrors.KEK_UNREADABLE(`${path}: ${code}`, {}, error);
  }
  return bytes.length === kekBytes ? new LocalKek(bytes) : kekOfText(bytes.toString('latin1'), path);
}

export interface KekSource {
  /** The key as text; empty for none. */
  readonly kek: string;
  /** Path of its file; empty for none. */
  readonly kekFile: string;
  readonly dataDir: string;
}

/** Where the key lies that is made when none is given. */
export function madeKekPath(dataDir: string): string {
  return join(dataDir, 'kek');
}

/**
 * The key of the configuration, else the one in the data folder. `mayMake`: nothing is wrapped yet, so that
 * one may be made; otherwise its absence is an error, for a new one would open nothing.
 */
export async function loadKek(source: KekSource, mayMake: boolean): Promise<KeyEncryptionKey> {
  if (source.kek !== '') return kekOfText(source.kek, 'OPENAMI_KEK');
  if (source.kekFile !== '') return readKekFile(source.kekFile);
  const path = madeKekPath(source.dataDir);
  if (mayMake) await makeKekFile(path);
  return readKekFile(path);
}

/** Writes a new key unless there is one: whole or not at all, and of several processes one wins. */
async function makeKekFile(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(`${randomBytes(kekBytes).toString('hex')}\n`);
    await file.sync();
    await file.close();
    await link(draft, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    const folder = await open(dirname(path), 'r');
    await folder.sync().finally(() => folder.close());
  } finally {
    await unlink(draft);
  }
}
