import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  blocks,
  clamp,
  pan,
  presetOf,
  presets,
  presetWindow,
  previousWindow,
  wholeSteps,
  zoom,
} from '../../src/lib/window.ts';
import { dayNumber, dayOf, dayStart } from '../../src/lib/zone.ts';

const zone = 'Europe/Berlin';
const bounds = { from: 1_680_000_000, to: 1_780_000_000 };
const at = (day: string) => dayStart(zone, dayNumber(day));

const windowArb = fc
  .tuple(fc.integer({ min: bounds.from, max: bounds.to }), fc.integer({ min: 3600, max: 9e7 }))
  .map(([from, length]) => clamp({ from, to: from + length }, bounds));

describe('presets', () => {
  it('a day of the change has 23 hours', () => {
    const window = presetWindow('day', zone, at('2026-03-29') + 3600, bounds);
    expect(window).toEqual({ from: at('2026-03-29'), to: at('2026-03-30') });
    expect(window.to - window.from).toBe(23 * 3600);
  });

  it('count a stamp at midnight to the day that ended', () => {
    expect(presetWindow('day', zone, at('2026-04-02'), bounds).from).toBe(at('2026-04-01'));
  });

  it('show no more than there is', () => {
    const short = { from: at('2026-03-28'), to: at('2026-03-31') };
    expect(presetWindow('week', zone, at('2026-03-31'), short)).toEqual(short);
  });

  it('name themselves', () => {
    for (const preset of presets) {
      expect(
        presetOf(presetWindow(preset, zone, at('2026-04-02'), bounds), zone, at('2026-04-02'), bounds),
      ).toBe(preset);
    }
  });
});

describe('moving', () => {
  it('never leaves the bounds and never changes the length by panning', () => {
    fc.assert(
      fc.property(windowArb, fc.double({ min: -10, max: 10, noNaN: true }), (window, share) => {
        const moved = pan(window, share, bounds);
        expect(moved.from).toBeGreaterThanOrEqual(bounds.from);
        expect(moved.to).toBeLessThanOrEqual(bounds.to + 1e-6);
        expect(moved.to - moved.from).toBeCloseTo(window.to - window.from, 3);
      }),
    );
  });

  it('zooms about its centre and not below the least length', () => {
    fc.assert(
      fc.property(windowArb, fc.double({ min: 0.01, max: 10, noNaN: true }), (window, factor) => {
        const centre = (window.from + window.to) / 2;
        const next = zoom(window, factor, centre, bounds, 3600);
        expect(next.to - next.from).toBeGreaterThanOrEqual(3600 - 1e-6);
        expect(next.from).toBeGreaterThanOrEqual(bounds.from - 1e-6);
        expect(next.to).toBeLessThanOrEqual(bounds.to + 1e-6);
        if (factor <= 1) expect(next.from <= centre && centre <= next.to).toBe(true);
      }),
    );
  });
});

describe('the period before', () => {
  it('puts midnight on midnight across a change of the clock', () => {
    const window = { from: at('2026-03-30'), to: at('2026-03-31') };
    expect(previousWindow(window, zone).from).toBe(at('2026-03-29'));
  });

  it('compares weekdays with the same weekdays', () => {
    const window = { from: at('2026-04-06'), to: at('2026-04-13') };
    const before = previousWindow(window, zone);
    expect(dayOf(zone, before.from)).toBe(dayNumber('2026-03-30'));
    const month = { from: at('2026-03-02'), to: at('2026-04-01') };
    expect((dayOf(zone, month.from) - dayOf(zone, previousWindow(month, zone).from)) % 7).toBe(0);
  });
});

describe('blocks', () => {
  it('cover the window without gap or overlap, and are the same for every window', () => {
    fc.assert(
      fc.property(windowArb, (window) => {
        const list = blocks(window);
        expect(list[0]!.from).toBeLessThanOrEqual(window.from);
        expect(list[list.length - 1]!.to).toBeGreaterThanOrEqual(window.to);
        for (let i = 1; i < list.length; i++) expect(list[i]!.from).toBe(list[i - 1]!.to);
        for (const block of list) expect(block.from % (64 * 86_400)).toBe(0);
      }),
    );
  });
});

describe('whole steps', () => {
  it('stay inside bounds of whole days, and change nothing that is whole already', () => {
    const days = { from: at('2023-03-01'), to: at('2026-03-02') };
    const inside = fc
      .tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 3600, max: 9e7, noNaN: true }))
      .map(([share, size]) => {
        const from = days.from + share * (days.to - days.from - size);
        return { from, to: from + size };
      });
    fc.assert(
      fc.property(inside, (window) => {
        const whole = wholeSteps(window);
        expect(whole.from % 900).toBe(0);
        expect(whole.to % 900).toBe(0);
        expect(whole.from).toBeGreaterThanOrEqual(days.from);
        expect(whole.to).toBeLessThanOrEqual(days.to);
        expect(Math.abs(whole.from - window.from)).toBeLessThanOrEqual(450);
        expect(wholeSteps(whole)).toEqual(whole);
      }),
    );
    expect(wholeSteps(presetWindow('day', zone, at('2026-03-29') + 3600, bounds))).toEqual({
      from: at('2026-03-29'),
      to: at('2026-03-30'),
    });
  });
});
