/** Says a sentence to screen readers, politely; one quiet region for the whole page. */
import { useSyncExternalStore } from 'react';

let text = '';
const watchers = new Set<() => void>();

/** Reads `sentence` out; a repeat of the same sentence is read again. */
export function announce(sentence: string): void {
  // A changed trailing space makes the browser notice a repeat.
  text = sentence === text ? `${sentence}\u00a0` : sentence;
  for (const watcher of watchers) watcher();
}

export function Announcer() {
  const said = useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => text,
  );
  return (
    <div className="sr-only" role="status" aria-live="polite">
      {said}
    </div>
  );
}
