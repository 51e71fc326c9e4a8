/**
 * A tariff as data, in JSON or YAML. The schema is the documentation, the type is derived from it, and
 * `readTariff` (read.ts) checks a file against it and says everything that is wrong at once.
 *
 *   tariff ─ versions (effective dates) ─┬─ calendar: holidays, seasons, schedules of periods
 *                                        ├─ charges: one object a charge, each of a kind
 *                                        └─ net metering, rounding
 */
import { type Static, Type } from 'typebox';
import { baselineMethods } from '../determinants/baseline.ts';

const strict = { additionalProperties: false } as const;
const word = <const W extends readonly string[]>(words: W) =>
  Type.Unsafe<W[number]>({ type: 'string', enum: [...words] });

/** A name within the tariff: of a charge, period, season, schedule, event or price series. */
const Id = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$' });
const Title = Type.String({ minLength: 1, maxLength: 200 });
/** An exact decimal: text, or a number that means the decimal it prints as. */
const Decimal = Type.Union([
  Type.Number({ minimum: -1e12, maximum: 1e12 }),
  Type.String({ pattern: '^-?[0-9]{1,12}(\\.[0-9]{1,80})?$' }),
]);
const CalendarDate = Type.String({ pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' });
const MonthDay = Type.String({ pattern: '^[0-9]{2}-[0-9]{2}$' });
const ClockTime = Type.String({ pattern: '^[0-9]{2}:[0-9]{2}$' });
const Month = Type.Integer({ minimum: 1, maximum: 12 });
const Months = Type.Array(Month, { minItems: 1, maxItems: 12 });

/** What is done with a holiday that falls on a Saturday or Sunday. */
const observedRules = ['actual', 'nearest-weekday', 'next-weekday', 'sunday-to-monday'] as const;

const Holiday = Type.Object(
  {
    name: Type.Optional(Title),
    /** One date. */
    date: Type.Optional(CalendarDate),
    /** Each year: a day of a month, or a weekday (Monday 1) of a month by its number (-1 is the last). */
    month: Type.Optional(Month),
    day: Type.Optional(Type.Integer({ minimum: 1, maximum: 31 })),
    weekday: Type.Optional(Type.Integer({ minimum: 1, maximum: 7 })),
    nth: Type.Optional(Type.Integer({ minimum: -1, maximum: 5 })),
    /** Days after Easter Sunday (Gregorian); Good Friday is -2. */
    easter: Type.Optional(Type.Integer({ minimum: -100, maximum: 100 })),
    observed: Type.Optional(word(observedRules)),
  },
  strict,
);

/** Both days are part of the range; a range may go over the end of the year. */
const DayRange = Type.Object({ from: MonthDay, to: MonthDay }, strict);
const Season = Type.Object({ id: Id, ranges: Type.Array(DayRange, { minItems: 1, maxItems: 12 }) }, strict);

const dayWords = [
  ...['all', 'weekday', 'weekend', 'holiday'],
  ...['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'],
] as const;
export type DayWord = (typeof dayWords)[number];

/** `to` is not part of the range; 24:00 is the end of the day. */
const Hours = Type.Object({ from: ClockTime, to: ClockTime, period: Id }, strict);
const ScheduleRow = Type.Object(
  {
    /** Default: every season. */
    seasons: Type.Optional(Type.Array(Id, { minItems: 1, maxItems: 12 })),
    days: Type.Array(word(dayWords), { minItems: 1, maxItems: 11 }),
    /** The hours of the day, or one period for all of them. */
    hours: Type.Optional(Type.Array(Hours, { minItems: 1, maxItems: 96 })),
    period: Type.Optional(Id),
  },
  strict,
);
/** In the windows of an event the period is this one, whatever the table says. */
const EventPeriod = Type.Object(
  { event: Id, period: Id, mostPerYear: Type.Optional(Type.Integer({ minimum: 1, maximum: 8784 })) },
  strict,
);
const Schedule = Type.Object(
  {
    id: Id,
    rows: Type.Array(ScheduleRow, { minItems: 1, maxItems: 200 }),
    events: Type.Optional(Type.Array(EventPeriod, { minItems: 1, maxItems: 10 })),
  },
  strict,
);
/** What may be declared: checked when an operator declares it. */
const EventRule = Type.Object(
  {
    id: Id,
    name: Type.Optional(Title),
    mostPerYear: Type.Optional(Type.Integer({ minimum: 1, maximum: 8784 })),
    /** In each run of the season of the calendar that it falls in. */
    mostPerSeason: Type.Optional(Type.Integer({ minimum: 1, maximum: 8784 })),
    longestMinutes: Type.Optional(Type.Integer({ minimum: 1, maximum: 1440 })),
  },
  strict,
);
const Calendar = Type.Object(
  {
    holidays: Type.Optional(Type.Array(Holiday, { maxItems: 200 })),
    /** Of every holiday that has no rule of its own; must be said where there are holidays. */
    observed: Type.Optional(word(observedRules)),
    seasons: Type.Optional(Type.Array(Season, { maxItems: 48 })),
    schedules: Type.Optional(Type.Array(Schedule, { maxItems: 20 })),
    events: Type.Optional(Type.Array(EventRule, { maxItems: 20 })),
  },
  strict,
);

/** Of what a tier's limit is counted. `unit` stands for the unit of the charge: kWh, m3, kW. */
const limitUnits = [
  ...(['unit', 'daily', 'per-kW', 'per-kW-daily', 'per-person', 'per-person-daily'] as const),
  // shares of the water budget: of what people need, and with what their land needs
  ...(['indoor-budget', 'budget'] as const),
] as const;
const Step = Type.Object({ upTo: Type.Optional(Decimal), unit: Type.Optional(word(limitUnits)) }, strict);
/** Up to and with `upTo`; the last tier has none. Steps cut a tier by limits of their own. */
const Tier = Type.Object(
  {
    upTo: Type.Optional(Decimal),
    unit: Type.Optional(word(limitUnits)),
    steps: Type.Optional(Type.Array(Step, { minItems: 1, maxItems: 50 })),
  },
  strict,
);
const Prices = Type.Union([Decimal, Type.Array(Decimal, { minItems: 1, maxItems: 100 })]);
/** One price, or one a tier (each step of a tier counts as one), for each period. */
const PeriodPrices = Type.Record(Type.String(), Prices);

const common = { id: Id, name: Type.Optional(Title) };
const priced = {
  price: Type.Optional(Prices),
  prices: Type.Optional(PeriodPrices),
  schedule: Type.Optional(Id),
  tiers: Type.Optional(Type.Array(Tier, { minItems: 1, maxItems: 100 })),
  /** Only in bills of these months. */
  months: Type.Optional(Months),
};
const flow = { flow: Type.Optional(word(['import', 'export'] as const)) };
/** Charges a percentage is of: ids, or all that come before it in the order of a bill. */
const Of = Type.Optional(Type.Array(Id, { minItems: 1, maxItems: 200 }));

/** The shape of each kind of charge. */
export const chargeSchemas = {
  fixed: Type.Object(
    {
      ...common,
      kind: Type.Literal('fixed'),
      price: Decimal,
      per: word(['day', 'month', 'year'] as const),
      /** By the days of the bill; false: the whole price, however short the bill. */
      prorate: Type.Optional(Type.Boolean()),
      months: Type.Optional(Months),
    },
    strict,
  ),
  energy: Type.Object(
    {
      ...common,
      ...priced,
      ...flow,
      kind: Type.Literal('energy'),
      /** `proportional`: each period takes its share of every tier. `running`: tiers fill by time. */
      method: Type.Optional(word(['proportional', 'running'] as const)),
      /** Days that limits in `unit` and `per-kW` are meant for; default: the days of the whole cycle. */
      standardDays: Type.Optional(Type.Integer({ minimum: 1, maximum: 366 })),
      /** The demand charge whose billing demand limits per kW are multiplied by. */
      demand: Type.Optional(Id),
    },
    strict,
  ),
  demand: Type.Object(
    {
      ...common,
      ...priced,
      ...flow,
      kind: Type.Literal('demand'),
      unit: Type.Optional(word(['kW', 'kVA', 'kvar'] as const)),
      windowMinutes: Type.Integer({ minimum: 1, maximum: 1440 }),
      /** A rolling window moves by this much; without it windows are blocks by the local clock. */
      rollingMinutes: Type.Optional(Type.Integer({ minimum: 1, maximum: 1440 })),
      /** A window may reach over the end of a period, and counts for that it starts in. */
      straddle: Type.Optional(Type.Boolean()),
      /** Windows with estimated intervals can set the peak; default true, and the line says so. */
      estimatedCanPeak: Type.Optional(Type.Boolean()),
      minimum: Type.Optional(Decimal),
      /** Only the demand in the windows of this event: the peak of the system. */
      event: Type.Optional(Id),
      /** The billing demand of that charge in place of a peak of its own. */
      billedAs: Type.Optional(Id),
      prorate: Type.Optional(Type.Boolean()),
      ratchet: Type.Optional(
        Type.Object(
          {
            /** Share of a past peak that counts: one, or one for each calendar month of the peak. */
            fraction: Type.Union([Decimal, Type.Array(Decimal, { minItems: 12, maxItems: 12 })]),
            lookBackMonths: Type.Integer({ minimum: 1, maximum: 60 }),
            /** Peaks of these calendar months alone. */
            months: Type.Optional(Months),
            /** Months billed by at least their own peak; default all. */
            actualMonths: Type.Optional(Type.Array(Month, { maxItems: 12 })),
          },
          strict,
        ),
      ),
      /** kW are multiplied by target ÷ power factor where it is below the target. */
      powerFactor: Type.Optional(Type.Object({ target: Decimal }, strict)),
    },
    strict,
  ),
  dynamic: Type.Object(
    {
      ...common,
      ...flow,
      kind: Type.Literal('dynamic'),
      /** The price series: price of each interval, given when a bill is rated. */
      series: Id,
      factor: Type.Optional(Decimal),
      adder: Type.Optional(Decimal),
      /** Block and index: constant power at a price of its own, the rest at the price of the interval. */
      block: Type.Optional(
        Type.Object(
          {
            kW: Decimal,
            price: Decimal,
            /** What is not used of it: credited at the price of the interval (the default), or not billed. */
            unused: Type.Optional(word(['credited', 'not-billed'] as const)),
          },
          strict,
        ),
      ),
    },
    strict,
  ),
  rebate: Type.Object(
    {
      ...common,
      kind: Type.Literal('rebate'),
      event: Id,
      price: Decimal,
      /** How it is worked out what would have been used; default `ten-of-ten`. */
      baseline: Type.Optional(word(baselineMethods)),
    },
    strict,
  ),
  sewer: Type.Object(
    {
      ...common,
      kind: Type.Literal('sewer'),
      price: Decimal,
      /** Share of the water that goes down the drain; default 1. */
      share: Type.Optional(Decimal),
      /** Months of bills whose mean use a day is what is charged at most in the others. */
      winterMonths: Type.Optional(Months),
      /** In place of the winter of those who had none yet, in the unit of the tariff. */
      usualPerDay: Type.Optional(Decimal),
    },
    strict,
  ),
  rider: Type.Object(
    {
      ...common,
      ...flow,
      kind: Type.Literal('rider'),
      price: Type.Optional(Decimal),
      /** The price by calendar month. */
      monthly: Type.Optional(Type.Array(Decimal, { minItems: 12, maxItems: 12 })),
      /** Per kW of a demand charge in place of per unit of energy. */
      demand: Type.Optional(Id),
    },
    strict,
  ),
  percent: Type.Object({ ...common, kind: Type.Literal('percent'), percent: Decimal, of: Of }, strict),
  minimum: Type.Object(
    {
      ...common,
      kind: Type.Literal('minimum'),
      amount: Decimal,
      per: word(['day', 'month', 'year'] as const),
      of: Of,
    },
    strict,
  ),
  tax: Type.Object({ ...common, kind: Type.Literal('tax'), percent: Decimal, of: Of }, strict),
} as const;

export type ChargeKind = keyof typeof chargeSchemas;
export type ChargeOf<K extends ChargeKind> = Static<(typeof chargeSchemas)[K]>;
export type Charge = { [K in ChargeKind]: ChargeOf<K> }[ChargeKind];

const treatments = [
  'net-metering-energy',
  'net-metering-money',
  'net-billing',
  'net-billing-carry-over',
  'buy-all-sell-all',
] as const;

/** What is done with energy that is fed in; without it only what is drawn is billed. */
export const NetMetering = Type.Object(
  {
    treatment: word(treatments),
    /** Drawn and fed in are set off within each interval, each hour, or not at all. */
    netting: Type.Optional(word(['interval', 'hour', 'none'] as const)),
    /** What is paid at true-up: the energy left in the banks of the periods, or of all together. */
    bankScope: Type.Optional(word(['period', 'total'] as const)),
    /** Which bank a surplus goes into next month: that of the period, or of the period at its hours. */
    rollover: Type.Optional(word(['period', 'time-of-day'] as const)),
    trueUpMonth: Type.Optional(Month),
    /** Price of a unit of energy that is left at true-up. */
    trueUpPrice: Type.Optional(Decimal),
    /** What becomes of money that is left at true-up. */
    trueUp: Type.Optional(word(['pay', 'credit', 'forfeit'] as const)),
    /** Credits lower the bill they are earned in, or the next one. */
    creditsApply: Type.Optional(word(['current', 'next'] as const)),
  },
  strict,
);
export type NetMetering = Static<typeof NetMetering>;

export const TariffVersion = Type.Object(
  {
    /** Local dates of the usage point; `effectiveTo` is not part of the version. */
    effectiveFrom: Type.Optional(CalendarDate),
    effectiveTo: Type.Optional(CalendarDate),
    calendar: Type.Optional(Calendar),
    charges: Type.Array(Type.Unsafe<Charge>({ type: 'object' }), { minItems: 1, maxItems: 200 }),
    netMetering: Type.Optional(NetMetering),
    /** What tiers in `indoor-budget` and `budget` are shares of. */
    waterBudget: Type.Optional(
      Type.Object(
        {
          litresPerPersonDay: Decimal,
          /** Kc: what grows there against the reference crop; default 0.8. */
          cropFactor: Type.Optional(Decimal),
        },
        strict,
      ),
    ),
    /** Of every line; default the minor unit of the currency, half up. */
    rounding: Type.Optional(
      Type.Object(
        {
          mode: Type.Optional(word(['half-up', 'half-even'] as const)),
          digits: Type.Optional(Type.Integer({ minimum: 0, maximum: 12 })),
        },
        strict,
      ),
    ),
  },
  strict,
);
export type TariffVersion = Static<typeof TariffVersion>;

export const Tariff = Type.Object(
  {
    id: Id,
    name: Type.Optional(Title),
    commodity: word(['electricity', 'gas', 'water', 'heat'] as const),
    /** What prices per unit and limits of tiers are of; default kWh, for water m3. */
    unit: Type.Optional(word(['kWh', 'MWh', 'm3'] as const)),
    currency: Type.String({ pattern: '^[A-Z]{3}$' }),
    /** IANA zone of the calendar; default that of the usage point. */
    zone: Type.Optional(Type.String({ minLength: 1, maxLength: 60 })),
    source: Type.Optional(Type.String({ maxLength: 500 })),
    versions: Type.Array(TariffVersion, { minItems: 1, maxItems: 100 }),
  },
  strict,
);
export type Tariff = Static<typeof Tariff>;
export type TariffCalendar = Static<typeof Calendar>;
export type TariffSchedule = Static<typeof Schedule>;
export type TariffHoliday = Static<typeof Holiday>;
export type TariffTier = Static<typeof Tier>;
export type LimitUnit = (typeof limitUnits)[number];
