import { dayNumber, zoneTable } from '@openami/model';
import { beforeAll, describe, expect, it } from 'vitest';
import { type CollectLimits, countsOfDay, deadlinesOf, parsePlan, serviceDay } from '../../src/index.ts';
import { Field, type FieldMeter, randomOf } from './field.ts';

/**
 * A thousand meters in twenty segments, five days over the change to summer time. Segments 0 to 4 are reached through
 * concentrators with one slot. 5 % of sessions die half-way; one segment is slow; one is down for two days; one
 * concentrator for a day; every meter with a number divisible by 50 has a link that fails nine times in ten.
 */
const zone = 'Europe/Berlin';
const table = zoneTable(zone);
const fromDay = dayNumber(2026, 3, 27);
const days = 5;
const downSegment = 7;
const slowSegment = 9;
const downFromMs = (table.dayStart(fromDay + 1) + 5 * 60) * 1_000;
const downToMs = downFromMs + 2 * 86_400_000;

const plan = parsePlan({
  code: 'quarter-hours',
  read: [{ kind: 'profile', obis: '1-0:99.1.0', period: 900 }],
  every: { each: 'day', delayS: 300, spreadS: 1_800 },
  due: {
    after: 'day',
    levels: [
      { share: 0.95, withinS: 8 * 3_600 },
      { share: 0.99, withinS: 24 * 3_600 },
    ],
  },
});

const limits: CollectLimits = {
  global: { slots: 40, perSecond: 20, burst: 20 },
  segment: { slots: 6, perSecond: 2, burst: 4 },
  segments: new Map([[slowSegment, { slots: 2, perSecond: 0.5, burst: 1 }]]),
  concentrator: { slots: 1, perSecond: 1, burst: 1 },
  retryShare: 0.2,
  health: { downAfter: 8, probeMs: 10_000, maxProbeMs: 300_000 },
};

const bad = (id: number) => id % 50 === 0;

function metersOf(rows: number): FieldMeter[] {
  return Array.from({ length: 1_000 }, (_, i) => {
    const segment = Math.floor(i / 50);
    return {
      id: i + 1,
      segment,
      concentrator: segment < 5 ? 1 + Math.floor(i / 10) : 0,
      loss: bad(i + 1) ? 0.9 : 0.05,
      storedMs: new Float64Array(rows),
    };
  });
}

describe('a thousand meters on a bad network', () => {
  const meters = metersOf(5 * 96 - 4);
  const most = { global: 0, segment: 0, slow: 0, concentrator: 0, ofMeter: 0 };
  const startsMs: number[] = [];
  let field: Field;

  beforeAll(() => {
    field = new Field({
      seed: 20_260_327,
      plan,
      meters,
      limits,
      zone,
      fromDay,
      days,
      sessionEntries: 96,
      entryMs: (segment) => (segment === slowSegment ? 150 : 15),
      isDown: ({ segment, concentrator }, nowMs) =>
        (segment === downSegment && nowMs >= downFromMs && nowMs < downToMs) ||
        (concentrator === 3 && nowMs < (field.fromS + 2.5 * 86_400) * 1_000),
    });
    field.onStart.push((job) => {
      const all = [...field.running];
      const near = all.filter(({ segment }) => segment === job.segment).length;
      const same = all.filter(({ concentrator }) => concentrator === job.concentrator).length;
      most.global = Math.max(most.global, all.length);
      if (job.segment === slowSegment) most.slow = Math.max(most.slow, near);
      else most.segment = Math.max(most.segment, near);
      if (job.concentrator !== 0) most.concentrator = Math.max(most.concentrator, same);
      most.ofMeter = Math.max(most.ofMeter, all.filter(({ meter }) => meter === job.meter).length);
      startsMs.push(job.startedMs);
    });
    const random = randomOf(77);
    for (const meter of meters.slice(600, 700)) {
      for (let row = 0; row < field.ends.length; row++) {
        if (random() < 0.3) field.push(meter, row, (field.ends[row]! + random() * 86_400 * 1.5) * 1_000);
      }
    }
    field.plan(3_600, field.toS + 86_400);
    field.events.run((field.toS + 2 * 86_400) * 1_000);
  }, 120_000);

  const rowsOf = (day: number) => {
    const [fromS, toS] = [table.dayStart(day), table.dayStart(day + 1)];
    return [...field.ends.keys()].filter((row) => field.ends[row]! > fromS && field.ends[row]! <= toS);
  };

  function proofOf(day: number, some: readonly FieldMeter[]) {
    const rows = rowsOf(day);
    const deadlinesS = deadlinesOf(plan, table, table.dayStart(day + 1));
    const nowS = field.events.nowMs / 1_000;
    const count = (untilS: number) =>
      some.reduce((sum, { storedMs }) => {
        return sum + rows.filter((row) => storedMs[row]! > 0 && storedMs[row]! <= untilS * 1_000).length;
      }, 0);
    const counts = { day, group: 'all', expected: rows.length * some.length, present: count(nowS) };
    const byDeadline = deadlinesS.map(count);
    return serviceDay(
      countsOfDay(counts, byDeadline, deadlinesS, nowS),
      plan.due.levels,
      deadlinesS,
      table.dayStart(day + 1),
      nowS,
    );
  }

  it('has every row of every meter in the end, and nothing is left over in the queue', () => {
    expect(field.complete).toBe(true);
    expect(field.scheduler.counts).toEqual({ queued: 0, waiting: 0, running: 0 });
  });

  it('asked for no row that was stored, though thousands came by themselves', () => {
    expect(field.pushed).toBeGreaterThan(4_000);
    expect(field.repeated).toBe(0);
  });

  it('kept every limit, and used what the limits allow', () => {
    expect(most).toEqual({ global: 40, segment: 6, slow: 2, concentrator: 1, ofMeter: 1 });
    const ordered = startsMs.toSorted((a, b) => a - b);
    for (let i = 0; i + 40 < ordered.length; i++) {
      expect(ordered[i + 40]! - ordered[i]!).toBeGreaterThanOrEqual(1_000);
    }
    for (const segment of [downSegment, slowSegment, 12]) {
      const { perSecond, burst } = limits.segments!.get(segment) ?? limits.segment;
      const at = field.started.filter(({ job }) => job.segment === segment).map(({ job }) => job.startedMs);
      for (let i = 0; i + burst < at.length; i++) {
        expect(at[i + burst]! - at[i]!).toBeGreaterThanOrEqual(1_000 / perSecond - 1);
      }
    }
  });

  it('met both service levels each day wherever the network was up', () => {
    const up = meters.filter(({ segment, concentrator }) => segment !== downSegment && concentrator !== 3);
    for (let day = fromDay; day < fromDay + days; day++) {
      const proof = proofOf(day, up);
      expect(proof.present).toBe(proof.expected);
      expect(proof.levels.map(({ state }) => state)).toEqual(['met', 'met']);
    }
  });

  it('says that the levels were breached where it was down, and were met again afterwards', () => {
    const down = meters.filter(({ segment }) => segment === downSegment);
    const states = Array.from({ length: days }, (_, i) =>
      proofOf(fromDay + i, down).levels.map(({ state }) => state),
    );
    // The first day was not read when the link went; the second day's 24 hours end after the link is back.
    expect(states[0]).toEqual(['breached', 'breached']);
    expect(states[1]![0]).toBe('breached');
    expect(states.slice(2)).toEqual([
      ['met', 'met'],
      ['met', 'met'],
      ['met', 'met'],
    ]);
  });

  it('probed the segment that was down with next to nothing', () => {
    const probes = field.started.filter(
      ({ job }) =>
        job.segment === downSegment && job.startedMs > downFromMs + 3_600_000 && job.startedMs < downToMs,
    );
    expect(probes.length).toBeLessThan((47 * 3_600) / 300);
    expect(probes.length).toBeGreaterThan(100);
  });

  it('caught up in order of deadline when the segment came back', () => {
    const mine = field.started.filter(({ job }) => job.segment === downSegment);
    // Probes of the last hour are still backing off, and who fails again comes back later: leave both out.
    const late = new Set(
      mine
        .filter(({ job }) => job.startedMs > downToMs - 3_600_000)
        .filter(({ job }) => job.startedMs < downToMs || job.lane === 1)
        .map(({ job }) => job.meter),
    );
    const dueS = mine
      .filter(({ job }) => job.startedMs >= downToMs && !late.has(job.meter))
      .map(({ job }) => job.deadlineS);
    expect(dueS.length).toBeGreaterThan(100);
    expect(dueS).toEqual(dueS.toSorted((x, y) => x - y));
    const good = meters.filter(({ id, segment }) => segment === downSegment && !bad(id));
    const rows = [...rowsOf(fromDay), ...rowsOf(fromDay + 1)];
    const caughtUpMs = Math.max(...good.flatMap(({ storedMs }) => rows.map((row) => storedMs[row]!)));
    expect(caughtUpMs - downToMs).toBeLessThan(2 * 3_600_000);
  });

  it('starved nobody: bad links were tried all the time, and held up no neighbour', () => {
    const firstDayReadMs = (some: readonly FieldMeter[]) =>
      some.map(({ storedMs }) => Math.max(...rowsOf(fromDay).map((row) => storedMs[row]!)));
    const close = table.dayStart(fromDay + 1) * 1_000;
    const healthy = meters.filter(
      ({ id, segment, concentrator }) => !bad(id) && segment !== downSegment && concentrator !== 3,
    );
    expect(Math.max(...firstDayReadMs(healthy)) - close).toBeLessThan(4 * 3_600_000);
    for (const { id } of meters.filter((meter) => bad(meter.id) && meter.segment !== downSegment)) {
      const at = field.started.filter(({ job }) => job.meter === id).map(({ job }) => job.startedMs);
      expect(at.length).toBeGreaterThanOrEqual(days);
      const lastMs = at.at(-1)!;
      const pauses = at.slice(1).map((ms, i) => ms - at[i]!);
      // Back-off is an hour at most, and a day is the pause between two that were read.
      expect(Math.max(...pauses)).toBeLessThan(26 * 3_600_000);
      expect(lastMs).toBeLessThan((field.toS + 86_400) * 1_000);
    }
  });
});
