/**
 * Formulas of meter models: numbers, names of fields, + - * / ( ), and a few functions. They are read into
 * functions here; nothing of a file is ever run as a program.
 */
import type { FlatValue } from '../mbus/values.ts';
import { modelErrors } from './errors.ts';

export type Values = Readonly<Record<string, FlatValue>>;
/** undefined where a field it needs is missing or no number. */
export type Formula = (values: Values) => number | undefined;

const MAX_LENGTH = 500;
const MAX_DEPTH = 50;

const functions: Readonly<Record<string, readonly [count: number, of: (...args: number[]) => number]>> = {
  sqrt: [1, Math.sqrt],
  abs: [1, Math.abs],
  floor: [1, Math.floor],
  min: [2, Math.min],
  max: [2, Math.max],
  /** The bit `n` of a whole number: bit(x, n). */
  bit: [2, (x, n) => Math.floor(x / 2 ** n) % 2],
};

/** Reads a formula. Raises MODEL_INVALID, with `path` in its data. */
export function formulaOf(text: string, path: string): Formula {
  if (text.length > MAX_LENGTH) throw broken('is too long', text, path);
  return new Reader(tokensOf(text), text, path).whole();
}

function tokensOf(text: string): string[] {
  const tokens = text.match(/\s+|\d+(?:\.\d+)?|[A-Za-z_]\w*|[-+*/(),]|./g) ?? [];
  return tokens.filter((token) => token.trim() !== '');
}

/** The fields a formula needs. */
export function namesIn(text: string): string[] {
  const tokens = tokensOf(text);
  return tokens.filter((token, i) => /^[A-Za-z_]/.test(token) && tokens[i + 1] !== '(');
}

function broken(why: string, text: string, path: string): Error {
  return modelErrors.MODEL_INVALID(`${path}: formula "${text}" ${why}`, { path });
}

class Reader {
  readonly #tokens: readonly string[];
  readonly #text: string;
  readonly #path: string;
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly string[], text: string, path: string) {
    this.#tokens = tokens;
    this.#text = text;
    this.#path = path;
  }

  whole(): Formula {
    const formula = this.#sum();
    if (this.#at < this.#tokens.length) throw this.#broken(`has "${this.#tokens[this.#at]}" too many`);
    return formula;
  }

  #broken(why: string): Error {
    return broken(why, this.#text, this.#path);
  }

  #takes(token: string): boolean {
    if (this.#tokens[this.#at] !== token) return false;
    this.#at++;
    return true;
  }

  #sum(): Formula {
    if (++this.#depth > MAX_DEPTH) throw this.#broken('is nested too deep');
    let left = this.#product();
    for (;;) {
      if (this.#takes('+')) left = both(left, this.#product(), (a, b) => a + b);
      else if (this.#takes('-')) left = both(left, this.#product(), (a, b) => a - b);
      else break;
    }
    this.#depth--;
    return left;
  }

  #product(): Formula {
    let left = this.#signed();
    for (;;) {
      if (this.#takes('*')) left = both(left, this.#signed(), (a, b) => a * b);
      else if (this.#takes('/')) left = both(left, this.#signed(), (a, b) => a / b);
      else return left;
    }
  }

  #signed(): Formula {
    if (!this.#takes('-')) return this.#atom();
    const of = this.#atom();
    return (values) => {
      const value = of(values);
      return value === undefined ? undefined : -value;
    };
  }

  #atom(): Formula {
    const token = this.#tokens[this.#at++];
    if (token === undefined) throw this.#broken('ends too early');
    if (token === '(') {
      const inner = this.#sum();
      if (!this.#takes(')')) throw this.#broken('lacks ")"');
      return inner;
    }
    if (/^\d/.test(token)) {
      const value = Number(token);
      return () => value;
    }
    if (!/^[A-Za-z_]/.test(token)) throw this.#broken(`has "${token}" where a number or a name should be`);
    return this.#takes('(') ? this.#call(token) : nameOf(token);
  }

  #call(name: string): Formula {
    if (name === 'has') return this.#has();
    const known = Object.hasOwn(functions, name) ? functions[name] : undefined;
    if (known === undefined) throw this.#broken(`calls "${name}", which is none of ${functionNames}`);
    const [count, of] = known;
    const parts = [this.#sum()];
    while (this.#takes(',')) parts.push(this.#sum());
    if (!this.#takes(')')) throw this.#broken('lacks ")"');
    if (parts.length !== count)
      throw this.#broken(`calls ${name} with ${parts.length} numbers, not ${count}`);
    const [first, second] = parts as [Formula, Formula?];
    if (second !== undefined) return both(first, second, of);
    return (values) => {
      const value = first(values);
      return value === undefined ? undefined : finite(of(value));
    };
  }

  /** has(name): 1 where there is such a field, else 0. */
  #has(): Formula {
    const name = this.#tokens[this.#at++];
    if (name === undefined || !/^[A-Za-z_]/.test(name) || !this.#takes(')')) {
      throw this.#broken('calls has with something that is no name');
    }
    return (values) => (Object.hasOwn(values, name) ? 1 : 0);
  }
}

const functionNames = ['has', ...Object.keys(functions)].join(', ');

function nameOf(name: string): Formula {
  return (values) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    return typeof value === 'number' ? value : undefined;
  };
}

function both(left: Formula, right: Formula, of: (a: number, b: number) => number): Formula {
  return (values) => {
    const a = left(values);
    if (a === undefined) return undefined;
    const b = right(values);
    return b === undefined ? undefined : finite(of(a, b));
  };
}

const finite = (value: number): number | undefined => (Number.isFinite(value) ? value : undefined);
