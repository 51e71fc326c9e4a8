/**
 * Determinants as they are kept: numbers in a row, zeros and what there is none of left out. A fleet has
 * millions of them, and their names would be most of the text.
 */
import type { Determinants, DynamicEnergy, PeriodDemand, PeriodEnergy } from '@openami/billing';

type Numbers = readonly number[];

/** Trailing entries that are empty are left out. */
export type PackedDeterminants = readonly [
  /** from, to, per unit, expected, present, estimated, reactive */
  counts: Numbers,
  energy: readonly (readonly Numbers[])[],
  demand: readonly (readonly [windowS: number, ...rows: Numbers[]])[],
  running?: readonly Numbers[],
  problems?: Determinants['problems'],
  dynamic?: readonly PackedDynamic[],
  events?: Determinants['events'],
  facts?: Facts,
];

type PackedDynamic = Omit<DynamicEnergy, 'valued'> & { readonly valued: string };
/** What few bills have. */
type Facts = Pick<Determinants, 'windows' | 'gas' | 'budget' | 'winterAverage'>;

const allZero = (values: Numbers) => values.every((value) => value === 0);

/** Rows up to the last that is not all zeros; the first always. */
function rowsOf(...rows: readonly Numbers[]): readonly Numbers[] {
  let length = rows.length;
  while (length > 1 && allZero(rows[length - 1]!)) length--;
  return length === rows.length ? rows : rows.slice(0, length);
}

export function packDeterminants(made: Determinants): PackedDeterminants {
  const { fromS, toS, perUnit, expected, present, estimated, reactive } = made;
  const { windows, gas, budget, winterAverage } = made;
  const counts = [fromS, toS, perUnit, expected, present, estimated, reactive];
  const energy = made.energy.map((of) => rowsOf(of.import, of.export, of.estimated));
  const demand = made.demand.map(
    (of) => [of.windowS, ...rowsOf(of.energy, of.atS, of.estimated)] as [number, ...Numbers[]],
  );
  const more = [
    made.running,
    made.problems,
    made.dynamic.map((one): PackedDynamic => ({ ...one, valued: String(one.valued) })),
    made.events,
    { windows, gas, budget, winterAverage },
  ] as const;
  const used = more.findLastIndex((one) => Object.values(one).some((value) => value !== undefined)) + 1;
  return [counts, energy, demand, ...more.slice(0, used)] as unknown as PackedDeterminants;
}

export function unpackDeterminants([
  counts,
  energy,
  demand,
  running = [],
  problems = [],
  dynamic = [],
  events = [],
  facts = {},
]: PackedDeterminants): Determinants {
  const [fromS, toS, perUnit, expected, present, estimated, reactive] = counts as unknown as [
    ...[number, number, number, number, number, number, number],
  ];
  return {
    ...{ fromS, toS, perUnit, expected, present, estimated },
    energy: energy.map((rows): PeriodEnergy => {
      const [drawn, fed, guessed] = filled(rows);
      return { import: drawn, export: fed, estimated: guessed };
    }),
    demand: demand.map(([windowS, ...rows]): PeriodDemand => {
      const [most, atS, guessed] = filled(rows);
      return { windowS, energy: most, atS, estimated: guessed };
    }),
    running,
    dynamic: dynamic.map((one) => ({ ...one, valued: BigInt(one.valued) })),
    ...{ events, reactive, problems, ...facts },
  };
}

/** Three rows, those that were left out as zeros. */
function filled(rows: readonly Numbers[]): [Numbers, Numbers, Numbers] {
  const zeros = () => rows[0]!.map(() => 0);
  return [rows[0]!, rows[1] ?? zeros(), rows[2] ?? zeros()];
}
