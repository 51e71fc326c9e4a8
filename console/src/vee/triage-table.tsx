/** A table one walks with j and k, chooses rows of with x, and opens with Enter. */
import type { ReactNode, RefObject } from 'react';
import { ScrollBox } from '../ui/scroll-box.tsx';
import type { Cursor } from './use-cursor.ts';

export interface TriageColumn<R> {
  readonly header: string;
  readonly num?: boolean;
  /** Left out where there is little room. */
  readonly wide?: boolean;
  readonly cell: (row: R) => ReactNode;
}

export function TriageTable<R extends { readonly key: string }>(props: {
  readonly label: string;
  readonly rows: readonly R[];
  readonly columns: readonly TriageColumn<R>[];
  readonly cursor: Cursor;
  readonly box: RefObject<HTMLDivElement | null>;
  /** Names a row for its checkbox. */
  readonly nameOf: (row: R) => string;
  readonly isDone?: (row: R) => boolean;
  /** No boxes to choose rows where nothing may be decided. */
  readonly choosable: boolean;
}) {
  const { rows, cursor, columns, choosable } = props;
  const all = rows.length > 0 && cursor.chosen.size === rows.length;
  return (
    <div ref={props.box}>
      <ScrollBox label={props.label} className="triage">
        <table className="table">
          <thead>
            <tr>
              {choosable && (
                <th scope="col">
                  <input
                    type="checkbox"
                    aria-label="Select all"
                    checked={all}
                    onChange={() => cursor.chooseAll(!all)}
                  />
                </th>
              )}
              {columns.map(({ header, num, wide }) => (
                <th key={header} scope="col" className={num ? 'num' : undefined} data-wide={wide}>
                  {header}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr
                key={row.key}
                data-at={row.key === cursor.at}
                data-done={props.isDone?.(row)}
                data-chosen={cursor.chosen.has(row.key)}
                onFocus={() => cursor.setAt(row.key)}
                onClick={() => cursor.setAt(row.key)}
              >
                {choosable && (
                  <td>
                    <input
                      type="checkbox"
                      aria-label={`Select ${props.nameOf(row)}`}
                      checked={cursor.chosen.has(row.key)}
                      onChange={() => cursor.toggle(row.key)}
                    />
                  </td>
                )}
                {columns.map(({ header, num, wide, cell }) => (
                  <td key={header} className={num ? 'num' : undefined} data-wide={wide}>
                    {cell(row)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollBox>
    </div>
  );
}
