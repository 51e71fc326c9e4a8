/**
 * Gathers the evidence of a dispute, as it is at this moment:
 *
 *   bill ─▶ what it was compared with ─▶ readings, edits, exceptions ─▶ meter, register, events ─▶ weighed
 */
import {
  billView,
  type DisputeFacts,
  type DisputeReason,
  disputeRules,
  weighDispute,
} from '@openami/billing';
import { type AccessContext, formatDay, formatInstant, parseDay, zoneTable } from '@openami/model';
import type { DisputeEvidence } from '../../../contract/disputes.ts';
import type { NameOf } from '../../../identity/names.ts';
import { billDetail, tariffsOf } from '../bill-detail.ts';
import { ratedAgain } from '../content.ts';
import { tariffPieces } from '../rate-agreement.ts';
import {
  billsAround,
  compared,
  editsAround,
  eventsAround,
  exceptionsAround,
  framesAround,
  installationsAround,
} from './around.ts';
import {
  changedSince,
  type DayFact,
  registerFacts,
  sumOfChannel,
  type UsageFacts,
  unitText,
  usageFacts,
  weekOf,
} from './readings.ts';
import { daysOf, type Subject, type SubjectParts } from './subject.ts';

/** The same days of the week a year ago. */
const yearDays = 364;

export interface Gathered {
  readonly evidence: DisputeEvidence;
  readonly suggests: DisputeEvidence['suggests'];
}

/** Throws what the stores throw. */
export async function gatherEvidence(
  parts: SubjectParts,
  ctx: AccessContext,
  subject: Subject,
  asked: { readonly reason: DisputeReason; readonly nameOf: NameOf; readonly nowMs: number },
): Promise<Gathered> {
  const { store } = parts;
  const { agreement, window, revision, unit, bill } = subject;
  const used = await usageFacts(store, ctx, { agreement, window, revision, unit });
  const past = await usageYearAgo(parts, ctx, subject);
  const installations = await installationsAround(parts, ctx, subject);
  const { events, clockDriftS } = await eventsAround(parts, ctx, subject, installations);
  const facts: DisputeFacts = {
    ...{ reason: asked.reason, unit, currency: subject.currency, zone: agreement.zone },
    bill: await billedFacts(parts, ctx, subject, used),
    ...(await billsAround(parts, ctx, subject)),
    edits: await editsAround(parts, ctx, subject, asked.nameOf),
    exceptions: await exceptionsAround(parts, ctx, subject),
    ...{ installations, events, clockDriftS },
    registers: await registerFacts(store, ctx, { agreement, window, revision, unit }),
    frames: await framesAround(parts, ctx, subject),
    week: { now: weekOf(used.days), yearAgo: weekOf(past) },
    check: await checkFacts(parts, ctx, subject, used),
    tariff: await tariffFacts(parts, subject),
    agreement: {
      from: formatInstant(Math.ceil(agreement.fromS)),
      until: agreement.untilS === null ? null : formatInstant(Math.ceil(agreement.untilS)),
    },
  };
  const weighed = weighDispute(facts);
  const titles = new Map(disputeRules.map(({ id, title }) => [id, title]));
  const evidence: DisputeEvidence = {
    ...{ gatheredAt: new Date(asked.nowMs).toISOString(), unit, zone: agreement.zone },
    ...{ words: weighed.words, supports: weighed.supports, against: weighed.against },
    suggests: weighed.suggests,
    findings: weighed.findings.map((one) => ({ ...one, title: titles.get(one.rule) ?? one.rule })),
    bill: bill === undefined ? null : await billDetail(parts, ctx, bill.id, asked.nameOf),
    ...{ usage: facts.bill.usage, total: subject.total },
    lastPeriod: copy(facts.lastPeriod),
    lastYear: copy(facts.lastYear),
    days: withYearAgo(used.days, past),
    edits: facts.edits.map((one) => ({ ...one })),
    exceptions: facts.exceptions.map((one) => ({ ...one })),
    installations: installations.map((one) => ({ ...one })),
    events: events.map((one) => ({ ...one })),
    registers: facts.registers.map((one) => ({ ...one })),
    check: facts.check && { ...facts.check },
    frames: facts.frames.map((one) => ({ ...one, frames: one.frames.map((frame) => ({ ...frame })) })),
  };
  return { evidence, suggests: weighed.suggests };
}

function copy(bill: DisputeFacts['lastPeriod']): DisputeEvidence['lastPeriod'] {
  return bill && { ...bill, tariffVersions: [...bill.tariffVersions] };
}

async function billedFacts(
  { store, book }: SubjectParts,
  ctx: AccessContext,
  subject: Subject,
  used: UsageFacts,
): Promise<DisputeFacts['bill']> {
  const { bill, content, agreement, window, revision, unit, lines, total } = subject;
  const rated = billView(ratedAgain(content, await tariffsOf(book, [content])));
  const { expected, present, estimated } = rated.readings;
  const head = bill
    ? compared(bill)
    : {
        ...{ id: 0, from: formatInstant(window.fromS), to: formatInstant(window.toS), total },
        days: content.parts.reduce((sum, { days }) => sum + days, 0),
        usage: unitText(used.amount, unit),
        tariffVersions: [...new Set(lines.map(({ tariffVersion }) => tariffVersion))],
      };
  return {
    ...head,
    ...{ expected, present, estimated, edited: used.edited },
    changedSince: await changedSince(store, ctx, agreement, window, revision),
    repeats: JSON.stringify(rated.lines) === JSON.stringify(content.lines),
  };
}

/** Use on the same days of the week a year ago, as it is known now. */
async function usageYearAgo(
  { store }: SubjectParts,
  ctx: AccessContext,
  subject: Subject,
): Promise<DayFact[]> {
  const { agreement, unit } = subject;
  const { fromDay, toDay } = daysOf(subject);
  const zone = zoneTable(agreement.zone);
  const window = { fromS: zone.dayStart(fromDay - yearDays), toS: zone.dayStart(toDay - yearDays) };
  if (window.fromS <= 0) return [];
  const revision = store.writer.horizon();
  return (await usageFacts(store, ctx, { agreement, window, revision, unit })).days;
}

function withYearAgo(days: readonly DayFact[], past: readonly DayFact[]): DisputeEvidence['days'] {
  const then = new Map(past.map(({ day, usage }) => [day, usage]));
  return days.map((one) => ({
    ...one,
    yearAgo: then.get(formatDay(parseDay(one.day) - yearDays)) ?? null,
  }));
}

async function checkFacts(
  { registry, store }: SubjectParts,
  ctx: AccessContext,
  { content, unit, window }: Subject,
  used: UsageFacts,
): Promise<DisputeFacts['check']> {
  const own = new Set(content.channels.import.map(({ id }) => id));
  // of registers there is no sum to hold against another meter's
  if (own.size !== 1 || content.source === 'registers') return null;
  const check = (await registry.channelChecks.list(ctx)).find(({ channelId }) => own.has(channelId));
  const [other] = check === undefined ? [] : await registry.channelFacts.of(ctx, [check.checkId]);
  if (other === undefined || other.intervalS === 0) return null;
  const sum = await sumOfChannel(store, ctx, other, window);
  if (sum === undefined) return null;
  return { serial: other.serial, usage: unitText(sum, unit), ownUsage: unitText(used.amount, unit) };
}

/** Tariffs in the order in which they were billed, and as the agreement has them now. */
async function tariffFacts({ book }: SubjectParts, { agreement, content, window }: Subject) {
  const tariffs = await book.many(agreement.tariffs.map(({ tariff }) => tariff));
  const { pieces } = tariffPieces(agreement, window, tariffs);
  const inOrder = (codes: readonly string[]) => codes.filter((code, i) => code !== codes[i - 1]);
  return {
    billed: inOrder(content.parts.map(({ tariff }) => tariff)),
    assigned: inOrder(pieces.map(({ tariff }) => tariff.record.code)),
  };
}
