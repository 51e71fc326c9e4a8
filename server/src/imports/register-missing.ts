/**
 * Decides which series of a file can be taken, and registers the meters and channels the registry does
 * not know, so that a file can be imported into an empty system. A series that cannot be taken is named
 * with its reason; the others of the file go on.
 *
 * The resolution of a new channel is as fine as the values that were seen of its quantity and unit, at
 * least three decimals of the unit.
 */

import type { NemStream } from '@openami/exchange';
import {
  type AccessContext,
  type Commodity,
  type OpenAmiError,
  parseUnit,
  resolutionFor,
} from '@openami/model';
import type { RegistryStore, UpsertResult } from '@openami/store';
import { serverErrors } from '../errors.ts';
import type { LiveDirectory } from '../services/live-directory.ts';
import { keepNemStreams, type NemStreams, nemStreamsIn } from '../services/nem-streams.ts';
import { commodityOf, measures, readingTypeOf, statedCommodity } from '../services/quantity.ts';

/** What of a series decides its channel. */
export interface ImportedSeries {
  readonly device: string;
  readonly quantity: string;
  readonly unit: string;
  readonly intervalS: number;
  readonly readingType?: string;
  readonly stream?: NemStream;
  readonly value: Float64Array;
  readonly length: number;
}

export interface AdmissionOptions {
  readonly registry: RegistryStore;
  readonly directory: LiveDirectory;
  /** What the caller says the meters are. */
  readonly commodity?: Commodity;
  /** What new meters are when neither caller nor file says, where the unit allows it. */
  readonly likely?: Commodity;
  /** Zone of new meters, kept with them until they have a usage point. */
  readonly zone?: string;
  /** Create what is unknown. */
  readonly register: boolean;
  /** Check only. */
  readonly dryRun: boolean;
}

const minDecimals = 3;
const maxDecimals = 9;

interface NewChannel {
  readonly device: string;
  readonly alias: string;
  readonly row: Record<string, unknown>;
  readonly of: ImportedSeries[];
}

type Refusals<S> = Map<S, OpenAmiError>;

/** One import's way into the registry. */
export class Admission {
  readonly #options: AdmissionOptions;
  /** Finest decimals seen by quantity and unit: meters that begin with zeros get those of the others. */
  readonly #decimals = new Map<string, number>();

  constructor(options: AdmissionOptions) {
    this.#options = options;
  }

  /** Registers what is unknown, if told to; returns the series that cannot be taken, each with its reason. */
  async admit<S extends ImportedSeries>(ctx: AccessContext, series: readonly S[]): Promise<Refusals<S>> {
    const refused: Refusals<S> = new Map();
    const unknown: S[] = [];
    for (const one of series) {
      if (one.device === '') continue; // refused row by row as DEVICE_MISSING
      const fault = this.#fault(one);
      if (fault) refused.set(one, fault);
      else if (this.#options.register && !this.#isKnown(one)) unknown.push(one);
    }
    if (unknown.length > 0) await this.#register(ctx, unknown, refused);
    if (this.#options.register && !this.#options.dryRun) await this.#keepStreams(ctx, series);
    return refused;
  }

  async #keepStreams(ctx: AccessContext, series: readonly ImportedSeries[]): Promise<void> {
    const { registry, directory } = this.#options;
    const said = new Map<number, NemStreams>();
    for (const [device, streams] of nemStreamsIn(series)) {
      const meter = directory.memory.meter(device);
      if (meter !== 0) said.set(meter, streams);
    }
    if (said.size > 0) await keepNemStreams(ctx, registry, said);
  }

  #isKnown({ device, quantity, intervalS }: ImportedSeries): boolean {
    const entry = this.#options.directory.memory.find(device, quantity, intervalS);
    return entry !== undefined && entry.channel.intervalS === intervalS;
  }

  #fault(one: ImportedSeries): OpenAmiError | undefined {
    const { device, quantity, unit } = one;
    const wrong = unitFault(one);
    if (wrong) return wrong;
    const meant = this.#options.commodity;
    const stated = statedCommodity(one.readingType ?? quantity) ?? statedCommodity(quantity);
    if (meant && stated && stated !== meant)
      return serverErrors.IMPORT_COMMODITY(`${device}: the file says ${stated}, the import ${meant}`);
    const wanted = meant ?? stated ?? this.#likely(unit);
    const registered = this.#options.directory.commodityOf(device);
    if (registered && wanted && wanted !== registered)
      return serverErrors.IMPORT_COMMODITY(
        `${device} is registered as ${registered} meter, the readings are of ${wanted}`,
      );
    const meter = registered ?? wanted;
    if (meter && !measures(meter, unit))
      return serverErrors.IMPORT_COMMODITY(
        `${device} is a meter of ${meter}, which is not counted in ${unit}`,
      );
    return undefined;
  }

  #likely(unit: string): Commodity | undefined {
    const { likely } = this.#options;
    return likely && measures(likely, unit) ? likely : undefined;
  }

  async #register<S extends ImportedSeries>(
    ctx: AccessContext,
    unknown: readonly S[],
    refused: Refusals<S>,
  ): Promise<void> {
    const { registry, directory, dryRun, zone } = this.#options;
    const { memory } = directory;
    for (const one of unknown) this.#see(one);
    const taken = await this.#aliases(ctx, unknown);
    const meters = new Map<string, Record<string, unknown>>();
    const channels = new Map<string, NewChannel>();
    for (const one of unknown) {
      const { device } = one;
      const commodity = this.#commodityFor(one);
      if (memory.meter(device) === 0 && !meters.has(device))
        meters.set(device, {
          ...{ serial: device, commodity, state: 'active', protocol: 'file' },
          ...(zone ? { attributes: { zone } } : {}),
        });
      const key = `${device}\n${one.quantity}\n${one.intervalS}`;
      const known = channels.get(key);
      if (known) known.of.push(one);
      else channels.set(key, { ...this.#channel(one, commodity, taken), of: [one] });
    }
    const refuse = (of: readonly ImportedSeries[], { code, reason }: { code: string; reason: string }) => {
      for (const one of of) refused.set(one as S, serverErrors.IMPORT_REGISTER(reason, { code }));
    };
    const serials = [...meters.keys()];
    const made = await upsert([...meters.values()], (rows) =>
      registry.meters.upsertMany(ctx, rows, { dryRun }),
    );
    for (const error of made.errors) {
      const serial = serials[error.line];
      refuse(
        unknown.filter((one) => one.device === serial),
        error,
      );
    }
    if (dryRun) return; // channels of meters that are not there cannot be tried
    const wanted = [...channels.values()].filter(({ of }) => !refused.has(of[0] as S));
    const rows = wanted.map(({ row }) => row);
    const added = await upsert(rows, (all) => registry.channels.upsertMany(ctx, all));
    for (const error of added.errors) refuse(wanted[error.line]?.of ?? [], error);
    await directory.refresh();
  }

  /** What a new channel is measured for: the meter it has, or what is said of the new one. */
  #commodityFor({ device, unit, quantity, readingType }: ImportedSeries): Commodity {
    const { directory, commodity } = this.#options;
    const stated = statedCommodity(readingType ?? quantity) ?? statedCommodity(quantity);
    return (
      directory.commodityOf(device) ??
      commodity ??
      stated ??
      this.#likely(unit) ??
      commodityOf(unit, quantity)
    );
  }

  /** Aliases in use by device: a new channel never takes the place of one that is there. */
  async #aliases(ctx: AccessContext, unknown: readonly ImportedSeries[]): Promise<Map<string, Set<string>>> {
    const { registry, directory } = this.#options;
    const devices = new Map<number, string>();
    const taken = new Map<string, Set<string>>();
    for (const { device } of unknown) {
      taken.set(device, new Set());
      const meter = directory.memory.meter(device);
      if (meter !== 0) devices.set(meter, device);
    }
    if (devices.size === 0) return taken;
    for (const { meterId, alias } of await registry.channels.ofMeters(ctx, [...devices.keys()]))
      taken.get(devices.get(meterId) ?? '')?.add(alias);
    return taken;
  }

  #channel(
    one: ImportedSeries,
    commodity: Commodity,
    taken: ReadonlyMap<string, Set<string>>,
  ): Omit<NewChannel, 'of'> {
    const { device, quantity, intervalS } = one;
    const unit = parseUnit(one.unit).symbol;
    const used = taken.get(device)!;
    const alias = freeAlias(quantity, intervalS, used);
    used.add(alias);
    const row = {
      ...{ serial: device, alias, quantityKeys: [quantity], intervalS, unit },
      readingType: one.readingType ?? readingTypeOf(commodity, quantity, unit, intervalS),
      resolution: resolutionFor(unit, this.#decimals.get(decimalsKey(one)) ?? minDecimals),
    };
    return { device, alias, row };
  }

  #see(one: ImportedSeries): void {
    const key = decimalsKey(one);
    const seen = this.#decimals.get(key) ?? minDecimals;
    this.#decimals.set(key, decimalsOf(one.value, one.length, seen));
  }
}

const decimalsKey = ({ quantity, unit }: ImportedSeries): string => `${quantity}\n${unit}`;

function unitFault({ device, quantity, unit }: ImportedSeries): OpenAmiError | undefined {
  if (unit === '') return serverErrors.IMPORT_UNIT(`${device}, ${quantity}: the file says no unit`);
  try {
    parseUnit(unit);
    return undefined;
  } catch (error) {
    return error as OpenAmiError;
  }
}

type Rows = readonly Record<string, unknown>[];

async function upsert(
  rows: Rows,
  store: (rows: Rows) => Promise<UpsertResult>,
): Promise<Pick<UpsertResult, 'errors'>> {
  return rows.length === 0 ? { errors: [] } : store(rows);
}

/** `import`, `import register`, `import 5 min`, …: the first that the meter does not have yet. */
function freeAlias(quantity: string, intervalS: number, used: ReadonlySet<string>): string {
  const length = intervalS % 60 === 0 ? `${intervalS / 60} min` : `${intervalS} s`;
  const plain = intervalS === 0 ? `${quantity} register` : quantity;
  if (!used.has(plain)) return plain;
  const longer = intervalS === 0 ? plain : `${quantity} ${length}`;
  for (let n = 1; ; n++) {
    const alias = n === 1 ? longer : `${longer} (${n})`;
    if (!used.has(alias)) return alias;
  }
}

/** Decimals that write every value exactly, within bounds. */
function decimalsOf(value: Float64Array, length: number, least: number): number {
  let decimals = least;
  for (let row = 0; row < length && decimals < maxDecimals; row++) {
    while (decimals < maxDecimals && Number(value[row]!.toFixed(decimals)) !== value[row]) decimals++;
  }
  return decimals;
}
