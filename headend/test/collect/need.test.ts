import { zoneTable } from '@openami/model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  defaultSessionLimits,
  gridOf,
  type ItemGaps,
  missingIntervals,
  needOf,
  owedPeriod,
  parsePlan,
  type ReadingPlan,
} from '../../src/index.ts';

const table = zoneTable('Europe/Berlin');
const cost = { sessionMs: 1_000, requestMs: 200, entryMs: 10 };
/** The night of 2026-03-29 has 23 hours. */
const startS = table.dayStart(20_540);
const planOf = (more: object = {}): ReadingPlan =>
  parsePlan({
    code: 'p',
    read: [{ kind: 'profile', obis: '1-0:99.1.0', period: 900 }],
    every: { each: 'day' },
    due: { after: 'day', levels: [{ share: 0.95, withinS: 28_800 }] },
    ...more,
  });

function profile(plan: ReadingPlan, days: number, stored: ReadonlySet<number>): ItemGaps {
  const grid = gridOf(plan.read[0]!, table.zone);
  const toS = table.dayStart(20_540 + days);
  const present = [...grid.ends(startS, toS)].filter((_, i) => stored.has(i));
  return { plan, item: plan.read[0]!, grid, table, gaps: missingIntervals(grid, present, startS, toS) };
}

describe('need', () => {
  it('asks for each missing row once, for no stored one, in order of deadline, within the budget', () => {
    const rows = fc.uniqueArray(fc.nat(287), { maxLength: 288 }).map((list) => new Set(list));
    fc.assert(
      fc.property(
        rows,
        fc.integer({ min: 1, max: 300 }),
        fc.integer({ min: 1, max: 300 }),
        fc.nat(80 * 3_600),
        (stored, requestEntries, sessionEntries, afterS) => {
          const plan = planOf();
          const item = profile(plan, 3, stored);
          const nowS = startS + afterS;
          const limits = { ...defaultSessionLimits, requestEntries, sessionEntries };
          const need = needOf([item], 1, nowS, cost, limits);
          const openS = table.dayStart(table.localDayOf(nowS));
          const all = [...item.grid.ends(startS, table.dayStart(20_543))];
          const wanted = all.filter((end, i) => end <= openS && !stored.has(i));
          const asked = need.requests.flatMap((request) => {
            const ends = [...item.grid.ends(request.fromS, request.toS)];
            expect(ends.length).toBe(request.entries);
            expect(ends.length).toBeLessThanOrEqual(requestEntries);
            return ends;
          });
          expect(asked).toEqual(wanted.slice(0, asked.length));
          expect(need.work?.entries ?? 0).toBe(wanted.length);
          expect(need.rest?.entries ?? 0).toBe(wanted.length - asked.length);
          if (need.requests.length > 1) expect(asked.length).toBeLessThanOrEqual(sessionEntries);
          if (wanted.length > 0) expect(asked.length).toBeGreaterThan(0);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('joins gaps over stored rows only where that was asked for and is cheaper', () => {
    const item = profile(planOf(), 1, new Set([10, 11, 12, 50, ...Array(30).keys()].map(Number)));
    const late = startS + 30 * 3_600;
    const holes = profile(
      planOf(),
      1,
      new Set([40, 41, 60, 61, ...Array.from({ length: 20 }, (_, i) => 70 + i)]),
    );
    const count = (limits = defaultSessionLimits) => needOf([holes], 1, late, cost, limits).requests.length;
    expect(count()).toBe(4);
    // Two rows cost 20 ms and a request 200 ms; twenty rows cost as much as the request.
    expect(count({ ...defaultSessionLimits, bridge: true })).toBe(2);
    expect(needOf([item], 1, late, cost).requests.length).toBe(2);
  });

  it('weighs plans by value and puts the earliest deadline first', () => {
    const slow = planOf({ code: 'slow', value: 3 });
    const soon = planOf({ code: 'soon', due: { after: 'day', levels: [{ share: 0.9, withinS: 3_600 }] } });
    const need = needOf(
      [profile(slow, 1, new Set()), profile(soon, 1, new Set())],
      1,
      startS + 30 * 3_600,
      cost,
    );
    expect(need.requests.map(({ plan }) => plan.code)).toEqual(['soon', 'slow']);
    expect(need.work).toEqual({
      deadlines: [table.dayStart(20_541) + 3_600],
      entries: 192,
      worth: 96 * 4,
      costMs: 1_000 + 400 + 1_920,
    });
  });

  it('lacks nothing when all is stored, or nothing is open yet', () => {
    const all = new Set(Array.from({ length: 96 }, (_, i) => i));
    expect(needOf([profile(planOf(), 1, all)], 1, startS + 9e5, cost)).toEqual({ requests: [] });
    expect(needOf([profile(planOf(), 1, new Set())], 1, startS + 3_600, cost)).toEqual({ requests: [] });
  });

  it('owes registers and event logs once a period, and never for a period that is over', () => {
    const plan = planOf({ read: [{ kind: 'events', obis: ['0-0:99.98.0'], period: 'day' }] });
    const item = plan.read[0]!;
    const grid = gridOf(item, table.zone);
    const nowS = startS + 5 * 86_400 + 600;
    const today = grid.startOf(nowS);
    const need = (lastReadS: number) =>
      needOf([{ plan, item, grid, table, gaps: owedPeriod(grid, lastReadS, nowS) }], 1, nowS, cost);
    expect(need(today + 60).requests).toEqual([]);
    expect(need(today).requests).toEqual([]);
    const owed = need(today - 86_000);
    expect(owed.requests).toMatchObject([{ fromS: today - 86_000, toS: nowS, entries: 1 }]);
    expect(owed.work!.deadlines).toEqual([today + 28_800]);
  });
});
