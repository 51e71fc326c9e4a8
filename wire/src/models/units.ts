/** Endings of names and the units of records: what a value is multiplied or divided by. */

/** What both measure, and how many of the base unit one is. */
type Size = readonly [what: string, of: number];

const units: Readonly<Record<string, Size>> = {
  Wh: ['energy', 1],
  varh: ['energy', 1],
  VAh: ['energy', 1],
  J: ['energy', 1 / 3600],
  cal: ['energy', 4.1868 / 3600],
  W: ['power', 1],
  var: ['power', 1],
  VA: ['power', 1],
  'J/h': ['power', 1 / 3600],
  m3: ['volume', 1],
  ft3: ['volume', 0.028316846592],
  'US gal': ['volume', 0.003785411784],
  'm3/h': ['flow', 1],
  'm3/min': ['flow', 60],
  'm3/s': ['flow', 3600],
  s: ['time', 1],
  min: ['time', 60],
  h: ['time', 3600],
  d: ['time', 86_400],
  month: ['time', 2_629_746],
  year: ['time', 31_556_952],
};

const endings: Readonly<Record<string, Size>> = {
  wh: ['energy', 1],
  kwh: ['energy', 1000],
  mwh: ['energy', 1e6],
  kvarh: ['energy', 1000],
  kvah: ['energy', 1000],
  mj: ['energy', 1e6 / 3600],
  gj: ['energy', 1e9 / 3600],
  w: ['power', 1],
  kw: ['power', 1000],
  kvar: ['power', 1000],
  kva: ['power', 1000],
  m3: ['volume', 1],
  l: ['volume', 0.001],
  m3h: ['flow', 1],
  lh: ['flow', 0.001],
  s: ['time', 1],
  min: ['time', 60],
  h: ['time', 3600],
  d: ['time', 86_400],
  month: ['time', 2_629_746],
  y: ['time', 31_556_952],
};

/** The ending of a name. */
export const endingOf = (name: string): string => name.slice(name.lastIndexOf('_') + 1);

/**
 * Value in the unit of the ending = value in `unit` × times ÷ divide; undefined where they measure different
 * things.
 */
export function factorsOf(
  unit: string,
  ending: string,
): { readonly times: number; readonly divide: number } | undefined {
  const from = units[unit];
  const to = Object.hasOwn(endings, ending) ? endings[ending] : undefined;
  // what has no unit, or one that names do not convert
  if (from === undefined || to === undefined) return { times: 1, divide: 1 };
  if (from[0] !== to[0]) return undefined;
  // a quotient of whole numbers where there is one, so that nothing is lost
  const [times, divide] = from[1] < 1 && to[1] >= 1 ? [1, to[1] / from[1]] : [from[1], to[1]];
  return { times, divide };
}
