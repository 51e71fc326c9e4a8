/**
 * Import of key files. Rows come from a stream and go, wrapped, into the store; the file itself is never
 * written anywhere. A row is taken whole or not at all, and a bad one costs only itself.
 */
import {
  type AccessContext,
  type KeyKind,
  type KeyState,
  type KeyStore,
  keyKinds,
  type NewKey,
  OpenAmiError,
  type SecuritySuite,
} from '@openami/model';
import { hexOf } from '@openami/wire';
import { keyRowErrors } from './errors.ts';
import { base64Of, bytesOfKeyHex, titleOf } from './key-text.ts';
import { type MeterTitle, type TitleStore, Titles } from './key-titles.ts';
import { checkedKey } from './lengths.ts';
import type { KeyWrap } from './rotations.ts';
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
  /** Which keys are wrapped; left out, all of `guek`, `gbek`, `gak`, `kek` if there is a transport key. */
  readonly wrapped?: boolean | readonly string[];
  /** A meter that has another key: the row is refused, or its key staged and tried at the next session. */
  readonly different: 'reject' | 'stage';
  /** Where system titles are kept; left out, those of the file are only checked for their form. */
  readonly titles?: TitleStore;
}

export interface KeyReject {
  readonly line: number;
  readonly code: string;
  /**
   * Names fields, and meters that are registered. Nothing else that stands in the file: where columns are
   * mixed up, a key stands in any of them.
   */
  readonly detail: string;
}

export interface KeyImportResult {
  readonly rows: number;
  readonly added: number;
  readonly staged: number;
  readonly unchanged: number;
  /** Meters whose system title was not known before. */
  readonly titles: number;
  readonly rejected: number;
  /** The first 1,000. */
  readonly rejects: readonly KeyReject[];
  /** What made the rest of the file unreadable; what came before it is taken. */
  readonly error: OpenAmiError | null;
}

const batchRows = 500;
const maxRejects = 1000;
/** Rows refused, after which the file is not one of keys, or its mapping is wrong. */
export const maxRefusedRows = 10_000;
/** Longest time that rows are worked on before others have their turn. */
const turnMs = 10;
const transported: readonly string[] = ['guek', 'gbek', 'gak', 'kek'];

/**
 * Takes all rows. Errors of the store end it; what was taken before stays, and importing again is harmless.
 * A file that breaks off after some rows, or has too many that are refused (KEY_FILE_REFUSED), is told in
 * `error` beside what was taken; one that never began raises. Raises KEY_TRANSPORT_MISSING.
 */
export async function importKeys(
  ctx: AccessContext,
  rows: AsyncIterable<KeyRow>,
  options: KeyImportOptions,
): Promise<KeyImportResult> {
  if (options.wrapped && options.transport === undefined) throw keyRowErrors.KEY_TRANSPORT_MISSING();
  const run = new KeyImport(ctx, options);
  const reader = rows[Symbol.asyncIterator]();
  const turns = new Turns();
  let error: OpenAmiError | null = null;
  for (let done = false; !done; ) {
    const batch: KeyRow[] = [];
    while (!done && batch.length < batchRows) {
      try {
        await turns.next();
        const next = await reader.next();
        if (next.done) done = true;
        else batch.push(next.value);
      } catch (fault) {
        if (!(fault instanceof OpenAmiError) || run.counts.rows + batch.length === 0) throw fault;
        error = fault;
        done = true;
      }
    }
    await run.take(batch, turns);
    if (run.counts.rejected > maxRefusedRows) {
      await reader.return?.();
      const { rows: seen, added, staged, unchanged, titles } = run.counts;
      error = keyRowErrors.KEY_FILE_REFUSED(
        `more than ${maxRefusedRows} of the first ${seen} rows were refused; taken before were ` +
          `${added} new, ${staged} staged and ${unchanged} unchanged keys and ${titles} system titles`,
      );
      done = true;
    }
  }
  return { ...run.counts, rejects: run.rejects, error };
}

/** Lets others have their turn: rows that are in memory come without a wait. */
class Turns {
  #sinceMs = performance.now();

  async next(): Promise<void> {
    if (performance.now() - this.#sinceMs < turnMs) return;
    await new Promise((resolve) => setImmediate(resolve));
    this.#sinceMs = performance.now();
  }
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
  readonly title: MeterTitle | undefined;
}

class KeyImport {
  readonly counts = { rows: 0, added: 0, staged: 0, unchanged: 0, titles: 0, rejected: 0 };
  readonly rejects: KeyReject[] = [];
  readonly #ctx: AccessContext;
  readonly #o: KeyImportOptions;

  constructor(ctx: AccessContext, options: KeyImportOptions) {
    this.#ctx = ctx;
    this.#o = options;
  }

  async take(rows: readonly KeyRow[], turns: Turns): Promise<void> {
    if (rows.length === 0) return;
    this.counts.rows += rows.length;
    const serials = rows.flatMap(({ fields }) => (fields.serial ? [fields.serial] : []));
    const meters = serials.length === 0 ? new Map() : await this.#o.metersOf(this.#ctx, serials);
    const titles = new Titles(await this.#titlesOf([...meters.values()], rows));
    const { known, versions } = await this.#knownOf([...new Set([...meters.values(), ...titles.meterIds()])]);
    const taken: Taken[] = [];
    for (const row of rows) {
      await turns.next();
      try {
        if (row.error) throw row.error;
        const { serial, title: text } = row.fields;
        const title = text === undefined ? undefined : titleOf(text);
        const meterId = serial === undefined ? titles.meterOf(title) : meters.get(serial);
        if (meterId === undefined) {
          const named = serial !== undefined ? 'serial' : title !== undefined ? 'title' : undefined;
          throw keyRowErrors.KEY_METER_UNKNOWN(
            named === undefined ? 'neither serial nor title' : `${named}: not of a meter that is registered`,
          );
        }
        const fresh = titles.judge(meterId, title);
        taken.push({ ...this.#judge(row, meterId, known.get(meterId)!, versions), title: fresh });
        titles.take(fresh);
      } catch (error) {
        this.#reject(row, error);
      }
    }
    await this.#store(taken);
    for (const list of known.values()) for (const { bytes } of list) bytes.fill(0);
  }

  /** What meters have so far; without meters nobody is asked, and nothing noted. */
  async #knownOf(ids: readonly number[]): Promise<{
    readonly known: Map<number, Known[]>;
    readonly versions: Map<string, number>;
  }> {
    const known = new Map<number, Known[]>(ids.map((id) => [id, []]));
    if (ids.length === 0) return { known, versions: new Map() };
    const { keys } = await this.#o.vault.keysOf(this.#ctx, ids);
    const newest = await this.#o.store.newest(this.#ctx, ids);
    for (const key of keys) known.get(key.meterId)!.push({ ...key, bytes: key.secret.bytes() });
    const versions = new Map(newest.map(({ meterId, kind, version }) => [`${meterId} ${kind}`, version]));
    return { known, versions };
  }

  async #titlesOf(meterIds: readonly number[], rows: readonly KeyRow[]): Promise<readonly MeterTitle[]> {
    const titles = rows.flatMap(({ fields: { title } }) => {
      const bytes = title === undefined ? undefined : bytesOfKeyHex(title);
      return bytes?.length === 8 ? [hexOf(bytes)] : [];
    });
    if (meterIds.length + titles.length === 0) return [];
    return (await this.#o.titles?.titles(this.#ctx, { meterIds, titles })) ?? [];
  }

  /** The new keys of a row; what is decided is known to the rows after it. */
  #judge(row: KeyRow, meterId: number, known: Known[], versions: Map<string, number>): Omit<Taken, 'title'> {
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
      } else {
        const { serial } = row.fields;
        throw keyRowErrors.KEY_DIFFERS(serial === undefined ? kind : `${kind} of ${serial}`);
      }
    }
    if (fresh.length + unchanged === 0 && row.fields.title === undefined) {
      throw keyRowErrors.KEY_MALFORMED('the row holds no key and no system title');
    }
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
    const { encoding, secretsEncoded, transport, wrapped = true } = this.#o;
    if ((kind === 'lls' || kind === 'hls') && !secretsEncoded) return Buffer.from(text, 'utf8');
    const bytes = encoding === 'hex' ? bytesOfKeyHex(text) : base64Of(text);
    if (bytes === undefined) throw keyRowErrors.KEY_MALFORMED(`${kind} is not ${encoding}`);
    const isWrapped = (wrapped === true ? transported : wrapped || []).includes(kind);
    if (transport === undefined || !isWrapped) return bytes;
    try {
      return transport.keyWrap.unwrap(transport.key, bytes);
    } catch {
      // The cause may quote what it was given.
      throw keyRowErrors.KEY_TRANSPORT(kind);
    }
  }

  /** The batch at once; when somebody else changed a meter meanwhile, row by row. */
  async #store(taken: readonly Taken[]): Promise<void> {
    const stored: Taken[] = [];
    const add = async (part: readonly Taken[]) => {
      await this.#o.store.add(
        this.#ctx,
        part.flatMap(({ keys }) => keys),
      );
      stored.push(...part);
    };
    try {
      await add(taken);
    } catch (error) {
      if (!isConflict(error)) throw error;
      for (const each of taken) {
        try {
          await add([each]);
        } catch (rowError) {
          if (!isConflict(rowError)) throw rowError;
          this.#reject(each.row, rowError);
        }
      }
    }
    for (const each of stored) this.#count(each);
    await this.#noteTitles(stored);
  }

  /** Titles of what was stored; they are no secret, so one that is kept too much does no harm. */
  async #noteTitles(taken: readonly Taken[]): Promise<void> {
    const fresh = taken.flatMap(({ title }) => (title === undefined ? [] : [title]));
    if (fresh.length === 0 || this.#o.titles === undefined) return;
    await this.#o.titles.noteTitles(this.#ctx, fresh);
    this.counts.titles += fresh.length;
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
    if (this.rejects.length >= maxRejects) return;
    // the text of the store may be one of its engine
    const detail = isConflict(error) ? '' : error.message;
    this.rejects.push({ line, code: error.code, detail });
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
