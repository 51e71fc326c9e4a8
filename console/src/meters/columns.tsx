/** Columns of the meter table: what each shows, how wide it is, and whether the server can sort by it. */
import type { MeterItem, MeterQuery } from '@openami/server/contract';
import type { ReactNode } from 'react';
import { formatWord } from '../lib/format.ts';
import { CommodityIcon } from '../ui/icon.tsx';
import { StateMark } from '../ui/marks.tsx';
import { Ago } from '../ui/time.tsx';

export interface MeterColumn {
  readonly id: keyof MeterItem;
  readonly name: string;
  /** Least width, px; what is left over is shared out in proportion. */
  readonly width: number;
  readonly cell: (meter: MeterItem) => ReactNode;
}

const textOf = (id: keyof MeterItem) => (meter: MeterItem) => meter[id] || <span className="muted">–</span>;

export const columns: readonly MeterColumn[] = [
  { id: 'serial', name: 'Serial', width: 150, cell: (m) => <strong>{m.serial}</strong> },
  {
    id: 'commodity',
    name: 'Commodity',
    width: 120,
    cell: (m) => (
      <span className="mark">
        <CommodityIcon commodity={m.commodity} />
        {formatWord(m.commodity)}
      </span>
    ),
  },
  { id: 'state', name: 'State', width: 130, cell: (m) => <StateMark state={m.state} /> },
  { id: 'lastReadingAt', name: 'Last reading', width: 120, cell: (m) => <Ago at={m.lastReadingAt} /> },
  { id: 'address', name: 'Address', width: 240, cell: textOf('address') },
  { id: 'usagePointCode', name: 'Usage point', width: 140, cell: textOf('usagePointCode') },
  { id: 'account', name: 'Account', width: 130, cell: textOf('account') },
  { id: 'manufacturer', name: 'Make', width: 130, cell: textOf('manufacturer') },
  { id: 'model', name: 'Model', width: 140, cell: textOf('model') },
  { id: 'firmware', name: 'Firmware', width: 110, cell: textOf('firmware') },
  { id: 'protocol', name: 'Protocol', width: 110, cell: textOf('protocol') },
];

const sorts = [
  'serial',
  'commodity',
  'state',
  'manufacturer',
  'model',
  'firmware',
] as const satisfies readonly MeterQuery['sort'][];

/** Columns the server sorts by. */
export const sortable: ReadonlySet<string> = new Set(sorts);

const shownAtFirst = ['serial', 'commodity', 'state', 'lastReadingAt', 'address', 'account', 'model'];

/** The columns shown, from the address; the serial is always among them. */
export function shownColumns(text: string | undefined): MeterColumn[] {
  const wanted = new Set(text ? text.split(',') : shownAtFirst);
  return columns.filter((c) => c.id === 'serial' || wanted.has(c.id));
}

/** The text for the address; nothing while the columns are those shown at first. */
export function columnsText(shown: readonly string[]): string | undefined {
  const textOfIds = (ids: readonly string[]) =>
    columns
      .map((c) => c.id)
      .filter((id) => ids.includes(id))
      .join(',');
  const text = textOfIds(shown);
  return text === textOfIds(shownAtFirst) ? undefined : text;
}
