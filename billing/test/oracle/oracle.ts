/**
 * A second rating, written from the rules of tariffs alone: slow, interval by interval, in reduced fractions, and without a
 * line of `src`. It knows one version of a tariff and calendar months; the property test says what it gives.
 */
import type { Charge, TariffVersion } from '../../src/tariff/schema.ts';
import { addDays, dayStart, daysInMonthOf, wallAt, weekdayOf } from './clock.ts';
import { ONE, Ratio, ZERO } from './ratio.ts';

export interface OracleUsage {
  readonly startS: number;
  readonly intervalS: number;
  /** Thousandths of a watt-hour in a count. */
  readonly step: number;
  readonly drawn: readonly number[];
  readonly fed?: readonly number[];
  /** Prices, thousandths of the currency: each holds for so many intervals. */
  readonly prices: readonly number[];
  readonly intervalsPerPrice: number;
}

/** UTC seconds [from, to), and what would have been drawn in it. */
export interface OracleWindow {
  readonly fromS: number;
  readonly toS: number;
  readonly baseline: number;
}

export interface OracleInput {
  readonly version: TariffVersion;
  readonly zone: string;
  readonly usage: OracleUsage;
  /** Days that are billed, by month: first day and the day after the last. */
  readonly months: readonly { readonly from: string; readonly to: string }[];
  readonly persons: number;
  /** None over another, in order. */
  readonly critical: readonly OracleWindow[];
  readonly saving: readonly OracleWindow[];
}

export interface OracleBill {
  /** Cents by line; lines of 0 are left out. */
  readonly lines: Readonly<Record<string, bigint>>;
  readonly total: bigint;
  readonly creditLeft: bigint;
}

/** One interval within a bill. Energy in thousandths of a watt-hour; undefined is missing. */
interface Slot {
  readonly startS: number;
  readonly drawn: Ratio | undefined;
  readonly fed: Ratio | undefined;
}

interface Carry {
  bank: Map<string, Ratio>;
  surplus: Ratio;
  credit: bigint;
  yearToDate: bigint;
  peaks: Map<string, { month: number; kw: Map<string, Ratio> }[]>;
}

type Kind<K extends Charge['kind']> = Extract<Charge, { kind: K }>;

/** Bills of the months, one after the other. */
export function oracleBills(input: OracleInput): OracleBill[] {
  const carry: Carry = { bank: new Map(), surplus: ZERO, credit: 0n, yearToDate: 0n, peaks: new Map() };
  return input.months.map((month) => new Month(input, month, carry).bill());
}

class Month {
  readonly input: OracleInput;
  readonly carry: Carry;
  readonly slots: Slot[];
  readonly fromS: number;
  readonly toS: number;
  readonly days: number;
  readonly monthDays: number;
  readonly month: number;
  readonly index: number;
  readonly even: boolean;
  readonly lines: [string, string, bigint][] = [];
  readonly billedKw = new Map<string, Map<string, Ratio>>();

  constructor(input: OracleInput, { from, to }: OracleInput['months'][number], carry: Carry) {
    this.input = input;
    this.carry = carry;
    this.days = 0;
    for (let date = from; date !== to; date = addDays(date, 1)) this.days++;
    this.monthDays = daysInMonthOf(from);
    this.month = Number(from.slice(5, 7));
    this.index = Number(from.slice(0, 4)) * 12 + this.month - 1;
    this.even = input.version.rounding?.mode === 'half-even';
    this.fromS = dayStart(input.zone, from);
    this.toS = dayStart(input.zone, to);
    this.slots = this.cut(this.fromS, this.toS);
  }

  /** Intervals that start in the month, set off as the tariff says. */
  cut(fromS: number, toS: number): Slot[] {
    const { usage, version } = this.input;
    const kwh = (count: number | undefined) =>
      count === undefined ? ZERO : Number.isNaN(count) ? undefined : new Ratio(BigInt(count * usage.step));
    const slots: Slot[] = [];
    for (const [i, count] of usage.drawn.entries()) {
      const startS = usage.startS + i * usage.intervalS;
      if (startS >= fromS && startS < toS)
        slots.push({ startS, drawn: kwh(count), fed: kwh(usage.fed?.[i]) });
    }
    const { netMetering } = version;
    const netting =
      netMetering?.treatment === 'buy-all-sell-all' ? 'none' : (netMetering?.netting ?? 'interval');
    if (netMetering === undefined || netting === 'none' || usage.fed === undefined) return slots;
    return netting === 'interval' ? slots.map(setOff) : this.setOffHourly(slots);
  }

  setOffHourly(slots: readonly Slot[]): Slot[] {
    const hours: Slot[][] = [];
    let before = Number.NaN;
    for (const slot of slots) {
      // the instant the hour began: an hour that a day has twice is two hours
      const hour = slot.startS - (wallAt(this.input.zone, slot.startS).localS % 3_600);
      if (hour !== before) hours.push([]);
      hours.at(-1)!.push(slot);
      before = hour;
    }
    return hours.flatMap((hour) => {
      const missing = hour.some(({ drawn, fed }) => drawn === undefined || fed === undefined);
      const sum = (of: 'drawn' | 'fed') => hour.reduce((total, slot) => total.plus(slot[of] ?? ZERO), ZERO);
      const net = setOff({ startS: 0, drawn: sum('drawn'), fed: sum('fed') });
      return hour.map(({ startS }, i): Slot => {
        if (missing) return { startS, drawn: undefined, fed: undefined };
        return i === 0 ? { ...net, startS } : { startS, drawn: ZERO, fed: ZERO };
      });
    });
  }

  readonly periods = new Map<string, string>();

  /** Period of a schedule at an instant. */
  periodAt(schedule: string | undefined, utcS: number): string {
    if (schedule === undefined) return '';
    const key = `${schedule} ${utcS}`;
    const known = this.periods.get(key) ?? this.lookUp(schedule, utcS);
    this.periods.set(key, known);
    return known;
  }

  lookUp(schedule: string, utcS: number): string {
    const { calendar } = this.input.version;
    const wall = wallAt(this.input.zone, utcS);
    const { rows, events } = calendar!.schedules!.find(({ id }) => id === schedule)!;
    const called = this.input.critical.some(({ fromS, toS }) => fromS <= utcS && utcS < toS);
    if (called && events !== undefined) return events[0]!.period;
    const date = `${pad(wall.year, 4)}-${pad(wall.month)}-${pad(wall.day)}`;
    const inSeason = rows.filter(
      ({ seasons }) => seasons === undefined || seasons.some((id) => this.inSeason(id, date)),
    );
    const holiday = this.isHoliday(date) ? inSeason.find(({ days }) => covers(days, 'holiday')) : undefined;
    const row = holiday ?? inSeason.find(({ days }) => covers(days, weekdays[wall.weekday - 1]!))!;
    if (row.period !== undefined) return row.period;
    return row.hours!.find(({ from, to }) => {
      const [a, b] = [minutes(from), minutes(to)];
      return a < b ? wall.minute >= a && wall.minute < b : wall.minute >= a || wall.minute < b;
    })!.period;
  }

  inSeason(id: string, date: string): boolean {
    const day = date.slice(5);
    return this.input.version
      .calendar!.seasons!.find((season) => season.id === id)!
      .ranges.some(({ from, to }) => (from <= to ? day >= from && day <= to : day >= from || day <= to));
  }

  readonly holidays = new Map<string, boolean>();

  isHoliday(date: string): boolean {
    const known = this.holidays.get(date) ?? this.fallsOn(date);
    this.holidays.set(date, known);
    return known;
  }

  fallsOn(date: string): boolean {
    const { holidays = [], observed } = this.input.version.calendar ?? {};
    return holidays.some((holiday) => {
      const on = holiday.date!;
      const weekday = weekdayOf(on);
      const rule = holiday.observed ?? observed;
      if (weekday < 6 || rule === 'actual') return on === date;
      if (weekday === 7) return addDays(on, 1) === date;
      if (rule === 'nearest-weekday') return addDays(on, -1) === date;
      return (rule === 'next-weekday' ? addDays(on, 2) : on) === date;
    });
  }

  add(id: string, charge: string, quantity: Ratio, price: Ratio): void {
    this.lines.push([id, charge, quantity.times(price).cents(this.even)]);
  }

  get share(): Ratio {
    return new Ratio(BigInt(this.days), BigInt(this.monthDays));
  }

  charges<K extends Charge['kind']>(kind: K): Kind<K>[] {
    return this.input.version.charges.filter((charge): charge is Kind<K> => charge.kind === kind);
  }

  sum(of?: readonly string[], but?: (id: string) => boolean): bigint {
    let sum = 0n;
    for (const [, charge, amount] of this.lines)
      if ((of === undefined || of.includes(charge)) && !but?.(charge)) sum += amount;
    return sum;
  }

  bill(): OracleBill {
    const { netMetering } = this.input.version;
    const treatment = netMetering?.treatment;
    for (const charge of this.charges('demand')) this.findDemand(charge);
    for (const charge of this.charges('fixed')) {
      const span =
        charge.per === 'day' ? new Ratio(BigInt(this.days)) : charge.prorate === false ? ONE : this.share;
      const months = charge.per === 'year' ? span.over(new Ratio(12n)) : span;
      this.add(charge.id, charge.id, months, Ratio.of(charge.price));
    }
    const netted = new Map<string, Map<string, Ratio>>();
    const bank = new Map<string, Ratio>();
    for (const charge of this.charges('energy')) if (isImport(charge)) this.importLines(charge, netted, bank);
    for (const charge of this.charges('demand')) this.demandLines(charge);
    for (const charge of this.charges('dynamic')) this.dynamic(charge);
    for (const charge of this.charges('rebate')) this.rebate(charge);
    for (const charge of this.input.version.charges) {
      if (charge.kind === 'rider') this.rider(charge, netted);
      if (charge.kind === 'percent') this.percent(charge);
    }
    const earned = this.exportLines();
    const later = treatment === 'net-metering-money' || treatment === 'net-billing-carry-over';
    const credit = this.applyCredit(later ? earned : 0n);
    for (const charge of this.charges('minimum')) this.minimum(charge);
    for (const charge of this.charges('tax')) this.percent(charge);
    const left = this.trueUp(credit, bank);
    const lines: Record<string, bigint> = {};
    for (const [id, , amount] of this.lines) if (amount !== 0n) lines[id] = amount;
    return { lines, total: this.sum(), creditLeft: left };
  }

  readonly sums = new Map<string, Map<string, Ratio>>();

  energyByPeriod(schedule: string | undefined, of: 'drawn' | 'fed'): Map<string, Ratio> {
    const key = `${schedule} ${of}`;
    const known = this.sums.get(key) ?? this.addUp(schedule, of);
    this.sums.set(key, known);
    return known;
  }

  addUp(schedule: string | undefined, of: 'drawn' | 'fed'): Map<string, Ratio> {
    const sums = new Map<string, Ratio>();
    for (const slot of this.slots) {
      const period = this.periodAt(schedule, slot.startS);
      sums.set(period, (sums.get(period) ?? ZERO).plus(slot[of] ?? ZERO));
    }
    return sums;
  }

  importLines(
    charge: Kind<'energy'>,
    netted: Map<string, Map<string, Ratio>>,
    bank: Map<string, Ratio>,
  ): void {
    const { netMetering } = this.input.version;
    const drawn = this.energyByPeriod(charge.schedule, 'drawn');
    if (!netMetering?.treatment.startsWith('net-metering')) {
      this.tierLines(charge, drawn, ONE);
      return;
    }
    const fed = this.energyByPeriod(charge.schedule, 'fed');
    const names = new Set([
      ...drawn.keys(),
      ...[...this.carry.bank.keys()]
        .filter((key) => key.startsWith(`${charge.id}|`))
        .map((key) => key.split('|')[1]!),
    ]);
    const balance = new Map<string, Ratio>();
    for (const period of names) {
      const key = `${charge.id}|${period}`;
      const carried =
        netMetering.treatment === 'net-metering-energy' ? (this.carry.bank.get(key) ?? ZERO) : ZERO;
      const net = (drawn.get(period) ?? ZERO).minus(fed.get(period) ?? ZERO).minus(carried);
      balance.set(period, net.max(ZERO));
      if (net.below(ZERO)) bank.set(key, ZERO.minus(net));
    }
    netted.set(charge.id, balance);
    this.tierLines(charge, balance, ONE);
  }

  /** Where tiers end, in the unit of energy here, or in kW. */
  ends(charge: Kind<'energy'> | Kind<'demand'>): (Ratio | undefined)[] {
    const standard = charge.kind === 'energy' ? charge.standardDays : undefined;
    const share = standard === undefined ? this.share : new Ratio(BigInt(this.days), BigInt(standard));
    const persons = new Ratio(BigInt(this.input.persons));
    const days = new Ratio(BigInt(this.days));
    const demandId = charge.kind === 'energy' ? charge.demand : undefined;
    const kw = demandId === undefined ? ONE : this.highest(demandId);
    return (charge.tiers ?? [{}]).map(({ upTo, unit = 'unit' }) => {
      if (upTo === undefined) return undefined;
      let end = Ratio.of(upTo);
      if (charge.kind === 'demand') return end;
      if (unit.startsWith('per-kW')) end = end.times(kw);
      if (unit.startsWith('per-person')) end = end.times(persons);
      return end.times(unit.endsWith('daily') ? days : share).times(MILLION);
    });
  }

  highest(demandId: string): Ratio {
    return [...this.billedKw.get(demandId)!.values()].reduce((most, kw) => most.max(kw), ZERO);
  }

  tierLines(charge: Kind<'energy'>, energy: ReadonlyMap<string, Ratio>, sign: Ratio): void {
    const priced = [...energy].filter(([period]) => priceOf(charge, period) !== undefined);
    const ends = this.ends(charge);
    if (charge.method === 'running') {
      this.runningLines(charge, ends, sign);
      return;
    }
    const total = priced.reduce((sum, [, kwh]) => sum.plus(kwh), ZERO);
    if (total.isZero) return;
    for (const [tier, part] of slices(total, ends).entries())
      for (const [period, kwh] of priced) {
        const prices = priceOf(charge, period)!;
        const id = lineId(charge, period, tier, ends.length);
        this.add(id, charge.id, kwh.times(part).over(total).over(MILLION), prices[tier]!.times(sign));
      }
  }

  /** Each interval is laid on top of those before it. */
  runningLines(charge: Kind<'energy'>, ends: readonly (Ratio | undefined)[], sign: Ratio): void {
    const flow = isImport(charge) ? 'drawn' : 'fed';
    // limits are cut to whole thousandths of a watt-hour
    const cut = ends.map((end) => end && new Ratio(wholeOf(end)));
    const sums = new Map<string, Ratio>();
    let reached = ZERO;
    for (const slot of this.slots) {
      const period = this.periodAt(charge.schedule, slot.startS);
      const kwh = slot[flow];
      if (kwh === undefined || priceOf(charge, period) === undefined) continue;
      const [before, after] = [slices(reached, cut), slices(reached.plus(kwh), cut)];
      for (const [tier, part] of after.entries()) {
        const key = `${period}|${tier}`;
        sums.set(key, (sums.get(key) ?? ZERO).plus(part.minus(before[tier]!)));
      }
      reached = reached.plus(kwh);
    }
    for (const [key, kwh] of sums) {
      const [period, tier] = key.split('|') as [string, string];
      const prices = priceOf(charge, period)!;
      const id = lineId(charge, period, Number(tier), ends.length);
      this.add(id, charge.id, kwh.over(MILLION), prices[Number(tier)]!.times(sign));
    }
  }

  /** Money earned by feeding in, where it is credited later; else lines. */
  exportLines(): bigint {
    const { netMetering } = this.input.version;
    const treatment = netMetering?.treatment;
    if (treatment === 'net-metering-energy') return 0n;
    const before = this.lines.length;
    for (const charge of this.charges('energy')) {
      if (isImport(charge)) continue;
      const fed = this.energyByPeriod(charge.schedule, 'fed');
      const drawn = this.energyByPeriod(charge.schedule, 'drawn');
      const surplus = new Map([...fed].map(([p, kwh]) => [p, kwh.minus(drawn.get(p) ?? ZERO).max(ZERO)]));
      this.tierLines(charge, treatment === 'net-metering-money' ? surplus : fed, new Ratio(-1n));
    }
    if (treatment !== 'net-metering-money' && treatment !== 'net-billing-carry-over') return 0n;
    return -this.lines.splice(before).reduce((sum, [, , amount]) => sum + amount, 0n);
  }

  applyCredit(earned: bigint): bigint {
    const { netMetering } = this.input.version;
    const available = this.carry.credit + (netMetering?.creditsApply === 'current' ? earned : 0n);
    const due = this.sum();
    const applied = due > 0n && available > 0n ? (available < due ? available : due) : 0n;
    this.lines.push(['credit', 'credit', -applied]);
    return this.carry.credit + earned - applied;
  }

  trueUp(credit: bigint, bank: Map<string, Ratio>): bigint {
    const { netMetering, charges } = this.input.version;
    const { drawn, fed } = {
      drawn: this.energyByPeriod(undefined, 'drawn'),
      fed: this.energyByPeriod(undefined, 'fed'),
    };
    const net = (fed.get('') ?? ZERO).minus(drawn.get('') ?? ZERO);
    this.carry.surplus = this.carry.surplus.plus(net).max(ZERO);
    this.carry.bank = bank;
    this.carry.credit = credit;
    const due = netMetering !== undefined && this.month === (netMetering.trueUpMonth ?? 12);
    const mode = netMetering?.trueUp ?? 'pay';
    if (due && netMetering.treatment === 'net-metering-energy') {
      const first = charges.find((charge) => charge.kind === 'energy' && isImport(charge))!;
      const ofPeriods = [...bank]
        .filter(([key]) => key.startsWith(`${first.id}|`))
        .reduce((s, [, kwh]) => s.plus(kwh), ZERO);
      const kwh = netMetering.bankScope === 'total' ? this.carry.surplus : ofPeriods;
      const paid = kwh
        .over(MILLION)
        .times(Ratio.of(netMetering.trueUpPrice ?? 0))
        .cents(this.even);
      if (mode === 'pay') this.lines.push(['true-up', 'true-up', -paid]);
      if (mode === 'credit') this.carry.credit += paid;
      this.carry.bank = new Map();
      this.carry.surplus = ZERO;
    }
    if (
      due &&
      ['net-metering-money', 'net-billing-carry-over'].includes(netMetering.treatment) &&
      mode !== 'credit'
    ) {
      if (mode === 'pay') this.lines.push(['true-up', 'true-up', -credit]);
      this.carry.credit = 0n;
    }
    return this.carry.credit;
  }

  /** The highest mean of each period, then minimum and ratchet. */
  findDemand(charge: Kind<'demand'>): void {
    const { usage, zone } = this.input;
    const count = (charge.windowMinutes * 60) / usage.intervalS;
    const hours = new Ratio(BigInt(charge.windowMinutes) * 1_000_000n, 60n);
    const peaks = new Map<string, Ratio>();
    for (const period of this.periodsOf(charge.schedule)) peaks.set(period, ZERO);
    for (let last = count - 1; last < this.slots.length; last++) {
      const window = this.slots.slice(last - count + 1, last + 1);
      if (window.length < count || window.some(({ drawn }) => drawn === undefined)) continue;
      const names = new Set(window.map(({ startS }) => this.periodAt(charge.schedule, startS)));
      if (names.size > 1 && !charge.straddle) continue;
      const stepS = (charge.rollingMinutes ?? charge.windowMinutes) * 60;
      const localEndS = wallAt(zone, window.at(-1)!.startS).localS + usage.intervalS;
      if ((Math.floor(localEndS / usage.intervalS) * usage.intervalS) % stepS !== 0) continue;
      const kw = window.reduce((sum, { drawn }) => sum.plus(drawn!), ZERO).over(hours);
      const period = this.periodAt(charge.schedule, window[0]!.startS);
      peaks.set(period, peaks.get(period)!.max(kw));
    }
    const billed = new Map<string, Ratio>();
    const past = this.carry.peaks.get(charge.id) ?? [];
    for (const [period, peak] of peaks) {
      let kw = peak.max(Ratio.of(charge.minimum ?? 0));
      const { ratchet } = charge;
      if (ratchet !== undefined) {
        const actual = ratchet.actualMonths?.includes(this.month) ?? true;
        kw = Ratio.of(charge.minimum ?? 0).max(
          actual ? peak : peak.times(fractionOf(ratchet.fraction, this.month)),
        );
        for (const { month, kw: then } of past) {
          if (this.index - month > ratchet.lookBackMonths) continue;
          kw = kw.max((then.get(period) ?? ZERO).times(fractionOf(ratchet.fraction, (month % 12) + 1)));
        }
      }
      billed.set(period, priceOf(charge, period) === undefined ? ZERO : kw);
    }
    this.billedKw.set(charge.id, billed);
    this.carry.peaks.set(charge.id, [...past, { month: this.index, kw: peaks }]);
  }

  periodsOf(schedule: string | undefined): string[] {
    if (schedule === undefined) return [''];
    const { rows, events = [] } = this.input.version.calendar!.schedules!.find(({ id }) => id === schedule)!;
    const inRows = rows.flatMap((row) => row.hours?.map(({ period }) => period) ?? [row.period!]);
    return [...new Set([...inRows, ...events.map(({ period }) => period)])];
  }

  demandLines(charge: Kind<'demand'>): void {
    const ends = this.ends(charge);
    for (const [period, kw] of this.billedKw.get(charge.id)!) {
      const prices = priceOf(charge, period);
      if (prices === undefined) continue;
      for (const [tier, part] of slices(kw, ends).entries())
        this.add(lineId(charge, period, tier, ends.length), charge.id, part.times(this.share), prices[tier]!);
    }
  }

  dynamic(charge: Kind<'dynamic'>): void {
    const { usage } = this.input;
    let sum = ZERO;
    let blocks = ZERO;
    const { block } = charge;
    for (const slot of this.slots) {
      const used = slot[charge.flow === 'export' ? 'fed' : 'drawn'];
      if (used === undefined) continue;
      let kwh = used.over(MILLION);
      if (block !== undefined) {
        const whole = Ratio.of(block.kW).times(new Ratio(BigInt(usage.intervalS), 3_600n));
        const part = block.unused === 'not-billed' && kwh.below(whole) ? kwh : whole;
        blocks = blocks.plus(part);
        kwh = kwh.minus(part);
      }
      const at = Math.floor((slot.startS - usage.startS) / usage.intervalS / usage.intervalsPerPrice);
      const price = new Ratio(BigInt(usage.prices[at]!), 1_000n);
      const all = price.times(Ratio.of(charge.factor ?? 1)).plus(Ratio.of(charge.adder ?? 0));
      sum = sum.plus(kwh.times(all));
    }
    if (block !== undefined) this.add(`${charge.id}/block`, charge.id, blocks, Ratio.of(block.price));
    this.add(charge.id, charge.id, sum, charge.flow === 'export' ? new Ratio(-1n) : ONE);
  }

  /** Of the windows that begin in the month: what was drawn less than the baseline, if all of it is known. */
  rebate(charge: Kind<'rebate'>): void {
    const { usage, saving } = this.input;
    const here = saving.filter(({ fromS }) => fromS >= this.fromS && fromS < this.toS);
    for (const [i, { fromS, toS, baseline }] of here.entries()) {
      const endS = Math.min(toS, this.toS);
      const within = this.slots.filter(({ startS }) => startS >= fromS && startS < endS);
      const known = within.every(({ drawn }) => drawn !== undefined);
      // so many intervals begin in the window, wherever it begins
      if (!known || within.length < Math.max(1, Math.floor((endS - fromS) / usage.intervalS))) continue;
      const drawn = within.reduce((sum, slot) => sum.plus(slot.drawn!), ZERO);
      const saved = new Ratio(BigInt(baseline)).minus(drawn);
      if (!ZERO.below(saved)) continue;
      const minus = new Ratio(-1n);
      this.add(`${charge.id}/${i + 1}`, charge.id, saved.over(MILLION), Ratio.of(charge.price).times(minus));
    }
  }

  rider(charge: Kind<'rider'>, netted: ReadonlyMap<string, ReadonlyMap<string, Ratio>>): void {
    const price = Ratio.of(charge.price ?? charge.monthly![this.month - 1]!);
    if (charge.demand !== undefined) {
      this.add(charge.id, charge.id, this.highest(charge.demand).times(this.share), price);
      return;
    }
    const first = [...netted.values()][0];
    const energy = first ?? this.energyByPeriod(undefined, 'drawn');
    const kwh = [...energy.values()].reduce((sum, one) => sum.plus(one), ZERO);
    this.add(charge.id, charge.id, kwh.over(MILLION), price);
  }

  percent(charge: Kind<'percent'> | Kind<'tax'>): void {
    const taxes = this.charges('tax').map(({ id }) => id);
    const skip = charge.kind === 'tax' && !charge.of ? (id: string) => taxes.includes(id) : undefined;
    const base = new Ratio(this.sum(charge.of, skip), 100n);
    this.add(charge.id, charge.id, base, Ratio.of(charge.percent).over(new Ratio(100n)));
  }

  minimum(charge: Kind<'minimum'>): void {
    const base = this.sum(charge.of);
    let lacking: bigint;
    if (charge.per === 'year') {
      this.carry.yearToDate += base;
      if (this.month !== 12) return;
      lacking = Ratio.of(charge.amount).cents(this.even) - this.carry.yearToDate;
      this.carry.yearToDate = 0n;
    } else {
      const span = charge.per === 'day' ? new Ratio(BigInt(this.days)) : this.share;
      lacking = Ratio.of(charge.amount).times(span).cents(this.even) - base;
    }
    if (lacking > 0n) this.lines.push([charge.id, charge.id, lacking]);
  }
}

const MILLION = new Ratio(1_000_000n);

function setOff({ startS, drawn, fed }: Slot): Slot {
  if (drawn === undefined || fed === undefined) return { startS, drawn: undefined, fed: undefined };
  const net = drawn.minus(fed);
  return { startS, drawn: net.max(ZERO), fed: ZERO.minus(net).max(ZERO) };
}

function isImport(charge: Kind<'energy'>): boolean {
  return (charge.flow ?? 'import') === 'import';
}

/** Prices by tier; undefined where the charge has none for the period. */
function priceOf({ price, prices }: Kind<'energy'> | Kind<'demand'>, period: string): Ratio[] | undefined {
  const given = price ?? prices?.[period];
  if (given === undefined) return undefined;
  return (Array.isArray(given) ? given : [given]).map((one) => Ratio.of(one as string));
}

function lineId({ id }: { readonly id: string }, period: string, tier: number, tiers: number): string {
  const base = period === '' ? id : `${id}/${period}`;
  return tiers === 1 ? base : `${base}/${tier + 1}`;
}

/** How much of a quantity lies in each tier. */
function slices(quantity: Ratio, ends: readonly (Ratio | undefined)[]): Ratio[] {
  let low = ZERO;
  return ends.map((end) => {
    const high = (end ?? quantity.max(low)).max(low);
    const part = quantity.min(high).max(low).minus(low);
    low = high;
    return part;
  });
}

function fractionOf(fraction: NonNullable<Kind<'demand'>['ratchet']>['fraction'], month: number): Ratio {
  return Ratio.of(Array.isArray(fraction) ? fraction[month - 1]! : (fraction as string));
}

function wholeOf({ n, d }: Ratio): bigint {
  return (n * 2n + d) / (d * 2n);
}

const weekdays = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];

function covers(days: readonly string[], day: string): boolean {
  if (days.includes('all') || days.includes(day)) return true;
  if (day === 'holiday') return false;
  return days.includes(day === 'saturday' || day === 'sunday' ? 'weekend' : 'weekday');
}

function minutes(text: string): number {
  const [hour, minute] = text.split(':').map(Number) as [number, number];
  return hour * 60 + minute;
}

function pad(value: number, length = 2): string {
  return String(value).padStart(length, '0');
}
