/** What one bill leaves to the next, as JSON: big whole numbers are text. Exact both ways. */
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { billingErrors } from '../errors.ts';
import type { CarryState } from './rating.ts';

const strict = { additionalProperties: false } as const;
const Whole = Type.String({ pattern: '^-?[0-9]{1,400}$' });
const Quotient = Type.Object({ n: Whole, d: Type.String({ pattern: '^[1-9][0-9]{0,399}$' }) }, strict);
const Peak = Type.Object(
  { month: Type.Integer(), demand: Type.Array(Quotient, { maxItems: 1_000 }) },
  strict,
);

const WinterData = Type.Object(
  { from: Type.Integer(), used: Type.Integer(), days: Type.Integer({ minimum: 0 }) },
  strict,
);

export const CarryStateData = Type.Object(
  {
    peaks: Type.Record(Type.String(), Type.Array(Peak, { maxItems: 200 })),
    bank: Type.Record(Type.String(), Type.Record(Type.String(), Type.Integer())),
    bankMonth: Type.Integer(),
    surplus: Type.Integer(),
    digits: Type.Integer({ minimum: 0, maximum: 12 }),
    credit: Whole,
    yearToDate: Type.Record(Type.String(), Whole),
    /** Absent where nothing was charged by a winter. */
    winters: Type.Optional(Type.Record(Type.String(), WinterData)),
  },
  strict,
);
export type CarryStateData = Static<typeof CarryStateData>;

/** The state as JSON. */
export function stateData(state: CarryState): CarryStateData {
  const peaks = Object.entries(state.peaks).map(([id, past]) => [
    id,
    past.map(({ month, demand }) => ({
      month,
      demand: demand.map(({ n, d }) => ({ n: `${n}`, d: `${d}` })),
    })),
  ]);
  return {
    ...{ bank: state.bank, bankMonth: state.bankMonth, surplus: state.surplus, digits: state.digits },
    peaks: Object.fromEntries(peaks),
    ...(Object.keys(state.winters).length > 0 && { winters: state.winters }),
    credit: `${state.credit}`,
    yearToDate: Object.fromEntries(Object.entries(state.yearToDate).map(([id, sum]) => [id, `${sum}`])),
  } as CarryStateData;
}

/** The state that was stored. Raises BILLING_STATE. */
export function readState(data: unknown): CarryState {
  if (!Value.Check(CarryStateData, data)) {
    const [fault] = Value.Errors(CarryStateData, data);
    throw billingErrors.BILLING_STATE(`${fault?.instancePath} ${fault?.message}`);
  }
  const peaks = Object.entries(data.peaks).map(([id, past]) => [
    id,
    past.map(({ month, demand }) => ({
      month,
      demand: demand.map(({ n, d }) => ({ n: BigInt(n), d: BigInt(d) })),
    })),
  ]);
  return {
    ...{ bank: data.bank, bankMonth: data.bankMonth, surplus: data.surplus, digits: data.digits },
    peaks: Object.fromEntries(peaks),
    winters: data.winters ?? {},
    credit: BigInt(data.credit),
    yearToDate: Object.fromEntries(Object.entries(data.yearToDate).map(([id, sum]) => [id, BigInt(sum)])),
  };
}
