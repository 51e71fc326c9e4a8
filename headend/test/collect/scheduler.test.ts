import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type CollectJob,
  type CollectLimits,
  type CollectOutcome,
  CollectScheduler,
  defaultBackOff,
  defaultOrder,
  type MeterWork,
} from '../../src/index.ts';

const free = { slots: 1_000_000, perSecond: Number.POSITIVE_INFINITY, burst: 1 };
const noHealth = { downAfter: 1_000_000, probeMs: 1, maxProbeMs: 1 };
const open: CollectLimits = {
  global: free,
  segment: free,
  concentrator: free,
  retryShare: 1,
  health: noHealth,
};
const hourS = 3_600;

function schedulerOf(limits: Partial<CollectLimits> = {}, capacity = 10_000) {
  return new CollectScheduler({ limits: { ...open, ...limits }, capacity, random: () => 0.5 });
}

const work = (meter: number, more: Partial<MeterWork> = {}): MeterWork => ({
  meter,
  segment: 1,
  concentrator: 0,
  deadlines: [hourS],
  entries: 96,
  worth: 96,
  costMs: 1_920,
  ...more,
});
const meters = (jobs: readonly CollectJob[]) => jobs.map((job) => job.meter);

interface ModelMeter extends MeterWork {
  state: 'ready' | 'waiting' | 'running';
  attempts: number;
  wakeMs: number;
  again: boolean;
}

function keyOf({ deadlines, worth, costMs }: MeterWork, nowMs: number): number {
  const ahead = deadlines.find((at) => at * 1_000 >= nowMs) ?? deadlines.at(-1)!;
  const doublings = Math.log2((worth * 1_000) / costMs / defaultOrder.usualWorthPerS);
  const most = defaultOrder.swayDoublings;
  return ahead * 1_000 - Math.max(-most, Math.min(most, doublings)) * defaultOrder.doubleMs;
}

/** All of it again without a heap: every meter is looked at for every start. */
class NaiveModel {
  readonly meters = new Map<number, ModelMeter>();
  readonly #limits: CollectLimits;
  constructor(limits: CollectLimits) {
    this.#limits = limits;
  }

  offer(work: MeterWork): void {
    const known = this.meters.get(work.meter);
    if (!known) {
      this.meters.set(work.meter, { ...work, state: 'ready', attempts: 0, wakeMs: 0, again: false });
    } else if (known.state === 'running') {
      const { segment, concentrator } = known;
      Object.assign(known, work, { segment, concentrator, again: true });
    } else Object.assign(known, work);
  }

  startable(nowMs: number): ModelMeter[] {
    const all = [...this.meters.values()];
    for (const meter of all) if (meter.state === 'waiting' && meter.wakeMs <= nowMs) meter.state = 'ready';
    const running = all.filter((meter) => meter.state === 'running');
    if (running.length >= this.#limits.global.slots) return [];
    return all.filter((meter) => {
      if (meter.state !== 'ready') return false;
      const near = running.filter((other) => other.segment === meter.segment);
      const same = near.filter((other) => other.concentrator === meter.concentrator);
      if (near.length >= this.#limits.segment.slots) return false;
      return meter.concentrator === 0 || same.length < this.#limits.concentrator.slots;
    });
  }

  done(id: number, outcome: CollectOutcome, nowMs: number): void {
    const meter = this.meters.get(id)!;
    const again = meter.again;
    meter.again = false;
    meter.state = 'ready';
    if (outcome.kind === 'read' || outcome.kind === 'complete') {
      meter.attempts = 0;
      const rest = outcome.kind === 'read' ? outcome.rest : undefined;
      if (rest) Object.assign(meter, rest);
      else if (!again) this.meters.delete(id);
      return;
    }
    if (outcome.kind === 'returned' && !outcome.pause) return;
    meter.state = 'waiting';
    if (outcome.kind === 'busy' || outcome.kind === 'returned') {
      meter.wakeMs = nowMs + defaultBackOff.busyMs * 0.75;
      return;
    }
    if (outcome.kind === 'link' && outcome.progress) meter.attempts = 0;
    meter.attempts += 1;
    const first = outcome.kind === 'meter' ? defaultBackOff.refusedMs : defaultBackOff.firstMs;
    meter.wakeMs = nowMs + Math.min(defaultBackOff.mostMs, first * 2 ** (meter.attempts - 1)) * 0.75;
  }
}

const deadlines = fc
  .uniqueArray(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 4 })
  .map((hours) => hours.sort((a, b) => a - b).map((hour) => hour * 1_200));
const anyWork = fc.record<MeterWork>({
  meter: fc.nat(30),
  segment: fc.nat(2),
  concentrator: fc.nat(2),
  deadlines,
  entries: fc.integer({ min: 1, max: 500 }),
  worth: fc.double({ min: 0.1, max: 1_000, noNaN: true }),
  costMs: fc.double({ min: 10, max: 1e6, noNaN: true }),
});
const outcome = fc.oneof(
  fc.constantFrom<CollectOutcome>(
    { kind: 'read' },
    { kind: 'complete' },
    { kind: 'link' },
    { kind: 'link', progress: true },
    { kind: 'meter' },
    { kind: 'busy' },
    { kind: 'returned' },
    { kind: 'returned', pause: true },
  ),
  anyWork.map((rest): CollectOutcome => {
    const { deadlines: due, entries, worth, costMs } = rest;
    return { kind: 'read', rest: { deadlines: due, entries, worth, costMs } };
  }),
);
const step = fc.oneof(
  { weight: 3, arbitrary: anyWork.map((offer) => ({ offer })) },
  { weight: 3, arbitrary: fc.constant({ start: true as const }) },
  { weight: 2, arbitrary: fc.record({ end: fc.nat(), outcome }) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 3_000_000 }).map((passMs) => ({ passMs })) },
  { weight: 1, arbitrary: fc.nat(30).map((withdraw) => ({ withdraw })) },
);

describe('scheduler', () => {
  it('starts what a look at every meter would start, and nothing else', () => {
    const limits: CollectLimits = {
      ...open,
      global: { ...free, slots: 6 },
      segment: { ...free, slots: 3 },
      concentrator: { ...free, slots: 2 },
    };
    fc.assert(
      fc.property(fc.array(step, { maxLength: 150, size: 'max' }), (steps) => {
        const scheduler = schedulerOf(limits);
        const model = new NaiveModel(limits);
        const running: CollectJob[] = [];
        let nowMs = 0;
        for (const one of steps) {
          if ('offer' in one) {
            scheduler.offer(one.offer, nowMs);
            model.offer(one.offer);
          } else if ('passMs' in one) nowMs += one.passMs;
          else if ('withdraw' in one) {
            const known = model.meters.get(one.withdraw);
            if (known?.state === 'running') continue;
            scheduler.withdraw(one.withdraw, nowMs);
            model.meters.delete(one.withdraw);
          } else if ('start' in one) {
            const could = model.startable(nowMs);
            const [job] = scheduler.next(nowMs, 1);
            expect(job === undefined).toBe(could.length === 0);
            if (!job) continue;
            const mine = could.find((meter) => meter.meter === job.meter)!;
            const best = Math.min(...could.map((meter) => keyOf(meter, nowMs)));
            // Sway is kept in single precision.
            expect(keyOf(mine, nowMs)).toBeCloseTo(best, -1);
            expect(job).toMatchObject({ segment: mine.segment, concentrator: mine.concentrator });
            mine.state = 'running';
            running.push(job);
          } else if (running.length > 0) {
            const [job] = running.splice(one.end % running.length, 1);
            scheduler.done(job!, one.outcome, nowMs);
            model.done(job!.meter, one.outcome, nowMs);
          }
          const states = [...model.meters.values()];
          expect(scheduler.counts.queued).toBe(states.length);
          expect(scheduler.counts.running).toBe(running.length);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('reads the earliest deadline first when worth and cost are equal', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 1e6 }), { minLength: 1, maxLength: 200 }), (due) => {
        const scheduler = schedulerOf();
        due.forEach((at, i) => {
          scheduler.offer(work(i + 1, { segment: i % 7, concentrator: i % 3, deadlines: [at] }), 0);
        });
        const order = scheduler.next(0).map((job) => job.deadlineS);
        expect(order).toEqual([...due].sort((a, b) => a - b));
      }),
    );
  });

  it('prefers what is worth more or costs less, but not for ever', () => {
    const scheduler = schedulerOf({ global: { ...free, slots: 1 } });
    scheduler.offer(work(1, { worth: 96 }), 0);
    scheduler.offer(work(2, { worth: 960 }), 0);
    scheduler.offer(work(3, { costMs: 192_000 }), 0);
    const [first] = scheduler.next(0);
    expect(first!.meter).toBe(2);
    scheduler.done(first!, { kind: 'read' }, 0);
    // The costly one waits while ever new valuable ones come in, each due an hour from its own time.
    let started = 0;
    for (let nowMs = 0; started !== 3; nowMs += 60_000) {
      expect(nowMs).toBeLessThan((hourS + 2 * 6 * 1_800) * 1_000);
      scheduler.offer(
        work(1_000 + nowMs / 60_000, { worth: 1e6, deadlines: [nowMs / 1_000 + hourS] }),
        nowMs,
      );
      const [job] = scheduler.next(nowMs);
      started = job!.meter;
      scheduler.done(job!, { kind: 'read' }, nowMs);
    }
  });

  it('lets what missed its first deadline make way for what can still meet it', () => {
    const scheduler = schedulerOf();
    scheduler.offer(work(1, { deadlines: [hourS, 24 * hourS] }), 0);
    scheduler.offer(work(2, { deadlines: [2 * hourS, 25 * hourS] }), 0);
    expect(meters(scheduler.next(1.5 * hourS * 1_000))).toEqual([2, 1]);
  });

  it('never reads a meter twice at once, and again when it was offered meanwhile', () => {
    const scheduler = schedulerOf();
    expect(scheduler.offer(work(1), 0)).toBe('queued');
    expect(scheduler.offer(work(1), 0)).toBe('updated');
    const [job] = scheduler.next(0);
    expect(scheduler.offer(work(1), 0)).toBe('running');
    expect(scheduler.next(0)).toEqual([]);
    scheduler.done(job!, { kind: 'read' }, 10);
    const [second] = scheduler.next(10);
    expect(second!.meter).toBe(1);
    expect(() => scheduler.done(job!, { kind: 'read' }, 10)).toThrow(
      expect.objectContaining({ code: 'COLLECT_JOB_UNKNOWN' }),
    );
    scheduler.done(second!, { kind: 'read' }, 20);
    expect(scheduler.counts).toEqual({ queued: 0, waiting: 0, running: 0 });
  });

  it('forgets a meter that is withdrawn, in every state', () => {
    const scheduler = schedulerOf({ global: { ...free, slots: 2 } });
    for (const meter of [1, 2, 3]) scheduler.offer(work(meter, { deadlines: [meter * 10] }), 0);
    const [one, two] = scheduler.next(0);
    scheduler.done(one!, { kind: 'link' }, 0);
    for (const meter of [1, 2, 3, 99]) scheduler.withdraw(meter, 0);
    expect(scheduler.counts).toEqual({ queued: 1, waiting: 0, running: 1 });
    scheduler.done(two!, { kind: 'link' }, 0);
    expect(scheduler.counts.queued).toBe(0);
    expect(scheduler.next(1e9)).toEqual([]);
  });

  it('reaches a meter through the link it was offered with last', () => {
    const scheduler = schedulerOf();
    scheduler.offer(work(1, { segment: 1 }), 0);
    scheduler.offer(work(1, { segment: 2, concentrator: 9 }), 0);
    const [job] = scheduler.next(0);
    expect(job).toMatchObject({ segment: 2, concentrator: 9 });
    expect([1, 2].map((id) => scheduler.segment(id)!.running)).toEqual([0, 1]);
    scheduler.done(job!, { kind: 'link' }, 0);
    // Also while it backs off.
    scheduler.offer(work(1, { segment: 1 }), 0);
    expect(scheduler.next(3_600_000)[0]).toMatchObject({ segment: 1, concentrator: 0 });
    expect([1, 2].map((id) => scheduler.segment(id)!.running)).toEqual([1, 0]);
  });

  it('is bounded, and takes a meter when there is room again', () => {
    const scheduler = schedulerOf({}, 2);
    expect([1, 2, 3].map((meter) => scheduler.offer(work(meter), 0))).toEqual(['queued', 'queued', 'full']);
    scheduler.done(scheduler.next(0, 1)[0]!, { kind: 'read' }, 0);
    expect(scheduler.offer(work(3), 0)).toBe('queued');
  });

  it.each([
    { deadlines: [] },
    { deadlines: [2, 1] },
    { deadlines: [1, 2, 3, 4, 5] },
    { deadlines: [-1] },
    { entries: 0 },
    { worth: 0 },
    { worth: Number.NaN },
    { costMs: Number.POSITIVE_INFINITY },
  ])('refuses impossible work: %j', (change) => {
    const scheduler = schedulerOf();
    expect(() => scheduler.offer(work(1, change), 0)).toThrow(
      expect.objectContaining({ code: 'COLLECT_WORK_INVALID' }),
    );
    expect(scheduler.counts.queued).toBe(0);
  });

  it.each([
    { retryShare: 0 },
    { global: { ...free, slots: 0 } },
    { segment: { ...free, perSecond: 0 } },
    { concentrators: new Map([[1, { ...free, burst: 0 }]]) },
    { health: { ...noHealth, maxProbeMs: 0 } },
  ])('refuses impossible limits: %j', (change) => {
    expect(() => schedulerOf(change)).toThrow(expect.objectContaining({ code: 'COLLECT_LIMIT_INVALID' }));
  });

  it('waits longer after each failure, with jitter, and starts from the beginning after progress', () => {
    const draws = [0, 0.999, 0.5, 0.5];
    const scheduler = new CollectScheduler({ limits: open, random: () => draws.shift()! });
    scheduler.offer(work(1), 0);
    const waits: number[] = [];
    let nowMs = 0;
    const fail = (outcome: CollectOutcome) => {
      const [job] = scheduler.next(nowMs);
      scheduler.done(job!, outcome, nowMs);
      waits.push(Math.round(scheduler.wakeMs(nowMs) - nowMs));
      nowMs = scheduler.wakeMs(nowMs);
    };
    fail({ kind: 'link' });
    fail({ kind: 'link' });
    fail({ kind: 'link' });
    fail({ kind: 'link', progress: true });
    expect(waits).toEqual([30_000, 119_940, 180_000, 45_000]);
    expect(scheduler.next(nowMs)[0]).toMatchObject({ attempts: 1, lane: 1 });
  });
});

describe('limits', () => {
  it('spread starts as the token buckets say, and say when to look again', () => {
    const scheduler = schedulerOf({ segment: { slots: 1_000, perSecond: 2, burst: 3 } });
    for (let meter = 1; meter <= 10; meter++) scheduler.offer(work(meter), 0);
    const at: number[] = [];
    for (let nowMs = 0; nowMs !== Number.POSITIVE_INFINITY; nowMs = scheduler.wakeMs(nowMs)) {
      for (const _ of scheduler.next(nowMs)) at.push(nowMs);
    }
    expect(at).toEqual([0, 0, 0, 500, 1_000, 1_500, 2_000, 2_500, 3_000, 3_500]);
  });

  it('hold for the head-end, and a clock that goes back neither adds nor takes', () => {
    const scheduler = schedulerOf({ global: { slots: 1_000, perSecond: 1, burst: 1 } });
    for (let meter = 1; meter <= 3; meter++) scheduler.offer(work(meter), 0);
    expect(scheduler.next(10_000)).toHaveLength(1);
    expect(scheduler.next(4_000)).toHaveLength(0);
    expect(scheduler.wakeMs(4_000)).toBe(5_000);
    expect(scheduler.next(5_000)).toHaveLength(1);
  });

  it('close a segment that is down to a slow probe, without blaming its meters, and open it again', () => {
    const scheduler = schedulerOf({
      segment: { ...free, slots: 50 },
      health: { downAfter: 8, probeMs: 10_000, maxProbeMs: 300_000 },
    });
    for (let meter = 1; meter <= 500; meter++) scheduler.offer(work(meter), 0);
    let nowMs = 0;
    let sessions = 0;
    const run = (untilMs: number, kind: 'link' | 'read') => {
      for (; nowMs < untilMs; nowMs = Math.min(untilMs, Math.max(nowMs + 1, scheduler.wakeMs(nowMs)))) {
        const jobs = scheduler.next(nowMs);
        sessions += jobs.length;
        nowMs += jobs.length > 0 ? 1_000 : 0;
        for (const job of jobs) scheduler.done(job, { kind }, nowMs);
      }
    };
    run(600_000, 'link');
    expect(scheduler.segment(1)).toMatchObject({ down: true, slots: 1 });
    sessions = 0;
    run(86_400_000, 'link');
    expect(sessions).toBeLessThan(86_400 / 250);
    expect(scheduler.counts.queued).toBe(500);
    run(86_400_000 + 400_000, 'read');
    expect(scheduler.segment(1)).toMatchObject({ down: false, slots: 50 });
    run(86_400_000 + 4_000_000, 'read');
    expect(scheduler.counts.queued).toBe(0);
  });

  it('leave most of a single slot to meters that answer, however many do not', () => {
    const scheduler = schedulerOf({ concentrator: { ...free, slots: 1 }, retryShare: 0.2 });
    const bad = (meter: number) => meter <= 200;
    let nowMs = 0;
    const spent = { bad: 0, good: 0 };
    for (let meter = 1; meter <= 200; meter++)
      scheduler.offer(work(meter, { concentrator: 5, deadlines: [1] }), 0);
    // First all bad meters fail once; from then on good ones always wait as well.
    let good = 1_000;
    const steadyMs = 4 * hourS * 1_000;
    while (nowMs < steadyMs + 24 * hourS * 1_000) {
      if (nowMs > steadyMs)
        scheduler.offer(work(++good, { concentrator: 5, deadlines: [nowMs / 1_000 + 60] }), nowMs);
      const [job] = scheduler.next(nowMs);
      if (!job) {
        nowMs = Math.max(nowMs + 1, Math.min(steadyMs + 1, scheduler.wakeMs(nowMs)));
        continue;
      }
      const tookMs = bad(job.meter) ? 30_000 : 2_000;
      nowMs += tookMs;
      if (nowMs > steadyMs + hourS * 1_000) spent[bad(job.meter) ? 'bad' : 'good'] += tookMs;
      scheduler.done(job, bad(job.meter) ? { kind: 'link' } : { kind: 'read' }, nowMs);
    }
    const share = spent.bad / (spent.bad + spent.good);
    expect(share).toBeLessThan(0.21);
    expect(share).toBeGreaterThan(0.1);
  });
});
