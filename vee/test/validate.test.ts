import { Quality, ReadingBatch, Reason, zoneTable } from '@openami/model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ChannelFacts,
  ChannelStatistics,
  Findings,
  markSlots,
  readRuleSet,
  ruleById,
  Severity,
  selectRules,
  Validator,
} from '../src/index.ts';
import { dayOf, defaults, facts, said, saidBy } from './support.ts';

const NOW_S = 2_000_000_000;

function ingest(
  known: ChannelFacts,
  rows: readonly (readonly [number, number])[],
  statistics?: ChannelStatistics,
) {
  const batch = new ReadingBatch();
  for (const [end, value] of rows) batch.push(known.channel, end, value, 1_000, Quality.raw, 0);
  const findings = new Findings();
  const state = { facts: known, selection: defaults(known), statistics };
  new Validator().validateBatch(batch, (id) => (id === known.channel ? state : undefined), NOW_S, findings);
  return { batch, findings };
}

function close(known: ChannelFacts, day: number, valueAt: (slot: number) => number | null, changes = {}) {
  const findings = new Findings();
  const context = dayOf(known, day, valueAt, changes);
  new Validator().validateDay(context, defaults(known), findings);
  return { context, findings };
}

describe('a batch', () => {
  it('becomes valid in place, and questionable with its reasons where a rule speaks', () => {
    const { batch, findings } = ingest(facts({ maxCounts: 65_535 }), [
      [900, 100],
      [1_800, -5],
      [2_700, 65_535],
      [3_600, 120],
    ]);
    expect([...batch.quality.subarray(0, 4)]).toEqual([
      Quality.valid,
      Quality.questionable,
      Quality.questionable,
      Quality.valid,
    ]);
    expect([...batch.flags.subarray(0, 4)]).toEqual([0, 0, Reason.overflow, 0]);
    expect(said(findings).map(({ rule, first }) => [rule, first])).toEqual([
      ['overflow', 2],
      ['negative', 1],
    ]);
  });

  it('is judged channel by channel, and strangers are left alone', () => {
    const batch = new ReadingBatch();
    batch.push(7, 900, -1, 1_000, Quality.raw, 0);
    batch.push(8, 900, -1, 1_000, Quality.raw, 0);
    batch.push(7, 1_800, 1, 1_000, Quality.raw, 0);
    const known = facts();
    const findings = new Findings();
    const state = { facts: known, selection: defaults(known) };
    new Validator().validateBatch(batch, (id) => (id === 7 ? state : undefined), NOW_S, findings);
    expect([...batch.quality.subarray(0, 3)]).toEqual([Quality.questionable, Quality.raw, Quality.valid]);
    expect(said(findings)).toEqual([{ rule: 'negative', severity: 'fail', first: 0, last: 0 }]);
  });

  it('keeps what people and other systems decided', () => {
    const kept = [Quality.verified, Quality.estimated, Quality.edited, Quality.questionable];
    const batch = new ReadingBatch();
    kept.forEach((quality, i) => {
      batch.push(7, (i + 1) * 900, 10, 1_000, quality, 0);
    });
    const known = facts();
    const state = { facts: known, selection: defaults(known) };
    new Validator().validateBatch(batch, () => state, NOW_S, new Findings());
    expect([...batch.quality.subarray(0, 4)]).toEqual(kept);
  });

  it('gives the same states in whatever pieces its rows come', () => {
    const value = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.integer({ min: 60_000, max: 70_000 }));
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 40 }), fc.nat(39), (values, at) => {
        const known = facts({ maxCounts: 65_535, capacityPerHour: 250_000 });
        const rows = values.map((v, i) => [(i + 1) * 900, v] as const);
        const cut = Math.min(at, rows.length);
        const whole = ingest(known, rows).batch;
        const pieces = [rows.slice(0, cut), rows.slice(cut)].map((part) => ingest(known, part).batch);
        const states = pieces.flatMap((batch) => [...batch.quality.subarray(0, batch.length)]);
        expect(states).toEqual([...whole.quality.subarray(0, whole.length)]);
      }),
    );
  });

  it('finds a repeat of the newest reading of an earlier batch', () => {
    const statistics = new ChannelStatistics();
    statistics.observe(1_800, 40);
    const { findings } = ingest(
      facts(),
      [
        [1_800, 40],
        [2_700, 41],
      ],
      statistics,
    );
    expect(said(findings)).toEqual([{ rule: 'duplicate', severity: 'info', first: 0, last: 0 }]);
  });
});

describe('marks', () => {
  it('of the worst finding win, and of what is only worth knowing leave the value valid', () => {
    const findings = new Findings();
    findings.enter();
    findings.begin(16, 1);
    findings.add(0, 2, 1, 1);
    findings.begin(11, 3);
    findings.add(2, 2, 5, 1);
    const quality = new Uint8Array([1, 3, 1, 1]);
    const flags = new Uint32Array(4);
    markSlots(quality, flags, 0, 4, findings);
    expect([...quality]).toEqual([Quality.valid, Quality.verified, Quality.questionable, Quality.valid]);
    expect([...flags]).toEqual([
      Reason.zeroUsage,
      Reason.zeroUsage,
      (Reason.zeroUsage | Reason.spike) >>> 0,
      0,
    ]);
  });

  it('are not made by what is said of the day as a whole, nor by what something else explains', () => {
    const findings = new Findings();
    for (const rule of ['stats', 'sum-check', 'spike']) {
      findings.begin(ruleById(rule)!.number, Severity.fail);
      findings.add(rule === 'spike' ? 1 : 0, rule === 'spike' ? 1 : 2, 9, 1);
    }
    const mark = (isExplained?: (row: number) => boolean) => {
      const quality = new Uint8Array(3).fill(Quality.raw);
      markSlots(quality, new Uint32Array(3), 0, 3, findings, isExplained);
      return [...quality];
    };
    expect(mark((row) => row === 1)).toEqual([Quality.valid, Quality.questionable, Quality.valid]);
    expect(mark()).toEqual(Array(3).fill(Quality.questionable));
  });

  it('stay when a day is judged again: nothing changes the second time', () => {
    const value = fc.oneof(fc.constant(null), fc.integer({ min: -2, max: 400 }), fc.constant(9_000));
    fc.assert(
      fc.property(fc.array(value, { minLength: 96, maxLength: 96 }), (values) => {
        const known = facts();
        const context = dayOf(known, 20_000, (i) => values[i]!);
        const [first, second] = [new Findings(), new Findings()];
        new Validator().validateDay(context, defaults(known), first);
        markSlots(context.series.quality, context.series.flags, context.from, context.to, first);
        const marked = [...context.series.quality];
        new Validator().validateDay(context, defaults(known), second);
        markSlots(context.series.quality, context.series.flags, context.from, context.to, second);
        expect(said(second)).toEqual(said(first));
        expect([...context.series.quality]).toEqual(marked);
      }),
    );
  });
});

describe('days of 23, 24 and 25 hours', () => {
  for (const [zone, day, slots] of [
    ['Europe/Berlin', 20_541, 92],
    ['Europe/Berlin', 20_751, 100],
    ['America/New_York', 20_520, 92],
    ['America/New_York', 20_758, 100],
    ['Australia/Lord_Howe', 20_730, 94],
    ['Australia/Lord_Howe', 20_548, 98],
    ['Europe/Berlin', 20_600, 96],
  ] as const) {
    it(`${zone} ${day} has ${slots} quarter hours and nothing is said of a whole day`, () => {
      const known = facts({ zone: zoneTable(zone) });
      const { context, findings } = close(known, day, (i) => 100 + ((i * 37) % 61));
      expect(context.to - context.from).toBe(slots);
      expect(said(findings)).toEqual([]);
    });
  }
});

describe('what other systems got wrong', () => {
  it('48 half hours on the day of 46', () => {
    const known = facts({ zone: zoneTable('Europe/Berlin'), intervalS: 1_800 });
    const arrival = { rows: 48, duplicates: 0, conflicts: 2, offGrid: 0, spacingS: 1_800 };
    const { findings } = close(known, 20_541, (i) => 100 + (i % 7), { arrival });
    expect(said(findings)).toEqual([{ rule: 'interval-count', severity: 'suspect', first: 0, last: 45 }]);
  });

  it('the November hour twice with the values of the first', () => {
    const known = facts({ zone: zoneTable('America/New_York') });
    const at = (i: number) => 100 + ((i * 37) % 61);
    const { findings } = close(known, 20_758, (i) => (i >= 8 && i < 12 ? at(i - 4) : at(i)));
    expect(said(findings)).toEqual([{ rule: 'doubled-hour', severity: 'suspect', first: 8, last: 11 }]);
  });

  it('a delta after a gap that holds the gap’s energy is no maximum', () => {
    const { findings } = close(facts(), 20_000, (i) =>
      i >= 30 && i < 50 ? null : i === 50 ? 2_300 : 100 + (i % 9),
    );
    expect(saidBy(findings, 'catch-up')).toEqual([
      { rule: 'catch-up', severity: 'fail', first: 50, last: 50 },
    ]);
    expect(saidBy(findings, 'spike')).toEqual([]);
  });

  it('a meter swap is no negative use: the register says so, the interval fails', () => {
    const register = ingest(facts({ intervalS: 0 }), [
      [900, 48_000],
      [1_800, 3],
      [2_700, 9],
    ]);
    expect(said(register.findings)).toEqual([
      { rule: 'register-decrease', severity: 'suspect', first: 1, last: 1 },
    ]);
    const interval = ingest(facts(), [
      [900, 100],
      [1_800, -47_997],
    ]);
    expect(said(interval.findings).map(({ rule, severity }) => [rule, severity])).toEqual([
      ['negative', 'fail'],
    ]);
  });

  it('a half-hourly file on a quarter-hourly channel', () => {
    const { findings } = ingest(
      facts(),
      Array.from({ length: 48 }, (_, i) => [(i + 1) * 1_800, 200 + i] as const),
    );
    expect(said(findings)).toEqual([{ rule: 'interval-size', severity: 'fail', first: 0, last: 47 }]);
  });

  it('local for standard time: ends between the slots of an hourly channel on Lord Howe', () => {
    const known = facts({ zone: zoneTable('Australia/Lord_Howe'), intervalS: 3_600 });
    const start = known.zone.dayStart(20_600);
    const right = ingest(
      known,
      [1, 2, 3].map((h) => [start + h * 3_600, 100 + h] as const),
    );
    const wrong = ingest(
      known,
      [1, 2, 3].map((h) => [start + h * 3_600 + 1_800, 100 + h] as const),
    );
    expect(said(right.findings)).toEqual([]);
    expect(said(wrong.findings)).toEqual([{ rule: 'interval-size', severity: 'fail', first: 0, last: 2 }]);
  });
});

describe('handlers', () => {
  const set = (steps: unknown[]) => readRuleSet({ id: 'test', groups: [{ steps }] });
  const spiky = (i: number) => (i === 40 ? 9_000 : 200 + (i % 11));

  it('successful termination skips the rest', () => {
    const known = facts();
    const steps = ['sum-check', { stop: 'clean', passed: ['sum-check'] }, 'spike'];
    const total = dayOf(known, 20_000, spiky).series.value.reduce((a, b) => a + b, 0);
    for (const [advance, expected] of [
      [total, []],
      [total / 2, ['sum-check', 'spike']],
    ] as const) {
      const spans = [{ fromS: 20_000 * 86_400, toS: 20_001 * 86_400, advance, step: 1 }];
      const findings = new Findings();
      new Validator().validateDay(
        dayOf(known, 20_000, spiky, { spans }),
        selectRules(set(steps), known),
        findings,
      );
      expect(said(findings).map(({ rule }) => rule)).toEqual(expected);
    }
  });

  it('a prior pattern ends the group', () => {
    const known = facts();
    const steps = [{ stop: 'pattern', of: ['spike'], days: 2, within: 5 }, 'spike'];
    const selection = selectRules(set(steps), known);
    const run = (days: readonly number[]) => {
      const findings = new Findings();
      const prior = days.map((day) => ({ rule: 11, severity: 3, day }));
      new Validator().validateDay(dayOf(known, 20_000, spiky, { prior }), selection, findings);
      return said(findings).length;
    };
    expect(run([19_998])).toBe(1);
    expect(run([19_998, 19_998])).toBe(1);
    expect(run([19_990, 19_998])).toBe(1);
    expect(run([19_996, 19_998])).toBe(0);
  });
});
