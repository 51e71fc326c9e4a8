/** Expressions of a mapping: those that are evaluated at once, and those whose results come from apart. */
import type { ApartResult, ApartScope } from './apart-messages.ts';
import { compileDirect, runDirect } from './direct.ts';
import { parseExpression } from './node.ts';
import { type Direct, ExpressionFault, type Variables } from './values.ts';

export interface Expression {
  readonly direct: Direct | undefined;
  /** Index of its source among those that are evaluated apart. */
  readonly slot: number;
}

/** Where expressions are evaluated: a message, or one item of it. */
export interface Scope extends ApartScope {
  readonly variables: Variables;
  /** By slot. */
  results?: readonly ApartResult[];
}

/** Compiles the expressions of a mapping that are evaluated on the same scopes. */
export class ExpressionSet {
  /** What has to be evaluated apart before a scope is read. */
  readonly apart: string[] = [];
  readonly #known: ReadonlySet<string>;

  constructor(known: ReadonlySet<string>) {
    this.#known = known;
  }

  /** Raises MAPPING_EXPRESSION. */
  add(source: string, place: string): Expression {
    const direct = compileDirect(parseExpression(source, place), this.#known);
    if (direct !== undefined) return { direct, slot: -1 };
    const at = this.apart.indexOf(source);
    return { direct, slot: at < 0 ? this.apart.push(source) - 1 : at };
  }
}

/** The value of an expression. Raises ExpressionFault, StepsUsedUp. */
export function valueIn(expression: Expression, scope: Scope): unknown {
  if (expression.direct !== undefined) return runDirect(expression.direct, scope.input, scope.variables);
  const result = scope.results![expression.slot]!;
  if (typeof result === 'object') throw new ExpressionFault(result.code, result.message);
  return result === '' ? undefined : JSON.parse(result);
}
