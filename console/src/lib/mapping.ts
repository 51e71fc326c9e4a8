/**
 * State of the column mapping editor of a CSV import: which column plays which part, and how stamps and
 * values are to be read. It starts from the mapping that the server proposes, remembers what a person
 * changed, says what still keeps the import from running, and gives back a mapping of the same shape.
 */
import type { ImportPreview } from '@openami/server/contract';
import { type Data, isData } from './data.ts';

export const columnRoles = [
  'time',
  'clock',
  'device',
  'quantity',
  'unit',
  'quality',
  'zone',
  'interval',
  'value',
  'ignore',
] as const;
export type ColumnRole = (typeof columnRoles)[number];

/** What each part means, for the editor. */
export const roleLabels: Readonly<Record<ColumnRole, string>> = {
  time: 'Time stamp or date',
  clock: 'Time of day',
  device: 'Device',
  quantity: 'Quantity',
  unit: 'Unit',
  quality: 'Quality',
  zone: 'Time zone',
  interval: 'Interval length, s',
  value: 'Value',
  ignore: 'Ignore',
};

type PreviewColumn = ImportPreview['columns'][number];

export interface MappingState {
  readonly columns: readonly Pick<PreviewColumn, 'index' | 'name'>[];
  /** Role of each column, by its index. */
  readonly roles: Readonly<Record<number, string>>;
  /** The proposed mapping with the edited options; parts that this editor does not know stay as they are. */
  readonly base: Data;
  /** True once a role was changed: only then are the columns of the mapping rewritten. */
  readonly rolesEdited: boolean;
}

/** Options of the mapping that the editor offers, as a path into it. */
export type OptionPath =
  | 'delimiter'
  | 'decimal'
  | 'intervalS'
  | 'time.pattern'
  | 'time.zone'
  | 'time.label'
  | 'values.kind'
  | 'values.unit';

export type MappingAction =
  | { readonly type: 'role'; readonly index: number; readonly role: string }
  | { readonly type: 'option'; readonly path: OptionPath; readonly value: string | number | undefined };

/** Any number of columns can hold values or be ignored; every other part is played by one. */
const many = new Set<string>(['value', 'ignore']);

export function initialMapping(columns: readonly PreviewColumn[], mapping: unknown): MappingState {
  const roles: Record<number, string> = {};
  for (const column of columns) roles[column.index] = column.role;
  return { columns, roles, base: isData(mapping) ? mapping : {}, rolesEdited: false };
}

export function reduceMapping(state: MappingState, action: MappingAction): MappingState {
  if (action.type === 'option') return { ...state, base: withOption(state.base, action.path, action.value) };
  const roles = { ...state.roles };
  if (!many.has(action.role)) {
    for (const [index, role] of Object.entries(roles)) {
      if (role === action.role) roles[Number(index)] = 'ignore';
    }
  }
  roles[action.index] = action.role;
  return { ...state, roles, rolesEdited: true };
}

/** Value of an option now; of the value columns, that of the first. */
export function mappingOption(state: MappingState, path: OptionPath): string | number | undefined {
  const [group, field] = path.split('.') as [string, string | undefined];
  if (field === undefined) return scalar(state.base[group]);
  const holder = group === 'values' ? valuesOf(state.base)[0] : state.base[group];
  return isData(holder) ? scalar(holder[field]) : undefined;
}

function withOption(base: Data, path: OptionPath, value: string | number | undefined): Data {
  const [group, field] = path.split('.') as [string, string | undefined];
  const set = (holder: unknown, key: string): Data => {
    const { [key]: _, ...rest } = isData(holder) ? holder : {};
    return value === undefined || value === '' ? rest : { ...rest, [key]: value };
  };
  if (field === undefined) return set(base, group);
  if (group !== 'values') return { ...base, [group]: set(base[group], field) };
  return { ...base, values: valuesOf(base).map((v) => set(v, field)) };
}

/** What keeps the import from running, in sentences; empty when nothing does. */
export function mappingProblems(state: MappingState): string[] {
  const roles = Object.values(state.roles);
  if (roles.length === 0) return [];
  const problems: string[] = [];
  if (!roles.includes('time')) problems.push('Choose the column that holds the time stamp.');
  if (!roles.includes('value')) problems.push('Choose at least one column that holds values.');
  const register = valuesOf(state.base).every((v) => v.kind === 'register');
  const known = state.base.intervalS !== undefined || roles.includes('interval');
  const stated = valuesOf(state.base).some((v) => v.intervalS !== undefined);
  if (!register && !known && !stated) problems.push('Say how long an interval is.');
  return problems;
}

/** The mapping to send with the import. */
export function mappingToSend(state: MappingState): Record<string, unknown> {
  if (!state.rolesEdited) return { ...state.base };
  const { device, quantity, unit, quality, zone, interval, ignore, ...rest } = state.base;
  const out: Record<string, unknown> = { ...rest };
  for (const role of ['device', 'quantity', 'unit', 'quality', 'zone', 'interval'] as const) {
    const ref = refOf(state, role);
    if (ref !== undefined) out[role] = ref;
  }
  const { clockColumn, ...time } = isData(state.base.time) ? state.base.time : { pattern: 'iso' };
  const clock = refOf(state, 'clock');
  out.time = {
    ...time,
    column: refOf(state, 'time'),
    ...(clock === undefined ? {} : { clockColumn: clock }),
  };
  out.values = valueColumns(state);
  return out;
}

/** An entry for each value column: as proposed where it was proposed, else like the first one. */
function valueColumns(state: MappingState): Data[] {
  const proposed = valuesOf(state.base);
  const template: Data = proposed.find((v) => v.column === '*') ?? { ...proposed[0], device: undefined };
  return state.columns
    .filter((c) => state.roles[c.index] === 'value')
    .map((c) => {
      const own = proposed.find((v) => v.column === c.index || (c.name !== '' && v.column === c.name));
      return own ?? { kind: 'interval', ...template, column: columnRef(state, c) };
    });
}

function refOf(state: MappingState, role: ColumnRole): string | number | undefined {
  const column = state.columns.find((c) => state.roles[c.index] === role);
  return column && columnRef(state, column);
}

/** By its name where the name is its own, else by its place. */
function columnRef(state: MappingState, column: Pick<PreviewColumn, 'index' | 'name'>): string | number {
  const own = column.name !== '' && state.columns.filter((c) => c.name === column.name).length === 1;
  return own ? column.name : column.index;
}

function valuesOf(base: Data): Data[] {
  return Array.isArray(base.values) ? base.values.filter(isData) : [];
}

function scalar(value: unknown): string | number | undefined {
  return typeof value === 'string' || typeof value === 'number' ? value : undefined;
}
