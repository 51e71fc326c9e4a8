/**
 * Codecs in a process of their own. What the sandbox cannot stop (built-in functions that loop without end)
 * is stopped by killing the process; jobs that were behind it go to the next one, and the codec is suspended
 * for a while, longer each time. Codecs take turns, and one that hung comes after all others: what it has to
 * be killed for again holds up nobody who waits. The process runs in UTC and has none of our environment.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Clock, childModule, errorCatalogue, OpenAmiError, systemClock } from '@openami/model';
import { backOff } from '../back-off.ts';
import { remember } from '../remember.ts';
import type { CodecJob, FromCodecChild, ToCodecChild } from './codec-child.ts';
import { codecErrors } from './codec-errors.ts';
import { CodecTurns } from './codec-turns.ts';
import type { CodecAnswer, CodecFunction, CodecScript, SandboxLimits } from './sandbox.ts';

export interface CodecHostLimits {
  /** The process is killed when one job takes longer; well above `callMs` and `loadMs` of the sandbox. */
  readonly killMs: number;
  readonly startMs: number;
  /** Jobs that wait or run. */
  readonly jobs: number;
  /** First suspension of a codec; doubled each time, up to a day. */
  readonly suspendMs: number;
  readonly sandbox: Partial<SandboxLimits>;
}

export const defaultCodecHostLimits: CodecHostLimits = {
  killMs: 1_000,
  startMs: 20_000,
  jobs: 10_000,
  suspendMs: 60_000,
  sandbox: {},
};

/** What decodes with scripts; `CodecHost`, or another way to run them. */
export interface CodecRunner {
  run(codec: CodecScript, name: CodecFunction, input: unknown): Promise<CodecAnswer>;
}

interface Job {
  /** Times that the process ended while it had this. */
  crashes: number;
  readonly codec: CodecScript;
  readonly message: CodecJob;
  readonly resolve: (answer: CodecAnswer) => void;
  readonly reject: (error: Error) => void;
}

/** Jobs sent to the process at once. */
const WINDOW = 32;
const MAX_SUSPEND_MS = 86_400_000;
/** Suspensions that are remembered. */
const MAX_SUSPENDED = 1_000;
const MAX_FAILED_STARTS = 3;

export class CodecHost implements CodecRunner {
  readonly #limits: CodecHostLimits;
  readonly #clock: Clock;
  #child: ChildProcess | undefined;
  #isReady = false;
  #isClosed = false;
  #failedStarts = 0;
  #lastId = 0;
  readonly #waiting = new CodecTurns<Job>(
    ({ codec }) => codec.key,
    (key) => this.#isSuspect(key),
  );
  /** With the process, in the order of the answers. */
  readonly #sent: Job[] = [];
  /** Codecs that the process knows. */
  readonly #told = new Set<string>();
  readonly #suspended = new Map<string, { readonly untilMs: number; readonly times: number }>();
  /** Codecs that had the process when it ended; it is not known yet whether they were why. */
  readonly #doubted = new Set<string>();
  #timer: NodeJS.Timeout | undefined;

  constructor(limits: Partial<CodecHostLimits> = {}, clock: Clock = systemClock) {
    this.#limits = { ...defaultCodecHostLimits, ...limits };
    this.#clock = clock;
  }

  /** Process id, 0 for none. */
  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** Calls a function of a codec; `input` is what JSON can say. Rejects with errors of `codecErrors`. */
  async run(codec: CodecScript, name: CodecFunction, input: unknown): Promise<CodecAnswer> {
    if (this.#isClosed) throw codecErrors.CODEC_CLOSED();
    if (this.#waiting.size + this.#sent.length >= this.#limits.jobs) throw codecErrors.CODEC_BUSY();
    const suspended = this.#suspended.get(codec.key);
    if (suspended !== undefined && suspended.untilMs > this.#clock.nowMs()) {
      throw codecErrors.CODEC_SUSPENDED(`until ${new Date(suspended.untilMs).toISOString()}`);
    }
    this.#lastId += 1;
    const message: CodecJob = {
      kind: 'run',
      id: this.#lastId,
      key: codec.key,
      name,
      input: JSON.stringify(input),
    };
    return new Promise((resolve, reject) => {
      this.#waiting.push({ crashes: 0, codec, message, resolve, reject });
      this.#work();
    });
  }

  /** A codec that is no longer used. */
  forget(key: string): void {
    this.#suspended.delete(key);
    this.#doubted.delete(key);
    if (this.#told.delete(key)) this.#send({ kind: 'forget', key });
  }

  /** Ends the process; what was not answered is rejected with CODEC_CLOSED. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    for (const { reject } of [...this.#sent.splice(0), ...this.#waiting.takeAll()])
      reject(codecErrors.CODEC_CLOSED());
    this.#child?.kill('SIGKILL');
    this.#child = undefined;
  }

  #work(): void {
    if (this.#child === undefined) this.#start();
    if (!this.#isReady) return;
    while (this.#sent.length < WINDOW && !this.#isTrying()) {
      const job = this.#waiting.next(this.#sent.length === 0);
      if (job === undefined) break;
      if (!this.#told.has(job.codec.key)) {
        this.#told.add(job.codec.key);
        this.#send({ kind: 'codec', codec: job.codec });
      }
      this.#sent.push(job);
      this.#send(job.message);
      if (this.#sent.length === 1) this.#watch(this.#limits.killMs);
    }
    // a process without work does not keep the program alive
    if (this.#sent.length === 0) {
      this.#child?.unref();
      this.#child?.channel?.unref();
    } else {
      this.#child?.ref();
      this.#child?.channel?.ref();
    }
  }

  #isSuspect(key: string): boolean {
    return this.#doubted.has(key) || this.#suspended.has(key);
  }

  /** A codec that hung has the process for itself: nobody is to be behind it. */
  #isTrying(): boolean {
    const [first] = this.#sent;
    return first !== undefined && this.#isSuspect(first.codec.key);
  }

  #send(message: ToCodecChild): void {
    this.#child?.send(message, () => {
      // a message to a process that just died: its end is seen elsewhere
    });
  }

  #watch(timeMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#child?.kill('SIGKILL'), timeMs);
  }

  #start(): void {
    const { url, execArgv } = childModule(import.meta.url, 'codec-child');
    const { PATH, TMPDIR } = process.env;
    const child = fork(new URL(url), {
      cwd: fileURLToPath(new URL('.', url)),
      // WebAssembly uses more of V8's stack than the engine counts
      execArgv: ['--max-old-space-size=256', '--stack-size=3000', ...execArgv],
      env: { TZ: 'UTC', NODE_OPTIONS: '', PATH, TMPDIR },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#child = child;
    this.#isReady = false;
    this.#told.clear();
    let complaint = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      complaint = (complaint + chunk.toString()).slice(-2_000);
    });
    child.on('error', (error) => {
      complaint += error.message;
      if (child.pid === undefined) this.#ended(child, complaint);
    });
    child.once('exit', () => this.#ended(child, complaint));
    child.on('message', (message: FromCodecChild) => {
      if (child === this.#child) this.#take(message);
    });
    this.#watch(this.#limits.startMs);
    this.#send({ kind: 'start', limits: this.#limits.sandbox });
  }

  #take(message: FromCodecChild): void {
    if (message.kind === 'ready') {
      this.#isReady = true;
      this.#failedStarts = 0;
      clearTimeout(this.#timer);
    } else {
      const job = this.#sent.shift();
      if (job?.message.id !== message.id) return;
      this.#doubted.delete(job.codec.key);
      if (message.kind === 'done') job.resolve(message.answer);
      else job.reject(errorOf(message));
      if (this.#sent.length > 0) this.#watch(this.#limits.killMs);
      else clearTimeout(this.#timer);
    }
    this.#work();
  }

  /** The process ended: by us, because a job hung, or by itself. */
  #ended(child: ChildProcess, complaint: string): void {
    if (child !== this.#child || this.#isClosed) return;
    clearTimeout(this.#timer);
    this.#child = undefined;
    const wasReady = this.#isReady;
    const culprit = this.#sent[0];
    this.#waiting.putBack(this.#sent.splice(0));
    if (culprit !== undefined) {
      // others may have killed the process, or the whole machine stood still: there is a second chance
      culprit.crashes += 1;
      const isKnown = this.#suspended.has(culprit.codec.key);
      if (isKnown || culprit.crashes > 1) this.#blame(culprit);
      else this.#doubted.add(culprit.codec.key);
    }
    if (!wasReady) this.#failedStarts += 1;
    if (this.#failedStarts >= MAX_FAILED_STARTS) {
      this.#failedStarts = 0;
      for (const { reject } of this.#waiting.takeAll())
        reject(codecErrors.CODEC_HOST(complaint.trim().slice(-500)));
    }
    if (this.#waiting.size > 0) this.#work();
  }

  #blame(culprit: Job): void {
    const { key } = culprit.codec;
    const times = this.#suspended.get(key)?.times ?? 0;
    const untilMs = this.#clock.nowMs() + backOff(this.#limits.suspendMs, times, MAX_SUSPEND_MS);
    this.#doubted.delete(key);
    remember(this.#suspended, key, { untilMs, times: times + 1 }, MAX_SUSPENDED);
    culprit.reject(codecErrors.CODEC_TIMEOUT('its process had to be killed'));
    // what else waits for its codec would kill the next process
    for (const job of this.#waiting.takeAll(key))
      if (job !== culprit) job.reject(codecErrors.CODEC_SUSPENDED());
  }
}

function errorOf({ code, detail, data }: Extract<FromCodecChild, { kind: 'failed' }>): Error {
  const spec = errorCatalogue.get(code);
  return spec === undefined ? codecErrors.CODEC_HOST(detail) : new OpenAmiError(code, spec, detail, data);
}
