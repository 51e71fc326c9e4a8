/**
 * Evaluates expressions in a thread of their own, one request at a time, and ends the thread where one takes
 * too long or too much memory: whatever a mapping or a message does, the event loop goes on. Mappings take
 * turns, so that one whose expressions are ended again and again takes every other turn at most.
 */
import { Worker } from 'node:worker_threads';
import { mappingErrors } from '../errors.ts';
import type { MappingLimits } from '../limits.ts';
import type { ApartReply, ApartRequest, ApartScope } from './apart-messages.ts';

interface Waiting {
  readonly request: ApartRequest;
  readonly resolve: (results: ApartReply['results']) => void;
  readonly reject: (error: Error) => void;
}

/** What the thread may take beyond the time its expressions have, before it is ended. */
const graceMs = 100;
/** Longest time a thread may take to begin. */
const startMs = 20_000;

export class ApartEvaluator {
  readonly #limits: Pick<MappingLimits, 'apartMs' | 'apartWaiting' | 'apartMb'>;
  /** Who waits, by mapping; the mapping whose turn is next comes first. */
  readonly #lanes = new Map<string, Waiting[]>();
  #waiting = 0;
  #worker: Worker | undefined;
  #isReady = false;
  #busy: Waiting | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;
  /** Threads that were ended because a request took too much. */
  ended = 0;

  constructor(limits: Pick<MappingLimits, 'apartMs' | 'apartWaiting' | 'apartMb'>) {
    this.#limits = limits;
  }

  /** `results[scope][source]`. Rejects with MAPPING_STEPS (time, memory), MAPPING_BUSY. */
  evaluate(
    lane: string,
    sources: readonly string[],
    scopes: readonly ApartScope[],
  ): Promise<ApartReply['results']> {
    const waiting = this.#lanes.get(lane) ?? [];
    // One mapping leaves half of the places to the others.
    const isFull =
      this.#waiting >= this.#limits.apartWaiting || waiting.length * 2 >= this.#limits.apartWaiting;
    if (this.#closed || isFull) return Promise.reject(mappingErrors.MAPPING_BUSY());
    return new Promise((resolve, reject) => {
      const request = { sources, scopes, timeoutMs: this.#limits.apartMs };
      this.#lanes.set(lane, waiting);
      waiting.push({ request, resolve, reject });
      this.#waiting += 1;
      this.#next();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (let next = this.#take(); next; next = this.#take())
      next.reject(mappingErrors.MAPPING_BUSY('it is being closed'));
    await this.#end(mappingErrors.MAPPING_BUSY('it is being closed'));
  }

  #next(): void {
    if (this.#busy !== undefined || this.#waiting === 0) return;
    const worker = this.#start();
    if (!this.#isReady) return;
    this.#busy = this.#take()!;
    // Only a thread that works keeps the process alive.
    worker.ref();
    this.#timer = setTimeout(() => this.#stop('time'), this.#limits.apartMs + graceMs);
    worker.postMessage(this.#busy.request);
  }

  /** The first of the lane whose turn it is; the lane goes behind the others. */
  #take(): Waiting | undefined {
    for (const [lane, waiting] of this.#lanes) {
      this.#lanes.delete(lane);
      const first = waiting.shift()!;
      if (waiting.length > 0) this.#lanes.set(lane, waiting);
      this.#waiting -= 1;
      return first;
    }
    return undefined;
  }

  #start(): Worker {
    if (this.#worker !== undefined) return this.#worker;
    const fromSource = import.meta.url.endsWith('.ts');
    const url = new URL(fromSource ? './apart-worker.ts' : './apart-worker.js', import.meta.url);
    // A thread does not take over how its parent reads TypeScript.
    const begin = `import('tsx/esm/api').then(({ register }) => (register(), import('${url.href}')))`;
    const worker = new Worker(fromSource ? begin : url, {
      eval: fromSource,
      execArgv: [],
      env: {},
      resourceLimits: {
        maxOldGenerationSizeMb: this.#limits.apartMb,
        maxYoungGenerationSizeMb: 16,
        stackSizeMb: 4,
      },
    });
    this.#worker = worker;
    this.#isReady = false;
    this.#timer = setTimeout(() => this.#stop('start'), startMs);
    worker.on('message', (reply: ApartReply | 'ready') => {
      if (worker === this.#worker) this.#took(reply);
    });
    worker.on('error', (error) => {
      if (worker === this.#worker) this.#stop(error.message);
    });
    return worker;
  }

  #took(reply: ApartReply | 'ready'): void {
    clearTimeout(this.#timer);
    if (reply === 'ready') this.#isReady = true;
    else {
      this.#busy?.resolve(reply.results);
      this.#busy = undefined;
    }
    this.#worker?.unref();
    this.#next();
  }

  /** Ends the thread; who waits gets a new one. */
  #stop(why: string): void {
    this.ended += 1;
    const failed = this.#busy ?? this.#take();
    this.#busy = failed;
    const error = mappingErrors.MAPPING_STEPS(
      why === 'time'
        ? `more than ${this.#limits.apartMs} ms`
        : `the thread of expressions ended: ${why.slice(0, 100)}`,
    );
    this.#end(error).then(() => this.#next());
  }

  async #end(error: Error): Promise<void> {
    const worker = this.#worker;
    clearTimeout(this.#timer);
    this.#worker = undefined;
    this.#isReady = false;
    this.#busy?.reject(error);
    this.#busy = undefined;
    await worker?.terminate();
  }
}
