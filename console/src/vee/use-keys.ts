/**
 * Single keys of a page. They are quiet while somebody types, while a dialog is open, with Ctrl, Alt or
 * Meta, and where a person has turned them off: speech input must not trigger them.
 */
import { useEffect, useRef, useSyncExternalStore } from 'react';

export type KeyMap = Readonly<Record<string, (() => void) | undefined>>;

const storageKey = 'openami.keys';
const watchers = new Set<() => void>();

function areOn(): boolean {
  try {
    return localStorage.getItem(storageKey) !== 'off';
  } catch {
    return true;
  }
}

export function setKeys(on: boolean): void {
  try {
    if (on) localStorage.removeItem(storageKey);
    else localStorage.setItem(storageKey, 'off');
  } catch {
    // Storage may be forbidden: they stay on.
  }
  for (const watcher of watchers) watcher();
}

export function useKeysOn(): boolean {
  return useSyncExternalStore((watcher) => {
    watchers.add(watcher);
    return () => watchers.delete(watcher);
  }, areOn);
}

export function useKeys(map: KeyMap): void {
  const now = useRef(map);
  now.current = map;
  useEffect(() => {
    const onKey = (e: KeyboardEvent) => {
      if (e.defaultPrevented || e.ctrlKey || e.metaKey || e.altKey || !areOn()) return;
      const target = e.target as HTMLElement;
      if (target.closest('input:not([type="checkbox"]), select, textarea, [contenteditable], dialog')) return;
      if (document.querySelector('dialog[open]')) return;
      const action = now.current[e.key];
      if (!action) return;
      e.preventDefault();
      action();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
}
