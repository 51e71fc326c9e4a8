/**
 * The one way to the server: typed requests, problem details as errors that say what to do, and a sign
 * that the session ended, so that the page can ask for the password without losing what is on it.
 */
import type { Problem } from '@openami/server/contract';

/** A refused or failed request. `code` is stable; `hint` says what to do. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly code: string;
  readonly hint: string;
  readonly fields: readonly { path: string; message: string }[];

  constructor(status: number, problem: Partial<Problem>) {
    super(problem.detail || problem.title || 'The request failed');
    this.status = status;
    this.code = problem.code ?? `HTTP_${status}`;
    this.hint = problem.hint ?? '';
    this.fields = problem.errors ?? [];
  }
}

export type Params = Readonly<Record<string, string | number | boolean | undefined>>;

export interface SendOptions {
  readonly params?: Params;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
  /** The same key for the same attempt, so that a repeat after a lost answer does nothing twice. */
  readonly idempotencyKey?: string;
  /** Changes only this version. */
  readonly ifVersion?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

const signedOutListeners = new Set<() => void>();

/** Calls `listener` whenever the server says that nobody is signed in. */
export function onSignedOut(listener: () => void): () => void {
  signedOutListeners.add(listener);
  return () => signedOutListeners.delete(listener);
}

/** `/api/v1/meters?limit=3`; what is empty is left out. */
export function apiUrl(path: string, params: Params = {}): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    if (value !== undefined && value !== '') query.set(name, String(value));
  }
  const text = query.toString();
  return text === '' ? path : `${path}?${text}`;
}

/** 128 random bits as text; `crypto.randomUUID` is missing on plain http. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
}

export function get<T>(path: string, params: Params = {}, signal?: AbortSignal): Promise<T> {
  return request<T>('GET', path, { params, signal });
}

/** Rows of a list, whether the server sends a page or a bare array. */
export async function getItems<T>(path: string, params: Params = {}, signal?: AbortSignal): Promise<T[]> {
  const body = await get<T[] | { items: T[] }>(path, params, signal);
  return Array.isArray(body) ? body : body.items;
}

export function send<T>(method: string, path: string, options: SendOptions = {}): Promise<T> {
  return request<T>(method, path, { ...options, idempotencyKey: options.idempotencyKey ?? newKey() });
}

async function request<T>(method: string, path: string, options: SendOptions): Promise<T> {
  const accept = 'application/json, application/problem+json';
  const headers: Record<string, string> = { ...options.headers, accept };
  if (options.idempotencyKey) headers['idempotency-key'] = options.idempotencyKey;
  if (options.ifVersion !== undefined) headers['if-match'] = `"v${options.ifVersion}"`;
  const init: RequestInit = { method, headers, credentials: 'same-origin' };
  if (options.signal) init.signal = options.signal;
  if (options.body instanceof Blob) {
    headers['content-type'] = 'application/octet-stream';
    init.body = options.body;
  } else if (options.body !== undefined) {
    headers['content-type'] = 'application/json';
    init.body = JSON.stringify(options.body);
  }
  const response = await reach(apiUrl(path, options.params), init);
  if (response.ok) return (response.status === 204 ? undefined : await response.json()) as T;
  const error = new ApiError(response.status, await problemOf(response));
  if (response.status === 401 && !path.startsWith('/api/auth/')) {
    for (const listener of signedOutListeners) listener();
  }
  throw error;
}

async function reach(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
    throw new ApiError(0, {
      code: 'SERVER_UNREACHABLE',
      detail: 'The server did not answer.',
      hint: 'Check the network connection and that the server runs, then try again.',
    });
  }
}

async function problemOf(response: Response): Promise<Partial<Problem>> {
  const text = await response.text().catch(() => '');
  try {
    const body = JSON.parse(text) as Partial<Problem> & { message?: string };
    return { ...body, detail: body.detail ?? body.message };
  } catch {
    return {
      detail: `The server answered ${response.status} ${response.statusText}.`.trim(),
      hint: response.status >= 500 ? 'Try again in a moment; see the server log if it stays.' : '',
    };
  }
}
