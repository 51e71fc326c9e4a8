/**
 * A codec is data: a script, whose examples are its tests, and what its fields mean as readings. Adding one
 * changes no code.
 */
import { createHash } from 'node:crypto';
import { OpenAmiError } from '@openami/model';
import { codecErrors } from './codec-errors.ts';
import type { CodecRunner } from './codec-host.ts';
import { type CodecControl, checkControl } from './downlink-control.ts';
import { type CodecMapping, checkMapping } from './mapping.ts';
import { type Difference, differencesOf } from './same.ts';
import type { CodecFunction, CodecScript } from './sandbox.ts';

export interface CodecDefinition {
  /** Letters, digits, `-`, `_`, `.` and `/`. */
  readonly id: string;
  readonly vendor: string;
  readonly models: readonly string[];
  /** Ports of uplinks that it decodes; none: all. */
  readonly fPorts: readonly number[];
  /**
   * `script`; `server`: what the codec of the network server made of it is mapped; or the name of a built-in
   * decoder: `mbus`. Only `script` has a script; a built-in decoder names its readings itself.
   */
  readonly decoder: string;
  /** JavaScript; empty for a built-in decoder. */
  readonly script: string;
  /** What `recvTime` is to the script: a Date (TS013), or ISO text. */
  readonly recvTime?: 'date' | 'text';
  /** Where application data of M-Bus stands in the payload, for the decoder `mbus`. */
  readonly mbus?: MbusPayload;
  readonly examples: readonly CodecExample[];
  readonly mapping: CodecMapping;
  /** What switches a supply, and what does not; left out: any downlink may. */
  readonly control?: CodecControl;
}

export interface MbusPayload {
  /** Bytes before it; default 0. */
  readonly offset?: number;
  /** `ci` (default): a CI field and its header stand before the records; `none`: they begin at once. */
  readonly header?: 'ci' | 'none';
  /** Device type by EN 13757, where no header tells it: 7 water, 4 heat, 3 gas, 2 electricity. */
  readonly deviceType?: number;
}

export interface CodecExample {
  readonly description?: string;
  readonly fn: CodecFunction;
  /** `bytes` as a list or as hex; the rest goes to the function as it is. */
  readonly input: Readonly<Record<string, unknown>>;
  readonly output: Readonly<Record<string, unknown>>;
}

export const SCRIPT_DECODER = 'script';
export const SERVER_DECODER = 'server';
export const MBUS_DECODER = 'mbus';
/** Payloads of LoRaWAN have at most as many bytes. */
const MAX_PAYLOAD_BYTES = 242;
const MAX_EXAMPLES = 500;
const functions: readonly string[] = [
  'decodeUplink',
  'decodeDownlink',
  'encodeDownlink',
] satisfies CodecFunction[];
const idShape = /^[a-z\d][\w.-]{0,63}(\/[a-z\d][\w.-]{0,63}){0,3}$/i;

/** The script of a codec for a runner; the key names its very text. */
export function scriptOf({ id, script, recvTime = 'date' }: CodecDefinition): CodecScript {
  const hash = createHash('sha256').update(`${recvTime}\0${script}`).digest('base64url').slice(0, 22);
  return { key: `${id}#${hash}`, script, recvTime };
}

/** Throws CODEC_INVALID for what is no codec. Does not run anything. */
export function checkCodec(codec: CodecDefinition, builtIn: readonly string[]): void {
  const wrong = (detail: string) => codecErrors.CODEC_INVALID(detail);
  if (!idShape.test(codec.id)) throw wrong('id: letters, digits, "-", "_", "." in parts with "/" between');
  if (codec.models.length === 0) throw wrong('models: at least one');
  const isPort = (port: number) => Number.isInteger(port) && port >= 0 && port <= 255;
  if (!codec.fPorts.every(isPort)) throw wrong('fPorts: whole numbers from 0 to 255');
  const known = [SCRIPT_DECODER, SERVER_DECODER, ...builtIn];
  if (!known.includes(codec.decoder)) throw wrong(`decoder: one of ${known.join(', ')}`);
  const isScript = codec.decoder === SCRIPT_DECODER;
  if (isScript && codec.script.trim() === '') throw wrong('script: missing');
  if (!isScript && codec.script !== '') throw wrong(`script: ${codec.decoder} needs none`);
  if (isScript && codec.examples.length === 0) throw wrong('examples: at least one, with what it gives');
  if (codec.examples.length > MAX_EXAMPLES) throw wrong(`examples: at most ${MAX_EXAMPLES}`);
  for (const [i, { fn }] of codec.examples.entries()) {
    if (!functions.includes(fn)) throw wrong(`examples[${i}].fn: one of ${functions.join(', ')}`);
  }
  checkMapping(codec.mapping);
  checkMbus(codec);
  if (codec.control !== undefined) checkControl(codec.control);
}

function checkMbus({ decoder, mbus }: CodecDefinition): void {
  if (mbus === undefined) return;
  if (decoder !== MBUS_DECODER) throw codecErrors.CODEC_INVALID(`mbus: decoder ${decoder} has none`);
  const { offset = 0, deviceType = 0 } = mbus;
  const isWhole = (value: number, most: number) => Number.isInteger(value) && value >= 0 && value <= most;
  if (!isWhole(offset, MAX_PAYLOAD_BYTES))
    throw codecErrors.CODEC_INVALID(`mbus.offset: a whole number from 0 to ${MAX_PAYLOAD_BYTES}`);
  if (!isWhole(deviceType, 255)) throw codecErrors.CODEC_INVALID('mbus.deviceType: from 0 to 255');
}

export interface ExampleFailure {
  readonly index: number;
  readonly description: string;
  readonly differences: readonly Difference[];
}

/** Runs the examples of a script; those that do not give what they say. */
export async function failingExamples(
  codec: CodecDefinition,
  runner: CodecRunner,
): Promise<ExampleFailure[]> {
  const script = scriptOf(codec);
  const outcomes = await Promise.all(
    codec.examples.map(async (example, index): Promise<ExampleFailure> => {
      const differences = await differencesOfExample(script, example, runner);
      return { index, description: example.description ?? '', differences };
    }),
  );
  return outcomes.filter(({ differences }) => differences.length > 0);
}

async function differencesOfExample(script: CodecScript, example: CodecExample, runner: CodecRunner) {
  const { fn, output } = example;
  try {
    const { result } = await runner.run(script, fn, withBytes(example.input));
    return differencesOf(withBytes(output), withBytes(result));
  } catch (error) {
    if (!(error instanceof OpenAmiError)) throw error;
    // catalogues write down what a script throws as its errors
    const { errors } = output;
    const isExpected = error.code === 'CODEC_THREW' && Array.isArray(errors) && errors.length > 0;
    const said = `${error.code}: ${error.message}`;
    return isExpected ? [] : [{ path: '', expected: JSON.stringify(output).slice(0, 200), got: said }];
  }
}

/** Bytes written as hex become the list that a function gets. */
function withBytes(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { bytes } = fields;
  if (typeof bytes !== 'string' || !/^([0-9a-f]{2})*$/i.test(bytes)) return fields;
  return { ...fields, bytes: Array.from(Buffer.from(bytes, 'hex')) };
}

/**
 * What an upload must pass: a whole definition, a script that loads, every example as it says. Throws
 * CODEC_INVALID, those of scripts, and CODEC_EXAMPLE_FAILED with `data.failures`.
 */
export async function acceptCodec(codec: CodecDefinition, runner: CodecRunner, builtIn: readonly string[]) {
  checkCodec(codec, builtIn);
  if (codec.decoder !== SCRIPT_DECODER) return;
  const failures = await failingExamples(codec, runner);
  const [first] = failures;
  if (first === undefined) return;
  const [difference] = first.differences;
  const { path, expected, got } = difference!;
  throw codecErrors.CODEC_EXAMPLE_FAILED(
    `${failures.length} of ${codec.examples.length}; example ${first.index} at "${path}": ` +
      `${got} instead of ${expected}`,
    { failures: failures.slice(0, 20) },
  );
}
