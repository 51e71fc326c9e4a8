import { Quality, Reason, zoneTable } from '@openami/model';
import { describe, expect, it } from 'vitest';
import {
  type ChannelFacts,
  clockGrid,
  drawTrial,
  emptySeries,
  type Fault,
  faults,
  type Injected,
  midnightRegister,
  seededRandom,
  type Trial,
  type TrialRows,
} from '../../src/index.ts';

const zone = zoneTable('Europe/Berlin');
const facts: ChannelFacts = {
  ...{ channel: 1, meter: 1, commodity: 'electricity', kind: 'delivered' },
  ...{ intervalS: 1_800, resolution: 1_000, zone },
};

/** Half a year of half hours, autumn's change in it, no two alike. */
function source() {
  const startS = Date.parse('2026-05-31T22:00:00Z') / 1_000;
  const series = emptySeries(startS, 1_800, 48 * 183);
  const random = seededRandom(5, 'source');
  for (let i = 0; i < series.value.length; i++) {
    series.value[i] = 100 + random.below(500);
    series.quality[i] = Quality.valid;
  }
  const grid = clockGrid(zone, startS, 1_800, series.value.length);
  return { facts, series, grid, register: midnightRegister(series, grid, 1_000) };
}

const from = source();

function injectedBy(fault: Fault, seed: number): { was: Trial; now: Injected } {
  const random = seededRandom(seed, fault.id);
  const was = drawTrial(from, { historyDays: 35, afterDays: 30 }, random, fault.days?.(facts))!;
  return { was, now: fault.inject(was, random)! };
}

/** `end value flags` of rows that do not end within the span. */
function outside({ endS, value, flags }: TrialRows, { span }: Injected): string {
  const rows = [...endS].map((s, i) => ({ s, text: `${s} ${value[i]} ${flags[i]}` }));
  return rows
    .filter(({ s }) => s <= span.from || s > span.to)
    .map(({ text }) => text)
    .join();
}

/** All that a trial holds, as one text: quicker to compare than columns. */
function textOf({ rows, reads }: Trial): string {
  return [rows.endS, rows.value, rows.flags, reads.atS, reads.counts].map(String).join('|');
}

const seeds = Array.from({ length: 20 }, (_, i) => i);
const byId = (id: string) => faults.find((fault) => fault.id === id)!;

describe('injected faults', () => {
  it.each(faults)('$id changes something, and nothing outside its span', (fault) => {
    for (const seed of seeds) {
      const { was, now } = injectedBy(fault, seed);
      expect(textOf(now.trial)).not.toBe(textOf(was));
      expect(outside(now.trial.rows, now)).toBe(outside(was.rows, now));
      expect(now.span.to).toBeGreaterThan(now.span.from);
      expect(textOf(injectedBy(fault, seed).now.trial)).toBe(textOf(now.trial));
    }
  });

  it('are those of the handbook', () => {
    expect(faults.map(({ id }) => id)).toEqual([
      ...['spike', 'stuck', 'negative', 'overflow', 'clock-shift', 'doubled-hour', 'copied-hour', 'swapped'],
      ...['multiplier', 'missing', 'duplicated', 'replaced', 'theft'],
    ]);
  });

  it('spike, negative and overflow are what they say', () => {
    for (const seed of seeds) {
      const spike = injectedBy(byId('spike'), seed);
      const day = [...spike.was.rows.value];
      const risen = [...spike.now.trial.rows.value].filter((value, i) => value !== day[i]);
      expect(risen).toHaveLength(1);
      expect(risen[0]).toBeGreaterThan(3 * 100);
      expect(Math.min(...injectedBy(byId('negative'), seed).now.trial.rows.value)).toBeLessThan(0);
      const { trial } = injectedBy(byId('overflow'), seed).now;
      const marks = [...trial.rows.flags].filter((flags) => flags === Reason.overflow).length;
      const full = [...trial.rows.value].filter((value) => value === trial.facts.maxCounts).length;
      expect(marks + full).toBe(1);
    }
  });

  it('stuck is 24 equal slots and more', () => {
    for (const seed of seeds) {
      const { value } = injectedBy(byId('stuck'), seed).now.trial.rows;
      let [run, longest] = [1, 1];
      for (let i = 1; i < value.length; i++) {
        run = value[i] === value[i - 1] ? run + 1 : 1;
        longest = Math.max(longest, run);
      }
      expect(longest).toBeGreaterThanOrEqual(24);
    }
  });

  it('the doubled hour is on a day of 25 hours and leaves an hour of stamps twice', () => {
    const { was, now } = injectedBy(byId('doubled-hour'), 1);
    expect(was.day).toBe(zone.localDayOf(Date.parse('2026-10-25T12:00:00Z') / 1_000));
    const { endS } = now.trial.rows;
    expect(endS.length - new Set(endS).size).toBe(2);
    expect(endS).toHaveLength(was.rows.endS.length);
  });

  it('a replaced meter decreases once, theft and a wrong multiplier part values from the past', () => {
    const { counts } = injectedBy(byId('replaced'), 2).now.trial.reads;
    expect([...counts].filter((count, i) => i > 0 && count < counts[i - 1]!)).toHaveLength(1);
    const sum = (values: Float64Array) => values.reduce((a, b) => a + b, 0);
    const theft = injectedBy(byId('theft'), 2);
    expect(sum(theft.now.trial.rows.value)).toBeLessThan(sum(theft.was.rows.value));
    const { reads, rows } = theft.now.trial;
    expect(reads.counts.at(-1)! - reads.counts[0]!).toBe(sum(rows.value));
    const wrong = injectedBy(byId('multiplier'), 2);
    expect(wrong.now.trial.facts.reportedMultiplier).not.toBe(wrong.now.trial.facts.multiplier);
    expect(wrong.now.trial.reads).toEqual(wrong.was.reads);
  });
});

describe('pieces of a channel', () => {
  it('hold whole local days, and a register that moves as the rows say', () => {
    const trial = drawTrial(from, { historyDays: 35, afterDays: 3 }, seededRandom(9))!;
    expect(trial.lastDay - trial.firstDay).toBe(38);
    const { reads, rows } = trial;
    expect(reads.atS[0]).toBe(zone.dayStart(trial.firstDay));
    expect(reads.atS.at(-1)).toBe(zone.dayStart(trial.lastDay));
    expect(reads.counts.at(-1)! - reads.counts[0]!).toBe(rows.value.reduce((a, b) => a + b, 0));
  });

  it('a register is broken by a day with a hole', () => {
    const holed = source();
    holed.series.quality[48 * 3 + 5] = 0;
    const { piece } = midnightRegister(holed.series, holed.grid, 1_000);
    expect([piece[2], piece[3], piece[4], piece[5]]).toEqual([0, 0, 1, 1]);
  });
});
