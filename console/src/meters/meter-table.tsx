/**
 * The virtual table: only the rows in sight exist. The rows are one stop of the Tab key; arrows, Page keys,
 * Home and End move within, Enter opens. End goes to the last row of the whole list, and fetches up to it.
 */
import type { MeterItem } from '@openami/server/contract';
import { useNavigate } from '@tanstack/react-router';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, memo, useCallback, useEffect, useRef, useState } from 'react';
import { Icon } from '../ui/icon.tsx';
import { rem } from '../ui/rem.ts';
import { type MeterColumn, sortable } from './columns.tsx';

export interface MeterTableProps {
  readonly rows: readonly MeterItem[];
  readonly total: number;
  readonly shown: readonly MeterColumn[];
  readonly sort: string | undefined;
  readonly compact: boolean;
  readonly busy: boolean;
  readonly onSort: (columnId: string) => void;
  /** The end of what is loaded came into sight. */
  readonly onMore: () => void;
}

const cellStyle = (column: MeterColumn) => ({ width: rem(column.width), flexGrow: column.width });
const leastWidthOf = (shown: readonly MeterColumn[]) =>
  `max(100%, ${shown.reduce((sum, c) => sum + rem(c.width), 0)}px)`;
const loadAheadRows = 300;

export function MeterTable(props: MeterTableProps) {
  const { rows, shown, onMore } = props;
  const box = useRef<HTMLDivElement>(null);
  const navigate = useNavigate();
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
  const open = useCallback(
    (index: number) => {
      const row = rows[index];
      if (row) void navigate({ to: '/meters/$meterId', params: { meterId: String(row.id) } });
    },
    [rows, navigate],
  );
  const { active, toEnd, onKey } = useRowKeys(rows.length, props.total, virtual.scrollToIndex, open);
  useEffect(() => {
    if (toEnd || lastShown >= rows.length - loadAheadRows) onMore();
  }, [toEnd, lastShown, rows.length, onMore]);
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
          {shown.map((column) => (
            <Heading key={column.id} column={column} sort={props.sort} onSort={props.onSort} />
          ))}
        </div>
      </div>
      <div
        className="grid-body"
        role="rowgroup"
        style={{ height: virtual.getTotalSize(), minWidth: leastWidth }}
      >
        {items.map((item) => {
          const meter = rows[item.index];
          return (
            meter && (
              <BodyRow
                key={meter.id}
                meter={meter}
                index={item.index}
                active={item.index === active}
                topPx={item.start}
                heightPx={item.size}
                shown={shown}
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

/** The row that the keys are on, and whether they wait for the last row of the whole list. */
function useRowKeys(
  loaded: number,
  total: number,
  scrollTo: (index: number) => void,
  open: (index: number) => void,
) {
  const [active, setActive] = useState(0);
  const [toEnd, setToEnd] = useState(false);
  useEffect(() => {
    if (!toEnd || loaded < total) return;
    setToEnd(false);
    setActive(loaded - 1);
    scrollTo(loaded - 1);
  }, [toEnd, loaded, total, scrollTo]);
  const onKey = (e: KeyboardEvent) => {
    // A key of a heading's button is not one of the rows.
    if (e.target !== e.currentTarget || e.ctrlKey || e.metaKey || e.altKey) return;
    const next = nextRow(e.key, active, loaded);
    if (next === undefined && e.key !== 'Enter') return;
    e.preventDefault();
    setToEnd(e.key === 'End' && loaded < total);
    if (next === undefined) return open(active);
    setActive(next);
    scrollTo(next);
  };
  return { active, toEnd, onKey };
}

/** Made again only when something of it changed: scrolling then costs only the rows that come into sight. */
const BodyRow = memo(function BodyRow(props: {
  readonly meter: MeterItem;
  readonly index: number;
  readonly active: boolean;
  readonly topPx: number;
  readonly heightPx: number;
  readonly shown: readonly MeterColumn[];
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
      {props.shown.map((column) => (
        <div key={column.id} role="gridcell" className="grid-cell" style={cellStyle(column)}>
          {column.cell(props.meter)}
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
  readonly column: MeterColumn;
  readonly sort: string | undefined;
  readonly onSort: (id: string) => void;
}) {
  const { column, sort } = props;
  const { id, name } = column;
  const direction = sort === id ? 'ascending' : sort === `-${id}` ? 'descending' : 'none';
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: the button in it takes the focus
    // biome-ignore lint/a11y/useSemanticElements: rows are laid out by hand
    <div role="columnheader" style={cellStyle(column)} aria-sort={sortable.has(id) ? direction : undefined}>
      {sortable.has(id) ? (
        <button type="button" data-sorted={direction !== 'none'} onClick={() => props.onSort(id)}>
          {name}
          <Icon name={direction === 'descending' ? 'down' : 'up'} size={12} />
        </button>
      ) : (
        <span className="plain">{name}</span>
      )}
    </div>
  );
}
