import { isLastGasp, type MeterEvent } from '@openami/model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventDesk } from '../../src/index.ts';

const event = (over: Partial<MeterEvent> = {}): MeterEvent => ({
  ...{ at: 1000, receivedMs: 1_000_000, meter: 1, device: 'M1', code: '3.12.29.39', severity: 'warning' },
  ...{ detail: '', ...over },
});

describe('the desk of events', () => {
  it('drops repeats, and not what only looks like one', () => {
    const desk = new EventDesk();
    expect(desk.take([event(), event()], 0)).toHaveLength(1);
    const others = [event({ at: 1001 }), event({ device: 'M2' }), event({ code: '3.12.29.212' })];
    expect(desk.take([event(), ...others], 1)).toEqual(others);
    expect(desk.counters).toMatchObject({ taken: 6, repeats: 2 });
  });

  it('does not raise what was told before a restart, nor what happened long ago', () => {
    const desk = new EventDesk();
    desk.remember([event()]);
    expect(desk.take([event({ receivedMs: 2_000_000 })], 0)).toEqual([]);
    const news = event({ at: 5000, receivedMs: 5_000_000 + 47 * 3_600_000 });
    const old = event({ at: 5001, receivedMs: 5_001_000 + 49 * 3_600_000 });
    expect(desk.take([news, old], 0)).toEqual([news]);
    expect(desk.counters).toMatchObject({ repeats: 1, old: 1 });
  });

  it('raises the first of a flapping meter, and the count of the rest in one', () => {
    const desk = new EventDesk({ ofMeter: 5 });
    const flapping = Array.from({ length: 1000 }, (_, at) => event({ at: 1000 + at }));
    expect(desk.take(flapping, 0)).toHaveLength(5);
    expect(desk.flush(59_999)).toEqual([]);
    expect(desk.flush(60_000)).toEqual([
      event({
        ...{ at: 1999, receivedMs: 60_000 },
        detail: '995 more between 1970-01-01T00:16:45.000Z and 1970-01-01T00:33:19.000Z',
      }),
    ]);
    expect(desk.flush(120_000)).toEqual([]);
  });

  it('sums up a storm of many meters', () => {
    const desk = new EventDesk({ ofCode: 10 });
    const storm = Array.from({ length: 500 }, (_, at) => event({ device: `M${at}`, meter: at }));
    expect(desk.take(storm, 0)).toHaveLength(10);
    expect(desk.flush(60_000)).toMatchObject([
      { device: '', meter: 0, detail: expect.stringContaining('490 more of 490') },
    ]);
  });

  it('passes each last gasp at once, however many there are', () => {
    const desk = new EventDesk({ ofMeter: 1, ofCode: 1 });
    const gasps = Array.from({ length: 5000 }, (_, at) => event({ device: `M${at}`, code: '3.26.0.85' }));
    expect(desk.take(gasps, 0)).toHaveLength(5000);
  });

  it('loses nothing: what is not told one by one is in a sum', () => {
    const some = fc.record({
      device: fc.constantFrom('A', 'B', 'C'),
      code: fc.constantFrom('3.12.29.39', '3.26.0.85', '3.36.114.24'),
      at: fc.integer({ min: 1, max: 60 }),
      passMs: fc.constantFrom(0, 0, 0, 100, 40_000),
    });
    fc.assert(
      fc.property(fc.array(some, { maxLength: 300, size: 'max' }), (list) => {
        const desk = new EventDesk({ ofMeter: 2, ofCode: 3, windowMs: 60_000, counted: 2 });
        const told: MeterEvent[] = [];
        let nowMs = 0;
        for (const { passMs, ...over } of list) {
          nowMs += passMs;
          told.push(...desk.take([event(over)], nowMs));
        }
        told.push(...desk.flush(nowMs, true));
        const different = new Set(list.map(({ device, code, at }) => `${device} ${code} ${at}`));
        const count = (events: readonly MeterEvent[]) =>
          events.reduce((sum, { detail }) => sum + (detail === '' ? 1 : Number.parseInt(detail, 10)), 0);
        expect(count(told)).toBe(different.size);
        const gasps = [...different].filter((key) => isLastGasp(key.split(' ')[1]!)).length;
        expect(told.filter(({ code }) => isLastGasp(code))).toHaveLength(gasps);
        expect(desk.counters.repeats).toBe(list.length - different.size);
      }),
      { numRuns: 500 },
    );
  });
});
