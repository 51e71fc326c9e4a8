/** Customers who sign in: invited, registered, shown what is theirs, and nothing of anybody else's. */
import { formatDay, systemAccess } from '@openami/model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type {
  BillDetail,
  BillItem,
  BillRunItem,
  BillToDate,
  TariffComparison,
} from '../../src/contract/index.ts';
import type {
  InvitationCreated,
  InvitationItem,
  My,
  MyAlerts,
  MyBillWhy,
  MyNow,
  MyPrepay,
  MyUsage,
} from '../../src/contract/my.ts';
import { lookAtUsage } from '../../src/services/portal/alerts.ts';
import { type BillingTest, startBilling } from '../billing/support.ts';
import { putOnPrepay } from '../prepay/enrol.ts';
import { firstDay, today, use, zone } from '../vee/support.ts';

const march = today - 32;
/** Home 2 changes hands on this local day. */
const moved = march + 14;
const password = 'a quiet long password';

let test: BillingTest;
/** Ids of agreements by their code. */
const agreements = new Map<string, number>();
const bills = new Map<string, BillItem>();

const host = () => new URL(test.vee.server.url).host;
interface Answer<T> {
  readonly status: number;
  readonly body: T;
}
/** Each from an address of its own: tries are limited by address. */
let callers = 0;
async function inject<T>(
  method: string,
  url: string,
  payload?: object,
  headers = {},
  remoteAddress = `10.0.${callers >> 8}.${callers++ & 255}`,
): Promise<Answer<T>> {
  const answer = await test.vee.server.running.app.inject({
    ...{ method: method as 'GET', url, remoteAddress },
    headers: { host: host(), origin: `http://${host()}`, ...headers },
    ...(payload && { payload }),
  });
  const isJson = String(answer.headers['content-type']).includes('json');
  return { status: answer.statusCode, body: (isJson ? answer.json() : answer.body) as T };
}
const register = (account: string, code: string, email: string) =>
  inject<{ code: string }>('POST', '/api/v1/portal/register', {
    account,
    code,
    email,
    password,
    name: 'Kim',
  });
const invite = async (account: string) => {
  const { status, body } = await test.call<InvitationCreated>('POST', `/accounts/${account}/invitations`, {});
  expect(status).toBe(201);
  return body;
};
type Call = <T>(method: string, path: string, body?: object) => Promise<Answer<T>>;
async function signIn(email: string): Promise<Call> {
  const answer = await test.vee.server.running.app.inject({
    ...{ method: 'POST', url: '/api/auth/sign-in/email', payload: { email, password } },
    headers: { host: host(), origin: `http://${host()}` },
  });
  expect(answer.statusCode).toBe(200);
  const cookie = String(answer.headers['set-cookie']).split(';')[0]!;
  return (method, path, body) => inject(method, `/api/v1${path}`, body, { cookie });
}
const customers = new Map<string, Call>();
async function customer(account: string): Promise<Call> {
  const known = customers.get(account);
  if (known) return known;
  const email = `${account.toLowerCase()}@example.org`;
  expect((await register(account, (await invite(account)).code, email)).status).toBe(201);
  const call = await signIn(email);
  customers.set(account, call);
  return call;
}

async function billMonth(from: string): Promise<void> {
  const made = await test.call<BillRunItem>('POST', '/bill-runs', { from });
  await test.settled();
  const held = await test.call<{ items: BillItem[] }>('GET', `/bills?run=${made.body.id}&state=held`);
  for (const { id } of held.body.items)
    await test.call('POST', `/bills/${id}/release`, { reason: 'for a test' });
  const ben = await test.as('ben');
  expect((await ben('POST', `/bill-runs/${made.body.id}/approve`)).status).toBe(200);
  expect((await ben('POST', `/bill-runs/${made.body.id}/issue`)).status).toBe(200);
  await test.settled();
  const issued = await test.call<{ items: BillItem[] }>('GET', `/bills?run=${made.body.id}`);
  for (const bill of issued.body.items) bills.set(`${bill.agreement} ${from}`, bill);
}

beforeAll(async () => {
  test = await startBilling(3);
  const { registry } = test.vee.server.running.context;
  const found = (await registry.agreements.list(systemAccess, { limit: 10 })).items;
  const g2 = found.find(({ code }) => code === 'G2')!;
  const at = new Date(zone.dayStart(moved) * 1_000);
  await registry.agreements.update(systemAccess, g2.id, { validUntil: at });
  const accounts = (await registry.accounts.list(systemAccess, { limit: 10 })).items;
  const next = await registry.agreements.create(systemAccess, {
    ...{ code: 'N2', accountId: accounts.find(({ number }) => number === 'A0')!.id, validFrom: at },
    usagePointId: g2.usagePointId,
  });
  await test.call('POST', '/agreement-tariffs', {
    ...{ agreement: 'N2', tariff: 'tou', validFrom: formatDay(moved) },
  });
  for (const { id, code } of [...found, next]) agreements.set(code, id);
  for (const [i, home] of test.vee.homes.entries())
    await test.vee.send(home, firstDay, today, (value, slot, day) =>
      i === 0 && day === march + 9 && slot === 3 ? null : value,
    );
  await test.vee.open();
  await billMonth('2026-02-01');
  await billMonth('2026-03-01');
}, 120_000);
afterAll(() => test?.vee.server.close());

describe('the way in', () => {
  it('is a code that holds once, for its account, and is kept by nobody', async () => {
    const first = await invite('A0');
    const second = await invite('A0');
    expect(first.code).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/);
    const refused = { status: 422, body: { code: 'INVITATION_REFUSED' } };
    // the first ended when the second was made; a code is of one account
    expect(await register('A0', first.code, 'a0@example.org')).toMatchObject(refused);
    expect(await register('A1', second.code, 'a0@example.org')).toMatchObject(refused);
    expect(await register('none', second.code, 'a0@example.org')).toMatchObject(refused);
    const typed = second.code.toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o').replaceAll('1', 'l');
    expect((await register(' A0 ', typed, 'A0@Example.org')).status).toBe(201);
    expect(await register('A0', second.code, 'b0@example.org')).toMatchObject(refused);
    customers.set('A0', await signIn('a0@example.org'));
    const { body } = await test.call<{ items: InvitationItem[] }>('GET', '/accounts/A0/invitations');
    expect(body.items.map(({ state }) => state)).toEqual(['used', 'revoked']);
    const { registry } = test.vee.server.running.context;
    const records = await registry.audit.list(systemAccess, { objectKind: 'customer_invitation' });
    const logins = await registry.audit.list(systemAccess, { objectKind: 'customer_login' });
    expect([records.length, logins.length]).toEqual([2, 1]);
    expect(JSON.stringify([...records, ...logins])).not.toMatch(/example\.org|Kim|[0-9A-Z]{4}-[0-9A-Z]{4}/);
  });

  it('pauses after some wrong codes, and takes the right one afterwards', async () => {
    const { code } = await invite('A2');
    const wrong = code.replace(/^./, (letter) => (letter === '2' ? '3' : '2'));
    for (let i = 0; i < 5; i++) expect((await register('A2', wrong, 'a2@example.org')).status).toBe(422);
    expect((await register('A2', code, 'a2@example.org')).status).toBe(422);
    test.vee.clock.advanceMs(16 * 60_000);
    expect((await register('A2', code, 'a2@example.org')).status).toBe(201);
    customers.set('A2', await signIn('a2@example.org'));
  });

  it('is not tried from one address without end', async () => {
    const body = { account: 'A1', code: 'AAAA-BBBB-CCCC', email: 'x@example.org', password, name: 'x' };
    const statuses: number[] = [];
    for (let i = 0; i < 12; i++)
      statuses.push((await inject('POST', '/api/v1/portal/register', body, {}, '10.9.9.9')).status);
    expect(statuses.at(-1)).toBe(429);
  });

  it('ends after its days, and when it is taken back', async () => {
    const { id, code } = await invite('A1');
    expect((await test.call('DELETE', `/invitations/${id}`)).status).toBe(200);
    expect((await test.call('DELETE', `/invitations/${id}`)).status).toBe(404);
    expect((await register('A1', code, 'a1@example.org')).status).toBe(422);
    expect((await test.call('POST', '/accounts/none/invitations', {})).status).toBe(404);
    const { body } = await test.call<InvitationCreated>('POST', '/accounts/A1/invitations', { days: 1 });
    const { registry, clock } = test.vee.server.running.context;
    expect(Date.parse(body.expiresAt)).toBe(Date.parse(body.createdAt) + 86_400_000);
    expect(clock.nowMs()).toBeLessThan(Date.parse(body.expiresAt));
    await test.call('DELETE', `/invitations/${body.id}`);
    // a login that nobody linked is not left behind, and an address is taken once
    const again = await invite('A1');
    expect(await register('A1', again.code, 'a0@example.org')).toMatchObject({
      ...{ status: 409, body: { code: 'USER_EXISTS' } },
    });
    expect((await register('A1', again.code, 'a1@example.org')).status).toBe(201);
    customers.set('A1', await signIn('a1@example.org'));
    expect(await registry.customerLogins.ofAccount(systemAccess, 'A1')).toHaveLength(1);
  });

  it('leaves people of the utility and customers apart', async () => {
    const { items } = (await test.call<{ items: { email: string; id: string }[] }>('GET', '/users')).body;
    expect(items.map(({ email }) => email).filter((email) => /^a\d@/.test(email))).toEqual([]);
    const [login] = (await test.call<{ items: { userId: string }[] }>('GET', '/accounts/A0/logins')).body
      .items;
    const patch = await test.call('PATCH', `/users/${login!.userId}`, { role: 'admin' });
    expect(patch).toMatchObject({ status: 404, body: { code: 'USER_UNKNOWN' } });
  });
});

describe('who may do what', () => {
  const routes = () =>
    test.vee.server.running.context.routeTable.filter(({ method }) =>
      /GET|POST|PUT|PATCH|DELETE/.test(method),
    );
  const address = (url: string) =>
    url
      .replace(':kind', 'meters')
      .replace(/:id\b/, '1')
      .replace(/:line\b/, '1')
      .replace(/:\w+/g, 'x')
      .replace('*', 'x');

  it('shows a customer no route of the utility, and the utility none of a customer', async () => {
    const kim = await customer('A0');
    const ours = routes().filter(
      ({ permission }) => !['public', 'session', 'my:read', 'my:write'].includes(permission),
    );
    expect(ours.length).toBeGreaterThan(100);
    for (const { method, url } of ours) {
      const { status } = await kim(method, address(url).replace('/api/v1', ''));
      // outside of /api/v1 there is nothing at such an address
      expect(url.startsWith('/api/v1') ? [403] : [403, 404], `${method} ${url}`).toContain(status);
    }
    const theirs = routes().filter(({ permission }) => permission.startsWith('my:'));
    expect(theirs.length).toBeGreaterThan(10);
    const ben = await test.as('ben');
    for (const { method, url } of theirs) {
      const path = address(url).replace('/api/v1', '');
      expect((await ben(method, path, method === 'GET' ? undefined : {})).status, url).toBe(403);
      expect((await test.call(method, path)).status, url).toBe(403);
      expect((await inject(method, `/api/v1${path}`)).status, url).toBe(401);
    }
  });

  it('answers 404 for everything that is somebody else’s, and for what is not there', async () => {
    const kim = await customer('A0');
    const foreign = [agreements.get('G1')!, agreements.get('G2')!, 2_147_483_647];
    const bill = [bills.get('G1 2026-03-01')!.id, bills.get('G2 2026-03-01')!.id, 2_147_483_647];
    const days = 'from=2026-03-01&to=2026-04-01';
    const tried = new Set<string>();
    const refused = async (
      method: string,
      template: string,
      ids: readonly number[],
      more = '',
      body?: object,
    ) => {
      tried.add(template);
      for (const id of ids) {
        const path = `${template.replace(':id', String(id)).replace(':line', '1')}${more}`;
        expect((await kim(method, path, body)).status, path).toBe(404);
      }
    };
    await refused('GET', '/my/points/:id/now', foreign);
    await refused('GET', '/my/points/:id/usage', foreign, `?by=day&${days}`);
    await refused('GET', '/my/points/:id/readings', foreign, `?format=csv&${days}`);
    await refused('GET', '/my/points/:id/bill-to-date', foreign);
    await refused('GET', '/my/points/:id/prepay', [...foreign, agreements.get('G0')!]);
    await refused('GET', '/my/points/:id/tariffs', foreign);
    await refused('GET', '/my/bills/:id', bill);
    await refused('GET', '/my/bills/:id/lines/:line/explain', bill);
    await refused('GET', '/my/bills/:id/document', bill);
    await refused('GET', '/my/bills/:id/why', bill);
    for (const point of foreign) {
      expect((await kim('GET', `/my/bills?point=${point}`)).status).toBe(404);
      const choice = { point, kind: 'high-use', threshold: '1' };
      expect((await kim('PUT', '/my/alerts', choice)).status).toBe(404);
    }
    const withId = routes().filter(({ url }) => url.startsWith('/api/v1/my/') && url.includes(':'));
    expect(withId.map(({ url }) => url.replace('/api/v1', '')).filter((url) => !tried.has(url))).toEqual([]);
  });
});

const whOf = (home: number, from: number, to: number): number => {
  let sum = 0;
  for (let day = from; day < to; day++)
    for (let hour = 0; hour < 24; hour++)
      if (!(formatDay(day) === '2026-03-29' && hour === 2)) sum += use(home, day, hour);
  return sum;
};

describe('what a customer sees', () => {
  const usage = async (kim: Call, point: number, query: string) => {
    const { status, body } = await kim<MyUsage>('GET', `/my/points/${point}/usage?${query}`);
    expect(status).toBe(200);
    return body;
  };
  const sum = (texts: readonly (string | null)[]) => texts.reduce((all, text) => all + Number(text ?? 0), 0);

  it('is the own accounts and usage points, the time they are held', async () => {
    const { body } = await (await customer('A0'))<My>('GET', '/my');
    expect(body.accounts).toMatchObject([{ number: 'A0', relation: 'holder' }]);
    expect(body.points.map(({ usagePoint, from }) => [usagePoint, from]).sort()).toEqual([
      ['UP-V100', '1970-01-01'],
      ['UP-V102', formatDay(moved)],
    ]);
    expect(body.points[0]!.tariff).toMatchObject({ code: 'tou', unit: 'kWh' });
    const gone = (await (await customer('A2'))<My>('GET', '/my')).body.points[0]!;
    expect(gone.until).toBe(formatDay(moved));
  });

  it('is usage that adds up from hours to days to the month and its bill', async () => {
    const kim = await customer('A1');
    const point = agreements.get('G1')!;
    const month = await usage(kim, point, 'by=month&from=2026-03-01&to=2026-04-01');
    const bill = bills.get('G1 2026-03-01')!;
    expect(month.bars).toMatchObject([{ cost: bill.total, usage: bill.usage, expected: 743, present: 743 }]);
    expect([...month.periods].sort()).toEqual(['night', 'peak']);
    const days = await usage(kim, point, 'by=day&from=2026-03-01&to=2026-04-01');
    expect(days.bars).toHaveLength(31);
    expect(sum(days.bars.map((bar) => bar.cost))).toBeCloseTo(Number(bill.total), 6);
    expect(sum(days.bars.map((bar) => bar.usage))).toBeCloseTo(Number(bill.usage), 6);
    // the hour that never came was estimated at day close
    const other = await usage(
      await customer('A0'),
      agreements.get('G0')!,
      'by=day&from=2026-03-10&to=2026-03-11',
    );
    expect(other.bars[0]).toMatchObject({ expected: 24, present: 24, estimated: 1 });
    // the day the clock goes forward
    expect(days.bars[28]).toMatchObject({ expected: 23, estimated: 0 });
    for (const { usage: all, periods } of days.bars) expect(sum(periods)).toBeCloseTo(Number(all), 6);
    const hours = await usage(kim, point, 'by=interval&from=2026-03-29&to=2026-03-30');
    expect(hours.bars).toHaveLength(23);
    expect(sum(hours.bars.map((bar) => bar.usage))).toBeCloseTo(Number(days.bars[28]!.usage), 6);
    const today = await usage(kim, point, `by=day&from=2026-04-01&to=2026-05-01`);
    expect(today.bars.at(-1)!.start < new Date(test.vee.clock.nowMs()).toISOString()).toBe(true);
    expect((await kim('GET', `/my/points/${point}/usage?by=day&from=2026-01-01&to=2026-12-31`)).status).toBe(
      400,
    );
  });

  it('is nothing of who lived there before, or lives there since', async () => {
    const [kim, point] = [await customer('A0'), agreements.get('N2')!];
    const days = await usage(kim, point, 'by=day&from=2026-03-01&to=2026-04-01');
    expect(days.bars).toHaveLength(17);
    expect(sum(days.bars.map((bar) => bar.usage))).toBeCloseTo(whOf(2, moved, march + 31) / 1_000, 1);
    const before = await usage(kim, point, 'by=interval&from=2026-03-10&to=2026-03-11');
    expect(before.bars).toEqual([]);
    const gone = await usage(
      await customer('A2'),
      agreements.get('G2')!,
      'by=day&from=2026-03-01&to=2026-04-01',
    );
    expect(gone.bars).toHaveLength(14);
    const now = (await (await customer('A2'))<MyNow>('GET', `/my/points/${agreements.get('G2')}/now`)).body;
    expect(now.today).toBeNull();
    expect(Date.parse(now.latest!.end)).toBeLessThanOrEqual(zone.dayStart(moved) * 1_000);
    const file = await kim<string>(
      'GET',
      `/my/points/${point}/readings?format=csv&from=2026-02-01&to=2026-04-01`,
    );
    const rows = file.body.trimEnd().split('\r\n').slice(1);
    expect(rows).toHaveLength(17 * 24 - 1);
    expect(rows.every((row) => row.startsWith('V102,'))).toBe(true);
    const xml = await kim<string>(
      'GET',
      `/my/points/${point}/readings?format=greenbutton&from=2026-03-01&to=2026-04-01`,
    );
    expect(xml.body).toContain('<feed');
    const list = (await kim<{ items: BillItem[] }>('GET', '/my/bills')).body.items;
    expect([...new Set(list.map(({ account }) => account))]).toEqual(['A0']);
  });

  it('is how things stand now', async () => {
    const { body } = await (await customer('A1'))<MyNow>('GET', `/my/points/${agreements.get('G1')}/now`);
    expect(body).toMatchObject({ ok: true, unit: 'kWh', currency: 'EUR', note: '' });
    expect(body.month).toMatchObject({ from: '2026-04-01' });
    expect(body.ageS).toBeGreaterThan(0);
  });

  it('is what the month will come to, and what it would have on other tariffs', async () => {
    const kim = await customer('A1');
    const path = `/my/points/${agreements.get('G1')}`;
    const { body } = await kim<BillToDate>('GET', `${path}/bill-to-date`);
    expect(body).toMatchObject({ agreement: 'G1', cycleFrom: '2026-04-01', holds: [] });
    expect(Number(body.projection!.low)).toBeLessThanOrEqual(Number(body.projection!.high));
    const compared = await kim<TariffComparison>('GET', `${path}/tariffs`);
    expect(compared.body.tariffs).toMatchObject([{ tariff: 'tou', isCurrent: true }]);
  });

  it('is what is left on prepay, and what to pay for the supply to stay on', async () => {
    const kim = await customer('A1');
    const path = `/my/points/${agreements.get('G1')}/prepay`;
    expect((await kim('GET', path)).status).toBe(404);
    await putOnPrepay(test.vee.server.running.context, 'G1', '2026-04-01');
    const read = async () => (await kim<MyPrepay>('GET', path)).body;
    const points = (await kim<My>('GET', '/my')).body.points;
    expect(points.map(({ prepay }) => prepay)).toEqual([true]);
    const out = await read();
    // what was used of April is more than the emergency credit
    expect(out).toMatchObject({ state: 'out', lent: '3.00', payFor: 'A1', protected: false });
    expect(out.notices.map(({ kind }) => kind)).toEqual(['out', 'emergency']);
    const owed = Number(out.leastPayment);
    expect(owed).toBeCloseTo(1 + 3 - Number(out.balance), 6);
    const pay = async (amount: string) => {
      const payment = { account: 'A1', amount, currency: 'EUR', reference: amount };
      expect((await test.call('POST', '/prepay/payments', payment)).status).toBe(201);
      await test.vee.server.running.context.prepay.settled();
      return read();
    };
    const paid = await pay(out.leastPayment);
    expect(paid).toMatchObject({ balance: '1.00', lent: '0.00', leastPayment: '0.00', state: 'low' });
    expect(paid.payments).toMatchObject([{ amount: out.leastPayment, state: 'allocated' }]);
    expect(await pay('50')).toMatchObject({ balance: '51.00', state: 'in_credit' });
  });

  it('is why a bill is another than the one before, in parts that add up', async () => {
    const kim = await customer('A1');
    const { id, total } = bills.get('G1 2026-03-01')!;
    const { body } = await kim<MyBillWhy>('GET', `/my/bills/${id}/why`);
    const cents = (text: string) => Math.round(Number(text) * 100);
    expect(body.before!.id).toBe(bills.get('G1 2026-02-01')!.id);
    expect(cents(body.difference)).toBe(cents(total!) - cents(body.before!.total));
    expect(body.reasons.reduce((all, { amount }) => all + cents(amount), 0)).toBe(cents(body.difference));
    expect(body.words[0]).toMatch(/^The bill is \d+\.\d\d EUR higher than the one before\.$/);
    const first = await kim<MyBillWhy>('GET', `/my/bills/${bills.get('G1 2026-02-01')!.id}/why`);
    expect(first.body).toMatchObject({ before: null, reasons: [] });
    const bill = (await kim<BillDetail>('GET', `/my/bills/${id}`)).body;
    expect(bill).toMatchObject({ total, createdBy: '', decidedBy: '', comparison: null, reason: '' });
    // what people of the utility wrote to each other, and how it was made
    expect(bill).toMatchObject({ holds: [], channels: [], readingRevision: 0 });
    const document = await kim<string>('GET', `/my/bills/${id}/document`);
    expect(document).toMatchObject({ status: 200, body: expect.stringContaining('A1') });
    const line = await kim<{ words: string[] }>('GET', `/my/bills/${id}/lines/1/explain`);
    expect(line.body.words.length).toBeGreaterThan(0);
    // a draft that is to take the place of the bill before is no bill yet
    const draft = await test.call('POST', `/bills/${body.before!.id}/rebill`, { reason: 'a check' });
    expect(draft.status).toBe(201);
    await test.settled();
    expect((await kim<MyBillWhy>('GET', `/my/bills/${id}/why`)).body).toEqual(body);
  });
});

describe('alerts', () => {
  it('are found at day close for whoever chose them, once', async () => {
    const [kim, lee] = [await customer('A1'), await customer('A0')];
    const point = agreements.get('G1')!;
    const choose = (kind: string, threshold: string | null) =>
      kim<MyAlerts>('PUT', '/my/alerts', { point, kind, threshold });
    const closed = await test.vee.server.running.context.registry.veeProgress.closed(systemAccess);
    const day = closed.get('Europe/Berlin')!;
    expect((await choose('high-use', '5')).body.choices).toEqual([
      { point, kind: 'high-use', threshold: '5' },
    ]);
    expect((await choose('budget', '1')).status).toBe(200);
    expect((await choose('budget', '0')).status).toBe(422);
    expect((await choose('leak', '5')).status).toBe(400);
    const parts = { ...test.vee.server.running.context, book: test.vee.server.running.context.billing.book };
    expect(await lookAtUsage(parts)).toBe(2);
    expect(await lookAtUsage(parts)).toBe(0);
    const { alerts } = (await kim<MyAlerts>('GET', '/my/alerts')).body;
    expect(alerts.map(({ kind, day: of, unit, seen }) => [kind, of, unit, seen]).sort()).toEqual([
      ['budget', day, 'EUR', false],
      ['high-use', day, 'kWh', false],
    ]);
    expect((await kim<My>('GET', '/my')).body.unseenAlerts).toBe(2);
    await kim('POST', '/my/alerts/seen', {});
    expect((await kim<My>('GET', '/my')).body.unseenAlerts).toBe(0);
    expect((await lee<MyAlerts>('GET', '/my/alerts')).body).toEqual({ alerts: [], choices: [] });
    // a threshold that is not reached
    await choose('high-use', '5000');
    await choose('budget', null);
    expect(await lookAtUsage(parts)).toBe(0);
    expect((await kim<MyAlerts>('GET', '/my/alerts')).body.choices).toHaveLength(1);
  });
});

describe('an account taken away', () => {
  it('is gone at once', async () => {
    const kim = await customer('A2');
    const [login] = (await test.call<{ items: { userId: string }[] }>('GET', '/accounts/A2/logins')).body
      .items;
    expect((await test.call('DELETE', `/accounts/A2/logins/${login!.userId}`)).status).toBe(200);
    expect((await kim<My>('GET', '/my')).body.points).toEqual([]);
    expect((await kim('GET', `/my/points/${agreements.get('G2')}/now`)).status).toBe(404);
  });
});
