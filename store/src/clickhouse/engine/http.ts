/**
 * ClickHouse's HTTP interface over the embedded engine: what the official client, Grafana and curl speak.
 *
 * A statement comes in `query` or in the body; insert data is the rest of the body and goes through a spool
 * file (`INSERT ... SELECT * FROM file(...)`), because the engine reads binary data only from files. Answers
 * that can be cut in blocks are streamed; others are held whole and have a limit.
 */
import { randomUUID, timingSafeEqual } from 'node:crypto';
import { rm, statfs, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { Answer, type AnswerLimits } from './answer.ts';
import { multipartFields, readBody, spoolBody } from './body.ts';
import { asFailure, type EngineFailure, failures } from './failure.ts';
import type { Buffered, EngineSession, Request, SessionPool } from './sessions.ts';
import {
  canStream,
  contentTypeOf,
  dataInsert,
  dataOffset,
  formatOf,
  readsOnly,
  severalStatements,
  verbOf,
} from './statement.ts';

export interface FrontLimits extends AnswerLimits {
  /** Largest statement held in memory. */
  statementBytes: number;
  /** Largest insert body (after decompression). */
  bodyBytes: number;
  /** Largest result of a format that cannot be streamed. */
  resultBytes: number;
  /** Inserts are refused when the disk has less room than this. */
  minFreeBytes: number;
}

export interface FrontOptions {
  readonly user: string;
  readonly password: string;
  readonly version: string;
  /** Directory for bodies and results on their way. */
  readonly spoolDir: string;
  readonly limits: FrontLimits;
  readonly inserts: SessionPool;
  readonly queries: SessionPool;
}

/** Parameters that the interface itself understands; everything else in the URL is a setting. */
const reserved = new Set([
  'query',
  'database',
  'default_format',
  'query_id',
  'user',
  'password',
  'session_id',
  'session_timeout',
  'session_check',
  'role',
  'quota_key',
  'compress',
  'decompress',
  'wait_end_of_query',
  'buffer_size',
  'stacktrace',
  'enable_http_compression',
  'http_zlib_compression_level',
  'http_write_exception_in_output_format',
  'send_progress_in_http_headers',
  'http_headers_progress_interval_ms',
  'add_http_cors_header',
  'cancel_http_readonly_queries_on_client_close',
]);

const pieceBytes = 2 ** 20;

interface Work {
  readonly request: Request;
  readonly queryId: string;
  readonly gzip: boolean;
  /** The caller wants the result only when it is complete: fewer turns between threads than in blocks. */
  readonly whole: boolean;
  readonly spoolPath: string;
}

/** Builds the server; the caller listens. */
export function createFront(options: FrontOptions): Server {
  const server = createServer((request, response) => {
    serve(options, request, response).catch((error) => refuse(options, response, asFailure(error)));
  });
  server.keepAliveTimeout = 30_000;
  server.requestTimeout = 0;
  server.maxConnections = 512;
  return server;
}

async function serve(
  options: FrontOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const hasQuery = url.searchParams.has('query') || request.method === 'POST';
  if (url.pathname === '/ping' || url.pathname === '/replicas_status' || !hasQuery) {
    response.setHeader('Content-Type', 'text/plain; charset=UTF-8').end('Ok.\n');
    return;
  }
  authenticate(options, request, url.searchParams);
  const queryId = url.searchParams.get('query_id') || randomUUID();
  response.setHeader('X-ClickHouse-Query-Id', queryId);
  response.setHeader('X-ClickHouse-Server-Display-Name', 'openami');
  const spoolPath = join(options.spoolDir, randomUUID());
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const common = {
    queryId,
    spoolPath,
    whole: url.searchParams.get('wait_end_of_query') === '1',
    gzip:
      url.searchParams.get('enable_http_compression') === '1' &&
      /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? '')),
  };
  const inUrl = url.searchParams.get('query') ?? '';
  const insert = request.method === 'POST' ? dataInsert(inUrl) : undefined;
  if (insert) {
    const work = { ...common, request: requestOf(inUrl, url.searchParams, request) };
    await insertData(options, request, response, work, gone.signal);
    return;
  }
  const { sql, params, data } = await statementOf(options, request, url.searchParams, inUrl);
  if (request.method !== 'POST' && !readsOnly(sql)) throw failures.readonly();
  const work = { ...common, request: requestOf(sql, params, request) };
  if (data) await insertBytes(options, response, work, data, gone.signal);
  else await run(options, response, work, gone.signal);
}

function authenticate(options: FrontOptions, request: IncomingMessage, params: URLSearchParams): void {
  let user = String(request.headers['x-clickhouse-user'] ?? params.get('user') ?? '');
  let password = String(request.headers['x-clickhouse-key'] ?? params.get('password') ?? '');
  const basic = /^Basic\s+(.+)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (basic) {
    const text = Buffer.from(basic, 'base64').toString();
    const colon = text.indexOf(':');
    user = text.slice(0, colon);
    password = text.slice(colon + 1);
  }
  const given = Buffer.from(password);
  const expected = Buffer.from(options.password);
  const same = given.length === expected.length && timingSafeEqual(given, expected);
  if (user !== options.user || !same) throw failures.authentication();
}

interface Statement {
  readonly sql: string;
  readonly params: URLSearchParams;
  readonly data?: Buffer;
}

async function statementOf(
  options: FrontOptions,
  request: IncomingMessage,
  params: URLSearchParams,
  inUrl: string,
): Promise<Statement> {
  if (request.method !== 'POST') return { sql: inUrl, params };
  const body = await readBody(request, options.limits.statementBytes);
  const type = String(request.headers['content-type'] ?? '');
  if (type.startsWith('multipart/form-data')) {
    const fields = multipartFields(body, type);
    const all = new URLSearchParams(params);
    for (const [name, value] of fields) if (name !== 'query') all.append(name, value);
    return { sql: inUrl || (fields.get('query') ?? ''), params: all };
  }
  const cut = inUrl ? 0 : dataOffset(body);
  if (cut > 0 && cut < body.length) {
    return { sql: body.subarray(0, cut).toString(), params, data: body.subarray(cut) };
  }
  const text = body.toString();
  return { sql: inUrl ? `${inUrl}${text ? `\n${text}` : ''}` : text, params };
}

function requestOf(sql: string, url: URLSearchParams, request: IncomingMessage): Request {
  const settings = new Map<string, string>();
  const params = new Map<string, string>();
  for (const [name, value] of url) {
    if (name.startsWith('param_')) params.set(name.slice(6), value);
    else if (!reserved.has(name)) settings.set(name, value);
  }
  const header = request.headers['x-clickhouse-format'];
  const format = formatOf(sql) ?? (header ? String(header) : url.get('default_format')) ?? 'TabSeparated';
  const database = String(request.headers['x-clickhouse-database'] ?? url.get('database') ?? 'default');
  if (sql.trim() === '') throw failures.badRequest('The query is empty');
  if (severalStatements(sql)) throw failures.severalStatements();
  const verb = verbOf(sql);
  if (verb === 'SET' || verb === 'USE') {
    throw failures.notImplemented(
      `${verb}: give settings and database in the URL, there are no HTTP sessions`,
    );
  }
  return { sql, format, database, settings, params };
}

async function insertData(
  options: FrontOptions,
  request: IncomingMessage,
  response: ServerResponse,
  work: Work,
  signal: AbortSignal,
): Promise<void> {
  try {
    await checkRoom(options);
    const bytes = await spoolBody(request, work.spoolPath, options.limits.bodyBytes);
    await insertFile(options, response, work, bytes, signal);
  } finally {
    await rm(work.spoolPath, { force: true });
  }
}

async function insertBytes(
  options: FrontOptions,
  response: ServerResponse,
  work: Work,
  data: Buffer,
  signal: AbortSignal,
): Promise<void> {
  try {
    await checkRoom(options);
    await writeFile(work.spoolPath, data, { mode: 0o600 });
    await insertFile(options, response, work, data.length, signal);
  } finally {
    await rm(work.spoolPath, { force: true });
  }
}

async function insertFile(
  options: FrontOptions,
  response: ServerResponse,
  work: Work,
  bytes: number,
  signal: AbortSignal,
): Promise<void> {
  const insert = dataInsert(work.request.sql);
  if (!insert) throw failures.badRequest('The INSERT cannot be understood');
  let result: Buffered = { bytes: new Uint8Array(0), rowsRead: 0, bytesRead: 0 };
  if (bytes > 0) {
    const path = work.spoolPath.replaceAll("'", "\\'");
    const sql = `${insert.head} SELECT * FROM file('${path}', '${insert.format}')${insert.settings}`;
    result = await within(options.inserts, signal, (session) => session.run({ ...work.request, sql }));
  }
  response.setHeader('X-ClickHouse-Summary', summary(result));
  response.end();
}

async function run(
  options: FrontOptions,
  response: ServerResponse,
  work: Work,
  signal: AbortSignal,
): Promise<void> {
  const { sql, format } = work.request;
  const writes = !readsOnly(sql);
  if (writes && verbOf(sql) === 'INSERT') await checkRoom(options);
  const pool = writes ? options.inserts : options.queries;
  response.setHeader('Content-Type', contentTypeOf(format));
  response.setHeader('X-ClickHouse-Format', format);
  if (!work.whole && canStream(sql, format)) {
    await stream(options, response, work, signal);
    return;
  }
  const settings = new Map(work.request.settings);
  if (!writes) settings.set('max_result_bytes', String(options.limits.resultBytes));
  const result = await within(pool, signal, (session) => session.run({ ...work.request, settings }));
  response.setHeader('X-ClickHouse-Summary', summary(result));
  const answer = new Answer(response, work.gzip, work.spoolPath, options.limits);
  // In pieces: what a slow client has not taken waits on disk, not in memory.
  for (let at = 0; at < result.bytes.length; at += pieceBytes) {
    await answer.write(result.bytes.subarray(at, at + pieceBytes));
  }
  await finish(answer);
}

async function stream(
  options: FrontOptions,
  response: ServerResponse,
  work: Work,
  signal: AbortSignal,
): Promise<void> {
  let answer: Answer | undefined;
  try {
    await within(options.queries, signal, async (session) => {
      const blocks = await session.stream(work.request);
      try {
        for await (const block of blocks) {
          // The first block decides between a clean error status and a broken connection.
          answer ??= new Answer(response, work.gzip, work.spoolPath, options.limits);
          if (answer.gone) break;
          await answer.write(block.raw());
        }
      } finally {
        blocks.cancel();
      }
    });
  } catch (error) {
    await answer?.abort();
    throw error;
  }
  await finish(answer ?? new Answer(response, work.gzip, work.spoolPath, options.limits));
}

/** Ends an answer; a client that went or does not read only loses its own connection. */
async function finish(answer: Answer): Promise<void> {
  try {
    await answer.end();
  } catch {
    await answer.abort();
  }
}

async function within<T>(
  pool: SessionPool,
  signal: AbortSignal,
  work: (session: EngineSession) => Promise<T>,
): Promise<T> {
  const session = await pool.acquire(signal);
  try {
    return await work(session);
  } finally {
    pool.release(session);
  }
}

async function checkRoom(options: FrontOptions): Promise<void> {
  const disk = await statfs(options.spoolDir);
  const freeBytes = disk.bavail * disk.bsize;
  if (freeBytes < options.limits.minFreeBytes) {
    throw failures.noSpace(`No space left: ${freeBytes} bytes free, ${options.limits.minFreeBytes} needed`);
  }
}

/** What the engine tells; rows written it does not tell, so they are left out rather than shown as 0. */
function summary(result: Buffered): string {
  return JSON.stringify({
    read_rows: String(result.rowsRead),
    read_bytes: String(result.bytesRead),
    result_bytes: String(result.bytes.length),
  });
}

function refuse(options: FrontOptions, response: ServerResponse, failure: EngineFailure): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  response.statusCode = failure.status;
  response.removeHeader('Content-Encoding');
  response.setHeader('X-ClickHouse-Exception-Code', String(failure.exceptionCode));
  response.setHeader('Content-Type', 'text/plain; charset=UTF-8');
  // What the client still sends is not read: the connection cannot be used again.
  if (failure.status === 413 || failure.status === 507) response.setHeader('Connection', 'close');
  response.end(`${failure.message} (version ${options.version})\n`);
}
