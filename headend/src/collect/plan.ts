/**
 * A reading plan: which meters, what is read of them, how often, and by when. It is data: a utility's plans
 * are a JSON array, checked here member by member, and nothing else of collection knows a meter's model.
 *
 *     { "code": "home-quarter-hours",
 *       "from": "2026-04-01T00:00:00+02:00",
 *       "meters": { "commodity": ["electricity"], "attributes": { "route": ["7", "8"] } },
 *       "read": [ { "kind": "profile", "obis": "1-0:99.1.0", "period": 900 },
 *                 { "kind": "registers", "obis": ["1-0:1.8.0"], "period": "day" },
 *                 { "kind": "events", "obis": ["0-0:99.98.0"], "period": "day" } ],
 *       "every": { "each": "day", "delayS": 300, "spreadS": 3600 },
 *       "due": { "after": "day", "levels": [ { "share": 0.95, "withinS": 28800 },
 *                                            { "share": 0.99, "withinS": 86400 } ] },
 *       "value": 1 }
 *
 * When two plans read the same of one meter, it is read once, by the plan that wants it sooner (`itemsFor`).
 *
 * A plan owes nothing of the time before it was in force, or before it came to select a meter. What a meter
 * recorded earlier is read all the same, and is due as if it ended at that moment (`deadlinesOf`).
 */
import {
  type Commodity,
  dayBounds,
  findObis,
  formatObis,
  isCommodity,
  isZone,
  type ZoneTable,
  zoneTable,
} from '@openami/model';
import { CaptureGrid, type CapturePeriod } from './grid.ts';
import { Checker } from './plan-checker.ts';

/** What a selector may ask about a meter. */
export interface PlanMeter {
  readonly id: number;
  readonly commodity: Commodity;
  readonly model: string;
  readonly protocol: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Code of the network segment it is reached through. */
  readonly segment: string;
  /** IANA zone of its usage point. */
  readonly zone: string;
}

/** All members that are given must hold; of a member's list, any. Nothing given: every meter. */
export interface MeterSelector {
  readonly commodity?: readonly Commodity[];
  readonly model?: readonly string[];
  readonly protocol?: readonly string[];
  readonly segment?: readonly string[];
  /** Attribute name to the values that are wanted, compared as text. */
  readonly attributes?: Readonly<Record<string, readonly string[]>>;
}

/** A profile: rows at the ends of its capture period. Registers and events: once in every period. */
export interface PlanItem {
  readonly kind: 'profile' | 'registers' | 'events';
  /** Canonical OBIS codes; a profile has one, its own. */
  readonly obis: readonly string[];
  readonly period: CapturePeriod;
  /**
   * Where the meter's clock differs from its usage point's zone, such as `+01:00` for standard time all the
   * year.
   */
  readonly zone?: string;
}

export interface ServiceLevel {
  /** Of what is expected, above 0 to 1. */
  readonly share: number;
  readonly withinS: number;
}

export interface ReadingPlan {
  readonly code: string;
  /** Not in force before, UTC seconds; left out: since it was made. */
  readonly fromS?: number;
  readonly meters: MeterSelector;
  readonly read: readonly PlanItem[];
  readonly every: {
    /** After each interval, each local day, or each so many seconds (counted on the wall clock). */
    readonly each: 'interval' | 'day' | number;
    /** Pause after the interval or day closed, until the meter has surely written its row. */
    readonly delayS: number;
    /** Meters start spread over this time, each always at the same place in it. */
    readonly spreadS: number;
  };
  readonly due: {
    /** Deadlines count from the end of each interval, or from the close of its local day. */
    readonly after: 'interval' | 'day';
    /** Ascending in time, 1 to 4. */
    readonly levels: readonly ServiceLevel[];
  };
  /** Worth of one entry against those of other plans, above 0. */
  readonly value: number;
}

/** Most levels of a plan; the queue keeps a deadline for each. */
export const maxLevels = 4;
const maxItems = 64;
const maxNames = 1_000;
const maxSpanS = 366 * 86_400;

/** Checks a list of plans. Raises COLLECT_PLAN_*, naming the member in `data.path`. */
export function parsePlans(value: unknown): ReadingPlan[] {
  const root = new Checker('plans');
  const plans = root.list(value, 0, maxNames).map((plan, i) => parsePlanAt(root.at(i), plan));
  const codes = new Set<string>();
  for (const { code } of plans) {
    if (codes.has(code)) throw root.invalid(`two plans have the code '${code}'`);
    codes.add(code);
  }
  return plans;
}

/** Checks one plan. Raises COLLECT_PLAN_*, naming the member in `data.path`. */
export function parsePlan(value: unknown): ReadingPlan {
  return parsePlanAt(new Checker('plan'), value);
}

function parsePlanAt(at: Checker, value: unknown): ReadingPlan {
  const plan = at.object(value, ['code', 'from', 'meters', 'read', 'every', 'due', 'value']);
  const parsed: ReadingPlan = {
    code: at.at('code').text(plan.code),
    ...(plan.from === undefined ? {} : { fromS: at.at('from').instant(plan.from) }),
    meters: parseSelector(at.at('meters'), plan.meters ?? {}),
    read: at
      .at('read')
      .list(plan.read, 1, maxItems)
      .map((item, i) => parseItem(at.at('read').at(i), item)),
    every: parseEvery(at.at('every'), plan.every),
    due: parseDue(at.at('due'), plan.due),
    value: at.at('value').number(plan.value ?? 1, 1e-6, 1e6),
  };
  const { every, due } = parsed;
  const first = due.levels[0]!;
  if (every.delayS + every.spreadS >= first.withinS) {
    throw at.levels(
      `reading starts up to ${every.delayS + every.spreadS} s late, due within ${first.withinS} s`,
    );
  }
  if (due.after === 'interval' && every.each === 'day' && first.withinS < 86_400) {
    throw at.levels(`intervals are due within ${first.withinS} s, but read once a day`);
  }
  return parsed;
}

function parseSelector(at: Checker, value: unknown): MeterSelector {
  const given = at.object(value, ['commodity', 'model', 'protocol', 'segment', 'attributes']);
  const names = (key: 'model' | 'protocol' | 'segment') =>
    given[key] === undefined ? {} : { [key]: at.at(key).texts(given[key], maxNames) };
  const commodity = at.at('commodity');
  return {
    ...(given.commodity !== undefined && {
      commodity: commodity.texts(given.commodity, maxNames).map((name) => {
        if (!isCommodity(name)) throw commodity.invalid(`'${name}' is no commodity`);
        return name;
      }),
    }),
    ...names('model'),
    ...names('protocol'),
    ...names('segment'),
    ...(given.attributes !== undefined && {
      attributes: Object.fromEntries(
        Object.entries(at.at('attributes').record(given.attributes, maxItems)).map(([name, wanted]) => [
          name,
          at.at('attributes').at(name).texts(wanted, maxNames),
        ]),
      ),
    }),
  };
}

function parseItem(at: Checker, value: unknown): PlanItem {
  const item = at.object(value, ['kind', 'obis', 'period', 'zone']);
  const kind = at.at('kind').oneOf(item.kind, ['profile', 'registers', 'events']);
  const codes = typeof item.obis === 'string' ? [item.obis] : item.obis;
  const obis = at
    .at('obis')
    .texts(codes, maxItems)
    .map((text) => {
      const found = findObis(text);
      if (!found) throw at.at('obis').invalid(`'${text}' is not an OBIS code`);
      return formatObis(found);
    });
  if (kind === 'profile' && obis.length !== 1) throw at.at('obis').invalid('a profile is one object');
  const period = at.at('period').period(item.period);
  if (item.zone === undefined) return { kind, obis, period };
  const zone = at.at('zone').text(item.zone);
  if (!isZone(zone)) throw at.at('zone').invalid(`'${zone}' is no time zone`);
  return { kind, obis, period, zone };
}

function parseEvery(at: Checker, value: unknown): ReadingPlan['every'] {
  const every = at.object(value, ['each', 'delayS', 'spreadS']);
  const { each } = every;
  return {
    each:
      typeof each === 'number'
        ? (at.at('each').period(each) as number)
        : at.at('each').oneOf(each, ['interval', 'day']),
    delayS: at.at('delayS').whole(every.delayS ?? 0, 0, maxSpanS),
    spreadS: at.at('spreadS').whole(every.spreadS ?? 0, 0, maxSpanS),
  };
}

function parseDue(at: Checker, value: unknown): ReadingPlan['due'] {
  const due = at.object(value, ['after', 'levels']);
  const levels = at
    .at('levels')
    .list(due.levels, 1, maxLevels)
    .map((entry, i) => {
      const here = at.at('levels').at(i);
      const level = here.object(entry, ['share', 'withinS']);
      return {
        share: here.at('share').number(level.share, 1e-6, 1),
        withinS: here.at('withinS').whole(level.withinS, 1, maxSpanS),
      };
    });
  levels.slice(1).forEach((level, i) => {
    const before = levels[i]!;
    if (level.withinS <= before.withinS || level.share < before.share) {
      throw at.at('levels').levels(`level ${i + 2} is not later than level ${i + 1}, or asks for less`);
    }
  });
  return { after: at.at('after').oneOf(due.after, ['interval', 'day']), levels };
}

/** Whether a meter belongs to the selector's group. */
export function selects(selector: MeterSelector, meter: PlanMeter): boolean {
  const { commodity, model, protocol, segment, attributes } = selector;
  if (commodity && !commodity.includes(meter.commodity)) return false;
  if (model && !model.includes(meter.model)) return false;
  if (protocol && !protocol.includes(meter.protocol)) return false;
  if (segment && !segment.includes(meter.segment)) return false;
  return Object.entries(attributes ?? {}).every(([name, wanted]) => {
    if (!Object.hasOwn(meter.attributes, name)) return false;
    const value = meter.attributes[name];
    const values = Array.isArray(value) ? value : [value];
    return values.some((one) => wanted.includes(String(one)));
  });
}

/** What the plans that select a meter read of it. Of plans that read the same, the one that is due sooner. */
export function itemsFor(
  plans: readonly ReadingPlan[],
  meter: PlanMeter,
): { plan: ReadingPlan; item: PlanItem }[] {
  const found = new Map<string, { plan: ReadingPlan; item: PlanItem }>();
  for (const plan of plans) {
    if (!selects(plan.meters, meter)) continue;
    for (const item of plan.read) {
      const key = [item.kind, item.period, item.zone ?? meter.zone, ...item.obis].join(' ');
      const other = found.get(key);
      if (other === undefined || isDueSooner(plan, other.plan)) found.set(key, { plan, item });
    }
  }
  return [...found.values()];
}

/** An interval's own deadline comes before that of its day, whatever follows. */
function isDueSooner(a: ReadingPlan, b: ReadingPlan): boolean {
  if (a.due.after !== b.due.after) return a.due.after === 'interval';
  return a.due.levels[0]!.withinS < b.due.levels[0]!.withinS;
}

/** The grid of an item on a meter in `zone`. */
export function gridOf(item: PlanItem, zone: string): CaptureGrid {
  return new CaptureGrid(zoneTable(item.zone ?? zone), item.period);
}

/**
 * When the interval that ends at `endS` counts as late, by level; UTC seconds, ascending. `owedFromS`: since
 * when the plan owes the meter's readings.
 */
export function deadlinesOf(plan: ReadingPlan, table: ZoneTable, endS: number, owedFromS = 0): number[] {
  const dueS = Math.max(endS, Math.ceil(owedFromS));
  const fromS = plan.due.after === 'day' ? closeOf(table, dueS) : dueS;
  return plan.due.levels.map((level) => fromS + level.withinS);
}

/**
 * Intervals that end by this instant may be asked for now: their interval or day is closed and the delay
 * and the meter's place in the spread are over.
 */
export function openUntilS(plan: ReadingPlan, table: ZoneTable, meter: number, nowS: number): number {
  const { each, delayS, spreadS } = plan.every;
  const utcS = nowS - delayS - Math.floor(placeOf(meter) * spreadS);
  if (each === 'interval') return utcS;
  return new CaptureGrid(table, each).startOf(utcS);
}

/** The end of the local day that an interval lies in; of one longer than a day, of its last day. */
function closeOf(table: ZoneTable, endS: number): number {
  return dayBounds(table, table.localDayOf(endS - 1)).to;
}

/** A meter's place in a spread, [0, 1): neighbours in number are far apart (golden ratio). */
function placeOf(meter: number): number {
  return (Math.imul(meter, 0x9e3779b9) >>> 0) / 4294967296;
}
