/** Records of the Utility Rate Database as tariffs of ours. What would be billed wrongly is refused. */
import { DAY_S, formatDay, OpenAmiError, parseDecimal } from '@openami/model';
import { billingErrors } from '../errors.ts';
import { decimalOf, ONE, plus, times } from '../exact.ts';
import { schemaFaults, type TariffFault } from '../tariff/faults.ts';
import { type MonthHours, monthHourSchedule, monthSeasons, periodsIn } from '../tariff/month-hours.ts';
import type { Charge, ChargeOf, LimitUnit, NetMetering, Tariff, TariffSchedule } from '../tariff/schema.ts';
import { nestedTiers, tierGroups } from '../tariff/tier-groups.ts';
import { type UrdbChoice, urdbRecord } from './records.ts';
import { UrdbRate, type UrdbTierRow } from './schema.ts';

/** What a record does not say, or says otherwise than wanted. */
export interface UrdbOptions extends UrdbChoice {
  /** Drops the dates of the record: to rate a year of one's own. */
  readonly ignoreDates?: boolean;
  /** In place of one made of the label. */
  readonly id?: string;
  /** Of the hours of its schedules; a record has none. */
  readonly zone?: string;
  readonly commodity?: Tariff['commodity'];
}

/** Larger limits are without end. */
const ENDLESS = 1e13;
/** Of demand, where a record does not say. */
export const DEFAULT_WINDOW_MINUTES = 15;

/** The tariff of a record. Raises TARIFF_FORMAT with all that is wrong, and URDB_RECORDS. */
export function urdbTariff(data: unknown, options: UrdbOptions = {}): Tariff {
  const { record, path } = urdbRecord(data, options);
  const faults: TariffFault[] = [];
  schemaFaults(UrdbRate, record, '', (at, message) =>
    faults.push({ path: at === 'tariff' ? '' : at, message }),
  );
  const tariff = faults.length > 0 ? undefined : convert(record as UrdbRate, options, faults);
  if (tariff !== undefined) return tariff;
  const placed = faults.map((fault) => ({ ...fault, path: [path, fault.path].filter(Boolean).join('.') }));
  const text = placed.slice(0, 10).map((fault) => `${fault.path}: ${fault.message}`);
  throw billingErrors.TARIFF_FORMAT(text.join('; '), { faults: placed });
}

function convert(record: UrdbRate, options: UrdbOptions, faults: TariffFault[]): Tariff | undefined {
  const schedules: TariffSchedule[] = [];
  const parts = [fixedCharges, energyCharges, demandCharges, minimumCharges] as const;
  const charges = parts.flatMap((part): Charge[] => told(() => part(record, schedules), faults) ?? []);
  const net = told(() => netMeteringOf(record), faults);
  if (faults.length === 0 && charges.length === 0)
    faults.push({ path: '', message: 'the record has no charges: write the tariff by hand' });
  if (faults.length > 0) return undefined;
  const name = [record.utility, record.name].filter(Boolean).join(': ').slice(0, 200);
  return {
    id: options.id ?? idOf(record.label ?? record.name ?? 'urdb'),
    ...(name !== '' && { name }),
    ...{ commodity: options.commodity ?? 'electricity', unit: 'kWh', currency: 'USD' },
    ...(options.zone !== undefined && { zone: options.zone }),
    ...(record.uri && { source: record.uri.slice(0, 500) }),
    versions: [
      {
        ...(options.ignoreDates ? {} : datesOf(record)),
        calendar: { seasons: monthSeasons(), schedules },
        charges: charges.map(named),
        ...(net?.netMetering && { netMetering: net.netMetering }),
      },
    ],
  };
}

/** What a bill calls the charges, by their ids without the numbers behind them. */
const names: Readonly<Record<string, string>> = {
  ...{ fixed: 'Fixed charge', 'energy-import': 'Energy', 'energy-export': 'Energy fed in' },
  ...{ 'fuel-adjustment': 'Fuel adjustment', demand: 'Demand', 'tou-demand': 'Demand by time' },
  ...{ 'demand-of-limits': 'Demand of limits', 'reactive-demand': 'Reactive demand' },
  ...{ 'coincident-demand': 'Demand at peaks of the system', minimum: 'Minimum' },
  ...{ 'annual-minimum': 'Minimum of the year' },
};

function named<C extends Charge>(charge: C): C {
  const name = names[charge.id.replace(/-p?\d+$/, '')];
  return name === undefined ? charge : { ...charge, name };
}

/** What `work` gives; what it refuses becomes a fault, once. */
function told<T>(work: () => T, faults: TariffFault[]): T | undefined {
  try {
    return work();
  } catch (error) {
    const fault = error instanceof OpenAmiError && (error.data.fault as TariffFault | undefined);
    if (!fault) throw error;
    if (!faults.some(({ path }) => path === fault.path)) faults.push(fault);
    return undefined;
  }
}

/** The refusal of a field. */
function refused(path: string, message: string): Error {
  return billingErrors.TARIFF_FORMAT(`${path}: ${message}`, { fault: { path, message } });
}

function idOf(text: string): string {
  const id = text.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[^A-Za-z0-9]+/, '');
  return id.slice(0, 64) || 'urdb';
}

/** The end date is the last day. */
function datesOf({ startdate, enddate }: UrdbRate): { effectiveFrom?: string; effectiveTo?: string } {
  return {
    ...(startdate !== undefined && { effectiveFrom: formatDay(Math.floor(startdate / DAY_S)) }),
    ...(enddate !== undefined && { effectiveTo: formatDay(Math.floor(enddate / DAY_S) + 1) }),
  };
}

const units: Readonly<Record<string, 'day' | 'month' | 'year'>> = {
  ...{ '$/day': 'day', '$/month': 'month', '$/year': 'year' },
};

function perOf(unit: string | undefined, field: string): 'day' | 'month' | 'year' {
  const per = units[unit ?? '$/month'];
  if (per !== undefined) return per;
  throw refused(field, `'${unit}' is none of ${Object.keys(units).join(', ')}`);
}

function fixedCharges(record: UrdbRate): Charge[] {
  const { fixedchargefirstmeter: first, fixedmonthlycharge: monthly } = record;
  if (first)
    return [
      { kind: 'fixed', id: 'fixed', price: first, per: perOf(record.fixedchargeunits, 'fixedchargeunits') },
    ];
  return monthly ? [{ kind: 'fixed', id: 'fixed', price: monthly, per: 'month' }] : [];
}

function minimumCharges(record: UrdbRate): Charge[] {
  const charges: Charge[] = [];
  const { mincharge, minmonthlycharge, annualmincharge } = record;
  const per = perOf(record.minchargeunits, 'minchargeunits');
  if (mincharge) charges.push({ kind: 'minimum', id: 'minimum', amount: mincharge, per });
  else if (minmonthlycharge)
    charges.push({ kind: 'minimum', id: 'minimum', amount: minmonthlycharge, per: 'month' });
  if (annualmincharge)
    charges.push({ kind: 'minimum', id: 'annual-minimum', amount: annualmincharge, per: 'year' });
  return charges;
}

const periodName = (period: number): string => `p${period}`;

const limitWords: Readonly<Record<string, LimitUnit>> = {
  ...{ kwh: 'unit', 'kwh daily': 'daily', 'kwh/kw': 'per-kW', 'kwh/kw daily': 'per-kW-daily' },
};

const energyTiers = (rows: readonly UrdbTierRow[]) =>
  nestedTiers(rows, (row) => ({ upTo: isEndless(row.max) ? undefined : row.max, unit: unitOf(row) }));

function unitOf(row: UrdbTierRow): LimitUnit {
  const text = (row.unit ?? 'kWh').toLowerCase();
  const unit = limitWords[text];
  if (unit !== undefined) return unit;
  throw refused('energyratestructure', `the unit '${row.unit}' is not known`);
}

/** True for a limit that ends nothing. */
export function isEndless(max: number | undefined): boolean {
  return max === undefined || max >= ENDLESS;
}

/** rate + adj, exactly. */
function priceOf({ rate = 0, adj = 0 }: UrdbTierRow): string {
  return decimalOf(plus(parseDecimal(rate), parseDecimal(adj)), 20);
}

/** Rows of a structure by the periods a schedule uses. */
function usedPeriods(
  structure: readonly (readonly UrdbTierRow[])[],
  schedules: readonly MonthHours[],
  field: string,
): [number, readonly UrdbTierRow[]][] {
  return periodsIn(...schedules).map((period) => {
    const rows = structure[period];
    if (rows !== undefined) return [period, rows];
    throw refused(field, `has no period ${period}, which its schedule uses`);
  });
}

const FLAT: MonthHours = Array.from({ length: 12 }, () => new Array<number>(24).fill(0));

function energyCharges(record: UrdbRate, schedules: TariffSchedule[]): Charge[] {
  const { energyratestructure: structure, energyweekdayschedule: weekday = FLAT } = record;
  const charges: Charge[] = [];
  if (structure !== undefined && structure.length > 0) {
    const weekend = record.energyweekendschedule ?? weekday;
    schedules.push(monthHourSchedule('energy', weekday, weekend, periodName));
    const used = usedPeriods(structure, [weekday, weekend], 'energyratestructure');
    const groups = tierGroups(used.map(([period, rows]) => [period, energyTiers(rows)] as const));
    const sells = used.some(([, rows]) => rows.some(({ sell }) => sell));
    const exported = netMeteringOf(record).exported && sells;
    for (const flow of exported ? (['import', 'export'] as const) : (['import'] as const)) {
      for (const [g, { tiers, periods }] of groups.entries()) {
        const price = flow === 'import' ? priceOf : ({ sell = 0 }: UrdbTierRow) => String(fractionText(sell));
        const perKw = tiers.some(({ unit }) => unit?.startsWith('per-kW'));
        charges.push({
          ...{ kind: 'energy', id: g === 0 ? `energy-${flow}` : `energy-${flow}-${g + 1}`, flow },
          ...{ schedule: 'energy', tiers: [...tiers], ...(perKw && { demand: DEMAND_BASE }) },
          prices: Object.fromEntries(
            [...periods].map(([period, list]) => [periodName(period), list.map(price)]),
          ),
        });
        if (perKw && !charges.some(({ id }) => id === DEMAND_BASE))
          charges.push({ kind: 'demand', id: DEMAND_BASE, price: 0, ...demandBase(record) });
      }
    }
  }
  const monthly = record.fueladjustmentsmonthly;
  if (monthly?.some((value) => value !== 0)) charges.push({ kind: 'rider', id: 'fuel-adjustment', monthly });
  return charges;
}

/** The demand that limits per kW go by. */
const DEMAND_BASE = 'demand-of-limits';

function fractionText(value: number): string {
  return decimalOf(parseDecimal(value), 20);
}

function windowOf({ demandwindow }: UrdbRate): number {
  return demandwindow !== undefined && demandwindow >= 1 ? Math.round(demandwindow) : DEFAULT_WINDOW_MINUTES;
}

function demandUnit(text: string | undefined, field: string): 'kW' | 'kVA' {
  const unit = text ?? 'kW';
  if (unit === 'kW' || unit === 'kVA') return unit;
  throw refused(field, `'${unit}' is not followed; kW and kVA are`);
}

const demandTiers = (rows: readonly UrdbTierRow[]) =>
  nestedTiers(rows, ({ max }) => ({ upTo: isEndless(max) ? undefined : max, unit: 'unit' }));

/** Ratchets: a share a month, which older records write in percent, or a look-back. */
function ratchetOf(record: UrdbRate): ChargeOf<'demand'>['ratchet'] {
  const { demandratchetpercentage: shares, lookbackpercent: percent } = record;
  if (percent && percent > 0) {
    const fraction = fractionText(percent > 1 ? percent / 100 : percent);
    const flagged = (record.lookbackmonths ?? []).flatMap((flag, i) => (flag ? [i + 1] : []));
    if (record.lookbackrange) return { fraction, lookBackMonths: record.lookbackrange };
    return flagged.length === 0 ? undefined : { fraction, lookBackMonths: 12, months: flagged };
  }
  if (!shares?.some((share) => share > 0)) return undefined;
  const scale = shares.some((share) => share > 1) ? { n: 1n, d: 100n } : ONE;
  return {
    fraction: shares.map((share) => decimalOf(times(parseDecimal(share), scale), 20)),
    lookBackMonths: 11,
  };
}

function demandCharges(record: UrdbRate, schedules: TariffSchedule[]): Charge[] {
  const base = demandBase(record);
  const { windowMinutes } = base;
  return [
    ...flatDemand(record, base),
    ...touDemand(record, schedules, base),
    ...coincidentDemand(record, schedules, windowMinutes),
    ...(record.demandreactivepowercharge
      ? [
          {
            ...{ kind: 'demand' as const, id: 'reactive-demand', unit: 'kvar' as const, windowMinutes },
            price: record.demandreactivepowercharge,
          },
        ]
      : []),
  ];
}

type DemandBase = Pick<ChargeOf<'demand'>, 'windowMinutes' | 'ratchet'>;

function demandBase(record: UrdbRate): DemandBase {
  const ratchet = ratchetOf(record);
  return { windowMinutes: windowOf(record), ...(ratchet && { ratchet }) };
}

/** The peak is one charge without a price, so that a ratchet looks back over months of all prices. */
function flatDemand(record: UrdbRate, base: DemandBase): Charge[] {
  const { flatdemandstructure: structure, flatdemandmonths: months = new Array<number>(12).fill(0) } = record;
  if (structure === undefined || structure.length === 0) return [];
  const unit = demandUnit(record.flatdemandunit, 'flatdemandunit');
  const peak: ChargeOf<'demand'> = { ...{ kind: 'demand', id: 'demand', unit, price: 0 }, ...base };
  const used = usedPeriods(structure, [months.map((period) => [period])], 'flatdemandstructure');
  const charges: Charge[] = [];
  for (const [period, rows] of used) {
    if (rows.every(({ rate, adj }) => !rate && !adj)) continue;
    const { tiers } = demandTiers(rows);
    charges.push({
      ...{ kind: 'demand', id: `demand-${periodName(period)}`, unit, windowMinutes: base.windowMinutes },
      months: months.flatMap((of, i) => (of === period ? [i + 1] : [])),
      ...{ price: rows.map(priceOf), tiers, billedAs: 'demand' },
    });
  }
  return charges.length === 0 ? [] : [peak, ...charges];
}

function touDemand(record: UrdbRate, schedules: TariffSchedule[], base: DemandBase): Charge[] {
  const { demandratestructure: structure, demandweekdayschedule: weekday } = record;
  if (structure === undefined || structure.length === 0 || weekday === undefined) return [];
  if (structure.flat().every(({ rate, adj }) => !rate && !adj)) return [];
  const unit = demandUnit(record.demandrateunit, 'demandrateunit');
  const weekend = record.demandweekendschedule ?? weekday;
  schedules.push(monthHourSchedule('demand', weekday, weekend, periodName));
  const used = usedPeriods(structure, [weekday, weekend], 'demandratestructure');
  const priced = used.filter(([, rows]) => rows.some(({ rate, adj }) => rate || adj));
  return tierGroups(priced.map(([period, rows]) => [period, demandTiers(rows)] as const)).map(
    ({ tiers, periods }, g): Charge => ({
      ...{ kind: 'demand', id: g === 0 ? 'tou-demand' : `tou-demand-${g + 1}`, unit, ...base },
      ...{ schedule: 'demand', tiers: [...tiers] },
      prices: Object.fromEntries(
        [...periods].map(([period, rows]) => [periodName(period), rows.map(priceOf)]),
      ),
    }),
  );
}

/** Demand at the peaks of the system, whose hours are given when a bill is rated: event `coincident-peak`. */
function coincidentDemand(record: UrdbRate, schedules: TariffSchedule[], windowMinutes: number): Charge[] {
  const { coincidentratestructure: structure, coincidentrateschedule: hours } = record;
  if (structure === undefined || structure.length === 0) return [];
  const unit = demandUnit(record.coincidentrateunit, 'coincidentrateunit');
  const table = hours ?? FLAT;
  schedules.push(monthHourSchedule('coincident', table, table, periodName));
  const used = usedPeriods(structure, [table], 'coincidentratestructure');
  return tierGroups(used.map(([period, rows]) => [period, demandTiers(rows)] as const)).map(
    ({ tiers, periods }, g): Charge => ({
      ...{
        kind: 'demand',
        id: g === 0 ? 'coincident-demand' : `coincident-demand-${g + 1}`,
        unit,
        windowMinutes,
      },
      ...{ event: 'coincident-peak', schedule: 'coincident', tiers: [...tiers] },
      prices: Object.fromEntries(
        [...periods].map(([period, rows]) => [periodName(period), rows.map(priceOf)]),
      ),
    }),
  );
}

/** `exported`: what is fed in has a price of its own. */
function netMeteringOf({ dgrules }: UrdbRate): { netMetering?: NetMetering; exported: boolean } {
  switch (dgrules) {
    case undefined:
    case '':
      return { exported: false };
    case 'Net Metering':
      return { netMetering: { treatment: 'net-metering-energy' }, exported: false };
    case 'Net Billing Instantaneous':
      return { netMetering: { treatment: 'net-billing', netting: 'interval' }, exported: true };
    case 'Net Billing Hourly':
      return { netMetering: { treatment: 'net-billing', netting: 'hour' }, exported: true };
    case 'Buy All Sell All':
      return { netMetering: { treatment: 'buy-all-sell-all' }, exported: true };
    default:
      throw refused('dgrules', `'${dgrules}' is not known`);
  }
}
