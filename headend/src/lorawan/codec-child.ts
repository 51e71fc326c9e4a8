/**
 * The process that runs codecs: one payload after the other, an answer to each. It is killed when one hangs.
 */
import { Worker } from 'node:worker_threads';
import { OpenAmiError } from '@openami/model';
import {
  type CodecAnswer,
  type CodecFunction,
  CodecSandbox,
  type CodecScript,
  type SandboxLimits,
} from './sandbox.ts';

export type ToCodecChild =
  | { readonly kind: 'start'; readonly limits: Partial<SandboxLimits> }
  /** Goes before the first job of a codec. */
  | { readonly kind: 'codec'; readonly codec: CodecScript }
  | { readonly kind: 'forget'; readonly key: string }
  | CodecJob;

export interface CodecJob {
  readonly kind: 'run';
  readonly id: number;
  readonly key: string;
  readonly name: CodecFunction;
  /** JSON. */
  readonly input: string;
}

export type FromCodecChild =
  | { readonly kind: 'ready' }
  | { readonly kind: 'done'; readonly id: number; readonly answer: CodecAnswer }
  | {
      readonly kind: 'failed';
      readonly id: number;
      readonly code: string;
      readonly detail: string;
      readonly data: Readonly<Record<string, unknown>>;
    };

const codecs = new Map<string, CodecScript>();
let limits: Partial<SandboxLimits> = {};
let sandbox: CodecSandbox | undefined;
/** Jobs in the order they came, one at a time: a new engine may have to be waited for. */
let turn: Promise<void> = Promise.resolve();

const reply = (message: FromCodecChild) => process.send?.(message);

async function take(message: ToCodecChild): Promise<void> {
  if (message.kind === 'start') {
    ({ limits } = message);
    sandbox = await CodecSandbox.create(limits);
    reply({ kind: 'ready' });
  } else if (message.kind === 'codec') codecs.set(message.codec.key, message.codec);
  else if (message.kind === 'forget') codecs.delete(message.key);
  else await run(message);
}

async function run({ id, key, name, input }: CodecJob): Promise<void> {
  if (sandbox === undefined || sandbox.broken) sandbox = await CodecSandbox.create(limits);
  try {
    reply({ kind: 'done', id, answer: sandbox.run(codecs.get(key)!, name, input) });
  } catch (error) {
    const isOurs = error instanceof OpenAmiError;
    const code = isOurs ? error.code : 'CODEC_HOST';
    const detail = error instanceof Error ? error.message : String(error);
    reply({ kind: 'failed', id, code, detail, data: isOurs ? error.data : {} });
  }
}

/**
 * Ends this process when the one that started it is gone, also while a codec hangs: this thread then hears
 * nothing, and nobody is left to kill it.
 */
const guard = `
  const parent = process.ppid;
  setInterval(() => { if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL'); }, 1000);
`;
new Worker(guard, { eval: true, execArgv: [], resourceLimits: { maxOldGenerationSizeMb: 8 } }).unref();

process.on('message', (message: ToCodecChild) => {
  turn = turn.then(() => take(message));
});
process.on('disconnect', () => process.exit(0));
