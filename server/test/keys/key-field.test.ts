/** Keys against simulated meters on real sockets: staged ones come into use, checks, rotation of a group. */
import { randomBytes } from 'node:crypto';
import { type MeterEndpoint, systemAccess } from '@openami/model';
import { cipherKey, nobleCrypto, protectApdu } from '@openami/wire/dlms';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Field, nowS, world } from '../collection/field.ts';

const years = 2 * 365 * 86_400;
const field = new Field(40, {
  plans: (all) =>
    all
      .filter(({ worldMeter }) => world.meters[worldMeter]!.faults.deadFromS > nowS + years)
      .filter(({ reach }) => reach.kind === 'listens' && reach.network === 'tcp')
      .slice(0, 8),
});
let serials: string[];
beforeAll(async () => {
  await field.open();
  serials = field.fleet.endpoints.map(({ serial }) => serial);
}, 120_000);
afterAll(() => field.close());

async function post(path: string, json: unknown) {
  const response = await field.server.fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(json),
  });
  // biome-ignore lint/suspicious/noExplicitAny: answers are looked into freely
  return (await response.json()) as any;
}

const get = async (path: string) => (await field.server.fetch(path)).json();
const keysPath = (serial: string) => `/api/v1/meters/${field.idOf(serial)}/keys`;
/** A busy machine may cost a session its link: asked again then, unless that is what is looked for. */
async function check(serial: string, body = {}, wanted = '') {
  for (let n = 0; ; n++) {
    const answer = await post(`${keysPath(serial)}/check`, body);
    // Collection may be at it.
    const isBusy = answer.meterError?.code === 'DLMS_METER_BUSY';
    const isLost = answer.meter?.some(({ verdict }: { verdict: string }) => verdict === 'unreachable');
    if (!isBusy && (!isLost || wanted === 'unreachable' || n === 20)) return answer;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

async function states(serial: string): Promise<string[]> {
  const keys = (await get(keysPath(serial))) as { kind: string; version: number; state: string }[];
  return keys.map(({ kind, version, state }) => `${kind} ${version} ${state}`);
}

/** Replaces what is kept of a meter by what a key file says. */
async function importKeys(serial: string, fields: Record<string, string>, different = 'reject') {
  const names = Object.keys(fields);
  const response = await field.server.fetch(`/api/v1/keys/import?different=${different}`, {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream' },
    body: `serial,${names.join()}\n${serial},${Object.values(fields).join()}\n`,
  });
  expect(response.status).toBe(200);
  return response.json();
}

const setup = '0.0.43.0.1.255';
const meterOf = (serial: string) => field.fleet.meter(serial)!.server.meter;
const put = async (serial: string, change: Partial<MeterEndpoint>) => {
  const { endpoints } = field.context.registry;
  const there = (await endpoints.get(systemAccess, field.idOf(serial)))!;
  await endpoints.put(systemAccess, field.idOf(serial), { ...there, ...change });
};
const round = () => field.context.rotations.round(new AbortController().signal);
/** Rounds until something is so: a busy machine may cost a session its link, and the next one comes later. */
async function roundsUntil(read: () => Promise<unknown>, wanted: unknown): Promise<void> {
  for (let n = 0; n < 20; n++) {
    await round();
    if (JSON.stringify(await read()) === JSON.stringify(wanted)) return;
    field.clock.advanceMs(900_000);
  }
  expect(await read()).toEqual(wanted);
}
const forget = (serial: string) => field.context.dlms.field.accesses.forget(field.idOf(serial));

// Other work may have the machine for itself for a while.
vi.setConfig({ testTimeout: 120_000 });

describe('staged keys of a key file', () => {
  it('come into use once the meter proved them; the old ones go after the grace time', async () => {
    const [serial] = serials as [string];
    const [guek, gak] = [randomBytes(16), randomBytes(16)];
    const meter = meterOf(serial);
    meter.replaceKeys(setup, { ...meter.keys(setup)!, unicast: guek, authentication: gak });
    const file = { guek: guek.toString('hex'), gak: gak.toString('hex') };
    expect(await check(serial)).toMatchObject({
      meter: [{ verdict: 'wrong', error: { code: expect.any(String) } }],
    });
    expect(await importKeys(serial, file, 'stage')).toMatchObject({ staged: 2 });
    expect(await check(serial)).toMatchObject({
      meter: [
        {
          verdict: 'wrong',
          keys: [
            { kind: 'guek', version: 1 },
            { kind: 'gak', version: 1 },
          ],
        },
        {
          verdict: 'right',
          keys: [
            { kind: 'guek', version: 2, state: 'staged' },
            { kind: 'gak', version: 2 },
          ],
        },
      ],
    });
    await vi.waitFor(async () => expect(await states(serial)).toContain('guek 2 active'), 20_000);
    expect(await states(serial)).toEqual([
      ...[
        'gak 1 previous',
        'gak 2 active',
        'gbek 1 active',
        'guek 1 previous',
        'guek 2 active',
        'kek 1 active',
      ],
    ]);
    const trail = await field.context.registry.audit.list(systemAccess, { limit: 50 });
    expect(trail).toContainEqual(
      expect.objectContaining({
        ...{ action: 'move', objectKind: 'meter_key', objectId: String(field.idOf(serial)) },
        data: expect.objectContaining({ moves: expect.arrayContaining(['guek 2: staged → active']) }),
      }),
    );
    await check(serial);
    expect(await states(serial)).toContain('guek 1 previous');
    field.clock.advanceMs(8 * 86_400_000);
    forget(serial);
    // An ordinary session does it too.
    const id = field.idOf(serial);
    const endpoint = (await field.context.registry.endpoints.get(systemAccess, id))!;
    const meterAt = { meterId: id, serial, endpoint };
    const retired = async () => {
      await field.context.dlms.field.run(meterAt, 'collection', async () => {});
      expect(await states(serial)).toContain('guek 1 retired');
    };
    await vi.waitFor(retired, { timeout: 20_000, interval: 200 });
    expect(await states(serial)).toContain('gak 1 retired');
    await round();
    const keys = (await get(keysPath(serial))) as {
      kind: string;
      version: number;
      provenAt: string | null;
    }[];
    expect(keys.find(({ kind, version }) => kind === 'guek' && version === 2)!.provenAt).not.toBeNull();
    expect(keys.find(({ kind }) => kind === 'kek')!.provenAt).toBeNull();
  });
});

describe('check of keys', () => {
  it.each([
    ['not-encrypted', { auth: 'none', security: 'none', clientSap: 16 }],
    ['unsupported', { auth: 'hls-sha256', security: 'none' }],
    ['wrong-title', { systemTitle: '4d4d4d0000000001' }],
    ['unreachable', { port: 1 }],
  ] as const)('tells %s apart', async (verdict, change) => {
    const serial = serials[1]!;
    const id = field.idOf(serial);
    const before = (await field.context.registry.endpoints.get(systemAccess, id))!;
    if (verdict === 'unsupported') await importKeys(serial, { hls: 'a secret of sixteen' });
    await put(serial, change);
    forget(serial);
    try {
      const answer = await check(serial, {}, verdict);
      expect(answer).toMatchObject({ meter: [{ verdict }], meterError: null });
    } finally {
      await field.context.registry.endpoints.put(systemAccess, id, before);
    }
  });

  it('says what stands before any session', async () => {
    const serial = serials[2]!;
    const { endpoints } = field.context.registry;
    const before = (await endpoints.get(systemAccess, field.idOf(serial)))!;
    await endpoints.remove(systemAccess, field.idOf(serial));
    expect(await check(serial)).toMatchObject({ meter: [], meterError: { code: 'DLMS_ENDPOINT' } });
    await endpoints.put(systemAccess, field.idOf(serial), before);
  });

  it('reads it from a telegram as well', async () => {
    const serial = serials[2]!;
    const meter = meterOf(serial);
    const push = Uint8Array.from(Buffer.from('0f000000010000', 'hex'));
    const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
    const verdict = async (telegram: string) => (await check(serial, { telegram })).telegrams[0].verdict;
    const sealed = hex(meter.seal(setup, push));
    expect(await verdict(sealed)).toBe('right');
    expect(await verdict(hex(push))).toBe('not-encrypted');
    expect(await verdict(`${sealed.slice(0, -2)}${sealed.endsWith('00') ? '01' : '00'}`)).toBe('wrong');
    const keys = meter.keys(setup)!;
    const key = cipherKey(nobleCrypto, 1, randomBytes(16), keys.authentication);
    const other = { envelope: 'general-glo', authenticated: true, encrypted: true, counter: 1 } as const;
    expect(await verdict(hex(protectApdu(push, key, { ...other, systemTitle: meter.env.systemTitle })))).toBe(
      'unsupported',
    );
    expect(await check(serial, { telegram: 'xyz' })).toMatchObject({
      ...{ status: 400, code: 'VALIDATION_FAILED' },
    });
  });
});

describe('rotation of a group', () => {
  it('begins up to a limit, shows progress, goes on with the rest, and ends', async () => {
    const group = serials.slice(1, 6);
    const wish = { kinds: ['guek'], batch: 'Spring', limit: 3, serials: group };
    expect(await post('/api/v1/keys/rotations', { ...wish, overdue: true })).toMatchObject({
      begun: 0,
      left: 0,
    });
    field.clock.advanceMs(366 * 86_400_000);
    const overdue = (await get('/api/v1/keys/overdue?limit=2')) as { total: number; items: object[] };
    expect(overdue).toMatchObject({ maxAgeDays: 365, total: serials.length });
    expect(overdue.items).toHaveLength(2);
    expect(await post('/api/v1/keys/rotations', { ...wish, overdue: true })).toMatchObject({
      begun: 3,
      left: 2,
    });
    expect(await post('/api/v1/keys/rotations', { ...wish, limit: 10 })).toMatchObject({ begun: 2, left: 0 });
    const progress = async () =>
      ((await get('/api/v1/keys/rotations/progress')) as { batch: string; step: string; count: number }[])
        .filter(({ batch }) => batch === 'Spring')
        .map(({ step, count }) => `${count} ${step}`);
    expect(await progress()).toEqual(['5 stage']);
    const all = (await get('/api/v1/keys/rotations?batch=Spring')) as { id: number; serial: string }[];
    expect(new Set(all.map(({ serial }) => serial))).toEqual(new Set(group));
    expect(await post(`/api/v1/keys/rotations/${all[0]!.id}/cancel`, {})).toMatchObject({
      state: 'cancelled',
    });
    await roundsUntil(progress, ['1 cancelled', '4 grace']);
    // In its grace time a rotation costs no session.
    const sessions = field.context.dlms.field.book.of(field.idOf(all[1]!.serial))[0]!.id;
    await round();
    expect(field.context.dlms.field.book.of(field.idOf(all[1]!.serial))[0]!.id).toBe(sessions);
    field.clock.advanceMs(8 * 86_400_000);
    await roundsUntil(progress, ['1 cancelled', '4 done']);
    expect(await states(all[1]!.serial)).toEqual(expect.arrayContaining(['guek 1 retired', 'guek 2 active']));
  });

  it('goes past meters that refuse', async () => {
    const group = serials.slice(1, 4);
    await importKeys(group[0]!, { kek: randomBytes(16).toString('hex') }, 'stage');
    const wish = { kinds: ['gak'], batch: 'Refused', limit: 2, serials: group };
    expect(await post('/api/v1/keys/rotations', wish)).toMatchObject({
      ...{ begun: 2, left: 1, refused: [{ serial: group[0], code: 'ROTATION_NOT_NOW' }] },
    });
  });

  it('upgrades the suite, and tells which', async () => {
    const serial = serials[7]!;
    const wish = { kinds: ['guek'], suite: 1, batch: 'Suite 1', limit: 5, serials: [serial] };
    expect(await post('/api/v1/keys/rotations', wish)).toMatchObject({ begun: 1, left: 0 });
    const [rotation] = (await get('/api/v1/keys/rotations?batch=Suite%201')) as object[];
    expect(rotation).toMatchObject({
      serial,
      units: [{ kinds: ['guek'], suite: 1 }],
      step: 'stage',
      unit: 1,
    });
    const at = async () =>
      ((await get('/api/v1/keys/rotations?limit=1')) as { batch: string; step: string }[]).map(
        ({ batch, step }) => `${batch} ${step}`,
      );
    await roundsUntil(at, ['Suite 1 grace']);
    expect(meterOf(serial).keys(setup)!.suite).toBe(1);
    expect(await get('/api/v1/keys')).toContainEqual(
      expect.objectContaining({ kind: 'guek', state: 'active', suite: 1, count: 1 }),
    );
    // Keys of another length go all at once, under the master key before.
    const higher = { ...wish, suite: 2, batch: 'Suite 2' };
    field.clock.advanceMs(8 * 86_400_000);
    await roundsUntil(at, ['Suite 1 done']);
    expect(await post('/api/v1/keys/rotations', higher)).toMatchObject({ begun: 1 });
    await roundsUntil(at, ['Suite 2 grace']);
    expect(meterOf(serial).keys(setup)).toMatchObject({
      suite: 2,
      unicast: { length: 32 },
      master: { length: 32 },
    });
    expect(await check(serial)).toMatchObject({ meter: [{ verdict: 'right' }] });
    field.clock.advanceMs(8 * 86_400_000);
    await roundsUntil(at, ['Suite 2 done']);
    // Nothing of a lower suite is left, and nobody goes back.
    expect(await post('/api/v1/keys/rotations', wish)).toMatchObject({ begun: 0 });
    const back = await post(`/api/v1/meters/${field.idOf(serial)}/rotations`, { kinds: ['guek'], suite: 0 });
    expect(back).toMatchObject({ code: 'ROTATION_NOT_NOW' });
  });

  it('waits longer for a meter that stays away, and tells why', async () => {
    const serial = serials[6]!;
    await put(serial, { port: 1 });
    const begun = await post(`/api/v1/meters/${field.idOf(serial)}/rotations`, { kinds: ['guek'] });
    for (let n = 0; n < 3; n++) await round();
    const list = (await get('/api/v1/keys/rotations?state=running')) as {
      id: number;
      error: object;
      step: string;
    }[];
    expect(list.find(({ id }) => id === begun.id)).toMatchObject({
      step: 'uncertain',
      error: { code: 'METER_LINK_LOST' },
    });
  });
});
