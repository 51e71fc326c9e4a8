/**
 * A pool of chDB sessions over one data directory. A session runs one query at a time, different sessions run
 * at the same time. Settings, parameters and the database belong to one request: before each query only what
 * differs from the last one is set, so a run of alike queries costs nothing extra.
 */
import { type ChdbQueryStream, Session } from 'chdb';
import { EngineFailure, failures } from './failure.ts';

/** What one request brings. */
export interface Request {
  readonly sql: string;
  /** Used where the statement names none. */
  readonly format: string;
  readonly database: string;
  readonly settings: ReadonlyMap<string, string>;
  readonly params: ReadonlyMap<string, string>;
}

/** Result of a query that is not streamed. */
export interface Buffered {
  readonly bytes: Uint8Array;
  readonly rowsRead: number;
  readonly bytesRead: number;
}

/** Settings every session starts with. */
const baseline =
  'SET max_query_size=268435456, max_ast_elements=10000000, max_expanded_ast_elements=10000000';

/** One engine session and what is set in it. */
export class EngineSession {
  private readonly dataDir: string;
  private readonly connectionArgs: readonly string[];
  private session: Session;
  private primed = false;
  private database = 'default';
  private settings: ReadonlyMap<string, string> = new Map();
  private readonly staleParams = new Set<string>();

  constructor(dataDir: string, connectionArgs: readonly string[]) {
    this.dataDir = dataDir;
    this.connectionArgs = connectionArgs;
    this.session = new Session(dataDir, { connectionArgs });
  }

  /** Runs the statement and returns the whole result. */
  async run(request: Request): Promise<Buffered> {
    await this.prepare(request);
    const result = await this.session.queryAsync(request.sql, { format: request.format });
    return { bytes: result.bytes(), rowsRead: result.rowsRead, bytesRead: result.bytesRead };
  }

  /** Runs a SELECT and hands its result out block by block. */
  async stream(request: Request): Promise<ChdbQueryStream> {
    await this.prepare(request);
    return this.session.queryStream(request.sql, { format: request.format });
  }

  /** Waits for nothing: call it when the session is idle. */
  close(): void {
    this.session.close();
  }

  private async prepare(request: Request): Promise<void> {
    for (const name of this.staleParams) {
      if (request.params.has(name)) continue;
      if (new RegExp(`\\{\\s*${name}\\s*:`).test(request.sql)) throw failures.unsetParameter(name);
    }
    const statement = this.difference(request);
    if (!statement) return;
    try {
      await this.session.queryAsync(statement);
    } catch (error) {
      this.replace();
      throw error;
    }
    this.primed = true;
    this.database = request.database;
    this.settings = request.settings;
    for (const name of request.params.keys()) this.staleParams.add(name);
  }

  private difference(request: Request): string {
    const changes: string[] = [];
    for (const [name, value] of request.settings) {
      if (this.settings.get(name) !== value) changes.push(`${identifier(name)}=${literal(value)}`);
    }
    for (const name of this.settings.keys()) {
      if (!request.settings.has(name)) changes.push(`${identifier(name)}=DEFAULT`);
    }
    for (const [name, value] of request.params)
      changes.push(`${identifier(`param_${name}`)}=${literal(value)}`);
    const statements: string[] = [];
    if (!this.primed) statements.push(baseline);
    if (request.database !== this.database)
      statements.push(`USE \`${request.database.replace(/[\\`]/g, '\\$&')}\``);
    if (changes.length > 0) statements.push(`SET ${changes.join(', ')}`);
    return statements.join('; ');
  }

  /** After a refused SET nobody knows what holds: start over with a fresh session. */
  private replace(): void {
    this.session.close();
    this.session = new Session(this.dataDir, { connectionArgs: this.connectionArgs });
    this.primed = false;
    this.database = 'default';
    this.settings = new Map();
    this.staleParams.clear();
  }
}

interface Waiter {
  readonly grant: (session: EngineSession) => void;
  readonly refuse: (error: Error) => void;
}

/** Hands out sessions; at most `maxWaiting` callers wait. */
export class SessionPool {
  readonly size: number;
  private readonly maxWaiting: number;
  private readonly all: EngineSession[] = [];
  private readonly idle: EngineSession[] = [];
  private readonly waiting = new Set<Waiter>();
  private closed = false;

  constructor(size: number, maxWaiting: number, open: () => EngineSession) {
    this.size = size;
    this.maxWaiting = maxWaiting;
    for (let i = 0; i < size; i++) this.all.push(open());
    this.idle.push(...this.all);
  }

  /** Sessions at work. */
  get busy(): number {
    return this.size - this.idle.length;
  }

  /** Waits for a session; `signal` gives up the wait. */
  async acquire(signal?: AbortSignal): Promise<EngineSession> {
    if (this.closed) throw failures.closing();
    const session = this.idle.pop();
    if (session) return session;
    if (this.waiting.size >= this.maxWaiting) throw failures.tooManyQueries(this.maxWaiting);
    return await new Promise((resolve, reject) => {
      const leave = () => {
        this.waiting.delete(waiter);
        reject(new EngineFailure(394, 'QUERY_WAS_CANCELLED', 'The client went away'));
      };
      const waiter: Waiter = {
        grant: (granted) => {
          signal?.removeEventListener('abort', leave);
          resolve(granted);
        },
        refuse: reject,
      };
      if (signal?.aborted) return leave();
      this.waiting.add(waiter);
      signal?.addEventListener('abort', leave, { once: true });
    });
  }

  release(session: EngineSession): void {
    const [next] = this.waiting;
    if (!next || this.closed) {
      this.idle.push(session);
      return;
    }
    this.waiting.delete(next);
    next.grant(session);
  }

  /** Refuses who waits, waits for who works, closes the sessions. */
  async close(): Promise<void> {
    this.closed = true;
    for (const waiter of this.waiting) waiter.refuse(failures.closing());
    this.waiting.clear();
    while (this.busy > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    for (const session of this.all) session.close();
  }
}

function identifier(name: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) throw failures.badRequest(`${name} is not a name`);
  return name;
}

/** A string literal; parameters come in the escaped form of the HTTP interface, which stays as it is. */
function literal(value: string): string {
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
