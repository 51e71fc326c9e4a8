import { acceleratedClock, type Commit } from '@openami/model';
import { describe, expect, it } from 'vitest';
import { createIngest, InMemoryDirectory, startEmbeddedBroker } from '../../headend/src/index.ts';
import {
  buildWorld,
  type ChannelIds,
  type DemoProgress,
  type DemoStores,
  demoStartMs,
  prepareDemo,
  runDemoFleet,
  type WorldRows,
} from '../src/index.ts';

const options = { seed: 3, usagePoints: 50, historyDays: 12, start: '2026-03-20' };

/** Stores in memory that last over several starts; the sink fails after `commits` when told to. */
class Disk implements DemoStores {
  rows: WorldRows | undefined;
  registrations = 0;
  text: string | undefined;
  readonly readings = new Map<string, number>();
  commitsLeft = Number.POSITIVE_INFINITY;
  underWay = 0;
  mostUnderWay = 0;

  readonly memory = {
    load: async () => this.text,
    save: async (text: string) => {
      this.text = text;
    },
  };
  readonly sink = {
    commit: async (work: Commit) => {
      this.underWay++;
      this.mostUnderWay = Math.max(this.mostUnderWay, this.underWay);
      await new Promise((resolve) => setTimeout(resolve, 1));
      this.underWay--;
      if (this.commitsLeft-- <= 0) throw new Error('killed');
      const { readings } = work;
      for (let i = 0; i < (readings?.length ?? 0); i++) {
        this.readings.set(`${readings!.channel[i]}/${readings!.end[i]}`, readings!.value[i]!);
      }
    },
  };

  async registerWorld(rows: WorldRows): Promise<void> {
    this.rows = rows;
    this.registrations++;
  }

  async ids(): Promise<ChannelIds> {
    const channels = this.rows!.channels.map((row) => `${row.serial}/${row.alias}`);
    const meters = this.rows!.meters.map((row) => row.serial);
    return {
      channel: (serial, alias) => channels.indexOf(`${serial}/${alias}`) + 1,
      meter: (serial) => meters.indexOf(serial) + 1,
    };
  }
}

describe('prepareDemo', () => {
  it('registers and stores once, shows progress and resumes', async () => {
    const disk = new Disk();
    const seen: DemoProgress[] = [];
    const demo = await prepareDemo({ world: options, stores: disk, progress: (p) => seen.push(p) });
    expect(demo.resumed).toBe(false);
    expect(disk.readings.size).toBeGreaterThan(30_000);
    expect(disk.mostUnderWay).toBeLessThanOrEqual(12);
    expect(seen.at(-1)).toMatchObject({ stage: 'done', done: 12, total: 12, readings: demo.readings });
    expect(seen.filter((p) => p.stage === 'history').map((p) => p.done)).toEqual([
      1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
    ]);
    const again = await prepareDemo({ world: options, stores: disk });
    expect([again.resumed, again.readings, disk.registrations]).toEqual([true, 0, 1]);
    expect(again.startMs).toBe(demo.startMs);
    expect(await demoStartMs(disk.memory, options)).toBe(demo.startMs);
  });

  it('goes on after it was killed in the middle, to the same end', async () => {
    const whole = new Disk();
    await prepareDemo({ world: options, stores: whole });
    const disk = new Disk();
    for (const commits of [3, 7, 9]) {
      disk.commitsLeft = commits;
      await expect(prepareDemo({ world: options, stores: disk })).rejects.toThrow('killed');
    }
    disk.commitsLeft = Number.POSITIVE_INFINITY;
    await prepareDemo({ world: options, stores: disk });
    expect(disk.readings).toEqual(whole.readings);
  });

  it('refuses a data directory that holds another world or a broken state', async () => {
    const disk = new Disk();
    await prepareDemo({ world: options, stores: disk });
    const other = prepareDemo({ world: { ...options, seed: 4 }, stores: disk });
    await expect(other).rejects.toMatchObject({ code: 'SIM_STATE' });
    disk.text = '{"version":';
    await expect(prepareDemo({ world: options, stores: disk })).rejects.toMatchObject({ code: 'SIM_STATE' });
  });
});

describe('runDemoFleet', () => {
  it('goes on where the history ended and remembers the simulated time', async () => {
    const disk = new Disk();
    const demo = await prepareDemo({ world: options, stores: disk });
    const stored = new Map(disk.readings);
    const clock = acceleratedClock(demo.startMs, 3600);
    const world = buildWorld(options);
    const ids = await disk.ids();
    const directory = new InMemoryDirectory();
    for (const { meter, kind } of world.channels) {
      const { serial, commodity, index, fromS, untilS } = world.meters[meter]!;
      const channel = { ...kind, id: ids.channel(serial, kind.alias), meterId: index + 1, commodity };
      directory.put({ devices: [serial], channel, installedFrom: fromS, installedUntil: untilS });
    }
    const log = { warn() {}, error() {} };
    const ingest = createIngest({ directory, sink: disk.sink, clock, log });
    const secrets = new Map<string, string>();
    const broker = await startEmbeddedBroker({
      ingest,
      clock,
      log,
      port: 0,
      verify: async (name, password) =>
        secrets.get(name) === password ? { name, reportsFor: ['OA*'] } : undefined,
    });
    const live = await runDemoFleet({
      demo,
      clock,
      url: broker.url,
      memory: disk.memory,
      ownConnections: 4,
      concentrators: 2,
      saveEveryMs: 50,
      issueCredentials: async (users) => {
        for (const { username } of users) secrets.set(username, `s-${username}`);
        return secrets;
      },
    });
    for (let i = 0; i < 200 && disk.readings.size < stored.size + 400; i++) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await live.stop();
    await broker.close();
    for (const [key, value] of stored) expect(disk.readings.get(key), key).toBe(value);
    expect(disk.readings.size).toBeGreaterThanOrEqual(stored.size + 400);
    expect(await demoStartMs(disk.memory, options)).toBeGreaterThan(demo.startMs);
    // Every quarter hour after the history is there for a meter that was reachable: no seam.
    const firstLive = world.days.start(world.endDay) + 900;
    const atSeam = world.channels.filter(
      (c) =>
        c.kind.alias === 'import' &&
        disk.readings.has(`${ids.channel(world.meters[c.meter]!.serial, 'import')}/${firstLive}`),
    );
    expect(atSeam.length).toBeGreaterThan(20);
  });
});
