/**
 * Compiles a version of a tariff. Everything that is wrong with it is reported with its place, what is wrong
 * and what to do; a version with faults is not used.
 */
import { currencyOf, parseDay, parseDecimal } from '@openami/model';
import { compileSchedule, plainSchedule, type Report } from '../calendar/schedule.ts';
import { above, powerOfTen, ZERO } from '../exact.ts';
import type { ChargeKind, Tariff, TariffVersion } from '../tariff/schema.ts';
import { compileCharge } from './compile-charge.ts';
import { type CompileContext, priceOf } from './compile-context.ts';
import type { CompiledCharge, CompiledNetMetering, CompiledVersion, Scales } from './compiled.ts';

/** Kinds in the order of a bill. Riders and percentages keep the order they are in. */
const order: Readonly<Record<ChargeKind, number>> = {
  ...{ fixed: 0, energy: 1, demand: 2, dynamic: 3, sewer: 3, rebate: 4, rider: 5, percent: 5 },
  ...{ minimum: 7, tax: 8 },
};

/** Day numbers of a version without a start or an end. */
export const FIRST_DAY = -1_000_000;
export const LAST_DAY = 10_000_000;

/** Compiles one version. `path` is its place in the file. */
export function compileVersion(tariff: Tariff, at: number, report: Report): CompiledVersion {
  const version = tariff.versions[at]!;
  const path = `versions[${at}]`;
  const calendar = version.calendar ?? {};
  const schedules = [
    plainSchedule(),
    ...(calendar.schedules ?? []).map((schedule, i) =>
      compileSchedule(schedule, calendar, `${path}.calendar.schedules[${i}]`, report),
    ),
  ];
  const charges = [...version.charges].sort((a, b) => order[a.kind] - order[b.kind]);
  const priceDigits = priceDigitsOf(version);
  const unit = tariff.unit ?? (tariff.commodity === 'water' ? 'm3' : 'kWh');
  const context: CompileContext = {
    ...{ version, unit, charges, schedules, priceDigits, report },
    ...{ demands: [], running: [], dynamic: [], events: [] },
    pathOf: (charge) => `${path}.charges[${version.charges.indexOf(charge)}]`,
  };
  const compiled = charges.map((charge, i) => compileCharge(charge, i, context));
  const { mode = 'half-up', digits } = version.rounding ?? {};
  const amountDigits = digits ?? currencyOf(tariff.currency).digits;
  return {
    ...{ tariff: tariff.id, unit, currency: tariff.currency, zone: tariff.zone, calendar, priceDigits },
    label: version.effectiveFrom === undefined ? tariff.id : `${tariff.id}@${version.effectiveFrom}`,
    fromDay: version.effectiveFrom === undefined ? FIRST_DAY : parseDay(version.effectiveFrom),
    toDay: version.effectiveTo === undefined ? LAST_DAY : parseDay(version.effectiveTo),
    charges: compiled as CompiledCharge[],
    written: charges,
    needs: {
      ...{ schedules, demands: context.demands, running: context.running },
      ...{ dynamic: context.dynamic, events: context.events },
    },
    netMetering: netMeteringOf(version, priceDigits),
    waterBudget: budgetOf(version, path, tariff.commodity, report),
    netting: nettingOf(version),
    digits: amountDigits,
    rounding: mode,
    scales: scalesOf(priceDigits, amountDigits),
  };
}

function scalesOf(priceDigits: number, digits: number): Scales {
  const shift = powerOfTen(Math.abs(digits - priceDigits));
  const [up, down] = digits >= priceDigits ? [shift, 1n] : [1n, shift];
  return { price: powerOfTen(priceDigits), amount: powerOfTen(digits), up, down };
}

function netMeteringOf(version: TariffVersion, priceDigits: number): CompiledNetMetering | undefined {
  const { netMetering } = version;
  if (netMetering === undefined) return undefined;
  const { trueUpPrice = 0, bankScope = 'period', rollover = 'period' } = netMetering;
  const { trueUpMonth = 12, trueUp = 'pay', creditsApply = 'next' } = netMetering;
  return {
    ...{ ...netMetering, bankScope, rollover, trueUpMonth, trueUp, creditsApply },
    trueUpPrice: priceOf(trueUpPrice, priceDigits),
  };
}

/** Kc of a lawn of the cool season, more or less. */
const USUAL_CROP_FACTOR = '0.8';

function budgetOf(
  { waterBudget }: TariffVersion,
  path: string,
  commodity: Tariff['commodity'],
  report: Report,
): CompiledVersion['waterBudget'] {
  if (waterBudget === undefined) return undefined;
  const { litresPerPersonDay, cropFactor = USUAL_CROP_FACTOR } = waterBudget;
  const place = `${path}.waterBudget`;
  if (commodity !== 'water') report(place, 'is for water: take it out');
  const rule = { litresPerPersonDay: parseDecimal(litresPerPersonDay), cropFactor: parseDecimal(cropFactor) };
  if (!above(rule.litresPerPersonDay, ZERO))
    report(`${place}.litresPerPersonDay`, 'must be above 0: write 190');
  if (above(ZERO, rule.cropFactor)) report(`${place}.cropFactor`, 'must not be below 0');
  return rule;
}

function nettingOf({ netMetering }: TariffVersion): CompiledVersion['netting'] {
  if (netMetering === undefined || netMetering.treatment === 'buy-all-sell-all') return 'none';
  return netMetering.netting ?? 'interval';
}

/** Decimals of the prices and amounts of a version. */
function priceDigitsOf(version: TariffVersion): number {
  let most = 0;
  const look = (value: unknown): void => {
    if (Array.isArray(value)) for (const one of value) look(one);
    else if (typeof value === 'number' || typeof value === 'string') most = Math.max(most, decimalsOf(value));
    else if (typeof value === 'object' && value !== null) for (const one of Object.values(value)) look(one);
  };
  for (const charge of version.charges) {
    for (const name of ['price', 'prices', 'monthly', 'amount'] as const)
      if (name in charge) look((charge as Readonly<Record<string, unknown>>)[name]);
    if (charge.kind === 'dynamic') look(charge.block?.price);
  }
  look(version.netMetering?.trueUpPrice);
  return most;
}

function decimalsOf(value: string | number): number {
  let { d } = parseDecimal(value);
  let digits = 0;
  // the denominator divides a power of ten: count the larger of its twos and fives
  while (d > 1n) {
    d = d % 10n === 0n ? d / 10n : d % 2n === 0n ? d / 2n : d / 5n;
    digits++;
  }
  return digits;
}
