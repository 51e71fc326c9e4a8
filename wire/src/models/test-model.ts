/** A model's own samples are its tests. */
import { OpenAmiError, sentenceOf } from '@openami/model';
import { Formats } from '../mbus/formats.ts';
import type { FlatValue } from '../mbus/values.ts';
import { checkModel } from './check.ts';
import type { CompiledModel } from './compile.ts';
import type { Library, ModelSample } from './model.ts';
import { emptyLibrary, ModelSet } from './model-set.ts';
import { keyOfHex, telegramsOfHex } from './read.ts';

export interface SampleResult {
  /** Its place in the file, from 0. */
  readonly sample: number;
  readonly about: string | undefined;
  readonly ok: boolean;
  /** What differs, in words; empty when nothing does. */
  readonly faults: readonly string[];
  /** What the model makes of it. */
  readonly values: Readonly<Record<string, FlatValue>>;
}

/** Runs the samples of a file's content. Raises MODEL_INVALID where the file itself is wrong. */
export function testModel(content: unknown, library: Library = emptyLibrary): SampleResult[] {
  const model = checkModel(content);
  const set = ModelSet.load([[model.model, model]], library);
  const compiled = set.named(model.model);
  return model.samples.map((sample, i) => {
    const { faults, values } = runSample(sample, compiled, set);
    return { sample: i, about: sample.about, ok: faults.length === 0, faults, values };
  });
}

function runSample(
  { telegram: hex, key, expected }: ModelSample,
  model: CompiledModel,
  set: ModelSet,
): Pick<SampleResult, 'faults' | 'values'> {
  const formats = new Formats();
  set.teach(formats);
  let values: Record<string, FlatValue> = {};
  try {
    const ready = keyOfHex(key);
    for (const telegram of telegramsOfHex(hex, ready, formats)) {
      values = { ...values, ...model.valuesOf(telegram, { key: ready }) };
      if (model.model.meters.length > 0 && set.of(telegram) === undefined) {
        return { values, faults: [`is not for this meter: ${JSON.stringify(telegram.meter)}`] };
      }
    }
  } catch (error) {
    if (!(error instanceof OpenAmiError)) throw error;
    return { values, faults: [sentenceOf(error)] };
  }
  return { values, faults: differences(values, expected) };
}

/** How values differ from those that are expected, one sentence a name. */
export function differences(
  have: Readonly<Record<string, FlatValue>>,
  want: Readonly<Record<string, unknown>>,
): string[] {
  const faults: string[] = [];
  for (const [name, value] of Object.entries(want)) {
    if (!Object.hasOwn(have, name)) faults.push(`lacks ${name} ${String(value)}`);
    else if (!same(have[name], value)) faults.push(`${name} is ${String(have[name])}, not ${String(value)}`);
  }
  for (const name of Object.keys(have)) {
    if (!Object.hasOwn(want, name)) faults.push(`has ${name} ${String(have[name])} that is not expected`);
  }
  return faults;
}

/** The last digit that names are known with may be rounded either way. */
function same(a: unknown, b: unknown): boolean {
  if (typeof a !== 'number' || typeof b !== 'number') return a === b;
  return Math.abs(a - b) <= 1.5e-6 + 1e-12 * Math.abs(b);
}
