/** What the fields of a model are, for people: names with units, what they measure, where they come from. */
import type { CompiledModel } from './compile.ts';
import type { Field, Select, Span } from './model.ts';
import { endingOf } from './units.ts';

export interface FieldDescription {
  /** As in the file: what repeats has `{…}` in it. */
  readonly name: string;
  readonly about: string;
  /** In the standard's terms; undefined for texts, states and what is calculated. */
  readonly quantity: string | undefined;
  /** The ending of the name, e.g. `m3`, `kwh`. */
  readonly unit: string;
}

/** Fields that are shown, in the order of the file, those of the library last. */
export function describeFields({ fields }: CompiledModel): FieldDescription[] {
  return fields
    .filter(({ name }) => !name.startsWith('_'))
    .map((field) => ({
      name: field.name,
      about: field.about ?? aboutOf(field),
      quantity: field.quantity ?? field.record?.quantity,
      unit: endingOf(field.name),
    }));
}

function aboutOf(field: Field): string {
  const { record, formula, date, status, bytes, repeat } = field;
  const times = repeat === undefined ? '' : `, ${repeat[0]} to ${repeat[1]}`;
  if (record !== undefined) return sentence(recordWords(record));
  if (formula !== undefined) return sentence(`calculated: ${formula}${times}`);
  if (date !== undefined) return sentence(`counted back from ${date.from}${times}`);
  if (status !== undefined) return 'Conditions of the meter.';
  if (bytes !== undefined) {
    const { from } = bytes;
    return sentence(`of the maker's own ${typeof from === 'string' ? from : 'record'} bytes${times}`);
  }
  return field.decoded ? "Of the maker's own format." : 'Always the same.';
}

const sentence = (words: string): string => `${words.slice(0, 1).toUpperCase()}${words.slice(1)}.`;

function recordWords({ quantity, head, index, modifiers, ...rest }: Select): string {
  const words = [head === undefined ? (quantity ?? 'any record').replaceAll('-', ' ') : `record ${head}`];
  const { function: kind, storage, tariff, subunit } = rest;
  if (kind !== undefined && kind !== '*') words.unshift(kind === 'error' ? 'during an error:' : kind);
  if (Array.isArray(modifiers)) words.push(...modifiers.map((name) => name.replaceAll('-', ' ')));
  const spans: [string, Span | undefined][] = [
    ['storage', storage],
    ['tariff', tariff],
    ['sub-unit', subunit],
  ];
  const places = spans.flatMap(([what, span]) => (span === undefined ? [] : [`${what} ${spanWords(span)}`]));
  if (index !== undefined) places.push(`number ${index} of them`);
  return [words.join(' '), ...places].join(', ');
}

function spanWords(span: Span): string {
  if (typeof span === 'number') return String(span);
  return span === '*' ? 'any' : `${span[0]} to ${span[1]}`;
}
