/** The column of a list that leads to the meter of a row. */
import { Link } from '@tanstack/react-router';
import type { Column } from './data-table.tsx';

export function meterColumn(
  /** Of the meter's page; absent: the first. */
  tab?: string,
): Column<{ readonly meterId: number; readonly serial: string }> {
  return {
    name: 'Meter',
    cell: ({ meterId, serial }) => (
      <Link to="/meters/$meterId" params={{ meterId: String(meterId) }} search={tab ? { tab } : {}}>
        {serial}
      </Link>
    ),
  };
}
