/** A bill line in short, plain words; the exact numbers are in its explanation. Pure. */
import { shareText } from '@openami/model';
import type { BillDetail, BillLineItem } from '@openami/server/contract';
import * as format from './format.ts';

/** `Energy, peak`; a tier beyond the first is named. */
export function lineTitle({ name, period, tier }: BillLineItem): string {
  const parts = [name, ...(period ? [period] : []), ...(tier && tier > 1 ? [`step ${tier}`] : [])];
  return parts.join(', ');
}

/** `129 kWh at €0.30`, `19 % of €106.10`, `1 month at €9.90`. */
export function lineWords(line: BillLineItem, currency: string | null): string {
  const { kind, quantity, price, unit, formula } = line;
  if (kind === 'percent' || kind === 'tax')
    return `${format.quantity(Number(quantity) * 100, '')} % of ${format.money(price, currency)}`;
  if (kind === 'energy' || kind === 'demand' || kind === 'rider' || kind === 'fixed') {
    const word = kind === 'fixed' && Number(quantity) !== 1 ? `${unit}s` : unit;
    return `${format.quantity(quantity, word)} at ${format.money(price, currency)}`;
  }
  return format.sentence(formula, currency);
}

/** What is to be known of how the bill was made; empty where everything was measured. */
export function dataNotes({ determinants, estimatedShare }: BillDetail): string[] {
  const missing = determinants.reduce((sum, { expected, present }) => sum + expected - present, 0);
  // a counter that was not read at the very ends of the bill
  const isShared = determinants.some(({ source, estimated }) => source === 'registers' && estimated > 0);
  const guessed = isShared
    ? 'Your meter was not read at the very beginning or end of the bill: what it showed then is worked out ' +
      'from the readings around it.'
    : `Of the readings, ${shareText(estimatedShare)} are estimated: your meter did not report them in time.`;
  return [
    ...(estimatedShare > 0 ? [guessed] : []),
    ...(missing > 0
      ? [`${missing} ${missing === 1 ? 'reading is' : 'readings are'} missing and not billed yet.`]
      : []),
  ];
}

/** What a corrected bill changed: the totals, then each cause with what it came to. */
export function rebillWords(
  { words }: Pick<NonNullable<BillDetail['replaced']>, 'words'>,
  currency: string | null,
): string[] {
  return words.slice(0, 2).flatMap((each) => format.sentence(each, currency).split('; ').map(asSentence));
}

const asSentence = (words: string): string =>
  `${words[0]!.toUpperCase()}${words.slice(1)}${words.endsWith('.') ? '' : '.'}`;
