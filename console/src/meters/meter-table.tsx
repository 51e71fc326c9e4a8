/**
 * The virtual table: TanStack Table holds the columns, TanStack Virtual the rows in sight. The rows are one
 * stop of the Tab key; arrows, Page keys, Home and End move within, Enter opens.
 */
import type { MeterItem } from '@openami/server/contract';
import { useNavigate } from '@tanstack/react-router';
import { FlexRender, type Row, useTable } from '@tanstack/react-table';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, memo, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { Icon } from '../ui/icon.tsx';
import { rem } from '../ui/rem.ts';
import { columns, columnWidths, features, sortable } from './columns.tsx';

export interface MeterTableProps {
  readonly rows: readonly MeterItem[];
  readonly total: number;
  readonly shown: readonly string[];
  readonly sort: string | undefined;
  readonly compact: boolean;
  readonly busy: boolean;
  readonly onSort: (columnId: string) => void;
  /** The end of what is loaded came into sight. */
  readonly onMore: () => void;
}

const cellStyle = (id: string) => ({ width: rem(columnWidths[id] ?? 0), flexGrow: columnWidths[id] });
const loadAheadRows = 60;

const visibilityOf = (shown: readonly string[]) =>
  Object.fromEntries(Object.keys(columnWidths).map((id) => [id, shown.includes(id)]));
const leastWidthOf = (shown: readonly string[]) =>
  `max(100%, ${shown.reduce((sum, id) => sum + rem(columnWidths[id] ?? 0), 0)}px)`;

export function MeterTable(props: MeterTableProps) {
  const { rows, shown, onMore } = props;
  const box = useRef<HTMLDivElement>(null);
  const navigate = useNavigate();
  const [active, setActive] = useState(0);
  const visibility = useMemo(() => visibilityOf(shown), [shown]);
  const data = useMemo(() => [...rows], [rows]);
  const table = useTable({ features, columns, data, state: { columnVisibility: visibility } });
  const tableRows = table.getRowModel().rows;
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => rem(props.compact ? 28 : 38),
    overscan: 10,
    paddingEnd: 4,
  });
  const items = virtual.getVirtualItems();
  const lastShown = items[items.length - 1]?.index ?? 0;
  useEffect(() => virtual.measure(), [props.compact]);
  useEffect(() => {
    if (lastShown >= rows.length - loadAheadRows) onMore();
  }, [lastShown, rows.length, onMore]);

  const open = useCallback(
    (index: number) => {
      const row = rows[index];
      if (row) void navigate({ to: '/meters/$meterId', params: { meterId: String(row.id) } });
    },
    [rows, navigate],
  );
  const shownKey = shown.join();
  const onKey = (e: KeyboardEvent) => {
    const next = nextRow(e.key, active, rows.length);
    if (e.key === 'Enter') open(active);
    else if (next !== undefined) {
      setActive(next);
      virtual.scrollToIndex(next);
    } else return;
    e.preventDefault();
  };
  const leastWidth = leastWidthOf(shown);
  return (
    // biome-ignore-start lint/a11y/useSemanticElements: rows are laid out by hand
    // biome-ignore-start lint/a11y/useFocusableInteractive: the grid holds the focus
    <div
      className="grid"
      ref={box}
      role="grid"
      aria-label="Meters"
      aria-rowcount={props.total + 1}
      aria-busy={props.busy}
      aria-activedescendant={`meter-row-${active}`}
      tabIndex={0}
      onKeyDown={onKey}
      style={{ opacity: props.busy ? 0.6 : 1 }}
    >
      <div role="rowgroup" style={{ position: 'sticky', top: 0, zIndex: 3, minWidth: leastWidth }}>
        <div className="grid-head" role="row" aria-rowindex={1} style={{ minWidth: leastWidth }}>
          {table.getHeaderGroups()[0]?.headers.map((header) => (
            <Heading key={header.id} id={header.column.id} sort={props.sort} onSort={props.onSort}>
              {String(header.column.columnDef.header)}
            </Heading>
          ))}
        </div>
      </div>
      <div
        className="grid-body"
        role="rowgroup"
        style={{ height: virtual.getTotalSize(), minWidth: leastWidth }}
      >
        {items.map((item) => {
          const row = tableRows[item.index];
          return (
            row && (
              <BodyRow
                key={row.id}
                row={row}
                index={item.index}
                active={item.index === active}
                topPx={item.start}
                heightPx={item.size}
                shown={shownKey}
                onOpen={open}
              />
            )
          );
        })}
      </div>
    </div>
    // biome-ignore-end lint/a11y/useSemanticElements: see above
    // biome-ignore-end lint/a11y/useFocusableInteractive: see above
  );
}

/** Made again only when something of it changed: scrolling then costs only the rows that come into sight. */
const BodyRow = memo(function BodyRow(props: {
  readonly row: Row<typeof features, MeterItem>;
  readonly index: number;
  readonly active: boolean;
  readonly topPx: number;
  readonly heightPx: number;
  /** Ids of the columns shown: a change of them changes the cells. */
  readonly shown: string;
  readonly onOpen: (index: number) => void;
}) {
  return (
    // biome-ignore-start lint/a11y/useFocusableInteractive: the grid holds the focus
    // biome-ignore-start lint/a11y/useSemanticElements: rows are laid out by hand
    // biome-ignore lint/a11y/useKeyWithClickEvents: the grid takes the keys
    <div
      id={`meter-row-${props.index}`}
      className="grid-row"
      role="row"
      aria-rowindex={props.index + 2}
      aria-selected={props.active}
      data-active={props.active}
      style={{ top: props.topPx, height: props.heightPx }}
      onClick={() => props.onOpen(props.index)}
    >
      {props.row.getVisibleCells().map((cell) => (
        <div key={cell.id} role="gridcell" className="grid-cell" style={cellStyle(cell.column.id)}>
          <FlexRender cell={cell} />
        </div>
      ))}
    </div>
    // biome-ignore-end lint/a11y/useFocusableInteractive: see above
    // biome-ignore-end lint/a11y/useSemanticElements: see above
  );
});

function nextRow(key: string, active: number, count: number): number | undefined {
  const last = count - 1;
  const moves: Record<string, number> = {
    ArrowDown: active + 1,
    ArrowUp: active - 1,
    j: active + 1,
    k: active - 1,
    PageDown: active + 15,
    PageUp: active - 15,
    Home: 0,
    End: last,
  };
  const next = moves[key];
  return next === undefined ? undefined : Math.min(last, Math.max(0, next));
}

function Heading(props: {
  readonly id: string;
  readonly sort: string | undefined;
  readonly onSort: (id: string) => void;
  readonly children: string;
}) {
  const { id, sort } = props;
  const direction = sort === id ? 'ascending' : sort === `-${id}` ? 'descending' : 'none';
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: the button in it takes the focus
    // biome-ignore lint/a11y/useSemanticElements: rows are laid out by hand
    <div role="columnheader" style={cellStyle(id)} aria-sort={sortable.has(id) ? direction : undefined}>
      {sortable.has(id) ? (
        <button type="button" onClick={() => props.onSort(id)}>
          {props.children}
          {direction !== 'none' && <Icon name={direction === 'ascending' ? 'up' : 'down'} size={12} />}
        </button>
      ) : (
        <span className="plain">{props.children}</span>
      )}
    </div>
  );
}
