/** Object definitions by number; those of others may be added to the ones that are known. */
import { type ObjectRow, objectRows } from './objects-table.ts';
import type { Lwm2mType } from './types.ts';

export interface Lwm2mResourceModel {
  readonly name: string;
  readonly type: Lwm2mType;
  /** A unit of ours. */
  readonly unit?: string;
  /** OBIS code of its reading. */
  readonly obis?: string;
}

export interface Lwm2mObjectModel {
  readonly name: string;
  readonly resources: ReadonlyMap<number, Lwm2mResourceModel>;
}

export type Lwm2mModels = ReadonlyMap<number, Lwm2mObjectModel>;

/** Definitions of rows; a row of a number that is there stands for it. */
export function lwm2mModels(...tables: readonly (readonly ObjectRow[])[]): Lwm2mModels {
  return new Map(
    tables
      .flat()
      .map(({ id, name, resources }) => [id, { name, resources: new Map(resources.map(modelOf)) }]),
  );
}

function modelOf([id, name, type, unit, obis]: ObjectRow['resources'][number]): [number, Lwm2mResourceModel] {
  return [
    id,
    { name, type, ...(unit === undefined ? {} : { unit }), ...(obis === undefined ? {} : { obis }) },
  ];
}

export const standardLwm2mModels: Lwm2mModels = lwm2mModels(objectRows);
