/**
 * The one way to the engine: `@clickhouse/client` over HTTP, blocks in Native both ways. Errors of the engine
 * and of the network become errors of ours; whether a repeat may help is said in `data.retry`.
 */
import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { finished } from 'node:stream/promises';
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { OpenAmiError } from '@openami/model';
import type { Engine } from './engine/engine.ts';
import { readingStoreErrors } from './errors.ts';
import { decodeBlocks, type Table } from './native.ts';

export type Settings = Record<string, string | number>;
/** Values of `{name:Type}`; a typed array is an Array(UInt32) or the like. */
export type Params = Record<string, string | number | Uint32Array | readonly number[]>;

/** Bytes of parameters, three times as many when escaped: HTTP headers have 16 kB. */
const longestInUrl = 4_096;

/**
 * Rows of one key never lie in two partitions here, so FINAL need not compare across them; nor on two shards,
 * so a subquery about the same key is answered by the shard itself (a cluster refuses to choose on its own).
 */
const readSettings = {
  do_not_merge_across_partitions_select_final: 1,
  distributed_product_mode: 'local',
} as const;

/** ClickHouse codes after which the same statement may succeed. */
const passing = new Set([3, 159, 198, 202, 203, 209, 210, 236, 241, 242, 252, 279, 285, 319, 394, 439, 999]);

export class EngineClient {
  private readonly engine: Engine;
  private readonly requestTimeoutMs: number;
  private client: ClickHouseClient | undefined;
  private clientUrl = '';

  constructor(engine: Engine, requestTimeoutMs = 300_000) {
    this.engine = engine;
    this.requestTimeoutMs = requestTimeoutMs;
  }

  /** Runs a statement without a result. */
  async command(query: string, params: Params = {}, settings: Settings = {}): Promise<void> {
    await this.guard(async () => await ended(await this.send(query, params, settings)));
  }

  /** Runs a SELECT (without FORMAT) and decodes its columns. */
  async select(query: string, params: Params = {}, settings: Settings = {}): Promise<Table> {
    return decodeBlocks(await this.guard(async () => await buffer(await this.open(query, params, settings))));
  }

  /** Runs a SELECT (without FORMAT) and hands out the bytes of its Native blocks as they come. */
  async stream(query: string, params: Params = {}, settings: Settings = {}): Promise<Readable> {
    return await this.guard(() => this.open(query, params, settings));
  }

  /** Inserts Native blocks; resolves when the engine has them (fsynced where the table says so). */
  async insert(table: string, body: Buffer | Readable, settings: Settings = {}): Promise<void> {
    await this.guard(async () => {
      const values = Buffer.isBuffer(body) ? oneChunk(body) : body;
      const query = `INSERT INTO ${table} FORMAT Native`;
      const result = await this.get().exec({ query, values, clickhouse_settings: settings });
      await ended(result.stream);
    });
  }

  async close(): Promise<void> {
    await this.client?.close();
    this.client = undefined;
  }

  private async open(query: string, params: Params, settings: Settings): Promise<Readable> {
    return await this.send(`${query}\nFORMAT Native`, params, { ...readSettings, ...settings });
  }

  private async send(query: string, params: Params, clickhouse_settings: Settings): Promise<Readable> {
    const fields = Object.entries(params).map(([name, value]) => [name, parameterText(value)] as const);
    const length = fields.reduce((sum, [, value]) => sum + Buffer.byteLength(value), 0);
    if (length <= longestInUrl) {
      const { stream } = await this.get().exec({
        query,
        query_params: Object.fromEntries(fields),
        clickhouse_settings,
      });
      return stream;
    }
    // Long parameters go as form fields, which have no limit of length.
    const boundary = randomUUID();
    const { stream } = await this.get().exec({
      query,
      clickhouse_settings,
      values: oneChunk(formBody(fields, boundary)),
      http_headers: { 'Content-Type': `multipart/form-data; boundary=${boundary}` },
    });
    return stream;
  }

  private get(): ClickHouseClient {
    const { url, username, password } = this.engine;
    if (this.client && this.clientUrl === url) return this.client;
    void this.client?.close();
    this.clientUrl = url;
    this.client = createClient({
      url,
      username,
      password,
      request_timeout: this.requestTimeoutMs,
      max_open_connections: 16,
      log: { level: ClickHouseLogLevel.OFF },
      compression: { request: false, response: false },
      keep_alive: { enabled: true, idle_socket_ttl: 2_000 },
    });
    return this.client;
  }

  private async guard<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw asStoreError(error);
    }
  }
}

/** Reads a result nobody wants to its end, where an error may still come. */
async function ended(stream: Readable): Promise<void> {
  stream.resume();
  await finished(stream, { writable: false });
}

function parameterText(value: Params[string]): string {
  return typeof value === 'object' ? `[${value.join(',')}]` : String(value);
}

/** Parameters as ClickHouse reads them from a form: escaped as in TabSeparated. */
function formBody(fields: readonly (readonly [string, string])[], boundary: string): Buffer {
  const escaped = (value: string) =>
    value.replaceAll('\\', '\\\\').replaceAll('\t', '\\t').replaceAll('\n', '\\n').replaceAll('\r', '\\r');
  const parts = fields.map(
    ([name, value]) =>
      `--${boundary}\r\nContent-Disposition: form-data; name="param_${name}"\r\n\r\n${escaped(value)}\r\n`,
  );
  return Buffer.from(`${parts.join('')}--${boundary}--\r\n`);
}

function oneChunk(bytes: Buffer): Readable {
  return new Readable({
    read() {
      this.push(bytes);
      this.push(null);
    },
  });
}

/** Error of client, network or engine as one of ours. */
export function asStoreError(error: unknown): OpenAmiError {
  if (error instanceof OpenAmiError) return error;
  const { code, message } = error as { code?: string; message: string };
  const detail = String(message ?? error).slice(0, 2_000);
  const engineCode = /^\d+$/.test(String(code ?? '')) ? Number(code) : undefined;
  if (engineCode === undefined) {
    return readingStoreErrors.ENGINE_UNAVAILABLE(detail, { retry: true }, error);
  }
  if (engineCode === 243 || /No space left|NOT_ENOUGH_SPACE/.test(detail)) {
    return readingStoreErrors.STORE_FULL(detail, { engineCode, retry: false }, error);
  }
  const retry = passing.has(engineCode);
  return readingStoreErrors.ENGINE_QUERY_FAILED(`${engineCode}: ${detail}`, { engineCode, retry }, error);
}
