/** Texts of other programs that the server makes a tariff of: records of the rate database OpenEI. Pure. */
import { isData } from './data.ts';

/** Fields of a record that no tariff of ours has. */
const own = [
  ...['energyratestructure', 'demandratestructure', 'flatdemandstructure', 'coincidentratestructure'],
  ...['fixedchargefirstmeter', 'fixedmonthlycharge', 'fueladjustmentsmonthly', 'dgrules'],
] as const;

/** Names of the records in a text, in its order; undefined where it has none. */
export function rateRecords(value: unknown): readonly string[] | undefined {
  if (!isData(value) || 'versions' in value || 'charges' in value) return undefined;
  if (Array.isArray(value.items)) return value.items.map(recordName);
  return own.some((field) => field in value) ? [recordName(value)] : undefined;
}

function recordName(record: unknown): string {
  const { label, utility, name } = isData(record) ? record : {};
  const words = [utility, name].filter((one) => typeof one === 'string' && one !== '').join(': ');
  return words || (typeof label === 'string' && label !== '' ? label : 'without a name');
}
