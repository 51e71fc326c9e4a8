/** A plain table of any length: only the rows in sight exist. For table twins of charts and maps. */
import { useVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useRef } from 'react';
import { rem } from './rem.ts';

export interface VirtualColumn {
  readonly header: string;
  readonly width: number;
  readonly num?: boolean;
  readonly cell: (row: number) => ReactNode;
}

const rowHeight = () => rem(30);

export function VirtualTable(props: {
  readonly label: string;
  readonly columns: readonly VirtualColumn[];
  readonly count: number;
  readonly heightPx?: number;
}) {
  const box = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: props.count,
    getScrollElement: () => box.current,
    estimateSize: rowHeight,
    overscan: 12,
  });
  const style = (c: VirtualColumn) => ({ width: rem(c.width), flexGrow: 1 });
  const height = Math.min(rem(props.heightPx ?? 380), rowHeight() * (props.count + 1) + 8);
  return (
    <section
      className="grid"
      ref={box}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling box must be reachable by keyboard
      tabIndex={0}
      aria-label={props.label}
      style={{ height, minHeight: 0 }}
    >
      {/* biome-ignore-start lint/a11y/useSemanticElements: rows are laid out by hand */}
      {/* biome-ignore-start lint/a11y/useFocusableInteractive: rows are not interactive */}
      <div role="table" aria-label={props.label} aria-rowcount={props.count + 1}>
        <div role="rowgroup">
          <div className="grid-head" role="row" aria-rowindex={1}>
            {props.columns.map((c) => (
              <div key={c.header} role="columnheader" style={style(c)}>
                <span className={c.num ? 'plain num grow' : 'plain'}>{c.header}</span>
              </div>
            ))}
          </div>
        </div>
        <div className="grid-body" role="rowgroup" style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map((item) => (
            <div
              key={item.key}
              className="grid-row"
              role="row"
              aria-rowindex={item.index + 2}
              style={{ top: item.start, height: rowHeight(), cursor: 'default' }}
            >
              {props.columns.map((c) => (
                <div
                  key={c.header}
                  role="cell"
                  className={c.num ? 'grid-cell num' : 'grid-cell'}
                  style={style(c)}
                >
                  {c.cell(item.index)}
                </div>
              ))}
            </div>
          ))}
        </div>
      </div>
      {/* biome-ignore-end lint/a11y/useSemanticElements: see above */}
      {/* biome-ignore-end lint/a11y/useFocusableInteractive: see above */}
    </section>
  );
}
