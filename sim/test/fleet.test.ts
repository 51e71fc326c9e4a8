import { type Channel, type Commit, type CommitSink, ManualClock } from '@openami/model';
import { afterEach, describe, expect, it } from 'vitest';
import {
  createIngest,
  InMemoryDirectory,
  type MqttFront,
  startEmbeddedBroker,
} from '../../headend/src/index.ts';
import { clockOffsetS, downtimes, fateOf, reachableFrom, recoveryS } from '../src/delivery.ts';
import { buildWorld, endOf, type Fleet, Metering, planFleet, runFleet, type World } from '../src/index.ts';

const log = { warn() {}, error() {} };

/** Keeps what is committed; can be told to fail. */
class MemorySink implements CommitSink {
  readonly rows = new Map<string, number>();
  readonly devices = new Set<string>();
  codes: string[] = [];
  events = 0;
  unregistered = 0;
  failing = false;

  async commit(work: Commit): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    if (this.failing) throw new Error('disk is away');
    const { readings } = work;
    for (let i = 0; i < (readings?.length ?? 0); i++) {
      this.rows.set(`${readings!.channel[i]}/${readings!.end[i]}`, readings!.value[i]!);
    }
    this.codes.push(...(work.rejections ?? []).map((rejection) => rejection.code));
    this.events += work.events?.length ?? 0;
    this.unregistered += work.unregistered?.length ?? 0;
    for (const reading of work.unregistered ?? []) this.devices.add(reading.device);
  }
}

function directoryOf(world: World): InMemoryDirectory {
  const directory = new InMemoryDirectory();
  for (const { index, meter, kind } of world.channels) {
    const { serial, commodity, fromS, untilS } = world.meters[meter]!;
    const channel: Channel = { ...kind, id: index + 1, meterId: meter + 1, commodity };
    directory.put({
      devices: [serial],
      channel,
      keys: [kind.alias],
      installedFrom: fromS,
      installedUntil: untilS,
    });
  }
  return directory;
}

const world = buildWorld({ seed: 42, usagePoints: 60, historyDays: 40 });
const startS = world.days.start(world.endDay);
const shape = { ownConnections: 10, concentrators: 2 };

async function startHeadEnd(sink: MemorySink, clock: ManualClock, port = 0) {
  const users = new Map(planFleet(world, shape).users.map((user) => [user.username, user.reportsFor]));
  const ingest = createIngest({ directory: directoryOf(world), sink, clock, log });
  const broker = await startEmbeddedBroker({
    ingest,
    clock,
    log,
    port,
    verify: async (name, password) =>
      password === `secret of ${name}` && users.has(name) ? { name, reportsFor: users.get(name) } : undefined,
  });
  return { ingest, broker };
}

/** Lets everything due be sent and acknowledged. */
async function settle(fleet: Fleet): Promise<void> {
  const until = Date.now() + 20_000;
  while (fleet.step() || fleet.stats.underWay > 0) {
    if (Date.now() > until) throw new Error(`not settled: ${JSON.stringify(fleet.stats)}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

async function run(fleet: Fleet, clock: ManualClock, seconds: number): Promise<void> {
  for (let gone = 0; gone < seconds; gone += 300) {
    clock.advanceMs(300_000);
    await settle(fleet);
  }
}

/** What must have arrived by `nowS`: the meters' books minus the stated faults of delivery. */
function expected(nowS: number): { must: Map<string, number>; may: Map<string, number> } {
  const must = new Map<string, number>();
  const may = new Map<string, number>();
  const metering = new Metering(world);
  while (metering.day <= world.days.dayOf(nowS)) {
    const book = metering.nextDay();
    for (const { index, meter: number, kind } of world.channels) {
      const meter = world.meters[number]!;
      for (let i = 0; i < book.length[index]!; i++) {
        const value = book.counts[book.first[index]! + i]!;
        const end = endOf(book.town, kind, i);
        if (Number.isNaN(value) || end > nowS + 300) continue;
        const fate = fateOf(world, meter, end);
        if (fate === 'lost') continue;
        may.set(`${index + 1}/${end}`, value);
        const down = downtimes(world, meter, world.days.dayOf(nowS));
        const sure = nowS - 2 * 3600;
        const fetched = fate !== 'recovered' || recoveryS(world, meter, book.day) < sure;
        const reached = reachableFrom(down, sure) === sure && reachableFrom(down, nowS) === nowS;
        const clockRight = clockOffsetS(meter, end) === 0;
        if (end > startS && end < sure && fetched && reached && clockRight)
          must.set(`${index + 1}/${end}`, value);
      }
    }
  }
  return { must, may };
}

describe('Fleet', () => {
  let fleet: Fleet | undefined;
  let broker: MqttFront | undefined;
  afterEach(async () => {
    await fleet?.stop();
    await broker?.close();
  });

  const start = async (sink: MemorySink, clock: ManualClock) => {
    ({ broker } = await startHeadEnd(sink, clock));
    fleet = await runFleet({
      ...shape,
      world,
      clock,
      url: broker.url,
      sinceS: startS,
      tickMs: 0,
      password: (name) => `secret of ${name}`,
    });
    expect(await fleet.opened()).toBe(fleet.plan.users.length);
    return fleet;
  };

  it('delivers the truth minus the stated faults through a real broker', async () => {
    const sink = new MemorySink();
    const clock = new ManualClock(startS * 1000);
    const running = await start(sink, clock);
    await run(running, clock, 30 * 3600);
    const { must, may } = expected(clock.nowMs() / 1000);
    expect(must.size).toBeGreaterThan(4000);
    for (const [key, value] of must) expect(sink.rows.get(key), key).toBe(value);
    for (const [key, value] of sink.rows) expect(may.get(key), key).toBe(value);
    const { stats } = running;
    expect(stats.acknowledged).toBe(stats.published);
    expect(stats.repeated).toBeGreaterThan(0);
    expect([...sink.devices].sort()).toEqual(world.strangers.map((stranger) => stranger.serial));
    const allowed = new Set(['READING_FUTURE', 'READING_WRONG_UNIT']);
    const other = sink.codes.filter((code) => !allowed.has(code) && !code.startsWith('PUSH_'));
    expect(other).toEqual([]);
  });

  it('keeps what was not stored and sends it when the store is back', async () => {
    const sink = new MemorySink();
    const clock = new ManualClock(startS * 1000);
    const running = await start(sink, clock);
    await run(running, clock, 3600);
    sink.failing = true;
    clock.advanceMs(1_200_000);
    running.step();
    await new Promise((resolve) => setTimeout(resolve, 300));
    const before = sink.rows.size;
    sink.failing = false;
    for (let i = 0; i < 200 && running.stats.underWay > 0; i++)
      await new Promise((resolve) => setTimeout(resolve, 50));
    await running.opened();
    await run(running, clock, 3600);
    const { must } = expected(clock.nowMs() / 1000 + 3600);
    let checked = 0;
    for (const [key, value] of must) {
      if (Number(key.split('/')[1]) > clock.nowMs() / 1000 - 2100) continue;
      expect(sink.rows.get(key), key).toBe(value);
      checked++;
    }
    expect(sink.rows.size).toBeGreaterThan(before);
    expect(checked).toBeGreaterThan(100);
    expect(running.stats.reconnects).toBeGreaterThan(0);
  });

  it('refuses to start without a secret for each connection', async () => {
    const clock = new ManualClock(startS * 1000);
    const options = {
      ...shape,
      world,
      clock,
      url: 'mqtt://127.0.0.1:1',
      tickMs: 0,
      password: () => undefined,
    };
    await expect(runFleet(options)).rejects.toMatchObject({ code: 'SIM_CREDENTIALS' });
  });
});

describe('planFleet', () => {
  it('gives every installed meter and every stranger one way to report', () => {
    const plan = planFleet(world, shape);
    const serials = plan.devices.map((device) => device.serial);
    expect(new Set(serials).size).toBe(serials.length);
    const installed = world.meters.filter((meter) => meter.untilS > startS).length;
    expect(serials.length).toBe(installed + world.strangers.length);
    for (const device of plan.devices) {
      const user = plan.users[device.user]!;
      expect(user.username === device.serial || user.reportsFor.includes(device.serial)).toBe(true);
    }
    expect(plan.users.length).toBe(12);
  });
});
