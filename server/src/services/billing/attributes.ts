/** What may be stated of a usage point for its bills. */

import { type AttributeName, formatInstant } from '@openami/model';
import type { BillingAttribute, BillingAttributeInput } from '@openami/store';
import type { BillingAttributeBody, BillingAttributeItem } from '../../contract/billing-inputs.ts';
import { serverErrors } from '../../errors.ts';
import { dayAsked } from '../../http/days.ts';

interface Shape {
  readonly pattern: RegExp;
  readonly least: number;
  readonly most: number;
  readonly words: string;
}

const code: Shape = {
  ...{ pattern: /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, least: 0, most: 0 },
  words: 'the code of a series',
};
const decimal = (least: number, most: number, words: string): Shape => ({
  ...{ pattern: /^[0-9]{1,7}(\.[0-9]{1,6})?$/, least, most, words },
});

const shapes: Readonly<Record<AttributeName, Shape>> = {
  volumeCorrection: decimal(0.000_001, 1_000, 'a factor such as 1.02264'),
  calorificSeries: code,
  persons: { pattern: /^[0-9]{1,4}$/, least: 1, most: 1_000, words: 'a number of people from 1 to 1000' },
  irrigatedAreaM2: decimal(0, 1_000_000, 'square metres'),
  weatherSeries: code,
  winterAverageLPerDay: decimal(0, 1_000_000, 'litres a day'),
};

/** Raises VALIDATION_FAILED with what is wrong, each with its place. */
export function statementsOf({ statements }: BillingAttributeBody): BillingAttributeInput[] {
  const errors = statements.flatMap(({ name, value }, i) => {
    const { pattern, least, most, words } = shapes[name];
    if (value === null) return [];
    const number = most === 0 ? 0 : Number(value);
    if (pattern.test(value) && number >= least && number <= most) return [];
    return [{ path: `statements[${i}].value`, message: `'${value}' is not ${words}` }];
  });
  const first = errors[0];
  if (first !== undefined)
    throw serverErrors.VALIDATION_FAILED(`${first.path}: ${first.message}`, { errors: errors.slice(0, 20) });
  return statements.map(({ note = '', validFrom, ...one }) => {
    dayAsked('validFrom', validFrom);
    return { ...one, validFrom, note };
  });
}

export function showAttribute({ knownS, ...rest }: BillingAttribute): BillingAttributeItem {
  return { ...rest, at: formatInstant(knownS) };
}
