/** The row one is at, in a list walked with j and k, and the rows that are chosen. Focus is the cursor. */

import { type RefObject, useCallback, useEffect, useState } from 'react';
import { toggled } from '../lib/toggled.ts';
import { announce } from '../ui/announce.tsx';

export interface Cursor {
  readonly at: string | undefined;
  readonly chosen: ReadonlySet<string>;
  setAt(key: string): void;
  move(by: number): void;
  /** To a row, with the focus. */
  go(key: string): void;
  toggle(key?: string): void;
  chooseAll(on: boolean): void;
  /** Keys that a decision is for: the chosen ones, else the one at the cursor. */
  readonly targets: readonly string[];
}

export function useCursor(
  keys: readonly string[],
  box: RefObject<HTMLElement | null>,
  begin?: string,
): Cursor {
  const [wanted, setAt] = useState(begin);
  const [picked, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [index, setIndex] = useState(0);
  // A row that is gone leaves the cursor where it was.
  const at = wanted !== undefined && keys.includes(wanted) ? wanted : keys[Math.min(index, keys.length - 1)];
  const chosen = new Set(keys.filter((key) => picked.has(key)));
  useEffect(() => {
    if (at !== undefined) setIndex(keys.indexOf(at));
  }, [at, keys]);
  const focus = useCallback(
    (key: string) => {
      const row = [...(box.current?.querySelectorAll<HTMLElement>('[data-row]') ?? [])].find(
        ({ dataset }) => dataset.row === key,
      );
      row?.focus();
      row?.scrollIntoView({ block: 'nearest' });
    },
    [box],
  );
  const go = (key: string) => {
    setAt(key);
    focus(key);
  };
  const move = (by: number) => {
    if (keys.length === 0) return;
    const now = at === undefined ? -1 : keys.indexOf(at);
    const focused = box.current?.contains(document.activeElement) ?? false;
    // The first key only shows where one is.
    const next = keys[Math.min(keys.length - 1, Math.max(0, focused ? now + by : Math.max(0, now)))]!;
    go(next);
  };
  const toggle = (key = at) => {
    if (key === undefined) return;
    const next = toggled(chosen, key);
    setChosen(next);
    announce(`${next.has(key) ? 'Selected' : 'Not selected'}, ${next.size} selected`);
  };
  return {
    at,
    chosen,
    setAt,
    move,
    go,
    toggle,
    chooseAll: (on) => setChosen(new Set(on ? keys : [])),
    targets: chosen.size > 0 ? [...chosen] : at === undefined ? [] : [at],
  };
}
