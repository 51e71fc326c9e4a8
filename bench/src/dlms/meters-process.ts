/**
 * The other side of the DLMS benchmark, in a process of its own on the same cores: simulated meters that
 * listen or that connect and stay, pushes, and the bare sessions of the ceiling.
 */
import { nodeCrypto } from '@openami/headend';
import { systemClock } from '@openami/model';
import {
  buildWorld,
  type DlmsEndpoint,
  DlmsFleet,
  type DlmsFleetShape,
  householdMeter,
  loadProfile,
  planDlmsFleet,
  usagePointsFor,
  WorldMeasurements,
} from '@openami/sim';
import type { MeterDescription } from '@openami/wire/dlms';
import { startBareServer } from './bare.ts';
import { benchSeed, type PushLoad, sealPushes, sendPushes } from './push-load.ts';

interface Meters {
  readonly meters: number;
  /** First local day of their history, and how many. */
  readonly start: string;
  readonly historyDays: number;
}

export type MetersJob =
  | ({ readonly kind: 'listen' } & Meters)
  | ({ readonly kind: 'connect'; readonly port: number } & Meters)
  | ({ readonly kind: 'push' } & PushLoad)
  | { readonly kind: 'bare' };

export type MetersReport =
  | { readonly kind: 'endpoints'; readonly endpoints: readonly DlmsEndpoint[] }
  | { readonly kind: 'port'; readonly port: number }
  /** Pushes are sealed; they go out on the next message. */
  | { readonly kind: 'sealed' }
  | { readonly kind: 'sent' };

/** The household meter whose load profile has the clock and two channels. */
export function twoChannelMeter(): MeterDescription {
  const description = householdMeter('hls-gmac');
  const captures = [
    [8, '0.0.1.0.0.255', 2, 0],
    [3, '1.0.1.29.0.255', 2, 0],
    [3, '1.0.2.29.0.255', 2, 0],
  ] as const;
  const objects = description.objects.map((one) =>
    one.instance === loadProfile ? { ...one, captures } : one,
  );
  return { ...description, objects };
}

async function startFleet({ meters, start, historyDays }: Meters, shape: DlmsFleetShape = {}) {
  const world = buildWorld({ seed: benchSeed, usagePoints: usagePointsFor(meters), historyDays, start });
  const fleet = new DlmsFleet({
    meters: planDlmsFleet(world, { meters, soundOnly: true, ...shape }),
    measurements: new WorldMeasurements(world),
    clock: systemClock,
    seed: benchSeed,
    crypto: nodeCrypto,
    description: twoChannelMeter(),
  });
  await fleet.start();
  return fleet.endpoints;
}

async function work(job: MetersJob): Promise<MetersReport> {
  if (job.kind === 'bare') {
    const { port } = (await startBareServer()).address() as { port: number };
    return { kind: 'port', port };
  }
  if (job.kind === 'push') {
    const load = sealPushes(job);
    process.once('message', () => {
      sendPushes(job.port, load).then(() => report({ kind: 'sent' }), fail);
    });
    return { kind: 'sealed' };
  }
  if (job.kind === 'listen') return { kind: 'endpoints', endpoints: await startFleet(job) };
  const connecting = { meters: job.meters, host: '127.0.0.1', port: job.port };
  return { kind: 'endpoints', endpoints: await startFleet(job, { connecting }) };
}

function report(message: MetersReport): void {
  process.send!(message);
}

function fail(error: unknown): void {
  console.error(error);
  process.exit(1);
}

if (process.send !== undefined && process.argv[2] === 'dlms-meters') {
  process.once('message', (job: MetersJob) => void work(job).then(report, fail));
  process.once('disconnect', () => process.exit(0));
}
