/** OpenAMI and the Gurux DLMS libraries, each as the other's peer. */
import type { Authentication } from '@openami/wire/dlms';
import { cipherKey, nobleCrypto } from '@openami/wire/dlms';
import { afterAll, describe, expect, it } from 'vitest';
import { MemoryCounters } from '../../src/dlms/counters.ts';
import { type Framing, outbound } from '../../src/dlms/endpoint.ts';
import type { ReceivedPush } from '../../src/dlms/push-intake.ts';
import { startPushListener } from '../../src/dlms/push-listener.ts';
import { type MeterAccess, runSession } from '../../src/dlms/session.ts';
import {
  clientTitle,
  keyOf,
  LOAD_PROFILE,
  listen,
  type MeterFraming,
  meterOf,
  SECRET,
  START_S,
  text,
} from '../helpers/dlms-meter.ts';
import { sendersOf, senderWith } from '../helpers/push-senders.ts';
import { installJava, installPython, type JavaLink, type JavaMeter, removeOthers } from './others.ts';

const [python, java] = [await installPython(), await installJava()];
// what comes after all tests does not come when all are skipped
if (python === undefined && java === undefined) await removeOthers();
afterAll(removeOthers);

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const unhex = (digits: string): Uint8Array => Uint8Array.from(Buffer.from(digits, 'hex'));

describe.skipIf(java === undefined)('our client reads their meter', () => {
  const guek = unhex('000102030405060708090a0b0c0d0e0f');
  const gak = unhex('d0d1d2d3d4d5d6d7d8d9dadbdcdddedf');
  const firstRowS = 1_764_547_200;
  const meters = new Map<string, Promise<JavaMeter>>();
  const meter = (link: JavaLink, shortNames = false): Promise<JavaMeter> => {
    const name = `${link} ${shortNames}`;
    if (!meters.has(name)) meters.set(name, java!.meter(link, 100, shortNames));
    return meters.get(name)!;
  };
  afterAll(async () => {
    for (const one of meters.values()) (await one).stop();
  });

  const links = [
    ['WRAPPER', { kind: 'wrapper' }],
    ['HDLC', { kind: 'hdlc' }],
    ['HDLC_WITH_MODE_E', { kind: 'hdlc', modeE: {} }],
  ] as const satisfies readonly (readonly [string, Framing])[];
  const mechanisms: readonly (readonly [number, Authentication])[] = [
    [16, { mechanism: 'none' }],
    [17, { mechanism: 'lls', password: text('secret12secret12') }],
    [18, { mechanism: 'hls-md5', secret: text('secret12secret12') }],
    [19, { mechanism: 'hls-sha256', secret: text('secret12secret12') }],
    [20, { mechanism: 'hls', secret: text('secret12secret12') }],
    [21, { mechanism: 'hls-sha1', secret: text('secret12secret12') }],
    [1, { mechanism: 'hls-gmac' }],
  ];

  for (const [link, framing] of links) {
    it.each(mechanisms)(`${link}, client %i, %j`, async (client, authentication) => {
      const { port } = await meter(link);
      const access: MeterAccess = {
        source: outbound({ network: 'tcp', host: '127.0.0.1', port, framing }),
        addresses: { client, server: 1 },
        authentication,
        systemTitle: clientTitle,
        ciphering:
          authentication.mechanism === 'hls-gmac'
            ? {
                suite: 0,
                protection: 'auth-encrypt',
                keys: () => ({ encryptionKey: guek, authenticationKey: gak }),
                // the meter has seen 100
                counters: new MemoryCounters(1),
              }
            : undefined,
      };
      const outcome = await runSession(access, async ({ client: talk }) => {
        const objects = await talk.listObjects();
        const value = await talk.get({ classId: 3, instance: '1.0.1.8.0.255', attribute: 2 });
        const description = await talk.describeProfile(LOAD_PROFILE);
        const range = { fromS: firstRowS + 10 * 900, toS: firstRowS + 19 * 900 };
        const part = await talk.readProfile(description, range);
        const all = await talk.readProfile(description);
        return { objects: objects.length, value, part, all: all.rows };
      });
      expect(outcome).toMatchObject({
        ok: true,
        value: { value: { value: 123_456 }, part: { rows: 10 }, all: 192 },
      });
      if (!outcome.ok) return;
      const { part, objects } = outcome.value;
      expect(objects).toBeGreaterThan(7);
      expect([...part.timeS]).toEqual(Array.from({ length: 10 }, (_, i) => firstRowS + (10 + i) * 900));
      expect([...part.columns[1]!.raw]).toEqual(Array.from({ length: 10 }, (_, i) => 1_000 + (10 + i) * 10));
      expect([...part.columns[2]!.raw]).toEqual(Array.from({ length: 10 }, (_, i) => 510 + i));
      // a counter that is refused is recovered from through the public client
      if (authentication.mechanism === 'hls-gmac') {
        expect(outcome.stats.recoveredAbove).toBeGreaterThanOrEqual(100);
      } else expect(outcome.stats.recoveredAbove).toBeUndefined();
    });
  }

  for (const [link, framing] of links) {
    it.each([
      [16, { mechanism: 'none' }],
      [17, { mechanism: 'lls', password: text('secret12secret12') }],
    ] as const)(`${link} with short names, client %i, %j`, async (client, authentication) => {
      const { port } = await meter(link, true);
      const access: MeterAccess = {
        source: outbound({ network: 'tcp', host: '127.0.0.1', port, framing }),
        addresses: { client, server: 1 },
        referencing: 'short-name',
        authentication,
      };
      const outcome = await runSession(access, async ({ client: talk }) => {
        const value = await talk.get({ classId: 3, instance: '1.0.1.8.0.255', attribute: 2 });
        const description = await talk.describeProfile(LOAD_PROFILE);
        const range = { fromS: firstRowS + 10 * 900, toS: firstRowS + 19 * 900 };
        return { value, part: await talk.readProfile(description, range) };
      });
      expect(outcome).toMatchObject({ ok: true, value: { value: { value: 123_456 }, part: { rows: 10 } } });
    });
  }
});

describe.skipIf(python === undefined)('their client reads our meter', () => {
  const mechanisms = [
    ['NONE', 'none'],
    ['LOW', 'lls'],
    ['HIGH_MD5', 'hls-md5'],
    ['HIGH_SHA1', 'hls-sha1'],
    ['HIGH_SHA256', 'hls-sha256'],
    ['HIGH_GMAC', 'hls-gmac'],
  ] as const;
  const framings: readonly MeterFraming[] = ['wrapper', 'hdlc', 'mode-e'];

  for (const framing of framings) {
    it.each(mechanisms)(`${framing}, %s`, async (authentication, mechanism) => {
      const isCiphered = mechanism === 'hls-gmac';
      const meter = await listen(
        meterOf({ mechanism, policy: isCiphered ? 'auth-encrypt' : 'none' }),
        framing,
      );
      try {
        const read = await python!.json('gurux_client.py', {
          framing,
          port: meter.port,
          client: mechanism === 'none' ? 16 : 1,
          authentication,
          ...(mechanism === 'none' || isCiphered ? {} : { password: SECRET }),
          ...(isCiphered
            ? { systemTitle: hex(clientTitle), guek: hex(keyOf(0, 1)), gak: hex(keyOf(0, 0xa0)), counter: 10 }
            : {}),
          fromS: START_S + 900,
          toS: START_S + 3_600,
        });
        expect(read.objects).toBeGreaterThan(5);
        if (framing === 'mode-e') expect(read.identification).toBe('/OAM5\\2SIM');
        if (mechanism === 'none') return;
        expect(read).toMatchObject({ register: 12_345, unit: 30, all: 96 });
        expect(read.rows).toEqual(Array.from({ length: 4 }, (_, i) => [i, 1_000 + i * 7, 50 + i * 3]));
      } finally {
        await meter.close();
      }
    });
  }
});

describe.skipIf(python === undefined)('we receive their push', () => {
  const title = '4755520000000001';
  it.each([
    ['wrapper', false, false],
    ['wrapper', false, true],
    ['wrapper', true, true],
    ['hdlc', false, false],
    ['hdlc', false, true],
  ] as const)('%s, UDP %s, ciphered %s', async (framing, udp, isCiphered) => {
    const received: ReceivedPush[] = [];
    const key = cipherKey(nobleCrypto, 0, keyOf(0, 1), keyOf(0, 0xa0));
    const listener = await startPushListener({
      host: '127.0.0.1',
      tcpPort: 0,
      udpPort: 0,
      clock: { nowMs: () => START_S * 1000 },
      senders: sendersOf(Buffer.from(title, 'hex'), senderWith(key)),
      sink: { take: (pushes) => void received.push(...pushes) },
    });
    try {
      await python!.json('gurux_push.py', {
        framing,
        udp,
        port: udp ? listener.udpPort : listener.tcpPort,
        ...(isCiphered ? { systemTitle: title, guek: hex(keyOf(0, 1)), gak: hex(keyOf(0, 0xa0)) } : {}),
      });
      await expect.poll(() => received.length, { timeout: 10_000 }).toBe(1);
      const [{ push, systemTitle, opened }] = received as [ReceivedPush];
      expect(push).toMatchObject({ meter: 'OA1000001' });
      expect(push?.readings).toContainEqual(
        expect.objectContaining({ obis: '1.0.1.8.0.255', value: 123_456 }),
      );
      expect(systemTitle).toBe(isCiphered ? title : undefined);
      expect(opened.protections.every(({ verified }) => verified)).toBe(true);
    } finally {
      await listener.close();
    }
  });
});
