/**
 * The embedded engine seen from the program: starts the child process, restarts it with back-off when it
 * dies, stops it. Port and password stay the same over restarts only by luck: ask `url` anew.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { childModule } from '@openami/model';
import { registryErrors } from '../errors.ts';
import type { StoreLog } from '../store.ts';
import { type FrontLimits, frontLimits } from './front.ts';

export type ToChild =
  | {
      readonly type: 'start';
      readonly dataDir: string;
      readonly user: string;
      readonly password: string;
      readonly limits: FrontLimits;
    }
  | { readonly type: 'stop' };

export type FromChild =
  | { readonly type: 'ready'; readonly port: number }
  | { readonly type: 'failed'; readonly code: string; readonly detail: string };

export interface EmbeddedOptions {
  readonly dataDir: string;
  readonly log: StoreLog;
  readonly limits?: Partial<FrontLimits>;
}

const startMs = 60_000;
const stopMs = 15_000;
const maxBackOffMs = 10_000;
const user = 'postgres';

export class EmbeddedEngine {
  state: 'starting' | 'ready' | 'restarting' | 'failed' | 'closed' = 'starting';
  restarts = 0;
  port = 0;
  readonly password: string = randomBytes(18).toString('base64url');
  readonly #options: EmbeddedOptions;
  #child: ChildProcess | undefined;
  #backOffMs = 100;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: EmbeddedOptions) {
    this.#options = options;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  get url(): string {
    return `postgres://${user}:${this.password}@127.0.0.1:${this.port}/postgres`;
  }

  /** Resolves when the engine answers; raises ENGINE_START or ENGINE_LOCKED. */
  async start(): Promise<void> {
    const { child, port, complaint } = await this.#spawn();
    if (this.state === 'closed') {
      child.kill('SIGKILL');
      throw registryErrors.REGISTRY_CLOSED();
    }
    this.#child = child;
    this.port = port;
    this.state = 'ready';
    const readyAt = performance.now();
    // its last words come after its end
    child.once('close', (code, signal) => {
      const words = { code, signal, detail: complaint() };
      if (this.state !== 'closed')
        this.#options.log.warn(words, 'embedded PostgreSQL ended; starting it again');
    });
    child.once('exit', () => {
      if (this.state === 'closed') return;
      if (performance.now() - readyAt > maxBackOffMs) this.#backOffMs = 100;
      this.#restart();
    });
    if (child.exitCode !== null || child.signalCode !== null) this.#restart();
  }

  #restart(): void {
    if (this.state === 'closed' || this.state === 'restarting') return;
    this.state = 'restarting';
    this.restarts++;
    this.#later();
  }

  #later(): void {
    this.#timer = setTimeout(() => {
      this.start().catch((error: unknown) => {
        if (this.state === 'closed') return;
        this.#options.log.error({ err: error }, 'embedded PostgreSQL did not start again');
        this.#later();
      });
    }, this.#backOffMs);
    this.#backOffMs = Math.min(this.#backOffMs * 2, maxBackOffMs);
  }

  #spawn(): Promise<{ child: ChildProcess; port: number; complaint: () => string }> {
    const { url, execArgv } = childModule(import.meta.url, 'child');
    const child = fork(new URL(url), {
      cwd: fileURLToPath(new URL('.', url)),
      execArgv: ['--max-old-space-size=512', ...execArgv],
      env: { ...process.env, NODE_OPTIONS: '' },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    let complaint = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      complaint = (complaint + chunk.toString()).slice(-4000);
    });
    const order: ToChild = {
      type: 'start',
      dataDir: this.#options.dataDir,
      user,
      password: this.password,
      limits: { ...frontLimits, ...this.#options.limits },
    };
    return new Promise((resolve, reject) => {
      const fail = (detail: string, locked = false) => {
        clearTimeout(timer);
        child.kill('SIGKILL');
        reject(locked ? registryErrors.ENGINE_LOCKED(detail) : registryErrors.ENGINE_START(detail));
      };
      const timer = setTimeout(() => fail(`no answer within ${startMs} ms`), startMs);
      // Also later: a message to a process that just died must not end the program.
      child.on('error', (error) => fail(error.message));
      child.once('exit', (code, signal) => fail(`ended with ${signal ?? code}: ${complaint}`));
      child.on('message', (message: FromChild) => {
        if (message.type === 'failed') {
          this.#options.log.error(
            { code: message.code, detail: message.detail },
            'embedded PostgreSQL failed',
          );
          return fail(message.detail, message.code === 'ENGINE_LOCKED');
        }
        clearTimeout(timer);
        resolve({ child, port: message.port, complaint: () => complaint });
      });
      child.send(order);
    });
  }

  /** Graceful end; killed when it takes too long. */
  async close(): Promise<void> {
    this.state = 'closed';
    clearTimeout(this.#timer);
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    if (child.connected) child.send({ type: 'stop' } satisfies ToChild);
    const timer = setTimeout(() => child.kill('SIGKILL'), stopMs);
    await ended;
    clearTimeout(timer);
  }
}
