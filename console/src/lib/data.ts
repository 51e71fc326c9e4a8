/** Values read from text, before it is known what they are. Pure. */

/** An object of names and values. */
export type Data = Readonly<Record<string, unknown>>;

export function isData(value: unknown): value is Data {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
