/** Look-ups in the table of interface classes. */
import type { Access, CosemType } from './classes/class-row.ts';
import { interfaceClasses } from './classes.ts';

export interface InterfaceClass {
  readonly id: number;
  readonly version: number;
  readonly name: string;
  /** Index 1 first. */
  readonly attributes: readonly CosemAttribute[];
  /** Index 1 first. */
  readonly methods: readonly CosemMethod[];
}

export interface CosemAttribute {
  readonly index: number;
  readonly name: string;
  readonly type: CosemType;
  readonly access: Access;
}

export interface CosemMethod {
  readonly index: number;
  readonly name: string;
  readonly parameter: CosemType;
}

const logicalNameAttribute: CosemAttribute = {
  index: 1,
  name: 'logical_name',
  type: 'octet-string',
  access: 'r',
};

const classes: readonly InterfaceClass[] = interfaceClasses.map((row) => ({
  id: row.id,
  version: row.version,
  name: row.name,
  attributes: [
    logicalNameAttribute,
    ...row.attributes.map(([name, type, access], i) => ({ index: i + 2, name, type, access })),
  ],
  methods: (row.methods ?? []).map(([name, parameter], i) => ({ index: i + 1, name, parameter })),
}));

/**
 * A class by its id and version; without a version the newest known. A version that is not in the table is
 * taken as the newest below it, since versions add attributes. Undefined for classes that are not known.
 */
export function interfaceClass(id: number, version?: number): InterfaceClass | undefined {
  const known = classes.filter((entry) => entry.id === id);
  if (version === undefined) return known.at(-1);
  return known.findLast((entry) => entry.version <= version) ?? known[0];
}
