/** Events of tariffs: what a tariff knows of them, and one more that is declared within its limits. */
import {
  type CompiledVersion,
  eventCounts,
  eventFault,
  type KnownEvent,
  knownEvents,
} from '@openami/billing';
import {
  type AccessContext,
  DAY_S,
  formatDay,
  formatInstant,
  parseInstantS,
  type ZoneTable,
  zoneTable,
} from '@openami/model';
import type { TariffEvent } from '@openami/store';
import type { AppContext } from '../../context.ts';
import type {
  KnownEventItem,
  TariffEventBody,
  TariffEventItem,
  TariffEvents,
} from '../../contract/billing-inputs.ts';
import { serverErrors } from '../../errors.ts';
import type { BookedTariff } from './tariff-book.ts';

type Parts = Pick<AppContext, 'registry' | 'clock' | 'config' | 'billing'>;

const mostListed = 500;
/** An event that is declared later than this is a mistake in its date. */
const LATEST_DAYS = 400;

/** Raises NOT_FOUND. */
export async function tariffEvents(parts: Parts, ctx: AccessContext, code: string): Promise<TariffEvents> {
  const booked = await parts.billing.book.of(code);
  const zone = zoneOf(parts, booked);
  const nowS = Math.floor(parts.clock.nowMs() / 1_000);
  const { items } = await parts.registry.tariffEvents.list(ctx, { tariff: code, limit: mostListed });
  const today = zone.localDayOf(nowS);
  const version = versionOn(booked, today);
  const held = items.filter(({ withdrawnS }) => withdrawnS === null);
  return {
    zone: zone.zone,
    known:
      version === undefined
        ? []
        : knownEvents(version).map((rule) => showKnown(rule, version, zone, today, held)),
    events: items.map((event) => showEvent(event, nowS)),
  };
}

/** Days of a tariff without a zone of its own are those of the utility. */
function zoneOf({ config }: Parts, { record }: BookedTariff): ZoneTable {
  return zoneTable(record.zone ?? config.zone);
}

function versionOn({ compiled }: BookedTariff, day: number): CompiledVersion | undefined {
  return compiled.versions.find(({ fromDay, toDay }) => fromDay <= day && day < toDay);
}

function showKnown(
  rule: KnownEvent,
  { calendar }: CompiledVersion,
  zone: ZoneTable,
  today: number,
  held: readonly TariffEvent[],
): KnownEventItem {
  const { event, name, kinds, longestMinutes = null } = rule;
  const of = held.filter((one) => one.event === event);
  const counts = eventCounts(rule, calendar, zone, today, of).map((one) => ({
    ...one,
    ...{ from: formatDay(one.from), to: formatDay(one.to) },
  }));
  return { event, name, kinds: [...kinds], longestMinutes, counts };
}

export function showEvent(
  { fromS, toS, declaredS, withdrawnS, ...event }: TariffEvent,
  nowS: number,
): TariffEventItem {
  const when = nowS < fromS ? 'coming' : nowS < toS ? 'now' : 'past';
  return {
    ...event,
    ...{ from: formatInstant(fromS), to: formatInstant(toS), declaredAt: formatInstant(declaredS) },
    state: withdrawnS === null ? when : 'withdrawn',
    withdrawnAt: withdrawnS === null ? null : formatInstant(withdrawnS),
  };
}

/** Raises NOT_FOUND, EVENT_REFUSED. */
export async function declareEvent(
  parts: Parts,
  ctx: AccessContext,
  tariff: string,
  { event, from, to, reason }: TariffEventBody,
  key: string,
): Promise<{ readonly event: TariffEventItem; readonly created: boolean }> {
  const booked = await parts.billing.book.of(tariff);
  const zone = zoneOf(parts, booked);
  const nowS = Math.floor(parts.clock.nowMs() / 1_000);
  const window = { fromS: parseInstantS(from), toS: parseInstantS(to) };
  const day = zone.localDayOf(window.fromS);
  const refuse = (why: string): never => {
    throw serverErrors.EVENT_REFUSED(`'${event}' of ${tariff} from ${from} to ${to}: ${why}`);
  };
  const version =
    versionOn(booked, day) ?? refuse(`no version of the tariff is in force on ${formatDay(day)}`);
  const rules = knownEvents(version);
  const known = rules.map((one) => one.event).join(', ') || 'none';
  const rule = rules.find((one) => one.event === event) ?? refuse(`the tariff knows ${known}`);
  if (window.fromS > nowS + LATEST_DAYS * DAY_S) refuse(`that is more than ${LATEST_DAYS} days away`);
  // who is called afterwards cannot act on it
  if (window.fromS < nowS && rule.kinds.includes('price')) refuse('it has begun, and prices are told before');
  const made = await parts.registry.tariffEvents.declare(
    ctx,
    { tariff, event, ...window, reason, key },
    (held) => {
      const fault = eventFault(rule, version.calendar, zone, window, held);
      if (fault !== undefined) refuse(fault);
    },
  );
  return { event: showEvent(made.event, nowS), created: made.created };
}
