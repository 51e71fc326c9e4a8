/** Rules over real meters whose faults are known: ../shared/data of the project's folder, where there is one. */
import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { Quality, weekday, zoneTable } from '@openami/model';
import { describe, expect, it } from 'vitest';
import {
  type ChannelFacts,
  ChannelStatistics,
  type DayType,
  emptySeries,
  Findings,
  ruleByNumber,
  type Series,
  Validator,
} from '../src/index.ts';
import { defaults, facts } from './support.ts';

const data = new URL('../../../shared/data/electricity/', import.meta.url);
const here = existsSync(data);
if (!here) console.log('real meters: skipped, ../shared/data is not here');

/** Columns of a file of one stamp and many meters, hourly. */
function columns(file: string, resolution: number): Map<string, Series> {
  const lines = gunzipSync(readFileSync(new URL(file, data)))
    .toString()
    .trim()
    .split('\n');
  const rows = lines.slice(1).map((line) => line.split(','));
  const startS = Date.parse(rows[0]![0]!) / 1_000;
  return new Map(
    lines[0]!
      .split(',')
      .slice(1)
      .map((name, c) => {
        const series = emptySeries(startS, 3_600, rows.length);
        rows.forEach((row, i) => {
          if (row[c + 1] === '') return;
          series.value[i] = Math.round((Number(row[c + 1]) * 1e6) / resolution);
          series.quality[i] = Quality.raw;
        });
        return [name, series];
      }),
  );
}

/** Runs a channel's life day by day; `see` is told what each day's findings are. */
function live(
  known: ChannelFacts,
  series: Series,
  see: (rule: string, first: number, last: number) => void,
): number {
  const validator = new Validator();
  const findings = new Findings();
  const statistics = new ChannelStatistics();
  const selection = defaults(known);
  const endS = series.startS + series.value.length * series.intervalS;
  let days = 0;
  for (
    let day = known.zone.localDayOf(series.startS) + 1;
    known.zone.dayStart(day + 1) <= endS;
    day++, days++
  ) {
    const from = (known.zone.dayStart(day) - series.startS) / series.intervalS;
    const to = (known.zone.dayStart(day + 1) - series.startS) / series.intervalS;
    const dayType = Math.max(0, weekday(day) - 5) as DayType;
    findings.clear();
    validator.validateDay({ facts: known, series, from, to, day, dayType, statistics }, selection, findings);
    for (let k = 0; k < findings.length; k++)
      see(ruleByNumber(findings.rule[k]!)!.id, findings.first[k]!, findings.last[k]!);
    statistics.learn(day, dayType, validator.digest, findings.worst() < 3);
  }
  return days;
}

/** Share of `values` that lie below the value, of those that are not zero. */
function quantile(values: Float64Array, share: number): number {
  const held = values.filter((value) => value > 0).sort();
  return held[Math.floor(held.length * share)] ?? 0;
}

describe.runIf(here)('zeros that the publisher of the Cambridge estate wrote for what was missing', () => {
  it('are found as gaps in buildings that always draw something', () => {
    let zeros = 0;
    let found = 0;
    let wrong = 0;
    for (const year of [2018, 2019, 2020]) {
      for (const series of columns(`cambridge/elec_${year}.csv.gz`, 100_000).values()) {
        // A building that always draws something: its lowest hours are far from nothing.
        const low = quantile(series.value, 0.01);
        if (low < 3 || low < 0.15 * quantile(series.value, 0.5)) continue;
        const known = facts({ intervalS: 3_600, resolution: 100_000, zone: zoneTable('Europe/London') });
        const marks = new Uint8Array(series.value.length);
        live(known, series, (rule, first, last) => {
          if (rule === 'zero-filled-gap') marks.fill(1, first, last + 1);
        });
        // Nothing is known of a meter in its first ten days, and nothing in the time before it was there.
        const begin = Math.max(240, series.value.findIndex((value) => value > 0) + 240);
        const isZero = series.value.map((value, i) => (i >= begin && value === 0 ? 1 : 0));
        zeros += isZero.filter((zero) => zero > 0).length;
        found += isZero.filter((zero, i) => zero > 0 && marks[i] === 1).length;
        wrong += series.value.filter((value, i) => value > 0 && marks[i] === 1).length;
      }
    }
    expect(zeros).toBeGreaterThan(2_000);
    expect(wrong).toBe(0);
    expect(found / zeros).toBeGreaterThan(0.9);
  });
});

describe.runIf(here)('CityLearn homes', () => {
  const known = facts({ intervalS: 3_600, resolution: 100, zone: zoneTable('-08:00') });

  it('the one that repeats 45 % of its values is called stuck on most days, the others hardly ever', () => {
    const shares = new Map<string, number>();
    for (const [name, series] of columns('citylearn2022/load_kwh_60min.csv.gz', 100)) {
      let stuck = 0;
      const days = live(known, series, (rule) => {
        if (rule === 'consecutive-same') stuck++;
      });
      shares.set(name, stuck / days);
    }
    expect(shares.get('cl22-15')).toBeGreaterThan(0.7);
    shares.delete('cl22-15');
    expect(Math.max(...shares.values())).toBeLessThan(0.02);
  });

  it('dead and weak panels are found by what their neighbours yield, and no others', () => {
    const panels = { ...known, kind: 'received', hasDer: true } as const;
    const meta = readFileSync(new URL('citylearn2022/meta.csv', data), 'utf8').trim().split('\n').slice(1);
    const rated = new Map(meta.map((line) => [line.split(',')[0]!, Number(line.split(',')[1])]));
    const yields = [...columns('citylearn2022/pv_kwh_60min.csv.gz', 100)].map(([name, series]) => {
      const totals = new Float64Array(360);
      totals.forEach((_, d) => {
        totals[d] = series.value.subarray(d * 24, (d + 1) * 24).reduce((a, b) => a + b, 0);
      });
      return { name, totals, kw: rated.get(name)! };
    });
    const perKw = yields
      .map(({ totals, kw }) => totals.reduce((a, b) => a + b, 0) / kw)
      .sort((a, b) => a - b);
    const weak = yields.filter(({ totals, kw }) => {
      const findings = new Findings();
      const peersTotal = perKw[perKw.length >> 1]! * kw;
      const none = new Uint16Array(360);
      const period = { facts: panels, firstDay: 0, totals, estimated: none, expected: none, peersTotal };
      new Validator().validatePeriod(period, defaults(panels), findings);
      return findings.length > 0;
    });
    expect(weak.map(({ name }) => name)).toEqual(['cl22-14', 'cl22-15']);
  });
});
