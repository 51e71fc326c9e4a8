import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { ManualClock } from '@openami/model';
import { DlmsClient, type DlmsTransport, nobleCrypto } from '@openami/wire/dlms';
import { describe, expect, it } from 'vitest';
import type { SimDlmsMeter } from '../../src/dlms/meter.ts';
import {
  buildWorld,
  type DlmsEndpoint,
  DlmsFleet,
  type DlmsFleetShape,
  demoKeys,
  demoTitle,
  planDlmsFleet,
  usagePointsFor,
  WorldMeasurements,
} from '../../src/index.ts';

const world = buildWorld({ seed: 5, usagePoints: usagePointsFor(1_500), historyDays: 2 });
const clock = new ManualClock((world.days.start(world.endDay) + 3_600) * 1000);
const fleetOf = (shape: DlmsFleetShape) =>
  new DlmsFleet({
    meters: planDlmsFleet(world, { soundOnly: true, ...shape }),
    measurements: new WorldMeasurements(world),
    clock,
    seed: 5,
  });

/** A session of the management client without a socket, kept open. */
async function talk(meter: SimDlmsMeter, endpoint: DlmsEndpoint): Promise<void> {
  const line = { drop: () => undefined };
  const transport: DlmsTransport = {
    exchange: (request) => Promise.resolve(meter.handle(request, 1, line)!),
  };
  const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'));
  let counter = 1;
  const client = new DlmsClient(transport, {
    crypto: nobleCrypto,
    authentication: { mechanism: 'hls-gmac' },
    systemTitle: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8),
    security: {
      ...{ suite: 0, protection: 'auth-encrypt' },
      ...{ encryptionKey: bytes(endpoint.guek), authenticationKey: bytes(endpoint.gak) },
      counters: { nextCounter: () => counter++, checkReceived: () => undefined },
    },
  });
  await client.associate();
  await client.get({ classId: 3, instance: '1.0.1.8.0.255', attribute: 2 });
}

describe('a fleet of simulated meters', () => {
  it('costs at most 30 KB a meter, each with a port of its own and an association open', async () => {
    setFlagsFromString('--expose-gc');
    const gc = runInNewContext('gc') as () => void;
    const used = (): number => {
      gc();
      const { heapUsed, external } = process.memoryUsage();
      return heapUsed + external;
    };
    const count = 1_500;
    const warm = fleetOf({ meters: 2 });
    await warm.start();
    await talk(warm.meters[0]!, warm.endpoints[0]!);
    await warm.stop();
    const before = used();
    const fleet = fleetOf({ meters: count });
    await fleet.start();
    const listening = used();
    for (const [i, meter] of fleet.meters.entries()) await talk(meter, fleet.endpoints[i]!);
    const awake = used();
    expect(fleet.stats).toMatchObject({ meters: count, awake: count });
    const perMeter = (bytes: number) => Math.round((bytes - before) / count);
    console.log(`bytes a meter: listening ${perMeter(listening)}, with an association ${perMeter(awake)}`);
    expect(perMeter(awake)).toBeLessThan(30_000);
    expect(new Set(fleet.endpoints.map(({ reach }) => reach.port)).size).toBe(count);
    await fleet.stop();
  });

  it('has other keys for every meter, suite and seed, and the same ones again', () => {
    const keys = [1, 2].flatMap((seed) =>
      ['OA1', 'OA2'].flatMap((serial) =>
        ([0, 1, 2] as const).flatMap((suite) => {
          const { unicast, authentication, broadcast, master } = demoKeys(seed, serial, suite);
          expect(unicast).toHaveLength(suite === 2 ? 32 : 16);
          return [unicast, authentication, broadcast, master];
        }),
      ),
    );
    expect(new Set(keys.map((key) => Buffer.from(key).toString('hex'))).size).toBe(keys.length);
    expect(demoKeys(1, 'OA1', 0)).toEqual(demoKeys(1, 'OA1', 0));
    const titles = fleetOf({ meters: 1_000 }).meters.map(({ systemTitle }) =>
      Buffer.from(systemTitle).toString('hex'),
    );
    expect(new Set(titles).size).toBe(1_000);
    expect(Buffer.from(demoTitle('OA1000001')).toString('hex')).toBe('4f414d00000f4241');
  });

  it('tells meters behind one port apart by their server address', async () => {
    const fleet = fleetOf({ meters: 300, ownPorts: 0, gateways: 2, transport: 'mixed' });
    await fleet.start();
    const ports = new Set(fleet.endpoints.map(({ reach }) => reach.port));
    expect(ports.size).toBe(4);
    const names = fleet.endpoints.map(({ reach, address }) => JSON.stringify([reach.port, address]));
    expect(new Set(names).size).toBe(300);
    await fleet.stop();
  });

  it('refuses plans that cannot be', () => {
    expect(() => fleetOf({ meters: 1_000_000 })).toThrow(/of \d+ in the world/);
    expect(() => fleetOf({ meters: 10, firstPort: 65_530 })).toThrow(/10 ports from 65530/);
    expect(() => fleetOf({ mechanism: 'hls-ecdsa' })).toThrow(/suite 1 or 2/);
    const [plan] = planDlmsFleet(world, { meters: 1 });
    const around = { measurements: new WorldMeasurements(world), clock, seed: 5 };
    expect(() => new DlmsFleet({ ...around, meters: [{ ...plan!, segment: 'nowhere' }] })).toThrow(/nowhere/);
  });
});
