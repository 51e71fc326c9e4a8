/**
 * Lines of bills as they are kept: whole numbers. The words, which most bills of a page share, stand once a
 * page in its heads; texts are made when somebody reads.
 *
 *   heads     [ ["energy.day.1", "energy", "Energy", …], … ]
 *   a line    [ head, quantity, of which one, price, amount, estimated, at, from, to, note ]
 *
 * `of which one` is 0 where it is that of the line before. Zeros at the end are left out, and whole numbers
 * beyond doubles are text.
 */
import {
  type BillLine,
  billLine,
  type CompiledVersion,
  type Determinants,
  type Line,
} from '@openami/billing';

type Whole = number | string;
export type PackedLine = readonly Whole[];

/** Words of a line, how many of its price are one, and decimals and currency of its amount. */
export type LineHead = readonly [
  id: string,
  charge: string,
  name: string,
  kind: Line['kind'],
  period: string,
  tier: number,
  determinant: Line['determinant'],
  unit: string,
  version: string,
  perPrice: Whole,
  digits: number,
  currency: string,
];

function wholeOf(value: bigint): Whole {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}

/** Time of the part of a bill that the lines are of; most are of all of it. */
type Span = Pick<Determinants, 'fromS' | 'toS'>;

interface KnownHead {
  readonly line: Line;
  readonly index: number;
}

/** Heads of the bills of a page, each once. */
export class PageHeads {
  readonly #heads: LineHead[] = [];
  readonly #known = new Map<CompiledVersion, Map<string, KnownHead[]>>();

  /** Number of the head of a line. */
  indexOf(line: Line, version: CompiledVersion): number {
    const ofVersion = this.#known.get(version) ?? new Map<string, KnownHead[]>();
    if (ofVersion.size === 0) this.#known.set(version, ofVersion);
    const alike = ofVersion.get(line.id) ?? [];
    if (alike.length === 0) ofVersion.set(line.id, alike);
    for (const known of alike) if (sameHead(known.line, line)) return known.index;
    const index = this.#heads.length;
    this.#heads.push(headOf(line, version));
    alike.push({ line, index });
    return index;
  }

  text(): string {
    return JSON.stringify(this.#heads);
  }
}

function sameHead(a: Line, b: Line): boolean {
  return (
    a.price.d === b.price.d &&
    a.name === b.name &&
    a.kind === b.kind &&
    a.unit === b.unit &&
    a.determinant === b.determinant &&
    a.period === b.period &&
    a.tier === b.tier &&
    a.charge === b.charge &&
    a.version === b.version
  );
}

function headOf(line: Line, { digits, currency }: CompiledVersion): LineHead {
  const { id, charge, name, kind, period, tier, determinant, unit, version, price } = line;
  return [
    ...([id, charge, name, kind, period, tier, determinant, unit, version] as const),
    ...([wholeOf(price.d), digits, currency] as const),
  ];
}

export function packLines(
  lines: readonly Line[],
  version: CompiledVersion,
  { fromS, toS }: Span,
  heads: PageHeads,
): readonly PackedLine[] {
  let lastD = 0n;
  return lines.map((line) => {
    const { quantity, price, amount, estimated, atS } = line;
    const d = quantity.d === lastD ? 0 : wholeOf(quantity.d);
    lastD = quantity.d;
    const packed = [heads.indexOf(line, version), wholeOf(quantity.n), d, wholeOf(price.n), wholeOf(amount)];
    const noted = line.note !== '';
    const own = noted || line.fromS !== fromS || line.toS !== toS;
    if (own || atS !== 0 || estimated !== 0) packed.push(estimated);
    if (own || atS !== 0) packed.push(atS);
    if (own) packed.push(line.fromS, line.toS);
    if (noted) packed.push(line.note);
    return packed;
  });
}

/** Lines of a part as they are shown. */
export function unpackLines(
  lines: readonly PackedLine[],
  heads: readonly LineHead[],
  span: Span,
): BillLine[] {
  let lastD = 1n;
  return lines.map(([head, n, d, priceN, amount, estimated = 0, atS = 0, from, to, note = '']) => {
    const [id, charge, name, kind, period, tier, determinant, unit, version, perPrice, digits, currency] =
      heads[head as number]!;
    const [fromS, toS] = [Number(from ?? span.fromS), Number(to ?? span.toS)];
    if (d !== 0) lastD = BigInt(d!);
    const line: Line = {
      ...{ id, charge, name, kind, period, tier, determinant, unit, version, fromS, toS },
      ...{ quantity: { n: BigInt(n!), d: lastD }, price: { n: BigInt(priceN!), d: BigInt(perPrice) } },
      ...{ amount: BigInt(amount!), estimated: Number(estimated), atS: Number(atS) },
      note: String(note),
    };
    return billLine(line, { digits, currency });
  });
}
