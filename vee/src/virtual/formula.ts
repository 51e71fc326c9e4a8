/**
 * Formulas of virtual channels, read into a tree.
 *
 *   expression = term { ("+" | "-") term }
 *   term       = factor { ("*" | "/") factor }
 *   factor     = "-" factor | number [unit] | channel | function | "(" expression ")"
 *   channel    = "#" id                               #412
 *   function   = name "(" argument { "," argument } ")"
 *   argument   = expression | group                   a group's code: sum(main-street)
 *
 *   sum(g) max(g) min(g) mean(g)       over the members of a group at the time, or over arguments
 *   net(a, b)                          a - b
 *   positive(x)                        x where it is above zero, else 0
 *   losses(x, percent)                 x with the losses on the way added: x / (1 - percent/100)
 *   convert(x, number unit)            x in another unit: gas volume by its energy, 10.55 Wh a litre
 */
import { findUnit } from '@openami/model';
import { veeErrors } from '../errors.ts';

export type Formula =
  | { readonly kind: 'number'; readonly value: number; readonly unit: string }
  | { readonly kind: 'channel'; readonly channel: number }
  | { readonly kind: 'negate'; readonly of: Formula }
  | {
      readonly kind: 'binary';
      readonly op: '+' | '-' | '*' | '/';
      readonly left: Formula;
      readonly right: Formula;
    }
  | { readonly kind: 'call'; readonly name: FunctionName; readonly args: readonly Formula[] }
  | { readonly kind: 'group'; readonly code: string };

/** Functions and how many arguments each takes. */
const functions = {
  sum: [1, 64],
  max: [1, 64],
  min: [1, 64],
  mean: [1, 64],
  net: [2, 2],
  positive: [1, 1],
  losses: [2, 2],
  convert: [2, 2],
} as const satisfies Record<string, readonly [number, number]>;
type FunctionName = keyof typeof functions;

/** Functions that take the code of a group. */
const overGroups: ReadonlySet<string> = new Set(['sum', 'max', 'min', 'mean']);
const maxLength = 4_000;
const maxDepth = 64;

interface Token {
  readonly kind: 'number' | 'channel' | 'word' | 'sign' | 'end';
  readonly text: string;
  readonly at: number;
}

const tokenPattern = /\s*(?:(\d+(?:\.\d+)?)|#(\d{1,9})\b|([A-Za-z][A-Za-z0-9_³-]*)|([-+*/(),]))/y;

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  tokenPattern.lastIndex = 0;
  let at = 0;
  while (text.slice(at).trim() !== '') {
    tokenPattern.lastIndex = at;
    const found = tokenPattern.exec(text);
    if (!found) throw wrong(text, at + text.slice(at).search(/\S/), 'nothing of a formula begins like this');
    const [whole, number, channel, word, sign] = found;
    const kind = number ? 'number' : channel ? 'channel' : word ? 'word' : 'sign';
    const token = (number ?? channel ?? word ?? sign)!;
    at += whole.length;
    tokens.push({ kind, text: token, at: at - token.length });
  }
  tokens.push({ kind: 'end', text: '', at: text.length });
  return tokens;
}

function wrong(text: string, at: number, why: string): Error {
  const near = text.slice(Math.max(0, at - 12), at + 12);
  return veeErrors.VEE_FORMULA(`${why}, at character ${at + 1}: …${near}…`, { at });
}

class Parser {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokensOf(text);
  }

  whole(): Formula {
    const formula = this.#expression();
    if (this.#peek().kind !== 'end') throw this.#wrong('nothing may follow here');
    return formula;
  }

  #peek(): Token {
    return this.#tokens[this.#next]!;
  }

  #take(): Token {
    return this.#tokens[this.#next++]!;
  }

  #isSign(...signs: readonly string[]): boolean {
    const { kind, text } = this.#peek();
    return kind === 'sign' && signs.includes(text);
  }

  #wrong(why: string): Error {
    return wrong(this.#text, this.#peek().at, why);
  }

  #expression(): Formula {
    let left = this.#term();
    while (this.#isSign('+', '-')) {
      const op = this.#take().text as '+' | '-';
      left = { kind: 'binary', op, left, right: this.#term() };
    }
    return left;
  }

  #term(): Formula {
    let left = this.#factor();
    while (this.#isSign('*', '/')) {
      const op = this.#take().text as '*' | '/';
      left = { kind: 'binary', op, left, right: this.#factor() };
    }
    return left;
  }

  #factor(): Formula {
    if (++this.#depth > maxDepth) throw this.#wrong(`nested deeper than ${maxDepth}`);
    try {
      return this.#inner();
    } finally {
      this.#depth--;
    }
  }

  #inner(): Formula {
    if (this.#isSign('-')) {
      this.#take();
      return { kind: 'negate', of: this.#factor() };
    }
    if (this.#isSign('(')) {
      this.#take();
      const inner = this.#expression();
      this.#close();
      return inner;
    }
    const token = this.#peek();
    if (token.kind === 'number') return this.#number();
    if (token.kind === 'channel') return { kind: 'channel', channel: Number(this.#take().text) };
    if (token.kind === 'word') return this.#call();
    throw this.#wrong('a number, a channel such as #412 or a function is expected');
  }

  #number(): Formula {
    const value = Number(this.#take().text);
    const after = this.#peek();
    const unit = after.kind === 'word' ? findUnit(after.text) : undefined;
    if (unit === undefined) return { kind: 'number', value, unit: '' };
    this.#take();
    return { kind: 'number', value, unit: after.text };
  }

  #call(): Formula {
    const name = this.#take();
    if (!Object.hasOwn(functions, name.text)) {
      const known = Object.keys(functions).join(', ');
      throw wrong(this.#text, name.at, `'${name.text}' is no function; there are ${known}`);
    }
    if (!this.#isSign('(')) throw this.#wrong(`'(' is expected after ${name.text}`);
    this.#take();
    const args = [this.#argument(name.text)];
    while (this.#isSign(',')) {
      this.#take();
      args.push(this.#argument(name.text));
    }
    this.#close();
    const [least, most] = functions[name.text as FunctionName];
    if (args.length < least || args.length > most) {
      const many = least === most ? `${least}` : `${least} to ${most}`;
      throw wrong(this.#text, name.at, `${name.text} takes ${many} arguments, not ${args.length}`);
    }
    return { kind: 'call', name: name.text as FunctionName, args };
  }

  #argument(name: string): Formula {
    const { kind, text } = this.#peek();
    const after = this.#tokens[this.#next + 1];
    const alone = after?.kind === 'sign' && (after.text === ',' || after.text === ')');
    if (kind !== 'word' || !alone) return this.#expression();
    if (!overGroups.has(name)) throw this.#wrong(`${name} takes no group`);
    this.#take();
    return { kind: 'group', code: text };
  }

  #close(): void {
    if (!this.#isSign(')')) throw this.#wrong("')' is expected");
    this.#take();
  }
}

/** Reads a formula. Raises VEE_FORMULA with the place of what is wrong. */
export function parseFormula(text: string): Formula {
  if (text.length > maxLength) throw veeErrors.VEE_FORMULA(`longer than ${maxLength} characters`);
  return new Parser(text).whole();
}

/** Channels and groups that a formula names, each once. */
export function inputsOf(formula: Formula): { readonly channels: number[]; readonly groups: string[] } {
  const channels = new Set<number>();
  const groups = new Set<string>();
  const visit = (part: Formula): void => {
    if (part.kind === 'channel') channels.add(part.channel);
    else if (part.kind === 'group') groups.add(part.code);
    else if (part.kind === 'negate') visit(part.of);
    else if (part.kind === 'call') part.args.forEach(visit);
    else if (part.kind === 'binary') {
      visit(part.left);
      visit(part.right);
    }
  };
  visit(formula);
  return { channels: [...channels], groups: [...groups] };
}
