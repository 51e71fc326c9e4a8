/** Columns of the meter table: what each shows, how wide it is, and whether the server can sort by it. */
import type { MeterItem } from '@openami/server/contract';
import { columnVisibilityFeature, createColumnHelper, tableFeatures } from '@tanstack/react-table';
import { formatWord } from '../lib/format.ts';
import { CommodityIcon } from '../ui/icon.tsx';
import { StateMark } from '../ui/marks.tsx';
import { Ago } from '../ui/time.tsx';

export const features = tableFeatures({ columnVisibilityFeature });

const helper = createColumnHelper<typeof features, MeterItem>();
const dash = <span className="muted">–</span>;

export const columns = helper.columns([
  helper.accessor('serial', { header: 'Serial', cell: (c) => <strong>{c.getValue()}</strong> }),
  helper.accessor('commodity', {
    header: 'Commodity',
    cell: (c) => (
      <span className="mark">
        <CommodityIcon commodity={c.getValue()} />
        {formatWord(c.getValue())}
      </span>
    ),
  }),
  helper.accessor('state', { header: 'State', cell: (c) => <StateMark state={c.getValue()} /> }),
  helper.accessor('lastReadingAt', { header: 'Last reading', cell: (c) => <Ago at={c.getValue()} /> }),
  helper.accessor('address', { header: 'Address', cell: (c) => c.getValue() ?? dash }),
  helper.accessor('usagePointCode', { header: 'Usage point', cell: (c) => c.getValue() ?? dash }),
  helper.accessor('account', { header: 'Account', cell: (c) => c.getValue() ?? dash }),
  helper.accessor('manufacturer', { header: 'Make', cell: (c) => c.getValue() || dash }),
  helper.accessor('model', { header: 'Model', cell: (c) => c.getValue() || dash }),
  helper.accessor('firmware', { header: 'Firmware', cell: (c) => c.getValue() || dash }),
  helper.accessor('protocol', { header: 'Protocol', cell: (c) => c.getValue() || dash }),
]);

/** Least width of each column, px; what is left over is shared out in proportion. */
export const columnWidths: Readonly<Record<string, number>> = {
  serial: 150,
  commodity: 120,
  state: 130,
  lastReadingAt: 120,
  address: 240,
  usagePointCode: 140,
  account: 130,
  manufacturer: 130,
  model: 140,
  firmware: 100,
  protocol: 110,
};

export const columnNames: Readonly<Record<string, string>> = {
  serial: 'Serial',
  commodity: 'Commodity',
  state: 'State',
  lastReadingAt: 'Last reading',
  address: 'Address',
  usagePointCode: 'Usage point',
  account: 'Account',
  manufacturer: 'Make',
  model: 'Model',
  firmware: 'Firmware',
  protocol: 'Protocol',
};

/** Columns the server sorts by. */
export const sortable: ReadonlySet<string> = new Set(['serial', 'model', 'state', 'lastReadingAt']);

const shownAtFirst = ['serial', 'commodity', 'state', 'lastReadingAt', 'address', 'account', 'model'];

/** Ids of the columns shown, from the address; the serial is always among them. */
export function shownColumns(text: string | undefined): string[] {
  const wanted = text ? text.split(',').filter((id) => id in columnWidths) : shownAtFirst;
  return wanted.includes('serial') ? wanted : ['serial', ...wanted];
}

/** The text for the address; nothing while the columns are those shown at first. */
export function columnsText(shown: readonly string[]): string | undefined {
  const ordered = Object.keys(columnWidths).filter((id) => shown.includes(id));
  const text = ordered.join(',');
  return text ===
    Object.keys(columnWidths)
      .filter((id) => shownAtFirst.includes(id))
      .join(',')
    ? undefined
    : text;
}
