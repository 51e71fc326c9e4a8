import { Quality, Reason } from '@openami/model';
import { decodePushMessage } from '@openami/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  buildWorld,
  type ChannelIds,
  ChannelKinds,
  DeliveryRates,
  endOf,
  history,
  Metering,
  type SimMeter,
  townDay,
  trueCounts,
  type World,
} from '../src/index.ts';

const world = buildWorld({ seed: 5, usagePoints: 160, historyDays: 45, start: '2026-02-20' });

/** Channel ids are world indices + 1, meter ids likewise. */
function idsOf(w: World): ChannelIds {
  const meters = new Map(w.meters.map((meter) => [meter.serial, meter]));
  return {
    meter: (serial) => meters.get(serial)!.index + 1,
    channel: (serial, alias) =>
      meters.get(serial)!.channels.find((index) => w.channels[index]!.kind.alias === alias)! + 1,
  };
}

/** What a store would hold after the history: channel/end -> value, with arrival. */
function replay(w: World, fromDay?: number) {
  const rows = new Map<string, { value: number; receivedMs: number; flags: number }>();
  let repeats = 0;
  let rejections = 0;
  let events = 0;
  let lastMs = 0;
  for (const { commit, receivedMs } of history(w, ids, fromDay)) {
    expect(receivedMs).toBeGreaterThan(lastMs);
    lastMs = receivedMs;
    const readings = commit.readings!;
    for (let i = 0; i < readings.length; i++) {
      const key = `${readings.channel[i]}/${readings.end[i]}`;
      const before = rows.get(key);
      if (before === undefined) {
        rows.set(key, { value: readings.value[i]!, receivedMs, flags: readings.flags[i]! });
      } else {
        if (before.value !== readings.value[i]) throw new Error(`${key} changed`);
        repeats++;
      }
    }
    rejections += commit.rejections!.length;
    events += commit.events!.length;
  }
  return { rows, repeats, rejections, events };
}

const ids = idsOf(world);
const all = replay(world);
const towns = Array.from({ length: 45 }, (_, i) => townDay(world, world.firstDay + i));

/** Truth of every interval of a meter's channel, by end. */
function truth(
  meter: SimMeter,
  kind: { source: 'import' | 'volume'; intervalS: number },
): Map<number, number> {
  const found = new Map<number, number>();
  const { row } = world.usagePoints[meter.usagePoint]!;
  for (let day = world.firstDay; day < world.endDay; day++) {
    const town = towns[day - world.firstDay]!;
    const n = kind.intervalS === 900 ? town.slots : town.hours.count;
    const first = kind.intervalS === 900 ? town.startS + 900 : town.hours.firstEndS;
    for (let i = 0; i < n; i++)
      found.set(first + i * kind.intervalS, trueCounts(world, town, kind.source, row, i));
  }
  return found;
}

const recorded = (meter: SimMeter, alias: string, end: number) =>
  all.rows.get(`${ids.channel(meter.serial, alias)}/${end}`)?.value;

describe('history', () => {
  it('equals the truth for every reading of a sound meter', () => {
    const sound = world.meters.filter((meter) =>
      Object.values(meter.faults).every((v) => !Number.isFinite(v) || v === 1 || v === 0),
    );
    let compared = 0;
    let wrong = 0;
    for (const meter of sound.slice(0, 40)) {
      for (const [end, value] of truth(meter, ChannelKinds.import)) {
        if (meter.commodity !== 'electricity' || end > meter.untilS || end <= meter.fromS) continue;
        const got = recorded(meter, 'import', end);
        if (got === undefined) continue;
        if (got !== value) wrong++;
        compared++;
      }
    }
    expect(wrong).toBe(0);
    expect(compared).toBeGreaterThan(100_000);
  });

  it('loses, repeats and delays the stated shares', () => {
    let expected = 0;
    let late = 0;
    const metering = new Metering(world);
    const lost = { n: 0 };
    while (metering.day < world.endDay - 4) {
      const book = metering.nextDay();
      const deadlineMs = (world.days.start(book.day + 1) + 6 * 3600) * 1000;
      for (const channel of world.channels) {
        if (channel.kind.alias !== 'import') continue;
        const meter = world.meters[channel.meter]!;
        if (Number.isFinite(meter.faults.clockFromS)) continue;
        for (let i = 0; i < book.length[channel.index]!; i++) {
          if (Number.isNaN(book.counts[book.first[channel.index]! + i]!)) continue;
          expected++;
          const row = all.rows.get(`${channel.index + 1}/${endOf(book.town, channel.kind, i)}`);
          if (row === undefined) lost.n++;
          else if (row.receivedMs > deadlineMs) late++;
        }
      }
    }
    expect(lost.n / expected).toBeGreaterThan(DeliveryRates.lost * 0.85);
    expect(lost.n / expected).toBeLessThan(DeliveryRates.lost * 1.15);
    expect(all.repeats / all.rows.size).toBeGreaterThan(DeliveryRates.duplicated * 0.85);
    expect(all.repeats / all.rows.size).toBeLessThan(DeliveryRates.duplicated * 1.15);
    expect(late / expected).toBeGreaterThan(DeliveryRates.recovered);
    expect(late / expected).toBeLessThan(0.04);
    expect(all.events).toBeGreaterThan(10);
  });

  it('has 92 intervals on the day summer time begins and 96 on the day before', () => {
    const meter = world.meters.find((m) => m.commodity === 'electricity' && m.index > 20)!;
    const ends = [...truth(meter, ChannelKinds.import).keys()];
    const on = (date: string) => {
      const day = world.days.dayOf(Date.parse(`${date}T12:00:00Z`) / 1000);
      return ends.filter((end) => world.days.dayOf(end - 900) === day).length;
    };
    expect([on('2026-03-28'), on('2026-03-29'), on('2026-03-30')]).toEqual([96, 92, 96]);
  });

  it('shows a leak as water in every hour of the night, and theft as the stated share', () => {
    const leak = world.flows.find((flow) => Number.isFinite(flow.leakFromS))!;
    const water = world.meters.find((meter) => meter.usagePoint === leak.usagePoint)!;
    let least = Number.POSITIVE_INFINITY;
    for (const [end] of truth(water, ChannelKinds.water)) {
      if (end < leak.leakFromS + 7200) continue;
      least = Math.min(least, recorded(water, 'volume', end) ?? Number.POSITIVE_INFINITY);
    }
    expect(least).toBeGreaterThanOrEqual(leak.leakLitresPerHour);
    const thief = world.meters.find((meter) => Number.isFinite(meter.faults.theftFromS))!;
    let taken = 0;
    let counted = 0;
    for (const [end, value] of truth(thief, ChannelKinds.import)) {
      const got = recorded(thief, 'import', end);
      if (end <= thief.faults.theftFromS || got === undefined) continue;
      taken += value;
      counted += got;
    }
    expect(counted / taken).toBeCloseTo(thief.faults.theftShare, 2);
  });

  it('hears nothing of a dead meter and zeros of a stuck one', () => {
    const dead = world.meters.find((meter) => Number.isFinite(meter.faults.deadFromS))!;
    const stuck = world.meters.find((meter) => Number.isFinite(meter.faults.stuckFromS))!;
    for (const [end] of truth(dead, ChannelKinds.import)) {
      if (end > dead.faults.deadFromS) expect(recorded(dead, 'import', end)).toBeUndefined();
    }
    for (const [end] of truth(stuck, ChannelKinds.water)) {
      if (end > stuck.faults.stuckFromS) expect(recorded(stuck, 'volume', end) ?? 0).toBe(0);
    }
  });

  it('keeps registers equal to their start plus everything the meter counted', () => {
    const metering = new Metering(world);
    const shown = metering.registers.slice();
    while (metering.day < world.endDay) {
      const book = metering.nextDay();
      for (const meter of world.meters) {
        const kinds = meter.channels.map((index) => world.channels[index]!);
        const register = kinds.find((c) => c.kind.intervalS === 0 && c.kind.source !== 'export')!;
        const flow = kinds.find((c) => c.kind.intervalS > 0 && c.kind.source === register.kind.source)!;
        for (let i = 0; i < book.length[flow.index]!; i++) {
          const counts = book.counts[book.first[flow.index]! + i]!;
          if (!Number.isNaN(counts)) shown[register.index]! += counts;
        }
        expect(metering.registers[register.index]).toBe(shown[register.index]);
      }
    }
  });

  it('flags meters whose clock is off and refuses what lies in the future', () => {
    const off = world.meters.filter((meter) => Number.isFinite(meter.faults.clockFromS));
    expect(off.length).toBeGreaterThan(0);
    const behind = off.find((meter) => meter.faults.clockOffsetS === -420)!;
    const channel = ids.channel(behind.serial, 'import');
    for (const [key, row] of all.rows) {
      if (key.startsWith(`${channel}/`)) expect(row.flags & Reason.clockShift, key).toBe(Reason.clockShift);
    }
    expect(all.rejections > 0).toBe(off.some((meter) => meter.faults.clockOffsetS > 300));
  });

  it('goes on from any day with what was still to come', () => {
    const from = world.firstDay + 40;
    const part = replay(world, from);
    const startMs = world.days.start(from) * 1000 + 1_800_001;
    const expected = [...all.rows].filter(([, row]) => row.receivedMs >= startMs);
    for (const [key, row] of expected) expect(part.rows.get(key)?.value).toBe(row.value);
    expect(part.rows.size).toBeLessThan(expected.length * 1.01);
  });

  it('stops before a reading goes to a channel that does not exist', () => {
    const nobody: ChannelIds = { meter: () => 0, channel: () => 0 };
    expect(() => history(world, nobody).next()).toThrow(
      expect.objectContaining({ code: 'SIM_CHANNEL_MISSING' }),
    );
  });
});

describe('the messages of history', () => {
  /** `serial quantity interval` as messages name a channel. */
  const namesOf = (w: World) =>
    new Map(
      w.channels.flatMap(({ meter, kind, index }) =>
        [kind.obis.replace('*255', ''), kind.readingType].map(
          (quantity) => [`${w.meters[meter]!.serial} ${quantity} ${kind.intervalS}`, index] as const,
        ),
      ),
    );

  it('decode to exactly the readings that are stored or refused with them, in the same second', () => {
    const worlds = fc.record({
      seed: fc.nat(),
      usagePoints: fc.integer({ min: 30, max: 60 }),
      historyDays: fc.integer({ min: 2, max: 5 }),
      start: fc.constantFrom('2026-02-20', '2026-03-27', '2026-10-23'),
      protocols: fc.constantFrom('own' as const, 'push' as const),
    });
    let messages = 0;
    fc.assert(
      fc.property(worlds, fc.nat(2), (options, later) => {
        const w = buildWorld(options);
        const [names, registry] = [namesOf(w), idsOf(w)];
        for (const { commit, receivedMs } of history(w, registry, w.firstDay + later)) {
          const { readings, rejections, frames } = commit;
          const told: string[] = [];
          let accepted = 0;
          for (const frame of frames!) {
            const message = decodePushMessage('json', frame.payload);
            expect(frame).toMatchObject({ receivedMs, source: 'sim', device: message.device });
            expect(frame.meter).toBe(registry.meter(frame.device));
            expect(message.rejectCount).toBe(0);
            accepted += frame.accepted;
            for (const { quantity, intervalS, length, end, value, quality } of message.series)
              for (let i = 0; i < length; i++) {
                if (quality[i] === Quality.missing) continue;
                const index = names.get(`${frame.device} ${quantity} ${intervalS}`)!;
                const counts = Math.round(value[i]! * w.channels[index]!.kind.countsPerUnit);
                told.push(`${index + 1} ${end[i]} ${counts}`);
              }
          }
          const stored = Array.from(
            { length: readings!.length },
            (_, i) => `${readings!.channel[i]} ${readings!.end[i]} ${readings!.value[i]}`,
          );
          expect(accepted).toBe(stored.length);
          expect(told).toHaveLength(stored.length + rejections!.length);
          const known = new Set(told);
          expect(stored.filter((one) => !known.has(one))).toEqual([]);
          messages += frames!.length;
        }
      }),
      { numRuns: 8 },
    );
    expect(messages).toBeGreaterThan(200);
  });
});
