import { createConnection, type Socket } from 'node:net';
import { encodeApdu, encodeWrapper } from '@openami/wire/dlms';
import { afterEach, describe, expect, it } from 'vitest';
import { MemoryCounters } from '../../src/dlms/counters.ts';
import type { MeterIdentity } from '../../src/dlms/identify.ts';
import { InboundMeters, type InboundOptions } from '../../src/dlms/inbound.ts';
import type { ReceivedPush } from '../../src/dlms/push-intake.ts';
import { type MeterAccess, openSession, runSession } from '../../src/dlms/session.ts';
import { clientTitle, dial, keyOf, LOAD_PROFILE, type MeterSetting, meterOf } from '../helpers/dlms-meter.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function headend(options: Partial<InboundOptions> = {}) {
  const told: MeterIdentity[] = [];
  const received: ReceivedPush[] = [];
  const seen: string[] = [];
  const refused: string[] = [];
  const inbound = new InboundMeters({
    host: '127.0.0.1',
    port: 0,
    framing: { kind: 'wrapper' },
    clock: { nowMs: () => Date.now() },
    sink: { take: (pushes) => void received.push(...pushes) },
    resolve: (identity) => {
      told.push(identity);
      return identity.systemTitle ?? identity.logicalDeviceName ?? identity.meter;
    },
    onMeter: (meter, isOnline) => void seen.push(`${isOnline ? '+' : '-'}${meter}`),
    onRefused: ({ code }) => void refused.push(code),
    ...options,
    limits: { helloMs: 50, ...options.limits },
  });
  await inbound.listen();
  closing.push(() => inbound.close());
  return { inbound, told, received, seen, refused };
}

async function online(port: number, setting: MeterSetting = {}, framing: 'wrapper' | 'hdlc' = 'wrapper') {
  const socket = await dial(port, meterOf(setting), framing);
  closing.push(() => socket.destroy());
  return socket;
}

const gmac: MeterSetting = { mechanism: 'hls-gmac', policy: 'auth-encrypt' };
function access(inbound: InboundMeters, meter: string, counters = new MemoryCounters(1000)): MeterAccess {
  return {
    source: inbound.source(meter),
    addresses: { client: 1, server: 1 },
    authentication: { mechanism: 'hls-gmac' },
    systemTitle: clientTitle,
    ciphering: {
      suite: 0,
      protection: 'auth-encrypt',
      keys: () => ({ encryptionKey: keyOf(0, 1), authenticationKey: keyOf(0, 0xa0) }),
      counters,
    },
  };
}

const rows = async ({ client }: Awaited<ReturnType<typeof openSession>>) =>
  (await client.readProfile(await client.describeProfile(LOAD_PROFILE))).rows;
const register = { classId: 3, instance: '1.0.1.8.0.255', attribute: 2 } as const;

function greeting(meter: string | undefined, destination = 103): Buffer {
  const named = [
    { type: 'octet-string', value: Uint8Array.of(0, 0, 96, 1, 0, 255) },
    { type: 'octet-string', value: new TextEncoder().encode(meter) },
  ] as const;
  const apdu = encodeApdu({
    service: 'data-notification',
    invoke: 1,
    dateTime: new Uint8Array(0),
    body: {
      type: 'structure',
      elements: [
        ...(meter === undefined ? [] : named),
        { type: 'octet-string', value: Uint8Array.of(1, 0, 1, 8, 0, 255) },
        { type: 'double-long-unsigned', value: 5 },
      ],
    },
  });
  return Buffer.from(encodeWrapper({ source: 1, destination, apdu }));
}

describe.each(['wrapper', 'hdlc'] as const)('a meter that connects, %s', (framing) => {
  it('is asked who it is, kept, read again and again, and its counter recovered', async () => {
    const { inbound, told, seen } = await headend({ framing: { kind: framing } });
    const socket = await online(inbound.port, gmac, framing);
    await expect.poll(() => seen.length).toBe(1);
    const meter = seen[0]!.slice(1);
    expect(told).toHaveLength(1);
    for (let i = 0; i < 3; i++) {
      expect(
        await runSession(access(inbound, meter, new MemoryCounters(1000 + i * 100)), rows),
      ).toMatchObject({
        ok: true,
        value: 96,
      });
    }
    const stale = await runSession(access(inbound, meter, new MemoryCounters(1)), rows);
    expect(stale).toMatchObject({ ok: true, value: 96 });
    expect(stale.stats.recoveredAbove).toBeGreaterThan(1000);
    expect(inbound.counters).toMatchObject({ connections: 1, meters: 1, unidentified: 0 });
    socket.destroy();
    await expect.poll(() => seen.at(-1)).toBe(`-${meter}`);
    const gone = await runSession(access(inbound, meter), rows);
    expect(gone).toMatchObject({ ok: false, stage: 'connect', error: { code: 'DLMS_METER_OFFLINE' } });
  });
});

describe('a meter that connects', () => {
  it('and sends nothing of use is closed before it is asked, and let in less often', async () => {
    const told: string[] = [];
    const { inbound, refused, seen } = await headend({
      sink: { take: () => {}, refused: ({ error }) => void told.push(error.code) },
      limits: { helloMs: 60_000, perAddressPerS: 1, perAddressBurst: 40 },
    });
    const flood = Buffer.alloc(2 ** 20, Buffer.from('0001000100100000', 'hex'));
    let flooded = 0;
    while (inbound.counters.turnedAway === 0) {
      const socket = createConnection({ port: inbound.port, host: '127.0.0.1' });
      socket.on('error', () => {});
      closing.push(() => socket.destroy());
      socket.write(flood);
      await expect.poll(() => socket.closed).toBe(true);
      expect(++flooded).toBeLessThan(40);
    }
    expect(told.length).toBeLessThanOrEqual(9 * flooded);
    expect(told.at(-1)).toBe('DLMS_PUSH_USELESS');
    expect(refused[0]).toBe('DLMS_METER_UNIDENTIFIED');
    expect(seen).toEqual([]);
  });

  it('waits for the sink before it is known who it is', async () => {
    let taken = 0;
    let open = (): void => {};
    let timer: NodeJS.Timeout | undefined;
    const { inbound } = await headend({
      ...{ ask: false, limits: { identifyMs: 60_000 } },
      sink: {
        take: (pushes) => {
          taken += pushes.length;
          return new Promise<void>((resolve) => {
            open = resolve;
          });
        },
      },
    });
    const socket = createConnection({ port: inbound.port, host: '127.0.0.1' });
    socket.on('error', () => {});
    closing.push(() => socket.destroy());
    const nameless = greeting(undefined);
    closing.push(() => clearInterval(timer));
    closing.push(() => open());
    for (let i = 0; i < 20; i++) socket.write(Buffer.concat(Array(400).fill(nameless)));
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(taken).toBeGreaterThan(0);
    // one read of the socket at most
    expect(taken).toBeLessThan(3_000);
    timer = setInterval(() => open(), 1);
    await expect.poll(() => taken, { timeout: 10_000 }).toBe(8_000);
  });

  it('is known by what it pushes first, and what it pushes later is taken', async () => {
    const { inbound, seen, received } = await headend({ ask: false });
    const socket = await online(inbound.port, gmac);
    socket.write(greeting('OA1000001'));
    await expect.poll(() => seen).toEqual(['+OA1000001']);
    const session = await openSession(access(inbound, 'OA1000001'));
    socket.write(greeting('OA1000001'));
    // to the address of the client, where an answer is due
    socket.write(greeting('OA1000001', 1));
    expect(await session.client.get(register)).toMatchObject({ value: 12_345 });
    await session.close();
    socket.write(greeting('OA1000001'));
    await expect.poll(() => received.length).toBe(4);
    expect(received.map(({ push }) => push?.meter)).toEqual(Array(4).fill('OA1000001'));
  });

  it('pushes no faster than the sink takes, and can be read meanwhile', async () => {
    const gates: (() => void)[] = [];
    let taken = 0;
    const { inbound, seen } = await headend({
      ask: false,
      sink: {
        take: (pushes) => {
          taken += pushes.length;
          return new Promise<void>((resolve) => gates.push(resolve));
        },
      },
    });
    const socket = await online(inbound.port, gmac);
    socket.write(greeting('OA1000001'));
    await expect.poll(() => seen.length).toBe(1);
    for (let i = 0; i < 20; i++) socket.write(Buffer.concat(Array(200).fill(greeting('OA1000001'))));
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(taken).toBeLessThan(2_000);
    const timer = setInterval(() => {
      for (const open of gates.splice(0)) open();
    }, 1);
    closing.push(() => clearInterval(timer));
    await expect.poll(() => taken, { timeout: 10_000 }).toBe(4_001);
    const outcome = await runSession(access(inbound, 'OA1000001'), ({ client }) => client.get(register));
    expect(outcome).toMatchObject({ ok: true, value: { value: 12_345 } });
    socket.write(greeting('OA1000001'));
    await expect.poll(() => taken).toBe(4_002);
    socket.destroy();
    await expect.poll(() => inbound.isOnline('OA1000001')).toBe(false);
  });

  it('has one association at a time: the others wait their turn', async () => {
    const { inbound, seen } = await headend();
    await online(inbound.port, gmac);
    await expect.poll(() => seen.length).toBe(1);
    const meter = seen[0]!.slice(1);
    const counters = new MemoryCounters(1000);
    let under = 0;
    let most = 0;
    const outcomes = await Promise.all(
      Array.from({ length: 8 }, () =>
        runSession(access(inbound, meter, counters), async (session) => {
          most = Math.max(most, ++under);
          const value = await session.client.get(register);
          under--;
          return value;
        }),
      ),
    );
    expect(outcomes.every(({ ok }) => ok)).toBe(true);
    expect(most).toBe(1);
  });

  it('refuses more waiting associations than the limit, and lets one give up', async () => {
    const { inbound, seen } = await headend({ limits: { waiting: 1 } });
    await online(inbound.port, gmac);
    await expect.poll(() => seen.length).toBe(1);
    const meter = seen[0]!.slice(1);
    const counters = new MemoryCounters(1000);
    const held = await openSession(access(inbound, meter, counters));
    const abort = new AbortController();
    const waiting = runSession(access(inbound, meter, counters), rows, { signal: abort.signal });
    await new Promise((resolve) => setImmediate(resolve));
    const third = await runSession(access(inbound, meter, counters), rows);
    expect(third).toMatchObject({ ok: false, error: { code: 'DLMS_METER_BUSY' } });
    abort.abort();
    expect(await waiting).toMatchObject({ ok: false, stage: 'connect', error: { code: 'DLMS_CLOSED' } });
    await held.close();
    expect(await runSession(access(inbound, meter, counters), rows)).toMatchObject({ ok: true });
  });

  it('takes the place of its older connection', async () => {
    const { inbound, seen } = await headend();
    const first = await online(inbound.port, gmac);
    await expect.poll(() => seen.length).toBe(1);
    const meter = seen[0]!.slice(1);
    await online(inbound.port, gmac);
    await expect.poll(() => first.closed).toBe(true);
    expect(inbound.counters.meters).toBe(1);
    expect(await runSession(access(inbound, meter), rows)).toMatchObject({ ok: true });
    expect(seen).toEqual([`+${meter}`]);
  });

  it('dies in the middle of a session: the session fails, the meter is offline', async () => {
    const { inbound, seen } = await headend();
    const socket = await online(inbound.port, gmac);
    await expect.poll(() => seen.length).toBe(1);
    const meter = seen[0]!.slice(1);
    const outcome = await runSession(access(inbound, meter), async ({ client }) => {
      socket.destroy();
      return await client.get(register);
    });
    expect(outcome).toMatchObject({ ok: false, stage: 'work', error: { code: 'DLMS_CLOSED' } });
    await expect.poll(() => inbound.isOnline(meter)).toBe(false);
  });

  it('is closed when it is silent, unknown, or not ours', async () => {
    const silent = await headend({ ask: false, limits: { identifyMs: 100 } });
    const plug = async (port: number): Promise<Socket> => {
      const socket = createConnection({ port, host: '127.0.0.1' });
      socket.on('error', () => {});
      socket.resume();
      closing.push(() => socket.destroy());
      await new Promise((resolve) => socket.once('connect', resolve));
      return socket;
    };
    const first = await plug(silent.inbound.port);
    await expect.poll(() => first.closed).toBe(true);
    expect(silent.refused).toEqual(['DLMS_METER_UNIDENTIFIED']);
    const deaf = await headend({ limits: { identifyMs: 200 } });
    const second = await plug(deaf.inbound.port);
    await expect.poll(() => second.closed).toBe(true);
    await expect.poll(() => deaf.refused.length).toBe(1);
    const strange = await headend({ resolve: () => undefined });
    const third = await online(strange.inbound.port, gmac);
    await expect.poll(() => third.closed).toBe(true);
    expect(strange.refused).toEqual(['DLMS_METER_UNIDENTIFIED']);
    expect(strange.inbound.counters).toMatchObject({ connections: 0, meters: 0, unidentified: 0 });
  });

  it('is turned away beyond the limit of those not identified', async () => {
    const { inbound } = await headend({ limits: { unidentified: 2, helloMs: 5_000 } });
    const sockets: Socket[] = [];
    for (let i = 0; i < 4; i++) sockets.push(await online(inbound.port));
    await expect.poll(() => sockets.filter(({ closed }) => closed).length).toBe(2);
    expect(inbound.counters).toMatchObject({ turnedAway: 2, unidentified: 2 });
  });
});
