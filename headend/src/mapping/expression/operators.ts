/** Operators between two values (JSONata 2.x reference, "Numeric", "Comparison" and "Boolean operators"). */
import { charge, ExpressionFault, equal, isNumber, textOf } from './values.ts';

type Operator = (a: unknown, b: unknown) => unknown;

function arithmetic(apply: (a: number, b: number) => number): Operator {
  return (a, b) => {
    if (a !== undefined && !isNumber(a)) throw new ExpressionFault('T2001', 'The left side is not a number');
    if (b !== undefined && !isNumber(b)) throw new ExpressionFault('T2002', 'The right side is not a number');
    return a === undefined || b === undefined ? undefined : apply(a, b);
  };
}

function comparison(apply: (a: string | number, b: string | number) => boolean): Operator {
  const comparable = (value: unknown) =>
    value === undefined || typeof value === 'string' || typeof value === 'number';
  return (a, b) => {
    if (!comparable(a) || !comparable(b)) {
      throw new ExpressionFault('T2010', 'Only numbers and texts can be compared');
    }
    if (a === undefined || b === undefined) return undefined;
    if (typeof a !== typeof b) throw new ExpressionFault('T2009', 'Both sides must be numbers, or texts');
    return apply(a as string | number, b as string | number);
  };
}

export const operators: Readonly<Record<string, Operator>> = {
  '+': arithmetic((a, b) => a + b),
  '-': arithmetic((a, b) => a - b),
  '*': arithmetic((a, b) => a * b),
  '/': arithmetic((a, b) => a / b),
  '%': arithmetic((a, b) => a % b),
  '=': (a, b) => a !== undefined && b !== undefined && equal(a, b),
  '!=': (a, b) => a !== undefined && b !== undefined && !equal(a, b),
  '<': comparison((a, b) => a < b),
  '<=': comparison((a, b) => a <= b),
  '>': comparison((a, b) => a > b),
  '>=': comparison((a, b) => a >= b),
  '&': (a, b) => joinTexts(textOf(a) ?? '', textOf(b) ?? ''),
  in: (a, b) => {
    if (a === undefined || b === undefined) return false;
    if (!Array.isArray(b)) return a === b;
    charge(b.length);
    return b.includes(a);
  },
};

function joinTexts(a: string, b: string): string {
  charge((a.length + b.length) >> 4);
  return a + b;
}
