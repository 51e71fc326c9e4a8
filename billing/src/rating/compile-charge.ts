/** Compiles one charge of each kind, and reports what is wrong with it. */
import { parseDecimal } from '@openami/model';
import type { DynamicNeed } from '../determinants/determinants.ts';
import { above, type Fraction, ONE, ZERO } from '../exact.ts';
import type { Charge, ChargeKind, ChargeOf, TariffTier } from '../tariff/schema.ts';
import { checkLimits } from './check-tiers.ts';
import { type CompileContext, priceOf } from './compile-context.ts';
import type {
  CompiledCharge,
  CompiledDemand,
  CompiledEnergy,
  CompiledRatchet,
  CompiledSewer,
  CompiledTier,
  PriceTable,
} from './compiled.ts';

/** Compiles a charge. `at` is its index in the order of a bill. */
export function compileCharge(charge: Charge, at: number, context: CompileContext): CompiledCharge {
  const { priceDigits } = context;
  const common = { id: charge.id, name: charge.name ?? charge.id };
  const months = 'months' in charge ? monthsOf(charge.months) : undefined;
  switch (charge.kind) {
    case 'fixed': {
      const { per, prorate = true } = charge;
      return { ...common, kind: 'fixed', months, per, prorate, price: priceOf(charge.price, priceDigits) };
    }
    case 'energy':
      return energyOf(charge, at, context, { ...common, months });
    case 'demand':
      return demandOf(charge, context, { ...common, months });
    case 'dynamic': {
      const { flow = 'import', factor = 1, adder = 0 } = charge;
      const need = context.dynamic.push(dynamicNeed(charge, context)) - 1;
      const exact = { factor: parseDecimal(factor), adder: parseDecimal(adder) };
      const blockPrice = priceOf(charge.block?.price ?? 0, priceDigits);
      return { ...common, kind: 'dynamic', months, flow, need, ...exact, blockPrice };
    }
    case 'rebate': {
      const { event, baseline: method = 'ten-of-ten' } = charge;
      const known = context.events.findIndex((one) => one.event === event && one.method === method);
      const need = known >= 0 ? known : context.events.push({ event, method }) - 1;
      const price = priceOf(charge.price, priceDigits);
      return { ...common, kind: 'rebate', months, event, need, price };
    }
    case 'sewer':
      return sewerOf(charge, context, { ...common, months });
    case 'rider':
      return riderOf(charge, context, { ...common, months });
    case 'percent':
    case 'tax': {
      const of = ofSet(charge, at, context);
      const percent = parseDecimal(charge.percent);
      if (charge.kind === 'tax' && (percent.n < LEAST_TAX * percent.d || percent.n > MOST_TAX * percent.d))
        context.report(`${context.pathOf(charge)}.percent`, `a tax is from ${LEAST_TAX} to ${MOST_TAX} %`);
      return { ...common, kind: charge.kind, months, percent, of };
    }
    case 'minimum': {
      const amount = priceOf(charge.amount, priceDigits);
      return { ...common, kind: 'minimum', months, amount, per: charge.per, of: ofSet(charge, at, context) };
    }
  }
}

/** Percent: what is above is a typing error. */
const MOST_TAX = 1_000n;
/** A relief is of the whole at most. */
const LEAST_TAX = -100n;

type Common = Pick<CompiledEnergy, 'id' | 'name' | 'months'>;

function dynamicNeed(charge: ChargeOf<'dynamic'>, { pathOf, report, unit }: CompileContext): DynamicNeed {
  const { flow = 'import', series, block } = charge;
  if (block === undefined) return { flow, series };
  const path = `${pathOf(charge)}.block`;
  const kW = parseDecimal(block.kW);
  if (flow === 'export') report(path, 'is of what is drawn: leave it out where energy is fed in');
  if (unit !== 'kWh' && unit !== 'MWh') report(path, `is of energy, the tariff bills ${unit}: leave it out`);
  if (!above(kW, ZERO)) report(`${path}.kW`, 'must be above 0, or leave the block out');
  return { flow, series, block: { kW, credited: block.unused !== 'not-billed' } };
}

function sewerOf(
  charge: ChargeOf<'sewer'>,
  { pathOf, report, unit, priceDigits }: CompileContext,
  common: Common,
): CompiledSewer {
  const path = pathOf(charge);
  const { share = 1, winterMonths, usualPerDay } = charge;
  const exact = parseDecimal(share);
  if (unit !== 'm3') report(path, `is of water in m3, the tariff bills ${unit}: take it out`);
  if (!above(exact, ZERO) || above(exact, ONE)) report(`${path}.share`, 'must be above 0 and at most 1');
  if (winterMonths === undefined && usualPerDay !== undefined)
    report(`${path}.usualPerDay`, 'stands for a winter that is not known yet: say `winterMonths`, too');
  if (new Set(winterMonths).size === 12)
    report(`${path}.winterMonths`, 'holds every month: leave it out to charge all that is used');
  return {
    ...{ ...common, kind: 'sewer', share: exact, winter: monthsOf(winterMonths) },
    price: priceOf(charge.price, priceDigits),
    usualPerDay: usualPerDay === undefined ? undefined : parseDecimal(usualPerDay),
  };
}

function monthsOf(months: readonly number[] | undefined): readonly boolean[] | undefined {
  if (months === undefined) return undefined;
  return Array.from({ length: 12 }, (_, i) => months.includes(i + 1));
}

function energyOf(
  charge: ChargeOf<'energy'>,
  at: number,
  context: CompileContext,
  common: Common,
): CompiledEnergy {
  const path = context.pathOf(charge);
  const { flow = 'import', method = 'proportional', standardDays } = charge;
  const { schedule, tiers, prices, ids } = pricedOf(charge, context);
  const perKw = tiers.some(({ limits }) => limits.some(({ unit }) => unit.startsWith('per-kW')));
  let demand = -1;
  if (charge.demand !== undefined) demand = chargeIndex(charge.demand, 'demand', `${path}.demand`, context);
  else if (perKw)
    context.report(`${path}.demand`, 'is missing: limits per kW need the id of a demand charge');
  if (method === 'running' && perKw)
    context.report(`${path}.method`, 'running tiers cannot have limits per kW: use proportional');
  const banked = context.version.netMetering?.treatment.startsWith('net-metering') === true;
  if (method === 'running' && banked)
    context.report(`${path}.method`, 'running tiers do not go with net metering: use proportional');
  const running = method === 'running' ? context.running.push(at) - 1 : -1;
  return {
    ...{
      ...common,
      kind: 'energy',
      flow,
      schedule,
      prices,
      ids,
      tiers,
      method,
      running,
      standardDays,
      demand,
    },
  };
}

function demandOf(charge: ChargeOf<'demand'>, context: CompileContext, common: Common): CompiledDemand {
  const path = context.pathOf(charge);
  const { unit = 'kW', flow = 'import', windowMinutes, rollingMinutes = 0, straddle = false } = charge;
  const { estimatedCanPeak = true, event, minimum = 0, prorate = true, powerFactor } = charge;
  if (rollingMinutes > 0 && windowMinutes % rollingMinutes !== 0)
    context.report(`${path}.rollingMinutes`, `must divide the window of ${windowMinutes} min`);
  const { schedule, tiers, prices, ids } = pricedOf(charge, context);
  const perUnit = tiers.every(({ limits }) => limits.every((limit) => limit.unit === 'unit'));
  if (!perUnit)
    context.report(`${path}.tiers`, 'limits of a demand charge are in its own unit: leave out `unit`');
  const billedAs =
    charge.billedAs === undefined ? -1 : chargeIndex(charge.billedAs, 'demand', `${path}.billedAs`, context);
  const need =
    context.demands.push({
      ...{ schedule, unit, flow, straddle, estimatedCanPeak, event },
      ...{ windowS: windowMinutes * 60, rollingS: rollingMinutes * 60 },
    }) - 1;
  return {
    ...{ ...common, kind: 'demand', unit, need, schedule, prices, ids, tiers, prorate, billedAs },
    ratchet: ratchetOf(charge.ratchet),
    minimum: parseDecimal(minimum),
    powerFactor: powerFactor === undefined ? undefined : parseDecimal(powerFactor.target),
  };
}

function ratchetOf(ratchet: ChargeOf<'demand'>['ratchet']): CompiledRatchet | undefined {
  if (ratchet === undefined) return undefined;
  const { fraction, lookBackMonths, months, actualMonths } = ratchet;
  const counts = monthsOf(months);
  return {
    lookBackMonths,
    fractions: Array.from({ length: 12 }, (_, month): Fraction => {
      if (counts !== undefined && !counts[month]) return ZERO;
      return parseDecimal(Array.isArray(fraction) ? fraction[month]! : fraction);
    }),
    actual: Array.from({ length: 12 }, (_, month) => actualMonths?.includes(month + 1) ?? true),
  };
}

function riderOf(charge: ChargeOf<'rider'>, context: CompileContext, common: Common): CompiledCharge {
  const path = context.pathOf(charge);
  const { flow = 'import', price, monthly } = charge;
  if ((price === undefined) === (monthly === undefined))
    context.report(path, 'must have either one price or twelve in `monthly`');
  const prices = (monthly ?? new Array<string | number>(12).fill(price ?? 0)).map((one) =>
    priceOf(one, context.priceDigits),
  );
  const demand =
    charge.demand === undefined ? -1 : chargeIndex(charge.demand, 'demand', `${path}.demand`, context);
  return { ...common, kind: 'rider', flow, prices, demand };
}

function ofSet(
  charge: ChargeOf<'percent' | 'tax' | 'minimum'>,
  at: number,
  context: CompileContext,
): ReadonlySet<string> | undefined {
  if (charge.of === undefined) return undefined;
  for (const [i, id] of charge.of.entries()) {
    const found = context.charges.findIndex((other) => other.id === id);
    const place = `${context.pathOf(charge)}.of[${i}]`;
    if (found < 0) context.report(place, `there is no charge '${id}'`);
    else if (charge.kind === 'percent' && isExport(context.charges[found]!))
      context.report(
        place,
        `'${id}' is credited after percentages are worked out: name charges of what is drawn`,
      );
    else if (found >= at)
      context.report(place, `'${id}' comes after this charge in a bill and cannot be in it`);
  }
  return new Set(charge.of);
}

function isExport(charge: Charge): boolean {
  return charge.kind === 'energy' && charge.flow === 'export';
}

function chargeIndex(
  id: string,
  kind: ChargeKind,
  path: string,
  { charges, report }: CompileContext,
): number {
  const found = charges.findIndex((other) => other.id === id && other.kind === kind);
  if (found < 0) {
    const known = charges.filter((other) => other.kind === kind).map((other) => other.id);
    report(path, `there is no ${kind} charge '${id}'; there is ${known.join(', ') || 'none'}`);
  }
  return found;
}

interface Priced {
  readonly schedule: number;
  readonly tiers: readonly CompiledTier[];
  readonly prices: PriceTable;
  readonly ids: readonly (readonly string[])[];
}

/** Schedule, tiers and prices of an energy or demand charge. */
function pricedOf(charge: ChargeOf<'energy' | 'demand'>, context: CompileContext): Priced {
  const path = context.pathOf(charge);
  const { schedules, priceDigits, report } = context;
  let schedule = 0;
  if (charge.schedule !== undefined) {
    schedule = schedules.findIndex(({ id }) => id === charge.schedule);
    if (schedule < 1) {
      const known = schedules.slice(1).map(({ id }) => id);
      report(
        `${path}.schedule`,
        `there is no schedule '${charge.schedule}'; there is ${known.join(', ') || 'none'}`,
      );
      schedule = 0;
    }
  }
  const periods = schedules[schedule]!.periods;
  const tiers = tiersOf(charge.tiers, path, context);
  const { price, prices } = charge;
  if ((price === undefined) === (prices === undefined))
    report(path, 'must have either a price or prices by period');
  // of a schedule that is not there nobody knows the periods
  const known = charge.schedule === undefined || schedule > 0;
  for (const name of Object.keys(prices ?? {}))
    if (known && !periods.includes(name))
      report(`${path}.prices.${name}`, `the schedule has no period '${name}'; it has ${periods.join(', ')}`);
  const table = periods.map((name) => {
    const given = price ?? (Object.hasOwn(prices ?? {}, name) ? prices![name] : undefined);
    if (given === undefined) return undefined;
    const list = Array.isArray(given) ? given : [given as string | number];
    if (list.length !== tiers.length) {
      const place = price === undefined ? `${path}.prices.${name}` : `${path}.price`;
      report(
        place,
        `has ${list.length} prices for ${tiers.length} tiers: give one a tier, steps counted as tiers`,
      );
    }
    return tiers.map((_, i) => priceOf(list[Math.min(i, list.length - 1)]!, priceDigits));
  });
  const plain = schedule === 0;
  const ids = periods.map((name) =>
    tiers.map((_, tier) => {
      const base = plain ? charge.id : `${charge.id}/${name}`;
      return tiers.length === 1 ? base : `${base}/${tier + 1}`;
    }),
  );
  return { schedule, tiers, prices: table, ids };
}

/** Tiers with their steps side by side: a step ends at the lower of its own limit and that of its tier. */
function tiersOf(
  tiers: readonly TariffTier[] | undefined,
  path: string,
  { report, version }: CompileContext,
): readonly CompiledTier[] {
  if (tiers === undefined) return [{ limits: [] }];
  const compiled: CompiledTier[] = [];
  for (const [i, tier] of tiers.entries()) {
    const own = limitOf(tier);
    const place = `${path}.tiers[${i}]`;
    if (own === undefined && i < tiers.length - 1)
      report(`${place}.upTo`, 'is missing: only the last tier has no end');
    if (tier.steps === undefined) compiled.push({ limits: own === undefined ? [] : [own] });
    for (const step of tier.steps ?? []) {
      const limit = limitOf(step);
      compiled.push({ limits: [limit, own].filter((one) => one !== undefined) });
    }
    checkLimits(tier.steps ?? [], `${place}.steps`, report);
  }
  checkLimits(tiers, `${path}.tiers`, report);
  const budget = compiled.some(({ limits }) => limits.some(({ unit }) => unit.endsWith('budget')));
  if (budget && version.waterBudget === undefined)
    report(`${path}.tiers`, 'end at shares of a budget: say `waterBudget` in the version');
  if (limitOf(tiers.at(-1)!) !== undefined)
    report(`${path}.tiers[${tiers.length - 1}].upTo`, 'the last tier must have no end: leave `upTo` out');
  return compiled;
}

function limitOf({ upTo, unit = 'unit' }: Pick<TariffTier, 'upTo' | 'unit'>) {
  return upTo === undefined ? undefined : { value: parseDecimal(upTo), unit };
}
