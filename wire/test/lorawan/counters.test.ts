/** Frame counters and times: duplicates, gaps, resets, roll-over, in any order of delivery. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type CountedFrame,
  CounterBook,
  type CounterKind,
  type CounterState,
  frameTime,
  isPlausibleDeviceTime,
  type RxPath,
  takeFrame,
} from '../../src/lorawan/index.ts';

const minute = 60_000;
const frame = (fCnt: number, more: Partial<CountedFrame> = {}): CountedFrame => ({
  ...{ fCnt, bits: 32, session: 's', deduplicationId: `d${fCnt}`, timeMs: fCnt * minute, ...more },
});

function run(frames: readonly CountedFrame[]) {
  let state: CounterState | undefined;
  return frames.map((each) => {
    const taken = takeFrame(state, each);
    state = taken.state;
    return taken.verdict;
  });
}
const kinds = (frames: readonly CountedFrame[]) => run(frames).map(({ kind, missed }) => [kind, missed]);

describe('counters', () => {
  test('a row with a hole, a repeat and a late one', () => {
    expect(
      kinds([frame(5), frame(6), frame(6), frame(9), frame(7, { timeMs: 9 * minute + 1 }), frame(5)]),
    ).toEqual([
      ['first', 0],
      ['next', 0],
      ['duplicate', 0],
      ['next', 2],
      ['late', -1],
      ['duplicate', 0],
    ] satisfies [CounterKind, number][]);
  });

  test('a new session begins anew; late frames of the one before do not bring it back', () => {
    const joined = frame(2, { session: 't', timeMs: 100 * minute });
    expect(kinds([frame(50), joined, frame(49), frame(3, { session: 't', timeMs: 101 * minute })])).toEqual([
      ['first', 0],
      ['reset', 2],
      ['late', 0],
      ['next', 0],
    ]);
  });

  test('a device without sessions that begins anew', () => {
    const abp = (fCnt: number, timeMs: number) => frame(fCnt, { session: null, timeMs });
    expect(kinds([abp(500, 0), abp(1, minute), abp(2, 2 * minute)])).toEqual([
      ['first', 0],
      ['reset', 1],
      ['next', 0],
    ]);
    // far too much to be missing
    expect(kinds([abp(5_000, 0), abp(4_000, minute)])[1]).toEqual(['reset', 0]);
    // a hole that is filled late is no beginning, one counted before is
    expect(kinds([abp(5, 0), abp(7, minute), abp(6, 30 * minute), abp(5, 40 * minute)])).toEqual([
      ['first', 0],
      ['next', 1],
      ['late', -1],
      ['reset', 5],
    ]);
    // soon after it began
    expect(kinds([abp(3, 0), abp(0, 30 * minute)])).toEqual([
      ['first', 0],
      ['reset', 0],
    ]);
    // an old message that a broker delivers now is not one
    expect(kinds([abp(500, 500 * minute), abp(1, minute), abp(501, 501 * minute)])).toEqual([
      ['first', 0],
      ['late', 0],
      ['next', 0],
    ]);
  });

  test('the same counter: of late gateways a duplicate, of a device that does not count let through', () => {
    const still = (id: string | null, timeMs: number) => frame(0, { deduplicationId: id, timeMs });
    expect(
      kinds([still('a', 0), still('b', minute), still('a', 60 * minute), still('c', 61 * minute)]),
    ).toEqual([
      ['first', 0],
      ['duplicate', 0],
      ['duplicate', 0],
      ['repeat', 0],
    ]);
    expect(kinds([still(null, 0), still(null, 60 * minute)])[1]).toEqual(['duplicate', 0]);
  });

  test('sixteen bits go round', () => {
    const air = (fCnt: number, at: number) => frame(fCnt, { bits: 16, timeMs: at * minute });
    const verdicts = run([air(0xfffe, 0), air(0xffff, 1), air(2, 2), air(1, 2)]);
    expect(verdicts).toEqual([
      { kind: 'first', fCnt: 0xfffe, missed: 0 },
      { kind: 'next', fCnt: 0xffff, missed: 0 },
      { kind: 'next', fCnt: 0x1_0002, missed: 2 },
      { kind: 'late', fCnt: 0x1_0001, missed: -1 },
    ]);
  });

  test('whatever was lost, doubled or shuffled a little: missed is what did not come', () => {
    const deliveries = fc
      .array(fc.record({ gone: fc.boolean(), copies: fc.integer({ min: 1, max: 3 }), delay: fc.nat(6) }), {
        maxLength: 60,
      })
      .map((plan) => {
        const sent = plan.flatMap(({ gone, copies, delay }, fCnt) =>
          gone ? [] : Array.from({ length: copies }, (_, copy) => ({ fCnt, at: fCnt + delay + copy * 2 })),
        );
        return { sent: sent.sort((a, b) => a.at - b.at), came: new Set(sent.map(({ fCnt }) => fCnt)) };
      });
    fc.assert(
      fc.property(deliveries, ({ sent, came }) => {
        const verdicts = run(sent.map(({ fCnt }) => frame(fCnt, { timeMs: 1_000 * fCnt })));
        const accepted = verdicts.filter(({ kind }) => kind !== 'duplicate');
        expect(accepted.map(({ fCnt }) => fCnt).sort((a, b) => a - b)).toEqual(
          [...came].sort((a, b) => a - b),
        );
        if (sent.length === 0) return;
        const first = sent[0]!.fCnt;
        const last = Math.max(...came);
        const holes = Array.from({ length: last - first + 1 }, (_, i) => first + i).filter(
          (fCnt) => !came.has(fCnt),
        );
        expect(verdicts.reduce((sum, { missed }) => sum + missed, 0)).toBe(holes.length);
      }),
    );
  });

  test('any frames at all: counters stay counters', () => {
    const any = fc.record({
      fCnt: fc.nat(0xffff_ffff),
      bits: fc.constant(32 as const),
      session: fc.option(fc.constantFrom('a', 'b')),
      deduplicationId: fc.option(fc.constantFrom('x', 'y')),
      timeMs: fc.nat(),
    });
    fc.assert(
      fc.property(fc.array(any), (frames) => {
        for (const { missed, fCnt } of run(frames)) {
          expect(missed).toBeGreaterThanOrEqual(-1);
          expect(missed).toBeLessThanOrEqual(fCnt);
        }
      }),
    );
  });

  test('the book forgets those not heard of for longest', () => {
    const book = new CounterBook(2);
    for (const device of ['a', 'b', 'a', 'c']) book.take(device, frame(1));
    expect(book.state('b')).toBeUndefined();
    expect(book.take('a', frame(1)).kind).toBe('duplicate');
    const kept = book.state('a')!;
    book.forget('a');
    book.restore('a', kept);
    expect(book.take('a', frame(3))).toEqual({ kind: 'next', fCnt: 3, missed: 1 });
    for (const device of ['d', 'e']) book.restore(device, kept);
    expect(['a', 'c', 'd', 'e'].filter((device) => book.state(device) !== undefined)).toEqual(['d', 'e']);
  });
});

describe('times', () => {
  const nowMs = Date.UTC(2026, 2, 1);
  const path = (gatewayMs: number | null, more: Partial<RxPath> = {}): RxPath => ({
    ...{ gatewayId: 'g', rssiDbm: -80, snrDb: 5, gatewayMs, isGpsTime: false, channel: 0, ...more },
  });

  test('the best gateway whose clock can be true', () => {
    const rx = [
      path(nowMs - 10, { snrDb: 1 }),
      path(nowMs - 20, { snrDb: 9 }),
      path(0, { snrDb: 12 }),
      path(null),
    ];
    expect(frameTime({ rx, serverMs: nowMs }, nowMs)).toEqual({ ms: nowMs - 20, source: 'gateway' });
    const gps = path(nowMs - 30, { isGpsTime: true, snrDb: -10 });
    expect(frameTime({ rx: [...rx, gps], serverMs: nowMs }, nowMs).ms).toBe(nowMs - 30);
    expect(frameTime({ rx: [path(nowMs + 3_600_000)], serverMs: nowMs }, nowMs).source).toBe('server');
    expect(frameTime({ rx: [], serverMs: null }, nowMs)).toEqual({ ms: nowMs, source: 'reception' });
  });

  test("a meter's own time is believed as far as it can be true", () => {
    expect(isPlausibleDeviceTime(nowMs - 400 * 86_400_000, nowMs)).toBe(true);
    expect(isPlausibleDeviceTime(nowMs + 7_200_000, nowMs)).toBe(false);
    expect(isPlausibleDeviceTime(0, nowMs)).toBe(false);
    expect(isPlausibleDeviceTime(Number.NaN, nowMs)).toBe(false);
  });
});
