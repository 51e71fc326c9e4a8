import { Quality, zoneTable } from '@openami/model';
import { describe, expect, it } from 'vitest';
import {
  type ChannelFacts,
  emptySeries,
  estimationRows,
  type ScoreSubject,
  scoreEstimation,
  seededRandom,
} from '../../src/index.ts';

const facts: ChannelFacts = {
  ...{ channel: 1, meter: 1, commodity: 'electricity', kind: 'delivered' },
  ...{ intervalS: 3_600, resolution: 1_000, zone: zoneTable('Europe/Berlin') },
};

/** Half a year of hours. */
function subject(valueAt: (slot: number) => number, name = 'a'): ScoreSubject {
  const series = emptySeries(Date.parse('2025-12-31T23:00:00Z') / 1_000, 3_600, 24 * 180);
  for (let i = 0; i < series.value.length; i++) {
    series.value[i] = valueAt(i);
    series.quality[i] = Quality.valid;
  }
  return { name, facts, series };
}

function scored(one: ScoreSubject, seed = 1) {
  return scoreEstimation(one, { seed, gaps: 3, lengthsH: [1, 4, 24] });
}

/** Course of a day with noise. */
function home(i: number): number {
  const random = seededRandom(i);
  return 300 + Math.round(200 * Math.sin((i * Math.PI) / 12)) + random.below(100);
}

describe('estimates against the truth', () => {
  it('of a channel that never changes are exact, by every method that can be asked', () => {
    const rows = estimationRows([scored(subject(() => 250))]);
    expect(rows.map(({ method }) => method)).toContain('linear');
    expect(rows.map(({ method }) => method)).toContain('ladder');
    for (const row of rows) {
      expect([row.method, row.nmae, row.bias]).toEqual([row.method, 0, 0]);
      expect(row.coverage).toBe(1);
    }
  });

  it('with registers have the energy of the gap to the last count', () => {
    const rows = estimationRows([scored(subject(home))]);
    const bounded = rows.filter(({ registers }) => registers);
    expect(bounded.length).toBeGreaterThan(3);
    for (const row of bounded) expect([row.method, row.worstEnergyCounts]).toEqual([row.method, 0]);
    const free = rows.filter(({ registers, method }) => !registers && method === 'linear');
    expect(Math.max(...free.map(({ worstEnergyCounts }) => worstEnergyCounts))).toBeGreaterThan(0);
  });

  it('are the same for the same seed, and add up over channels', () => {
    const [a, b] = [subject(home), subject((i) => home(i + 7), 'b')];
    expect(scored(a, 5)).toEqual(scored(a, 5));
    expect(scored(a, 5)).not.toEqual(scored(a, 6));
    const gapsOf = (rows: ReturnType<typeof estimationRows>) => rows.map(({ gaps }) => gaps);
    const [one, two] = [scored(a), scored(b)];
    const both = gapsOf(estimationRows([one, two]));
    expect(both).toEqual(
      gapsOf(estimationRows([one])).map((gaps, i) => gaps + gapsOf(estimationRows([two]))[i]!),
    );
    // sums are plain data: what another process made is as good
    expect(estimationRows([JSON.parse(JSON.stringify(one)), two])).toEqual(estimationRows([one, two]));
  });

  it('are not asked of a channel without a month of readings, or without use', () => {
    const short = subject(home);
    const quality = short.series.quality.map((q, i) => (i < 600 ? q : 0));
    expect(scored({ ...short, series: { ...short.series, quality } })).toEqual({});
    expect(scored(subject(() => 0))).toEqual({});
  });
});
