/** Which record of the Utility Rate Database is meant: one alone, or one of those in an answer of it. */
import { billingErrors } from '../errors.ts';

/** One of several records, by its label or its place, which counts from 0. */
export interface UrdbChoice {
  readonly label?: string;
  readonly index?: number;
}

/** How many of an answer an error names. */
const MOST_NAMED = 50;

/** Fields that no tariff of ours has. */
const own = [
  ...['energyratestructure', 'demandratestructure', 'flatdemandstructure', 'coincidentratestructure'],
  ...['fixedchargefirstmeter', 'fixedmonthlycharge', 'fueladjustmentsmonthly', 'dgrules'],
] as const;

/** True for a record, or the answer of the database with some. */
export function isUrdb(data: unknown): boolean {
  if (typeof data !== 'object' || data === null || 'versions' in data) return false;
  return Array.isArray(itemsOf(data)) || own.some((field) => Object.hasOwn(data, field));
}

function itemsOf(data: unknown): unknown {
  return (data as { items?: unknown } | null)?.items;
}

/** The record that is meant, and where in the data it stands. Raises URDB_RECORDS. */
export function urdbRecord(data: unknown, choice: UrdbChoice): { record: unknown; path: string } {
  const items = itemsOf(data);
  if (!Array.isArray(items)) return { record: data, path: '' };
  const asked = choice.label !== undefined || choice.index !== undefined;
  const found = items.flatMap((item, i) => (isMeant(item, i, choice) ? [i] : []));
  if (found.length === 1) return { record: items[found[0]!], path: `items[${found[0]}]` };
  const errors = items
    .slice(0, MOST_NAMED)
    .map((item, i) => ({ path: `items[${i}]`, message: nameOf(item) }));
  const what = asked
    ? `${found.length} of ${items.length} rates are the one asked for`
    : `${items.length} rates`;
  const names = errors.map(({ message }, i) => `${i}: ${message}`).join('; ');
  throw billingErrors.URDB_RECORDS(names === '' ? what : `${what}: ${names}`, { errors });
}

function isMeant(item: unknown, at: number, { label, index }: UrdbChoice): boolean {
  if (index !== undefined && index !== at) return false;
  return label === undefined || (item as { label?: unknown } | null)?.label === label;
}

/** `5b2c… (Town: Time of use)`. */
function nameOf(item: unknown): string {
  const { label, utility, name } = (item ?? {}) as Readonly<Record<string, unknown>>;
  const words = [utility, name].filter((one) => typeof one === 'string' && one !== '').join(': ');
  const title = typeof label === 'string' && label !== '' ? label : 'without a label';
  return (words === '' ? title : `${title} (${words})`).slice(0, 200);
}
