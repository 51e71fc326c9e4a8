/** Collection over sockets into the real stores: a lossy network, a segment that is down, a server that is killed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Quality, ReadingBatch, systemAccess } from '@openami/model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cliNode } from '../helpers/cli-main.ts';
import { Field, nowS, pastPlan, world } from './field.ts';
import { oneSessionASegment } from './limits.ts';

const day = 86_400;
const downUntilS = nowS + 2 * day + 3_600;
/** Places of meters: near ones, slow ones, and those of the segment that is down. */
const near = [0, 1, 2];
const slow = [3, 4];
const dark = [5, 6, 7, 8, 9, 10];
const segmentOf = (i: number) => (near.includes(i) ? 'near' : slow.includes(i) ? 'slow' : 'dark');

let field: Field;
let child: ChildProcess | undefined;
afterAll(async () => {
  child?.kill('SIGKILL');
  await field?.close();
});

const serials = () => field.fleet.meters.map(({ identity }) => identity.serial);
const rows = (places: readonly number[]) => Promise.all(places.map((i) => field.rows(serials()[i]!)));
const askedOf = (place: number) =>
  [...field.asked.keys()].filter((name) => name.startsWith(serials()[place]!));

/** Gives a meter the readings up to so many days after the world's first, as a file would. */
async function store(place: number, days: number): Promise<void> {
  const { directory, store: readings } = field.context;
  const batch = new ReadingBatch();
  for (const { id, intervalS } of directory.memory.channelsOf(serials()[place]!)) {
    const put = (end: number) => batch.push(id, end, 1, 1_000, Quality.raw, 0);
    const startOf = (n: number) => world.days.start(world.firstDay + n);
    // further back than is looked
    if (intervalS === 0) for (let n = -15; n <= days; n++) put(startOf(n));
    else for (let end = startOf(-15); end <= startOf(days); end += intervalS) put(end);
  }
  await readings.writer.commit({ readings: batch });
}

/** When each quarter hour of energy was stored first, by end. */
async function storedAt(place: number): Promise<Map<number, number>> {
  const { directory, store: readings } = field.context;
  const { channel } = directory.memory.find(serials()[place]!, '1-0:1.29.0*255', 900)!;
  const span = { fromS: 0, toS: nowS + 10 * day };
  const found = await readings.readings.profile(systemAccess, channel.id, span);
  return new Map(Array.from({ length: found.length }, (_, i) => [found.end[i]!, found.revision[i]!]));
}

describe('collection from simulated meters over sockets', () => {
  beforeAll(async () => {
    field = new Field(dark.at(-1)! + 1, {
      segments: [
        { name: 'near', lossRate: 0.05, retransmitMs: 20 },
        { name: 'slow', lossRate: 0.05, retransmitMs: 20, delayMs: 150 },
        { name: 'dark', down: [{ fromS: nowS - 30 * day, untilS: downUntilS }] },
      ],
      plans: (plans) => plans.map((plan, i) => ({ ...plan, segment: segmentOf(i) })),
      endpoints: (i) => ({ segment: segmentOf(i) }),
      readingPlans: [pastPlan],
      server: { collectLimits: oneSessionASegment },
    });
    await field.open();
  }, 120_000);

  it('reads what can be reached', async () => {
    await field.settle();
    for (const { stored } of await rows(dark)) expect(stored).toBe(0);
    for (const { stored, had } of await rows([...near, ...slow])) {
      expect(stored).toBeGreaterThan(100);
      // The newest is read a little later than it is written.
      expect(had - stored).toBeLessThanOrEqual(1);
    }
    const { metrics } = field.context.collection.collector;
    expect(metrics).toMatchObject({ read: near.length + slow.length, meter: 0, returned: 0 });
    // one failure of the segment, and no other of its meters is tried while it is down
    expect(metrics.link).toBe(1);
    expect(Math.max(...field.asked.values())).toBe(1);
  }, 120_000);

  it('asks for nothing again that was stored, though it is killed in the middle', async () => {
    await field.server.close();
    field.clock.advanceMs(2 * day * 1000);
    field.asked.clear();
    const main = fileURLToPath(new URL('collecting-child.ts', import.meta.url));
    const aheadMs = field.clock.nowMs() - Date.now();
    const args = ['--import', 'tsx', ...cliNode, main, field.dataDir, String(aheadMs)];
    child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
    // the near ones are read, and a slow one has begun to say what it has
    const isInTheMiddle = () =>
      near.every((i) => askedOf(i).length > 150) && slow.some((i) => askedOf(i).length > 50);
    await expect.poll(isInTheMiddle, { timeout: 90_000, interval: 5 }).toBe(true);
    const gone = new Promise((resolve) => child!.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
    const killedS = (Date.now() + aheadMs) / 1000;
    const before = new Map(field.asked);
    field.asked.clear();
    // two minutes on: what the child stored is told by when it was
    field.clock.advanceMs(120_000);
    await field.start();
    await field.settle();
    let kept = 0;
    let lost = 0;
    for (const i of [...near, ...slow]) {
      for (const [end, atS] of await storedAt(i)) {
        const name = `${serials()[i]!} ${end}`;
        if (atS > killedS && before.has(name)) lost += 1;
        if (atS > killedS || !before.has(name)) continue;
        kept += 1;
        expect(field.asked.has(name), name).toBe(false);
      }
    }
    // it was in the middle: some of what was asked for was stored, and some was not
    expect(kept).toBeGreaterThan(300);
    expect(lost).toBeGreaterThan(50);
    expect(Math.max(...before.values(), ...field.asked.values())).toBe(1);
    for (const { stored, had } of await rows([...near, ...slow])) {
      expect(had - stored).toBeLessThanOrEqual(1);
    }
  }, 180_000);

  it('catches up what was down in order of deadline, value and cost', async () => {
    const { registry, collection, dlms } = field.context;
    // what they lack begins on different days, and of two that begin on the same day one is worth more
    for (const [k, days] of [0, 1, 2, 3, 1, 2].entries()) {
      if (days > 0) await store(dark[k]!, days);
    }
    const worthy = field.idOf(serials()[dark[4]!]!);
    await registry.readingPlans.put(systemAccess, 'worthy', {
      ...{ ...pastPlan, code: 'worthy', value: 50 },
      meters: { attributes: { worth: ['much'] } },
      // sooner than the other, so that it is this plan's
      due: {
        after: 'day',
        levels: [
          { share: 0.95, withinS: 28_799 },
          { share: 0.99, withinS: 86_400 },
        ],
      },
    });
    const { version, ...meter } = await registry.meters.get(systemAccess, worthy);
    await registry.meters.update(systemAccess, worthy, { attributes: { worth: 'much' } }, version);
    expect(meter.serial).toBe(serials()[dark[4]!]);
    await field.settle();
    const nowAtS = field.clock.nowMs() / 1000;
    const keys = new Map<string, number>();
    for (const i of dark) {
      const { work } = (await collection.gapsOf(field.idOf(serials()[i]!)))!;
      const { deadlines, worth, costMs } = work!;
      const deadlineS = deadlines.find((at) => at > nowAtS) ?? deadlines.at(-1)!;
      const doublings = Math.log2((worth * 1_000) / (costMs * 50));
      keys.set(serials()[i]!, deadlineS - 1_800 * Math.max(-6, Math.min(6, doublings)));
    }
    // who was tried while it was down has a pause of its own
    const tried = dark.filter((i) => dlms.field.book.of(field.idOf(serials()[i]!)).length > 0);
    field.asked.clear();
    field.clock.advanceMs((downUntilS + 7_200 - nowAtS) * 1000);
    do {
      await field.settle();
      // who was tried a moment too early comes back after its pause
      field.clock.advanceMs(120_000);
    } while (collection.scheduler.counts.queued > 0);
    const order = [...new Set([...field.asked.keys()].map((name) => name.split(' ')[0]!))]
      .filter((serial) => keys.has(serial))
      .filter((serial) => !tried.some((i) => serials()[i] === serial));
    expect(order.length).toBeGreaterThanOrEqual(dark.length - 2);
    const inOrder = order.toSorted((a, b) => keys.get(a)! - keys.get(b)!);
    expect(order).toEqual(inOrder);
    // days apart, but for the one that goes before its equal for its worth
    expect(keys.get(serials()[dark[0]!]!)! + 0.5 * day).toBeLessThan(keys.get(serials()[dark[1]!]!)!);
    expect(keys.get(serials()[dark[4]!]!)! + 3_600).toBeLessThan(keys.get(serials()[dark[1]!]!)!);
    expect(Math.max(...field.asked.values())).toBe(1);
  }, 180_000);

  it('has everything in the end, and asks for nothing more', async () => {
    await field.settle();
    for (const { stored, had } of await rows(dark)) expect(had - stored).toBeLessThanOrEqual(1);
    for (const serial of serials()) {
      const need = await field.context.collection.gapsOf(field.idOf(serial));
      expect(need?.requests ?? []).toEqual([]);
    }
    const asked = new Map(field.asked);
    await field.settle();
    expect(new Map(field.asked)).toEqual(asked);
  }, 60_000);
});
