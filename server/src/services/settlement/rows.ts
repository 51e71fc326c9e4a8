/** Rows of a settlement: every group in every interval, window by window, in exact decimals. */
import { scaledText } from '@openami/billing';
import { type AccessContext, formatInstant, parseDecimal } from '@openami/model';
import type { ReadingStore } from '@openami/store';
import type { SettlementGroup, SettlementRow } from '../../contract/settlement.ts';
import { type Member, type Membership, spansOf } from './members.ts';

export interface RowOptions {
  readonly store: Pick<ReadingStore, 'settlement'>;
  readonly membership: Membership;
  readonly startS: number;
  readonly stepS: number;
  readonly slots: number;
  readonly asOf: number;
  /** Exact decimal text by name of the group; default 1. */
  readonly lossFactors: Readonly<Record<string, string>>;
}

/** Cells (group × interval) that are in memory at a time. */
const cellsAtOnce = 100_000;
const rowsAPart = 2_000;
/** A kWh or m³ has this many thousandths of its base unit: 10^6. */
const unitDigits = 6;

interface Factor {
  readonly text: string;
  readonly n: bigint;
  readonly digits: number;
}

/** Sums of a cell, or of a whole group. */
interface Sums {
  drawn: bigint;
  fed: bigint;
  expected: number;
  present: number;
  estimated: number;
}

const noSums = (): Sums => ({ drawn: 0n, fed: 0n, expected: 0, present: 0, estimated: 0 });

export class SettlementRows {
  readonly #options: RowOptions;
  readonly #digits: number;
  readonly #factors: readonly Factor[];
  readonly #totals: Sums[];

  constructor(options: RowOptions) {
    const { membership, lossFactors } = options;
    this.#options = options;
    this.#digits = unitDigits + membership.decimals;
    this.#totals = membership.groups.map(noSums);
    this.#factors = membership.groups.map(({ name }) => factorOf(lossFactors[name] ?? '1'));
  }

  /** Lines of JSON in order of time, then of groups as they came up; some thousand a part. */
  async *lines(ctx: AccessContext): AsyncGenerator<string, void, undefined> {
    const { store, membership, startS, stepS, slots, asOf } = this.#options;
    const { groups, members, decimals } = membership;
    const slotsAtOnce = Math.max(1, Math.floor(cellsAtOnce / Math.max(1, groups.length)));
    for (let first = 0; first < slots; first += slotsAtOnce) {
      const count = Math.min(slotsAtOnce, slots - first);
      const fromS = startS + first * stepS;
      const window = { fromS, toS: fromS + count * stepS };
      const within = members.filter(({ fromS: a, untilS: b }) => a < window.toS && b > window.fromS);
      const cells = Array.from({ length: count * groups.length }, noSums);
      for (const member of within) expect(cells, member, fromS, stepS, count, groups.length);
      const spec = { startS: fromS, intervalS: stepS, slots: count, asOf };
      for (const one of await store.settlement.sums(ctx, spansOf(within, decimals), spec)) {
        const cell = cells[one.slot * groups.length + (one.group >> 1)]!;
        if (one.group % 2 === 1) cell.fed += one.sum;
        else cell.drawn += one.sum;
        cell.present += one.present;
        cell.estimated += one.estimated;
      }
      yield* this.#parts(cells, fromS);
    }
  }

  *#parts(cells: readonly Sums[], fromS: number): Generator<string, void, undefined> {
    const { membership, stepS } = this.#options;
    const { groups } = membership;
    let text = '';
    for (const [i, cell] of cells.entries()) {
      const g = i % groups.length;
      const end = formatInstant(fromS + (Math.floor(i / groups.length) + 1) * stepS);
      const row: SettlementRow = { end, group: groups[g]!.name, ...this.#figures(cell, g) };
      add(this.#totals[g]!, cell);
      text += `${JSON.stringify(row)}\n`;
      if ((i + 1) % rowsAPart !== 0) continue;
      yield text;
      text = '';
    }
    if (text !== '') yield text;
  }

  /** Groups with the sums of all rows that were made. */
  groups(): SettlementGroup[] {
    return this.#options.membership.groups.map(({ name, ...counts }, g) => ({
      ...{ group: name, lossFactor: this.#factors[g]!.text, ...counts },
      ...this.#figures(this.#totals[g]!, g),
    }));
  }

  #figures({ drawn, fed, expected, present, estimated }: Sums, g: number) {
    const { n, digits } = this.#factors[g]!;
    const text = (sum: bigint) => scaledText(sum, this.#digits, 0);
    const withLosses = (sum: bigint) => scaledText(sum * n, this.#digits + digits, 0);
    return {
      ...{ import: text(drawn), export: text(fed) },
      ...{ importWithLosses: withLosses(drawn), exportWithLosses: withLosses(fed) },
      ...{ expected, present, estimated, missing: Math.max(0, expected - present) },
    };
  }
}

function add(total: Sums, cell: Sums): void {
  total.drawn += cell.drawn;
  total.fed += cell.fed;
  total.expected += cell.expected;
  total.present += cell.present;
  total.estimated += cell.estimated;
}

function factorOf(text: string): Factor {
  const digits = /\.(\d+)$/.exec(text)?.[1]?.length ?? 0;
  const { n, d } = parseDecimal(text);
  return { text, n: (n * 10n ** BigInt(digits)) / d, digits };
}

/** Counts the readings a member owes in each slot: ends on its grid with from < end <= until. */
function expect(
  cells: Sums[],
  { group, intervalS, fromS, untilS }: Member,
  startS: number,
  stepS: number,
  slots: number,
  groups: number,
): void {
  const first = Math.max(0, Math.floor((fromS - startS) / stepS));
  const last = Math.min(slots - 1, Math.ceil((untilS - startS) / stepS) - 1);
  for (let slot = first; slot <= last; slot++) {
    const a = Math.max(fromS, startS + slot * stepS);
    const b = Math.min(untilS, startS + (slot + 1) * stepS);
    cells[slot * groups + group]!.expected += Math.floor(b / intervalS) - Math.floor(a / intervalS);
  }
}
