/**
 * A bill line down to what the meter sent: line → determinant → intervals as the bill knew them → messages
 * they came in.
 */
import {
  type CompiledCharge,
  type CompiledVersion,
  type Determinants,
  type EventWindow,
  periodMapsOf,
  perUnitOf,
  type Window,
  windowsOfPeriod,
} from '@openami/billing';
import {
  type AccessContext,
  formatInstant,
  parseDecimal,
  parseInstantS,
  Quality,
  qualityName,
  zoneTable,
} from '@openami/model';
import type { BillRecord, Readings } from '@openami/store';
import type { AppContext } from '../../context.ts';
import type { BillLineExplanation, BillLineItem } from '../../contract/billing.ts';
import { serverErrors } from '../../errors.ts';
import { tariffsOf } from './bill-detail.ts';
import { type BillContent, contentOf, type StoredChannel, versionOfPart } from './content.ts';
import { type CameIn, framesBehind, type KnownReading, type Version } from './frames-behind.ts';
import { quantityText, showDeterminants, showLines } from './show.ts';
import type { TariffBook } from './tariff-book.ts';
import { registerReachS } from './usage.ts';

type Parts = Pick<AppContext, 'registry' | 'store'> & { readonly book: TariffBook };
type ReadingItem = BillLineExplanation['readings'][number];

export interface ExplainPage {
  /** End of the last interval that was shown. */
  readonly after?: number;
  readonly limit?: number;
}

/** Raises NOT_FOUND, BILL_EXPLAIN, OUT_OF_SCOPE. */
export async function explainLine(
  parts: Parts,
  ctx: AccessContext,
  id: number,
  number: number,
  { after = 0, limit = 200 }: ExplainPage,
): Promise<BillLineExplanation> {
  const bill = await parts.registry.bills.get(ctx, id);
  const content = contentOf(bill);
  const lines = showLines([...(content?.lines ?? [])]);
  const line = lines[number - 1];
  if (content === undefined || line === undefined)
    throw serverErrors.BILL_EXPLAIN(`bill ${id} has ${lines.length} lines, there is no line ${number}`);
  const tariffs = await tariffsOf(parts.book, [content]);
  const part = content.parts.find(({ determinants: { fromS, toS } }) => {
    // a line of an event is of its window
    const fromOfLineS = parseInstantS(line.from);
    return fromS <= fromOfLineS && fromOfLineS < toS;
  })!;
  const version = versionOfPart(part, tariffs);
  const charge = version.charges.find(({ id: of }) => of === line.charge);
  const of = linesBehind(line, lines, charge);
  const windows = windowsBehind(line, charge, version, part.determinants, content.zone);
  const found = await readingsBehind(parts, ctx, bill, content, flowOf(charge, version), windows);
  const page = found.filter(({ endS }) => endS > after).slice(0, limit);
  const came = await framesBehind(parts, ctx, page);
  const last = page.at(-1);
  return {
    ...{ bill: id, line, of },
    words: [
      ...wordsOf(line, of, found, part.determinants, { zone: content.zone, currency: version.currency }),
      ...(await eventWords(parts, ctx, eventsBehind(line, charge, version, part.determinants), content.zone)),
    ],
    determinants: showDeterminants(part.determinants, version, part.days, content.source, part.tariff),
    readings: page.map((one, i) => ({ ...one.item, ...cameIn(one, came[i]!) })),
    sum:
      content.source === 'registers'
        ? line.quantity
        : sumOf(found, part.determinants.gas ? 'm3' : version.unit),
    next: last !== undefined && found.at(-1)!.endS > last.endS ? last.endS : null,
  };
}

/** Lines that a percentage, tax or minimum is made of; a tax is of other taxes only if it names them. */
export function linesBehind(
  line: BillLineItem,
  lines: readonly BillLineItem[],
  charge: CompiledCharge | undefined,
): BillLineItem[] {
  if (line.kind !== 'percent' && line.kind !== 'tax' && line.kind !== 'minimum') return [];
  const of = charge !== undefined && 'of' in charge ? charge.of : undefined;
  const counts = ({ charge: id, kind }: BillLineItem) =>
    of === undefined ? line.kind !== 'tax' || kind !== 'tax' : of.has(id);
  return lines.filter((one) => one.number < line.number && one.from === line.from && counts(one));
}

/** When the intervals of a line began; none for lines that no reading stands behind. */
function windowsBehind(
  line: BillLineItem,
  charge: CompiledCharge | undefined,
  version: CompiledVersion,
  { fromS, toS, demand, windows: events = {} }: Determinants,
  zone: string,
): Window[] {
  const whole = [{ fromS, toS }];
  if (line.determinant === 'event') return [{ fromS: parseInstantS(line.from), toS: parseInstantS(line.to) }];
  if (line.determinant === 'demand' && charge?.kind === 'demand') {
    const { windowS } = demand[charge.need] ?? { windowS: 0 };
    const endS = line.at === undefined ? 0 : parseInstantS(line.at);
    return endS === 0 ? [] : [{ fromS: endS - windowS, toS: endS }];
  }
  if (!/^(energy|price-series|event)/.test(line.determinant)) return [];
  if (charge === undefined || !('schedule' in charge) || line.period === undefined) return whole;
  const map = periodMapsOf(version, { fromS, toS }, zone, events)[charge.schedule]!;
  return windowsOfPeriod(map, line.period);
}

/** Which way the energy of a line flows. */
export function flowOf(
  charge: CompiledCharge | undefined,
  { needs }: Pick<CompiledVersion, 'needs'>,
): 'import' | 'export' {
  if (charge === undefined) return 'import';
  if (charge.kind === 'demand') return needs.demands[charge.need]!.flow;
  return 'flow' in charge ? charge.flow : 'import';
}

interface FoundReading extends KnownReading {
  /** Thousandths of the base unit. */
  readonly amount: number;
  /** What a version of it comes to, in the unit of the channel. */
  readonly text: (version: Version) => string;
  readonly item: Omit<ReadingItem, 'came' | 'frames'>;
}

async function readingsBehind(
  { store }: Parts,
  ctx: AccessContext,
  { revision }: BillRecord,
  { channels, source }: BillContent,
  flow: 'import' | 'export',
  windows: readonly Window[],
): Promise<FoundReading[]> {
  if (windows.length === 0) return [];
  const found: FoundReading[] = [];
  for (const channel of channels[flow]) {
    const span = spanOf(channel, windows, source);
    const known = await store.readings.profile(ctx, channel.id, span, { asOf: revision });
    const now = await store.readings.profile(ctx, channel.id, span);
    const current = new Map<number, number>();
    for (let i = 0; i < now.length; i++) current.set(now.end[i]!, now.revision[i]!);
    for (let i = 0; i < known.length; i++) {
      if (known.quality[i] === Quality.missing || !isWithin(known.end[i]!, channel, windows, source))
        continue;
      found.push(readingOf(known, i, channel, current.get(known.end[i]!) !== known.revision[i]));
    }
  }
  found.sort((a, b) => a.endS - b.endS);
  return source === 'registers' ? readsAround(found, windows) : found;
}

/** Of each end of the time that is billed, the reads of a register before and after it, or the one at it. */
function readsAround(found: readonly FoundReading[], windows: readonly Window[]): FoundReading[] {
  const around = new Set<FoundReading>();
  for (const atS of [windows[0]!.fromS, windows.at(-1)!.toS]) {
    const before = found.findLast(({ endS }) => endS <= atS);
    const after = found.find(({ endS }) => endS >= atS);
    for (const one of [before, after]) if (one !== undefined) around.add(one);
  }
  return [...around];
}

function spanOf(
  { fromS, toS, intervalS }: StoredChannel,
  windows: readonly Window[],
  source: string,
): Window {
  const reachS = source === 'registers' ? registerReachS : 0;
  return {
    fromS: Math.max(windows[0]!.fromS, fromS) - reachS - 1,
    toS: Math.min(windows.at(-1)!.toS, toS) + reachS + intervalS,
  };
}

/** An interval is of the window that holds its start; of a register all reads are looked at. */
function isWithin(endS: number, channel: StoredChannel, windows: readonly Window[], source: string): boolean {
  if (source === 'registers') return true;
  const startS = endS - channel.intervalS;
  if (endS <= channel.fromS || startS >= channel.toS) return false;
  return windows.some(({ fromS, toS }) => startS >= fromS && startS < toS);
}

function readingOf(rows: Readings, i: number, channel: StoredChannel, changedSince: boolean): FoundReading {
  const { n, d } = parseDecimal(channel.multiplier);
  const amountOf = (of: Version) => (of.value * of.resolution * Number(n)) / Number(d);
  const text = (of: Version) => quantityText(amountOf(of), perUnitOf(channel.unit));
  const endS = rows.end[i]!;
  const version: Version = {
    ...{ value: rows.value[i]!, resolution: rows.resolution[i]! },
    ...{ quality: rows.quality[i]!, revision: rows.revision[i]! },
  };
  return {
    ...{ ...version, endS, amount: amountOf(version), text, channel: channel.id, meter: channel.meter },
    item: {
      ...{ channelId: channel.id, meterId: channel.meter, serial: channel.serial },
      ...{ start: formatInstant(endS - channel.intervalS), end: formatInstant(endS) },
      ...{ value: text(version), unit: channel.unit },
      ...{ quality: qualityName(version.quality), revision: version.revision, changedSince },
    },
  };
}

/** Null for a version that was in no message that is kept. */
function cameIn({ text }: FoundReading, { version, frames }: CameIn): Pick<ReadingItem, 'came' | 'frames'> {
  const { revision, quality } = version;
  return {
    came: frames.length === 0 ? null : { revision, value: text(version), quality: qualityName(quality) },
    frames: frames.map(({ receivedMs, source, device }) => ({
      ...{ receivedAt: new Date(receivedMs).toISOString(), source, device },
    })),
  };
}

function sumOf(found: readonly FoundReading[], unit: string): string {
  const sum = found.reduce((total, { amount }) => total + amount, 0);
  return quantityText(sum, perUnitOf(unit));
}

/** Events that a line is of: those that made its period, or the one that was saved in. */
function eventsBehind(
  line: BillLineItem,
  charge: CompiledCharge | undefined,
  { needs }: CompiledVersion,
  { events, windows = {} }: Determinants,
): EventWindow[] {
  if (charge?.kind === 'rebate')
    return events[charge.need]!.filter(({ fromS }) => formatInstant(fromS) === line.from);
  if (charge === undefined || !('schedule' in charge)) return [];
  return needs.schedules[charge.schedule]!.events.flatMap(({ event, period }) =>
    period === line.period ? (windows[event] ?? []) : [],
  );
}

/** Why each event was called. */
async function eventWords(
  { registry }: Parts,
  ctx: AccessContext,
  events: readonly EventWindow[],
  zone: string,
): Promise<string[]> {
  const words: string[] = [];
  for (const { id, fromS, toS } of events) {
    if (id === undefined) continue;
    const { event, reason, declaredBy } = await registry.tariffEvents.get(ctx, id);
    const when = `${zoneTable(zone).format(fromS)} to ${zoneTable(zone).format(toS)}`;
    words.push(`Event '${event}' from ${when} was declared by ${declaredBy}: ${reason}.`);
  }
  return words;
}

function wordsOf(
  line: BillLineItem,
  of: readonly BillLineItem[],
  found: readonly FoundReading[],
  { expected, present, estimated }: Determinants,
  { zone, currency }: { readonly zone: string; readonly currency: string },
): string[] {
  const words = [`${line.name}: ${line.formula} comes to ${line.amount} ${currency}.`];
  if (line.unrounded !== undefined)
    words.push(`Before it was rounded, once, it was ${line.unrounded} ${currency}.`);
  if (of.length > 0)
    words.push(
      `It is worked out from ${of.map(({ id, amount }) => `${id} (${amount} ${currency})`).join(', ')}.`,
    );
  if (line.at !== undefined) {
    const at = zoneTable(zone).format(parseInstantS(line.at));
    words.push(`The peak was reached in the window that ended ${at}.`);
  }
  if (found.length > 0) {
    const guessed = found.filter(({ quality }) => quality === Quality.estimated).length;
    words.push(`${found.length} readings stand behind it, ${guessed} of them estimated.`);
  }
  words.push(`The bill saw ${present} of ${expected} intervals, ${estimated} of them estimated.`);
  return words;
}
