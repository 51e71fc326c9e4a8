/** What somebody recorded of a meter that does not count its messages. */
import type { PushMessage } from '@openami/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ReplayWatch } from '../../src/radio/replays.ts';
import { nowMs } from '../helpers/fixture.ts';

const series = (quantity: string, unit: string, values: readonly (readonly [number, number])[]) => ({
  ...{ quantity, unit, intervalS: 0, length: values.length, quality: new Uint8Array(values.length) },
  end: Float64Array.from(values, ([end]) => end),
  value: Float64Array.from(values, ([, value]) => value),
});

function message(m3: number, more: { sentMs?: number; celsius?: number } = {}): PushMessage {
  const { sentMs = 0, celsius = 10 } = more;
  return {
    ...{ device: 'M', sentMs, events: [], rejects: [], rejectCount: 0 },
    series: [series('8-0:1.0.0*255', 'm3', [[1, m3]]), series('6-0:10.0.0*255', '°C', [[1, celsius]])],
  };
}

/** The telegram that a meter sends as its `n`-th, after so many minutes. */
const sent = (n: number, m3: number, atMin = n, more: Parameters<typeof message>[1] = {}) => ({
  ...{ accessNumber: n % 256, message: message(m3, more), atMs: nowMs + atMin * 60_000 },
  print: 1 + ((n % 256) + Math.round(m3 * 1_000) * 1_000 + (more.celsius ?? 10) * 7),
});

describe('a watch for recorded telegrams', () => {
  it('lets everything pass that a meter says whose register does not go back', () => {
    const steps = fc.array(fc.record({ more: fc.nat(2), celsius: fc.integer({ min: 9, max: 11 }) }), {
      ...{ minLength: 1, maxLength: 700 },
    });
    fc.assert(
      fc.property(steps, (said) => {
        const watch = new ReplayWatch();
        let m3 = 0;
        for (const [n, { more, celsius }] of said.entries()) {
          m3 += more;
          const one = sent(n, m3, n, { celsius });
          expect(watch.isReplay('M', one)).toBe(false);
          watch.taken('M', one);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('knows each that was taken among the last 256, once a later one said more', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 256 }), fc.nat(), (count, pick) => {
        const watch = new ReplayWatch();
        for (let n = 0; n < count; n++) watch.taken('M', sent(n, n));
        const old = pick % (count - 1);
        const again = { ...sent(old, old), atMs: nowMs + count * 60_000 };
        expect(watch.isReplay('M', again)).toBe(true);
        expect(watch.isReplay('another', again)).toBe(false);
      }),
    );
  });

  it('lets the same be said again where nothing said more since', () => {
    const watch = new ReplayWatch();
    watch.taken('M', sent(0, 5));
    watch.taken('M', sent(1, 5));
    expect(watch.isReplay('M', sent(256, 5, 500))).toBe(false);
  });

  it('knows one by the time of the meter, too', () => {
    const watch = new ReplayWatch();
    watch.taken('M', sent(0, 5, 0, { sentMs: 1_000 }));
    watch.taken('M', sent(1, 5, 1, { sentMs: 2_000 }));
    expect(watch.isReplay('M', { ...sent(0, 5, 2, { sentMs: 1_000 }) })).toBe(true);
  });

  it('believes a gateway that says when it heard one it held back, and forgets after a week', () => {
    const watch = new ReplayWatch();
    watch.taken('M', sent(0, 5));
    watch.taken('M', sent(1, 6));
    expect(watch.isReplay('M', sent(0, 5, 0))).toBe(false);
    expect(watch.isReplay('M', sent(0, 5, 2))).toBe(true);
    expect(watch.isReplay('M', sent(0, 5, 8 * 1_440))).toBe(false);
  });

  it('remembers so many meters and no more', () => {
    const watch = new ReplayWatch({ meters: 2 });
    for (const name of ['a', 'b', 'c']) {
      watch.taken(name, sent(0, 5));
      watch.taken(name, sent(1, 6));
    }
    expect(['a', 'b', 'c'].map((name) => watch.isReplay(name, sent(0, 5, 2)))).toEqual([false, true, true]);
  });
});
