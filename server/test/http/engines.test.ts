import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adminEmail, adminPassword, startServer, type TestServer } from '../helpers/start-server.ts';

let server: TestServer;
let cookie = '';

const signIn = () =>
  fetch(new URL('/api/auth/sign-in/email', server.url), {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: server.url },
    body: JSON.stringify({ email: adminEmail, password: adminPassword }),
  });

beforeAll(async () => {
  server = await startServer({ meters: 3, env: { OPENAMI_LOG_LEVEL: 'silent' } });
  const answer = await signIn();
  cookie = answer.headers
    .getSetCookie()
    .map((one) => one.split(';')[0])
    .join('; ');
}, 90_000);
afterAll(() => server?.close());

/** What else may be answered: nobody signs in a hundred times a minute. */
const allowed: Readonly<Record<string, number>> = { token: 401, signIn: 429 };

let minute = 0;

/** One of everything that needs an engine. */
const requests: Readonly<Record<string, () => Promise<Response>>> = {
  meters: () => server.fetch('/api/v1/meters'),
  meter: () => server.fetch('/api/v1/meters/1'),
  overview: () => server.fetch('/api/v1/overview'),
  events: () => server.fetch('/api/v1/events'),
  unregistered: () => server.fetch('/api/v1/unregistered'),
  profile: () => server.fetch('/api/v1/channels/1/profile?from=2026-03-28T00:00:00Z&to=2026-03-29T00:00:00Z'),
  me: () => fetch(new URL('/api/v1/me', server.url), { headers: { cookie: `${cookie}; n=${minute++}` } }),
  token: () =>
    fetch(new URL('/api/v1/meters', server.url), { headers: { authorization: `Bearer x${minute++}` } }),
  signIn,
  users: () => server.fetch('/api/v1/users'),
  push: () =>
    server.fetch('/api/v1/readings', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        meter: 'T1000',
        series: [
          {
            ...{ quantity: 'import', unit: 'kWh', interval: 900, values: [1] },
            first: new Date(Date.UTC(2026, 2, 30) + minute++ * 900_000).toISOString(),
          },
        ],
      }),
    }),
};

/** Requests one after another until told to stop; what they answered that was not as it should be. */
function flow(name: string, ask: () => Promise<Response>) {
  const odd = new Set<string>();
  let going = true;
  let refused = 0;
  const done = (async () => {
    while (going) {
      const answer = await ask();
      const text = await answer.text();
      if (answer.status === 503) {
        refused++;
        const type = answer.headers.get('content-type') ?? '';
        const problem = type.startsWith('application/problem+json') ? JSON.parse(text) : {};
        if (!problem.code || !problem.hint) odd.add(`${name}: 503 ${text.slice(0, 200)}`);
      } else if (!(answer.ok || allowed[name] === answer.status)) {
        odd.add(`${name}: ${answer.status} ${text.slice(0, 200)}`);
      }
      await sleep(20);
    }
  })();
  return {
    async stop() {
      going = false;
      await done;
      return { odd: [...odd], refused };
    },
  };
}

async function ready(): Promise<void> {
  for (let i = 0; i < 600; i++) {
    if ((await server.fetch('/health/ready')).ok) return;
    await sleep(50);
  }
  throw new Error('it did not come back');
}

describe('an engine that is killed while requests flow', () => {
  it.each(['readings', 'registry'] as const)(
    'gives typed 503s and comes back by itself: %s',
    async (which) => {
      const { store, registry } = server.running.context;
      const pid = () => (which === 'readings' ? store.engine.status().pid : registry.engine.pid);
      const flows = Object.entries(requests).map(([name, ask]) => flow(name, ask));
      await sleep(300);
      for (let round = 0; round < 2; round++) {
        const before = pid();
        process.kill(before, 'SIGKILL');
        await sleep(50);
        await ready();
        expect(pid()).not.toBe(before);
        await sleep(300);
      }
      const results = await Promise.all(flows.map((one) => one.stop()));
      expect(results.flatMap((one) => one.odd)).toEqual([]);
      for (const [name, ask] of Object.entries(requests)) {
        expect([200, allowed[name]], name).toContain((await ask()).status);
      }
    },
    120_000,
  );
});
