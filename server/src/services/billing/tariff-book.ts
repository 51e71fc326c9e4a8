/** Tariffs as they are stored, compiled: each until it changes. */
import {
  type CompiledTariff,
  type CompiledVersion,
  readTariff,
  type Tariff,
  type TariffVersion,
} from '@openami/billing';
import { systemAccess } from '@openami/model';
import type {
  RegistryStore,
  TariffHead,
  TariffRecord,
  TariffVersionInput,
  TariffVersionRecord,
} from '@openami/store';
import { serverErrors } from '../../errors.ts';

export interface BookedTariff {
  readonly record: TariffRecord;
  readonly compiled: CompiledTariff;
  /** Number of the stored version that a compiled one is. */
  numberOf(version: CompiledVersion): number;
  /** Undefined where there is no such version. */
  versionOf(number: number): CompiledVersion | undefined;
}

const mostTariffs = 500;

export class TariffBook {
  readonly #registry: Pick<RegistryStore, 'tariffs'>;
  readonly #known = new Map<string, BookedTariff>();

  constructor(registry: Pick<RegistryStore, 'tariffs'>) {
    this.#registry = registry;
  }

  /** Raises NOT_FOUND, TARIFF_INVALID. */
  async of(code: string): Promise<BookedTariff> {
    const { tariff, versions } = await this.#registry.tariffs.get(systemAccess, code);
    const known = this.#known.get(code);
    if (known?.record.version === tariff.version) return known;
    const booked = bookTariff(tariff, versions);
    if (this.#known.size >= mostTariffs) this.#known.clear();
    this.#known.set(code, booked);
    return booked;
  }

  /** Of several codes, by code. */
  async many(codes: Iterable<string>): Promise<ReadonlyMap<string, BookedTariff>> {
    const found = new Map<string, BookedTariff>();
    for (const code of new Set(codes)) found.set(code, await this.of(code));
    return found;
  }
}

/** The whole tariff of stored parts. */
export function documentOf(
  { code, name, commodity, unit, currency, zone }: TariffRecord,
  versions: readonly TariffVersionRecord[],
): Tariff {
  return {
    ...{ id: code, ...(name !== '' && { name }), commodity, unit: unit as NonNullable<Tariff['unit']> },
    ...{ currency, ...(zone !== null && { zone }) },
    versions: versions.map(({ document, effectiveFrom, effectiveTo }) => ({
      ...(document as TariffVersion),
      ...(effectiveFrom !== null && { effectiveFrom }),
      ...(effectiveTo !== null && { effectiveTo }),
    })),
  };
}

function bookTariff(record: TariffRecord, versions: readonly TariffVersionRecord[]): BookedTariff {
  const compiled = readTariff(documentOf(record, versions));
  // compiled versions are in order of time, as stored ones are
  const numbers = versions.map(({ number }) => number);
  return {
    ...{ record, compiled },
    numberOf: (version) => numbers[compiled.versions.indexOf(version)]!,
    versionOf: (number) => compiled.versions[numbers.indexOf(number)],
  };
}

/** A document cut into what is stored: head and versions. Raises TARIFF_INVALID. */
export function storedParts(
  document: unknown,
  note: string,
): { readonly head: TariffHead; readonly versions: TariffVersionInput[] } {
  const compiled = readTariff(document);
  const { id, versions } = compiled.tariff;
  return {
    head: headOf(compiled),
    versions: versions.map((version) => versionParts(id, version, note)),
  };
}

/** What a tariff is apart from its versions. */
export function headOf({ tariff, versions }: CompiledTariff): TariffHead {
  const { id: code, name = '', commodity, currency, zone = null } = tariff;
  return { code, name, commodity, unit: versions[0]!.unit, currency, zone };
}

/** A version as it is stored. */
export function versionParts(
  code: string,
  { effectiveFrom, effectiveTo, ...document }: TariffVersion,
  note: string,
  label?: string,
): TariffVersionInput {
  return {
    label: label ?? (effectiveFrom === undefined ? code : `${code}@${effectiveFrom}`),
    ...{ effectiveFrom: effectiveFrom ?? null, effectiveTo: effectiveTo ?? null, document, note },
  };
}

/** Checks a new version within its tariff. Raises TARIFF_INVALID, TARIFF_HEAD. */
export function requireFits(
  record: TariffRecord,
  versions: readonly TariffVersionRecord[],
  version: Record<string, unknown>,
): TariffVersion {
  const heads = ['commodity', 'unit', 'currency', 'zone', 'id'].filter((name) => name in version);
  if (heads.length > 0) throw serverErrors.TARIFF_HEAD(`${heads.join(', ')}`);
  const given = version as TariffVersion;
  const { effectiveFrom } = given;
  const kept = versions
    .map((one) => {
      const ends =
        typeof effectiveFrom === 'string' &&
        one.effectiveTo === null &&
        (one.effectiveFrom === null || one.effectiveFrom < effectiveFrom);
      return ends ? { ...one, effectiveTo: effectiveFrom } : one;
    })
    .sort((a, b) => ((a.effectiveFrom ?? '') < (b.effectiveFrom ?? '') ? -1 : 1));
  const document = documentOf(record, kept);
  readTariff({ ...document, versions: [...document.versions, given] });
  return given;
}
