/**
 * What JSON and CBOR hold, with numbers exactly as they were written: a decimal is no binary fraction, and
 * a whole number beyond 2^53 loses nothing.
 */
import type { OpenAmiError } from '@openami/model';
import type { Decimal } from '../decimal.ts';

/** A map in the order of its entries; keys of JSON are text, those of CBOR anything. */
export class ExactMap {
  readonly entries: readonly (readonly [key: ExactValue, value: ExactValue])[];

  constructor(entries: readonly (readonly [ExactValue, ExactValue])[]) {
    this.entries = entries;
  }
}

/** A primitive number is one that no decimal stands for: NaN or an infinity. */
export type ExactValue =
  | null
  | boolean
  | string
  | number
  | Decimal
  | Uint8Array
  | ExactMap
  | readonly ExactValue[];

/** Why bytes cannot be read. */
export type ExactFault = 'truncated' | 'malformed' | 'too deep' | 'too many';

export interface ExactLimits {
  /** Arrays and maps within each other. */
  readonly depth: number;
  /** Values in all. */
  readonly values: number;
  /** Makes the error that is thrown. */
  readonly fault: (fault: ExactFault, detail: string, at: number) => OpenAmiError;
}

export function isDecimal(value: ExactValue): value is Decimal {
  return typeof value === 'object' && value !== null && 'raw' in value;
}

export function isList(value: ExactValue): value is readonly ExactValue[] {
  return Array.isArray(value);
}
