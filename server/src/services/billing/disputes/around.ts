/** What is known around a subject: bills, edits, exceptions, meters, events, frames. */
import type {
  ComparedBill,
  EditFact,
  EventFact,
  ExceptionFact,
  FrameFact,
  InstallationFact,
} from '@openami/billing';
import { type AccessContext, clockDriftEvent, DAY_S, eventName, formatInstant } from '@openami/model';
import type { BillRecord } from '@openami/store';
import type { NameOf } from '../../../identity/names.ts';
import { contentOf } from '../content.ts';
import { explainLine } from '../explain.ts';
import { unitText } from './readings.ts';
import { daysOf, type Subject, type SubjectParts } from './subject.ts';

/** Of each list, at most. */
const most = 200;
/** Edits of a channel, the newest first, among which those of the period are looked for. */
const mostEdits = 1_000;

/** Days and versions of a bill that is held against another. */
export function compared(bill: BillRecord): ComparedBill {
  const { id, fromS, toS, usage, total } = bill;
  const kept = contentOf(bill);
  return {
    ...{ id, from: formatInstant(fromS), to: formatInstant(toS), usage: usage ?? '0', total: total ?? '0' },
    days: (kept?.parts ?? []).reduce((sum, { days }) => sum + days, 0),
    tariffVersions: [...new Set((kept?.lines ?? []).map(({ tariffVersion }) => tariffVersion))],
  };
}

/** The bill of the period before, and that of the same cycle a year ago. */
export async function billsAround(
  { registry }: SubjectParts,
  ctx: AccessContext,
  subject: Subject,
): Promise<{ readonly lastPeriod: ComparedBill | null; readonly lastYear: ComparedBill | null }> {
  const { agreement } = subject;
  const cycleFrom = subject.bill?.cycleFrom ?? daysOf(subject).from;
  const yearAgo = `${Number(cycleFrom.slice(0, 4)) - 1}${cycleFrom.slice(4)}`;
  const { items } = await registry.bills.list(ctx, {
    account: agreement.account,
    state: 'issued',
    limit: 1_000,
  });
  const own = items.filter((bill) => bill.agreementId === agreement.id && bill.kind !== 'reversal');
  const [last] = own
    .filter(({ cycleTo }) => cycleTo <= cycleFrom)
    .sort((a, b) => (a.cycleTo < b.cycleTo ? 1 : -1));
  const then = own.find((bill) => bill.cycleFrom === yearAgo);
  const of = async (id: number | undefined) =>
    id === undefined ? null : compared(await registry.bills.get(ctx, id));
  return { lastPeriod: await of(last?.id), lastYear: await of(then?.id) };
}

export async function editsAround(
  { registry }: SubjectParts,
  ctx: AccessContext,
  { content, window, unit }: Subject,
  nameOf: NameOf,
): Promise<EditFact[]> {
  const found: EditFact[] = [];
  for (const channel of content.channels.import) {
    const { items } = await registry.edits.list(ctx, {
      channelId: channel.id,
      state: 'applied',
      limit: mostEdits,
    });
    for (const edit of items) {
      if (edit.undoneBy !== null || edit.undoes !== null) continue;
      if (edit.lastEnd <= window.fromS || edit.firstEnd >= window.toS + channel.intervalS) continue;
      found.push({
        ...{ id: edit.id, action: edit.action, by: nameOf(edit.requestedBy) || edit.requestedBy },
        ...{ at: edit.requestedAt.toISOString(), reason: edit.reason, change: unitText(edit.change, unit) },
        ...{ from: formatInstant(edit.firstEnd - channel.intervalS), to: formatInstant(edit.lastEnd) },
      });
    }
  }
  return found;
}

export async function exceptionsAround(
  { registry }: SubjectParts,
  ctx: AccessContext,
  subject: Subject,
): Promise<ExceptionFact[]> {
  const { from, to } = daysOf(subject);
  const query = { usagePointId: subject.agreement.usagePointId, fromDay: from, toDay: to, limit: most };
  const { items } = await registry.exceptions.list(ctx, query);
  return items.map(({ id, rule, severity, day, state, note }) => ({ id, rule, severity, day, state, note }));
}

export async function installationsAround(
  { registry }: SubjectParts,
  ctx: AccessContext,
  { agreement, window }: Subject,
): Promise<InstallationFact[]> {
  const all = await registry.installations.ofUsagePoint(ctx, agreement.usagePointId);
  return all
    .filter(
      ({ validFrom, validUntil }) =>
        validFrom.getTime() < window.toS * 1_000 &&
        (validUntil === null || validUntil.getTime() > window.fromS * 1_000),
    )
    .map(({ meterId, serial, role, validFrom, validUntil }) => ({
      ...{ meterId, serial, role, from: stamp(validFrom), until: validUntil && stamp(validUntil) },
    }));
}

/** As other instants of the evidence are told, so that they compare as text. */
const stamp = (at: Date) => formatInstant(Math.floor(at.getTime() / 1_000));

/** By the second field of the code: what it is about. */
const eventKinds: Readonly<Record<string, EventFact['kind']>> = { 26: 'power', 12: 'tamper', 36: 'clock' };

/** An event that arrives later than this after the period is not looked for. */
const lateS = 31 * DAY_S;
const mostEvents = 1_000;

const wasThere = ({ from, until }: InstallationFact, at: string) =>
  from <= at && (until === null || at < until);

/** What meters reported of the period while they were installed there. */
export async function eventsAround(
  { store }: SubjectParts,
  ctx: AccessContext,
  { window }: Subject,
  installations: readonly InstallationFact[],
): Promise<{ readonly events: EventFact[]; readonly clockDriftS: number | null }> {
  if (installations.length === 0) return { events: [], clockDriftS: null };
  const serials = new Map(installations.map(({ meterId, serial }) => [meterId, serial]));
  // the list goes by when an event was received, which may be long after it happened
  const received = await store.evidence.events(ctx, {
    meters: [...serials.keys()],
    ...{ fromMs: window.fromS * 1_000, beforeMs: (window.toS + lateS) * 1_000, limit: mostEvents },
  });
  const found = received.filter(
    ({ at, meter }) =>
      at >= window.fromS &&
      at < window.toS &&
      installations.some((one) => one.meterId === meter && wasThere(one, formatInstant(at))),
  );
  let clockDriftS: number | null = null;
  for (const { code, detail } of found) {
    const off = code === clockDriftEvent ? /(\d+) s /.exec(detail)?.[1] : undefined;
    if (off !== undefined) clockDriftS = Math.max(clockDriftS ?? 0, Number(off));
  }
  const events = found.slice(0, most).map(({ meter, at, code, severity, detail }): EventFact => {
    const kind = eventKinds[code.split('.')[1] ?? ''] ?? 'other';
    const words = [eventName(code), detail].filter((text) => text !== '').join(': ');
    return { serial: serials.get(meter) ?? '', at: formatInstant(at), kind, severity, words };
  });
  return { events, clockDriftS };
}

const largestLines = 3;
const readingsOfLine = 5;

/** The first readings behind the largest lines of a bill, with the messages they came in. */
export async function framesAround(
  parts: SubjectParts,
  ctx: AccessContext,
  { bill, lines }: Subject,
): Promise<FrameFact[]> {
  if (bill === undefined) return [];
  const largest = lines
    .map((line, i) => ({ line, number: i + 1, size: Math.abs(Number(line.amount)) }))
    .filter(({ line }) => /^(energy|demand)/.test(line.determinant))
    .sort((a, b) => b.size - a.size)
    .slice(0, largestLines);
  const found: FrameFact[] = [];
  for (const { number, line } of largest) {
    const { readings } = await explainLine(parts, ctx, bill.id, number, { limit: readingsOfLine });
    for (const { end, value, quality, frames } of readings)
      found.push({ line: line.id, end, value, quality, frames });
  }
  return found;
}
