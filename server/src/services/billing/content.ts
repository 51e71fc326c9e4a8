/**
 * A bill as it is kept: its lines as they were issued, and all that they were made from, so that the same
 * bill can be made again at any time. Whole numbers beyond doubles stand as text that ends in `n`.
 */
import {
  type BillLine,
  type BillView,
  type CarryState,
  type CarryStateData,
  type CompiledVersion,
  type Determinants,
  type RatedBill,
  type RatedPart,
  rate,
  readState,
  stateData,
} from '@openami/billing';
import type { BilledChannels } from './billed-channels.ts';
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
  readonly format: 1;
  /** year × 12 + month - 1. */
  readonly month: number;
  readonly zone: string;
  readonly source: BilledChannels['source'];
  readonly parts: readonly StoredPart[];
  readonly carryIn: CarryStateData;
  readonly channels: Readonly<Record<'import' | 'export' | 'reactive', readonly StoredChannel[]>>;
  readonly lines: readonly BillLine[];
  readonly earned: readonly BillLine[];
  readonly credits: BillView['credits'] | null;
}

const replacer = (_key: string, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value);
const reviver = (_key: string, value: unknown) =>
  typeof value === 'string' && /^-?\d+n$/.test(value) ? BigInt(value.slice(0, -1)) : value;

function revived(stored: unknown): unknown {
  return JSON.parse(JSON.stringify(stored), reviver);
}

/** JSON text of a bill. */
export function contentText(
  bill: TracedBill,
  view: BillView,
  more: { readonly month: number; readonly zone: string; readonly channels: BilledChannels },
): string {
  const { channels } = more;
  const content: BillContent = {
    ...{
      format: 1,
      month: more.month,
      zone: more.zone,
      source: channels.source,
      carryIn: stateData(bill.carryIn),
    },
    parts: bill.parts.map(({ tariff, version, days, cycleDays, endsCycle, persons, determinants }) => ({
      ...{
        tariff: tariff.record.code,
        number: tariff.numberOf(version),
        days,
        cycleDays,
        endsCycle,
        persons,
      },
      determinants,
    })),
    channels: {
      import: channels.import.map(storedChannel),
      export: channels.export.map(storedChannel),
      reactive: channels.reactive.map(storedChannel),
    },
    ...{ lines: view.lines, earned: view.earned ?? [], credits: view.credits ?? null },
  };
  return JSON.stringify(content, replacer);
}

function storedChannel({ channel, fromS, toS }: BilledChannels['import'][number]): StoredChannel {
  const { channelId, meterId, serial, unit, intervalS, multiplier } = channel;
  return { id: channelId, meter: meterId, serial, unit, intervalS, multiplier, fromS, toS };
}

/** Content as it came from the store; undefined for bills without. */
export function contentOf(stored: unknown): BillContent | undefined {
  if (stored === null || stored === undefined) return undefined;
  const content = stored as BillContent;
  return {
    ...content,
    parts: content.parts.map((part) => ({
      ...part,
      determinants: revived(part.determinants) as Determinants,
    })),
  };
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
  carryIn: CarryState = readState(content.carryIn),
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
