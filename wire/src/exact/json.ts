/** JSON (RFC 8259) with exact numbers. */
import { decimalOfNumberText } from '../decimal.ts';
import { type ExactFault, type ExactLimits, ExactMap, type ExactValue } from './value.ts';

/** The value that the text is. Throws what `limits.fault` makes. */
export function readExactJson(text: string, limits: ExactLimits): ExactValue {
  const reader = new JsonReader(text, limits);
  const value = reader.value(0);
  reader.end();
  return value;
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const BLANKS = /[ \t\r\n]*/y;
const words: readonly (readonly [string, null | boolean])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
];

class JsonReader {
  readonly #text: string;
  readonly #limits: ExactLimits;
  #at = 0;
  #values = 0;

  constructor(text: string, limits: ExactLimits) {
    this.#text = text;
    this.#limits = limits;
  }

  value(depth: number): ExactValue {
    if (++this.#values > this.#limits.values) throw this.#fault('too many', 'more values than the limit');
    this.#skip();
    const first = this.#text[this.#at];
    if (first === '"') return this.#string();
    if (first === '{' || first === '[') {
      if (depth >= this.#limits.depth) throw this.#fault('too deep', 'nested deeper than the limit');
      this.#at += 1;
      return first === '[' ? this.#array(depth + 1) : this.#object(depth + 1);
    }
    for (const [word, meaning] of words) {
      if (!this.#text.startsWith(word, this.#at)) continue;
      this.#at += word.length;
      return meaning;
    }
    return this.#number();
  }

  end(): void {
    this.#skip();
    if (this.#at < this.#text.length) throw this.#fault('malformed', 'more follows after the value');
  }

  #array(depth: number): ExactValue {
    const items: ExactValue[] = [];
    if (this.#next(']')) return items;
    for (;;) {
      items.push(this.value(depth));
      if (this.#next(']')) return items;
      this.#need(',');
    }
  }

  #object(depth: number): ExactValue {
    const entries: [string, ExactValue][] = [];
    const names = new Set<string>();
    if (this.#next('}')) return new ExactMap(entries);
    for (;;) {
      this.#skip();
      if (this.#text[this.#at] !== '"') throw this.#unexpected('a name in quotation marks');
      const name = this.#string();
      if (names.has(name)) throw this.#fault('malformed', `"${name.slice(0, 40)}" is there twice`);
      names.add(name);
      this.#need(':');
      entries.push([name, this.value(depth)]);
      if (this.#next('}')) return new ExactMap(entries);
      this.#need(',');
    }
  }

  #string(): string {
    const start = this.#at;
    let escaped = false;
    for (let at = start + 1; at < this.#text.length; at++) {
      const code = this.#text.charCodeAt(at);
      if (code === 0x5c) {
        escaped = true;
        at += 1;
      } else if (code === 0x22) {
        this.#at = at + 1;
        return escaped ? this.#unescaped(start) : this.#text.slice(start + 1, at);
      } else if (code < 0x20) throw this.#fault('malformed', 'a control character in a text');
    }
    this.#at = this.#text.length;
    throw this.#fault('truncated', 'a text without an end');
  }

  #unescaped(start: number): string {
    try {
      return JSON.parse(this.#text.slice(start, this.#at)) as string;
    } catch {
      throw this.#fault('malformed', 'an escape that JSON does not have');
    }
  }

  #number(): ExactValue {
    NUMBER.lastIndex = this.#at;
    const [digits] = NUMBER.exec(this.#text) ?? [];
    if (digits === undefined) throw this.#unexpected('a value');
    const decimal = decimalOfNumberText(digits);
    if (decimal === undefined) throw this.#fault('malformed', 'a number of more digits than the limit');
    this.#at += digits.length;
    return decimal;
  }

  #skip(): void {
    BLANKS.lastIndex = this.#at;
    BLANKS.test(this.#text);
    this.#at = BLANKS.lastIndex;
  }

  #next(mark: string): boolean {
    this.#skip();
    if (this.#text[this.#at] !== mark) return false;
    this.#at += 1;
    return true;
  }

  #need(mark: string): void {
    if (!this.#next(mark)) throw this.#unexpected(`"${mark}"`);
  }

  #unexpected(wanted: string): Error {
    const isEnd = this.#at >= this.#text.length;
    return this.#fault(isEnd ? 'truncated' : 'malformed', `${wanted} expected`);
  }

  #fault(fault: ExactFault, detail: string): Error {
    return this.#limits.fault(fault, `${detail}, character ${this.#at}`, this.#at);
  }
}
