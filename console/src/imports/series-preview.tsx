/** What a file that speaks for itself holds: its series, and its first lines for those who want them. */
import type { ImportPreview, PreviewSeries } from '@openami/server/contract';
import { formatCount, formatInterval } from '../lib/format.ts';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { Empty } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';

const columns: readonly Column<PreviewSeries>[] = [
  { name: 'Meter', sortBy: (s) => s.device, cell: (s) => <strong>{s.device}</strong> },
  { name: 'Quantity', sortBy: (s) => s.quantity, cell: (s) => <code>{s.quantity}</code> },
  { name: 'Unit', cell: (s) => s.unit || <span className="muted">none</span> },
  { name: 'Interval', cell: (s) => formatInterval(s.intervalS) },
  { name: 'Readings', num: true, sortBy: (s) => s.readings, cell: (s) => formatCount(s.readings) },
  { name: 'First', sortBy: (s) => s.first, cell: (s) => <Time at={s.first} /> },
  { name: 'Last', sortBy: (s) => s.last, cell: (s) => <Time at={s.last} /> },
];

export function SeriesPreview({ preview }: { readonly preview: ImportPreview }) {
  const { series, seriesTotal } = preview;
  const more = seriesTotal - series.length;
  return (
    <div className="stack">
      <div className="frame">
        <DataTable
          label="Series in the file"
          columns={columns}
          rows={series}
          rowKey={(_, place) => place}
          maxHeight="24rem"
          empty={
            <Empty icon="imports" title="No series was found">
              The file has the right form, but no reading that could be taken.
            </Empty>
          }
        />
      </div>
      {more > 0 && <p className="muted">and {formatCount(more)} more series</p>}
      <details>
        <summary>First lines of the file</summary>
        <div className="frame">
          <pre>{preview.rows.map((row) => row.join(' ')).join('\n')}</pre>
        </div>
      </details>
    </div>
  );
}
