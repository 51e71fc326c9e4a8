/** All models of a program, found by the meter that sends. */
import { OpenAmiError } from '@openami/model';
import { bytesOfHex } from '../bytes.ts';
import { type Plain, renderError } from '../decode-line.ts';
import type { MbusAddress } from '../mbus/address.ts';
import { MbusLineState } from '../mbus/decode-line.ts';
import type { Formats } from '../mbus/formats.ts';
import type { MbusTelegram } from '../mbus/telegram.ts';
import { type FlatValue, valuesOf } from '../mbus/values.ts';
import { checkLibrary, checkModel } from './check.ts';
import { type ApplyOptions, type CompiledModel, compileModel } from './compile.ts';
import { meterOf } from './decoders/index.ts';
import { modelErrors } from './errors.ts';
import type { Among, Library, MeterModel, ModelMeter } from './model.ts';

interface Wanted {
  readonly version: ReadonlySet<number> | undefined;
  readonly type: ReadonlySet<number> | undefined;
  readonly ci: ReadonlySet<number> | undefined;
  readonly model: CompiledModel;
}

export const emptyLibrary: Library = { fields: [], sets: {} };

export class ModelSet {
  readonly #byName = new Map<string, CompiledModel>();
  readonly #byMaker = new Map<string, Wanted[]>();
  /** What was found, by manufacturer, and CI, version and type in one number. */
  readonly #found = new Map<string, Map<number, CompiledModel | null>>();

  /** Content of files. Raises MODEL_INVALID that names the file. */
  static load(
    files: Iterable<readonly [file: string, content: unknown]>,
    library: unknown = emptyLibrary,
  ): ModelSet {
    const set = new ModelSet();
    const fields = checkLibrary(library);
    for (const [file, content] of files) set.#add(file, checkModel(content, file), fields);
    return set;
  }

  #add(file: string, model: MeterModel, library: Library): void {
    if (this.#byName.has(model.model)) {
      throw modelErrors.MODEL_INVALID(`${file}: another file has a model "${model.model}"`, { file });
    }
    const compiled = compiledOf(file, model, library);
    this.#byName.set(model.model, compiled);
    for (const meter of model.meters) this.#addMeter(meter, compiled);
  }

  #addMeter({ manufacturer = ANY, version, type, ci }: ModelMeter, model: CompiledModel): void {
    for (const maker of [manufacturer].flat()) {
      const rows = this.#byMaker.get(maker) ?? [];
      this.#byMaker.set(maker, rows);
      rows.push({ version: numbersOf(version), type: numbersOf(type), ci: numbersOf(ci), model });
    }
  }

  /** Hands over the heads of compact frames whose full frames are seldom sent. */
  teach(formats: Formats): void {
    for (const { model } of this.#byName.values()) {
      for (const heads of model.formats ?? []) formats.learnHeads(bytesOfHex(heads)!);
    }
  }

  /**
   * The state of `openami decode wmbus` and `openami decode mbus` that names values by these models: lines
   * get `model`, and `values` by it. What its decoder cannot read is told in `unread`; a line that names a
   * model that is not here is read by that for its meter, and told in `unknownModel`.
   */
  lineState(options: Omit<ApplyOptions, 'key'> = {}): MbusLineState {
    const state = new MbusLineState((telegram, key, named) =>
      this.#describe(telegram, { ...options, key }, named),
    );
    this.teach(state.formats);
    return state;
  }

  #describe(
    telegram: MbusTelegram,
    options: ApplyOptions,
    named: string | undefined,
  ): { readonly [name: string]: Plain } {
    const isNamed = named !== undefined && named !== AUTO;
    const wanted = isNamed ? this.#byName.get(named) : undefined;
    const unknown: { readonly [name: string]: Plain } =
      isNamed && wanted === undefined ? { unknownModel: named } : {};
    const model = wanted ?? this.of(telegram);
    if (model === undefined) return unknown;
    const name = model.model.model;
    try {
      return { ...unknown, model: name, values: model.valuesOf(telegram, options) };
    } catch (error) {
      if (!(error instanceof OpenAmiError)) throw error;
      return { ...unknown, model: name, unread: renderError(error) };
    }
  }

  get names(): string[] {
    return [...this.#byName.keys()];
  }

  /** Raises MODEL_UNKNOWN. */
  named(name: string): CompiledModel {
    const model = this.#byName.get(name);
    if (model === undefined) throw modelErrors.MODEL_UNKNOWN(name);
    return model;
  }

  /** The model for a meter: the one that says most of whom it is for. */
  find(meter: MbusAddress | undefined, ci: number): CompiledModel | undefined {
    if (meter === undefined) return undefined;
    let row = this.#found.get(meter.manufacturer);
    if (row === undefined) {
      if (this.#found.size >= MAX_MAKERS) this.#found.clear();
      row = new Map();
      this.#found.set(meter.manufacturer, row);
    }
    const key = (ci * 256 + meter.version) * 256 + meter.type;
    let found = row.get(key);
    if (found === undefined) {
      found = this.#search(meter, ci) ?? null;
      row.set(key, found);
    }
    return found ?? undefined;
  }

  #search({ manufacturer, version, type }: MbusAddress, ci: number): CompiledModel | undefined {
    let best: CompiledModel | undefined;
    let most = -1;
    for (const maker of [manufacturer, ANY]) {
      for (const row of this.#byMaker.get(maker) ?? []) {
        if (row.version?.has(version) === false || row.type?.has(type) === false) continue;
        if (row.ci?.has(ci) === false) continue;
        const said = (maker === ANY ? 0 : 8) + (row.version ? 4 : 0) + (row.ci ? 2 : 0) + (row.type ? 1 : 0);
        if (said > most) [most, best] = [said, row.model];
      }
    }
    return best;
  }

  /** The model for a telegram: of the meter, else of the sender of the link. */
  of(telegram: MbusTelegram): CompiledModel | undefined {
    const { link, ci } = telegram;
    const meter = meterOf(telegram);
    return this.find(meter, ci) ?? (link === meter ? undefined : this.find(link, ci));
  }

  /**
   * Values by name, by the model for the telegram where there is one, else by the rules for all meters.
   * Raises errors of MBUS_… where a decoder cannot read what it should.
   */
  valuesOf(telegram: MbusTelegram, options?: ApplyOptions): Record<string, FlatValue> {
    return this.of(telegram)?.valuesOf(telegram, options) ?? valuesOf(telegram);
  }
}

/** Says which file is wrong. */
function compiledOf(file: string, model: MeterModel, library: Library): CompiledModel {
  try {
    return compileModel(model, library);
  } catch (error) {
    if (!(error instanceof OpenAmiError)) throw error;
    throw modelErrors.MODEL_INVALID(`${file}: ${error.message}`, { ...error.data, file });
  }
}

const ANY = '*';
const AUTO = 'auto';
const MAX_MAKERS = 1000;

function numbersOf(among: Among | undefined): ReadonlySet<number> | undefined {
  if (among === undefined || among === ANY) return undefined;
  return new Set([among].flat().map(Number));
}
