/** Talks to the server that runs on the same data folder, with the token it left in server.json. */
import { OpenAmiError } from '@openami/model';
import type { Config } from '../config.ts';
import type { Problem } from '../contract/common.ts';
import { serverErrors } from '../errors.ts';
import { findServer, type ServerFile } from '../server-file.ts';

export interface RequestOptions {
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly json?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: AsyncIterable<Uint8Array>;
  readonly type?: string;
}

export class ApiClient {
  readonly url: string;
  readonly #token: string;

  constructor(url: string, token: string) {
    this.url = url;
    this.#token = token;
  }

  /** The answer of one request; problems become our errors again. */
  async request(path: string, options: RequestOptions = {}): Promise<Response> {
    const url = new URL(path, this.url);
    for (const [name, value] of Object.entries(options.query ?? {})) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    const body = options.body ?? (options.json === undefined ? undefined : JSON.stringify(options.json));
    let response: Response;
    try {
      response = await fetch(url, {
        method: options.method ?? 'GET',
        headers: {
          authorization: `Bearer ${this.#token}`,
          ...options.headers,
          ...(body === undefined ? {} : { 'content-type': options.type ?? 'application/json' }),
        },
        body: body as unknown as NonNullable<RequestInit['body']>,
        ...(options.body ? { duplex: 'half' } : {}),
      } as RequestInit);
    } catch (cause) {
      throw serverErrors.SERVER_UNREACHABLE(`${this.url}: ${(cause as Error).message}`, {}, cause);
    }
    if (!response.ok) throw await problemError(response);
    return response;
  }

  /** The answer as JSON. */
  async json<T>(path: string, options: RequestOptions = {}): Promise<T> {
    return (await (await this.request(path, options)).json()) as T;
  }
}

async function problemError(response: Response): Promise<OpenAmiError> {
  const problem = (await response.json().catch(() => ({}))) as Partial<Problem>;
  const code = problem.code ?? 'SERVER_UNREACHABLE';
  const title = problem.title ?? `The server answered ${response.status}`;
  const hint = problem.hint ?? 'Look at the log of the server.';
  return new OpenAmiError(
    code,
    { fault: 'peer', status: response.status, title, hint },
    problem.detail ?? title,
  );
}

/** Throws ALREADY_RUNNING at once where a server has the embedded engines of this folder open. */
export async function refuseSecond({ dataDir, clickhouseUrl, postgresUrl }: Config): Promise<void> {
  if (clickhouseUrl !== '' && postgresUrl !== '') return;
  const found = await runningServer(dataDir);
  if (!found) return;
  const { pid, url } = found.file;
  throw serverErrors.ALREADY_RUNNING(`Process ${pid} serves ${dataDir} on ${url}`);
}

/** The server running on this data folder and a client for it; undefined when none answers. */
export async function runningServer(
  dataDir: string,
): Promise<{ client: ApiClient; file: ServerFile } | undefined> {
  const file = findServer(dataDir);
  if (!file) return undefined;
  const alive = await fetch(new URL('/health/live', file.url), { signal: AbortSignal.timeout(3_000) })
    .then((response) => response.ok)
    .catch(() => false);
  return alive ? { client: new ApiClient(file.url, file.token), file } : undefined;
}
