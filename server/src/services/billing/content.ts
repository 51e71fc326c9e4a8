/**
 * A bill as it is kept: its lines as they were issued, and all that they were made from, so that the same
 * bill can be made again at any time. Whole numbers beyond doubles stand as text that ends in `n`.
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

/** Of bills before there were pages: lines stand in it as they are shown. */
interface FirstContent extends BillContent {
  readonly format: 1;
}

interface StoredContent extends Omit<BillContent, 'parts' | 'lines' | 'earned'> {
  readonly format: 2;
  readonly parts: readonly (StoredPart & {
    readonly lines: readonly PackedLine[];
    readonly earned: readonly PackedLine[];
  })[];
}

const reviver = (_key: string, value: unknown) =>
  typeof value === 'string' && /^-?\d+n$/.test(value) ? BigInt(value.slice(0, -1)) : value;

function revived(stored: unknown): unknown {
  return JSON.parse(JSON.stringify(stored), reviver);
}

/** JSON text of a bill; words go to the heads of its page. */
export function contentText(
  bill: TracedBill,
  heads: PageHeads,
  more: { readonly month: number; readonly zone: string; readonly channels: BilledChannels },
): string {
  const { channels, month, zone } = more;
  const content: StoredContent = {
    ...{ format: 2, month, zone, source: channels.source, carryIn: carryData(bill.carryIn) },
    parts: bill.parts.map(
      ({ tariff, version, days, cycleDays, endsCycle, persons, determinants, rated }) => ({
        ...{ tariff: tariff.record.code, number: tariff.numberOf(version) },
        ...{ days, cycleDays, endsCycle, persons, determinants: storedDeterminants(determinants) },
        lines: packLines(rated.lines, version, determinants, heads),
        earned: packLines(rated.earned, version, determinants, heads),
      }),
    ),
    channels: {
      import: channels.import.map(storedChannel),
      export: channels.export.map(storedChannel),
      reactive: channels.reactive.map(storedChannel),
    },
    credits: billCredits(bill) ?? null,
  };
  return JSON.stringify(content);
}

/** What a bill leaves to the next one; null for nothing, which most leave. */
export function carryData(state: CarryState): CarryStateData | null {
  const { peaks, bank, bankMonth, surplus, credit, yearToDate } = state;
  const nothing =
    bankMonth === 0 && surplus === 0 && credit === 0n && [peaks, bank, yearToDate].every(isEmpty);
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

/** Determinants have one big number, and hardly ever it. */
function storedDeterminants(determinants: Determinants): Determinants {
  const { dynamic } = determinants;
  if (dynamic.length === 0) return determinants;
  const stored = dynamic.map((one) => ({ ...one, valued: `${one.valued}n` }));
  return { ...determinants, dynamic: stored as unknown as Determinants['dynamic'] };
}

function storedChannel({ channel, fromS, toS }: BilledChannels['import'][number]): StoredChannel {
  const { channelId, meterId, serial, unit, intervalS, multiplier } = channel;
  return { id: channelId, meter: meterId, serial, unit, intervalS, multiplier, fromS, toS };
}

/** Content of a bill as it came from the store; undefined for bills without. */
export function contentOf({
  content: stored,
  heads,
}: Pick<BillRecord, 'content' | 'heads'>): BillContent | undefined {
  if (stored === null) return undefined;
  const content = stored as StoredContent | FirstContent;
  const parts = content.parts.map((part) => ({
    ...part,
    determinants: revived(part.determinants) as Determinants,
  }));
  if (content.format === 1) return { ...content, parts };
  const linesOf = (which: 'lines' | 'earned') =>
    content.parts.flatMap((part) =>
      unpackLines(part[which], heads as readonly LineHead[], part.determinants),
    );
  return { ...content, parts, lines: linesOf('lines'), earned: linesOf('earned') };
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

/** Rates a kept bill again, from its determinants and the versions it used: the same bill, to be compared. */
export function ratedAgain(content: BillContent, tariffs: ReadonlyMap<string, BookedTariff>): RatedBill {
  let state = carriedState(content.carryIn);
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
