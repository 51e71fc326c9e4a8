/** Simulated meters read by the head-end's own sessions over real sockets: what comes back is the world's truth. */
import {
  InboundMeters,
  MemoryCounters,
  type MeterAccess,
  type MeterSession,
  openSession,
  type PushSender,
  PushSenders,
  type ReceivedPush,
  runSession,
  startPushListener,
} from '@openami/headend';
import { ManualClock } from '@openami/model';
import {
  buildWorld,
  type DlmsEndpoint,
  DlmsFleet,
  type DlmsFleetOptions,
  type DlmsFleetShape,
  type DlmsMeterPlan,
  demoDlmsFleet,
  loadProfile,
  type MeterFault,
  Metering,
  planDlmsFleet,
  relayInstance,
  WorldMeasurements,
} from '@openami/sim';
import { cipherKey, imageStates, nobleCrypto, type SecuritySuite } from '@openami/wire/dlms';
import { afterEach, describe, expect, it } from 'vitest';
import { accessOfEndpoint } from '../src/dlms/access.ts';

const world = buildWorld({ seed: 7, usagePoints: 60, historyDays: 3, start: '2026-03-27' });
/** Noon of the day after history: 29 March was a day of 23 hours. */
const nowS = world.days.start(world.endDay) + 43_200;
const dayStartS = world.days.start(world.endDay - 1);
const dayEndS = world.days.start(world.endDay);

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function fleetOf(
  plans: readonly DlmsMeterPlan[],
  options: Partial<DlmsFleetOptions> = {},
): Promise<DlmsFleet> {
  const fleet = new DlmsFleet({
    meters: plans,
    measurements: new WorldMeasurements(world),
    clock: new ManualClock(nowS * 1000),
    seed: world.seed,
    ...options,
  });
  closing.push(() => fleet.stop());
  await fleet.start();
  return fleet;
}

function access(endpoint: DlmsEndpoint, counters = new MemoryCounters(1000)): MeterAccess {
  return accessOfEndpoint(endpoint, { counters, limits: { quietMs: 1_500, answerMs: 5_000 } });
}

const readDay = async ({ client }: MeterSession) => {
  const description = await client.describeProfile(loadProfile);
  return await client.readProfile(description, { fromS: dayStartS + 900, toS: dayEndS });
};

/** What the world's meters counted in the last day of history, by serial: import and export of each slot. */
function truth(): Map<string, { import: number[]; export: number[] }> {
  const metering = new Metering(world);
  let book = metering.nextDay();
  while (metering.day < world.endDay) book = metering.nextDay();
  const found = new Map<string, { import: number[]; export: number[] }>();
  for (const meter of world.meters) {
    const of = (alias: string): number[] => {
      const index = meter.channels.find((one) => world.channels[one]!.kind.alias === alias);
      if (index === undefined) return [];
      return [...book.counts.subarray(book.first[index]!, book.first[index]! + book.length[index]!)];
    };
    found.set(meter.serial, { import: of('import'), export: of('export') });
  }
  return found;
}

const mixed: readonly DlmsFleetShape[] = [
  { meters: 6, suite: 'mixed' },
  { meters: 8, ownPorts: 2, gateways: 2, transport: 'mixed', suite: 'mixed' },
  { meters: 3, ownPorts: 0, transport: 'hdlc', suite: 1 },
  { meters: 2, transport: 'hdlc', suite: 2 },
  { meters: 2, network: 'udp' },
  { meters: 2, mechanism: 'hls-ecdsa', suite: 1 },
  { meters: 2, mechanism: 'hls-sha256', policy: 'none' },
  { meters: 2, mechanism: 'lls', policy: 'none' },
];

describe('a fleet read by the head-end', () => {
  it.each(mixed)('gives what the world measured: %j', async (shape) => {
    const fleet = await fleetOf(planDlmsFleet(world, shape));
    const expected = truth();
    const outcomes = await Promise.all(
      fleet.endpoints.map(
        async (endpoint) => [endpoint.serial, await runSession(access(endpoint), readDay)] as const,
      ),
    );
    expect(outcomes).toHaveLength(shape.meters!);
    for (const [serial, outcome] of outcomes) {
      const measured = expected.get(serial)!.import;
      if (measured.every(Number.isNaN)) {
        // a meter that is dead by then does not answer
        expect(outcome).toMatchObject({
          ok: false,
          error: { fault: expect.stringMatching(/closed|timeout/) },
        });
        continue;
      }
      if (!outcome.ok) throw outcome.error;
      const { rows, columns, timeS } = outcome.value;
      expect(rows).toBe(92);
      expect([timeS[0], timeS.at(-1)]).toEqual([dayStartS + 900, dayEndS]);
      expect([...columns[2]!.raw]).toEqual(measured);
      const exported = expected.get(serial)!.export;
      expect([...columns[3]!.raw]).toEqual(exported.length > 0 ? exported : Array(92).fill(Number.NaN));
    }
    expect(outcomes.some(([, outcome]) => outcome.ok && outcome.value.rows === 92)).toBe(true);
  });

  it('shows registers that rise by what the profile has', async () => {
    const fleet = await fleetOf(planDlmsFleet(world, { meters: 1 }));
    const [endpoint] = fleet.endpoints;
    const attribute = { classId: 3, instance: '1.0.1.8.0.255', attribute: 2 };
    const outcome = await runSession(access(endpoint!), async (session) => {
      const { value } = (await session.client.get(attribute)) as { value: number };
      const daily = await session.client.describeProfile('1.0.99.2.0.255');
      const midnights = await session.client.readProfile(daily, { fromS: dayEndS, toS: dayEndS });
      const description = await session.client.describeProfile(loadProfile);
      const today = await session.client.readProfile(description, { fromS: dayEndS + 900, toS: nowS });
      return { value, midnight: midnights.columns[2]!.raw[0]!, today: [...today.columns[2]!.raw] };
    });
    if (!outcome.ok) throw outcome.error;
    const { value, midnight, today } = outcome.value;
    expect(today).toHaveLength(48);
    expect(value).toBe(midnight + today.reduce((sum, one) => sum + one, 0));
  });

  it('is what the demo world becomes', async () => {
    const fleet = demoDlmsFleet({
      world,
      clock: new ManualClock(nowS * 1000),
      shape: { ownPorts: 4, gateways: 2 },
    });
    closing.push(() => fleet.stop());
    await fleet.start();
    expect(fleet.endpoints.length).toBeGreaterThan(30);
    expect(new Set(fleet.endpoints.map(({ suite }) => suite))).toEqual(new Set([0, 1, 2]));
    const { reach } = fleet.endpoints.at(-1)!;
    expect(reach).toMatchObject({ kind: 'listens', isGateway: true });
    const outcome = await runSession(access(fleet.endpoints.at(-1)!), readDay);
    expect(outcome).toMatchObject({ ok: true, value: { rows: 92 } });
  });
});

describe('meters that speak first', () => {
  const sendersOf = (fleet: () => DlmsFleet | undefined) => {
    const bytes = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'));
    const senderOf = ({ serial, suite, guek, gak }: DlmsEndpoint, meterId: number): PushSender => {
      const cipher = cipherKey(nobleCrypto, suite as SecuritySuite, bytes(guek), bytes(gak));
      const mark = { key: { meterId, kind: 'guek' as const, version: 1 }, last: -1 };
      return {
        ...{ device: serial, meterId, commodity: 'electricity', protection: 'auth-encrypt', broadcast: [] },
        unicast: [{ cipher, mark }],
      };
    };
    return new PushSenders({
      load: async (names) =>
        new Map(
          fleet()!
            .endpoints.map((one, i) => [one.systemTitle, senderOf(one, i + 1)] as const)
            .filter(([name]) => names.includes(name)),
        ),
    });
  };

  it.each(['wrapper', 'hdlc'] as const)(
    'connect over %s, say who they are, are read and read again',
    async (transport) => {
      const clock = new ManualClock(nowS * 1000);
      let fleet: DlmsFleet | undefined;
      const heard: ReceivedPush[] = [];
      const inbound = new InboundMeters({
        host: '127.0.0.1',
        port: 0,
        framing: { kind: transport },
        clock,
        sink: { take: (pushes) => void heard.push(...pushes) },
        senders: sendersOf(() => fleet),
        resolve: ({ systemTitle, meter }) =>
          fleet!.endpoints.find((one) => one.systemTitle === systemTitle || one.serial === meter)?.serial,
        limits: { helloMs: 20_000 },
      });
      await inbound.listen();
      closing.push(() => inbound.close());
      const connecting = { meters: 3, host: '127.0.0.1', port: inbound.port };
      const plans = planDlmsFleet(world, { meters: 3, transport, connecting });
      fleet = new DlmsFleet({
        ...{
          meters: plans,
          measurements: new WorldMeasurements(world),
          clock,
          seed: world.seed,
          retryMs: 50,
        },
      });
      closing.push(() => fleet!.stop());
      await fleet.start();
      await until(() => inbound.counters.meters === 3);
      expect(heard.map(({ push }) => push?.meter).sort()).toEqual(plans.map(({ serial }) => serial).sort());
      const counters = new MemoryCounters(1);
      const { serial } = plans[1]!;
      const endpoint = fleet.endpoints[1]!;
      const own = accessOfEndpoint(endpoint, { counters, source: inbound.source(serial) });
      for (let round = 0; round < 2; round++) {
        expect(await runSession(own, readDay)).toMatchObject({ ok: true, value: { rows: 92 } });
      }
      fleet.meter(serial)!.push();
      await until(() => heard.length === 4);
      expect(heard[3]!.push!.readings.find(({ obis }) => obis === '1.0.1.8.0.255')).toMatchObject({
        unit: 'Wh',
      });
      fleet.meter(serial)!.reboot();
      await until(() => !inbound.isOnline(serial));
      await until(() => inbound.isOnline(serial));
      expect(await runSession(own, readDay)).toMatchObject({ ok: true, value: { rows: 92 } });
    },
  );

  it.each([
    ['tcp', 'wrapper'],
    ['tcp', 'hdlc'],
    ['udp', 'wrapper'],
  ] as const)('push over %s in %s frames, and gasp before the power is gone', async (network, transport) => {
    const heard: ReceivedPush[] = [];
    let fleet: DlmsFleet | undefined;
    const listener = await startPushListener({
      host: '127.0.0.1',
      ...(network === 'tcp' ? { tcpPort: 0 } : { udpPort: 0 }),
      clock: new ManualClock(nowS * 1000),
      sink: { take: (pushes) => void heard.push(...pushes) },
      senders: sendersOf(() => fleet),
    });
    closing.push(() => listener.close());
    const push = { host: '127.0.0.1', port: (listener.tcpPort ?? listener.udpPort)!, network };
    fleet = await fleetOf(planDlmsFleet(world, { meters: 5, transport, suite: 'mixed' }), { push });
    await fleet.push(fleet.meters);
    await until(() => heard.length === 5);
    expect(heard.every(({ opened }) => opened.protections[0]!.verified)).toBe(true);
    await fleet.powerDown([fleet.meters[0]!]);
    await until(() => heard.length === 6);
    expect(heard[5]!.push!.readings.find(({ obis }) => obis === '0.0.97.98.1.255')!.value).toBe(1);
    expect(fleet.stats).toMatchObject({ pushesSent: 6, pushesLost: 0 });
    const dark = await runSession(access(fleet.endpoints[0]!), readDay);
    expect(dark).toMatchObject({ ok: false });
    fleet.powerUp([fleet.meters[0]!]);
    expect(await runSession(access(fleet.endpoints[0]!), readDay)).toMatchObject({ ok: true });
    await until(() => heard.length === 7);
    expect(heard[6]!.push!.readings.find(({ obis }) => obis === '0.0.97.98.1.255')!.value).toBe(2);
  });
});

describe('faults by script', () => {
  const one = (fault: MeterFault, shape: DlmsFleetShape = {}) => {
    const plans = planDlmsFleet(world, { meters: 1, ...shape });
    return fleetOf(plans, { faults: [{ meter: plans[0]!.serial, fault }] });
  };
  const fine = { ok: true, value: { rows: 92 } };

  it('a counter that is ahead is recovered from through the public client', async () => {
    const fleet = await one({ kind: 'wrong-counter', seen: 50_000 });
    const counters = new MemoryCounters(7);
    const outcome = await runSession(access(fleet.endpoints[0]!, counters), readDay);
    expect(outcome).toMatchObject({ ...fine, stats: { recoveredAbove: expect.any(Number) } });
    expect(counters.next).toBeGreaterThan(50_000);
    const next = await runSession(access(fleet.endpoints[0]!, counters), readDay);
    expect(next).toMatchObject(fine);
    expect(next.stats.recoveredAbove).toBeUndefined();
  });

  it.each(['wrapper', 'hdlc'] as const)(
    'a reboot in the middle of a transfer closes the session; the next one is whole (%s)',
    async (transport) => {
      for (let afterApdus = 1; afterApdus <= 4; afterApdus++) {
        const fleet = await one({ kind: 'reboot', afterApdus }, { transport });
        const counters = new MemoryCounters(1000);
        const outcome = await runSession(access(fleet.endpoints[0]!, counters), readDay);
        // before the association stands, a meter that hangs up is asked again
        if (!outcome.ok) expect(outcome.error.code).toBe('DLMS_CLOSED');
        expect(outcome.ok).toBe(afterApdus === 4);
        expect(await runSession(access(fleet.endpoints[0]!, counters), readDay)).toMatchObject(fine);
      }
    },
  );

  it.each(['wrapper', 'hdlc'] as const)(
    'silence is a time-out; the next session is whole (%s)',
    async (transport) => {
      const fleet = await one({ kind: 'silent', afterApdus: 2 }, { transport });
      const counters = new MemoryCounters(1000);
      const outcome = await runSession(access(fleet.endpoints[0]!, counters), readDay);
      if (!outcome.ok) expect(['DLMS_TIMEOUT', 'DLMS_LINK_TIMEOUT']).toContain(outcome.error.code);
      expect(outcome.ok).toBe(false);
      expect(await runSession(access(fleet.endpoints[0]!, counters), readDay)).toMatchObject(fine);
    },
  );

  it('a wrong key is told as one', async () => {
    const fleet = await one({ kind: 'wrong-key' });
    const outcome = await runSession(access(fleet.endpoints[0]!), readDay);
    expect(outcome).toMatchObject({ ok: false, error: { code: 'DLMS_DECIPHERING_REFUSED' } });
  });

  it('a clock that jumped shows in its time', async () => {
    const fleet = await one({ kind: 'clock-jump', atS: nowS - 60, byS: 7_200 });
    const clock = { classId: 8, instance: '0.0.1.0.0.255', attribute: 2 };
    const outcome = await runSession(access(fleet.endpoints[0]!), ({ client }) => client.get(clock));
    if (!outcome.ok) throw outcome.error;
    const { value } = outcome.value as { value: Uint8Array };
    // 14:00 summer time
    expect([...value.subarray(5, 8)]).toEqual([14, 0, 0]);
  });

  it('a stuck relay says it moved and is read back as it was', async () => {
    const fleet = await one({ kind: 'relay-stuck' });
    const relay = { classId: 70, instance: relayInstance };
    const disconnect = async ({ client }: MeterSession) => {
      await client.invoke({ ...relay, method: 1 }, { type: 'integer', value: 0 });
      return await client.get({ ...relay, attribute: 2 });
    };
    const stuck = await runSession(access(fleet.endpoints[0]!), disconnect);
    expect(stuck).toMatchObject({ ok: true, value: { type: 'boolean', value: true } });
    const sound = await fleetOf(planDlmsFleet(world, { meters: 1 }));
    const moved = await runSession(access(sound.endpoints[0]!), disconnect);
    expect(moved).toMatchObject({ ok: true, value: { type: 'boolean', value: false } });
  });

  it('refused firmware ends in the state that says so', async () => {
    const fleet = await one({ kind: 'firmware-refused' });
    const image = { classId: 18, instance: '0.0.44.0.0.255' };
    const octets = (...value: number[]) => ({ type: 'octet-string', value: Uint8Array.from(value) }) as const;
    const number = (value: number) => ({ type: 'double-long-unsigned', value }) as const;
    const outcome = await runSession(access(fleet.endpoints[0]!), async ({ client }) => {
      const start = { type: 'structure', elements: [octets(1), number(3)] } as const;
      const block = { type: 'structure', elements: [number(0), octets(1, 2, 3)] } as const;
      await client.invoke({ ...image, method: 1 }, start);
      await client.invoke({ ...image, method: 2 }, block);
      const refused = client.invoke({ ...image, method: 3 }, { type: 'integer', value: 0 });
      await expect(refused).rejects.toMatchObject({ code: 'DLMS_SERVICE_REFUSED' });
      return await client.get({ ...image, attribute: 6 });
    });
    expect(outcome).toMatchObject({ ok: true, value: { value: imageStates['verification-failed'] } });
  });
});

describe('a network that is not good', () => {
  it('is slow and lossy, and sessions get through it', async () => {
    const segments = [
      { name: 'hill', delayMs: 5, jitterMs: 5, lossRate: 0.05, retransmitMs: 40, bytesPerS: 200_000 },
    ];
    const plans = planDlmsFleet(world, {
      meters: 6,
      soundOnly: true,
      transport: 'mixed',
      ownPorts: 3,
      gateways: 1,
    });
    const fleet = await fleetOf(
      plans.map((plan) => ({ ...plan, segment: 'hill' })),
      { segments },
    );
    const outcomes = await Promise.all(fleet.endpoints.map((one) => runSession(access(one), readDay)));
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(6);
    for (const { stats } of outcomes) expect(stats.durationMs).toBeGreaterThan(60);
  });

  it('datagrams that are lost or overtaken are asked for again', async () => {
    const segments = [{ name: 'radio', lossRate: 0.1, reorderRate: 0.2, delayMs: 2 }];
    const plans = planDlmsFleet(world, { meters: 4, network: 'udp' });
    const fleet = await fleetOf(
      plans.map((plan) => ({ ...plan, segment: 'radio' })),
      { segments },
    );
    const counters = new MemoryCounters(1000);
    const outcomes = await Promise.all(
      fleet.endpoints.map(async (endpoint) => {
        const limits = { quietMs: 8_000, answerMs: 10_000 };
        for (let attempt = 0; attempt < 5; attempt++) {
          const outcome = await runSession(accessOfEndpoint(endpoint, { counters, limits }), readDay);
          if (outcome.ok) return outcome.value.rows;
          expect(outcome.error.fault).not.toBe('ours');
        }
        return 0;
      }),
    );
    expect(outcomes.filter((rows) => rows === 92).length).toBeGreaterThanOrEqual(3);
  }, 60_000);

  it('a segment that is down cuts what is open and lets nobody in until it is up', async () => {
    const clock = new ManualClock(nowS * 1000);
    const segments = [{ name: 'valley', down: [{ fromS: nowS + 60, untilS: nowS + 120 }] }];
    const plans = planDlmsFleet(world, { meters: 2 }).map((plan, i) => ({
      ...plan,
      ...(i === 0 ? { segment: 'valley' } : {}),
    }));
    const fleet = await fleetOf(plans, { clock, segments });
    const [there, elsewhere] = fleet.endpoints;
    const session = await openSession(access(there!));
    clock.advanceMs(61_000);
    await until(() => fleet.stats.connections === 0);
    await expect(session.client.readCounter()).rejects.toMatchObject({ code: 'DLMS_CLOSED' });
    const refused = await runSession(access(there!), readDay);
    expect(refused).toMatchObject({ ok: false, error: { code: 'DLMS_CLOSED' } });
    expect(await runSession(access(elsewhere!), readDay)).toMatchObject({ ok: true });
    clock.advanceMs(60_000);
    expect(await runSession(access(there!), readDay)).toMatchObject({ ok: true });
  });
});

async function until(isSo: () => boolean, ms = 10_000): Promise<void> {
  const endMs = performance.now() + ms;
  while (!isSo()) {
    if (performance.now() > endMs) throw new Error('it did not come about in time');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
