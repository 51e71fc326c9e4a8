/** Which curves are shown; kept while the page is open. */

import { useSyncExternalStore } from 'react';
import { toggled } from '../lib/toggled.ts';
import { type Layer, layers } from './day-curves.ts';

let shown: ReadonlySet<Layer> = new Set(layers);
const watchers = new Set<() => void>();

export function useLayers(): { readonly shown: ReadonlySet<Layer>; toggle(layer: Layer): void } {
  const now = useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => shown,
  );
  return {
    shown: now,
    toggle(layer) {
      shown = toggled(shown, layer);
      for (const watcher of watchers) watcher();
    },
  };
}
