import { Quality } from '@openami/model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ChannelStatistics,
  type ClosedDay,
  DayCloser,
  DayDigest,
  type DayInput,
  dayTypeOf,
  emptySeries,
  placeOnGrid,
  type RegisterTrack,
  type Series,
  slotsOfDay,
  Validator,
} from '../src/index.ts';
import { dayStart, homeUse, type Life, life, registerAt, sum } from './estimate/support.ts';
import { defaults, said } from './support.ts';

/** A row as it came. */
interface Row {
  readonly slot: number;
  readonly value: number;
}

/** What a store does for one channel: current rows, and measured ones that estimates stand in for. */
class Stored {
  readonly life: Life;
  readonly series: Series;
  readonly putAside: Series;
  readonly register: RegisterTrack | undefined;
  readonly #closer = new DayCloser(new Validator());

  /** Findings of the last day that was closed, but for those only worth knowing. */
  get doubts(): (readonly [rule: string, severity: string])[] {
    return said(this.#closer.findings)
      .filter(({ severity }) => severity !== 'info')
      .map(({ rule, severity }) => [rule, severity]);
  }

  constructor(of: Life, register?: RegisterTrack) {
    const { series } = of.context;
    this.life = of;
    this.register = register;
    this.series = { ...series, value: series.value.slice(), quality: series.quality.slice() };
    this.putAside = emptySeries(series.startS, series.intervalS, series.value.length);
  }

  forget(from: number, to: number): void {
    this.series.value.fill(0, from, to);
    this.series.quality.fill(0, from, to);
  }

  /** Measured rows replace whatever is there. */
  receive(rows: readonly Row[]): void {
    const { startS, intervalS } = this.series;
    const placed = placeOnGrid(
      {
        length: rows.length,
        end: rows.map(({ slot }) => startS + (slot + 1) * intervalS),
        value: rows.map(({ value }) => value),
        quality: rows.map(() => Quality.raw),
        flags: rows.map(() => 0),
      },
      this.life.context.clock,
    ).series;
    for (const { slot } of rows) {
      this.series.value[slot] = placed.value[slot]!;
      this.series.quality[slot] = Quality.raw;
      this.series.flags[slot] = 0;
      this.putAside.quality[slot] = 0;
    }
  }

  close(n: number, more: Partial<DayInput> = {}): ClosedDay {
    const { facts, clock } = this.life.context;
    const day = clock.firstDay + n;
    const closed = this.#closer.close({
      ...{ facts, clock, day, series: this.series, putAside: this.putAside, selection: defaults(facts) },
      ...(this.register ? { register: this.register } : {}),
      ...more,
    });
    for (const slot of closed.changed) {
      const was = this.series.quality[slot]!;
      const k = slot - closed.from;
      if (
        closed.quality[k] === Quality.estimated &&
        [Quality.raw, Quality.valid, Quality.questionable].some((q) => q === was)
      ) {
        this.putAside.value[slot] = this.series.value[slot]!;
        this.putAside.quality[slot] = was;
      }
      this.series.value[slot] = closed.value[k]!;
      this.series.quality[slot] = closed.quality[k]!;
      this.series.flags[slot] = closed.flags[k]!;
    }
    return closed;
  }
}

const closedDay = 60;

/** A home whose day 60 came in part, with reads of its register at midnight. */
function partOfDay(present: readonly boolean[], withRegister: boolean): { stored: Stored; rows: Row[] } {
  const home = life({ intervalS: 900, days: 70 });
  const register = withRegister
    ? registerAt(
        home,
        Array.from({ length: 69 }, (_, n) => dayStart(home, n)),
      )
    : undefined;
  const stored = new Stored(home, register);
  const { from, to } = slotsOfDay(home.context.clock, home.context.clock.firstDay + closedDay);
  stored.forget(from, to);
  const rows: Row[] = [];
  for (let slot = from; slot < to; slot++) {
    if (present[(slot - from) % present.length]) rows.push({ slot, value: home.truth[slot]! });
  }
  return { stored, rows };
}

/** What is known of a home from its days before the one that is closed. */
function past({ context: { series, clock } }: Life): ChannelStatistics {
  const statistics = new ChannelStatistics();
  const digest = new DayDigest();
  for (let n = 0; n < closedDay; n++) {
    const { from, to } = slotsOfDay(clock, clock.firstDay + n);
    digest.take(series, from, to);
    statistics.learn(clock.firstDay + n, dayTypeOf(clock.firstDay + n), digest, true);
  }
  return statistics;
}

const runs = fc
  .array(fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 30 })), { minLength: 3, maxLength: 8 })
  .map((parts) => parts.flatMap(([present, length]) => new Array<boolean>(length).fill(present)));

describe('closing a day', () => {
  it('leaves estimates that somebody else answers for as they are, and makes the others anew', () => {
    const { stored, rows } = partOfDay([true, true, true, false], false);
    stored.receive(rows);
    stored.close(closedDay);
    const { from, to } = slotsOfDay(
      stored.life.context.clock,
      stored.life.context.clock.firstDay + closedDay,
    );
    const made = Array.from({ length: to - from }, (_, k) => from + k).filter(
      (slot) => stored.series.quality[slot] === Quality.estimated,
    );
    const before = made.map((slot) => stored.series.value[slot]);
    for (const slot of made) stored.series.value[slot] = 7_777;
    const kept = new Set(made.slice(0, 2));
    stored.close(closedDay, { kept });
    expect(made.map((slot) => stored.series.value[slot])).toEqual([7_777, 7_777, ...before.slice(2)]);
  });

  it('again changes nothing (property)', () => {
    fc.assert(
      fc.property(runs, fc.boolean(), fc.boolean(), (present, withRegister, withCheck) => {
        const { stored, rows } = partOfDay(present, withRegister);
        stored.receive(rows);
        const { series } = stored.life.context;
        const check = { ...series, value: stored.life.truth.slice() };
        const help = withCheck ? { help: { check } } : {};
        const first = stored.close(closedDay, help);
        const kept = [first.value, first.quality, first.flags].map((column) => Array.from(column));
        const second = stored.close(closedDay, help);
        expect(second.changed).toEqual([]);
        expect([second.value, second.quality, second.flags].map((column) => Array.from(column))).toEqual(
          kept,
        );
      }),
      { numRuns: 25 },
    );
  });

  it('ends the same in whatever order readings come, and however often it was closed between (property)', () => {
    fc.assert(
      fc.property(runs, fc.boolean(), fc.infiniteStream(fc.nat()), (present, withRegister, random) => {
        const once = partOfDay(present, withRegister);
        once.stored.receive(once.rows);
        const whole = once.stored.close(closedDay);
        const often = partOfDay(present, withRegister);
        const shuffled = often.rows
          .map((row) => ({ row, key: random.next().value }))
          .sort((a, b) => a.key - b.key)
          .map(({ row }) => row);
        const third = Math.ceil(shuffled.length / 3);
        for (let at = 0; at < shuffled.length; at += third) {
          often.stored.receive(shuffled.slice(at, at + third));
          often.stored.close(closedDay);
        }
        often.stored.close(closedDay);
        expect(Array.from(often.stored.series.value)).toEqual(Array.from(once.stored.series.value));
        expect(Array.from(often.stored.series.quality)).toEqual(Array.from(once.stored.series.quality));
        expect(whole.expected).toBe(whole.to - whole.from);
      }),
      { numRuns: 15 },
    );
  });

  it('adds up to the register, with nothing negative (property)', () => {
    fc.assert(
      fc.property(runs, (present) => {
        const { stored, rows } = partOfDay(present, true);
        stored.receive(rows);
        const { from, to, total, value, quality } = stored.close(closedDay);
        expect(total).toBe(sum(stored.life.truth, from, to));
        expect(value.every((v) => v >= 0)).toBe(true);
        // With most of a day missing, what is there may look unlikely.
        const kept: readonly number[] = [Quality.valid, Quality.questionable, Quality.estimated];
        expect(quality.every((q) => kept.includes(q))).toBe(true);
      }),
      { numRuns: 25 },
    );
  });

  it('spreads a catch-up over the gap it holds: no maximum, and the energy stays', () => {
    const home = life({ intervalS: 900, days: 70, valueAt: (day, share) => homeUse(day, share) });
    const stored = new Stored(home);
    const from = dayStart(home, closedDay);
    const gap = { from: from + 30, to: from + 70 };
    const held = sum(home.truth, gap.from, gap.to);
    stored.forget(gap.from, gap.to - 1);
    stored.receive([{ slot: gap.to - 1, value: held }]);
    const closed = stored.close(closedDay);
    expect(sum(closed.value, gap.from - from, gap.to - from)).toBe(held);
    expect(closed.maximum).toBeLessThan(held / 5);
    expect(closed.quality[gap.to - 1 - from]).toBe(Quality.estimated);
    expect(stored.putAside.value[gap.to - 1]).toBe(held);
    expect(stored.close(closedDay).changed).toEqual([]);
  });

  it('knows of a gap in what is owed, however much comes that is not', () => {
    const home = life({ intervalS: 3_600, days: 70 });
    const { from } = slotsOfDay(home.context.clock, home.context.clock.firstDay + closedDay);
    const startS = home.context.series.startS + from * 3_600;
    const stored = new Stored(home);
    stored.forget(from + 14, from + 16);
    const installed = { owed: [{ from: startS + 12 * 3_600, to: Number.POSITIVE_INFINITY }] };
    expect(stored.close(closedDay, { ...installed, suspended: true })).toMatchObject({
      ...{ expected: 12, measured: 22, needsHistory: true },
    });
    expect(stored.close(closedDay, installed).estimated).toBe(2);
  });

  it('leaves a suspended area open, and fills it when it resumes', () => {
    const { stored, rows } = partOfDay([true, true, false, false, false], false);
    stored.receive(rows);
    const waiting = stored.close(closedDay, { suspended: true });
    expect(waiting.estimated).toBe(0);
    expect(waiting.measured).toBe(rows.length);
    const resumed = stored.close(closedDay);
    expect(resumed.measured + resumed.estimated).toBe(resumed.expected);
  });

  it.each([
    ['is real when the register says so at both its ends', true],
    ['waits for a person when the register does not', false],
  ])('a spike %s', (_, confirmed) => {
    const home = life({ intervalS: 3_600, days: 70 });
    const { from } = slotsOfDay(home.context.clock, home.context.clock.firstDay + closedDay);
    const spike = from + 4;
    home.context.series.value[spike] = 30_000;
    if (confirmed) home.truth[spike] = 30_000;
    const register = registerAt(
      home,
      Array.from({ length: 48 }, (_, k) => from + k),
    );
    const stored = new Stored(home, register);
    stored.close(closedDay);
    expect(stored.series.quality[spike]).toBe(confirmed ? Quality.valid : Quality.questionable);
  });

  it.each([
    ['without a register', false, ['spike', 'stats']],
    ['with one, whose sum it puts out', true, ['spike', 'stats', 'sum-check']],
  ])('a false spike is put aside, and what is beside it stays valid: %s', (_, withRegister, rules) => {
    const home = life({ intervalS: 3_600, days: 70 });
    const statistics = past(home);
    const { from, to } = slotsOfDay(home.context.clock, home.context.clock.firstDay + closedDay);
    home.context.series.value[from + 4] = 30_000;
    const stored = new Stored(home, withRegister ? registerAt(home, [from, to]) : undefined);
    const closed = stored.close(closedDay, { statistics });
    // The day is unusual all the same: a person is told.
    expect(stored.doubts.map(([rule]) => rule).sort()).toEqual(rules);
    expect(closed).toMatchObject({ measured: 23, questionable: 0, estimated: 1, needsHistory: true });
    expect(closed.quality[4]).toBe(Quality.estimated);
    if (withRegister) expect(closed.total).toBe(sum(home.truth, from, to));
    expect(stored.close(closedDay, { statistics }).changed).toEqual([]);
  });

  it('a day that is unlike the days before it is for a person to see; its values stay valid', () => {
    const home = life({ intervalS: 3_600, days: 70 });
    const statistics = past(home);
    const { from, to } = slotsOfDay(home.context.clock, home.context.clock.firstDay + closedDay);
    for (let i = from; i < to; i++) home.context.series.value[i] = 2_000 + ((i * 37) % 61);
    const stored = new Stored(home);
    expect(stored.close(closedDay, { statistics })).toMatchObject({ questionable: 0, needsHistory: false });
    expect(stored.doubts).toEqual([['stats', 'suspect']]);
  });

  it('a sum that is off for no reason to be seen puts every value of its time in doubt', () => {
    const home = life({ intervalS: 3_600, days: 70 });
    const { from, to } = slotsOfDay(home.context.clock, home.context.clock.firstDay + closedDay);
    home.truth[from + 18]! += 400;
    const stored = new Stored(home, registerAt(home, [from, from + 12, to]));
    const closed = stored.close(closedDay);
    expect(stored.doubts).toEqual([['sum-check', 'fail']]);
    expect(closed).toMatchObject({ measured: 24, questionable: 24, needsHistory: false });
  });

  it('lets a measured value take the place of its estimate', () => {
    const { stored, rows } = partOfDay([true, true, true, false], false);
    stored.receive(rows);
    const { from } = stored.close(closedDay);
    expect(stored.series.quality[from + 3]).toBe(Quality.estimated);
    stored.receive([{ slot: from + 3, value: 321 }]);
    stored.close(closedDay);
    expect(stored.series.quality[from + 3]).toBe(Quality.valid);
    expect(stored.series.value[from + 3]).toBe(321);
  });

  it('a gap over midnight is filled as one, from either day, and both days add up to the register', () => {
    const home = life({ intervalS: 900, days: 70 });
    const midnight = dayStart(home, closedDay + 1);
    const reads = [dayStart(home, closedDay), dayStart(home, closedDay + 2)];
    const closeInOrder = (order: readonly number[]): Float64Array => {
      const stored = new Stored(home, registerAt(home, reads));
      stored.forget(midnight - 20, midnight + 12);
      for (const n of order) stored.close(n);
      expect(sum(stored.series.value, reads[0], reads[1])).toBe(sum(home.truth, reads[0], reads[1]));
      return stored.series.value;
    };
    expect(closeInOrder([closedDay, closedDay + 1])).toEqual(closeInOrder([closedDay + 1, closedDay]));
  });
});
