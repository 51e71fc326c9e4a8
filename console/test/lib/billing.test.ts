import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BillLineExplanation, ScheduleView } from '../../../server/src/contract/index.ts';
import {
  causeWords,
  changeBins,
  changeRank,
  cycleWords,
  formulaWords,
  heldWhen,
  isReleasable,
  problemWords,
  releasableCodes,
  releasedBy,
  waterfall,
  waterfallRange,
} from '../../src/lib/bill-words.ts';
import { formatDate, formatDateTimeZone, formatDay } from '../../src/lib/format.ts';
import { daysOf, periodOf } from '../../src/lib/line-readings.ts';
import {
  changeShare,
  formatChangeShare,
  formatDecimal,
  formatMoney,
  formatRoundMoney,
  subtractDecimal,
  sumDecimals,
} from '../../src/lib/money.ts';
import { readText, writeText } from '../../src/lib/places.ts';
import { rateRecords } from '../../src/lib/rate-records.ts';
import { accountsOf, cycleStarts } from '../../src/lib/run-form.ts';
import { clockOf, daySorts, daysAlike, linesOf, monthWords, runsOf } from '../../src/lib/schedule.ts';
import { sortRows } from '../../src/lib/sort.ts';
import { alwaysInForce, documentWith, firstTariff, placesOf, readable } from '../../src/lib/tariff-text.ts';
import { dayNumber, dayText } from '../../src/lib/zone.ts';

/** A decimal as text, and the same in millionths. */
const decimals = fc
  .tuple(fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n }), fc.integer({ min: 0, max: 6 }))
  .map(([value, digits]) => {
    const size = (value < 0n ? -value : value).toString().padStart(digits + 1, '0');
    const text = digits === 0 ? size : `${size.slice(0, -digits)}.${size.slice(-digits)}`;
    return { text: value < 0n ? `-${text}` : text, millionths: value * 10n ** BigInt(6 - digits) };
  });

/** Millionths of a decimal with six digits at most. */
function millionthsOf(text: string): bigint {
  const [whole = '0', part = ''] = text.replace('-', '').split('.');
  const size = BigInt(whole) * 1_000_000n + BigInt(part.padEnd(6, '0'));
  return text.startsWith('-') ? -size : size;
}

describe('exact decimals', () => {
  it('are subtracted and added without a float', () => {
    fc.assert(
      fc.property(decimals, decimals, fc.array(decimals, { maxLength: 8 }), (a, b, more) => {
        expect(millionthsOf(subtractDecimal(a.text, b.text))).toBe(a.millionths - b.millionths);
        const all = [a, b, ...more];
        const sum = all.reduce((total, { millionths }) => total + millionths, 0n);
        expect(millionthsOf(sumDecimals(all.map(({ text }) => text)))).toBe(sum);
      }),
    );
    expect(sumDecimals([])).toBe('0');
  });

  it('are shown with every digit, and money with those of its minor unit', () => {
    fc.assert(
      fc.property(decimals, ({ text, millionths }) => {
        expect(millionthsOf(formatDecimal(text).replace(/,/g, ''))).toBe(millionths);
        expect(millionthsOf(formatMoney(text, 'EUR').replace(/[,€]/g, ''))).toBe(millionths);
      }),
    );
    expect(formatMoney('12345678901234567.8', 'EUR')).toBe('€12,345,678,901,234,567.80');
    expect(formatMoney('0.28431', 'EUR')).toBe('€0.28431');
    expect(formatMoney('1250', 'JPY')).toBe('JP¥1,250');
    expect([formatMoney('0.5', 'EUR', true), formatMoney('0', 'EUR', true)]).toEqual(['+€0.50', '€0.00']);
    expect([formatMoney(null, 'EUR'), formatMoney('-3', null), formatDecimal(undefined)]).toEqual([
      ...['–', '-3', '–'],
    ]);
    expect(formatDecimal('0.28', 'kWh', 3)).toBe('0.280 kWh');
  });

  it('give no share of nothing', () => {
    expect(changeShare('0.00', '5')).toBeUndefined();
    expect(changeShare(null, '5')).toBeUndefined();
    expect(formatChangeShare(changeShare('80', '100'))).toBe('+25 %');
    expect(formatChangeShare(changeShare('-80', '-100'))).toBe('-25 %');
  });
});

const halfHours = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 48, maxLength: 48 });
const schedules = fc.array(halfHours, { minLength: 48, maxLength: 48 }).map(
  (all): ScheduleView => ({
    ...{ version: 1, schedule: 's', periods: ['a', 'b', 'c', 'd'] },
    rows: all.map((own, i) => ({
      ...{ month: Math.floor(i / 4) + 1, days: daySorts[i % 4]!, halfHours: own },
    })),
  }),
);
/** Few kinds of day, as in a real tariff. */
const plainSchedules = fc.tuple(schedules, fc.integer({ min: 1, max: 4 })).map(([schedule, kinds]) => ({
  ...schedule,
  rows: schedule.rows.map((row, i) => ({ ...row, halfHours: schedule.rows[i % kinds]!.halfHours })),
}));

describe('a schedule at a glance', () => {
  it('is cut into runs that are the same half hours', () => {
    fc.assert(
      fc.property(halfHours, (list) => {
        const runs = runsOf(list);
        expect(runs.flatMap(({ from, to, period }) => Array(to - from).fill(period))).toEqual(list);
        expect(runs.every((run, i) => run.period !== runs[i - 1]?.period)).toBe(true);
      }),
    );
  });

  it('says in lines, and draws, each month and sort of day once', () => {
    fc.assert(
      fc.property(plainSchedules, (schedule) => {
        const said = linesOf(schedule).flatMap(({ months, days, runs }) =>
          months.flatMap((month) => days.map((sort) => ({ month, days: sort, runs }))),
        );
        const drawn = daysAlike(schedule).flatMap(({ days, months }) =>
          days.flatMap((sort) => months.map((runs, i) => ({ month: i + 1, days: sort, runs }))),
        );
        const wanted = schedule.rows.map(({ month, days, halfHours: own }) => ({
          ...{ month, days, runs: runsOf(own) },
        }));
        const key = ({ month, days }: { month: number; days: string }) => `${month} ${days}`;
        const sorted = (list: typeof said) => list.sort((a, b) => (key(a) < key(b) ? -1 : 1));
        expect(sorted(said)).toEqual(sorted(wanted));
        expect(sorted(drawn)).toEqual(sorted(wanted));
      }),
      { numRuns: 30 },
    );
  });

  it('draws days apart whose periods only look alike when written without a space', () => {
    const of = (first: readonly number[]) => [...first, ...Array<number>(48 - first.length).fill(0)];
    const schedule: ScheduleView = {
      ...{ version: 1, schedule: 's', periods: Array.from({ length: 12 }, (_, i) => `p${i}`) },
      rows: Array.from({ length: 12 }, (_, i) => i + 1).flatMap((month) => [
        { month, days: 'weekday' as const, halfHours: of([1, 11]) },
        { month, days: 'saturday' as const, halfHours: of([11, 1]) },
      ]),
    };
    expect(daysAlike(schedule).map(({ days }) => days)).toEqual([['weekday'], ['saturday']]);
  });

  it('names months and hours', () => {
    expect(monthWords([1, 2, 3, 6, 11, 12])).toBe('January to March, June, November to December');
    expect([clockOf(0), clockOf(15), clockOf(48)]).toEqual(['00:00', '07:30', '24:00']);
  });
});

const cents = fc.integer({ min: -1_000_000, max: 1_000_000 });
const text = (value: number) =>
  subtractDecimal(`${value}`, '0').replace(/^(-?)(\d+)$/, (_, sign, digits) => {
    const padded = String(digits).padStart(3, '0');
    return `${sign}${padded.slice(0, -2)}.${padded.slice(-2)}`;
  });

describe('why bills differ', () => {
  it('is a chain of bars from the total before to the total after', () => {
    const names = Object.keys(causeWords);
    fc.assert(
      fc.property(cents, fc.array(cents, { minLength: 7, maxLength: 7 }), (before, changes) => {
        const after = changes.reduce((sum, change) => sum + change, before);
        const causes = Object.fromEntries(names.map((name, i) => [name, text(changes[i]!)]));
        const steps = waterfall(text(before), text(after), causes);
        const inner = steps.slice(1, -1);
        expect(sumDecimals([text(before), ...inner.map(({ amount }) => amount)])).toBe(text(after));
        let at = before / 100;
        for (const { low, high, kind } of inner) {
          expect(kind === 'rise' ? low : high).toBeCloseTo(at, 6);
          at = kind === 'rise' ? high : low;
        }
        expect(at).toBeCloseTo(after / 100, 6);
        const [from, to] = waterfallRange(steps);
        expect(to).toBeGreaterThan(from);
        for (const { low, high } of steps) {
          expect(high).toBeLessThanOrEqual(to);
          expect(Math.max(low, from)).toBeLessThanOrEqual(Math.max(high, from));
        }
      }),
    );
  });

  it('cuts the foot of large totals, so that a small change is seen', () => {
    const steps = waterfall('95.81', '95.94', { usage: '0.11', follows: '0.02' });
    const [from, to] = waterfallRange(steps);
    expect(from).toBeGreaterThan(95);
    expect((steps[1]!.high - steps[1]!.low) / (to - from)).toBeGreaterThan(0.3);
    expect(waterfallRange(waterfall('5.00', '5.00', {}))).toEqual([0, 5]);
  });

  it('counts each bill that has one before in one bin', () => {
    const bills = fc.array(
      fc.record({
        total: fc.option(cents.map(text)),
        before: fc.option(cents.map(text)),
        state: fc.constantFrom('held' as const, 'calculated' as const),
      }),
    );
    fc.assert(
      fc.property(bills, (list) => {
        const compared = list.filter(
          ({ total, before }) => total !== null && before !== null && Number(before) !== 0,
        );
        const bins = changeBins(list);
        expect(bins.reduce((sum, { count }) => sum + count, 0)).toBe(compared.length);
        const held = compared.filter(({ state }) => state === 'held').length;
        expect(bins.reduce((sum, bin) => sum + bin.held, 0)).toBe(held);
      }),
    );
    const labelled = changeBins([{ total: '103', before: '100', state: 'held' }]);
    expect(labelled.find(({ count }) => count === 1)).toEqual({ label: '+2 to +10', count: 1, held: 1 });
  });
});

describe('words and forms of billing', () => {
  it('rank a bill by its share of change, as it is shown, and not by the amount', () => {
    const [much, little, first] = [
      { before: '10.00', total: '20.00' },
      { before: '1000.00', total: '1100.00' },
      { before: null, total: '50.00' },
    ];
    expect(sortRows([much, little, first], changeRank, false)).toEqual([first, little, much]);
  });

  it('name a cycle', () => {
    expect(cycleWords('2026-03-01', '2026-04-01')).toBe('March 2026');
    expect(cycleWords('2025-12-15', '2026-01-15')).toBe('15 Dec to 14 Jan 2026');
  });

  it('let through only what has a total', () => {
    expect(isReleasable({ state: 'held', total: '1.00' })).toBe(true);
    expect(isReleasable({ state: 'held', total: null })).toBe(false);
    expect(isReleasable({ state: 'issued', total: '1.00' })).toBe(false);
  });

  it('offer cycles that began and follow one another', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 28 }), fc.integer({ min: 18_000, max: 23_000 }), (day, today) => {
        const starts = cycleStarts(day, today);
        expect(dayNumber(starts[0]!.from)).toBeLessThanOrEqual(today);
        expect(dayNumber(starts[0]!.to)).toBeGreaterThan(today);
        expect(starts.findIndex(({ over }) => over)).toBe(1);
        for (const [i, start] of starts.entries()) {
          expect(Number(start.from.slice(-2))).toBe(day);
          if (i > 0) expect(start.to).toBe(starts[i - 1]!.from);
        }
      }),
    );
    expect(cycleStarts(1, dayNumber('2026-04-01'))[1]).toMatchObject({ from: '2026-03-01', over: true });
  });

  it('take account numbers as they are pasted', () => {
    expect(accountsOf(' A1, A2;\nA1\tA3 ')).toEqual(['A1', 'A2', 'A3']);
    expect(accountsOf(' \n')).toEqual([]);
  });
});

describe('a tariff as text', () => {
  it('is the same in a readable order', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (data) => {
        const one = JSON.parse(JSON.stringify(data)) as Record<string, unknown>;
        expect(readable(one)).toEqual(one);
      }),
    );
    expect(Object.keys(readable({ zz: 1, charges: [], kind: 'x', id: 'y' }))).toEqual([
      ...['id', 'kind', 'charges', 'zz'],
    ]);
  });

  it('has the places of faults, in a whole tariff and in a version alone', () => {
    const fault = [{ path: 'versions[0].charges[1].schedule', message: 'there is no schedule' }];
    const whole = readText(writeText(firstTariff, 'yaml'));
    const [inTariff] = placesOf(fault, whole, false);
    const lines = writeText(firstTariff, 'yaml').split('\n');
    expect(lines[inTariff!.line! - 1]).toContain('schedule: tou');
    const version = (firstTariff.versions as Record<string, unknown>[])[0]!;
    const own = writeText(version, 'json');
    const [inVersion] = placesOf(fault, readText(own), true);
    expect(inVersion!.path).toBe('charges[1].schedule');
    expect(own.split('\n')[inVersion!.line! - 1]).toContain('"schedule": "tou"');
  });

  it('is tried as if it had always been in force', () => {
    const document = documentWith({ id: 'a' }, { effectiveFrom: '2030-01-01', charges: [] });
    expect(alwaysInForce(document)).toEqual({ id: 'a', versions: [{ charges: [] }] });
    expect(alwaysInForce({ id: 'a' })).toEqual({ id: 'a' });
  });
});

describe('intervals behind a line', () => {
  const reading = (
    start: string,
    value: string,
    quality: string,
  ): BillLineExplanation['readings'][number] => ({
    ...{ channelId: 1, meterId: 1, serial: 'V1', start, end: start, value, unit: 'kWh', quality },
    ...{ revision: 1, changedSince: quality === 'edited', came: null, frames: [] },
  });

  it('are gathered by the local day they start in, and lose nothing', () => {
    const stamps = fc.integer({ min: 0, max: 60 * 96 }).map((i) => Date.UTC(2026, 2, 1) + i * 900_000);
    fc.assert(
      fc.property(fc.array(fc.tuple(stamps, decimals), { maxLength: 50 }), (list) => {
        const readings = list.map(([ms, { text: value }]) =>
          reading(new Date(ms).toISOString(), value, 'valid'),
        );
        const days = daysOf(readings, 'Europe/Berlin');
        expect(days.flatMap((day) => day.readings)).toHaveLength(readings.length);
        expect(millionthsOf(sumDecimals(days.map(({ sum }) => sum)))).toBe(
          list.reduce((sum, [, { millionths }]) => sum + millionths, 0n),
        );
      }),
    );
    const late = reading('2026-03-28T23:30:00Z', '1.5', 'estimated');
    expect(daysOf([late, { ...late, quality: 'edited', changedSince: true }], 'Europe/Berlin')).toMatchObject(
      [{ day: '2026-03-29', sum: '3.0', sums: { measured: 0, estimated: 1.5, edited: 1.5 }, changed: 1 }],
    );
    expect(dayText(dayNumber('2026-03-29'))).toBe('2026-03-29');
  });

  it('have the colour of their period in the calendar', () => {
    const energy = [
      ['', ''],
      ['tou', 'off'],
      ['tou', 'peak'],
    ].map(([schedule, period]) => ({
      ...{ schedule: schedule!, period: period!, import: '0', export: '0', estimated: '0' },
    }));
    const determinants = { energy } as unknown as Parameters<typeof periodOf>[0];
    expect([periodOf(determinants, 'peak'), periodOf(determinants, 'off')]).toEqual([1, 0]);
    expect([
      periodOf(determinants, undefined),
      periodOf(determinants, 'gone'),
      periodOf(null, 'off'),
    ]).toEqual([...[undefined, undefined, undefined]]);
  });
});

describe('what a bill says', () => {
  it('has its money, units and counts in one form', () => {
    expect(formulaWords('3 m3 in day at 8.4 EUR', 'EUR')).toBe('3 m³ in day at €8.40');
    expect(formulaWords('19 % of -1171.5 EUR', 'EUR')).toBe('19 % of -€1,171.50');
    expect(formulaWords('12 m3 × 39.5 MJ/m3 at 0.0812345 EUR', 'EUR')).toBe(
      '12 m³ × 39.5 MJ/m³ at €0.0812345',
    );
    expect(formatDecimal('2.5', 'm3')).toBe('2.5 m³');
    const said = { message: '7 of 2972 intervals are estimated', count: 7 };
    const over = { message: 'an interval reaches over the end', count: 3 };
    expect(problemWords([said, over, said])).toEqual([
      said.message,
      'an interval reaches over the end (3 times)',
    ]);
  });

  it('rounds what stands alone to whole currency, and small amounts not at all', () => {
    expect(formatRoundMoney('191209.05', 'EUR')).toBe('€191,209');
    expect(formatRoundMoney('22692.5', 'EUR', true)).toBe('+€22,693');
    expect(formatRoundMoney('-12.34', 'EUR', true)).toBe('-€12.34');
    const money = (text: string) => BigInt(text.replace(/[^0-9]/g, ''));
    fc.assert(
      fc.property(fc.bigInt({ min: 10_000n, max: 10n ** 15n }), (cents) => {
        const text = `${cents / 100n}.${String(cents % 100n).padStart(2, '0')}`;
        const off = money(formatRoundMoney(text, 'EUR')) * 100n - cents;
        expect(off >= -50n && off <= 50n).toBe(true);
      }),
    );
  });
});

describe('bills that are held', () => {
  it('are released by all that they are held for', () => {
    const releasable = { NOT_READY: 634, OUTLIER: 3, 'ESTIMATED,NOT_READY': 57 };
    expect(releasableCodes(releasable)).toEqual(['NOT_READY', 'OUTLIER', 'ESTIMATED']);
    expect(releasedBy(releasable, ['NOT_READY'])).toBe(634);
    expect(releasedBy(releasable, ['NOT_READY', 'ESTIMATED'])).toBe(691);
    expect(releasedBy(releasable, [])).toBe(0);
  });

  it('are held by settings that are said with their currency', () => {
    const settings = { outlierPercent: 50, outlierAmount: '20', mostEstimated: 0.1 };
    expect(heldWhen({ settings, totals: { EUR: '1' } })).toBe(
      'when it differs by more than 50 % and €20.00 from the one before, or more than 10.0 % of it is estimated',
    );
    expect(heldWhen({ settings, totals: {} })).toContain('and 20 in its currency from');
    expect(heldWhen({ settings: { ...settings, outlierPercent: 100_000 }, totals: { EUR: '1' } })).toBe(
      'when more than 10.0 % of it is estimated, however much it differs from the one before',
    );
  });
});

describe('a text that another program wrote', () => {
  it('is known by the fields of its records, of which there may be several', () => {
    expect(rateRecords({ energyratestructure: [], utility: 'Town', name: 'Flat' })).toEqual(['Town: Flat']);
    expect(rateRecords({ items: [{ label: '5b', utility: '' }, 7] })).toEqual(['5b', 'without a name']);
    for (const other of [firstTariff, { charges: [], dgrules: '' }, { id: 'x' }, [], 'text', undefined])
      expect(rateRecords(other)).toBeUndefined();
  });
});

describe('days that no calendar has', () => {
  it('are said as they are, so that a list is shown whatever is in one of its rows', () => {
    expect(cycleWords('9999-12-01', '10000-01-01')).toBe('9999-12-01 to 10000-01-01');
    expect(cycleWords('2026-03-01', '2026-04-01')).toBe('March 2026');
    expect([formatDay('999999-01-01', 'long'), dayText(dayNumber('soon'))]).toEqual(['–', '–']);
    expect([formatDate(Number.NaN, 'UTC'), formatDateTimeZone(9e15, 'UTC')]).toEqual(['–', '–']);
  });
});
