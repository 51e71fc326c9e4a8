import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BusyMeters, Campaigns, interruptingKinds } from '@openami/headend';
import { ManualClock, systemAccess } from '@openami/model';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { peopleOf } from '../helpers/people.ts';
import { fixtureNow, startServer, type TestServer } from '../helpers/start-server.ts';
import { simMeters } from './sim-driver.ts';

const clock = new ManualClock(Date.parse(fixtureNow));
const sim = simMeters('2.0');
let dataDir: string;
let server: TestServer;
const { ask, signIn } = peopleOf(() => server);

const start = () => startServer({ meters: 8, dataDir, clock, drivers: sim });
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'openami-commands-'));
  server = await start();
  await signIn('olga', 'operator');
  await signIn('otto', 'operator');
  await signIn('vera', 'viewer');
  for (let id = 1; id <= 6; id++) {
    const endpoint = { protocol: 'sim', mode: 'outbound', host: '127.0.0.1', port: 4059 };
    expect((await ask('olga', 'PUT', `/meters/${id}/endpoint`, endpoint)).status).toBe(200);
  }
}, 120_000);
afterAll(async () => {
  await server?.close();
  await rm(dataDir, { recursive: true, force: true });
});

const commandOf = async (orderId: number) =>
  (await ask('vera', 'GET', `/commands?order=${orderId}`)).body.items[0];
const until = (orderId: number, state: string) =>
  vi.waitFor(async () => expect((await commandOf(orderId)).state).toBe(state), {
    timeout: 20_000,
    interval: 100,
  });
/** The policy in force as a change of it. */
const policyNow = async (reason: string) => {
  const { body } = await ask('vera', 'GET', '/commands/safety');
  const { killSwitch: _on, proposal: _none, version: _version, ...policy } = body;
  return { ...policy, reason };
};
const disconnect = (who: string, meterId: number, headers = {}) =>
  ask(who, 'POST', '/commands', { kind: 'disconnect', meterIds: [meterId], reason: 'unpaid' }, headers);

describe('commands over HTTP', () => {
  it('opens a relay when a second person approved, confirmed by read-back, all in the audit trail', async () => {
    expect((await disconnect('vera', 1)).status).toBe(403);
    const made = await disconnect('olga', 1, { 'idempotency-key': 'first' });
    expect(made).toMatchObject({
      status: 201,
      body: { counts: { awaiting_approval: 1 }, needsApproval: true },
    });
    const { id } = made.body;
    const own = await ask('olga', 'POST', `/commands/orders/${id}/approve`, {});
    expect(own).toMatchObject({ status: 403, body: { code: 'COMMAND_FOUR_EYES' } });
    const byToken = await ask('token', 'POST', `/commands/orders/${id}/approve`, {});
    expect(byToken).toMatchObject({ status: 403, body: { code: 'COMMAND_FOUR_EYES' } });
    expect(sim.closed.get(1)).toBeUndefined();
    expect((await ask('otto', 'POST', `/commands/orders/${id}/approve`, { note: 'ok' })).status).toBe(200);
    await until(id, 'confirmed');
    expect(sim.closed.get(1)).toBe(false);
    expect(await commandOf(id)).toMatchObject({ after: { outputOn: false }, sends: 1, error: null });
    expect((await ask('vera', 'GET', '/meters/1')).body.usagePoint.state).toBe('disconnected');
    expect((await ask('vera', 'GET', `/commands/orders/${id}`)).body).toMatchObject({
      ...{ requestedByName: 'olga', decisions: [{ decidedByName: 'otto', note: 'ok' }] },
    });
    const trail = await server.running.context.registry.audit.list(systemAccess, { limit: 30 });
    expect(trail.find(({ objectKind }) => objectKind === 'usage_point')).toMatchObject({
      ...{ action: 'supply', objectId: '1', data: { state: 'disconnected', meterId: 1 } },
    });
    const steps = trail
      .filter(({ objectKind }) => objectKind.startsWith('command'))
      .map(({ action }) => action);
    expect(steps.reverse()).toEqual([
      'request',
      'approve',
      'advance',
      'advance',
      'send',
      'advance',
      'advance',
    ]);
  });

  it('opens nothing by the draft of somebody else, whose will it never became', async () => {
    await signIn('anna', 'admin');
    const draft = { kind: 'disconnect', meterIds: [6], reason: 'looked at only', draft: true };
    const { body } = await ask('anna', 'POST', '/commands', draft);
    expect(body.counts).toEqual({ draft: 1 });
    const submit = (who: string, id = body.id) => ask(who, 'POST', `/commands/orders/${id}/submit`);
    for (const who of ['otto', 'token']) {
      expect(await submit(who)).toMatchObject({ status: 403, body: { code: 'COMMAND_NOT_YOURS' } });
    }
    const early = await ask('otto', 'POST', `/commands/orders/${body.id}/approve`, {});
    expect(early.body.code).toBe('COMMAND_DECIDED');
    expect(await commandOf(body.id)).toMatchObject({ state: 'draft', sends: 0 });
    const root = (await ask('anna', 'POST', '/tokens', { name: 'root', role: 'admin' })).body;
    const token = (await ask(root.token, 'POST', '/tokens', { name: 'crew', role: 'operator' })).body;
    expect((await submit(token.token)).body).toMatchObject({ counts: { awaiting_approval: 1 } });
    expect((await ask('anna', 'POST', `/commands/orders/${body.id}/approve`, {})).status).toBe(403);
    expect((await ask('anna', 'POST', `/commands/orders/${body.id}/cancel`)).status).toBe(200);
    const made = (await ask(token.token, 'POST', '/commands', draft)).body;
    expect(made).toMatchObject({ counts: { draft: 1 }, requestedPerson: body.requestedPerson });
    expect((await submit('otto', made.id)).body.code).toBe('COMMAND_NOT_YOURS');
    expect((await submit('anna', made.id)).body).toMatchObject({ counts: { awaiting_approval: 1 } });
    expect((await ask('anna', 'POST', `/commands/orders/${made.id}/approve`, {})).status).toBe(403);
  });

  it('gives the same order to the same key after a restart, and does nothing twice', async () => {
    await server.close();
    server = await start();
    const again = await disconnect('olga', 1, { 'idempotency-key': 'first' });
    expect(again).toMatchObject({ status: 200, body: { counts: { confirmed: 1 } } });
    const other = await disconnect('olga', 2, { 'idempotency-key': 'first' });
    expect(other.body.code).toBe('IDEMPOTENCY_REUSED');
    expect(sim.executed).toHaveLength(1);
  }, 60_000);

  it('says which meters no driver can reach', async () => {
    const refused = await disconnect('olga', 8);
    expect(refused).toMatchObject({ status: 409, body: { code: 'COMMAND_NO_DRIVER' } });
    expect(refused.body.detail).toContain('T1007');
    expect(refused.body.detail).toContain('no endpoint');
  });

  it('says in its own words what of a command, an endpoint or an image cannot be', async () => {
    const late = { kind: 'connect', meterIds: [1], notBefore: '9999-12-31T23:59:59Z' };
    const ordered = await ask('olga', 'POST', '/commands', late);
    expect(ordered).toMatchObject({ status: 422, body: { code: 'COMMAND_INVALID' } });
    const good = { protocol: 'dlms', mode: 'outbound', host: '192.0.2.7', port: 4059 };
    const put = (over: object, id = 7) => ask('olga', 'PUT', `/meters/${id}/endpoint`, { ...good, ...over });
    const wrong = [
      ...['../../etc/passwd', "x'; drop table meter;--", 'a b', '', 'a..b', '-a'].map((name) => ({
        host: name,
      })),
      ...[{ port: null }, { profile: 'nonsense' }, { profile: 'standard nonsense' }],
    ];
    for (const over of wrong) {
      const refused = await put(over);
      expect(refused, JSON.stringify(over)).toMatchObject({ status: 400, body: { code: 'DLMS_ENDPOINT' } });
      expect(JSON.stringify(refused.body)).not.toMatch(/constraint|relation|violates|drop table/);
    }
    expect((await put({ profile: 'nonsense' })).body.detail).toContain('entries-only');
    expect((await put({ port: 0 })).status).toBe(400);
    for (const name of ['meter-7.example.org', '2001:db8::7', 'gw_1', 'localhost']) {
      expect((await put({ host: name, profile: 'no-lists newest-first' })).status, name).toBe(200);
    }
    expect((await put({ systemTitle: '4F414D0000000B07' })).status).toBe(200);
    const taken = await put({ systemTitle: '4F414D0000000B07' }, 8);
    expect(taken.body).toMatchObject({
      ...{ code: 'ALREADY_EXISTS', detail: 'meter T1006 has system title 4f414d0000000b07' },
    });
    expect((await ask('olga', 'DELETE', '/meters/7/endpoint')).status).toBe(200);
  });

  it('never interrupts a protected supply; only an administrator takes the mark off', async () => {
    const url = '/usage-points/3/protection';
    expect((await ask('olga', 'PUT', url, { protection: 'medical' })).status).toBe(200);
    expect(await disconnect('olga', 3)).toMatchObject({ status: 409, body: { code: 'COMMAND_PROTECTED' } });
    expect((await ask('olga', 'DELETE', url)).status).toBe(403);
    expect((await ask('vera', 'GET', '/usage-points/protected')).body).toMatchObject([{ code: 'UP2' }]);
    expect((await ask('token', 'DELETE', url)).status).toBe(200);
  });

  it('voids what a payment makes pointless, and cancels what was not right', async () => {
    const { body } = await disconnect('olga', 2);
    const paid = await ask('otto', 'POST', '/usage-points/2/void-disconnects', { reason: 'paid' });
    expect(paid.body).toEqual({ voided: [(await commandOf(body.id)).id], tooLate: [] });
    const late = await ask('otto', 'POST', `/commands/orders/${body.id}/approve`, {});
    expect(late).toMatchObject({ status: 409, body: { code: 'COMMAND_DECIDED' } });
    const next = await disconnect('olga', 2);
    expect((await ask('olga', 'POST', `/commands/orders/${next.body.id}/cancel`)).status).toBe(200);
    const twice = await ask('olga', 'POST', `/commands/orders/${next.body.id}/cancel`);
    expect(twice).toMatchObject({ status: 409, body: { code: 'COMMAND_STATE' } });
  });

  it('sends nothing while the kill switch is on; anybody who orders turns it on, an administrator off', async () => {
    const { body } = await ask('olga', 'POST', '/commands', { kind: 'connect', meterIds: [1] });
    expect((await ask('otto', 'POST', '/commands/kill-switch/on')).body.killSwitch).toBe(true);
    expect((await ask('olga', 'POST', '/commands/kill-switch/off')).status).toBe(403);
    const refused = await ask('olga', 'POST', '/commands', { kind: 'connect', meterIds: [1] });
    expect(refused.body.code).toBe('COMMAND_KILLED');
    expect((await ask('token', 'POST', '/commands/kill-switch/off')).body.killSwitch).toBe(false);
    clock.advanceMs(120_000);
    await until(body.id, 'confirmed');
    expect(sim.closed.get(1)).toBe(true);
    expect((await ask('vera', 'GET', '/meters/1')).body.usagePoint.state).toBe('connected');
  });

  it('tells the live stream of each step', async () => {
    const stop = new AbortController();
    const stream = await server.fetch('/api/v1/stream', { signal: stop.signal });
    const { body } = await ask('olga', 'POST', '/commands', { kind: 'connect', meterIds: [4] });
    const states: string[] = [];
    let text = '';
    for await (const part of stream.body!.pipeThrough(new TextDecoderStream())) {
      text += part;
      const steps = [...text.matchAll(/event: command\ndata: (.*)\n\n/g)].map(([, data]) =>
        JSON.parse(data!),
      );
      states.splice(
        0,
        states.length,
        ...steps.filter(({ meterId }) => meterId === 4).map(({ state }) => state),
      );
      if (states.includes('confirmed')) break;
    }
    stop.abort();
    expect(states).toEqual(['running', 'confirmed']);
    expect(text).toContain(`event: command-order\ndata: {"orderId":${body.id},"commandIds":[]}`);
  });

  it('decides by read-back what was under way when the server ended', async () => {
    sim.closed.set(5, false);
    let reached: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      reached = resolve;
    });
    sim.during = (meterId) => {
      if (meterId !== 5) return Promise.resolve();
      reached();
      return new Promise(() => undefined);
    };
    const { body } = await ask('olga', 'POST', '/commands', { kind: 'connect', meterIds: [5] });
    await held;
    const before = sim.executed.length;
    expect(await commandOf(body.id)).toMatchObject({ state: 'running', phase: 'sending' });
    // as after a kill: another server on the same store, the driver of this one never answers
    const { registry } = server.running.context;
    const left = await registry.commands.running(systemAccess);
    expect(left).toHaveLength(1);
    sim.during = undefined;
    const { CommandService } = await import('../../src/services/commands.ts');
    const { log, hub } = server.running.context;
    const stop = new CommandService({
      registry,
      drivers: sim,
      busy: new BusyMeters(),
      clock,
      log,
      hub,
      requireWriter: () => undefined,
    }).start();
    await until(body.id, 'confirmed');
    await stop();
    expect(sim.executed).toHaveLength(before);
  }, 60_000);

  it('shows what a command would change, and the kinds there are', async () => {
    const preview = await ask('olga', 'POST', '/commands/preview', {
      ...{ meterId: 4, kind: 'clock-set', params: { toleranceS: 10 } },
    });
    const text = 'The clock is 90 s ahead; it is set right.';
    expect(preview.body).toEqual({ differences: [{ path: 'driftMs', meter: 90_000, wanted: 0, text }] });
    const look = await ask('olga', 'POST', '/commands/look', { meterId: 4, kind: 'clock-set' });
    expect(look.body).toEqual({ found: { driftMs: 90_000 } });
    const blind = await ask('olga', 'POST', '/commands/look', { meterId: 4, kind: 'push-setup' });
    expect(blind).toMatchObject({ status: 422, body: { code: 'COMMAND_INVALID' } });
    expect(blind.body.detail).toContain('obis is missing');
    expect((await ask('vera', 'POST', '/commands/look', { meterId: 4, kind: 'clock-set' })).status).toBe(403);
    const kinds = (await ask('vera', 'GET', '/commands/kinds')).body;
    expect(kinds.map((kind: { name: string }) => kind.name)).toContain('activity-calendar');
    const bad = await ask('olga', 'POST', '/commands', {
      kind: 'load-limit',
      meterIds: [4],
      params: { thresholdW: -1 },
    });
    expect(bad).toMatchObject({ status: 422, body: { code: 'COMMAND_INVALID' } });
    expect(bad.body.detail).toContain('minOverS is missing');
  });

  it('takes a policy only on the version that was read', async () => {
    const { version } = await server.running.context.registry.commands.gate(systemAccess);
    const policy = await policyNow('tighter for the winter');
    const moratoria = [
      { from: '2026-12-24T00:00:00.000Z', until: '2026-12-27T00:00:00.000Z', reason: 'holidays' },
    ];
    const changed = { ...policy, moratoria, maxPerHour: 5 };
    const put = (body: object, tag: string) =>
      ask('token', 'PUT', '/commands/safety', body, { 'if-match': tag });
    expect((await ask('olga', 'PUT', '/commands/safety', changed)).status).toBe(403);
    expect((await put(changed, `"v${version}"`)).body).toMatchObject({ moratoria, maxPerHour: 5 });
    expect((await put(changed, `"v${version}"`)).status).toBe(412);
    const wrong = { ...changed, moratoria: [{ ...moratoria[0], until: moratoria[0]!.from }] };
    expect((await put(wrong, '*')).body.code).toBe('VALIDATION_FAILED');
    const { reason: _reason, ...silent } = changed;
    expect((await put(silent, '*')).status).toBe(400);
  });

  it('lets a looser policy wait for another administrator, and a tighter one drop it', async () => {
    await signIn('ada', 'admin');
    await signIn('alan', 'admin');
    const put = async (who: string, over: object) =>
      ask(who, 'PUT', '/commands/safety', { ...(await policyNow('more crews')), ...over });
    const looser = { maxPerHour: 500, fourEyesAlways: [] };
    const proposed = await put('ada', looser);
    expect(proposed).toMatchObject({
      status: 202,
      body: { maxPerHour: 5, fourEyesAlways: [...interruptingKinds] },
    });
    expect(proposed.body.proposal).toMatchObject({
      ...{ ...looser, reason: 'more crews', proposedByName: 'ada' },
      loosens: [
        'interruptions an hour: 500 instead of 5',
        ...interruptingKinds.map((kind) => `no second person for ${kind}`),
      ],
    });
    const approve = (who: string) => ask(who, 'POST', '/commands/safety/proposal/approve');
    expect((await approve('olga')).status).toBe(403);
    for (const who of ['ada', 'token']) expect((await approve(who)).body.code).toBe('COMMAND_FOUR_EYES');
    expect((await put('alan', { coolDownS: 7200 })).body).toMatchObject({ coolDownS: 7200, proposal: null });
    expect((await approve('alan')).body.code).toBe('COMMAND_STATE');
    await put('ada', looser);
    const withdrawn = await ask('ada', 'POST', '/commands/safety/proposal/withdraw');
    expect(withdrawn.body).toMatchObject({ proposal: null, maxPerHour: 5 });
    // what alan looked at is another proposal by the time he agrees to it
    const looked = await put('ada', looser);
    await put('ada', { ...looser, maxPerHour: 5000 });
    const seen = { 'if-match': `"v${looked.body.version}"` };
    const late = await ask('alan', 'POST', '/commands/safety/proposal/approve', undefined, seen);
    expect(late.status).toBe(412);
    await put('ada', looser);
    expect((await approve('alan')).body).toMatchObject({ ...looser, coolDownS: 7200, proposal: null });
    const trail = await server.running.context.registry.audit.list(systemAccess, { limit: 10 });
    const about = trail.filter(({ objectKind }) => objectKind === 'command_gate');
    expect(about.slice(0, 2).map(({ action, data }) => [action, data?.reason])).toEqual([
      ['approve', 'more crews'],
      ['propose', 'more crews'],
    ]);
    expect(
      (await put('token', { fourEyesAlways: ['disconnect', 'load-limit', 'script'], maxPerHour: 60 })).status,
    ).toBe(200);
  });
});

describe('firmware campaigns over HTTP', () => {
  const content = Buffer.from(Array.from({ length: 1500 }, (_, at) => at % 251));
  const upload = (query: Record<string, string>) =>
    server.fetch(
      `/api/v1/campaigns/images?${new URLSearchParams({ name: 'fw 2', firmware: '2.0', identifier: 'a1b2', ...query })}`,
      {
        ...{ method: 'POST', headers: { 'content-type': 'application/octet-stream' }, body: content },
      },
    );

  it('takes signed images of trusted signers only, when the policy asks for it', async () => {
    const policy = await policyNow('images are signed from now on');
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const strict = {
      ...policy,
      fourEyesAboveMeters: 2,
      requireSignature: true,
      signers: [{ name: 'Acme', publicKey: pem }],
    };
    expect((await ask('token', 'PUT', '/commands/safety', strict)).status).toBe(200);
    expect((await (await upload({})).json()).code).toBe('FIRMWARE_SIGNATURE');
    const wrong = await upload({ sha256: '00'.repeat(32) });
    expect((await wrong.json()).code).toBe('FIRMWARE_IMAGE');
    const signature = sign('sha256', content, privateKey).toString('base64url');
    const made = await (await upload({ signature })).json();
    const sha256 = createHash('sha256').update(content).digest('hex');
    expect(made).toMatchObject({ signedBy: 'Acme', bytes: 1500, sha256 });
    const twice = await (await upload({ signature })).json();
    expect(twice).toMatchObject({ code: 'ALREADY_EXISTS', detail: 'this firmware image is here already' });
  });

  it('brings the meters to the version and shows their blocks', async () => {
    const [image] = (await ask('vera', 'GET', '/campaigns/images')).body;
    const planned = await ask('olga', 'POST', '/campaigns', {
      name: 'to 2.0',
      imageId: image.id,
      meterIds: [1, 2, 6],
    });
    expect(planned).toMatchObject({
      status: 201,
      body: { state: 'draft', counts: { waiting: 3 }, haltRate: 100, createdByName: 'olga' },
    });
    const again = { name: 'twice', imageId: image.id, meterIds: [2] };
    expect((await ask('olga', 'POST', '/campaigns', again)).body).toMatchObject({
      ...{ code: 'ALREADY_EXISTS', detail: `meter T1001 is in campaign ${planned.body.id}, which is open` },
    });
    expect(planned.body.waves.map((wave: { meters: number }) => wave.meters)).toEqual([1, 0, 0, 2]);
    const { id } = planned.body;
    expect((await ask('vera', 'POST', `/campaigns/${id}/start`)).status).toBe(403);
    expect((await ask('olga', 'POST', `/campaigns/${id}/start`)).body.code).toBe('COMMAND_FOUR_EYES');
    expect((await ask('otto', 'POST', `/campaigns/${id}/start`)).body.state).toBe('running');
    expect((await ask('olga', 'POST', `/campaigns/${id}/pause`)).body.state).toBe('paused');
    const more = await ask('olga', 'POST', `/campaigns/${id}/resume`, { haltRate: 5000 });
    expect(more).toMatchObject({ status: 403, body: { code: 'COMMAND_FOUR_EYES' } });
    expect((await ask('otto', 'POST', `/campaigns/${id}/resume`)).body.state).toBe('running');
    await vi.waitFor(
      async () => {
        clock.advanceMs(120_000);
        expect((await ask('vera', 'GET', `/campaigns/${id}`)).body.state).toBe('done');
      },
      { timeout: 30_000, interval: 300 },
    );
    expect([1, 2, 6].map((meterId) => sim.firmware.get(meterId))).toEqual(['2.0', '2.0', '2.0']);
    const { waves } = (await ask('vera', 'GET', `/campaigns/${id}`)).body;
    expect(waves[0]).toMatchObject({ name: 'canary', meters: 1, counts: { confirmed: 1 } });
    expect(waves[3]).toMatchObject({ name: 'all', meters: 2, counts: { confirmed: 2 } });
    const { items } = (await ask('vera', 'GET', `/campaigns/${id}/meters`)).body;
    expect(items[0]).toMatchObject({ state: 'confirmed', blocks: 12, received: 12, version: '2.0' });
    expect((await ask('olga', 'POST', `/campaigns/${id}/pause`)).body.code).toBe('CAMPAIGN_STATE');
  }, 60_000);

  it('moves a campaign that goes on by itself in between', async () => {
    const { campaigns, commands } = server.running.context.registry;
    const [image] = await campaigns.images(systemAccess);
    const plan = { waves: [{ name: 'all', upTo: 10_000 }], haltRate: 100, fromVersions: [] };
    const wanted = { name: 'moving', imageId: image!.id, plan, meterIds: [5], person: 'system' };
    const id = await server.running.context.commands.campaigns.create(systemAccess, wanted);
    let goesOn = 0;
    const one: typeof campaigns.one = async (ctx, which) => {
      const found = await campaigns.one(ctx, which);
      const { version, state, wave } = found;
      if (goesOn-- > 0) await campaigns.advance(ctx, which, version, { state, wave, error: null });
      return found;
    };
    const { facts, gate } = commands;
    const busy = new Campaigns({ ...campaigns, one, facts, gate }, sim.images, () => {});
    goesOn = 2;
    await busy.move(systemAccess, id, 'abort');
    expect((await campaigns.one(systemAccess, id)).state).toBe('aborted');
    const other = await server.running.context.commands.campaigns.create(systemAccess, wanted);
    goesOn = 100;
    await expect(busy.move(systemAccess, other, 'abort')).rejects.toMatchObject({ code: 'CAMPAIGN_STATE' });
    goesOn = 0;
    await busy.move(systemAccess, other, 'abort');
  });

  it('starts no image of a signer who is trusted no more', async () => {
    const [image] = (await ask('vera', 'GET', '/campaigns/images')).body;
    const plan = { name: 'again', imageId: image.id, meterIds: [3] };
    const { id } = (await ask('olga', 'POST', '/campaigns', plan)).body;
    const policy = await policyNow('the key of Acme is lost');
    expect((await ask('token', 'PUT', '/commands/safety', { ...policy, signers: [] })).status).toBe(200);
    const started = await ask('otto', 'POST', `/campaigns/${id}/start`);
    expect(started.body).toMatchObject({ code: 'FIRMWARE_SIGNATURE' });
    expect(started.body.detail).toContain('Acme is not trusted any more');
    expect((await ask('olga', 'POST', '/campaigns', plan)).body.code).toBe('FIRMWARE_SIGNATURE');
  });
});
