/** Lists of many meters: LoRaWAN join files and their provisioning, who is heard, stop and resume. */
import { ManualClock, systemAccess } from '@openami/model';
import { bytesOfHex, hexOf } from '@openami/wire';
import { AesKey, encodeWirelessTelegram } from '@openami/wire/mbus';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BulkJob, CommissioningList, HeardList } from '../../src/contract/index.ts';
import { askerOf } from '../helpers/ask.ts';
import { fixtureNow, startServer, type TestServer } from '../helpers/start-server.ts';
import { failedRows, finishedJob, sendList } from './jobs.ts';

const devEui = '70b3d5499f3a0001';
const joinEui = '70b3d57ed0000001';
const appKey = '00112233445566778899aabbccddeeff';
const nwkKey = '0f1e2d3c4b5a69788796a5b4c3d2e1f0';

let server: TestServer;
const ask = askerOf(() => server);
const clock = new ManualClock(Date.parse(fixtureNow));

beforeAll(async () => {
  server = await startServer({ meters: 0, clock });
}, 90_000);
afterAll(() => server?.close());

const provision = async (body: object, token = server.token) => {
  const answer = await fetch(new URL('/api/v1/lorawan/provisioning', server.url), {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return {
    status: answer.status,
    text: await answer.text(),
    name: answer.headers.get('content-disposition'),
  };
};

describe('LoRaWAN join files', () => {
  it('become meters with their identity, their keys sealed', async () => {
    const file = [
      { serial: 'L-1', devEUI: devEui.toUpperCase(), joinEUI: joinEui, appKey },
      { serial: 'L-2', devEUI: '70b3d5499f3a0002', appEUI: joinEui, appKey, nwkKey },
      { serial: 'L-3', devEUI: '70b3', appKey },
      { serial: 'L-4', devEUI: '70b3d5499f3a0004', appKey: 'short' },
    ];
    const sent = await sendList(server, JSON.stringify(file), { commodity: 'water' });
    expect(await finishedJob(server, sent)).toMatchObject({ total: 4, done: 2, failed: 2 });
    expect(await failedRows(server, sent.id)).toEqual([
      expect.stringMatching(/^3,,ROW_EUI,/),
      expect.stringMatching(/^4,L-4,KEY_MALFORMED,/),
    ]);
    const meter = await server.running.context.registry.meters.find(systemAccess, 'L-1');
    expect(meter).toMatchObject({ addresses: [devEui], attributes: { devEui, joinEui }, state: 'in_stock' });
    const keys = await ask<{ kind: string }[]>('GET', `/api/v1/meters/${meter!.id}/keys`);
    expect(keys.body).toMatchObject([{ kind: 'lorawan_app', state: 'active' }]);
    await server.running.context.commissioning.look();
    const list = await ask<CommissioningList>('GET', '/api/v1/commissioning?q=L-1');
    expect(list.body.items).toMatchObject([
      { state: 'keyed', findings: [{ code: 'COMMISSION_NOT_INSTALLED' }] },
    ]);
    for (const answer of [
      keys,
      list,
      await ask('GET', '/api/v1/meters?q=L-1'),
      await ask('GET', '/api/v1/audit'),
    ])
      expect(JSON.stringify(answer)).not.toContain(appKey);
  });

  it('are known by a label that was scanned as well', async () => {
    const label = `LW:D0:${joinEui}:70B3D5499F3A0005:AABB1122:SL-5`;
    await finishedJob(server, await sendList(server, `${label}\n`, { commodity: 'water' }));
    const meter = await server.running.context.registry.meters.find(systemAccess, 'L-5');
    expect(meter).toMatchObject({
      attributes: { devEui: '70b3d5499f3a0005', joinEui, profileId: 'aabb1122' },
    });
  });

  it('are handed to a network server by an administrator alone, and each time is in the audit trail', async () => {
    const { tokens } = server.running.context.registry;
    const operator = await tokens.issue(systemAccess, { name: 'o', role: 'operator' });
    const asked = { format: 'thingsstack', reason: 'new join server' };
    expect(await provision(asked, operator.secret)).toMatchObject({ status: 403 });
    expect(await provision({ format: 'thingsstack' })).toMatchObject({ status: 400 });
    const file = await provision({ ...asked, frequencyPlan: 'EU_863_870_TTN', lorawanVersion: 'MAC_V1_0_3' });
    expect(file.status).toBe(200);
    expect(file.name).toContain('the-things-stack-devices-2026-03-31.csv');
    expect(file.text.split('\n')).toEqual([
      'id;dev_eui;join_eui;name;lorawan_version;lorawan_phy_version;frequency_plan_id;app_key;nwk_key',
      `eui-${devEui};${devEui};${joinEui};L-1;MAC_V1_0_3;;EU_863_870_TTN;${appKey};`,
      `eui-70b3d5499f3a0002;70b3d5499f3a0002;${joinEui};L-2;MAC_V1_0_3;;EU_863_870_TTN;${appKey};${nwkKey}`,
      '',
    ]);
    const lines = (
      await provision({ ...asked, format: 'chirpstack', applicationId: 'a', deviceProfileId: 'p' })
    ).text;
    expect(
      lines
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toMatchObject([
      {
        device: { devEui, joinEui, name: 'L-1', applicationId: 'a' },
        deviceKeys: { devEui, nwkKey: appKey },
      },
      { device: { name: 'L-2' }, deviceKeys: { nwkKey, appKey } },
    ]);
    const audit = JSON.stringify((await ask('GET', '/api/v1/audit')).body);
    expect(audit).toContain('new join server');
    expect(audit).not.toContain(appKey);
    const water = await server.running.context.registry.meters.find(systemAccess, 'L-5');
    expect((await provision({ ...asked, meterIds: [water!.id] })).text).toContain('PROVISIONING_NOTHING');
  });
});

describe('many meters that are heard', () => {
  const heardMeters = 120;
  const key = new AesKey(bytesOfHex(appKey)!);
  const idOf = (i: number) => String(40_000_000 + i);

  it('are registered with their past by the key list, and only they', async () => {
    const telegrams = Array.from({ length: heardMeters }, (_, i) => {
      const meter = { manufacturer: 'OAM', id: idOf(i), version: 1, type: 7 };
      const payload = Uint8Array.of(0x04, 0x13, i & 255, i >> 8, 0, 0);
      const security = i < heardMeters - 5 ? ({ mode: 5, key } as const) : ({ mode: 0 } as const);
      return hexOf(encodeWirelessTelegram({ meter, accessNumber: 1, payload, security, header: 'short' }));
    });
    const answer = await server.fetch('/api/v1/radio/telegrams?gateway=roof', {
      ...{ method: 'POST', headers: { 'content-type': 'text/plain' }, body: telegrams.join('\n') },
    });
    expect(answer.status).toBe(200);
    // twice as many in the list, one with a wrong key
    const rows = Array.from(
      { length: heardMeters + 40 },
      (_, i) => `OAM-${idOf(i)},${i === 7 ? nwkKey : appKey}`,
    );
    const list = `serial,aes key\n${rows
      .slice(0, heardMeters - 5)
      .concat(rows.slice(heardMeters))
      .join('\n')}\n`;
    const beganMs = performance.now();
    const job = await finishedJob(server, await sendList(server, list, { onlyHeard: 'true' }));
    console.log(
      `${job.total} rows, ${job.done} meters registered: ${Math.round(performance.now() - beganMs)} ms`,
    );
    expect(job).toMatchObject({ total: heardMeters + 35, done: heardMeters - 6, failed: 41 });
    const failed = await failedRows(server, job.id);
    expect(failed.filter((line) => line.includes('BULK_NOT_HEARD'))).toHaveLength(40);
    expect(failed.filter((line) => line.includes('RADIO_KEY_WRONG'))).toEqual([
      expect.stringContaining(idOf(7)),
    ]);
    const { heard, items } = (await ask<HeardList>('GET', '/api/v1/radio/heard?registered=false&limit=1000'))
      .body;
    expect([heard, items.length]).toEqual([heardMeters, 6]);
    // those that do not encrypt need no key
    const plain = items.filter(({ state }) => state === 'plain').map(({ name }) => name);
    const begun = await ask<BulkJob>('POST', '/api/v1/commissioning/jobs/heard', {
      names: [...plain, `OAM-${idOf(7)}`, 'OAM-99999999'],
    });
    expect(begun.status).toBe(202);
    expect(await finishedJob(server, begun.body)).toMatchObject({ done: 5, failed: 2 });
    const codes = (await failedRows(server, begun.body.id)).map((line) => line.split(',')[2]);
    expect(codes).toEqual(['BULK_NO_KEY', 'BULK_NOT_HEARD']);
    const sent = await sendList(server, list, { onlyHeard: 'true' });
    expect(await finishedJob(server, sent)).toMatchObject({ done: heardMeters - 6, failed: 41 });
    const [, , first] = await Promise.all(
      [0, 1, 0].map((i) => server.running.context.registry.meters.find(systemAccess, `OAM-${idOf(i)}`)),
    );
    const channels = await server.running.context.registry.channels.ofMeters(systemAccess, [first!.id]);
    expect(channels).toHaveLength(1);
  }, 120_000);
});

describe('a long list', () => {
  it('is stopped in the middle, goes on where it was, and is refused where it is none', async () => {
    const rows = Array.from({ length: 600 }, (_, i) => `S-${i},water`);
    const sent = await sendList(server, `serial,commodity\n${rows.join('\n')}\n`);
    const stopped = await ask<BulkJob>('POST', `/api/v1/commissioning/jobs/${sent.id}/cancel`);
    expect(stopped.body).toMatchObject({ state: 'cancelled', total: 600 });
    expect(stopped.body.done).toBeLessThan(600);
    expect(await ask('POST', `/api/v1/commissioning/jobs/${sent.id}/cancel`)).toMatchObject({
      ...{ status: 409, body: { code: 'IMPORT_STATE' } },
    });
    const beganMs = performance.now();
    const resumed = await ask<BulkJob>('POST', `/api/v1/commissioning/jobs/${sent.id}/resume`);
    expect(await finishedJob(server, resumed.body)).toMatchObject({ state: 'done', done: 600, failed: 0 });
    console.log(`600 rows registered: ${Math.round(performance.now() - beganMs)} ms`);
    const { total } = await server.running.context.registry.meters.list(systemAccess, { q: 'S-', limit: 1 });
    expect(total).toBe(600);
    const refused = async (body: string) =>
      (await server.fetch('/api/v1/commissioning/jobs', { method: 'POST', body })).json();
    expect(await refused('')).toMatchObject({ code: 'FILE_EMPTY' });
    expect(await refused('colour\nred\n')).toMatchObject({ code: 'CSV_COLUMN_MISSING' });
    expect(await refused('serial\n')).toMatchObject({ code: 'BULK_EMPTY' });
    const jobs = await ask<{ items: BulkJob[] }>('GET', '/api/v1/commissioning/jobs?limit=3');
    expect(jobs.body.items.map(({ state, error }) => [state, error?.code])).toEqual([
      ['failed', 'BULK_EMPTY'],
      ['failed', 'CSV_COLUMN_MISSING'],
      ['failed', 'FILE_EMPTY'],
    ]);
    const failed = jobs.body.items[0]!.id;
    const nothing = await ask<BulkJob>('POST', `/api/v1/commissioning/jobs/${failed}/resume`);
    expect(nothing).toMatchObject({ status: 422, body: { code: 'BULK_EMPTY' } });
  }, 120_000);
});
