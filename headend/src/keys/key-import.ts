/**
 * Import of key files. Rows come from a stream and go, wrapped, into the store; the file itself is never
 * written anywhere. A row is taken whole or not at all, and a bad one costs only itself.
 */
import {
  type AccessContext,
  type KeyKind,
  type KeyState,
  keyKinds,
  type NewKey,
  OpenAmiError,
  type SecuritySuite,
} from '@openami/model';
import { keyRowErrors } from './errors.ts';
import { checkedKey } from './lengths.ts';
import type { KeyWrap } from './rotations.ts';
import type { KeyStore } from './store-types.ts';
import type { KeyVault } from './vault.ts';

/** A row of a key file, as text. Fields: `serial`, `title`, `suite` and the kinds of keys. */
export interface KeyRow {
  readonly line: number;
  readonly fields: Readonly<Record<string, string>>;
  readonly error?: OpenAmiError;
}

export interface KeyImportOptions {
  readonly vault: KeyVault;
  readonly store: KeyStore;
  /** Meters by serial number; unknown ones are absent. */
  readonly metersOf: (ctx: AccessContext, serials: readonly string[]) => Promise<ReadonlyMap<string, number>>;
  /** Suite of rows that name none. */
  readonly suite: SecuritySuite;
  /** How keys are written. Secrets (`lls`, `hls`) are text unless `secretsEncoded`. */
  readonly encoding: 'hex' | 'base64';
  readonly secretsEncoded?: boolean;
  /** Keys of the file are wrapped under this one (RFC 3394). */
  readonly transport?: { readonly key: Uint8Array; readonly keyWrap: KeyWrap };
  /** A meter that has another key: the row is refused, or its key staged and tried at the next session. */
  readonly different: 'reject' | 'stage';
  /** System titles that the file gives, 16 hexadecimal digits. */
  readonly noteTitles?: (
    ctx: AccessContext,
    titles: readonly { readonly meterId: number; readonly title: string }[],
  ) => Promise<void>;
}

export interface KeyReject {
  readonly line: number;
  readonly code: string;
  /** Never holds a key. */
  readonly detail: string;
}

export interface KeyImportResult {
  readonly rows: number;
  readonly added: number;
  readonly staged: number;
  readonly unchanged: number;
  readonly rejected: number;
  /** The first 1,000. */
  readonly rejects: readonly KeyReject[];
}

const batchRows = 500;
const maxRejects = 1000;
const transported: readonly KeyKind[] = ['guek', 'gbek', 'gak', 'kek'];

/**
 * Takes all rows. Errors of the store end it; what was taken before stays, and importing again is harmless.
 */
export async function importKeys(
  ctx: AccessContext,
  rows: AsyncIterable<KeyRow>,
  options: KeyImportOptions,
): Promise<KeyImportResult> {
  const run = new KeyImport(ctx, options);
  let batch: KeyRow[] = [];
  for await (const row of rows) {
    batch.push(row);
    if (batch.length < batchRows) continue;
    await run.take(batch);
    batch = [];
  }
  await run.take(batch);
  return { ...run.counts, rejects: run.rejects };
}

/** A key that the meter has, as far as it matters here. */
interface Known {
  readonly kind: KeyKind;
  readonly version: number;
  readonly state: KeyState;
  readonly bytes: Uint8Array;
}

interface Taken {
  readonly row: KeyRow;
  readonly keys: NewKey[];
  readonly unchanged: number;
}

class KeyImport {
  readonly counts = { rows: 0, added: 0, staged: 0, unchanged: 0, rejected: 0 };
  readonly rejects: KeyReject[] = [];
  readonly #ctx: AccessContext;
  readonly #o: KeyImportOptions;

  constructor(ctx: AccessContext, options: KeyImportOptions) {
    this.#ctx = ctx;
    this.#o = options;
  }

  async take(rows: readonly KeyRow[]): Promise<void> {
    if (rows.length === 0) return;
    const { vault, store, metersOf } = this.#o;
    this.counts.rows += rows.length;
    const serials = rows.flatMap(({ fields }) => (fields.serial ? [fields.serial] : []));
    const meters = await metersOf(this.#ctx, serials);
    const ids = [...new Set(meters.values())];
    const { keys } = await vault.keysOf(this.#ctx, ids);
    const newest = await store.newest(this.#ctx, ids);
    const known = new Map<number, Known[]>(ids.map((id) => [id, []]));
    for (const key of keys) known.get(key.meterId)!.push({ ...key, bytes: key.secret.bytes() });
    const versions = new Map(newest.map(({ meterId, kind, version }) => [`${meterId} ${kind}`, version]));
    const taken: Taken[] = [];
    const titles: { meterId: number; title: string }[] = [];
    for (const row of rows) {
      try {
        if (row.error) throw row.error;
        const meterId = meters.get(row.fields.serial ?? '');
        if (meterId === undefined)
          throw keyRowErrors.KEY_METER_UNKNOWN(row.fields.serial ?? 'no serial number');
        if (row.fields.title !== undefined) titles.push({ meterId, title: titleOf(row.fields.title) });
        taken.push(this.#judge(row, meterId, known.get(meterId)!, versions));
      } catch (error) {
        this.#reject(row, error);
      }
    }
    await this.#store(taken);
    for (const list of known.values()) for (const { bytes } of list) bytes.fill(0);
    if (titles.length > 0) await this.#o.noteTitles?.(this.#ctx, titles);
  }

  /** The new keys of a row; what is decided is known to the rows after it. */
  #judge(row: KeyRow, meterId: number, known: Known[], versions: Map<string, number>): Taken {
    const suite = suiteOf(row.fields.suite, this.#o.suite);
    const fresh: Known[] = [];
    let unchanged = 0;
    for (const kind of keyKinds) {
      const text = row.fields[kind];
      if (text === undefined) continue;
      const bytes = checkedKey(kind, suite, this.#decode(kind, text));
      const same = known.filter((key) => key.kind === kind);
      if (same.some((key) => Buffer.compare(key.bytes, bytes) === 0)) unchanged++;
      else if (same.length === 0) fresh.push({ kind, version: 0, state: 'active', bytes });
      else if (this.#o.different === 'stage' && !same.some(({ state }) => state === 'staged')) {
        fresh.push({ kind, version: 0, state: 'staged', bytes });
      } else throw keyRowErrors.KEY_DIFFERS(`${kind} of ${row.fields.serial}`);
    }
    if (fresh.length + unchanged === 0) throw keyRowErrors.KEY_MALFORMED('the row holds no key');
    const keys = fresh.map((key) => {
      const version = (versions.get(`${meterId} ${key.kind}`) ?? 0) + 1;
      versions.set(`${meterId} ${key.kind}`, version);
      known.push({ ...key, version });
      const { kind, bytes } = key;
      const state = key.state === 'staged' ? 'staged' : 'active';
      return this.#o.vault.sealNew({ meterId, kind, version }, { kind, suite, bytes }, state);
    });
    return { row, keys, unchanged };
  }

  #decode(kind: KeyKind, text: string): Uint8Array {
    const { encoding, secretsEncoded, transport } = this.#o;
    if ((kind === 'lls' || kind === 'hls') && !secretsEncoded) return Buffer.from(text, 'utf8');
    const bytes = encoding === 'hex' ? hexOf(text) : base64Of(text);
    if (bytes === undefined) throw keyRowErrors.KEY_MALFORMED(`${kind} is not ${encoding}`);
    if (transport === undefined || !transported.includes(kind)) return bytes;
    try {
      return transport.keyWrap.unwrap(transport.key, bytes);
    } catch {
      // The cause may quote what it was given.
      throw keyRowErrors.KEY_TRANSPORT(kind);
    }
  }

  /** The batch at once; when somebody else changed a meter meanwhile, row by row. */
  async #store(taken: readonly Taken[]): Promise<void> {
    const { store } = this.#o;
    try {
      await store.add(
        this.#ctx,
        taken.flatMap(({ keys }) => keys),
      );
      for (const each of taken) this.#count(each);
    } catch (error) {
      if (!isConflict(error)) throw error;
      for (const each of taken) {
        try {
          await store.add(this.#ctx, each.keys);
          this.#count(each);
        } catch (rowError) {
          if (!isConflict(rowError)) throw rowError;
          this.#reject(each.row, rowError);
        }
      }
    }
  }

  #count({ keys, unchanged }: Taken): void {
    const staged = keys.filter(({ state }) => state === 'staged').length;
    this.counts.added += keys.length - staged;
    this.counts.staged += staged;
    this.counts.unchanged += unchanged;
  }

  #reject({ line }: KeyRow, error: unknown): void {
    if (!(error instanceof OpenAmiError)) throw error;
    this.counts.rejected++;
    if (this.rejects.length < maxRejects)
      this.rejects.push({ line, code: error.code, detail: error.message });
  }
}

function isConflict(error: unknown): boolean {
  const { code } = error as { code?: string };
  return code === 'ALREADY_EXISTS' || code === 'KEY_STATE' || code === 'STILL_REFERRED_TO';
}

function suiteOf(text: string | undefined, otherwise: SecuritySuite): SecuritySuite {
  if (text === undefined) return otherwise;
  if (!/^[012]$/.test(text)) throw keyRowErrors.KEY_MALFORMED('the suite is not 0, 1 or 2');
  return Number(text) as SecuritySuite;
}

function titleOf(text: string): string {
  const bytes = hexOf(text);
  if (bytes?.length !== 8) throw keyRowErrors.KEY_MALFORMED('the system title is not 8 bytes');
  return Buffer.from(bytes).toString('hex');
}

function hexOf(text: string): Uint8Array | undefined {
  const digits = text.replace(/^0x/i, '').replace(/[\s:-]/g, '');
  if (!/^([0-9a-f]{2})+$/i.test(digits)) return undefined;
  return Buffer.from(digits, 'hex');
}

function base64Of(text: string): Uint8Array | undefined {
  const compact = text.replace(/\s/g, '');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(compact) || compact.length % 4 !== 0) return undefined;
  return Buffer.from(compact, 'base64');
}
