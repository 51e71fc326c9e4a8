/**
 * The vault: the one place where meter keys are in the clear.
 *
 *   key-encryption key (file, variable, hardware) ── wraps ──▶ data keys ── wrap ──▶ meter keys
 *
 * All with AES-256-GCM; the additional data of a meter key is its tenant, meter, kind and version, so a row
 * that is copied elsewhere does not open. A change of the key-encryption key wraps the few data keys anew
 * and touches no meter key; a change of the data key seals the meter keys anew, some at a time, while work
 * goes on.
 */
import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import {
  type AccessContext,
  type DataKey,
  type DataKeyStore,
  type KeyKind,
  type KeyPlace,
  type KeyStore,
  type MeterKey,
  type NewKey,
  OpenAmiError,
  placeOf,
  type SealedKey,
  type SecuritySuite,
} from '@openami/model';
import { vaultErrors } from './errors.ts';
import type { KeyEncryptionKey } from './kek.ts';
import { checkedKey, keyBytes } from './lengths.ts';
import { seal, unseal } from './sealing.ts';
import { Secret } from './secret.ts';

const dataKeyBytes = 32;
const resealBatch = 1000;

/** A meter key in the clear. */
export interface OpenKey extends MeterKey {
  readonly secret: Secret;
}

/** A key without its material. */
export function withoutSecret({ secret: _, ...key }: OpenKey): MeterKey {
  return key;
}

/** What opened, and what did not: a broken key costs only itself. */
export interface OpenedKeys {
  readonly keys: OpenKey[];
  readonly broken: { readonly place: KeyPlace; readonly error: OpenAmiError }[];
}

export interface VaultOptions {
  readonly keys: KeyStore;
  readonly dataKeys: DataKeyStore;
  readonly kek: KeyEncryptionKey;
  /** Keys that wrapped before; what they still wrap is wrapped under `kek` when the vault opens. */
  readonly previousKeks?: readonly KeyEncryptionKey[];
  readonly tenant?: string;
}

/** Under a data key of the vault. */
export interface SealedSecret {
  readonly wrapped: Uint8Array;
  readonly wrappingKey: string;
}

export interface KeySpec {
  readonly kind: KeyKind;
  readonly suite: SecuritySuite;
  /** Absent: made at random. */
  readonly bytes?: Uint8Array;
}

const encoder = new TextEncoder();
const aadOf = (...parts: readonly (string | number)[]) => encoder.encode(JSON.stringify(parts));

/** The same caller, for the purpose under which the store gives key material out. */
export function forKeys(ctx: AccessContext): AccessContext {
  return { ...ctx, purpose: 'keys' };
}

export class KeyVault {
  readonly #keys: KeyStore;
  readonly #dataKeys: DataKeyStore;
  readonly #tenant: string;
  #kek: KeyEncryptionKey;
  #open = new Map<string, KeyObject>();
  #current = '';

  private constructor(options: VaultOptions) {
    this.#keys = options.keys;
    this.#dataKeys = options.dataKeys;
    this.#kek = options.kek;
    this.#tenant = options.tenant ?? 'default';
  }

  /** Opens it, making the first data key where there is none. Raises KEK_WRONG, KEY_TAMPERED. */
  static async open(ctx: AccessContext, options: VaultOptions): Promise<KeyVault> {
    const vault = new KeyVault(options);
    const rows = await options.dataKeys.list(forKeys(ctx));
    const byId = new Map((options.previousKeks ?? []).map((kek) => [kek.id, kek]));
    for (const from of new Set(rows.map(({ kekId }) => kekId))) {
      if (from === options.kek.id) continue;
      const kek = byId.get(from);
      if (kek === undefined) throw vaultErrors.KEK_WRONG(`needed is ${from}, given ${options.kek.id}`);
      await vault.#rewrap(ctx, rows, kek, options.kek);
    }
    await vault.#load(ctx);
    if (vault.#current === '') await vault.#addDataKey(ctx, undefined);
    return vault;
  }

  /** Wraps the data keys under another key-encryption key; meter keys stay as they are. */
  async changeKek(ctx: AccessContext, kek: KeyEncryptionKey): Promise<void> {
    await this.#rewrap(ctx, await this.#dataKeys.list(forKeys(ctx)), this.#kek, kek);
    this.#kek = kek;
  }

  /**
   * Makes a new data key and seals all meter keys under it; how many, and which did not open and stay as they
   * are. Others may work meanwhile; what they seal before they start again is under the key before.
   */
  async changeDataKey(ctx: AccessContext): Promise<{ moved: number; broken: KeyPlace[] }> {
    const old = this.#current;
    await this.#addDataKey(ctx, old);
    let moved = 0;
    const broken: KeyPlace[] = [];
    let after: KeyPlace | undefined;
    for (;;) {
      const rows = await this.#keys.wrappedUnder(forKeys(ctx), old, resealBatch, after);
      if (rows.length === 0) return { moved, broken };
      after = rows.at(-1);
      const opened = await this.#openAll(ctx, rows);
      broken.push(...opened.broken.map(({ place }) => place));
      const sealed = opened.keys.map((key) => ({ ...placeOf(key), ...this.#seal(key, key.secret.bytes()) }));
      for (const { secret } of opened.keys) secret.wipe();
      moved += await this.#keys.reseal(forKeys(ctx), old, sealed);
    }
  }

  /**
   * Keys ready to be stored, each under the next version of its kind. Raises KEY_LENGTH, KEY_WEAK; a kind
   * that cannot be made at random needs its bytes.
   */
  async prepare(
    ctx: AccessContext,
    meterId: number,
    specs: readonly KeySpec[],
    state: 'staged' | 'active',
  ): Promise<NewKey[]> {
    const newest = await this.#keys.newest(ctx, [meterId]);
    return specs.map((spec) => {
      const version = (newest.find(({ kind }) => kind === spec.kind)?.version ?? 0) + 1;
      return this.sealNew({ meterId, kind: spec.kind, version }, spec, state);
    });
  }

  /** One key at a version that the caller knows to be the next. */
  sealNew(place: KeyPlace, spec: KeySpec, state: 'staged' | 'active'): NewKey {
    const bytes = spec.bytes ?? randomKey(spec.kind, spec.suite);
    const key = checkedKey(spec.kind, spec.suite, bytes);
    const origin = spec.bytes === undefined ? 'generated' : 'imported';
    const made: NewKey = { ...place, state, suite: spec.suite, origin, ...this.#seal(place, key) };
    if (spec.bytes === undefined) bytes.fill(0);
    return made;
  }

  /**
   * The keys of meters in the clear, destroyed ones left out. A key that does not open costs only itself: it
   * is in `broken`. One audit record a call.
   */
  async keysOf(
    ctx: AccessContext,
    meterIds: readonly number[],
    kinds?: readonly KeyKind[],
  ): Promise<OpenedKeys> {
    return this.#openAll(
      ctx,
      await this.#keys.unwrap(forKeys(ctx), { meterIds, ...(kinds ? { kinds } : {}) }),
    );
  }

  async #openAll(ctx: AccessContext, rows: readonly SealedKey[]): Promise<OpenedKeys> {
    const keys: OpenKey[] = [];
    const broken: OpenedKeys['broken'] = [];
    for (const row of rows) {
      try {
        const secret = await this.unseal(ctx, row);
        const { wrapped: _, ...shown } = row;
        keys.push({ ...shown, secret });
      } catch (error) {
        if (!(error instanceof OpenAmiError)) throw error;
        broken.push({ place: placeOf(row), error });
      }
    }
    return { keys, broken };
  }

  /** One row in the clear. Raises KEY_TAMPERED. */
  async unseal(ctx: AccessContext, row: SealedKey): Promise<Secret> {
    // Another process may have made a data key since.
    if (!this.#open.has(row.wrappingKey)) await this.#load(ctx);
    const key = this.#open.get(row.wrappingKey);
    const plain = key && unseal(key, row.wrapped, this.#aadOf(row));
    if (plain === undefined) {
      throw vaultErrors.KEY_TAMPERED(`${row.kind} ${row.version} of meter ${row.meterId}`, {
        ...placeOf(row),
      });
    }
    return new Secret(plain);
  }

  /** Other secrets than those of meters, each under a name of its own. */
  sealNamed(name: string, bytes: Uint8Array): SealedSecret {
    return this.#sealed(bytes, this.#namedAad(name));
  }

  /** Raises KEY_TAMPERED. */
  async openNamed(ctx: AccessContext, name: string, { wrapped, wrappingKey }: SealedSecret): Promise<Secret> {
    if (!this.#open.has(wrappingKey)) await this.#load(ctx);
    const key = this.#open.get(wrappingKey);
    const plain = key && unseal(key, wrapped, this.#namedAad(name));
    if (plain === undefined) throw vaultErrors.KEY_TAMPERED(name);
    return new Secret(plain);
  }

  #namedAad(name: string): Uint8Array {
    return aadOf('secret', this.#tenant, name);
  }

  #aadOf({ meterId, kind, version }: KeyPlace): Uint8Array {
    return aadOf('meter key', this.#tenant, meterId, kind, version);
  }

  #seal(place: KeyPlace, bytes: Uint8Array): SealedSecret {
    return this.#sealed(bytes, this.#aadOf(place));
  }

  #sealed(bytes: Uint8Array, aad: Uint8Array): SealedSecret {
    const key = this.#open.get(this.#current)!;
    return { wrapped: seal(key, bytes, aad), wrappingKey: this.#current };
  }

  async #load(ctx: AccessContext): Promise<void> {
    for (const row of await this.#dataKeys.list(forKeys(ctx))) {
      if (row.current) this.#current = row.id;
      if (this.#open.has(row.id)) continue;
      if (row.kekId !== this.#kek.id) {
        throw vaultErrors.KEK_WRONG(`data key ${row.id} needs ${row.kekId}, given is ${this.#kek.id}`);
      }
      const bytes = await this.#kek.unwrap(row.wrapped, aadOf('data key', this.#tenant, row.id));
      this.#open.set(row.id, createSecretKey(bytes));
      bytes.fill(0);
    }
  }

  /** Adds a data key after the current one; when somebody else was first, theirs is taken. */
  async #addDataKey(ctx: AccessContext, after: string | undefined): Promise<void> {
    const bytes = randomBytes(dataKeyBytes);
    const id = randomBytes(8).toString('hex');
    const wrapped = await this.#kek.wrap(bytes, aadOf('data key', this.#tenant, id));
    bytes.fill(0);
    await this.#dataKeys.add(forKeys(ctx), { id, wrapped, kekId: this.#kek.id }, after);
    await this.#load(ctx);
  }

  async #rewrap(
    ctx: AccessContext,
    rows: readonly DataKey[],
    from: KeyEncryptionKey,
    to: KeyEncryptionKey,
  ): Promise<void> {
    const wrapped = [];
    for (const row of rows.filter(({ kekId }) => kekId === from.id)) {
      const aad = aadOf('data key', this.#tenant, row.id);
      const bytes = await from.unwrap(row.wrapped, aad);
      const anew = await to.wrap(bytes, aad);
      // Read back before the old wrapping is given up: a module that answers wrongly must not cost the keys.
      const again = await to.unwrap(anew, aad);
      if (Buffer.compare(again, bytes) !== 0) throw vaultErrors.KEY_TAMPERED(`data key ${row.id}`);
      bytes.fill(0);
      again.fill(0);
      wrapped.push({ id: row.id, wrapped: anew });
    }
    await this.#dataKeys.rewrap(forKeys(ctx), wrapped, { from: from.id, to: to.id });
  }
}

const random: readonly KeyKind[] = ['guek', 'gbek', 'gak', 'kek'];

function randomKey(kind: KeyKind, suite: SecuritySuite): Uint8Array {
  if (!random.includes(kind))
    throw vaultErrors.KEY_MISSING(`${kind} cannot be made at random: give its bytes`);
  return randomBytes(keyBytes(kind, suite)!);
}
