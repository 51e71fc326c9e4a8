/** Why a bill is another than the one before, in the words of the page. Pure. */
import type { MyBillWhy } from '@openami/server/contract';
import * as format from './format.ts';

type Reason = MyBillWhy['reasons'][number]['reason'];

export const reasonWords: Readonly<Record<Reason, { readonly name: string; readonly meaning: string }>> = {
  usage: { name: 'What you used', meaning: 'More or less use, or use at dearer or cheaper hours' },
  price: { name: 'Prices', meaning: 'Your tariff changed its prices' },
  days: { name: 'Days', meaning: 'The bill covers more or fewer days' },
  estimation: { name: 'Estimates', meaning: 'Use that was estimated; measured readings may correct it' },
  other: { name: 'Other', meaning: 'Charges that are new or gone, and credits' },
};

export interface WhyBar {
  readonly reason: Reason;
  readonly amount: string;
  /** Of the largest, 0 to 1. */
  readonly share: number;
  readonly rises: boolean;
}

/** Reasons that changed something, the largest first. */
export function whyBars({ reasons }: Pick<MyBillWhy, 'reasons'>): WhyBar[] {
  const sizes = reasons.map(({ amount }) => Math.abs(Number(amount)));
  const most = Math.max(...sizes, 0);
  return reasons
    .filter(({ amount }) => Number(amount) !== 0)
    .map(({ reason, amount }) => ({
      ...{ reason, amount, share: Math.abs(Number(amount)) / most, rises: Number(amount) > 0 },
    }))
    .sort((a, b) => b.share - a.share);
}

/** The question that is answered. */
export function whyTitle({ before, difference }: Pick<MyBillWhy, 'before' | 'difference'>): string {
  if (before === null) return 'Compared with last time';
  const change = Number(difference);
  if (change === 0) return 'The same as last time';
  return `Why is it ${change > 0 ? 'higher' : 'lower'} than last time?`;
}

type Basis = NonNullable<MyBillWhy['basis']>['before'];

/** `11.4 kWh`: what was used on a day of a bill. */
export const perDay = ({ usage, days }: Basis, unit: string): string =>
  format.quantity(Number(usage) / days, unit);

/** What stands behind a reason, so that words and amount agree: the days are a reason of their own. */
export function reasonNote(reason: Reason, { basis, unit }: Pick<MyBillWhy, 'basis' | 'unit'>): string {
  const { meaning } = reasonWords[reason];
  if (basis === null) return meaning;
  const { before, after } = basis;
  const text = (value: string) => format.quantity(value, unit);
  if (reason === 'usage')
    return before.days === after.days
      ? `${text(after.usage)} in place of ${text(before.usage)}, and when you used it`
      : `${perDay(after, unit)} a day in place of ${perDay(before, unit)}, and when you used it`;
  if (reason === 'days') return `${after.days} days in place of ${before.days}`;
  if (reason === 'estimation')
    return `${text(after.estimated)} of it estimated: measured readings may correct it`;
  return meaning;
}
