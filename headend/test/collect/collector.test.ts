import { ManualClock } from '@openami/model';
import { describe, expect, it } from 'vitest';
import {
  type CollectOutcome,
  Collector,
  CollectScheduler,
  type Need,
  parsePlan,
  type Reader,
  type ReadSession,
} from '../../src/index.ts';
import { Events } from './field.ts';

const plan = parsePlan({
  code: 'p',
  read: [{ kind: 'profile', obis: '1-0:99.1.0', period: 900 }],
  every: { each: 'interval' },
  due: { after: 'interval', levels: [{ share: 0.95, withinS: 3_600 }] },
});
const request = { plan, item: plan.read[0]!, fromS: 0, toS: 900, entries: 1 };
const work = { deadlines: [3_600], entries: 1, worth: 1, costMs: 100 };

interface Session extends ReadSession {
  readonly signal: AbortSignal;
  readonly end: (outcome: CollectOutcome) => void;
  readonly fail: (error: unknown) => void;
}

/** Virtual time: a call is made when its time has come, and promises are let settle in between. */
function setUp(options: { need?: (meter: number) => Need | undefined; slots?: number } = {}) {
  const clock = new ManualClock(0);
  const events = new Events(0);
  const sessions: Session[] = [];
  const questions: number[][] = [];
  const warnings: string[] = [];
  const delays: number[] = [];
  const fault = { needs: false };
  const slow = { answer: Promise.resolve() };
  const free = { slots: options.slots ?? 100, perSecond: Number.POSITIVE_INFINITY, burst: 1 };
  const scheduler = new CollectScheduler({
    limits: {
      global: free,
      segment: free,
      concentrator: free,
      retryShare: 1,
      health: { downAfter: 100, probeMs: 1, maxProbeMs: 1 },
    },
    random: () => 0.5,
  });
  const reader: Reader = {
    read: (session, signal) =>
      new Promise((end, fail) => {
        sessions.push({ ...session, signal, end, fail });
      }),
  };
  const collector = new Collector({
    scheduler,
    reader,
    clock,
    log: { warn: (_, message) => warnings.push(message) },
    timeoutMs: 30_000,
    needs: {
      of: async (meters) => {
        questions.push([...meters]);
        await slow.answer;
        if (fault.needs) throw new Error('no store');
        const need = options.need ?? (() => ({ requests: [request], work }));
        return new Map(meters.flatMap((meter) => (need(meter) ? [[meter, need(meter)!]] : [])));
      },
    },
    after: (ms, call) => {
      let live = true;
      delays.push(ms);
      events.at(clock.nowMs() + ms, () => live && call());
      return () => {
        live = false;
      };
    },
  });
  const settle = () => new Promise<void>((done) => setImmediate(done));
  const pass = async (ms: number) => {
    await settle();
    for (const untilMs = clock.nowMs() + ms; clock.nowMs() < untilMs; ) {
      clock.advanceMs(Math.min(10, untilMs - clock.nowMs()));
      events.run(clock.nowMs());
      await settle();
    }
  };
  const offer = (...meters: number[]) => {
    for (const meter of meters) {
      scheduler.offer({ ...work, meter, segment: 1, concentrator: 0 }, clock.nowMs());
    }
    collector.wake();
  };
  return { clock, collector, scheduler, sessions, questions, warnings, delays, fault, slow, pass, offer };
}

describe('collector', () => {
  it('asks for the gaps of all that start together in one question, and has them read', async () => {
    const { collector, scheduler, sessions, questions, pass, offer } = setUp();
    collector.start();
    offer(1, 2, 3);
    await pass(50);
    expect(questions).toEqual([[1, 2, 3]]);
    expect(sessions.map(({ meter, requests }) => [meter, requests])).toEqual([
      [1, [request]],
      [2, [request]],
      [3, [request]],
    ]);
    for (const session of sessions) session.end({ kind: 'read' });
    await pass(50);
    expect(scheduler.counts.queued).toBe(0);
    expect(collector.metrics).toMatchObject({ sessions: 3, read: 3, link: 0 });
  });

  it('asks the store one question at a time, and gathers for the next meanwhile', async () => {
    const { collector, sessions, questions, slow, pass, offer } = setUp();
    let answer = () => {};
    slow.answer = new Promise((done) => {
      answer = done;
    });
    collector.start();
    offer(1);
    await pass(50);
    for (const meter of [2, 3, 4]) {
      offer(meter);
      await pass(50);
    }
    expect(questions).toEqual([[1]]);
    answer();
    await pass(50);
    expect(questions).toEqual([[1], [2, 3, 4]]);
    expect(sessions).toHaveLength(4);
  });

  it('spares meters whose gaps closed by themselves', async () => {
    const { collector, scheduler, sessions, pass, offer } = setUp({
      need: (meter) => (meter === 1 ? undefined : { requests: [] }),
    });
    collector.start();
    offer(1, 2);
    await pass(50);
    expect(sessions).toEqual([]);
    expect(collector.metrics.complete).toBe(2);
    expect(scheduler.counts.queued).toBe(0);
  });

  it('keeps slots full as sessions end, and comes back for the rest of a meter', async () => {
    let left = 2;
    const { collector, sessions, pass, offer } = setUp({
      slots: 1,
      need: () => (left-- > 0 ? { requests: [request], work, rest: work } : { requests: [request], work }),
    });
    collector.start();
    offer(1);
    for (let i = 0; i < 5; i++) {
      await pass(50);
      sessions.at(-1)!.end({ kind: 'read' });
    }
    expect(sessions.map(({ meter }) => meter)).toEqual([1, 1]);
    expect(collector.metrics.read).toBe(2);
  });

  it('aborts a session that takes too long, and tries the meter again later', async () => {
    const { collector, scheduler, sessions, pass, offer } = setUp();
    collector.start();
    offer(1);
    await pass(30_020);
    const [session] = sessions;
    expect(session!.signal.aborted).toBe(true);
    expect(session!.signal.reason).toMatchObject({ code: 'COLLECT_TIMEOUT' });
    // Until the driver has let go, the meter counts as being read.
    await pass(100_000);
    expect(sessions).toHaveLength(1);
    session!.fail(session!.signal.reason);
    await pass(10);
    expect(scheduler.counts.waiting).toBe(1);
    await pass(46_000);
    expect(sessions).toHaveLength(2);
    expect(sessions[1]!.attempts).toBe(1);
    expect(collector.metrics).toMatchObject({ timeouts: 1, link: 1 });
  });

  it('looks at once when it is woken, though its clock was set while it slept', async () => {
    const { clock, collector, sessions, delays, pass, offer } = setUp();
    collector.start();
    offer(1);
    await pass(50);
    sessions[0]!.end({ kind: 'link' });
    await pass(50);
    const slept = delays.at(-1)!;
    expect(slept).toBeGreaterThan(10_000);
    collector.wake();
    await pass(50);
    clock.advanceMs(3_600_000);
    collector.wake();
    expect(delays.at(-1)).toBe(10);
  });

  it('survives a driver that throws and a store that does not answer', async () => {
    const { collector, scheduler, sessions, warnings, questions, fault, pass, offer } = setUp();
    collector.start();
    fault.needs = true;
    offer(1);
    await pass(12_000);
    expect(questions.length).toBe(3);
    expect(scheduler.counts).toEqual({ queued: 1, waiting: 0, running: 0 });
    fault.needs = false;
    await pass(5_000);
    sessions[0]!.fail(new Error('bug'));
    await pass(10);
    expect(scheduler.counts.waiting).toBe(1);
    expect(new Set(warnings)).toEqual(
      new Set(['gaps cannot be computed; collection pauses', 'the driver failed']),
    );
  });

  it('stops in good order: starts nothing, waits, then aborts, and gives the meters back', async () => {
    const { collector, scheduler, sessions, pass, offer } = setUp({ slots: 2 });
    collector.start();
    offer(1, 2, 3);
    await pass(50);
    let stopped = false;
    void collector.stop(5_000).then(() => {
      stopped = true;
    });
    sessions[0]!.end({ kind: 'read' });
    await pass(4_000);
    expect(sessions).toHaveLength(2);
    expect(sessions[1]!.signal.aborted).toBe(false);
    await pass(1_100);
    expect(sessions[1]!.signal.reason).toMatchObject({ code: 'COLLECT_STOPPED' });
    expect(stopped).toBe(false);
    sessions[1]!.fail(sessions[1]!.signal.reason);
    await pass(20);
    expect(stopped).toBe(true);
    expect(scheduler.counts).toEqual({ queued: 2, waiting: 0, running: 0 });
    collector.start();
    await pass(50);
    expect(sessions.slice(2).map(({ meter }) => meter)).toEqual([2, 3]);
  });

  it('does not wait for ever for a driver that does not let go', async () => {
    const { collector, pass, offer } = setUp();
    collector.start();
    offer(1);
    await pass(50);
    let stopped = false;
    void collector.stop(1_000).then(() => {
      stopped = true;
    });
    await pass(2_100);
    expect(stopped).toBe(true);
  });
});
