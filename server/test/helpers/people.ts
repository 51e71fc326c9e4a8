/** Requests of people who are signed in, each with a session of their own. */
import type { TestServer } from './start-server.ts';

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into freely
export type PersonAnswer = { readonly status: number; readonly body: any };

const host = 'ami.example.org';

/** `server` is asked for at each request: it is started after this was made. */
export function peopleOf(server: () => Pick<TestServer, 'running' | 'token'>) {
  const cookies = new Map<string, string>();
  /** A request as a person who is signed in, by a token, or (`token`) by the administrator's. */
  const ask = async (
    who: string,
    method: string,
    url: string,
    payload?: object,
    headers = {},
  ): Promise<PersonAnswer> => {
    const auth = cookies.has(who)
      ? { cookie: cookies.get(who)!, origin: `http://${host}` }
      : { authorization: `Bearer ${who === 'token' ? server().token : who}` };
    const answer = await server().running.app.inject({
      method: method as 'GET',
      url: `/api/v1${url}`,
      headers: { host, ...auth, ...headers },
      ...(payload === undefined ? {} : { payload }),
    });
    return { status: answer.statusCode, body: answer.body === '' ? undefined : answer.json() };
  };
  const signIn = async (name: string, role: 'operator' | 'viewer' | 'admin') => {
    const email = `${name}@example.org`;
    const password = `${name} long password`;
    const { context, app } = server().running;
    await context.identity.createUser({ email, password, name, role });
    const answer = await app.inject({
      method: 'POST',
      url: '/api/auth/sign-in/email',
      headers: { host, origin: `http://${host}` },
      payload: { email, password },
    });
    cookies.set(name, String(answer.headers['set-cookie']).split(';')[0]!);
  };
  return { ask, signIn };
}
