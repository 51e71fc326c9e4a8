/**
 * Decisions on many exceptions: sent in pieces, so that one sees how far it is; what failed is kept to be looked at;
 * the last ones can be undone, also from another page.
 */
import type { BulkAnswer, EditItem, ReopenAnswer } from '@openami/server/contract';
import type { QueryClient } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';
import { ApiError, send } from '../api.ts';
import { formatCount } from '../lib/format.ts';
import { chunks, exceptionCount } from '../lib/work-list.ts';
import { announce } from '../ui/announce.tsx';
import { toast, toastError } from '../ui/toast.tsx';

export type BulkAction = 'accept' | 'estimate' | 'reject';

interface Batch {
  /** `38 exceptions accepted`. */
  readonly words: string;
  readonly edits: readonly number[];
  /** Exceptions that were decided without an edit. */
  readonly alone: readonly number[];
}

interface State {
  readonly running: { readonly words: string; readonly done: number; readonly of: number } | undefined;
  readonly failed: BulkAnswer['failed'];
  readonly batches: readonly Batch[];
  /** Exceptions decided here, until the list is fetched again. */
  readonly decided: ReadonlySet<number>;
}

const atOnce = 20;
const batchesKept = 50;
const doing = { accept: 'Accepting', estimate: 'Estimating', reject: 'Rejecting' } as const;
const done = { accept: 'accepted', estimate: 'estimated', reject: 'rejected' } as const;

let state: State = { running: undefined, failed: [], batches: [], decided: new Set() };
const watchers = new Set<() => void>();

function change(next: Partial<State>): void {
  state = { ...state, ...next };
  for (const watcher of watchers) watcher();
}

export function useDecisions(): State {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => state,
  );
}

export function forgetFailures(): void {
  change({ failed: [] });
}

/** Something was edited in another way and can be undone like the rest. */
export function noteEdit(edit: EditItem, words: string): void {
  if (edit.state === 'applied') pushBatch({ words, edits: [edit.id], alone: [] });
}

function pushBatch(batch: Batch): void {
  change({ batches: [...state.batches, batch].slice(-batchesKept) });
}

interface Order {
  readonly ids: readonly number[];
  readonly action: BulkAction;
  readonly method?: string;
  readonly reason: string;
}

/** One after the other: who is quick need not wait for the one before. */
let work: Promise<void> = Promise.resolve();

/** Decides. Never raises: what failed is shown. */
export function decide(client: QueryClient, order: Order): void {
  if (order.ids.length === 0) return;
  // They count as decided from now on; one that fails is open again.
  change({ decided: new Set([...state.decided, ...order.ids]) });
  work = work.then(() => run(client, order));
}

async function run(client: QueryClient, { ids, action, method, reason }: Order): Promise<void> {
  const total = {
    pending: 0,
    edits: [] as number[],
    alone: [] as number[],
    failed: [...[]] as State['failed'],
  };
  change({ running: { words: doing[action], done: 0, of: ids.length }, failed: [] });
  let stopped: unknown;
  for (const [i, some] of chunks(ids, atOnce).entries()) {
    try {
      const answer = await send<BulkAnswer>('POST', '/api/v1/vee/exceptions/decide', {
        body: { exceptionIds: some, action, reason: reason.trim(), ...(method ? { method } : {}) },
      });
      total.pending += answer.pending;
      total.edits.push(...answer.edits);
      total.alone.push(...answer.decided);
      total.failed = [...total.failed, ...answer.failed];
      change({
        running: { words: doing[action], done: Math.min(ids.length, (i + 1) * atOnce), of: ids.length },
      });
    } catch (error) {
      stopped = error;
      break;
    }
  }
  const count = total.edits.length + total.alone.length;
  const words = `${exceptionCount(count)} ${done[action]}`;
  if (count > 0) pushBatch({ words, edits: total.edits, alone: total.alone });
  change({ running: undefined, failed: total.failed });
  say(words, total);
  if (stopped) toastError(`${action} all of them`, stopped);
  await refresh(client, ids);
}

function say(words: string, { pending, failed }: { pending: number; failed: readonly unknown[] }): void {
  const more = [
    pending > 0 && `${formatCount(pending)} wait for a second person.`,
    failed.length > 0 && `${formatCount(failed.length)} could not be decided.`,
  ].filter((text) => text !== false);
  announce([`${words}.`, ...more].join(' '));
  if (more.length > 0) toast(failed.length > 0 ? 'warn' : 'neutral', words, more.join(' '));
}

/** Takes the last batch back, once what is under way is done. */
export function undoLast(client: QueryClient, reason: string): void {
  work = work.then(() => undo(client, reason));
}

async function undo(client: QueryClient, reason: string): Promise<void> {
  const batch = state.batches.at(-1);
  if (batch === undefined) return;
  const of = batch.edits.length + (batch.alone.length > 0 ? 1 : 0);
  change({ running: { words: 'Undoing', done: 0, of }, batches: state.batches.slice(0, -1), failed: [] });
  const left: number[] = [];
  const why = new Map<string, number>();
  const body = { reason: reason.trim() };
  let waiting = 0;
  for (const [i, id] of batch.edits.entries()) {
    try {
      const edit = await send<EditItem>('POST', `/api/v1/vee/edits/${id}/undo`, { body });
      if (edit.state === 'pending') waiting++;
    } catch (error) {
      left.push(id);
      const text = error instanceof ApiError ? error.message : String(error);
      why.set(text, (why.get(text) ?? 0) + 1);
    }
    change({ running: { words: 'Undoing', done: i + 1, of } });
  }
  if (batch.alone.length > 0) {
    await send<ReopenAnswer>('POST', '/api/v1/vee/exceptions/reopen', {
      body: { ...body, exceptionIds: batch.alone },
    }).catch((error: unknown) => toastError('open the exceptions again', error));
  }
  change({ running: undefined });
  if (left.length > 0)
    toast('bad', `${formatCount(left.length)} could not be undone`, [...why.keys()].join(' '));
  else if (waiting > 0) toast('neutral', 'The undo waits for a second person', batch.words);
  else toast('good', `Undone: ${batch.words}`);
  await refresh(client);
}

/** Fetches again what a decision may have changed; of these `ids` the server says how they stand. */
export async function refresh(client: QueryClient, ids: readonly number[] = []): Promise<void> {
  await client.invalidateQueries({ queryKey: ['vee'] });
  const known = new Set(ids);
  change({ decided: new Set([...state.decided].filter((id) => !known.has(id))) });
}
