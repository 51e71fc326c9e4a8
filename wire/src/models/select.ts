/** Which records a field takes. */
import { hexOf } from '../bytes.ts';
import type { RecordHead } from '../mbus/record/head.ts';
import type { Select, Span } from './model.ts';

export type Takes = (head: RecordHead) => boolean;

/** Ready to be asked of heads. */
export function readySelect(select: Select): Takes {
  if (select.head !== undefined) {
    const hex = select.head.toLowerCase();
    return (head) => hexOf(head.bytes) === hex;
  }
  const { quantity, storage = 0, tariff = 0, subunit = 0, modifiers = [] } = select;
  const kind = select.function ?? 'instantaneous';
  return (head) =>
    (quantity === undefined || head.quantity === quantity) &&
    (kind === '*' || head.function === kind) &&
    within(head.storage, storage) &&
    within(head.tariff, tariff) &&
    within(head.subunit, subunit) &&
    (modifiers === '*' || sameModifiers(head.modifiers, modifiers));
}

function within(value: number, span: Span): boolean {
  if (span === '*') return true;
  return typeof span === 'number' ? value === span : value >= span[0] && value <= span[1];
}

function sameModifiers(have: readonly string[], want: readonly string[]): boolean {
  let count = 0;
  for (const name of have) {
    if (name.startsWith('correction:')) continue;
    if (!want.includes(name)) return false;
    count++;
  }
  return count === want.length;
}

/** Fills in `{storage}`, `{n-1}` and the like. */
export function filledIn(text: string, numbers: Readonly<Record<string, number>>): string {
  if (!text.includes('{')) return text;
  return text.replace(/\{(\w+)(?:([+-])(\d+))?\}/g, (whole, name: string, sign?: string, by?: string) => {
    const value = numbers[name];
    if (value === undefined) return whole;
    return String(value + (by === undefined ? 0 : sign === '-' ? -Number(by) : Number(by)));
  });
}
