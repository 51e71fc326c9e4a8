/**
 * The reading engine as the program sees it: embedded (a child process, started again when it dies) or a real
 * ClickHouse server. Both are an address with a user and a password.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { childModule } from '@openami/model';
import { readingStoreErrors } from '../errors.ts';
import type { FrontLimits } from './http.ts';
import type { ChildMessage, StartMessage } from './messages.ts';

/** Where log lines go; pino fits. */
export interface Log {
  info(data: object, message: string): void;
  warn(data: object, message: string): void;
  error(data: object, message: string): void;
}

export interface EngineStatus {
  readonly kind: 'embedded' | 'remote';
  readonly state: 'starting' | 'ready' | 'down' | 'closed';
  /** Process id of the embedded engine; 0 otherwise. */
  readonly pid: number;
  /** Times it had to be started again. */
  readonly restarts: number;
  readonly version: string;
}

/** Address for the client of this program and for tools. */
export interface Engine {
  readonly url: string;
  readonly username: string;
  readonly password: string;
  status(): EngineStatus;
  /** Changes limits of a running embedded engine; no effect on a remote one. */
  setLimits(limits: Partial<FrontLimits>): void;
  close(): Promise<void>;
}

export interface EmbeddedOptions {
  readonly dataDir: string;
  readonly log: Log;
  readonly limits?: Partial<FrontLimits>;
  readonly insertSessions?: number;
  readonly querySessions?: number;
  readonly maxWaiting?: number;
  /** Wait for an earlier engine on the same directory to end. */
  readonly lockWaitMs?: number;
  readonly startTimeoutMs?: number;
  /** Further arguments of the engine, such as `--config-file=…`. */
  readonly connectionArgs?: readonly string[];
}

const defaultLimits: FrontLimits = {
  statementBytes: 16 * 2 ** 20,
  bodyBytes: 512 * 2 ** 20,
  resultBytes: 256 * 2 ** 20,
  minFreeBytes: 256 * 2 ** 20,
  spoolBytes: 4 * 2 ** 30,
  stallMs: 60_000,
};

/** A ClickHouse server somewhere else: user and password come from the URL. */
export function remoteEngine(url: string): Engine {
  const parsed = new URL(url);
  const username = decodeURIComponent(parsed.username) || 'default';
  const password = decodeURIComponent(parsed.password);
  parsed.username = '';
  parsed.password = '';
  return {
    url: parsed.toString(),
    username,
    password,
    status: () => ({ kind: 'remote', state: 'ready', pid: 0, restarts: 0, version: '' }),
    setLimits: () => {},
    close: async () => {},
  };
}

/** Starts the engine process and waits until it serves. */
export async function startEmbeddedEngine(options: EmbeddedOptions): Promise<EmbeddedEngine> {
  const engine = new EmbeddedEngine(options);
  await engine.start();
  return engine;
}

/** The engine process and its guardian. */
export class EmbeddedEngine implements Engine {
  readonly username = 'openami';
  readonly password = randomBytes(24).toString('base64url');
  private readonly options: EmbeddedOptions;
  private child: ChildProcess | undefined;
  private port = 0;
  private version = '';
  private state: EngineStatus['state'] = 'starting';
  private restarts = 0;
  private quickDeaths = 0;
  private timer: NodeJS.Timeout | undefined;
  private limits: FrontLimits;

  constructor(options: EmbeddedOptions) {
    this.options = options;
    this.limits = { ...defaultLimits, ...options.limits };
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  status(): EngineStatus {
    const pid = this.child?.pid ?? 0;
    return { kind: 'embedded', state: this.state, pid, restarts: this.restarts, version: this.version };
  }

  setLimits(limits: Partial<FrontLimits>): void {
    this.limits = { ...this.limits, ...limits };
    if (this.child?.connected) this.child.send({ kind: 'limits', limits });
  }

  /** Starts the process; rejects with ENGINE_START_FAILED. */
  async start(): Promise<void> {
    const dataDir = resolve(this.options.dataDir);
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    const { url, execArgv } = childModule(import.meta.url, 'child');
    const child = fork(new URL(url), {
      execArgv: [...execArgv],
      // Queries run on the thread pool beside file access: both need room.
      env: { ...process.env, UV_THREADPOOL_SIZE: '16', NODE_OPTIONS: '' },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.child = child;
    const log = (chunk: Buffer) => {
      this.options.log.warn({ engine: chunk.toString().trim().slice(0, 2_000) }, 'engine output');
    };
    child.stdout?.on('data', log);
    child.stderr?.on('data', log);
    // A process that cannot be made, or a message to one that just died: its end is seen elsewhere.
    child.on('error', (error) => this.options.log.warn({ err: error }, 'engine process'));
    child.send(this.startMessage(dataDir));
    try {
      const ready = await this.firstMessage(child);
      if (this.state === 'closed') throw readingStoreErrors.STORE_CLOSED();
      this.port = ready.port;
      this.version = ready.version;
      this.state = 'ready';
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    }
    const since = performance.now();
    child.once('exit', (code, signal) => this.onExit(code, signal, performance.now() - since));
  }

  /** Lets running statements end, then stops the process. */
  async close(): Promise<void> {
    if (this.state === 'closed') return;
    this.state = 'closed';
    clearTimeout(this.timer);
    const child = this.child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    await new Promise<void>((done) => {
      const force = setTimeout(() => child.kill('SIGKILL'), 15_000);
      child.once('exit', () => {
        clearTimeout(force);
        done();
      });
      if (child.connected) child.send({ kind: 'close' });
      else child.kill('SIGKILL');
    });
  }

  private startMessage(dataDir: string): StartMessage {
    return {
      kind: 'start',
      dataDir,
      port: this.port,
      user: this.username,
      password: this.password,
      insertSessions: this.options.insertSessions ?? 2,
      querySessions: this.options.querySessions ?? 4,
      maxWaiting: this.options.maxWaiting ?? 256,
      lockWaitMs: this.options.lockWaitMs ?? 20_000,
      connectionArgs: this.options.connectionArgs ?? [],
      limits: this.limits,
    };
  }

  private firstMessage(child: ChildProcess): Promise<ChildMessage & { kind: 'ready' }> {
    const timeoutMs = this.options.startTimeoutMs ?? 60_000;
    return new Promise((done, fail) => {
      const timer = setTimeout(
        () => fail(readingStoreErrors.ENGINE_START_FAILED(`Not ready after ${timeoutMs} ms`)),
        timeoutMs,
      );
      const onExit = (code: number | null, signal: string | null) => {
        clearTimeout(timer);
        fail(readingStoreErrors.ENGINE_START_FAILED(`The engine ended with ${signal ?? code} at start`));
      };
      child.once('exit', onExit);
      child.once('error', (error) => onExit(null, error.message));
      child.once('message', (message: ChildMessage) => {
        clearTimeout(timer);
        child.off('exit', onExit);
        if (message.kind === 'ready') done(message);
        else fail(readingStoreErrors.ENGINE_START_FAILED(message.detail));
      });
    });
  }

  private onExit(code: number | null, signal: string | null, livedMs: number): void {
    if (this.state === 'closed') return;
    this.state = 'down';
    this.quickDeaths = livedMs < 10_000 ? this.quickDeaths + 1 : 0;
    const delayMs = Math.min(100 * 2 ** Math.max(0, this.quickDeaths - 1), 5_000);
    this.options.log.error({ code, signal, delayMs }, 'the reading engine ended; starting it again');
    this.timer = setTimeout(() => this.restart(), delayMs);
  }

  private restart(): void {
    if (this.state === 'closed') return;
    this.restarts++;
    this.start().catch((error: Error) => {
      this.options.log.error({ err: error }, 'the reading engine did not start');
      this.onExit(null, null, 0);
    });
  }
}
