/** Models made ready: what is to be done for a head is found out once. */
import { mediumName } from '../mbus/address.ts';
import type { RecordHead } from '../mbus/record/head.ts';
import type { MbusRecord } from '../mbus/record/value.ts';
import type { MbusKey } from '../mbus/security/key.ts';
import type { MbusTelegram } from '../mbus/telegram.ts';
import { type FlatValue, rounded, valuesOf } from '../mbus/values.ts';
import { readyBytes } from './bytes.ts';
import { type Convert, noneOf, plainOf, readyConvert, timeText } from './convert.ts';
import { dateAfterMonths } from './dates.ts';
import { decoders, throughDiehl } from './decoders/index.ts';
import { type ProprietaryDecoder, proprietaryInput } from './decoders/input.ts';
import { modelErrors } from './errors.ts';
import { joined } from './flags.ts';
import { type Formula, formulaOf } from './formula.ts';
import type { Field, Library, MeterModel } from './model.ts';
import { checkNames } from './names.ts';
import { filledIn, readySelect, type Takes } from './select.ts';
import { readyStatus } from './status.ts';

export interface ApplyOptions {
  /**
   * What a meter marks as no value, and patterns the standard keeps for none, as if they were values: as
   * tools print them that do not look at marks.
   */
  readonly asSent?: boolean | undefined;
  /** Of the meter: for decoders of meters that encrypt in a way of their own. */
  readonly key?: MbusKey | undefined;
}

type Out = Record<string, FlatValue>;

/** What a field that takes records does with one of them. */
interface Take {
  readonly name: string;
  readonly index: number;
  readonly convert: Convert;
}

/** A field that takes records. */
interface RecordField {
  readonly field: Field;
  readonly takes: Takes;
  readonly index: number;
}

/** A field of anything else: adds to `out`. */
type Step = (telegram: MbusTelegram, out: Out, options: ApplyOptions) => void;

/** How many records a field has seen that wants the second or a later one; made when there is one. */
interface Counts {
  of: Map<string, number> | undefined;
}

/** A model ready for telegrams. */
export class CompiledModel {
  readonly model: MeterModel;
  readonly fields: readonly Field[];
  readonly #records: readonly RecordField[];
  readonly #steps: readonly Step[];
  readonly #decoder: ProprietaryDecoder | undefined;
  readonly #takes = new Map<RecordHead, readonly Take[]>();
  readonly #hides: boolean;

  constructor(model: MeterModel, library: Library) {
    this.model = model;
    this.fields = allFields(model, library);
    this.#records = this.fields.flatMap((field) => recordFieldsOf(field));
    this.#steps = this.fields.flatMap((field, i) => stepsOf(field, `fields[${i}] "${field.name}"`));
    // decoders name fields of their own
    if (model.decoder === undefined) checkNames(this.fields);
    this.#hides = this.fields.some(({ name }) => name.startsWith('_'));
    const { decoder } = model;
    if (decoder !== undefined && !Object.hasOwn(decoders, decoder)) {
      throw modelErrors.MODEL_INVALID(`decoder: there is none named "${decoder}"`, { path: 'decoder' });
    }
    this.#decoder = decoder === undefined ? undefined : decoders[decoder];
  }

  /** Values by name. Raises errors of MBUS_… where a decoder cannot read what it should. */
  valuesOf(sent: MbusTelegram, options: ApplyOptions = {}): Record<string, FlatValue> {
    const telegram = throughDiehl(sent, options.key);
    const { meter, records } = telegram;
    const out: Out = {
      media: mediumName(meter?.type ?? UNKNOWN_TYPE),
      id: meter?.id ?? null,
    };
    if (this.#decoder !== undefined) Object.assign(out, this.#decoder(proprietaryInput(telegram, options)));
    if (this.model.media !== undefined) out.media = this.model.media;
    const counts: Counts = { of: undefined };
    for (const record of records) this.#record(record, out, counts, options.asSent === true);
    for (const step of this.#steps) step(telegram, out, options);
    if (this.model.rest) this.#rest(telegram, out);
    if (this.#hides) for (const name of Object.keys(out)) if (name.startsWith('_')) delete out[name];
    return out;
  }

  #record(record: MbusRecord, out: Out, counts: Counts, asSent: boolean): void {
    for (const { name, index, convert } of this.#takesOf(record.head)) {
      // a field of several wishes keeps the first
      if (Object.hasOwn(out, name)) continue;
      if (index > 1) {
        const key = `${name} ${index}`;
        counts.of ??= new Map();
        const count = (counts.of.get(key) ?? 0) + 1;
        counts.of.set(key, count);
        if (count !== index) continue;
      }
      const value = convert(plainOf(record), asSent);
      if (value !== undefined) out[name] = value;
    }
  }

  #takesOf(head: RecordHead): readonly Take[] {
    let takes = this.#takes.get(head);
    if (takes === undefined) {
      takes = takesOf(this.#records, head);
      // heads are made once each, but forgotten when there are too many
      if (this.#takes.size >= MAX_HEADS) this.#takes.clear();
      this.#takes.set(head, takes);
    }
    return takes;
  }

  /** What no field takes, by the rules for all meters. */
  #rest(telegram: MbusTelegram, out: Out): void {
    const free = telegram.records.filter(({ head }) => this.#takesOf(head).length === 0);
    for (const [name, value] of Object.entries(valuesOf({ ...telegram, records: free }))) {
      if (!Object.hasOwn(out, name)) out[name] = value;
    }
  }
}

const MAX_HEADS = 2000;
const UNKNOWN_TYPE = 0x0f;

/** Raises MODEL_INVALID. */
export function compileModel(model: MeterModel, library: Library): CompiledModel {
  return new CompiledModel(model, library);
}

/** The fields of a model: its own, then those of the library that it does not have itself. */
function allFields({ library: wanted = [], fields = [] }: MeterModel, library: Library): Field[] {
  const out = [...fields];
  const own = new Set(fields.map(({ name }) => name));
  for (const [i, want] of wanted.entries()) {
    const names = Object.hasOwn(library.sets, want) ? library.sets[want]! : [want];
    for (const name of names) {
      const found = library.fields.filter((field) => field.name === name);
      if (found.length === 0) {
        const path = `library[${i}]`;
        throw modelErrors.MODEL_INVALID(`${path}: the library has no "${name}"`, { path });
      }
      if (!own.has(name)) out.push(...found);
      own.add(name);
    }
  }
  return out;
}

function recordFieldsOf(field: Field): RecordField[] {
  const { record } = field;
  return record === undefined ? [] : [{ field, takes: readySelect(record), index: record.index ?? 1 }];
}

function takesOf(fields: readonly RecordField[], head: RecordHead): Take[] {
  return fields.flatMap(({ field, takes, index }) => {
    if (!takes(head)) return [];
    const { storage, tariff, subunit } = head;
    const name = filledIn(field.name, { storage, tariff, subunit });
    const convert = readyConvert(field, name, head.unit);
    return convert === undefined ? [] : [{ name, index, convert }];
  });
}

function stepsOf(field: Field, path: string): Step[] {
  const { repeat } = field;
  if (repeat === undefined) return stepOf(field, path, {});
  const out: Step[] = [];
  for (let n = repeat[0]; n <= repeat[1]; n++) out.push(...stepOf(field, path, { n }));
  return out;
}

function stepOf(field: Field, path: string, numbers: Readonly<Record<string, number>>): Step[] {
  const name = filledIn(field.name, numbers);
  const { absent } = field;
  const give = giverOf(field, name, path, numbers);
  const when = field.when === undefined ? undefined : formula(field.when, `${path}.when`, numbers);
  if (give === undefined && absent === undefined) return [];
  const step: Step = (telegram, out, options) => {
    if (Object.hasOwn(out, name)) return;
    if (when !== undefined && !when(out)) return;
    const value = give?.(telegram, out, options);
    if (value !== undefined) out[name] = value;
    else if (absent !== undefined) out[name] = absent;
  };
  return [step];
}

type Give = (telegram: MbusTelegram, out: Out, options: ApplyOptions) => FlatValue | undefined;

function formula(text: string, path: string, numbers: Readonly<Record<string, number>>): Formula {
  return formulaOf(filledIn(text, numbers), path);
}

/** How a field that takes no record gets its value. */
function giverOf(
  field: Field,
  name: string,
  path: string,
  numbers: Readonly<Record<string, number>>,
): Give | undefined {
  if (field.value !== undefined) return () => field.value;
  if (field.formula !== undefined) {
    const of = formula(field.formula, `${path}.formula`, numbers);
    return (_telegram, out) => {
      const value = of(out);
      return value === undefined ? undefined : rounded(value);
    };
  }
  if (field.date !== undefined) return dateGiver(field.date, path, numbers);
  if (field.status !== undefined) {
    const status = readyStatus(field.status, `${path}.status`);
    const none = field.flags?.none ?? 'OK';
    return (telegram, out) => {
      const words = status(telegram, out);
      return words === undefined ? undefined : joined(words, none);
    };
  }
  return field.bytes === undefined ? undefined : bytesGiver(field, name, path, numbers);
}

function dateGiver(
  { from, months, end }: NonNullable<Field['date']>,
  path: string,
  numbers: Readonly<Record<string, number>>,
): Give {
  const count = formula(String(months), `${path}.date.months`, numbers);
  return (_telegram, out) => {
    const by = count(out);
    const date = Object.hasOwn(out, from) ? out[from] : undefined;
    return by === undefined ? undefined : dateAfterMonths(date, by, end);
  };
}

function bytesGiver(
  field: Field,
  name: string,
  path: string,
  numbers: Readonly<Record<string, number>>,
): Give {
  const read = readyBytes(field.bytes!, `${path}.bytes`, numbers);
  const convert = readyConvert(field, name, '')!;
  const none = noneOf(field);
  return (telegram, out, { asSent = false }) => {
    const plain = read(telegram, out);
    if (plain === undefined) return undefined;
    if (plain.time !== undefined) return timeText(plain.time, field.as, false) ?? none;
    return plain.raw === undefined && plain.text === undefined ? none : convert(plain, asSent);
  };
}
