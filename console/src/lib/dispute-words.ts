/** What disputes say, in words. Pure. */
import type { DisputeItem } from '@openami/server/contract';

export const reasonWords: Readonly<Record<DisputeItem['reason'], string>> = {
  'high-bill': 'The bill is too high',
  estimated: 'It is estimated',
  'wrong-meter': 'Not this meter',
  'wrong-tariff': 'Not this tariff',
  'wrong-period': 'Not this period',
  other: 'Something else',
};

export const outcomeWords: Readonly<Record<NonNullable<DisputeItem['outcome']>, string>> = {
  upheld: 'The bill stands',
  partly: 'Partly right',
  corrected: 'Corrected by a new bill',
  withdrawn: 'Withdrawn',
};

export const suggestionWords: Readonly<Record<DisputeItem['suggests'], string>> = {
  stands: 'supports the bill',
  rebill: 'make it anew',
  look: 'to be looked at',
};

export const verdictWords = {
  supports: 'Supports the bill',
  against: 'Speaks against it',
  neutral: 'Neutral',
} as const;

const dayMs = 86_400_000;

/** `3 days left`, `2 days late`, or empty once it is answered. */
export function dueWords({ state, dueAt }: Pick<DisputeItem, 'state' | 'dueAt'>, nowMs: number): string {
  if (state !== 'open' && state !== 'looking') return '';
  const leftMs = Date.parse(dueAt) - nowMs;
  const days = Math.round(Math.abs(leftMs) / dayMs);
  const words = Math.abs(leftMs) < dayMs ? 'less than a day' : `${days} ${days === 1 ? 'day' : 'days'}`;
  return leftMs < 0 ? `${words} late` : `${words} left`;
}

/** Where a list that is walked by keys stands after a step: within it, 0 for an empty one. */
export function stepped(at: number, by: number, length: number): number {
  return length === 0 ? 0 : Math.min(length - 1, Math.max(0, at + by));
}
