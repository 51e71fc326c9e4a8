/** Fields that speak of other fields: those have to be there. */
import { modelErrors } from './errors.ts';
import { namesIn } from './formula.ts';
import type { Field } from './model.ts';
import { filledIn } from './select.ts';

/** What telegrams say of themselves. */
const always = ['media', 'id'];

/** Raises MODEL_INVALID for a name that no field has. */
export function checkNames(fields: readonly Field[]): void {
  const names = fields.map(({ name }) => name);
  const exact = new Set([...always, ...names.filter((name) => !name.includes('{'))]);
  const patterns = names
    .filter((name) => name.includes('{'))
    .map((name) => new RegExp(`^${name.replace(/\{[^}]*\}/g, '\\d+')}$`));
  for (const field of fields) {
    for (const name of wantedBy(field)) {
      if (exact.has(name) || patterns.some((pattern) => pattern.test(name))) continue;
      const path = `field "${field.name}"`;
      throw modelErrors.MODEL_INVALID(`${path} speaks of "${name}", which no field is named`, { path });
    }
  }
}

function wantedBy({ at, date, status = [], formula, when, bytes, repeat }: Field): string[] {
  // any one of those that repeat stands for all
  const numbers: Record<string, number> = repeat === undefined ? {} : { n: repeat[0] };
  const formulas = [formula, when, date?.months, bytes?.at].filter((one) => typeof one === 'string');
  const named = [at, date?.from, ...status.map(({ field }) => field)].filter((one) => one !== undefined);
  return [...formulas.flatMap((text) => namesIn(filledIn(text, numbers))), ...named];
}
