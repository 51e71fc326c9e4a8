import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readiness, type WindowCounts } from '../src/index.ts';

const whole: WindowCounts = {
  channel: 1,
  expected: 2_976,
  present: 2_976,
  estimated: 0,
  blocking: 0,
  open: 0,
};

describe('readiness', () => {
  it('is given when all is measured, and with a remark when some is estimated', () => {
    expect(readiness([whole])).toMatchObject({ state: 'ready', obstacles: [], channels: [] });
    expect(readiness([{ ...whole, estimated: 96, open: 1 }])).toMatchObject({ state: 'estimated', open: 1 });
  });

  it('names what stands in the way, and where', () => {
    const found = readiness([
      whole,
      { ...whole, channel: 2, present: 2_970 },
      { ...whole, channel: 3, estimated: 298 },
      { ...whole, channel: 4, blocking: 2 },
    ]);
    expect(found).toMatchObject({
      state: 'blocked',
      obstacles: ['missing', 'estimated', 'exceptions'],
      channels: [2, 3, 4],
      missing: 6,
      blocking: 2,
    });
    expect(readiness([]).obstacles).toEqual(['empty']);
  });

  it('is never better for a channel more that is not ready', () => {
    const counts = fc.record({
      channel: fc.nat(),
      expected: fc.integer({ min: 1, max: 100 }),
      present: fc.nat(100),
      estimated: fc.nat(20),
      blocking: fc.nat(1),
      open: fc.nat(3),
    });
    fc.assert(
      fc.property(fc.array(counts), counts, (windows, more) => {
        const before = readiness(windows);
        const after = readiness([...windows, more]);
        if (before.state === 'blocked' && windows.length > 0) expect(after.state).toBe('blocked');
        expect(after.expected).toBe(before.expected + more.expected);
        expect(after.missing).toBeGreaterThanOrEqual(before.missing);
      }),
    );
  });
});
