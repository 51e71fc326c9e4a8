import { createConnection, createServer } from 'node:net';
import {
  type Authentication,
  encodeApdu,
  type MeterProfile,
  type ProtectionName,
  type SecuritySuite,
} from '@openami/wire/dlms';
import { afterEach, describe, expect, it } from 'vitest';
import { MemoryCounters } from '../../src/dlms/counters.ts';
import { type Framing, type LinkSource, outbound } from '../../src/dlms/endpoint.ts';
import type { LinkLimits } from '../../src/dlms/limits.ts';
import { SerialLines } from '../../src/dlms/serial-lines.ts';
import { logKeys, type MeterAccess, type openSession, runSession } from '../../src/dlms/session.ts';
import { SessionLog } from '../../src/dlms/session-log.ts';
import {
  clientTitle,
  keyOf,
  type Listening,
  LOAD_PROFILE,
  listen,
  type MeterFraming,
  type MeterSetting,
  meterOf,
  SECRET,
  START_S,
  text,
} from '../helpers/dlms-meter.ts';

const open: Listening[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

const framings: Readonly<Record<MeterFraming, Framing>> = {
  wrapper: { kind: 'wrapper' },
  hdlc: { kind: 'hdlc' },
  'mode-e': { kind: 'hdlc', modeE: {}, physical: 17 },
};

async function meter(framing: MeterFraming, setting: MeterSetting = {}, limits: Partial<LinkLimits> = {}) {
  const listening = await listen(meterOf(setting), framing);
  open.push(listening);
  const { port } = listening;
  return {
    listening,
    source: outbound({ network: 'tcp', host: '127.0.0.1', port, framing: framings[framing] }, limits),
  };
}

function access(
  source: LinkSource,
  authentication: Authentication = { mechanism: 'none' },
  ciphering?: {
    suite?: SecuritySuite;
    protection: ProtectionName;
    counters?: MemoryCounters;
    key?: Uint8Array;
  },
  profile?: Partial<MeterProfile>,
): MeterAccess {
  const { suite = 0, protection = 'none', counters = new MemoryCounters(1000), key } = ciphering ?? {};
  return {
    source,
    addresses: { client: authentication.mechanism === 'none' ? 16 : 1, server: 1 },
    authentication,
    systemTitle: clientTitle,
    profile,
    ciphering: ciphering && {
      suite,
      protection,
      keys: () => ({ encryptionKey: key ?? keyOf(suite, 1), authenticationKey: keyOf(suite, 0xa0) }),
      counters,
    },
  };
}

const day = { fromS: START_S, toS: START_S + 86_400 };
const readDay = async (session: Awaited<ReturnType<typeof openSession>>) => {
  const description = await session.client.describeProfile(LOAD_PROFILE);
  return await session.client.readProfile(description, day);
};

describe.each(['wrapper', 'hdlc', 'mode-e'] as const)('a session over %s', (framing) => {
  it.each([
    [{ mechanism: 'none' }, undefined],
    [{ mechanism: 'lls', password: text(SECRET) }, undefined],
    [{ mechanism: 'hls-sha256', secret: text(SECRET) }, undefined],
    [{ mechanism: 'hls-gmac' }, { protection: 'auth-encrypt' }],
    [{ mechanism: 'hls-gmac' }, { protection: 'auth-encrypt', suite: 2 }],
  ] as const)('reads a day with %j, %j', async (authentication, ciphering) => {
    const { source } = await meter(framing, {
      mechanism: authentication.mechanism,
      suite: ciphering !== undefined && 'suite' in ciphering ? ciphering.suite : 0,
      policy: ciphering?.protection,
    });
    // the public client may not see the profile of this meter
    const outcome = await runSession(access(source, authentication, ciphering), async (session) =>
      authentication.mechanism === 'none'
        ? (await session.client.listObjects()).length
        : (await readDay(session)).rows,
    );
    expect(outcome).toMatchObject({ ok: true });
    if (!outcome.ok) return;
    if (authentication.mechanism === 'none') expect(outcome.value).toBeGreaterThan(3);
    else expect(outcome.value).toBe(96);
    expect(outcome.stats.bytesReceived).toBeGreaterThan(100);
  });
});

describe('a stale invocation counter', () => {
  it.each(['wrapper', 'hdlc'] as const)(
    'is recovered from through the public client over %s',
    async (framing) => {
      const { source, listening } = await meter(framing, { mechanism: 'hls-gmac', policy: 'auth-encrypt' });
      const gmac: Authentication = { mechanism: 'hls-gmac' };
      const first = await runSession(
        access(source, gmac, { protection: 'auth-encrypt', counters: new MemoryCounters(5000) }),
        readDay,
      );
      expect(first.ok).toBe(true);
      const counters = new MemoryCounters(1);
      const again = await runSession(access(source, gmac, { protection: 'auth-encrypt', counters }), readDay);
      expect(again).toMatchObject({ ok: true, value: { rows: 96 } });
      expect(again.stats.recoveredAbove).toBeGreaterThanOrEqual(5000);
      expect(counters.next).toBeGreaterThan(5000);
      const before = listening.connections();
      const third = await runSession(access(source, gmac, { protection: 'auth-encrypt', counters }), readDay);
      expect(third.stats.recoveredAbove).toBeUndefined();
      expect(listening.connections() - before).toBe(1);
    },
  );

  it('is not taken for the reason when the key is wrong', async () => {
    const { source } = await meter('wrapper', { mechanism: 'hls-gmac', policy: 'auth-encrypt' });
    const wrong = { protection: 'auth-encrypt', key: keyOf(0, 77) } as const;
    const outcome = await runSession(access(source, { mechanism: 'hls-gmac' }, wrong), readDay);
    expect(outcome).toMatchObject({ ok: false, stage: 'associate', error: { fault: 'peer' } });
    expect(outcome.stats.recoveredAbove).toBeUndefined();
  });
});

describe('how a session ends', () => {
  it('tells the stage and the fault', async () => {
    const wrong = await meter('wrapper', { mechanism: 'lls' });
    expect(
      await runSession(access(wrong.source, { mechanism: 'lls', password: text('no') }), readDay),
    ).toMatchObject({ ok: false, stage: 'associate', error: { code: 'DLMS_AUTHENTICATION_REFUSED' } });
    const port = wrong.listening.port;
    await wrong.listening.close();
    const gone = outbound({ network: 'tcp', host: '127.0.0.1', port, framing: { kind: 'wrapper' } });
    expect(await runSession(access(gone), readDay)).toMatchObject({
      ok: false,
      stage: 'connect',
      error: { code: 'DLMS_UNREACHABLE' },
    });
    const { source } = await meter('hdlc');
    const outcome = await runSession(access(source), ({ client }) =>
      client.get({ classId: 3, instance: '9.9.9.9.9.9', attribute: 2 }),
    );
    expect(outcome).toMatchObject({ ok: false, stage: 'work', error: { code: 'DLMS_OBJECT_UNDEFINED' } });
  });

  it('gives up at the signal', async () => {
    const { source } = await meter('hdlc');
    const abort = new AbortController();
    const outcome = await runSession(
      access(source),
      async ({ client }) => {
        abort.abort();
        return await client.listObjects(abort.signal);
      },
      { signal: abort.signal },
    );
    expect(outcome).toMatchObject({ ok: false, stage: 'work', error: { code: 'DLMS_CLOSED' } });
  });

  it('lets go of the meter and its line when the program itself fails', async () => {
    const { source } = await meter('hdlc');
    const line = new SerialLines({ waitMs: 500, waiting: 1 }).over('line', source);
    const broken = runSession(access(line), async () => {
      throw new TypeError('a fault of the program');
    });
    await expect(broken).rejects.toThrow('a fault of the program');
    expect(await runSession(access(line), async () => 'read')).toMatchObject({ ok: true });
  });

  it('finds that the transport is another one, in time', async () => {
    const { listening } = await meter('wrapper');
    const framing = { kind: 'hdlc', repeatMs: 50, repeats: 1 } as const;
    const source = outbound({ network: 'tcp', host: '127.0.0.1', port: listening.port, framing });
    expect(await runSession(access(source), readDay)).toMatchObject({
      ok: false,
      error: { code: 'DLMS_LINK_TIMEOUT', fault: 'timeout' },
    });
  });
});

describe('a meter that never answers a release', () => {
  it('costs three seconds, not the time of an answer, and the work counts', async () => {
    const { listening } = await meter('wrapper');
    const proxy = createServer((client) => {
      const up = createConnection({ port: listening.port, host: '127.0.0.1' });
      client.on('error', () => up.destroy()).on('close', () => up.destroy());
      up.on('error', () => client.destroy());
      up.pipe(client);
      // RLRQ goes nowhere
      client.on('data', (chunk) => chunk[8] !== 0x62 && up.write(chunk));
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const { port } = proxy.address() as { port: number };
    const source = outbound({ network: 'tcp', host: '127.0.0.1', port, framing: { kind: 'wrapper' } });
    const outcome = await runSession(
      access(source),
      async ({ client }) => (await client.listObjects()).length,
    );
    expect(outcome).toMatchObject({ ok: true });
    expect(outcome.stats.durationMs).toBeLessThan(6_000);
    proxy.close();
  });
});

describe('the log of a session', () => {
  it('shows protected APDUs in words, and no secret', async () => {
    const { source } = await meter('wrapper', { mechanism: 'hls-gmac', policy: 'auth-encrypt' });
    const dedicated = access(
      source,
      { mechanism: 'hls-gmac' },
      { protection: 'auth-encrypt' },
      { dedicatedKey: true },
    );
    const log = new SessionLog();
    const outcome = await runSession(
      dedicated,
      async ({ client }) => await client.get({ classId: 3, instance: '1.0.1.8.0.255', attribute: 2 }),
      { log },
    );
    expect(outcome).toMatchObject({ ok: true, value: { value: 12_345 } });
    const lines = log.lines(await logKeys(dedicated));
    const shown = JSON.stringify(lines);
    expect(shown).toContain('active energy import');
    expect(shown).toContain('12345');
    expect(shown).not.toContain('no key opens it');
    expect(shown).not.toContain(Buffer.from(keyOf(0, 1)).toString('hex'));
    expect(JSON.stringify(log.lines())).toContain('no key opens it');
  });

  it('hides a password that is sent or set', () => {
    const log = new SessionLog();
    const secret = text('open sesame');
    const hex = Buffer.from(secret).toString('hex');
    log.said(
      'client',
      encodeApdu({
        service: 'aarq',
        contextName: 'logical-name',
        mechanismName: 'lls',
        authenticationValue: { kind: 'charstring', value: secret },
      }),
      0,
    );
    log.said(
      'client',
      encodeApdu({
        service: 'set-request',
        kind: 'normal',
        invoke: 0xc1,
        attribute: { classId: 15, instance: '0.0.40.0.0.255', attribute: 7 },
        value: { type: 'octet-string', value: secret },
      }),
      1,
    );
    const shown = JSON.stringify(log.lines());
    expect(shown).not.toContain(hex);
    expect(shown).not.toContain('sesame');
    expect(shown).toContain('(not shown)');
  });

  it('is bounded, and keeps the beginning and the end', () => {
    const log = new SessionLog({ maxEntries: 100, maxBytes: 10_000 });
    for (let i = 0; i < 5_000; i++) log.note(`note ${i}`, i);
    const lines = log.lines();
    expect(lines.length).toBeLessThan(150);
    expect(lines[0]!.text).toBe('note 0');
    expect(lines.at(-1)!.text).toBe('note 4999');
    expect(log.dropped + lines.length - 1).toBe(5_000);
  });
});
