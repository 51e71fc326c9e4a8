/** From the list of a delivery to commissioned meters: registered, keyed, installed, heard, read for a day. */
import { ManualClock, systemAccess } from '@openami/model';
import { bytesOfHex, hexOf } from '@openami/wire';
import { AesKey, encodeWirelessTelegram } from '@openami/wire/mbus';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type {
  BulkJob,
  CommissioningDecided,
  CommissioningItem,
  CommissioningList,
  CommissioningSummary,
} from '../../src/contract/index.ts';
import { askerOf } from '../helpers/ask.ts';
import { fixtureNow, startServer, type TestServer } from '../helpers/start-server.ts';
import { failedRows, finishedJob, sendList } from './jobs.ts';

const keyHex = '00112233445566778899aabbccddeeff';
const otherHex = 'ffeeddccbbaa99887766554433221100';
const key = new AesKey(bytesOfHex(keyHex)!);

let server: TestServer;
const ask = askerOf(() => server);
let clock: ManualClock;
let access = 0;

beforeAll(async () => {
  clock = new ManualClock(Date.parse(fixtureNow));
  server = await startServer({ meters: 0, clock });
  const { usagePoints } = server.running.context.registry;
  for (const code of ['UP-1', 'UP-2', 'UP-3'])
    await usagePoints.create(systemAccess, { code, commodity: 'water', zone: 'Europe/Berlin' });
}, 90_000);
afterAll(() => server?.close());

/** A water register of so many litres, encrypted, by a gateway. */
async function hear(id: string, litres: number, { gateway = 'roof', rssi = -70 } = {}): Promise<void> {
  const payload = new Uint8Array([0x04, 0x13, 0, 0, 0, 0]);
  new DataView(payload.buffer).setUint32(2, litres, true);
  const meter = { manufacturer: 'OAM', id, version: 1, type: 7 };
  const security = { mode: 5, key } as const;
  const telegram = encodeWirelessTelegram({
    meter,
    accessNumber: access++ & 0xff,
    payload,
    security,
    header: 'short',
  });
  const answer = await server.fetch(`/api/v1/radio/telegrams?gateway=${gateway}`, {
    ...{ method: 'POST', headers: { 'content-type': 'application/json' } },
    body: JSON.stringify({ telegram: hexOf(telegram), rssi }),
  });
  expect(answer.status).toBe(200);
}

/** Looks at the meters, and gives those whose serial holds the text. */
async function looked(q: string): Promise<CommissioningItem[]> {
  await server.running.context.commissioning.look();
  const { items } = (await ask<CommissioningList>('GET', `/api/v1/commissioning?q=${q}`)).body;
  // rows of a list are worked on side by side
  return items.sort((a, b) => a.serial.localeCompare(b.serial));
}

const codesOf = ({ findings }: CommissioningItem) => findings.map(({ code }) => code);

describe('a delivery of wireless M-Bus meters', () => {
  const head = 'Manufacturer,Serial,AES key,Usage point,Installed at,Gateway,Start index,Commodity\n';
  const rows = [
    `OAM,10000001,${keyHex},UP-1,2026-03-30,roof,12.0,water`,
    `OAM,10000002,${otherHex},UP-2,2026-03-30,,,water`,
    `OAM,10000003,${keyHex},NOWHERE,,,,water`,
    `OAM,10000004,nonsense,,,,,water`,
    `,,${keyHex},,,,,water`,
    `OAM,10000005,${keyHex},,,,,steam`,
  ];

  it('is registered, keyed and installed, and each bad row has its reason', async () => {
    const job = await finishedJob(server, await sendList(server, `${head}${rows.join('\n')}\n`));
    expect(job).toMatchObject({ state: 'done', total: 6, done: 2, failed: 4 });
    expect(await failedRows(server, job.id)).toEqual([
      '3,10000003,BULK_USAGE_POINT,NOWHERE',
      expect.stringMatching(/^4,10000004,KEY_MALFORMED,/),
      expect.stringMatching(/^5,,ROW_METER_MISSING,/),
      expect.stringMatching(/^6,,ROW_COMMODITY,/),
    ]);
    const [one, two, three] = await looked('1000000');
    expect(one).toMatchObject({ serial: '10000001', state: 'installed', usagePoint: 'UP-1' });
    expect(codesOf(one!)).toEqual(['COMMISSION_NEVER_HEARD']);
    expect(one!.findings[0]!.hint).toContain('gateway');
    expect(two).toMatchObject({ serial: '10000002', state: 'installed' });
    expect(three).toMatchObject({ serial: '10000003', state: 'keyed' });
    expect(codesOf(three!)).toEqual(['COMMISSION_NOT_INSTALLED']);
  });

  it('changes nothing when it is sent again, and goes on with rows that failed once the reason is gone', async () => {
    const before = await ask('GET', '/api/v1/audit');
    const again = await finishedJob(
      server,
      await sendList(server, `${head}${rows.slice(0, 2).join('\n')}\n`),
    );
    expect(again).toMatchObject({ done: 2, failed: 0 });
    const { registry } = server.running.context;
    expect((await registry.meters.list(systemAccess)).total).toBe(4);
    expect(JSON.stringify(before)).not.toContain(keyHex);
    await registry.usagePoints.create(systemAccess, { code: 'NOWHERE', commodity: 'water' });
    const resumed = await ask<BulkJob>('POST', '/api/v1/commissioning/jobs/1/resume');
    expect(resumed).toMatchObject({ status: 200 });
    expect(await finishedJob(server, resumed.body)).toMatchObject({ done: 3, failed: 3 });
    const [, , three] = await looked('1000000');
    expect(three).toMatchObject({ state: 'installed', usagePoint: 'NOWHERE' });
  });

  it('is heard and read without anybody’s doing, and commissioned after a full day', async () => {
    for (let i = 0; i <= 26; i++) {
      await hear('10000001', 12_000 + i * 10);
      // a wrong key
      await hear('10000002', 500 + i);
      // it was installed for more than a day before it is heard first: that is no day of readings
      if (i === 1 || i === 23) {
        const [one, two] = await looked('1000000');
        expect(one).toMatchObject({ serial: '10000001', state: 'reading' });
        expect(codesOf(one!)).toEqual(['COMMISSION_DAY_INCOMPLETE']);
        expect(two).toMatchObject({ serial: '10000002', state: 'failed' });
        expect(codesOf(two!)).toContain('COMMISSION_KEY_WRONG');
      }
      clock.advanceMs(3_600_000);
    }
    const [one] = await looked('10000001');
    expect(one).toMatchObject({ state: 'commissioned', findings: [], late: false });
    expect(one!.marks.map(({ mark }) => mark).sort()).toEqual(
      ['complete', 'delivered', 'heard', 'installed', 'keyed', 'reading'].sort(),
    );
    const { states, lookedAt } = (await ask<CommissioningSummary>('GET', '/api/v1/commissioning/summary'))
      .body;
    expect(lookedAt).not.toBeNull();
    expect(states).toEqual(expect.arrayContaining([{ state: 'commissioned', count: 1, late: 0 }]));
    // nothing has come of the third for more than twelve hours
    const late = (await ask<CommissioningList>('GET', '/api/v1/commissioning?late=true')).body.items;
    expect(late.map(({ serial }) => serial).sort()).toEqual(['10000002', '10000003']);
  });

  it('names the gateway that should hear a meter, and a register that does not fit its delivery', async () => {
    const list = `${head}OAM,10000006,${keyHex},UP-3,2026-03-30,cellar,3,water\n`;
    await finishedJob(server, await sendList(server, list));
    await hear('10000006', 90_000);
    await looked('10000006');
    clock.advanceMs(3_600_001);
    await hear('10000006', 90_001);
    const [one] = await looked('10000006');
    expect(one).toMatchObject({ state: 'failed' });
    expect(codesOf(one!)).toEqual(
      expect.arrayContaining(['COMMISSION_START_IMPLAUSIBLE', 'COMMISSION_OTHER_GATEWAY']),
    );
    expect(one!.findings[0]).toMatchObject({ detail: 'delivered with 3, reads 90.001' });
  });

  it('follows the decisions of people, with their reasons', async () => {
    const [two] = await looked('10000002');
    const decide = (decision: string, reason = 'meter was exchanged', meterIds = [two!.meterId]) =>
      ask<CommissioningDecided>('POST', '/api/v1/commissioning/decide', { meterIds, decision, reason });
    expect(await decide('give-up')).toMatchObject({ status: 200, body: { decided: 1 } });
    expect(await decide('give-up')).toMatchObject({ body: { decided: 0 } });
    expect(codesOf((await looked('10000002'))[0]!)[0]).toBe('COMMISSION_GIVEN_UP');
    expect(await decide('give-up', ' ')).toMatchObject({ status: 400 });
    await decide('retry');
    expect((await looked('10000002'))[0]).toMatchObject({ state: 'failed', decision: null });
    await decide('commission');
    expect((await looked('10000002'))[0]).toMatchObject({
      ...{ state: 'commissioned', decision: { kind: 'commission', by: 'API token test' } },
    });
    const audit = await ask<{ action: string }[]>('GET', '/api/v1/audit?kind=commissioning');
    expect(JSON.stringify(audit.body)).toContain('meter was exchanged');
    const viewer = await server.running.context.registry.tokens.issue(systemAccess, {
      name: 'v',
      role: 'viewer',
    });
    const headers = { authorization: `Bearer ${viewer.secret}`, 'content-type': 'application/json' };
    const refused = await fetch(new URL('/api/v1/commissioning/decide', server.url), {
      ...{ method: 'POST', headers },
      body: JSON.stringify({ meterIds: [two!.meterId], decision: 'give-up', reason: 'no' }),
    });
    expect(refused.status).toBe(403);
  });

  it('takes demands of one’s own', async () => {
    const url = '/api/v1/commissioning/demands';
    expect(await ask('PUT', url, [{ commodity: 'water', heardWithinH: 0 }])).toMatchObject({ status: 400 });
    expect(await ask('PUT', url, [{ colour: 'red' }])).toMatchObject({ status: 400 });
    const rules = [{ commodity: 'water', maxStartAdvance: null }];
    expect(await ask('PUT', url, rules)).toMatchObject({ status: 200, body: { rules } });
    expect((await looked('10000006'))[0]).toMatchObject({ state: 'reading' });
  });

  it('ends with the removal of a meter, and begins anew where it is built in again', async () => {
    const { installations, meters } = server.running.context.registry;
    const [one] = await looked('10000001');
    await installations.remove(systemAccess, { meterId: one!.meterId, at: new Date(clock.nowMs()) });
    expect((await looked('10000001'))[0]).toMatchObject({ state: 'decommissioned' });
    await meters.update(systemAccess, one!.meterId, { state: 'in_stock' });
    expect((await looked('10000001'))[0]).toMatchObject({ state: 'keyed' });
  });

  it('leaves no key in the clear, and destroys rows that are done', async () => {
    const { db } = server.running.context.registry;
    const { rows } = await sql<{
      outcome: string;
      n: number;
      kept: number;
    }>`SELECT outcome, count(*)::int AS n,
      count(wrapped)::int AS kept FROM bulk_row GROUP BY outcome ORDER BY outcome`.execute(db);
    expect(rows.find(({ outcome }) => outcome === 'done')).toMatchObject({ kept: 0 });
    const dump = await sql`SELECT * FROM bulk_row`.execute(db);
    expect(JSON.stringify(dump.rows)).not.toContain(keyHex);
    expect(JSON.stringify(await ask('GET', '/api/v1/audit'))).not.toContain(keyHex);
  });
});
