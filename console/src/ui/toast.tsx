/** Short answers to an action, in a corner; they stay long enough to be read and can be sent away. */
import { useSyncExternalStore } from 'react';
import { ApiError } from '../api.ts';
import { IconButton } from './button.tsx';
import { Notice, type Tone } from './states.tsx';

interface Toast {
  readonly id: number;
  readonly tone: Tone;
  readonly title: string;
  readonly detail: string;
}

const shownMs = 8000;
const limit = 4;
let toasts: readonly Toast[] = [];
let nextId = 1;
const watchers = new Set<() => void>();

function set(next: readonly Toast[]): void {
  toasts = next;
  for (const watcher of watchers) watcher();
}

export function toast(tone: Tone, title: string, detail = ''): void {
  const id = nextId++;
  set([...toasts, { id, tone, title, detail }].slice(-limit));
  if (tone !== 'bad') setTimeout(() => dismiss(id), shownMs);
}

/** An action failed: says which, why, and what to do. */
export function toastError(what: string, error: unknown): void {
  const hint = error instanceof ApiError ? error.hint : '';
  const message = error instanceof Error ? error.message : String(error);
  toast('bad', `Could not ${what}`, [message, hint].filter(Boolean).join(' '));
}

function dismiss(id: number): void {
  set(toasts.filter((t) => t.id !== id));
}

export function Toasts() {
  const shown = useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => toasts,
  );
  return (
    <section className="toast-area" aria-label="Messages" aria-live="polite">
      {shown.map((t) => (
        <Notice key={t.id} tone={t.tone} title={t.title}>
          {t.detail && <p>{t.detail}</p>}
          <div>
            <IconButton icon="close" label={`Dismiss: ${t.title}`} onClick={() => dismiss(t.id)} />
          </div>
        </Notice>
      ))}
    </section>
  );
}
