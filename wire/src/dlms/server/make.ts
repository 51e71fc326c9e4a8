/** Values in short, for code that makes many. */
import { logicalNameBytes } from '../apdu/schema.ts';
import type { CosemValue } from '../value.ts';

export const unsigned = (value: number): CosemValue => ({ type: 'unsigned', value });
export const longUnsigned = (value: number): CosemValue => ({ type: 'long-unsigned', value });
export const doubleLongUnsigned = (value: number): CosemValue => ({ type: 'double-long-unsigned', value });
export const enumerated = (value: number): CosemValue => ({ type: 'enum', value });
export const integer = (value: number): CosemValue => ({ type: 'integer', value });
export const bool = (value: boolean): CosemValue => ({ type: 'boolean', value });
export const octets = (value: Uint8Array): CosemValue => ({ type: 'octet-string', value });
export const structure = (...elements: CosemValue[]): CosemValue => ({ type: 'structure', elements });
export const array = (elements: readonly CosemValue[]): CosemValue => ({ type: 'array', elements });
export const instanceName = (name: string): CosemValue => octets(logicalNameBytes(name));
export const nothing: CosemValue = { type: 'null' };
