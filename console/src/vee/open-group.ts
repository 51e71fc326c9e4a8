/**
 * The group being worked on, as it was when it was opened: while its exceptions are decided the server
 * groups what is left anew, and a list that changes under one's hands cannot be worked through.
 */
import type { ExceptionGroupItem } from '@openami/server/contract';
import { useQuery } from '@tanstack/react-query';
import { groupKey } from '../lib/work-list.ts';
import { workQuery } from './queries.ts';

const kept = new Map<string, ExceptionGroupItem>();
const mostKept = 20;

export function keepGroup(group: ExceptionGroupItem): void {
  const key = groupKey(group);
  kept.delete(key);
  kept.set(key, group);
  if (kept.size > mostKept) kept.delete(kept.keys().next().value!);
}

/** The group of a key; `gone` when neither we nor the server know it any more. */
export function useGroup(key: string | undefined): {
  readonly group: ExceptionGroupItem | undefined;
  readonly gone: boolean;
  readonly error: unknown;
} {
  const known = key === undefined ? undefined : kept.get(key);
  const query = useQuery({ ...workQuery, enabled: key !== undefined && known === undefined });
  if (key === undefined || known) return { group: known, gone: false, error: undefined };
  const found = query.data?.groups.find((group) => groupKey(group) === key);
  if (found) keepGroup(found);
  return { group: found, gone: query.data !== undefined && found === undefined, error: query.error };
}
