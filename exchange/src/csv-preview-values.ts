/** What the value columns of a CSV sample are: amounts, registers, rates; and which only repeat another. */
import { findUnit } from '@openami/model';
import type { ColumnFacts } from './csv-guess.ts';
import type { CsvValueColumn, ValueKind } from './csv-mapping.ts';
import { headerUnit } from './csv-plan.ts';
import { at, type Plan } from './csv-preview-plan.ts';
import { clean, readNumber } from './number-text.ts';
import { rates } from './rate.ts';

/** Value columns; in wide form all that say no unit of their own become one `*`. */
export function valueColumns(
  plan: Plan,
  values: readonly ColumnFacts[],
  intervalS: number,
  ref: (column: ColumnFacts) => string | number,
): CsvValueColumn[] {
  const wide = at(plan, 'device') < 0;
  const plain = wide ? values.filter((column) => column.unit === '' && column.name !== '') : [];
  const starred = plain.length > 1 ? plain : [];
  const stars = new Set(starred);
  const quantity = plan.options.quantity;
  const of = (column: ColumnFacts, star: boolean): CsvValueColumn => {
    const unit = column.unit || plan.options.unit || '';
    if (unit === '' && at(plan, 'unit') < 0)
      plan.warnings.push({
        code: 'UNIT_UNKNOWN',
        detail: `column ${star ? '*' : JSON.stringify(ref(column))}: set its unit`,
      });
    const single = values.length === 1 || star;
    const name = headerUnit(column.name).name;
    return {
      column: star ? '*' : ref(column),
      ...(quantity !== undefined && single ? { quantity } : star ? { quantity: 'value' } : {}),
      ...(wide && !star && column.name !== '' ? { device: name } : {}),
      ...(unit === '' ? {} : { unit }),
      kind: star ? usualKind(plan, starred, unit, intervalS) : kindOf(plan, column, unit, intervalS),
    };
  };
  const listed = values.filter((column) => !stars.has(column)).map((column) => of(column, false));
  return starred.length > 0 ? [of(starred[0]!, true), ...listed] : listed;
}

const amounts = new Set(['energy', 'reactiveEnergy', 'apparentEnergy', 'volume']);

function kindOf(plan: Plan, column: ColumnFacts, unit: string, intervalS: number): ValueKind {
  const known = findUnit(unit);
  if (known && rates[known.symbol]) return 'mean';
  if (known && !amounts.has(known.dimension)) return 'instant';
  return intervalS === 0 || isRegister(plan, column) ? 'register' : 'interval';
}

function isRegister(plan: Plan, column: ColumnFacts): boolean {
  return /register|cumul|total|index|stand|counter/i.test(column.name) || cumulative(plan, column);
}

/** The kind that most columns have which hold anything in the sample. */
function usualKind(plan: Plan, columns: readonly ColumnFacts[], unit: string, intervalS: number): ValueKind {
  const counts = new Map<ValueKind, number>();
  const filled = columns.filter((column) => column.cells.length > 0);
  for (const column of filled.length > 0 ? filled : columns) {
    const kind = kindOf(plan, column, unit, intervalS);
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return [...counts].toSorted((a, b) => b[1] - a[1])[0]![0];
}

/** Values of a column in the order of the file, by device. */
function seriesOf(plan: Plan, column: ColumnFacts): Map<string, number[]> {
  const device = at(plan, 'device');
  const series = new Map<string, number[]>();
  for (const row of plan.rows) {
    const value = readNumber(clean(row[column.index] ?? '') || 'x', plan.decimal, '');
    const key = device < 0 ? '' : clean(row[device] ?? '');
    const values = series.get(key);
    if (values) values.push(value);
    else series.set(key, [value]);
  }
  return series;
}

/** Whether the values of each device only grow, by less than what they start from; one in fifty may not. */
function cumulative(plan: Plan, column: ColumnFacts): boolean {
  let [n, falls, grown] = [0, 0, false];
  for (const all of seriesOf(plan, column).values()) {
    const values = all.filter((value) => !Number.isNaN(value));
    n += values.length;
    for (let i = 1; i < values.length; i++) if (values[i]! < values[i - 1]!) falls += 1;
    const [first = 0, last = 0] = [values[0], values.at(-1)];
    grown ||= last > first && first > last - first;
  }
  return n >= 10 && grown && falls <= n / 50;
}

/** Files with more value columns have a column a meter, and no differences beside them. */
const derivedColumns = 64;

/**
 * Leaves out columns that hold the differences of a register beside them: read as well, they would count
 * everything twice.
 */
export function leaveOutDerived(plan: Plan, values: readonly ColumnFacts[]): ColumnFacts[] {
  if (values.length > derivedColumns) return [...values];
  const registers = values.filter((column) => isRegister(plan, column));
  const derived = (column: ColumnFacts): ColumnFacts | undefined =>
    registers.find(
      (register) =>
        register !== column && sameDimension(register, column) && holdsSteps(plan, register, column),
    );
  return values.filter((column) => {
    const register = derived(column);
    if (!register) return true;
    plan.roles[column.index] = { role: 'ignore', confidence: 0.9 };
    plan.warnings.push({
      code: 'COLUMN_DERIVED',
      detail: `"${column.name}" holds the differences of "${register.name}" and is left out`,
    });
    return false;
  });
}

function sameDimension(a: ColumnFacts, b: ColumnFacts): boolean {
  return a.unit === '' || b.unit === '' || findUnit(a.unit)?.dimension === findUnit(b.unit)?.dimension;
}

/** Whether a column holds the steps of a register, stated with the reading at their end or their start. */
function holdsSteps(plan: Plan, register: ColumnFacts, column: ColumnFacts): boolean {
  const [totals, steps] = [seriesOf(plan, register), seriesOf(plan, column)];
  let moves = 0;
  const hits = { end: 0, start: 0 };
  const misses = { end: 0, start: 0 };
  for (const [device, total] of totals) {
    const step = steps.get(device) ?? [];
    for (let i = 1; i < total.length; i++) {
      const move = total[i]! - total[i - 1]!;
      if (Number.isNaN(move)) continue;
      if (move !== 0) moves += 1;
      for (const [side, stated] of [['end', step[i]!] as const, ['start', step[i - 1]!] as const]) {
        if (!near(stated, move)) misses[side] += 1;
        else if (move !== 0) hits[side] += 1;
      }
    }
  }
  // Rests prove nothing: most moves must be there, and hardly anything else.
  const side = hits.end >= hits.start ? 'end' : 'start';
  return moves >= 3 && hits[side] >= moves * 0.8 && misses[side] <= moves * 0.2;
}

function near(a: number, b: number): boolean {
  return Math.abs(a - b) <= 1e-6 * Math.max(1, Math.abs(b));
}
