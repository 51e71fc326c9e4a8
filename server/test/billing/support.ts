/** A utility with a few homes, a tariff of two periods and tiers, and people who sign in. */
import { systemAccess } from '@openami/model';
import { type Answered, askerOf } from '../helpers/ask.ts';
import { startVee, type VeeTest } from '../vee/support.ts';

export const tou = {
  id: 'tou',
  name: 'Day and night',
  commodity: 'electricity',
  currency: 'EUR',
  versions: [
    {
      effectiveFrom: '2026-01-01',
      calendar: {
        schedules: [
          {
            id: 'tou',
            rows: [
              {
                days: ['weekday'],
                hours: [
                  { from: '08:00', to: '20:00', period: 'peak' },
                  { from: '20:00', to: '08:00', period: 'night' },
                ],
              },
              { days: ['weekend'], period: 'night' },
            ],
          },
        ],
      },
      charges: [
        { id: 'base', kind: 'fixed', price: '9.90', per: 'month' },
        {
          id: 'energy',
          kind: 'energy',
          schedule: 'tou',
          tiers: [{ upTo: 100 }, {}],
          prices: { peak: ['0.30', '0.35'], night: ['0.20', '0.25'] },
        },
        { id: 'demand', kind: 'demand', windowMinutes: 60, price: '2.50' },
        { id: 'vat', kind: 'tax', percent: 19 },
      ],
    },
  ],
} as const;

type Call = <T>(
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
) => Promise<Answered<T>>;

export interface BillingTest {
  readonly vee: VeeTest;
  /** Below /api/v1, with the administrator's token. */
  readonly call: Call;
  /** As a person who is signed in. */
  as(name: string): Promise<Call>;
  settled(): Promise<void>;
}

/** Homes with agreements `G0` … of accounts `A0` …; all on the tariff where `assigned`. */
export async function startBilling(
  homes: number,
  assigned = true,
  env: Readonly<Record<string, string>> = {},
): Promise<BillingTest> {
  const vee = await startVee(homes, env);
  const { server } = vee;
  const { context, app } = server.running;
  const ask = askerOf(() => server);
  const call: Call = (method, path, body, headers) => ask(method, `/api/v1${path}`, body, headers);
  await call('POST', '/tariffs', { document: tou });
  for (const [i, home] of vee.homes.entries()) {
    const customer = await context.registry.customers.create(systemAccess, {
      code: `C${i}`,
      name: `Customer ${i}`,
    });
    const account = await context.registry.accounts.create(systemAccess, {
      number: `A${i}`,
      customerId: customer.id,
    });
    const [installed] = await context.registry.installations.ofMeter(systemAccess, home.meterId);
    await context.registry.agreements.create(systemAccess, {
      ...{
        code: `G${i}`,
        accountId: account.id,
        usagePointId: installed!.usagePointId,
        validFrom: new Date(0),
      },
    });
    if (assigned)
      await call('POST', '/agreement-tariffs', {
        agreement: `G${i}`,
        tariff: 'tou',
        validFrom: '2026-01-01',
      });
  }
  const cookies = new Map<string, string>();
  const host = new URL(server.url).host;
  return {
    ...{ vee, call },
    settled: () => context.billing.runner.loop.settled(),
    as: async (name) => {
      if (!cookies.has(name)) {
        const [email, password] = [`${name}@example.org`, `${name} long password`];
        await context.identity.createUser({ email, password, name, role: 'operator' });
        const answer = await app.inject({
          ...{ method: 'POST', url: '/api/auth/sign-in/email', payload: { email, password } },
          headers: { host, origin: `http://${host}` },
        });
        cookies.set(name, String(answer.headers['set-cookie']).split(';')[0]!);
      }
      const cookie = cookies.get(name)!;
      const ask: Call = async (method, path, payload, headers = {}) => {
        const answer = await app.inject({
          ...{ method: method as 'GET', url: `/api/v1${path}` },
          headers: { host, cookie, origin: `http://${host}`, ...headers },
          ...(payload === undefined ? {} : { payload: payload as object }),
        });
        return { status: answer.statusCode, body: answer.json() };
      };
      return ask;
    },
  };
}
