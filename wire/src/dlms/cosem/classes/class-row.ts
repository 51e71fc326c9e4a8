/** How an interface class is written down, and what several families of them share. */
import type { DataType } from '../../value.ts';

/** What an attribute or a method's parameter holds; `any` where the standard leaves it to the object. */
export type CosemType = DataType | 'any';

/** What a client with the rights of a utility usually may: an association can allow less. */
export type Access = 'r' | 'rw' | 'w';

export type Attribute = readonly [name: string, type: CosemType, access: Access];
export type Method = readonly [name: string, parameter: CosemType];

export interface ClassRow {
  readonly id: number;
  readonly version: number;
  readonly name: string;
  readonly attributes: readonly Attribute[];
  readonly methods?: readonly Method[];
}

export const scalerUnit: Attribute = ['scaler_unit', 'structure', 'r'];
export const reset: Method = ['reset', 'integer'];
export const capture: Method = ['capture', 'integer'];
