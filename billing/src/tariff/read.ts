/**
 * Reads a tariff from data (a YAML or JSON file, parsed by the caller). Everything that is wrong is said at
 * once, each with its place and what to do, so that a person can mend the file in one go.
 */
import { currencyOf, formatDay, isZone, parseDay } from '@openami/model';
import { monthDay, type Report } from '../calendar/schedule.ts';
import { billingErrors } from '../errors.ts';
import { compileVersion, FIRST_DAY, LAST_DAY } from '../rating/compile.ts';
import type { CompiledVersion } from '../rating/compiled.ts';
import { schemaFaults, type TariffFault } from './faults.ts';
import { type ReadablePart, readablePart } from './readable.ts';
import {
  type ChargeKind,
  type ChargeOf,
  chargeSchemas,
  Tariff,
  type TariffCalendar,
  type TariffVersion,
} from './schema.ts';

/** A tariff whose every version can be rated. */
export interface CompiledTariff {
  readonly tariff: Tariff;
  /** In order of the dates they are in force. */
  readonly versions: readonly CompiledVersion[];
}

const MAX_FAULTS = 50;

/** Reads and compiles a tariff. Raises TARIFF_INVALID with all that is wrong. */
export function readTariff(data: unknown): CompiledTariff {
  const { faults, compiled } = examine(data);
  if (compiled !== undefined && faults.length === 0) return compiled;
  const shown = faults.slice(0, MAX_FAULTS);
  const text = shown.map(({ path, message }) => `${path}: ${message}`).join('; ');
  throw billingErrors.TARIFF_INVALID(text, { faults: shown });
}

/** What is wrong with a tariff; empty when nothing is. */
export function checkTariff(data: unknown): readonly TariffFault[] {
  return examine(data).faults;
}

/**
 * All that is wrong at once: what of a tariff has a fault of shape is left out, and the rest is looked at
 * all the same, first its names and dates, then what its parts say of each other.
 */
function examine(data: unknown): { faults: TariffFault[]; compiled?: CompiledTariff } {
  const faults: TariffFault[] = [];
  const report: Report = (path, message) => {
    if (faults.length < MAX_FAULTS) faults.push({ path, message });
  };
  shapeFaults(data, report);
  const named = partOf(data, faults);
  if (named === undefined) return { faults };
  checkNames(named.tariff, sureOnly(named, report));
  const part = partOf(data, faults);
  if (part === undefined) return { faults };
  const { tariff, hasDates } = part;
  const sure = sureOnly(part, report);
  const versions = tariff.versions.map((_, at) => compileVersion(tariff, at, sure));
  for (const [at, version] of versions.entries())
    checkVersion(tariff.versions[at]!, version, `versions[${at}]`, sure);
  checkDates(versions, hasDates, report);
  const sorted = [...versions].sort((a, b) => a.fromDay - b.fromDay);
  return { faults, compiled: { tariff, versions: sorted } };
}

/** The whole of a tariff that has no faults; nothing where there are more than are said. */
function partOf(data: unknown, faults: readonly TariffFault[]): ReadablePart | undefined {
  if (faults.length === MAX_FAULTS) return undefined;
  if (faults.length > 0)
    return readablePart(
      data,
      faults.map(({ path }) => path),
    );
  return { tariff: data as Tariff, isSure: () => true, hasDates: () => true };
}

function sureOnly({ isSure }: ReadablePart, report: Report): Report {
  return (path, message) => {
    if (isSure(path)) report(path, message);
  };
}

/** Faults of shape. Charges are checked by the schema of their kind, so that messages are about that kind. */
function shapeFaults(data: unknown, report: Report): void {
  schemaFaults(Tariff, data, '', report);
  const versions = (data as { versions?: unknown } | null)?.versions;
  if (!Array.isArray(versions)) return;
  for (const [v, version] of versions.slice(0, 100).entries()) {
    const charges = (version as { charges?: unknown } | null)?.charges;
    if (!Array.isArray(charges)) continue;
    for (const [c, charge] of charges.slice(0, 200).entries()) {
      const path = `versions[${v}].charges[${c}]`;
      const kind = (charge as { kind?: unknown } | null)?.kind;
      if (typeof kind !== 'string' || !Object.hasOwn(chargeSchemas, kind))
        report(`${path}.kind`, `must be one of ${Object.keys(chargeSchemas).join(', ')}`);
      else schemaFaults(chargeSchemas[kind as ChargeKind], charge, path, report);
    }
  }
}

function checkNames(tariff: Tariff, report: Report): void {
  try {
    currencyOf(tariff.currency);
  } catch {
    report('currency', `'${tariff.currency}' is no ISO 4217 code: write EUR or USD`);
  }
  if (tariff.zone !== undefined && !isZone(tariff.zone))
    report('zone', `'${tariff.zone}' is no time zone: write Europe/Berlin or +01:00`);
  for (const [v, version] of tariff.versions.entries()) {
    const path = `versions[${v}]`;
    for (const name of ['effectiveFrom', 'effectiveTo'] as const)
      if (version[name] !== undefined && !isDay(version[name]))
        report(`${path}.${name}`, `${version[name]} is no date: write 2026-01-31`);
    unique(version.charges, `${path}.charges`, report);
    checkCalendar(version.calendar ?? {}, `${path}.calendar`, report);
  }
}

function isDay(text: string): boolean {
  try {
    return Number.isInteger(parseDay(text));
  } catch {
    return false;
  }
}

function unique(list: readonly { readonly id: string }[], path: string, report: Report): void {
  const first = new Map<string, number>();
  for (const [i, { id }] of list.entries()) {
    const before = first.get(id);
    if (id in {}) report(`${path}[${i}].id`, `'${id}' is a word of the program: give another`);
    if (before !== undefined)
      report(`${path}[${i}].id`, `'${id}' is the id of [${before}], too: give another`);
    else first.set(id, i);
  }
}

function checkCalendar(calendar: TariffCalendar, path: string, report: Report): void {
  unique(calendar.seasons ?? [], `${path}.seasons`, report);
  unique(calendar.schedules ?? [], `${path}.schedules`, report);
  for (const [s, season] of (calendar.seasons ?? []).entries())
    for (const [r, range] of season.ranges.entries())
      for (const end of ['from', 'to'] as const)
        if (monthDay(range[end]) === undefined)
          report(
            `${path}.seasons[${s}].ranges[${r}].${end}`,
            `${range[end]} is no day of a year: write 06-30`,
          );
  for (const [i, holiday] of (calendar.holidays ?? []).entries()) {
    const place = `${path}.holidays[${i}]`;
    const { date, easter, month, day, weekday, nth } = holiday;
    const yearly =
      month !== undefined && (day !== undefined) !== (weekday !== undefined && nth !== undefined);
    const forms = [date !== undefined, easter !== undefined, yearly].filter(Boolean).length;
    if (forms !== 1) report(place, 'must have one of: date; month and day; month, weekday and nth; easter');
    if (date !== undefined && !isDay(date)) report(`${place}.date`, `${date} is no date: write 2026-12-25`);
    if (nth === 0) report(`${place}.nth`, 'counts from 1, or from -1 for the last');
    if (holiday.observed === undefined && calendar.observed === undefined)
      report(`${path}.observed`, 'is missing: say what happens to a holiday on a weekend, at least `actual`');
  }
}

/** What only shows once the version is compiled. */
function checkVersion(version: TariffVersion, compiled: CompiledVersion, path: string, report: Report): void {
  const energy = version.charges.filter((charge) => charge.kind === 'energy');
  for (const { id, periods } of compiled.needs.schedules.slice(1)) {
    const charges = energy.filter(({ schedule }) => schedule === id);
    reportUnpriced(charges, periods, `${path}.charges`, report);
  }
  const { netMetering } = version;
  const imported = energy.some(({ flow = 'import' }) => flow === 'import');
  if (netMetering?.treatment === 'net-metering-energy' && !imported)
    report(`${path}.netMetering`, 'needs an energy charge whose energy is banked');
}

/** A period that no charge of a schedule has a price for is most likely forgotten. */
function reportUnpriced(
  charges: readonly ChargeOf<'energy'>[],
  periods: readonly string[],
  path: string,
  report: Report,
): void {
  for (const flow of ['import', 'export']) {
    const of = charges.filter((charge) => (charge.flow ?? 'import') === flow);
    if (of.length === 0) continue;
    const missing = periods.filter((period) =>
      of.every(({ prices }) => prices !== undefined && !Object.hasOwn(prices, period)),
    );
    if (missing.length > 0)
      report(path, `no ${flow} price for ${missing.join(', ')}: add it to the prices, 0 where it is free`);
  }
}

function checkDates(
  versions: readonly CompiledVersion[],
  hasDates: (version: number) => boolean,
  report: Report,
): void {
  for (const [i, version] of versions.entries()) {
    if (!hasDates(i)) continue;
    if (version.toDay <= version.fromDay)
      report(`versions[${i}].effectiveTo`, 'must be later than effectiveFrom');
    for (let k = 0; k < i; k++) {
      const other = versions[k]!;
      if (hasDates(k) && version.fromDay < other.toDay && other.fromDay < version.toDay)
        report(
          `versions[${i}]`,
          `is in force at the same time as versions[${k}] (${datesOf(other)}): end one where one begins`,
        );
    }
  }
}

function datesOf({ fromDay, toDay }: CompiledVersion): string {
  const from = fromDay === FIRST_DAY ? 'ever' : formatDay(fromDay);
  return `${from} to ${toDay === LAST_DAY ? 'ever' : formatDay(toDay)}`;
}
