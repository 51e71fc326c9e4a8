/** A draft of a model from one telegram: all that its records say has a name, which a person then mends. */
import { hexOf } from '../bytes.ts';
import type { RecordHead } from '../mbus/record/head.ts';
import type { MbusRecord } from '../mbus/record/value.ts';
import type { MbusTelegram } from '../mbus/telegram.ts';
import { namedValueOf } from '../mbus/values.ts';
import { modelErrors } from './errors.ts';
import type { Field, Library, MeterModel, Select } from './model.ts';
import { emptyLibrary, ModelSet } from './model-set.ts';
import { keyOfHex, telegramsOfHex } from './read.ts';

export interface Draft {
  readonly model: MeterModel;
  /** What a person should look at. */
  readonly notes: readonly string[];
}

/** Raises errors of MBUS_…, and MODEL_INVALID for a telegram that names no meter. */
export function newModel(hex: string, key?: string, library: Library = emptyLibrary): Draft {
  const telegram = telegramsOfHex(hex, keyOfHex(key)).at(-1);
  const meter = telegram?.meter;
  if (telegram === undefined || meter === undefined) {
    throw modelErrors.MODEL_INVALID('the telegram does not say which meter sent it');
  }
  const { manufacturer, version, type } = meter;
  const name = `${manufacturer.toLowerCase()}_${version.toString(16).padStart(2, '0')}_${type.toString(16)}`;
  const notes: string[] = [];
  const { fields, names } = draftFields(telegram, library, notes);
  const draft: MeterModel = {
    model: name.replace(/[^a-z0-9_]/g, '_').replace(/^[^a-z]/, 'm'),
    title: `${manufacturer} meter, version ${version}`,
    meters: [{ manufacturer, version, type }],
    library: [...names, 'status'].filter((one) => one !== 'status' || hasField(library, one)),
    fields,
    samples: [{ telegram: hex, ...(key === undefined ? {} : { key }), expected: {} }],
  };
  noteRest(telegram, notes);
  const compiled = ModelSet.load([[draft.model, draft]], library).named(draft.model);
  const expected = compiled.valuesOf(telegram);
  return { model: { ...draft, samples: [{ ...draft.samples[0]!, expected }] }, notes };
}

function hasField({ fields }: Library, name: string): boolean {
  return fields.some((field) => field.name === name);
}

function noteRest({ manufacturerData, content, problem, payload }: MbusTelegram, notes: string[]): void {
  if (content === 'manufacturer')
    notes.push(`All ${payload.length} bytes are the maker's own: name a decoder, or "bytes".`);
  else if (manufacturerData !== undefined && manufacturerData.length > 0) {
    notes.push(`${manufacturerData.length} bytes behind 0F are the maker's own: ${hexOf(manufacturerData)}`);
  }
  if (problem !== undefined) notes.push(`The records end early: ${problem.message}.`);
}

interface Fields {
  readonly fields: Field[];
  readonly names: readonly string[];
}

/** Fields of the library where one says the same, and fields of its own for all else. */
function draftFields(telegram: MbusTelegram, library: Library, notes: string[]): Fields {
  const fields = new Map<string, Field>();
  const names = new Set<string>();
  const seen = new Map<string, number>();
  const wide = runs(telegram.records);
  for (const record of telegram.records) {
    const { head } = record;
    if (head.quantity === 'error-flags' && hasField(library, 'status')) {
      noteFlags(record, notes);
      continue;
    }
    const name = nameOf(record, telegram.meter?.type ?? 0, notes);
    const select = selectOf(head);
    const shared = library.fields.find((field) => field.name === name && sameSelect(field.record, select));
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    if (shared !== undefined && count === 1) names.add(name);
    else if (count > 1) addAgain(fields, name, select, count);
    else if (wide.has(runKey(head)) && head.storage > 1)
      addRun(fields, name, select, head, wide.get(runKey(head))!);
    else fields.set(name, { name, record: select });
  }
  return { fields: [...fields.values()], names: [...names] };
}

/** The library's status takes error flags of all meters, but has no words for their bits. */
function noteFlags({ head, raw }: MbusRecord, notes: string[]): void {
  const bits = raw === undefined ? '' : ` (now ${raw.toString(2)})`;
  notes.push(`The bits of ${hexOf(head.bytes)}${bits} have no words: give "status" some.`);
}

function addAgain(fields: Map<string, Field>, name: string, select: Select, count: number): void {
  const at = name.lastIndexOf('_');
  const another = `${name.slice(0, at)}_${count}${name.slice(at)}`;
  fields.set(another, { name: another, record: { ...select, index: count } });
}

/** One field for a history. */
function addRun(
  fields: Map<string, Field>,
  name: string,
  select: Select,
  { storage }: RecordHead,
  span: readonly [number, number],
): void {
  const pattern = name.replace(`_${storage - 1}_`, '_{storage-1}_');
  if (pattern === name) fields.set(name, { name, record: select });
  else fields.set(pattern, { name: pattern, record: { ...select, storage: span } });
}

const runKey = ({ quantity, tariff, subunit, function: kind, modifiers, unit }: RecordHead): string =>
  [quantity, unit, tariff, subunit, kind, ...modifiers].join(' ');

const MIN_RUN = 3;

/** Values of the past that come in a row: their first and last storage. */
function runs(records: readonly MbusRecord[]): Map<string, readonly [number, number]> {
  const found = new Map<string, number[]>();
  for (const { head } of records) {
    if (head.storage < 2) continue;
    const key = runKey(head);
    const storages = found.get(key) ?? [];
    storages.push(head.storage);
    found.set(key, storages);
  }
  const out = new Map<string, readonly [number, number]>();
  for (const [key, storages] of found) {
    if (storages.length >= MIN_RUN) out.set(key, [Math.min(...storages), Math.max(...storages)]);
  }
  return out;
}

/** The usual name; for what has none, one that says what the record says. */
function nameOf(record: MbusRecord, medium: number, notes: string[]): string {
  const usual = namedValueOf(record, medium)?.[0];
  if (usual !== undefined) return usual;
  const { head } = record;
  const unit =
    head.unit.replace(/[^A-Za-z0-9]/g, '').toLowerCase() || (head.type === 'time' ? 'datetime' : 'counter');
  const parts = [head.quantity, ...head.modifiers];
  if (head.function !== 'instantaneous') parts.unshift(head.function);
  for (const what of ['storage', 'tariff', 'subunit'] as const) {
    if (head[what] > 0) parts.push(`${what}${head[what]}`);
  }
  const words = parts
    .join('_')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .replace(/^_|_$/g, '')
    .toLowerCase();
  const name = `${/^[a-z]/.test(words) ? '' : 'record_'}${words}_${unit}`;
  notes.push(`${name} has no usual name (${hexOf(head.bytes)}): give it one, or take the field out.`);
  return name;
}

/** What has to be said to take records like this one and no others. */
function selectOf(head: RecordHead): Select {
  const { quantity, storage, tariff, subunit, function: kind } = head;
  const modifiers = head.modifiers.filter((name) => !name.startsWith('correction:'));
  return {
    quantity,
    ...(storage === 0 ? {} : { storage }),
    ...(tariff === 0 ? {} : { tariff }),
    ...(subunit === 0 ? {} : { subunit }),
    ...(kind === 'instantaneous' ? {} : { function: kind }),
    ...(modifiers.length === 0 ? {} : { modifiers }),
  };
}

function sameSelect(a: Select | undefined, b: Select): boolean {
  return (
    a !== undefined && JSON.stringify(Object.entries(a).sort()) === JSON.stringify(Object.entries(b).sort())
  );
}
