/**
 * A table of some rows: columns described once, sorting where a column offers it, a word for the empty list,
 * and on a narrow screen a card a row, with the name of its column before each value.
 */
import { Fragment, type ReactNode, useState } from 'react';
import { nextSortState, type SortState, sortRows } from '../lib/sort.ts';
import { Icon } from './icon.tsx';
import { ScrollBox } from './scroll-box.tsx';

export interface Column<T> {
  readonly name: string;
  readonly cell: (row: T, key: string | number) => ReactNode;
  /** Numbers stand right. */
  readonly num?: boolean;
  /** Stays on one line while the table is wide. */
  readonly oneLine?: boolean;
  /** Its name is only read out: a column of buttons. */
  readonly quiet?: boolean;
  /** Offers to sort by it: for lists that are here in whole. */
  readonly sortBy?: (row: T) => string | number;
}

interface Detail<T> {
  /** Of the column with the buttons that open. */
  readonly name: string;
  readonly label: (row: T) => string;
  readonly of: (row: T) => ReactNode;
}

export function DataTable<T>(props: {
  readonly label: string;
  readonly columns: readonly Column<T>[];
  readonly rows: readonly T[];
  readonly rowKey: (row: T, place: number) => string | number;
  readonly isCurrent?: (row: T) => boolean;
  /** What a row opens to, one at a time. */
  readonly detail?: Detail<T>;
  /** Shown instead of a table without rows. */
  readonly empty: ReactNode;
  readonly maxHeight?: string;
}) {
  const { label, rows, detail } = props;
  const [sort, setSort] = useState<SortState>();
  const [open, setOpen] = useState<string | number>();
  if (rows.length === 0) return props.empty;
  const opener: Column<T> | undefined = detail && {
    ...{ name: detail.name, quiet: true },
    cell: (row, key) => (
      <Opener open={key === open} label={detail.label(row)} onOpen={(on) => setOpen(on ? key : undefined)} />
    ),
  };
  const columns = opener ? [opener, ...props.columns] : props.columns;
  const by = columns.find(({ name }) => name === sort?.id)?.sortBy;
  const shown = sort && by ? sortRows(rows, by, sort.descending) : rows;
  return (
    <ScrollBox label={label} className="data-table" style={{ maxHeight: props.maxHeight }}>
      {rows.length > 1 && <SortChoice columns={columns} sort={sort} onSort={setSort} />}
      <table className="table">
        <thead>
          <tr>
            {columns.map((column) => (
              <Heading key={column.name} column={column} sort={sort} onSort={setSort} />
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map((row, place) => {
            const key = props.rowKey(row, place);
            return (
              <Fragment key={key}>
                <Row at={key} row={row} columns={columns} current={props.isCurrent?.(row)} />
                {detail && key === open && (
                  <tr className="life-row">
                    <td colSpan={columns.length}>{detail.of(row)}</td>
                  </tr>
                )}
              </Fragment>
            );
          })}
        </tbody>
      </table>
    </ScrollBox>
  );
}

function Row<T>(props: {
  readonly at: string | number;
  readonly row: T;
  readonly columns: readonly Column<T>[];
  readonly current: boolean | undefined;
}) {
  return (
    <tr aria-current={props.current || undefined}>
      {props.columns.map((column) => (
        <td key={column.name} className={classOf(column)} data-name={column.quiet ? undefined : column.name}>
          <div>{column.cell(props.row, props.at)}</div>
        </td>
      ))}
    </tr>
  );
}

function Opener(props: {
  readonly open: boolean;
  readonly label: string;
  readonly onOpen: (open: boolean) => void;
}) {
  const { open } = props;
  return (
    <button
      type="button"
      className="icon-button"
      aria-expanded={open}
      aria-label={props.label}
      onClick={() => props.onOpen(!open)}
    >
      <Icon name={open ? 'down' : 'right'} size={12} />
    </button>
  );
}

function classOf<T>({ num, oneLine }: Column<T>): string | undefined {
  return [num && 'num', oneLine && 'one-line'].filter(Boolean).join(' ') || undefined;
}

interface Sorting<T> {
  readonly column: Column<T>;
  readonly sort: SortState | undefined;
  readonly onSort: (sort: SortState | undefined) => void;
}

function Heading<T>({ column, sort, onSort }: Sorting<T>) {
  const { name, quiet, sortBy } = column;
  const className = column.num ? 'num' : undefined;
  if (!sortBy) {
    return (
      <th scope="col" className={className}>
        {quiet ? <span className="sr-only">{name}</span> : name}
      </th>
    );
  }
  const mine = sort?.id === name ? sort : undefined;
  const order = mine && (mine.descending ? 'descending' : 'ascending');
  return (
    <th scope="col" className={className} aria-sort={order ?? 'none'}>
      <button
        type="button"
        className="sort-button"
        data-sorted={mine !== undefined}
        onClick={() => onSort(nextSortState(sort, name))}
      >
        {name}
        <Icon name={mine && !mine.descending ? 'up' : 'down'} size={12} />
      </button>
    </th>
  );
}

/** Cards have no headings to press. */
function SortChoice<T>(props: {
  readonly columns: readonly Column<T>[];
  readonly sort: SortState | undefined;
  readonly onSort: (sort: SortState | undefined) => void;
}) {
  const { sort, onSort } = props;
  const offered = props.columns.filter(({ sortBy }) => sortBy);
  if (offered.length === 0) return null;
  return (
    <div className="sort-choice">
      <select
        className="input"
        aria-label="Sort by"
        value={sort ? `${sort.descending ? '-' : ''}${sort.id}` : ''}
        onChange={({ target: { value } }) => {
          const descending = value.startsWith('-');
          onSort(value === '' ? undefined : { id: descending ? value.slice(1) : value, descending });
        }}
      >
        <option value="">In the usual order</option>
        {offered.flatMap(({ name }) => [
          <option key={name} value={name}>
            By {name.toLowerCase()}
          </option>,
          <option key={`-${name}`} value={`-${name}`}>
            By {name.toLowerCase()}, backwards
          </option>,
        ])}
      </select>
    </div>
  );
}
