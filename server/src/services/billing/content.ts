/**
 * A bill as it is kept: its lines as they were issued, and all that they were made from, so that the same
 * bill can be made again at any time. It is kept as numbers; names and texts are made when somebody reads.
 */
import {
  type BillLine,
  type BillView,
  billCredits,
  type CarryState,
  type CarryStateData,
  type CompiledVersion,
  type Determinants,
  emptyState,
  type RatedBill,
  type RatedPart,
  rate,
  readState,
  stateData,
} from '@openami/billing';
import type { BillRecord } from '@openami/store';
import type { BilledChannels } from './billed-channels.ts';
import { type PackedDeterminants, packDeterminants, unpackDeterminants } from './packed-determinants.ts';
import { type LineHead, type PackedLine, type PageHeads, packLines, unpackLines } from './packed-lines.ts';
import type { TracedBill } from './rate-agreement.ts';
import type { BookedTariff } from './tariff-book.ts';

interface StoredPart {
  readonly tariff: string;
  readonly number: number;
  readonly days: number;
  readonly cycleDays: number;
  readonly endsCycle: boolean;
  readonly persons: number;
  readonly determinants: Determinants;
}

/** A channel a bill was made of; UTC seconds. */
export interface StoredChannel {
  readonly id: number;
  readonly meter: number;
  readonly serial: string;
  readonly unit: string;
  readonly intervalS: number;
  readonly multiplier: string;
  readonly fromS: number;
  readonly toS: number;
}

export interface BillContent {
  /** year × 12 + month - 1. */
  readonly month: number;
  readonly zone: string;
  readonly source: BilledChannels['source'];
  readonly parts: readonly StoredPart[];
  readonly carryIn: CarryStateData | null;
  readonly channels: Readonly<Record<'import' | 'export' | 'reactive', readonly StoredChannel[]>>;
  readonly lines: readonly BillLine[];
  readonly earned: readonly BillLine[];
  readonly credits: BillView['credits'] | null;
}

/** Of bills before there were pages: lines as they are shown, big whole numbers as text that ends in `n`. */
interface FirstContent extends BillContent {
  readonly format: 1;
}

/** In the order of a bill; what is as in most bills is left out. */
interface StoredContent {
  readonly format: 2;
  readonly month: number;
  readonly zone: string;
  readonly source: BilledChannels['source'];
  readonly carryIn?: CarryStateData;
  readonly parts: readonly PackedPart[];
  readonly import: readonly PackedChannel[];
  readonly export?: readonly PackedChannel[];
  readonly reactive?: readonly PackedChannel[];
  readonly credits?: BillView['credits'];
}

type PackedPart = readonly [
  tariff: string,
  number: number,
  days: number,
  cycleDays: number,
  endsCycle: boolean,
  persons: number,
  determinants: PackedDeterminants,
  lines: readonly PackedLine[],
  earned: readonly PackedLine[],
];

type PackedChannel = readonly [
  id: number,
  meter: number,
  serial: string,
  unit: string,
  intervalS: number,
  multiplier: string,
  fromS: number,
  toS: number,
];

const reviver = (_key: string, value: unknown) =>
  typeof value === 'string' && /^-?\d+n$/.test(value) ? BigInt(value.slice(0, -1)) : value;

/** JSON text of a bill; words go to the heads of its page. */
export function contentText(
  bill: TracedBill,
  heads: PageHeads,
  more: { readonly month: number; readonly zone: string; readonly channels: BilledChannels },
): string {
  const { channels, month, zone } = more;
  const carryIn = carryData(bill.carryIn);
  const credits = billCredits(bill);
  const content: StoredContent = {
    ...{ format: 2, month, zone, source: channels.source, ...(carryIn && { carryIn }) },
    parts: bill.parts.map((part) => packPart(part, heads)),
    import: channels.import.map(packChannel),
    ...(channels.export.length > 0 && { export: channels.export.map(packChannel) }),
    ...(channels.reactive.length > 0 && { reactive: channels.reactive.map(packChannel) }),
    ...(credits && { credits }),
  };
  return JSON.stringify(content);
}

function packPart(
  { tariff, version, days, cycleDays, endsCycle, persons, determinants, rated }: TracedBill['parts'][number],
  heads: PageHeads,
): PackedPart {
  const { lines, earned } = rated;
  return [
    ...([tariff.record.code, tariff.numberOf(version), days, cycleDays, endsCycle, persons] as const),
    packDeterminants(determinants),
    packLines(lines, version, determinants, heads),
    packLines(earned, version, determinants, heads),
  ];
}

/** What a bill leaves to the next one; null for nothing, as the month of a bank alone says nothing. */
export function carryData(state: CarryState): CarryStateData | null {
  const { peaks, bank, surplus, credit, winters, yearToDate } = state;
  const nothing = surplus === 0 && credit === 0n && [peaks, bank, winters, yearToDate].every(isEmpty);
  return nothing ? null : stateData(state);
}

function isEmpty(record: object): boolean {
  for (const _key in record) return false;
  return true;
}

/** Raises BILLING_STATE. */
export function carriedState(stored: unknown): CarryState {
  return stored === null ? emptyState : readState(stored);
}

function packChannel({ channel, fromS, toS }: BilledChannels['import'][number]): PackedChannel {
  const { channelId, meterId, serial, unit, intervalS, multiplier } = channel;
  return [channelId, meterId, serial, unit, intervalS, multiplier, fromS, toS];
}

function unpackChannel([
  id,
  meter,
  serial,
  unit,
  intervalS,
  multiplier,
  fromS,
  toS,
]: PackedChannel): StoredChannel {
  return { id, meter, serial, unit, intervalS, multiplier, fromS, toS };
}

/** Content of a bill as it came from the store; undefined for bills without. */
export function contentOf({
  content,
  heads,
}: Pick<BillRecord, 'content' | 'heads'>): BillContent | undefined {
  if (content === null) return undefined;
  const stored = content as StoredContent | FirstContent;
  return stored.format === 1 ? revivedContent(stored) : unpacked(stored, heads as readonly LineHead[]);
}

function revivedContent(stored: FirstContent): BillContent {
  const parts = stored.parts.map((part) => ({
    ...part,
    determinants: JSON.parse(JSON.stringify(part.determinants), reviver) as Determinants,
  }));
  return { ...stored, parts };
}

function unpacked(stored: StoredContent, heads: readonly LineHead[]): BillContent {
  const { month, zone, source, carryIn = null, credits = null } = stored;
  const lines: BillLine[] = [];
  const earned: BillLine[] = [];
  const parts = stored.parts.map((part): StoredPart => {
    const [tariff, number, days, cycleDays, endsCycle, persons, packed, drawn, fed] = part;
    const determinants = unpackDeterminants(packed);
    lines.push(...unpackLines(drawn, heads, determinants));
    earned.push(...unpackLines(fed, heads, determinants));
    return { tariff, number, days, cycleDays, endsCycle, persons, determinants };
  });
  const channels = {
    import: stored.import.map(unpackChannel),
    export: (stored.export ?? []).map(unpackChannel),
    reactive: (stored.reactive ?? []).map(unpackChannel),
  };
  return { month, zone, source, carryIn, parts, channels, lines, earned, credits };
}

/** Versions of a content, by tariff and number; throws where one is gone, which never happens by itself. */
export function versionOfPart(
  { tariff, number }: { readonly tariff: string; readonly number: number },
  tariffs: ReadonlyMap<string, BookedTariff>,
): CompiledVersion {
  const version = tariffs.get(tariff)?.versionOf(number);
  if (version === undefined) throw new Error(`version ${number} of tariff ${tariff} is gone`);
  return version;
}

/**
 * Rates a kept bill again, from its determinants and the versions it used: the same bill, to be compared; or
 * the one it would be if the bill before it had left something else.
 */
export function ratedAgain(
  content: BillContent,
  tariffs: ReadonlyMap<string, BookedTariff>,
  carryIn: CarryState = carriedState(content.carryIn),
): RatedBill {
  let state = carryIn;
  const parts = content.parts.map((part): RatedPart => {
    const version = versionOfPart(part, tariffs);
    const { days, cycleDays, endsCycle, persons, determinants } = part;
    const input = { determinants, days, cycleDays, endsCycle, persons, month: content.month, state };
    const rated = rate(version, input);
    state = rated.state;
    return { version, days, cycleDays, determinants, rated };
  });
  const [first, last] = [content.parts[0]!, content.parts.at(-1)!];
  return { fromS: first.determinants.fromS, toS: last.determinants.toS, parts, state };
}
