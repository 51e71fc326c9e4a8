/** What a meter lacks, laid out on one time axis: a row for each thing that is read of it. Pure. */
import type { GapItem } from '@openami/server/contract';

interface GapRow {
  readonly name: string;
  readonly plan: string;
  readonly entries: number;
  /** Shares of the axis, 0 to 1. */
  readonly spans: readonly { readonly from: number; readonly to: number }[];
}

export interface GapLayout {
  readonly fromMs: number;
  readonly toMs: number;
  readonly rows: readonly GapRow[];
}

/** Undefined where nothing is missing. */
export function gapLayout(items: readonly GapItem[]): GapLayout | undefined {
  if (items.length === 0) return undefined;
  const fromMs = Math.min(...items.map(({ from }) => Date.parse(from)));
  const toMs = Math.max(...items.map(({ to }) => Date.parse(to)));
  const lengthMs = Math.max(1, toMs - fromMs);
  const at = (time: string) => (Date.parse(time) - fromMs) / lengthMs;
  const rows = new Map<string, { name: string; plan: string; entries: number; spans: GapRow['spans'] }>();
  for (const { kind, obis, plan, from, to, entries } of items) {
    const name = `${kind} ${obis.join(', ')}`;
    const key = `${plan} ${name}`;
    const row = rows.get(key) ?? { name, plan, entries: 0, spans: [] };
    const spans = [...row.spans, { from: at(from), to: at(to) }];
    rows.set(key, { ...row, entries: row.entries + entries, spans });
  }
  return { fromMs, toMs, rows: [...rows.values()] };
}
