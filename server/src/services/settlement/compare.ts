/** What differs between two runs of a settlement, row by row, and rows as CSV. */
import { scaledText } from '@openami/billing';
import { csvCell } from '@openami/exchange';
import { parseDecimal, subtractRational } from '@openami/model';
import type { SettlementChange, SettlementRow } from '../../contract/settlement.ts';

const figures = [
  ...(['import', 'export', 'importWithLosses', 'exportWithLosses'] as const),
  ...(['expected', 'present', 'estimated', 'missing'] as const),
];

/** Decimals that any figure of a row has at most. */
const digits = 21;

/** `after` - `before`, exact. */
function difference(after: string, before: string): string {
  const { n, d } = subtractRational(parseDecimal(after), parseDecimal(before));
  return scaledText((n * 10n ** BigInt(digits)) / d, digits, 0);
}

/** Rows of one interval at a time, by group. */
async function* byEnd(
  lines: AsyncIterable<string>,
): AsyncGenerator<{ end: string; rows: Map<string, SettlementRow> }, void, undefined> {
  let [end, rows] = ['', new Map<string, SettlementRow>()];
  for await (const line of lines) {
    const row = JSON.parse(line) as SettlementRow;
    if (row.end !== end && rows.size > 0) {
      yield { end, rows };
      rows = new Map();
    }
    end = row.end;
    rows.set(row.group, row);
  }
  if (rows.size > 0) yield { end, rows };
}

/** Rows that differ, of two runs with the same intervals; both are read once, side by side. */
export async function* changes(
  before: AsyncIterable<string>,
  after: AsyncIterable<string>,
): AsyncGenerator<SettlementChange, void, undefined> {
  const old = byEnd(before);
  for await (const { end, rows } of byEnd(after)) {
    const { value } = await old.next();
    const past = value?.rows ?? new Map<string, SettlementRow>();
    for (const group of new Set([...past.keys(), ...rows.keys()])) {
      const [a, b] = [past.get(group), rows.get(group)];
      if (a && b && figures.every((name) => a[name] === b[name])) continue;
      yield {
        ...{ end, group, before: a ? figuresOf(a) : null, after: b ? figuresOf(b) : null },
        import: difference(b?.import ?? '0', a?.import ?? '0'),
        export: difference(b?.export ?? '0', a?.export ?? '0'),
      };
    }
  }
}

function figuresOf({ end: _end, group: _group, ...rest }: SettlementRow) {
  return rest;
}

/** Rows as CSV. */
export async function* rowsCsv(lines: AsyncIterable<string>): AsyncGenerator<string, void, undefined> {
  yield `end,group,${figures.join(',')}\r\n`;
  for await (const line of lines) {
    const row = JSON.parse(line) as SettlementRow;
    yield `${row.end},${csvCell(row.group)},${figures.map((name) => row[name]).join(',')}\r\n`;
  }
}

/** Changes as CSV. */
export async function* changesCsv(
  of: AsyncIterable<SettlementChange>,
): AsyncGenerator<string, void, undefined> {
  const names = figures.flatMap((name) => [`before_${name}`, `after_${name}`]);
  yield `end,group,import,export,${names.join(',')}\r\n`;
  for await (const { end, group, before, after, ...by } of of) {
    const cells = figures.flatMap((name) => [before?.[name] ?? '', after?.[name] ?? '']);
    yield `${end},${csvCell(group)},${by.import},${by.export},${cells.join(',')}\r\n`;
  }
}
