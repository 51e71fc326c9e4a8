import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EmbeddedEngine } from '../../../src/postgres/engine/embedded.ts';
import { quiet } from '../engines.ts';

const limits = { idleInTransactionMs: 700, waiting: 100, connections: 60, exchangeBytes: 4 * 1024 * 1024 };

describe('the embedded engine behind its front', () => {
  let dataDir: string;
  let engine: EmbeddedEngine;
  let pool: pg.Pool;
  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'openami-front-'));
    engine = new EmbeddedEngine({ dataDir, log: quiet, limits });
    await engine.start();
    pool = new pg.Pool({ connectionString: engine.url, max: 8 });
    pool.on('error', () => undefined);
    await pool.query('CREATE TABLE row (owner int, note text)');
  });
  afterAll(async () => {
    await pool.end();
    await engine.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  async function client(): Promise<pg.Client> {
    const made = new pg.Client({ connectionString: engine.url });
    made.on('error', () => undefined);
    await made.connect();
    return made;
  }

  it('never lets a row of one connection fall into the transaction of another', async () => {
    type Fate = 'commit' | 'rollback' | 'die' | 'plain' | 'error';
    const fates = fc.array(fc.constantFrom<Fate>('commit', 'rollback', 'die', 'plain', 'error'), {
      minLength: 4,
      maxLength: 16,
    });
    let owner = 0;
    const run = async (fate: Fate, mine: number) => {
      if (fate === 'plain') return void (await pool.query('INSERT INTO row VALUES ($1, $2)', [mine, fate]));
      const c = await client();
      await c.query('BEGIN');
      await c.query('INSERT INTO row VALUES ($1, $2)', [mine, fate]);
      await new Promise((resolve) => setTimeout(resolve, mine % 4));
      await c.query('INSERT INTO row VALUES ($1, $2)', [mine, fate]);
      if (fate === 'die') {
        (c as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
        return;
      }
      if (fate === 'error') await c.query('SELECT 1/0').catch(() => undefined);
      await c.query(fate === 'commit' ? 'COMMIT' : fate === 'error' ? 'COMMIT' : 'ROLLBACK');
      await c.end();
    };
    await fc.assert(
      fc.asyncProperty(fates, async (plan) => {
        const first = owner;
        owner += plan.length;
        await Promise.all(plan.map((fate, at) => run(fate, first + at)));
        const { rows } = await pool.query(
          'SELECT owner, count(*)::int AS n FROM row WHERE owner >= $1 GROUP BY owner',
          [first],
        );
        const stored = new Map(rows.map((row) => [row.owner, row.n]));
        const expected = plan.map((fate) => (fate === 'commit' ? 2 : fate === 'plain' ? 1 : 0));
        expect(plan.map((_, at) => stored.get(first + at) ?? 0)).toEqual(expected);
      }),
      { numRuns: 15 },
    );
  });

  it('rolls back and drops a client that stays idle in a transaction', async () => {
    const idle = await client();
    const ended = new Promise((resolve) => idle.once('end', resolve));
    await idle.query('BEGIN');
    await idle.query("INSERT INTO row VALUES (-1, 'idle')");
    // Waits for its turn behind the idle one.
    const { rows } = await pool.query('SELECT count(*)::int AS n FROM row WHERE owner = -1');
    expect(rows[0].n).toBe(0);
    await ended;
  });

  it('keeps prepared statements and settings of connections apart', async () => {
    const [a, b] = [await client(), await client()];
    const ask = (c: pg.Client, text: string) => c.query({ name: 'same', text, values: [1] });
    expect((await ask(a, 'SELECT $1::int + 1 AS v')).rows).toEqual([{ v: 2 }]);
    expect((await ask(b, 'SELECT $1::int + 10 AS v')).rows).toEqual([{ v: 11 }]);
    expect((await ask(a, 'SELECT $1::int + 1 AS v')).rows).toEqual([{ v: 2 }]);
    await a.query("SET TIME ZONE 'Asia/Tokyo'");
    expect((await b.query('SHOW timezone')).rows).toEqual([{ TimeZone: 'UTC' }]);
    await a.end();
    await b.end();
    const { rows } = await pool.query('SELECT count(*)::int AS n FROM pg_prepared_statements');
    expect(rows).toEqual([{ n: 0 }]);
  });

  it('repeats an unnamed statement that another connection has overwritten', async () => {
    const a = await RawClient.open(engine);
    const b = await RawClient.open(engine);
    await a.ask(frame('P', '\0SELECT 1 AS one\0', short(0)), frame('S'));
    await b.ask(frame('P', '\0SELECT 2 AS two\0', short(0)), frame('S'));
    const bind = [frame('B', '\0\0', short(0), short(0), short(0)), frame('E', '\0', long(0)), frame('S')];
    expect(tags(await a.ask(...bind))).toBe('2DCZ');
    const answer = await a.ask(...bind);
    expect(answer.toString('latin1')).toContain('1');
    expect(tags(await b.ask(...bind))).toBe('2DCZ');
    a.end();
    b.end();
  });

  it('takes COPY from a client, also one that fails', async () => {
    const a = await RawClient.open(engine);
    await a.ask(frame('Q', 'CREATE TABLE copied (a int)\0'));
    const data = [frame('d', '1\n2\n'), frame('d', '3\n'), frame('c')];
    expect(tags(await a.ask(frame('Q', 'COPY copied FROM STDIN\0'), ...data))).toBe('GCZ');
    const broken = [frame('d', 'x\n'), frame('c')];
    expect(tags(await a.ask(frame('Q', 'COPY copied FROM STDIN\0'), ...broken))).toBe('GEZ');
    expect(tags(await a.ask(frame('Q', 'COPY copied FROM STDIN\0'), frame('f', 'no\0')))).toBe('GEZ');
    const { rows } = await pool.query('SELECT sum(a)::int AS n FROM copied');
    expect(rows).toEqual([{ n: 6 }]);
    a.end();
  });

  it('refuses a wrong password, garbage and oversize, and goes on serving', async () => {
    const bad = new pg.Client({ connectionString: engine.url.replace(engine.password, 'wrong') });
    await expect(bad.connect()).rejects.toMatchObject({ code: '28P01' });
    for (const bytes of ['GET / HTTP/1.1\r\n\r\n', '\0\0\0\x04', '\xff\xff\xff\xff', '\0\0\0\x08\0\0\0\0']) {
      await new Promise((resolve) => {
        const socket = connect(engine.port, '127.0.0.1', () => socket.end(Buffer.from(bytes, 'latin1')));
        socket.on('error', () => undefined).on('close', resolve);
        socket.resume();
      });
    }
    const a = await RawClient.open(engine);
    expect(tags(await a.ask(Buffer.concat([Buffer.from('Q'), long(100_000_000)])))).toBe('E');
    expect((await pool.query('SELECT 1 AS v')).rows).toEqual([{ v: 1 }]);
  });

  it('loses nothing committed when it is killed, and starts again by itself', async () => {
    await pool.query('CREATE TABLE kept (n int PRIMARY KEY)');
    let acknowledged = 0;
    for (let round = 0; round < 3; round++) {
      const { pid } = engine;
      setTimeout(() => process.kill(pid, 'SIGKILL'), 60 + round * 40);
      for (;;) {
        try {
          await pool.query('INSERT INTO kept VALUES ($1)', [acknowledged]);
          acknowledged++;
        } catch {
          break;
        }
      }
      while (engine.state !== 'ready' || engine.pid === pid)
        await new Promise((resolve) => setTimeout(resolve, 20));
      await pool.end();
      pool = new pg.Pool({ connectionString: engine.url, max: 8 });
      pool.on('error', () => undefined);
      const { rows } = await pool.query('SELECT count(*)::int AS n, max(n) AS last FROM kept');
      expect(rows[0].n).toBeGreaterThanOrEqual(acknowledged);
      expect(rows[0].n).toBeLessThanOrEqual(acknowledged + 1);
      acknowledged = rows[0].n;
    }
    expect(engine.restarts).toBe(3);
    expect(acknowledged).toBeGreaterThan(0);
  });

  it('names the process that holds the folder in its lock file', async () => {
    const lock = readFileSync(join(dataDir, 'postgres.lock'), 'utf8');
    expect(lock.split(' ')[0]).toBe(String(engine.pid));
  });

  it('can be used by psql where there is one', async (test) => {
    let psql = '';
    try {
      psql = execFileSync('which', ['psql'], { encoding: 'utf8' }).trim();
    } catch {
      return test.skip('psql is not installed');
    }
    const asked = ['-X', '-A', '-t', '-c', 'SELECT 40 + 2', engine.url];
    expect(execFileSync(psql, asked, { encoding: 'utf8' }).trim()).toBe('42');
  });
});

function short(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

function long(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function frame(tag: string, ...parts: (string | Buffer)[]): Buffer {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part as string)));
  return Buffer.concat([Buffer.from(tag), long(body.length + 4), body]);
}

function tags(answer: Buffer): string {
  let found = '';
  for (let at = 0; at < answer.length; at += 1 + answer.readInt32BE(at + 1))
    found += String.fromCharCode(answer[at]!);
  return found;
}

/** A client that says exactly what the test wants. */
class RawClient {
  readonly #socket: ReturnType<typeof connect>;
  #got: Buffer = Buffer.alloc(0);
  #more: () => void = () => undefined;

  static async open({ port, password }: EmbeddedEngine): Promise<RawClient> {
    const made = new RawClient(connect(port, '127.0.0.1'));
    const fields = Buffer.concat([long(196608), Buffer.from('user\0postgres\0\0')]);
    made.#socket.write(Buffer.concat([long(fields.length + 4), fields]));
    await made.ask(frame('p', `${password}\0`));
    return made;
  }

  constructor(socket: ReturnType<typeof connect>) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#got = Buffer.concat([this.#got, chunk]);
      this.#more();
    });
    socket.on('close', () => this.#more());
  }

  /** Sends, and gives what comes back up to ReadyForQuery or the end. */
  async ask(...frames: Buffer[]): Promise<Buffer> {
    this.#socket.write(Buffer.concat(frames));
    while (this.#got.at(-6) !== 0x5a && !this.#socket.destroyed) {
      await new Promise<void>((resolve) => {
        this.#more = resolve;
      });
    }
    const answer = this.#got;
    this.#got = Buffer.alloc(0);
    return answer;
  }

  end(): void {
    this.#socket.end(frame('X'));
  }
}
