/**
 * A meter model as it stands in its file: which meters it is for, and what their telegrams say by name.
 * Everything here is data; `checkModel` says what is wrong with a file, `compileModel` makes it ready.
 */
import type { DataFunction } from '../mbus/record/head.ts';
import type { FlatValue } from '../mbus/values.ts';

/** One value, a few, or any. */
export type Among = number | string | readonly (number | string)[];

/** Which meters; what is left out may be anything. Numbers may be written as text in hex: `"0x1b"`. */
export interface ModelMeter {
  /** Three letters, or a list of them. */
  readonly manufacturer?: string | readonly string[];
  readonly version?: Among;
  /** Device type, e.g. 7 for water. */
  readonly type?: Among;
  /** CI field of the telegrams, where a maker's own format is told by it. */
  readonly ci?: Among;
}

/** A number, from and to, or any. */
export type Span = number | readonly [from: number, to: number] | '*';

/**
 * Records that match all that is said; storage, tariff and sub-unit are 0 and the function is instantaneous
 * unless told.
 */
export interface Select {
  readonly quantity?: string;
  /** As sent, in hex, DIF to the last VIFE: instead of all else. */
  readonly head?: string;
  readonly storage?: Span;
  readonly tariff?: Span;
  readonly subunit?: Span;
  readonly function?: DataFunction | '*';
  /** All VIFEs by name, in any order, but those that only correct the scale; `"*"` for any. */
  readonly modifiers?: readonly string[] | '*';
  /** Which of those that match, the first being 1. */
  readonly index?: number;
}

/** Bytes that are no record. */
export interface BytesAt {
  /** `manufacturer`: behind 0F; `payload`: behind the header; else the value of a record. */
  readonly from: 'manufacturer' | 'payload' | { readonly record: Select };
  /** Where they begin: a number, or a formula over earlier fields and `n`. */
  readonly at: number | string;
  readonly length: number;
  /** `ymd`: a date of six digits, in the order of bytes told. */
  readonly type: 'uint' | 'int' | 'bcd' | 'text' | 'hex' | 'date' | 'datetime' | 'ymd';
  /** Low byte first unless `be`. */
  readonly order?: 'le' | 'be';
  /** The number that stands for none. */
  readonly none?: number;
}

export interface Flags {
  /** Words by bit, the lowest being 0. */
  readonly bits?: Readonly<Record<string, string>>;
  /** Words by whole number, before bits are looked at. */
  readonly values?: Readonly<Record<string, string>>;
  /** Only these bits count. */
  readonly mask?: number | string;
  /** When no bit is set; `OK` unless told. */
  readonly none?: string;
  /** Bits without a word: `<this>_<hex>`; `ERROR_FLAGS` unless told; `""` leaves them out. */
  readonly unknown?: string;
}

/** A part of a status: the byte of the header with words for bits 2 to 7, a record, bytes, or a field. */
export interface StatusPart {
  readonly header?: {
    readonly bits?: Readonly<Record<string, string>>;
    readonly mask?: number | string;
    readonly unknown?: string;
  };
  readonly record?: Select;
  readonly bytes?: BytesAt;
  readonly field?: string;
  readonly flags?: Flags;
}

export interface Field {
  /** `<what>_<unit>`; `{storage}`, `{tariff-1}`, `{n}` are filled in. `_…` is for other fields, not shown. */
  readonly name: string;
  /** For people. */
  readonly about?: string;
  /** What it measures, in the words of the standard, where no record says so. */
  readonly quantity?: string;
  /** For a value of the past: the name of the field that says when. */
  readonly at?: string;

  // where it comes from, one of
  readonly record?: Select;
  readonly bytes?: BytesAt;
  readonly formula?: string;
  readonly date?: { readonly from: string; readonly months: number | string; readonly end?: boolean };
  readonly status?: readonly StatusPart[];
  readonly value?: FlatValue;
  /** The decoder gives it; only said to tell what it measures. */
  readonly decoded?: true;

  // what is made of it
  /** Bits of a whole number: the lowest, and how many. */
  readonly bits?: readonly [first: number, count: number];
  readonly scale?: number;
  readonly divide?: number;
  /** The number as sent, whatever its unit. */
  readonly as?: 'number' | 'raw' | 'text' | 'hex' | 'date' | 'minute' | 'second';
  readonly upper?: true;
  /** Words for numbers or texts; `*` for all others, where `{value}` and `{hex}` are filled in. */
  readonly map?: Readonly<Record<string, string | number | null>>;
  readonly flags?: Flags;
  /** When there is no such record. */
  readonly absent?: FlatValue;
  /** What stands instead of a time or number that is none. */
  readonly flawed?: FlatValue;
  /** The value counts although the meter marks it. */
  readonly keep?: true;
  /** Left out instead where it is none. */
  readonly omitNone?: true;

  /** For `n` from and to, once each. */
  readonly repeat?: readonly [from: number, to: number];
  /** Only when this is not 0. */
  readonly when?: string;
}

export interface ModelSample {
  readonly about?: string;
  readonly telegram: string | readonly string[];
  readonly key?: string;
  readonly expected: Readonly<Record<string, FlatValue>>;
}

export interface MeterModel {
  readonly model: string;
  readonly title: string;
  readonly meters: readonly ModelMeter[];
  /** Instead of the device type, for meters that say another. */
  readonly media?: string;
  /** Fields and sets of the library. */
  readonly library?: readonly string[];
  readonly fields?: readonly Field[];
  /** Name of a decoder for what is no record. */
  readonly decoder?: string;
  /** Heads, in hex, of compact frames whose full frame is seldom sent. */
  readonly formats?: readonly string[];
  /** Name what no field takes by the rules for all meters. */
  readonly rest?: boolean;
  readonly samples: readonly ModelSample[];
}

/** Fields that many models share, and sets of them. */
export interface Library {
  readonly fields: readonly Field[];
  readonly sets: Readonly<Record<string, readonly string[]>>;
}
