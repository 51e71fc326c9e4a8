/**
 * The part of a tariff with faults that can be read all the same, so that one look says everything that is
 * wrong. What is faulty is taken out, or something harmless stands in for it; `isSure` then tells a fault
 * of what the author wrote from one that only follows from what stands in.
 */
import {
  type Charge,
  type ChargeKind,
  chargeSchemas,
  type Tariff,
  type TariffCalendar,
  type TariffSchedule,
  type TariffVersion,
} from './schema.ts';

export interface ReadablePart {
  readonly tariff: Tariff;
  /** False for what may only follow from another fault. */
  readonly isSure: (path: string) => boolean;
  /** False where the dates of a version cannot be read. */
  readonly hasDates: (version: number) => boolean;
}

type Data = Readonly<Record<string, unknown>>;
type IsFaulty = (path: string) => boolean;

const MOST_VERSIONS = 100;
const MOST_CHARGES = 200;

function isData(value: unknown): value is Data {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const textOf = (value: unknown, other: string): string => (typeof value === 'string' ? value : other);

/** What can be read of data in which places are faulty; undefined where it has no versions. */
export function readablePart(data: unknown, faulty: readonly string[]): ReadablePart | undefined {
  if (!isData(data) || !Array.isArray(data.versions)) return undefined;
  // an id that is wrong or used twice is a name all the same
  const places = faulty.filter((path) => !path.endsWith('.id'));
  const isFaulty: IsFaulty = (path) => places.some((place) => isWithin(place, path));
  const hasUnit = !isFaulty('commodity') && !isFaulty('unit') && typeof data.commodity === 'string';
  const versions = data.versions
    .slice(0, MOST_VERSIONS)
    .map((version, v) => versionPart(isData(version) ? version : {}, `versions[${v}]`, hasUnit, isFaulty));
  const head = {
    ...{ id: textOf(data.id, 'id'), commodity: hasUnit ? data.commodity : 'electricity' },
    ...(hasUnit && data.unit !== undefined && { unit: data.unit }),
    currency: isFaulty('currency') || typeof data.currency !== 'string' ? 'EUR' : data.currency,
    ...(data.zone !== undefined && !isFaulty('zone') && { zone: data.zone }),
  };
  return {
    tariff: { ...head, versions: versions.map(({ version }) => version) } as Tariff,
    isSure: (path) => {
      const [, at, rest = ''] = /^versions\[(\d+)\]\.?(.*)$/.exec(path) ?? [];
      return !isFaulty(path) && (at === undefined || versions[Number(at)]?.isSure(rest) !== false);
    },
    hasDates: (v) => !isFaulty(`versions[${v}].effectiveFrom`) && !isFaulty(`versions[${v}].effectiveTo`),
  };
}

/** True for the path itself and what is below it. */
function isWithin(place: string, path: string): boolean {
  return place === path || place.startsWith(`${path}.`) || place.startsWith(`${path}[`);
}

interface VersionPart {
  readonly version: TariffVersion;
  readonly isSure: (path: string) => boolean;
}

function versionPart(data: Data, path: string, hasUnit: boolean, isFaulty: IsFaulty): VersionPart {
  const kept = Object.fromEntries(
    (['effectiveFrom', 'effectiveTo', 'netMetering', 'waterBudget', 'rounding'] as const).flatMap((name) =>
      data[name] === undefined || isFaulty(`${path}.${name}`) ? [] : [[name, data[name]]],
    ),
  );
  const waterBudget = isFaulty(`${path}.waterBudget`) ? { waterBudget: { litresPerPersonDay: 1 } } : {};
  const { calendar, unread } = calendarPart(data.calendar, `${path}.calendar`, isFaulty);
  const charges = listOf(data.charges)
    .slice(0, MOST_CHARGES)
    .map((charge, c) => chargePart(charge, c, `${path}.charges[${c}]`, isFaulty));
  const named = charges.every(({ isNamed }) => isNamed) && Array.isArray(data.charges);
  const whole = (c: number): boolean => {
    const { charge, isWhole } = charges[c]!;
    const schedule = 'schedule' in charge ? charge.schedule : undefined;
    return hasUnit && isWhole && (unread === 'all' ? schedule === undefined : !unread.has(schedule ?? ''));
  };
  const isSure = (at: string): boolean => {
    if (at === 'charges')
      return (unread === 'all' ? 0 : unread.size) === 0 && charges.every((_, c) => whole(c));
    if (at.startsWith('waterBudget')) return hasUnit;
    if (at === 'netMetering') return named;
    const [, c, rest = ''] = /^charges\[(\d+)\]\.?(.*)$/.exec(at) ?? [];
    if (c === undefined) return true;
    if (/^(demand|billedAs|of)\b/.test(rest)) return named;
    if (rest === 'schedule') return unread !== 'all';
    return rest === 'id' || whole(Number(c));
  };
  const version = { ...kept, ...waterBudget, calendar, charges: charges.map(({ charge }) => charge) };
  return { version: version as TariffVersion, isSure };
}

interface CalendarPart {
  readonly calendar: TariffCalendar;
  /** Ids of schedules that something stands in for; `all` where not even their names are known. */
  readonly unread: ReadonlySet<string> | 'all';
}

function calendarPart(data: unknown, path: string, isFaulty: IsFaulty): CalendarPart {
  if (data === undefined) return { calendar: {}, unread: new Set() };
  if (!isData(data)) return { calendar: {}, unread: 'all' };
  const calendar = Object.fromEntries(
    (['holidays', 'observed', 'seasons', 'events'] as const).flatMap((name) =>
      data[name] === undefined || isFaulty(`${path}.${name}`) ? [] : [[name, data[name]]],
    ),
  );
  // without the rule of the weekend there are no holidays to look at
  if (isFaulty(`${path}.observed`)) delete calendar.holidays;
  const seasons = !isFaulty(`${path}.seasons`);
  const unread = new Set<string>();
  const schedules = listOf(data.schedules).map((schedule, s): TariffSchedule => {
    const place = `${path}.schedules[${s}]`;
    const id = textOf(isData(schedule) ? schedule.id : undefined, `?${s}`);
    if (seasons && !isFaulty(place) && !id.startsWith('?')) return schedule as TariffSchedule;
    unread.add(id);
    return { id, rows: [{ days: ['all'], period: 'all' }] };
  });
  const known = data.schedules === undefined || Array.isArray(data.schedules);
  const named = known && schedules.every(({ id }) => !id.startsWith('?'));
  return { calendar: { ...calendar, schedules } as TariffCalendar, unread: named ? unread : 'all' };
}

interface ChargePart {
  readonly charge: Charge;
  /** Its kind and id are as written. */
  readonly isNamed: boolean;
  readonly isWhole: boolean;
}

/** What a charge of each kind must have. */
const needed: Readonly<Record<ChargeKind, Data>> = {
  ...{ fixed: { price: 0, per: 'day' }, energy: {}, demand: { windowMinutes: 15 } },
  ...{ dynamic: { series: 'series' }, rebate: { event: 'event', price: 0 }, sewer: { price: 0 }, rider: {} },
  ...{ percent: { percent: 0 }, minimum: { amount: 0, per: 'day' }, tax: { percent: 0 } },
};

function chargePart(data: unknown, at: number, path: string, isFaulty: IsFaulty): ChargePart {
  const { kind, id } = isData(data) ? data : {};
  const name = textOf(id, `?${at}`);
  if (!isData(data) || typeof kind !== 'string' || !Object.hasOwn(chargeSchemas, kind)) {
    const charge = { kind: 'fixed', id: name, ...needed.fixed } as Charge;
    return { charge, isNamed: false, isWhole: false };
  }
  const isWhole = !isFaulty(path);
  if (isWhole && name === id) return { charge: data as unknown as Charge, isNamed: true, isWhole };
  const fields = Object.keys(chargeSchemas[kind as ChargeKind].properties).flatMap((field) =>
    data[field] === undefined || isFaulty(`${path}.${field}`) ? [] : [[field, data[field]] as const],
  );
  const read: Data = { ...needed[kind as ChargeKind], ...Object.fromEntries(fields), id: name };
  const priced = ['price', 'prices', 'monthly'].some((field) => field in read);
  const free = ['energy', 'demand', 'rider'].includes(kind) && !priced;
  const charge = (free ? { ...read, price: 0 } : read) as unknown as Charge;
  return { charge, isNamed: name === id, isWhole };
}
