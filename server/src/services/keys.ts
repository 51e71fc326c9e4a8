/** Keys of meters for people: import of key files, check against the meter, settling by hand. */
import { parseKeyFileMapping, readKeyFile } from '@openami/exchange';
import {
  type BusyMeters,
  checkKeysInField,
  checkKeysOnTelegrams,
  dlmsFieldErrors,
  dlmsKeyWrap,
  importKeys,
  type KeyCheck,
  keyRowErrors,
} from '@openami/headend';
import {
  type AccessContext,
  type Clock,
  type Commodity,
  type KeyKind,
  type KeyMove,
  type MeterFacts,
  OpenAmiError,
  type SecuritySuite,
} from '@openami/model';
import type { KeyImportRecord, ReadingStore, RegistryStore } from '@openami/store';
import type { Config } from '../config.ts';
import { serverErrors } from '../errors.ts';
import { parseMappingText } from '../imports/options.ts';
import type { DlmsService } from './dlms.ts';
import type { LiveDirectory } from './live-directory.ts';
import { registeredRows } from './shipment.ts';

export interface KeyServiceOptions {
  readonly config: Config;
  readonly registry: RegistryStore;
  readonly store: ReadingStore;
  readonly dlms: DlmsService;
  readonly directory: Pick<LiveDirectory, 'refresh'>;
  readonly busy: BusyMeters;
  readonly clock: Clock;
}

export interface KeyFileOptions {
  readonly name: string;
  readonly format: 'csv' | 'xml';
  readonly encoding: 'hex' | 'base64';
  readonly suite: SecuritySuite;
  readonly different: 'reject' | 'stage';
  /** Meters that are not known are registered, as of this commodity. */
  readonly register?: Commodity;
  /** JSON of a mapping; what it says goes before the rest. */
  readonly mapping?: string;
  /** Hexadecimal. */
  readonly transportKey?: string;
}

export interface MeterCheck {
  readonly meter: readonly KeyCheck[];
  readonly meterError: OpenAmiError | undefined;
  readonly telegrams: readonly KeyCheck[];
  readonly telegramsLooked: number;
}

const checkMs = 60_000;
/** Of a key file: some 2 million meters. */
const maxKeyFileBytes = 256 * 2 ** 20;
const telegramsLooked = 20;

export class KeyService {
  readonly #o: KeyServiceOptions;

  constructor(options: KeyServiceOptions) {
    this.#o = options;
  }

  /** Takes a key file; what it came to is kept. Raises what ends an import before its first row. */
  async import(
    ctx: AccessContext,
    bytes: AsyncIterable<Uint8Array>,
    options: KeyFileOptions,
  ): Promise<KeyImportRecord> {
    const { registry, dlms } = this.#o;
    const { name, encoding, suite, different, format } = options;
    const mapping =
      options.mapping === undefined ? { format } : parseKeyFileMapping(parseMappingText(options.mapping));
    const { wrapped, secretsEncoded } = mapping;
    const key = options.transportKey === undefined ? undefined : transportKey(options.transportKey);
    const meterIds = new Set<number>();
    const tally = { registered: 0, keyless: 0 };
    const read = readKeyFile(limited(bytes), mapping);
    const { register: commodity } = options;
    const rows = commodity ? registeredRows(ctx, read, { registry, commodity, counts: tally }) : read;
    const answer = await importKeys(ctx, rows, {
      ...{ vault: await dlms.vault(), store: registry.meterKeys, titles: registry.endpoints, different },
      ...{ encoding: mapping.encoding ?? encoding, suite: mapping.suite ?? suite },
      ...(key ? { transport: { key, keyWrap: dlmsKeyWrap } } : {}),
      ...(wrapped === undefined ? {} : { wrapped }),
      ...(secretsEncoded === undefined ? {} : { secretsEncoded }),
      metersOf: async (_, serials) => {
        const found = await registry.meters.idsOf(ctx, serials);
        for (const id of found.values()) meterIds.add(id);
        return found;
      },
    });
    dlms.forget(...meterIds);
    const { rejects, error, ...found } = answer;
    const { registered, keyless } = tally;
    const counts = { ...found, rows: found.rows + keyless, registered };
    if (registered > 0) await this.#o.directory.refresh();
    return registry.keyImports.add(ctx, {
      ...{ name, counts, rejects },
      error: error && { code: error.code, detail: error.message },
    });
  }

  /** Asks the meter, and looks at its last telegrams or the one that is given. */
  async check(ctx: AccessContext, meterId: number, telegram?: string): Promise<MeterCheck> {
    const { registry, store, dlms } = this.#o;
    const facts = (await registry.commands.facts(ctx, [meterId]))[0];
    if (facts === undefined) await registry.meters.get(ctx, meterId);
    const meter = telegram === undefined ? await this.#ask(facts!) : { checks: [], error: undefined };
    const telegrams =
      telegram === undefined
        ? (await store.evidence.frames(ctx, { meters: [meterId], limit: telegramsLooked }))
            .filter(({ source }) => source === 'dlms')
            .map(({ payload }) => Uint8Array.from(payload))
        : [bytesOf(telegram)];
    const [titled] = await registry.endpoints.titles(ctx, { meterIds: [meterId], titles: [] });
    const title = titled && Uint8Array.from(Buffer.from(titled.title, 'hex'));
    await dlms.life.flush();
    // last, and used at once: they are wiped when the keys of the meter may have changed
    const sets = await dlms.field.accesses.setsOf(meterId);
    return {
      ...{ meter: meter.checks, meterError: meter.error, telegramsLooked: telegrams.length },
      telegrams: telegrams.length === 0 ? [] : checkKeysOnTelegrams(telegrams, sets, title),
    };
  }

  async #ask({ meterId, serial, endpoint }: MeterFacts): Promise<{
    checks: readonly KeyCheck[];
    error: OpenAmiError | undefined;
  }> {
    const { config, dlms, busy } = this.#o;
    const refused = (error: OpenAmiError) => ({ checks: [], error });
    if (!config.roles.includes('headend')) return refused(serverErrors.NO_HEADEND());
    if (endpoint === null) return refused(dlmsFieldErrors.DLMS_ENDPOINT(`${serial} has no address`));
    if (!busy.take(meterId)) return refused(dlmsFieldErrors.DLMS_METER_BUSY(serial));
    try {
      const meter = { meterId, serial, endpoint };
      return {
        checks: await checkKeysInField(dlms.field, meter, AbortSignal.timeout(checkMs)),
        error: undefined,
      };
    } catch (error) {
      if (!(error instanceof OpenAmiError) || error.fault === 'ours') throw error;
      return refused(error);
    } finally {
      busy.release(meterId);
    }
  }

  /**
   * Settles a staged key by hand: taken for the one in use, for kinds that no session proves, or given up.
   * Raises KEY_NOT_STAGED.
   */
  async settle(
    ctx: AccessContext,
    meterId: number,
    {
      kind,
      version,
      as,
    }: { readonly kind: string; readonly version: number; readonly as: 'active' | 'retired' },
  ): Promise<void> {
    const { registry, dlms } = this.#o;
    const keys = await registry.meterKeys.list(ctx, { meterIds: [meterId], kinds: [kind as KeyKind] });
    const key = keys.find((one) => one.version === version);
    const running = await registry.rotations.list(ctx, { meterId, state: 'running', limit: 1 });
    if (key?.state !== 'staged' || running.length > 0) {
      throw serverErrors.KEY_NOT_STAGED(
        running.length > 0 ? `rotation ${running[0]!.id} is under way` : `${kind} ${version}`,
      );
    }
    const move = (from: KeyMove['from'], to: KeyMove['to']): KeyMove[] =>
      keys
        .filter(({ state }) => state === from)
        .map((one) => ({ meterId, kind: one.kind, version: one.version, from, to }));
    await registry.meterKeys.move(
      ctx,
      as === 'retired'
        ? move('staged', 'retired')
        : [...move('previous', 'retired'), ...move('active', 'previous'), ...move('staged', 'active')],
    );
    dlms.forget(meterId);
  }

  /** Meters whose keys are too old, or used too much. */
  async overdue(ctx: AccessContext, query: { readonly afterMeterId?: number; readonly limit?: number }) {
    const { registry } = this.#o;
    return registry.meterKeys.ages(ctx, { ...query, before: this.overdueBefore() });
  }

  overdueBefore(): Date {
    const { clock, config } = this.#o;
    return new Date(clock.nowMs() - config.keyMaxAgeDays * 86_400_000);
  }

  get maxAgeDays(): number {
    return this.#o.config.keyMaxAgeDays;
  }
}

/** Raises KEY_FILE_TOO_LARGE. */
export async function* limited(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let length = 0;
  for await (const part of bytes) {
    length += part.length;
    if (length > maxKeyFileBytes) throw keyRowErrors.KEY_FILE_TOO_LARGE(`more than ${maxKeyFileBytes} bytes`);
    yield part;
  }
}

/** Raises KEY_TRANSPORT. */
function transportKey(text: string): Uint8Array {
  const hex = text.replace(/[\s:-]/g, '');
  if (!/^([0-9a-f]{32}|[0-9a-f]{64})$/i.test(hex)) {
    throw keyRowErrors.KEY_TRANSPORT('the transport key is not 16 or 32 bytes in hexadecimal');
  }
  return Uint8Array.from(Buffer.from(hex, 'hex'));
}

/** Raises VALIDATION_FAILED. */
function bytesOf(telegram: string): Uint8Array {
  const hex = telegram.replace(/\s/g, '');
  if (!/^([0-9a-f]{2})+$/i.test(hex)) throw serverErrors.VALIDATION_FAILED('`telegram` is not hexadecimal');
  return Uint8Array.from(Buffer.from(hex, 'hex'));
}
