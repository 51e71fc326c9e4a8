import { formatDay, parseDay, zoneTable } from '@openami/model';
import { describe, expect, it } from 'vitest';
import { eventCounts, eventFault, knownEvents } from '../../src/calendar/event-rules.ts';
import type { Charge } from '../../src/tariff/schema.ts';
import { dayAndNight, instant, tariffOf, zone } from '../support.ts';

const calendar = {
  seasons: [
    { id: 'winter', ranges: [{ from: '11-01', to: '03-31' }] },
    { id: 'summer', ranges: [{ from: '04-01', to: '10-31' }] },
  ],
  schedules: [
    { ...dayAndNight.schedules[0]!, events: [{ event: 'cpp', period: 'critical', mostPerYear: 9 }] },
  ],
  events: [{ id: 'cpp', name: 'Critical', mostPerSeason: 2, mostPerYear: 12, longestMinutes: 180 }],
};
const charges: Charge[] = [
  { kind: 'energy', id: 'use', schedule: 'tou', prices: { peak: 1, night: 1, critical: 5 } },
  { kind: 'rebate', id: 'ptr', event: 'ptr', price: 1 },
  { kind: 'demand', id: 'kw', windowMinutes: 60, price: 1, event: 'system' },
];
const version = tariffOf(charges, { calendar }).versions[0]!;
const [cpp] = knownEvents(version);
const table = zoneTable(zone);
const window = (date: string, from: number, to: number) => ({
  ...{ fromS: instant(date) + from * 3_600, toS: instant(date) + to * 3_600 },
});

describe('events of a tariff', () => {
  it('are known with what they do and the narrower of their limits', () => {
    expect(knownEvents(version)).toEqual([
      {
        ...{ event: 'cpp', name: 'Critical', kinds: ['price'] },
        ...{ mostPerYear: 9, mostPerSeason: 2, longestMinutes: 180 },
      },
      { event: 'ptr', name: 'ptr', kinds: ['rebate'] },
      { event: 'system', name: 'system', kinds: ['peak'] },
    ]);
  });

  it('are counted in the run of their season, over the turn of the year, and in the year', () => {
    const declared = ['2025-12-30', '2026-01-02', '2026-04-01'].map((date) => window(date, 17, 18));
    const counts = eventCounts(cpp!, calendar, table, parseDay('2026-01-10'), declared);
    expect(
      counts.map(({ from, to, ...rest }) => ({ ...rest, from: formatDay(from), to: formatDay(to) })),
    ).toEqual([
      { of: 'year', most: 9, declared: 2, from: '2026-01-01', to: '2027-01-01' },
      { of: 'season', most: 2, declared: 2, from: '2025-11-01', to: '2026-04-01' },
    ]);
    const fault = (date: string, from = 17, to = 18) =>
      eventFault(cpp!, calendar, table, window(date, from, to), declared);
    expect(fault('2026-02-01')).toContain('2 were declared in this season');
    expect(fault('2026-05-01')).toBeUndefined();
    expect(fault('2026-11-01')).toBeUndefined();
    expect(fault('2026-04-01', 17.5, 20)).toContain('lies over');
    expect(fault('2026-05-01', 17, 21)).toContain('180 are the most');
    expect(fault('2026-05-01', 23, 25)).toContain('on the day it begins');
    expect(fault('2026-05-01', 23, 24)).toBeUndefined();
    expect(fault('2026-05-01', 18, 17)).toContain('end after');
    expect(fault('2026-05-01', 17.001, 18)).toContain('full minute');
  });
});
