/** Checks the members of a plan as it comes from JSON; every complaint says where. */
import type { OpenAmiError } from '@openami/model';
import { collectErrors } from './errors.ts';
import { type CapturePeriod, isCapturePeriod } from './grid.ts';

const maxText = 200;

export class Checker {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  at(member: string | number): Checker {
    return new Checker(typeof member === 'number' ? `${this.#path}[${member}]` : `${this.#path}.${member}`);
  }

  invalid(what: string): OpenAmiError {
    return collectErrors.COLLECT_PLAN_INVALID(`${this.#path}: ${what}`, { path: this.#path });
  }

  levels(what: string): OpenAmiError {
    return collectErrors.COLLECT_PLAN_LEVELS(`${this.#path}: ${what}`, { path: this.#path });
  }

  /** An object with no members but these. */
  object<const K extends string>(value: unknown, members: readonly K[]): { readonly [P in K]?: unknown } {
    const given = this.record(value, Number.POSITIVE_INFINITY);
    for (const member of Object.keys(given)) {
      if ((members as readonly string[]).includes(member)) continue;
      const path = `${this.#path}.${member.slice(0, maxText)}`;
      throw collectErrors.COLLECT_PLAN_UNKNOWN_MEMBER(`${path} means nothing`, { path });
    }
    return given as { readonly [P in K]?: unknown };
  }

  /** An object with members of any name. */
  record(value: unknown, most: number): Readonly<Record<string, unknown>> {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw this.invalid('no object');
    if (Object.keys(value).length > most) throw this.invalid(`more than ${most} members`);
    return value as Readonly<Record<string, unknown>>;
  }

  list(value: unknown, least: number, most: number): readonly unknown[] {
    if (!Array.isArray(value)) throw this.invalid('no list');
    if (value.length < least || value.length > most) throw this.invalid(`not ${least} to ${most} elements`);
    return value;
  }

  text(value: unknown): string {
    if (typeof value !== 'string' || value.trim() === '') throw this.invalid('no text');
    if (value.length > maxText) throw this.invalid(`longer than ${maxText} characters`);
    return value;
  }

  texts(value: unknown, most: number): string[] {
    return this.list(value, 1, most).map((text, i) => this.at(i).text(text));
  }

  number(value: unknown, least: number, most: number): number {
    if (typeof value !== 'number' || !(value >= least && value <= most)) {
      throw this.invalid(`no number from ${least} to ${most}`);
    }
    return value;
  }

  whole(value: unknown, least: number, most: number): number {
    if (!Number.isInteger(value)) throw this.invalid('no whole number');
    return this.number(value, least, most);
  }

  oneOf<const T extends string>(value: unknown, choices: readonly T[]): T {
    const found = choices.find((choice) => choice === value);
    if (found === undefined) throw this.invalid(`none of ${choices.join(', ')}`);
    return found;
  }

  /** ISO 8601 with a zone; whole UTC seconds. */
  instant(value: unknown): number {
    const text = this.text(value);
    const ms = /^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:?\d\d)$/.test(text) ? Date.parse(text) : Number.NaN;
    if (Number.isNaN(ms)) throw this.invalid('no time like 2026-04-01T00:00:00Z');
    return Math.floor(ms / 1000);
  }

  period(value: unknown): CapturePeriod {
    if (isCapturePeriod(value)) return value;
    throw collectErrors.COLLECT_PLAN_PERIOD(`${this.#path}: not a part of a day`, { path: this.#path });
  }
}
