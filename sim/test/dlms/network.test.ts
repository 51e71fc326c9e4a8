import { ManualClock } from '@openami/model';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Segment, type SegmentScript } from '../../src/dlms/network.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'setImmediate', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const clock = new ManualClock(1_000_000);
const segment = (script: Omit<SegmentScript, 'name'>, seed = 1) =>
  new Segment({ name: 'test', ...script }, seed, 0, clock);
const never = { destroy: () => expect.unreachable() };

describe('a segment', () => {
  it('keeps the order of a stream and loses nothing of it, however bad it is', () => {
    const scripts = fc.record({
      delayMs: fc.nat(50),
      jitterMs: fc.nat(50),
      lossRate: fc.double({ min: 0, max: 0.9, noNaN: true }),
      bytesPerS: fc.option(fc.integer({ min: 1_000, max: 1_000_000 }), { nil: undefined }),
    });
    fc.assert(
      fc.property(
        scripts,
        fc.array(fc.tuple(fc.nat(255), fc.nat(40)), { maxLength: 40 }),
        fc.integer(),
        (script, sent, seed) => {
          const came: number[] = [];
          const put = segment(script, seed).pipe((bytes) => came.push(bytes[0]!), never);
          for (const [byte, pauseMs] of sent) {
            put(Uint8Array.of(byte));
            vi.advanceTimersByTime(pauseMs);
          }
          vi.runAllTimers();
          expect(came).toEqual(sent.map(([byte]) => byte));
        },
      ),
      { numRuns: 100 },
    );
  });

  it('throttles all that is in it together', () => {
    const slow = segment({ bytesPerS: 1_000 });
    const came: number[] = [];
    const startMs = performance.now();
    for (let i = 0; i < 3; i++) {
      slow.pipe(() => came.push(performance.now() - startMs), never)(new Uint8Array(500));
    }
    vi.runAllTimers();
    expect(came).toEqual([500, 1_000, 1_500]);
  });

  it('loses the share of datagrams it is told to, the same ones for the same seed', () => {
    const run = (seed: number): number[] => {
      const radio = segment({ lossRate: 0.3, delayMs: 1 }, seed);
      const came: number[] = [];
      for (let i = 0; i < 1_000; i++)
        radio.datagram(Uint8Array.of(i & 255, i >> 8), ([low, high]) => came.push(low! + high! * 256));
      vi.runAllTimers();
      return came;
    };
    const came = run(5);
    expect(came.length).toBeGreaterThan(600);
    expect(came.length).toBeLessThan(800);
    expect(run(5)).toEqual(came);
    expect(run(6)).not.toEqual(came);
  });

  it('lets datagrams overtake each other', () => {
    const radio = segment({ reorderRate: 0.3, delayMs: 1 });
    const came: number[] = [];
    for (let i = 0; i < 200; i++) radio.datagram(Uint8Array.of(i), ([byte]) => came.push(byte!));
    vi.runAllTimers();
    expect([...came].sort((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, i) => i));
    expect(came).not.toEqual([...came].sort((a, b) => a - b));
  });

  it('cuts what it holds while it is down, and what tries to send', () => {
    const own = new ManualClock(0);
    const valley = new Segment({ name: 'valley', down: [{ fromS: 10, untilS: 20 }] }, 1, 0, own);
    const cut: string[] = [];
    valley.hold({ destroy: () => cut.push('held') });
    valley.check();
    expect(cut).toEqual([]);
    own.setMs(10_000);
    expect(valley.isUp).toBe(false);
    valley.check();
    valley.pipe(() => expect.unreachable(), { destroy: () => cut.push('sender') })(Uint8Array.of(1));
    valley.datagram(Uint8Array.of(1), () => expect.unreachable());
    vi.runAllTimers();
    expect(cut).toEqual(['held', 'sender']);
    own.setMs(20_000);
    expect(valley.isUp).toBe(true);
  });
});
