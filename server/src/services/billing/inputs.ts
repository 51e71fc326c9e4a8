/**
 * What bills need besides readings, for a page of them: values of series, windows of events and what is
 * stated of usage points, each as known at the second the readings are taken as of. So a bill that is made
 * again later finds the same, whatever was uploaded since.
 */
import {
  baselineReachS,
  billingErrors,
  type CompiledVersion,
  type UsageFacts,
  type ValueSeries,
  type Window,
} from '@openami/billing';
import { type AttributeName, groupBy, parseDay, systemAccess, zoneTable } from '@openami/model';
import type { BillingSeries, KnownAttribute, RegistryStore, TariffEvent } from '@openami/store';
import type { ReadyTask } from './calculate.ts';
import type { BookedTariff } from './tariff-book.ts';
import {
  inUnit,
  joinedSeries,
  type StatedText,
  statedSeries,
  statedTexts,
  valueSeries,
} from './value-series.ts';

/** Everything of a task but its readings, under one of its tariffs. */
export type TaskFacts = Pick<UsageFacts, 'events' | 'prices' | 'gas' | 'water'>;

export interface PageInputs {
  /** Windows of the events of a tariff, also of the days before that baselines are made of. */
  events(tariff: string): Windows;
  /** Raises BILLING_USAGE. */
  facts(task: ReadyTask, tariff: BookedTariff): TaskFacts;
}

export type InputRegistry = Pick<RegistryStore, 'billingSeries' | 'tariffEvents' | 'billingAttributes'>;

/** A year of quarter hours twice over: no window of bills needs more. */
const MOST_SPANS = 80_000;

/** Of a page of bills. Throws what the registry throws. */
export async function pageInputs(
  registry: InputRegistry,
  tasks: readonly ReadyTask[],
  revision: number,
): Promise<PageInputs> {
  const asked = tasks.filter(({ stretches, gas }) => gas || stretches.some((one) => needsMore(one.version)));
  if (asked.length === 0) return nothing;
  const window = {
    fromS: Math.min(...asked.map(({ task }) => task.window.fromS)),
    toS: Math.max(...asked.map(({ task }) => task.window.toS)),
  };
  const events = await eventsOf(registry, asked, window, revision);
  const attributes = await attributesOf(registry, asked, revision);
  const names = new Set([...seriesOfTariffs(asked), ...seriesOfPoints(attributes.values())]);
  const series = await loadSeries(registry, [...names], window, revision);
  const eventsFor = (tariff: string) => events.get(tariff) ?? {};
  return {
    events: eventsFor,
    facts: (ready, tariff) => ({
      events: eventsFor(tariff.record.code),
      prices: pricesFor(seriesOf(ready.stretches, tariff.record.code), series, tariff),
      ...pointFacts(attributes.get(ready.task.agreement.usagePointId) ?? [], ready, series),
    }),
  };
}

const nothing: PageInputs = { events: () => ({}), facts: () => ({}) };

/** Whether a version asks for more than readings. */
export function needsMore({ needs, waterBudget, charges }: CompiledVersion): boolean {
  return (
    needs.dynamic.length > 0 ||
    eventNames({ needs }).length > 0 ||
    waterBudget !== undefined ||
    charges.some(({ kind }) => kind === 'sewer')
  );
}

/** Events that a version goes by. */
function eventNames({ needs }: Pick<CompiledVersion, 'needs'>): string[] {
  return [
    ...needs.schedules.flatMap(({ events }) => events.map(({ event }) => event)),
    ...needs.events.map(({ event }) => event),
    ...needs.demands.flatMap(({ event }) => event ?? []),
  ];
}

type Windows = NonNullable<UsageFacts['events']>;

/** Windows by tariff and event; baselines leave out the days of events before the bill. */
async function eventsOf(
  registry: InputRegistry,
  tasks: readonly ReadyTask[],
  { fromS, toS }: Window,
  revision: number,
): Promise<ReadonlyMap<string, Windows>> {
  const names = new Map<string, Set<string>>();
  for (const { pieces, stretches } of tasks)
    for (const { tariff } of pieces) {
      const known = names.get(tariff.record.code) ?? new Set();
      for (const { version } of stretches) for (const name of eventNames(version)) known.add(name);
      if (known.size > 0) names.set(tariff.record.code, known);
    }
  if (names.size === 0) return new Map();
  const window = { fromS: fromS - baselineReachS, toS };
  const found = await registry.tariffEvents.known(systemAccess, [...names.keys()], window, revision);
  const byTariff = groupBy(found, ({ tariff }: TariffEvent) => tariff);
  return new Map(
    [...names].map(([tariff, events]) => {
      const of = byTariff.get(tariff) ?? [];
      const windows = [...events].map((event) => [
        event,
        of
          .filter((one) => one.event === event)
          .map((one) => ({ id: one.id, fromS: one.fromS, toS: one.toS })),
      ]);
      return [tariff, Object.fromEntries(windows) as Windows];
    }),
  );
}

async function attributesOf(
  registry: InputRegistry,
  tasks: readonly ReadyTask[],
  revision: number,
): Promise<ReadonlyMap<number, KnownAttribute[]>> {
  const points = tasks
    .filter(({ task, gas }) => gas || task.agreement.commodity === 'water')
    .map(({ task }) => task.agreement.usagePointId);
  if (points.length === 0) return new Map();
  const known = await registry.billingAttributes.known(systemAccess, [...new Set(points)], revision);
  return groupBy(known, ({ usagePointId }: KnownAttribute) => usagePointId);
}

/** Price series that the versions of a tariff name. */
function seriesOf(stretches: ReadyTask['stretches'], tariff: string): string[] {
  return stretches.flatMap(({ version }) =>
    version.tariff === tariff ? version.needs.dynamic.map(({ series }) => series) : [],
  );
}

function seriesOfTariffs(tasks: readonly ReadyTask[]): string[] {
  return tasks.flatMap(({ stretches }) =>
    stretches.flatMap(({ version }) => version.needs.dynamic.map(({ series }) => series)),
  );
}

const namesOfSeries: readonly AttributeName[] = ['calorificSeries', 'weatherSeries'];

function seriesOfPoints(attributes: Iterable<readonly KnownAttribute[]>): string[] {
  return [...attributes].flatMap((of) =>
    of.flatMap(({ name, value }) => (value !== null && namesOfSeries.includes(name) ? [value] : [])),
  );
}

/** A series with what it is a series of. */
interface Loaded {
  readonly record: BillingSeries;
  readonly values: ValueSeries;
}

/** Those of the names that there are. */
async function loadSeries(
  registry: InputRegistry,
  names: readonly string[],
  window: Window,
  revision: number,
): Promise<ReadonlyMap<string, Loaded>> {
  const loaded = new Map<string, Loaded>();
  if (names.length === 0) return loaded;
  for (const record of await registry.billingSeries.find(systemAccess, names)) {
    const options = { limit: MOST_SPANS, knownS: revision };
    const spans = await registry.billingSeries.spans(systemAccess, record.code, window, options);
    loaded.set(record.code, { record, values: valueSeries(spans) });
  }
  return loaded;
}

/** Prices in the currency and unit of a tariff. Raises BILLING_USAGE for those of another. */
function pricesFor(
  names: Iterable<string>,
  series: ReadonlyMap<string, Loaded>,
  { record: { currency, unit } }: BookedTariff,
): Record<string, ValueSeries> {
  const prices: Record<string, ValueSeries> = {};
  for (const name of new Set(names)) {
    const found = series.get(name);
    if (found === undefined) continue;
    const given = found.record.unit;
    const priced = inUnit(found.values, given, `${currency}/${unit}`);
    if (priced === undefined)
      throw billingErrors.BILLING_USAGE(`'${name}' is in ${given}, the tariff bills ${currency}/${unit}`);
    prices[name] = priced;
  }
  return prices;
}

/** Series of a quantity alone. */
function ofQuantity(
  series: ReadonlyMap<string, Loaded>,
  quantity: BillingSeries['quantity'],
): ReadonlyMap<string, ValueSeries> {
  const found = [...series].filter(([, { record }]) => record.quantity === quantity);
  return new Map(found.map(([name, { values }]) => [name, values]));
}

/** What is stated of a usage point, as values over time. */
function pointFacts(
  attributes: readonly KnownAttribute[],
  { task: { agreement }, gas }: ReadyTask,
  series: ReadonlyMap<string, Loaded>,
): Pick<TaskFacts, 'gas' | 'water'> {
  // gas that is billed by volume, or measured as energy, stays as it is
  if (!gas && agreement.commodity !== 'water') return {};
  const zone = zoneTable(agreement.zone);
  const texts = (name: AttributeName): StatedText[] =>
    statedTexts(
      attributes
        .filter((one) => one.name === name)
        .map(({ validFrom, value }) => ({ fromS: zone.dayStart(parseDay(validFrom)), value })),
    );
  const named = (name: AttributeName, quantity: BillingSeries['quantity']) => {
    const stated = texts(name);
    const label = [...new Set(stated.map(({ value }) => value))].join(', ');
    return {
      label: label === '' ? undefined : label,
      values: joinedSeries(stated, ofQuantity(series, quantity)),
    };
  };
  if (gas) {
    const { label = `none stated for ${agreement.usagePoint}`, values } = named(
      'calorificSeries',
      'calorific-value',
    );
    return { gas: { correction: statedSeries(texts('volumeCorrection')), calorific: values, series: label } };
  }
  const { label, values } = named('weatherSeries', 'evapotranspiration');
  const [persons, area, winterAverage] = (
    ['persons', 'irrigatedAreaM2', 'winterAverageLPerDay'] as const
  ).map((name) => statedSeries(texts(name)));
  return {
    water: {
      ...{ persons: persons!, area: area!, winterAverage: winterAverage!, evapotranspiration: values },
      ...(label !== undefined && { series: label }),
    },
  };
}
