import type { MyUsage, UsageBar } from '@openami/server/contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  before,
  deeper,
  hasEnded,
  likeBars,
  moved,
  rangeOf,
  summary,
  trustOf,
  views,
} from '../../src/lib/usage-view.ts';
import { chartOf } from '../../src/usage/usage-chart.ts';

const zone = 'Europe/Berlin';
const date = fc.date({ min: new Date('2001-01-01'), max: new Date('2099-12-31'), noInvalidDate: true });
const shown = fc.record({
  view: fc.constantFrom(...views),
  at: date.map((value) => value.toISOString().slice(0, 10)),
});

const bar = (start: string, usage: string | null, more: Partial<UsageBar> = {}): UsageBar => ({
  ...{ start, end: start, usage, cost: null, periods: [], expected: 1, present: usage === null ? 0 : 1 },
  ...{ estimated: 0, ...more },
});
const usageOf = (bars: UsageBar[], more: Partial<MyUsage> = {}): MyUsage => ({
  ...{ by: 'day', unit: 'kWh', currency: 'EUR', zone, periods: [], bars, note: '' },
  total: { usage: String(bars.reduce((sum, { usage }) => sum + Number(usage ?? 0), 0)), cost: null },
  ...more,
});

describe('what the usage page shows', () => {
  it('is a span that holds the date, meets its neighbours, and comes back', () => {
    fc.assert(
      fc.property(shown, fc.integer({ min: -5, max: 5 }), (one, by) => {
        const { from, to } = rangeOf(one);
        expect(from <= one.at && one.at < to).toBe(true);
        expect(rangeOf(moved(one, 1)).from).toBe(to);
        expect(rangeOf(moved(moved(one, by), -by))).toEqual(rangeOf(one));
        expect(rangeOf(before(one)).to <= from).toBe(true);
      }),
    );
  });

  it('goes from the year to the month to the day and no deeper', () => {
    expect(deeper({ view: 'year', at: '2026-05-05' }, '2026-03-01')).toEqual({
      view: 'month',
      at: '2026-03-01',
    });
    expect(deeper({ view: 'day', at: '2026-05-05' }, '2026-05-05')).toBeUndefined();
    expect(before({ view: 'day', at: '2026-03-04' })).toEqual({ view: 'day', at: '2026-02-25' });
  });

  it('puts bars beside those of the time before, by day of the month or by clock', () => {
    const march = [bar('2026-03-01T23:00:00Z', '2'), bar('2026-03-30T22:00:00Z', '3')];
    const february = [bar('2026-02-01T23:00:00Z', '1')];
    expect(likeBars(march, february, { view: 'month', at: '2026-03-02' }, zone)).toEqual([
      february[0],
      undefined,
    ]);
    const summer = [bar('2026-03-29T06:00:00Z', '2')];
    const winter = [bar('2026-03-22T07:00:00Z', '1')];
    expect(likeBars(summer, winter, { view: 'day', at: '2026-03-29' }, zone)).toEqual(winter);
  });

  it('is said in one sentence', () => {
    /** A bar for each day from the first of a month, each 86,400 s: no change of the clock. */
    const days = (from: string, usages: readonly string[]) =>
      usages.map((usage, i) => {
        const at = (day: number) => new Date(Date.parse(from) + day * 86_400_000).toISOString();
        return bar(at(i), usage, { end: at(i + 1) });
      });
    const shown = { view: 'month', at: '2026-02-02' } as const;
    const february = usageOf(days('2026-01-31T23:00:00Z', ['4', ...Array<string>(27).fill('2')]));
    const january = usageOf(days('2025-12-31T23:00:00Z', Array<string>(31).fill('1')));
    const words = (past: MyUsage) => summary(february, past, shown, 'usage', '2026-04-01');
    expect(words(january)).toMatch(
      /^58 kWh in February 2026, 87 % more than January 2026; most on .* 4 kWh\.$/,
    );
    // who moved in on the 21st had little in January: that alone is no more use
    const late = usageOf(january.bars.slice(20));
    expect(words(late)).toMatch(
      /^58 kWh in February 2026, 100 % more than in the same days of January 2026;/,
    );
    const past = january;
    expect(summary(usageOf([]), past, { view: 'year', at: '2026-03-02' }, 'usage', '2026-03-02')).toBe(
      'There are no readings of 2026.',
    );
  });

  it('is compared with the same days while it runs, and not with all of the time before', () => {
    const month = usageOf([
      ...[bar('2026-03-01T23:00:00Z', '2'), bar('2026-03-02T23:00:00Z', '4')],
      bar('2026-03-03T23:00:00Z', '1', { expected: 6, present: 6 }),
    ]);
    const past = usageOf([
      ...[bar('2026-02-01T23:00:00Z', '3'), bar('2026-02-02T23:00:00Z', '2')],
      ...[bar('2026-02-03T23:00:00Z', '9'), bar('2026-02-20T23:00:00Z', '90')],
    ]);
    expect(summary(month, past, { view: 'month', at: '2026-03-04' }, 'usage', '2026-03-04')).toMatch(
      /^So far 7 kWh in March 2026, 20 % more than in the same days of February 2026; most/,
    );
    const alone = usageOf([bar('2026-02-20T23:00:00Z', '90')]);
    expect(summary(month, alone, { view: 'month', at: '2026-03-04' }, 'usage', '2026-03-04')).toMatch(
      /^So far 7 kWh in March 2026; most/,
    );
  });

  it('is of an agreement that runs until the day of its end', () => {
    const point = { until: '2026-04-01', zone };
    expect(hasEnded(point, '2026-03-31T21:59:59Z')).toBe(false);
    expect(hasEnded(point, '2026-03-31T22:00:00Z')).toBe(true);
    expect(hasEnded({ until: null, zone }, '2026-03-31T22:00:00Z')).toBe(false);
  });

  it('marks what is estimated and what is missing by pattern and in words', () => {
    const bars = [
      bar('2026-03-01T23:00:00Z', '2', { periods: ['1.5', '0.5'] }),
      bar('2026-03-02T23:00:00Z', '2', { periods: ['2', '0'], estimated: 1 }),
      bar('2026-03-03T23:00:00Z', '1', { periods: ['1', '0'], expected: 2 }),
    ];
    expect(bars.map(trustOf)).toEqual(['measured', 'estimated', 'incomplete']);
    const usage = usageOf(bars, { periods: ['day', 'night'] });
    const chart = chartOf(usage, [bar('x', '9')], { view: 'month', at: '2026-03-02' }, 'usage');
    expect(chart.bars.map(({ values }) => values)).toEqual([
      [1.5, 0, 0, 0.5, 0, 0],
      [0, 2, 0, 0, 0, 0],
      [0, 0, 1, 0, 0, 0],
    ]);
    expect(chart.legend.map(({ name, pattern }) => [name, pattern])).toEqual([
      ['day', undefined],
      ['day, partly estimated', 'hatch'],
      ['day, readings missing', 'outline'],
      ['night', undefined],
    ]);
    expect(chart.bars[0]).toMatchObject({ mark: 9 });
    expect(chart.bars[1]!.sentence).toContain('partly estimated');
  });
});
