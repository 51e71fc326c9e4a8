/** Requests in JSON with the administrator's token. */
import type { TestServer } from './start-server.ts';

export interface Answered<T> {
  readonly status: number;
  readonly body: T;
}

/** `server` is asked for at each request: it is started after this was made. */
export function askerOf(server: () => Pick<TestServer, 'fetch'>) {
  return async <T>(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answered<T>> => {
    const answer = await server().fetch(path, {
      method,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, body: (text === '' ? undefined : JSON.parse(text)) as T };
  };
}
