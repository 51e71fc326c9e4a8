import { dayBounds, parseDay, zoneTable } from '@openami/model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { intervalsOwed } from '../src/services/read-success.ts';

const always = { from: 0, to: Number.POSITIVE_INFINITY };

function owed(zone: string, day: string, intervalS: number, installed = always): number {
  return intervalsOwed(dayBounds(zoneTable(zone), parseDay(day)), installed, intervalS);
}

describe('intervals that a day owes', () => {
  it.each([
    ['Europe/Berlin', '2026-03-29', 23],
    ['Europe/Berlin', '2026-10-25', 25],
    ['Asia/Kolkata', '2026-03-29', 24],
    ['Asia/Kathmandu', '2026-03-29', 24],
    ['Australia/Lord_Howe', '2026-04-05', 24],
  ])('%s on %s: %i hours, four times as many quarters, one day', (zone, day, hours) => {
    expect(owed(zone, day, 3_600)).toBe(hours);
    expect(owed(zone, day, 86_400)).toBe(1);
    if (zone !== 'Australia/Lord_Howe') expect(owed(zone, day, 900)).toBe(hours * 4);
  });

  it('adds up to the day wherever a meter is exchanged on the grid, and to no more elsewhere', () => {
    const { from, to } = dayBounds(zoneTable('Asia/Kolkata'), parseDay('2026-03-29'));
    fc.assert(
      fc.property(fc.integer({ min: from, max: to }), fc.constantFrom(900, 1_800, 3_600), (at, step) => {
        const [before, after] = [
          owed('Asia/Kolkata', '2026-03-29', step, { from: 0, to: at }),
          owed('Asia/Kolkata', '2026-03-29', step, { from: at, to: Number.POSITIVE_INFINITY }),
        ];
        const whole = (to - from) / step;
        expect(before + after).toBe((at - from) % step === 0 ? whole : whole - 1);
      }),
    );
  });

  it('is none before and after the time of installation', () => {
    expect(owed('UTC', '2026-03-29', 900, { from: 0, to: 1_000 })).toBe(0);
    expect(owed('UTC', '2026-03-29', 900, { from: 4_000_000_000, to: Number.POSITIVE_INFINITY })).toBe(0);
  });
});
