import { dayNumber, Quality, Reason } from '@openami/model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  copySeries,
  type Estimate,
  type EstimateContext,
  emptySeries,
  estimateGaps,
  estimateMethods,
  findGaps,
  type LadderOptions,
} from '../../src/index.ts';
import { dayStart, homeUse, type Life, life, lose, noise, registerAt, sum } from './support.ts';

function fill(context: EstimateContext, from: number, to: number, options: LadderOptions = {}): Estimate[] {
  return estimateGaps(context, findGaps(context, from, to), options);
}

/** The window with the estimates in it. */
function filled(context: EstimateContext, estimates: readonly Estimate[]): EstimateContext {
  const { series } = context;
  const copy = copySeries(series);
  for (const { gap, value, quality, flags } of estimates) {
    copy.value.set(value, gap.from);
    copy.quality.fill(quality, gap.from, gap.to);
    copy.flags.fill(flags, gap.from, gap.to);
  }
  return { ...context, series: copy };
}

function meanError({ truth }: Life, estimates: readonly Estimate[]): number {
  let off = 0;
  let slots = 0;
  for (const { gap, value } of estimates) {
    for (let k = 0; k < value.length; k++) off += Math.abs(value[k]! - truth[gap.from + k]!);
    slots += value.length;
  }
  return off / slots;
}

/** A home of 70 days that lost `hours` from 15:00 on day 45. */
function homeWithGap(hours: number): { home: Life; from: number; to: number } {
  const home = life();
  const from = dayStart(home, 45) + 15;
  lose(home, from, from + hours);
  return { home, from, to: from + hours };
}

describe('the ladder', () => {
  it.each([4, 8, 24, 72, 168])(
    'is better than a straight line and the nearest like day over %i h',
    (hours) => {
      const { home, from, to } = homeWithGap(hours);
      const error = (options: LadderOptions): number =>
        meanError(home, fill(home.context, from, to, options));
      expect(error({})).toBeLessThan(0.75 * error({ only: 'linear' }));
      expect(error({})).toBeLessThanOrEqual(error({ only: 'like-day' }));
    },
  );

  it('says what it did: mixture and shares, days, codes, an interval that holds the value', () => {
    const { home, from, to } = homeWithGap(24);
    const [made, ...others] = fill(home.context, from, to);
    expect(others).toEqual([]);
    expect(made).toMatchObject({
      gap: { from, to, dead: false, ahead: false },
      method: 'blend',
      quality: Quality.estimated,
      registerScaled: false,
      registerConflict: false,
    });
    expect(made!.flags & Reason.averageLikeDay).not.toBe(0);
    expect(sum(made!.shares.map(({ share }) => share))).toBeCloseTo(1, 9);
    // The gap starts at 15:00 and ends at 15:00 of the next day: the nearest days come first.
    const { firstDay } = home.context.clock;
    expect(made!.days.slice(0, 2)).toEqual([firstDay + 44, firstDay + 46]);
    made!.value.forEach((value, k) => {
      expect(Number.isInteger(value)).toBe(true);
      expect(made!.lower[k]!).toBeLessThanOrEqual(value);
      expect(made!.upper[k]!).toBeGreaterThanOrEqual(value);
    });
    expect(made!.energy.counts).toBe(sum(made!.value));
    expect(made!.energy.lower).toBeLessThanOrEqual(made!.energy.counts);
    expect(made!.energy.upper).toBeGreaterThanOrEqual(made!.energy.counts);
  });

  it('states intervals that hold nine tenths of the truth', () => {
    let [held, slots, energies, gaps] = [0, 0, 0, 0];
    for (let day = 40; day < 62; day++) {
      const home = life();
      const from = dayStart(home, day) + (day % 5) * 4;
      lose(home, from, from + 24);
      for (const { gap, lower, upper, energy, value } of fill(home.context, from, from + 24)) {
        for (let k = 0; k < value.length; k++) {
          const truth = home.truth[gap.from + k]!;
          if (truth >= lower[k]! && truth <= upper[k]!) held++;
        }
        slots += value.length;
        const truth = sum(home.truth, gap.from, gap.to);
        if (truth >= energy.lower && truth <= energy.upper) energies++;
        gaps++;
      }
    }
    expect(held / slots).toBeGreaterThan(0.85);
    expect(held / slots).toBeLessThan(0.96);
    expect(energies / gaps).toBeGreaterThan(0.75);
  });

  it('follows the fixed order of the handbook where that is asked for', () => {
    const order = (hours: number): string[] => {
      const { home, from, to } = homeWithGap(hours);
      return fill(home.context, from, to, { choice: 'fixed' }).map(({ method }) => method);
    };
    expect(order(2)).toEqual(['linear']);
    expect(order(3)).toEqual(['average-like-day']);
    const young = life({ days: 3 });
    lose(young, 30, 40);
    expect(fill(young.context, 30, 40, { choice: 'fixed' }).map(({ method }) => method)).toEqual([
      'average-like-day',
    ]);
  });

  it('falls back with what little there is', () => {
    const young = life({ days: 2 });
    lose(young, 0, 40);
    const methods = (context: EstimateContext): string[] =>
      fill(context, 0, 40, { choice: 'fixed' }).map(({ method }) => method);
    expect(methods(young.context)).toEqual(['flat']);
    const course = new Float64Array(24).fill(1);
    const classProfile = { workday: course, saturday: course, sunday: course };
    expect(methods({ ...young.context, classProfile })).toEqual(['class-profile']);
    expect(
      methods({ ...young.context, classProfile, previousYear: life({ days: 2 }).context.series }),
    ).toEqual(['previous-year']);
    const empty = life({ days: 2 });
    lose(empty, 0, 48);
    expect(fill(empty.context, 0, 48, { allowAhead: true })).toEqual([]);
  });

  it('interpolates as the handbook says', () => {
    const line = life({ valueAt: () => 100 });
    const from = dayStart(line, 45) + 10;
    lose(line, from, from + 3);
    line.context.series.value[from - 1] = 20;
    line.context.series.value[from + 3] = 60;
    expect([...fill(line.context, from, from + 3, { only: 'linear' })[0]!.value]).toEqual([30, 40, 50]);
  });

  it('has no use for a neighbour that was never measured', () => {
    const { home, from, to } = homeWithGap(24);
    home.context.series.quality.fill(Quality.questionable, to, to + 2);
    home.context.series.value.fill(1e9, to, to + 2);
    const [made] = fill(home.context, from, to);
    expect(Math.max(...made!.value)).toBeLessThan(2_000);
  });
});

describe('outages and the end of what is known', () => {
  it('a confirmed outage is zero, and the rest of the gap is not', () => {
    const { home, from, to } = homeWithGap(8);
    const { series } = home.context;
    const at = (slot: number): number => series.startS + slot * series.intervalS;
    const outages = [{ from: at(from + 2), to: at(from + 5) }];
    const made = fill({ ...home.context, outages }, from, to);
    expect(made.map(({ gap, method }) => [gap.from - from, gap.to - from, method])).toEqual([
      [0, 2, 'blend'],
      [2, 5, 'zero'],
      [5, 8, 'blend'],
    ]);
    expect([...made[1]!.value]).toEqual([0, 0, 0]);
    expect(made[1]!.flags & Reason.outageZero).not.toBe(0);
    expect(made[1]!.energy).toEqual({ counts: 0, lower: 0, upper: 0 });
  });

  it('goes on ahead of the last reading only when told to, or between reads of a register', () => {
    const home = life();
    const last = home.context.series.value.length;
    lose(home, last - 12, last);
    expect(fill(home.context, last - 12, last)).toEqual([]);
    const [ahead] = fill(home.context, last - 12, last, { allowAhead: true });
    expect(ahead).toMatchObject({ quality: Quality.projected, gap: { ahead: true } });
    const register = registerAt(home, [last - 24, last]);
    const [bounded] = fill({ ...home.context, register }, last - 12, last);
    expect(bounded).toMatchObject({ quality: Quality.estimated, registerScaled: true });
    expect(sum(bounded!.value)).toBe(sum(home.truth, last - 12, last));
  });

  it('takes the check meter first', () => {
    const { home, from, to } = homeWithGap(8);
    const check = emptySeries(home.context.series.startS, 3_600, home.truth.length);
    check.value.set(home.truth);
    check.quality.fill(Quality.valid);
    const [made] = fill({ ...home.context, check }, from, to);
    expect(made).toMatchObject({ method: 'check-meter', quality: Quality.derived });
    expect(meanError(home, [made!])).toBe(0);
    check.quality[from + 3] = 0;
    expect(fill({ ...home.context, check }, from, to)[0]!.method).toBe('blend');
  });
});

describe('registers', () => {
  it('every day adds up to its advance, whatever was lost (property)', () => {
    const gaps = fc.array(
      fc.tuple(fc.integer({ min: 0, max: 24 * 6 - 1 }), fc.integer({ min: 1, max: 60 })),
      {
        minLength: 1,
        maxLength: 5,
      },
    );
    fc.assert(
      fc.property(gaps, fc.boolean(), (lost, spiky) => {
        const home = life({
          valueAt: (day, share) => (spiky && noise(day + share) < 0.6 ? 0 : homeUse(day, share)),
        });
        const start = dayStart(home, 40);
        for (const [at, slots] of lost) lose(home, start + at, Math.min(start + at + slots, start + 24 * 7));
        const register = registerAt(
          home,
          [40, 41, 43, 44, 47, 48].map((day) => dayStart(home, day)),
        );
        const context = { ...home.context, register };
        const made = fill(context, start, start + 24 * 7);
        for (const { value } of made) expect(value.every((v) => v >= 0 && Number.isInteger(v))).toBe(true);
        const { value } = filled(context, made).series;
        for (const [a, b] of [
          [40, 41],
          [41, 43],
          [43, 44],
          [44, 47],
        ] as const) {
          const [from, to] = [dayStart(home, a), dayStart(home, b)];
          expect(sum(value, from, to)).toBe(sum(home.truth, from, to));
        }
      }),
      { numRuns: 40 },
    );
  });

  it('two days that share a gap and a span get parts of one answer, each closed by itself', () => {
    const home = life();
    const midnight = dayStart(home, 46);
    lose(home, midnight - 5, midnight + 7);
    const register = registerAt(home, [dayStart(home, 45), dayStart(home, 47)]);
    const context = { ...home.context, register };
    const first = fill(context, dayStart(home, 45), midnight);
    const second = fill(filled(context, first), midnight, dayStart(home, 47));
    const both = [...first, ...second];
    expect(both.map(({ gap }) => [gap.from - midnight, gap.to - midnight])).toEqual([
      [-5, 0],
      [0, 7],
    ]);
    expect(sum(both.flatMap(({ value }) => [...value]))).toBe(sum(home.truth, midnight - 5, midnight + 7));
    const whole = fill(context, dayStart(home, 45), dayStart(home, 47));
    expect(both.flatMap(({ value }) => [...value])).toEqual([...whole[0]!.value]);
  });

  it('estimating again on its own result changes nothing (property)', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 23 }),
        fc.integer({ min: 1, max: 100 }),
        fc.boolean(),
        (hour, slots, read) => {
          const home = life();
          const from = dayStart(home, 45) + hour;
          lose(home, from, from + slots);
          const days = Array.from({ length: 12 }, (_, n) => dayStart(home, 42 + n));
          const context = read ? { ...home.context, register: registerAt(home, days) } : home.context;
          const first = fill(context, from, from + slots);
          expect(fill(filled(context, first), from, from + slots)).toEqual(first);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('a register of coarse steps corrects no more than it knows', () => {
    const { home, from, to } = homeWithGap(24);
    const reads = [dayStart(home, 45), dayStart(home, 47)];
    const alone = sum(fill(home.context, from, to)[0]!.value);
    // Steps of 1,000 counts: the energy of the gap is known to a step either way.
    const [coarse] = fill({ ...home.context, register: registerAt(home, reads, 1e6) }, from, to);
    const truth = sum(home.truth, from, to);
    expect(Math.abs(sum(coarse!.value) - truth)).toBeLessThan(1_000);
    expect(Math.abs(sum(coarse!.value) - truth)).toBeLessThanOrEqual(Math.abs(alone - truth));
    expect(truth).toBeGreaterThanOrEqual(coarse!.energy.lower);
    expect(truth).toBeLessThanOrEqual(coarse!.energy.upper);
  });

  it('reads between slot ends cut measured slots in proportion, and are no use inside open ones', () => {
    const flat = life({ valueAt: () => 120 });
    const from = dayStart(flat, 45);
    lose(flat, from + 4, from + 10);
    const register = registerAt(flat, [from, from + 24]);
    register.atS[0]! -= 1_800;
    register.atS[1]! += 900;
    register.total[1]! += 60 + 30;
    const [made] = fill({ ...flat.context, register }, from, from + 24);
    expect(sum(made!.value)).toBe(6 * 120);
    expect(made!.registerScaled).toBe(true);
    register.atS[0] = flat.context.series.startS + (from + 5) * 3_600 + 60;
    expect(fill({ ...flat.context, register }, from, from + 24)[0]!.registerScaled).toBe(false);
  });

  it('each time-of-use register gets its own', () => {
    const { home, from, to } = homeWithGap(24);
    const { clock, series } = home.context;
    const day = Uint8Array.from(clock.clock, (c) => (c >= 7 && c < 22 ? 1 : 0));
    const night = day.map((on) => 1 - on);
    const reads = [dayStart(home, 45), dayStart(home, 47)];
    const bucket = (slots: Uint8Array) => ({
      slots,
      track: registerAt({ ...home, truth: home.truth.map((v, i) => v * slots[i]!) }, reads),
    });
    const made = fill({ ...home.context, buckets: [bucket(day), bucket(night)] }, from, to);
    const { value } = filled(home.context, made).series;
    for (const slots of [day, night]) {
      const inside = (all: Float64Array): number =>
        sum(all.map((v, i) => (i >= from && i < to ? v * slots[i]! : 0)));
      expect(inside(value)).toBe(inside(home.truth));
    }
    expect(series.quality[from]).toBe(0);
  });

  it('a register that counted less than was measured scales nothing and says so', () => {
    const { home, from, to } = homeWithGap(8);
    const register = registerAt(home, [dayStart(home, 45), dayStart(home, 46)]);
    register.total[1] = 100;
    const [made] = fill({ ...home.context, register }, from, to);
    expect(made).toMatchObject({ registerScaled: false, registerConflict: true });
    expect(made!.value.every((v) => v >= 0)).toBe(true);
  });

  it('says nothing across a break of the track', () => {
    const { home, from, to } = homeWithGap(8);
    const register = registerAt(home, [dayStart(home, 45), dayStart(home, 46)]);
    register.piece[1] = 1;
    expect(fill({ ...home.context, register }, from, to)[0]!.registerScaled).toBe(false);
  });
});

describe('days on which clocks change', () => {
  it.each([
    ['Europe/Berlin', dayNumber(2025, 3, 30), 92],
    ['Europe/Berlin', dayNumber(2025, 10, 26), 100],
    ['America/New_York', dayNumber(2025, 3, 9), 92],
    ['America/New_York', dayNumber(2025, 11, 2), 100],
    ['Australia/Lord_Howe', dayNumber(2025, 4, 6), 98],
    ['Australia/Lord_Howe', dayNumber(2025, 10, 5), 94],
  ])('%s, day %i: %i quarter hours by the wall clock', (zone, day, slots) => {
    // What is used depends on the wall clock alone, so the truth is known for the doubled hour too.
    const valueAt = (_: number, share: number): number => 100 + Math.floor(share * 24) * 10;
    const home = life({ zone, intervalS: 900, firstDay: day - 40, days: 50, valueAt });
    const from = dayStart(home, 40);
    const to = dayStart(home, 41);
    expect(to - from).toBe(slots);
    lose(home, from, to);
    const made = fill(home.context, from, to);
    expect(made).toHaveLength(1);
    expect([...made[0]!.value]).toEqual([...home.truth.subarray(from, to)]);
  });

  it('a holiday is estimated from Sundays', () => {
    const home = life({ valueAt: (day) => ((((day + 3) % 7) + 7) % 7 === 6 ? 20 : 100) });
    const from = dayStart(home, 45);
    lose(home, from, from + 24);
    const holidays = new Set([home.context.clock.firstDay + 45]);
    const [made] = fill({ ...home.context, holidays }, from, from + 24, { only: 'typical-day' });
    expect([...made!.value]).toEqual(new Array(24).fill(20));
  });

  it('learns nothing from days it is told not to learn from, nor from slots without power', () => {
    const home = life({ valueAt: () => 100 });
    const from = dayStart(home, 45);
    lose(home, from, from + 24);
    const bad = [38, 43, 44, 46, 47].map((n) => dayStart(home, n));
    for (const start of bad) home.context.series.value.fill(900, start, start + 24);
    home.context.series.flags.fill(Reason.powerFail, bad[0]!, bad[0]! + 24);
    const excludedDays = new Set([43, 44, 46, 47].map((n) => home.context.clock.firstDay + n));
    const [made] = fill({ ...home.context, excludedDays }, from, from + 24, { only: 'average-like-day' });
    expect([...made!.value]).toEqual(new Array(24).fill(100));
  });
});

describe('weather', () => {
  it('a cold day after warm ones uses what cold days use', () => {
    const temperature = (day: number): number => 5 + 9 * Math.sin(day * 2.4) + noise(day);
    const home = life({
      firstDay: dayNumber(2025, 1, 6),
      valueAt: (day, share) =>
        (10 + 9 * Math.max(0, 15.5 - temperature(day))) * (1 + Math.sin(share * 6) / 2),
      facts: { commodity: 'gas' },
    });
    const { clock } = home.context;
    const cold = (n: number): number => temperature(clock.firstDay + n);
    const n = Array.from({ length: 20 }, (_, i) => 40 + i).reduce((a, b) => (cold(b) < cold(a) ? b : a));
    const from = dayStart(home, n);
    lose(home, from, from + 24);
    const temperatureC = Float64Array.from(clock.day, temperature);
    const error = (context: EstimateContext, options: LadderOptions = {}): number =>
      meanError(home, fill(context, from, from + 24, options));
    const mean = sum(home.truth, from, from + 24) / 24;
    expect(error({ ...home.context, temperatureC }, { only: 'weather' }) / mean).toBeLessThan(0.1);
    expect(error({ ...home.context, temperatureC })).toBeLessThan(0.5 * error(home.context));
    expect(fill(home.context, from, from + 24, { only: 'weather' })).toEqual([]);
  });
});

describe('the methods', () => {
  it('have names and codes of their own kind', () => {
    const ids = estimateMethods.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { cim, espi, aemo, aemoAhead, title, source } of estimateMethods) {
      expect(cim).toMatch(/^3\.8\.10\d\d$/);
      expect([8, 9, 11]).toContain(espi);
      for (const code of [aemo, aemoAhead]) expect(code).toBeGreaterThanOrEqual(11);
      expect(`${title}${source}`).not.toBe('');
    }
  });

  it('each alone fills a gap it can fill, without a negative value', () => {
    const { home, from, to } = homeWithGap(24);
    const context = { ...home.context, previousYear: life().context.series };
    for (const { id } of estimateMethods) {
      if (['check-meter', 'class-profile', 'weather'].includes(id)) continue;
      const [made] = fill(context, from, to, { only: id });
      expect(made, id).toMatchObject({ method: id });
      expect(
        made!.value.every((v) => v >= 0),
        id,
      ).toBe(true);
    }
  });
});
