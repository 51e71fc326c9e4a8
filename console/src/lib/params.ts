/**
 * Parameters of commands as forms. Their shape comes from the server; a form holds each value as text, and
 * this turns texts into values and back. Whether a value is allowed is for the server to say.
 */
import type { ParamRecord, ParamSpec } from '@openami/model';
import { weekdays } from './format.ts';

/** What a form holds. */
export type Draft = string | readonly Draft[] | { readonly [name: string]: Draft };

const lastEpochS = 4_294_967_295;

/** A whole number that is a moment, seconds since 1970. */
export function isMoment(spec: ParamSpec): boolean {
  return spec.type === 'whole' && spec.min === 0 && spec.max === lastEpochS;
}

/** An empty form. */
export function blankDraft(spec: ParamSpec): Draft {
  switch (spec.type) {
    case 'word':
      return spec.words[0] ?? '';
    case 'list':
      return Array.from({ length: spec.min }, () => blankDraft(spec.of));
    case 'record':
      return Object.fromEntries(
        Object.entries(spec.fields).map(([name, field]) => [name, blankDraft(field)]),
      );
    default:
      return '';
  }
}

/** The form of a value; where it does not fit, as far as it does. */
export function draftOf(spec: ParamSpec, value: unknown): Draft {
  if (value === undefined || value === null) return blankDraft(spec);
  if (spec.type === 'list') {
    return Array.isArray(value) ? value.map((item) => draftOf(spec.of, item)) : blankDraft(spec);
  }
  if (spec.type === 'record') {
    const given = value as Record<string, unknown>;
    return Object.fromEntries(
      Object.entries(spec.fields).map(([name, field]) => [name, draftOf(field, given[name])]),
    );
  }
  // Whole minutes are all that a field for a moment can show.
  if (isMoment(spec)) return new Date(Number(value) * 1000).toISOString().slice(0, 16);
  return String(value);
}

/** The value of a form; undefined for a field that was left empty. */
export function paramValue(spec: ParamSpec, draft: Draft): unknown {
  switch (spec.type) {
    case 'whole': {
      const text = String(draft).trim();
      if (text === '') return undefined;
      return isMoment(spec) ? Math.floor(Date.parse(`${text}Z`) / 1000) : Number(text);
    }
    case 'number':
      return draft === '' ? undefined : Number(draft);
    case 'list':
      return (draft as readonly Draft[]).map((item) => paramValue(spec.of, item));
    case 'record': {
      const given = draft as Readonly<Record<string, Draft>>;
      const values = Object.entries(spec.fields).map(([name, field]) => [
        name,
        paramValue(field, given[name]!),
      ]);
      return Object.fromEntries(values.filter(([, value]) => value !== undefined));
    }
    default:
      return draft === '' ? undefined : draft;
  }
}

/** One column of a table of records. */
export interface ParamColumn {
  readonly label: string;
  readonly name: string;
  readonly spec: ParamSpec;
  readonly optional: boolean;
  /** Place in a list of always so many; undefined for a plain value. */
  readonly at?: number;
  readonly of: number;
}

const isPlain = ({ type }: ParamSpec) => type !== 'list' && type !== 'record';
/** A list that always has as many values: a column each. */
const isRow = (spec: ParamSpec) => spec.type === 'list' && spec.min === spec.max && isPlain(spec.of);

/** The spec as one of rows of a table; undefined where a record has more than plain values. */
export function rowSpec(spec: ParamSpec): ParamRecord | undefined {
  if (spec.type !== 'record') return undefined;
  return Object.values(spec.fields).every((field) => isPlain(field) || isRow(field)) ? spec : undefined;
}

/** Columns of a table of records. */
export function paramColumns({ fields, optional = [] }: ParamRecord): ParamColumn[] {
  return Object.entries(fields).flatMap(([name, spec]): ParamColumn[] => {
    const label = paramLabel(name, spec);
    const shared = { name, optional: optional.includes(name) };
    if (spec.type !== 'list') return [{ ...shared, label, spec, of: 1 }];
    return Array.from({ length: spec.max }, (_, at) => ({
      ...{ ...shared, spec: spec.of, at, of: spec.max },
      label: spec.max === weekdays.length ? weekdays[at]! : `${label} ${at + 1}`,
    }));
  });
}

const known: Readonly<Record<string, string>> = {
  obis: 'OBIS code',
  classId: 'Interface class',
  upTo: 'Up to',
  dayId: 'Day',
  id: 'Day',
  date: 'Date, **** for every year',
  start: 'Start, MM-DD',
  at: 'At, HH:MM',
};
const units: Readonly<Record<string, string>> = { W: 'W', S: 's', Ms: 'ms' };

/** `thresholdW` -> `Threshold, W`; `activateAtS`, a moment -> `Activate at, UTC`. */
export function paramLabel(name: string, spec: ParamSpec): string {
  const found = known[name];
  if (found) return found;
  const [, stem = name, unit] = /^(.*[a-z])(W|S|Ms)$/.exec(name) ?? [];
  const words = stem.replace(/([A-Z])/g, (letter) => ` ${letter.toLowerCase()}`);
  const title = words.charAt(0).toUpperCase() + words.slice(1);
  if (isMoment(spec)) return `${title}, UTC`;
  return unit ? `${title}, ${units[unit]}` : title;
}
