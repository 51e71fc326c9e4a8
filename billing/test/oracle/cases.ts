/** Random tariffs, calendars and usage for the property: small, and full of what goes wrong. */
import fc from 'fast-check';
import type { Charge, NetMetering, TariffCalendar, TariffVersion } from '../../src/tariff/schema.ts';
import { addDays, dayStart } from './clock.ts';
import type { OracleInput, OracleWindow } from './oracle.ts';

const zones = [
  ...['UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kolkata', 'America/St_Johns'],
];
/** Days near changes of the clock, of the month, of the year, and leap days. */
const starts = [
  ...['2025-03-28', '2025-03-08', '2025-04-04', '2025-10-03', '2025-10-24', '2025-11-01', '2025-11-29'],
  ...['2024-02-27', '2025-12-29', '2025-01-15', '2025-05-30'],
];

const price = fc.integer({ min: -5_000, max: 60_000 }).map((n) => decimal(n, 5));
const percent = fc.integer({ min: -200, max: 3_000 }).map((n) => decimal(n, 2));
const amount = fc.integer({ min: 0, max: 9_000 }).map((n) => decimal(n, 2));

function decimal(n: number, digits: number): string {
  const text = String(Math.abs(n)).padStart(digits + 1, '0');
  return `${n < 0 ? '-' : ''}${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

const quarter = fc.integer({ min: 1, max: 95 }).map((n) => n * 15);
const clock = (minute: number) =>
  `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
const period = fc.constantFrom('a', 'b', 'c');

/** Hours of a day: cut at up to three times. */
const hours = fc
  .tuple(
    fc.uniqueArray(quarter, { minLength: 0, maxLength: 3 }),
    fc.array(period, { minLength: 4, maxLength: 4 }),
  )
  .map(([cuts, periods]) => {
    const at = [0, ...cuts.sort((a, b) => a - b), 1_440];
    return at
      .slice(0, -1)
      .map((from, i) => ({ from: clock(from), to: clock(at[i + 1]!), period: periods[i]! }));
  });

function scheduleOf(id: string) {
  return fc
    .record({
      weekdays: hours,
      weekends: hours,
      winter: hours,
      holidays: fc.option(hours, { nil: undefined }),
      seasonal: fc.boolean(),
      event: fc.option(period, { nil: undefined }),
    })
    .map(({ weekdays, weekends, winter, holidays, seasonal, event }) => ({
      id,
      ...(event && { events: [{ event: 'critical', period: event }] }),
      rows: [
        { days: ['weekday' as const], hours: weekdays, ...(seasonal && { seasons: ['summer'] }) },
        ...(seasonal ? [{ days: ['weekday' as const], hours: winter, seasons: ['winter'] }] : []),
        { days: ['weekend' as const], hours: weekends },
        ...(holidays ? [{ days: ['holiday' as const], hours: holidays }] : []),
      ],
    }));
}

function calendarOf(firstDay: string): fc.Arbitrary<TariffCalendar> {
  return fc.record({
    seasons: fc.constantFrom(
      [
        { id: 'summer', ranges: [{ from: '04-01', to: '09-30' }] },
        { id: 'winter', ranges: [{ from: '10-01', to: '03-31' }] },
      ],
      [
        { id: 'summer', ranges: [{ from: '03-29', to: '10-25' }] },
        { id: 'winter', ranges: [{ from: '10-26', to: '03-28' }] },
      ],
    ),
    holidays: fc
      .array(fc.integer({ min: 0, max: 5 }), { maxLength: 2 })
      .map((days) => [...new Set(days)].map((day) => ({ date: addDays(firstDay, day) }))),
    observed: fc.constantFrom('actual' as const, 'nearest-weekday' as const, 'next-weekday' as const),
    schedules: fc.tuple(scheduleOf('s1'), scheduleOf('s2')).map((list) => [...list]),
  });
}

type EnergyMethod = 'proportional' | 'running';

function tiersOf(units: readonly string[]) {
  return fc
    .tuple(
      fc.uniqueArray(fc.integer({ min: 1, max: 60_000 }), { minLength: 1, maxLength: 3 }),
      fc.constantFrom(...units),
    )
    .map(([limits, unit]) => [
      ...limits.sort((a, b) => a - b).map((n) => ({ upTo: decimal(n, 3), unit: unit as 'unit' })),
      {},
    ]);
}

/** Prices for every period, one a tier. */
function prices(tiers: number) {
  const list = fc.array(price, { minLength: tiers, maxLength: tiers });
  return fc.record({ a: list, b: list, c: list });
}

function energyCharge(
  id: string,
  flow: 'import' | 'export',
  running: boolean,
  demand: boolean,
): fc.Arbitrary<Charge> {
  const units = ['unit', 'daily', 'per-person', 'per-person-daily'];
  return fc
    .record({
      schedule: fc.constantFrom(undefined, 's1', 's2'),
      method: fc.constantFrom<EnergyMethod>('proportional', running ? 'running' : 'proportional'),
      standardDays: fc.constantFrom(undefined, undefined, 30),
      tiers: fc.option(tiersOf(demand ? [...units, 'per-kW', 'per-kW-daily'] : units), { nil: undefined }),
    })
    .chain(({ schedule, method, standardDays, tiers }) => {
      const perKw = tiers?.some(({ unit }: { unit?: string }) => unit?.startsWith('per-kW'));
      const count = tiers?.length ?? 1;
      return prices(count).map(
        (table) =>
          ({
            ...{ kind: 'energy', id, flow },
            ...(schedule === undefined ? { price: table.a } : { schedule, prices: table }),
            ...(tiers && { tiers }),
            ...(tiers && !perKw && { method }),
            ...(standardDays && { standardDays }),
            ...(perKw && { demand: 'kw' }),
          }) as Charge,
      );
    });
}

function demandCharge(id: string, intervalMinutes: number): fc.Arbitrary<Charge> {
  return fc
    .record({
      schedule: fc.constantFrom(undefined, 's1', 's2'),
      factor: fc.constantFrom(1, 2, 4),
      rolling: fc.boolean(),
      straddle: fc.boolean(),
      minimum: fc.option(amount, { nil: undefined }),
      tiers: fc.option(tiersOf(['unit']), { nil: undefined }),
      ratchet: fc.option(
        fc.record({
          fraction: fc.integer({ min: 0, max: 100 }).map((n) => decimal(n, 2)),
          lookBackMonths: fc.integer({ min: 1, max: 3 }),
          actualMonths: fc.constantFrom(undefined, [3, 4, 12], []),
        }),
        { nil: undefined },
      ),
    })
    .chain(({ schedule, factor, rolling, straddle, minimum, tiers, ratchet }) => {
      const windowMinutes = Math.min(60, intervalMinutes * factor);
      return prices(tiers?.length ?? 1).map(
        (table) =>
          ({
            ...{ kind: 'demand', id, windowMinutes, straddle },
            ...(rolling && windowMinutes > intervalMinutes && { rollingMinutes: intervalMinutes }),
            ...(schedule === undefined ? { price: table.a } : { schedule, prices: table }),
            ...(tiers && {
              tiers: tiers.map(({ upTo }: { upTo?: string }) => (upTo === undefined ? {} : { upTo })),
            }),
            ...(minimum !== undefined && { minimum }),
            ...(ratchet && {
              ratchet: Object.fromEntries(Object.entries(ratchet).filter(([, value]) => value !== undefined)),
            }),
          }) as Charge,
      );
    });
}

const netMetering: fc.Arbitrary<NetMetering | undefined> = fc.option(
  fc.record({
    treatment: fc.constantFrom(
      ...(['net-metering-energy', 'net-metering-money', 'net-billing'] as const),
      ...(['net-billing-carry-over', 'buy-all-sell-all'] as const),
    ),
    netting: fc.constantFrom('interval' as const, 'hour' as const, 'none' as const),
    bankScope: fc.constantFrom('period' as const, 'total' as const),
    trueUpMonth: fc.constantFrom(3, 4, 12),
    trueUpPrice: price,
    trueUp: fc.constantFrom('pay' as const, 'credit' as const, 'forfeit' as const),
    creditsApply: fc.constantFrom('current' as const, 'next' as const),
  }),
  { nil: undefined },
);

/** Charges beside energy and demand; `named` are ids that percentages may name. */
function others(named: readonly string[], drawn: readonly string[]): fc.Arbitrary<Charge[]> {
  const of = (ids: readonly string[]) =>
    fc.option(fc.subarray([...ids], { minLength: 1 }), { nil: undefined });
  const per = fc.constantFrom('day' as const, 'month' as const, 'year' as const);
  const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
  return fc
    .tuple(
      optional(
        fc.record({ kind: fc.constant('fixed'), id: fc.constant('fee'), price, per, prorate: fc.boolean() }),
      ),
      optional(
        fc.record({
          ...{ kind: fc.constant('dynamic'), id: fc.constant('spot'), series: fc.constant('spot') },
          flow: fc.constantFrom('import', 'export'),
          ...{ factor: percent, adder: price },
        }),
      ),
      optional(
        fc.record({
          ...{ kind: fc.constant('dynamic'), id: fc.constant('index'), series: fc.constant('spot') },
          block: fc.record({
            ...{ kW: fc.integer({ min: 1, max: 6_000 }).map((n) => decimal(n, 3)), price },
            unused: fc.constantFrom('credited', 'not-billed'),
          }),
        }),
      ),
      optional(
        fc.record({
          kind: fc.constant('rebate'),
          id: fc.constant('saved'),
          event: fc.constant('saving'),
          price,
        }),
      ),
      optional(fc.record({ kind: fc.constant('rider'), id: fc.constant('fuel'), price })),
      optional(fc.record({ kind: fc.constant('percent'), id: fc.constant('extra'), percent, of: of(drawn) })),
      optional(
        fc.record({ kind: fc.constant('minimum'), id: fc.constant('least'), amount, per, of: of(named) }),
      ),
      optional(fc.record({ kind: fc.constant('tax'), id: fc.constant('vat'), percent, of: of(named) })),
      optional(fc.record({ kind: fc.constant('tax'), id: fc.constant('levy'), percent })),
    )
    .map((list) =>
      list
        .filter((charge) => charge !== undefined)
        .map(
          (charge) => Object.fromEntries(Object.entries(charge).filter(([, v]) => v !== undefined)) as Charge,
        ),
    );
}

function versionOf(firstDay: string, intervalMinutes: number): fc.Arbitrary<TariffVersion> {
  return fc
    .tuple(calendarOf(firstDay), netMetering, fc.boolean(), fc.boolean())
    .chain(([calendar, rules, hasDemand, second]) => {
      const running = !rules?.treatment.startsWith('net-metering');
      const energy = [
        energyCharge('use', 'import', running, hasDemand),
        ...(second ? [energyCharge('grid', 'import', running, false)] : []),
        energyCharge('feed', 'export', running, false),
      ];
      const demand = hasDemand ? [demandCharge('kw', intervalMinutes)] : [];
      const drawn = ['use', ...(second ? ['grid'] : []), ...(hasDemand ? ['kw'] : [])];
      return fc
        .record({
          charges: fc.tuple(fc.tuple(...energy, ...demand), others([...drawn, 'feed'], drawn)),
          mode: fc.constantFrom('half-up' as const, 'half-even' as const),
        })
        .map(
          ({ charges: [main, rest], mode }): TariffVersion => ({
            calendar,
            charges: [...main, ...rest].map((charge) => withoutUnusedPeriods(charge, calendar)),
            rounding: { mode },
            ...(rules && { netMetering: rules }),
          }),
        );
    });
}

/** Prices of periods that the schedule does not have are a fault. */
function withoutUnusedPeriods(charge: Charge, calendar: TariffCalendar): Charge {
  if (!('prices' in charge) || charge.prices === undefined) return charge;
  const { rows, events = [] } = calendar.schedules!.find(({ id }) => id === charge.schedule)!;
  const used = new Set([
    ...rows.flatMap(({ hours: list }) => list!.map(({ period: name }) => name)),
    ...events.map(({ period: name }) => name),
  ]);
  return {
    ...charge,
    prices: Object.fromEntries(Object.entries(charge.prices).filter(([name]) => used.has(name))),
  };
}

/** Days of one bill or two: cut at the turn of the month. */
function monthsOf(from: string, days: number): OracleInput['months'] {
  const to = addDays(from, days);
  const nextMonth = addDays(`${addDays(`${from.slice(0, 7)}-28`, 4).slice(0, 7)}-01`, 0);
  if (nextMonth <= from || nextMonth >= to) return [{ from, to }];
  return [
    { from, to: nextMonth },
    { from: nextMonth, to },
  ];
}

function countsOf(length: number, most: number) {
  return fc.tuple(fc.integer(), fc.constantFrom(0, 0, 0.02)).map(([seed, holes]) => {
    let state = seed >>> 0;
    const next = () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state / 2 ** 32;
    };
    return Array.from({ length }, () => (next() < holes ? Number.NaN : Math.floor(next() * most)));
  });
}

/** Prices from -0.1 to 0.6. */
function pricesOf(seed: number, length: number): number[] {
  return Array.from({ length }, (_, i) => ((((seed ^ (i * 7_919)) % 701) + 701) % 701) - 100);
}

/** Windows of a few hours, none over another, that begin and end at any five minutes. */
function windowsOf(startS: number, seconds: number): fc.Arbitrary<OracleWindow[]> {
  const part = fc.tuple(
    fc.integer({ min: 0, max: 300 }),
    fc.integer({ min: 1, max: 48 }),
    fc.integer({ min: 0, max: 20_000_000 }),
  );
  return fc.array(part, { maxLength: 3 }).map((parts) => {
    const windows: OracleWindow[] = [];
    let fromS = startS;
    for (const [wait, long, baseline] of parts) {
      fromS += wait * 300;
      windows.push({ fromS, toS: fromS + long * 300, baseline });
      fromS += long * 300;
    }
    return windows.filter(({ toS }) => toS <= startS + seconds);
  });
}

/** A tariff and usage of a few days. */
export const oracleCase: fc.Arbitrary<OracleInput> = fc
  .record({
    zone: fc.constantFrom(...zones),
    from: fc.constantFrom(...starts),
    days: fc.constantFrom(1, 2, 2, 3, 4),
    intervalMinutes: fc.constantFrom(15, 30, 30, 60, 60),
    step: fc.constantFrom(1, 1_000),
    feeds: fc.boolean(),
    persons: fc.integer({ min: 1, max: 4 }),
    intervalsPerPrice: fc.constantFrom(1, 1, 2, 4),
  })
  .chain(({ zone, from, days, intervalMinutes, step, feeds, persons, intervalsPerPrice }) => {
    const startS = dayStart(zone, from);
    const intervalS = intervalMinutes * 60;
    const length = Math.ceil((dayStart(zone, addDays(from, days)) - startS) / intervalS);
    const most = step === 1 ? 3_000_000 : 3_000;
    return fc
      .record({
        version: versionOf(from, intervalMinutes),
        drawn: countsOf(length, most),
        prices: fc.integer().map((seed) => pricesOf(seed, Math.ceil(length / intervalsPerPrice))),
        critical: windowsOf(startS, length * intervalS),
        saving: windowsOf(startS, length * intervalS),
        fed: feeds ? countsOf(length, most) : fc.constant(undefined),
      })
      .map(
        ({ version, drawn, fed, prices: series, critical, saving }): OracleInput => ({
          ...{ version, zone, persons, months: monthsOf(from, days), critical, saving },
          usage: { startS, intervalS, step, drawn, prices: series, intervalsPerPrice, ...(fed && { fed }) },
        }),
      );
  });
