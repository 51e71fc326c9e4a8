/** Projections of real homes, against what came: ../shared/data of the project's folder, where there is one. */
import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { billingMonthOf, zoneTable } from '@openami/model';
import { describe, expect, it } from 'vitest';
import { dayKinds } from '../../src/projection/like-days.ts';
import { projectUsage } from '../../src/projection/project.ts';
import { rateCycle } from '../../src/rating/cycle.ts';
import { totalOf } from '../../src/rating/line.ts';
import { dayAndNight, tariffOf } from '../support.ts';

const file = new URL('../../../../shared/data/electricity/sgsc/kwh_30min.csv.gz', import.meta.url);
const here = existsSync(file);
if (!here) console.log('real homes: skipped, ../shared/data is not here');

const utc = zoneTable('UTC');
const kindOf = dayKinds(new Set());
const tariff = tariffOf(
  [
    { id: 'fee', kind: 'fixed', name: 'Fee', price: '9.90', per: 'month' },
    { id: 'e', kind: 'energy', name: 'E', schedule: 'tou', prices: { peak: '0.30', night: '0.20' } },
  ],
  { calendar: dayAndNight },
);

/** Half hours of each home, Wh, by the clock of the place; NaN where there is none. */
function homes(): { readonly startS: number; readonly counts: Float64Array }[] {
  const [head, ...lines] = gunzipSync(readFileSync(file)).toString().trim().split('\n');
  const at = lines.map((line) => Date.parse(`${line.slice(0, 19)}Z`) / 1_000);
  const startS = at[0]!;
  const columns = head!.split(',').length - 1;
  const length = (at.at(-1)! - startS) / 1_800 + 1;
  const found = Array.from({ length: columns }, () => new Float64Array(length).fill(Number.NaN));
  for (const [i, line] of lines.entries())
    for (const [c, cell] of line.split(',').slice(1).entries())
      if (cell !== '') found[c]![(at[i]! - startS) / 1_800] = Math.round(Number(cell) * 1_000);
  return found.map((counts) => ({ startS, counts }));
}

describe.skipIf(!here)('projections of real homes', () => {
  it('lie near what came, and four in five within the range', () => {
    const errors: number[] = [];
    let [inside, tried] = [0, 0];
    for (const { startS, counts } of homes()) {
      let cycle = billingMonthOf(Math.floor(startS / 86_400) + 80, 1);
      for (; ; cycle = billingMonthOf(cycle.to, 1)) {
        const window = { fromS: cycle.from * 86_400, toS: cycle.to * 86_400 };
        const segment = (from: number, toS: number, throughS: number) => {
          const [a, b] = [from, toS].map((s) => (s - startS) / 1_800) as [number, number];
          const part = counts.slice(a, b).fill(Number.NaN, (throughS - startS) / 1_800 - a);
          return { startS: from, intervalS: 1_800, step: 1_000, counts: part };
        };
        if (window.toS > startS + counts.length * 1_800) break;
        const whole = { import: [segment(window.fromS, window.toS, window.toS)] };
        if (whole.import[0]!.counts.some(Number.isNaN)) continue;
        const usage = (made: { readonly import: typeof whole.import }) => ({ perUnit: 1_000_000, ...made });
        const rated = (made: { readonly import: typeof whole.import }) => {
          const { parts } = rateCycle({ tariff, zone: 'UTC', usage: usage(made) }, { cycle });
          return Number(totalOf(parts[0]!.rated.lines));
        };
        const truth = rated(whole);
        for (const days of [5, 10, 20]) {
          const throughS = window.fromS + days * 86_400;
          const historyS = Math.max(startS, window.fromS - 400 * 86_400);
          const known = { import: [segment(Math.ceil(historyS / 86_400) * 86_400, window.toS, throughS)] };
          const input = { usage: known, zone: utc, window, throughS, kindOf, coverage: 0.8 };
          const made = projectUsage(input);
          if (made === undefined) continue;
          const [low, likely, high] = [made.low, made.likely, made.high].map((one) =>
            rated(one as typeof whole),
          );
          errors.push(Math.abs(likely! - truth) / truth);
          tried++;
          if (low! <= truth && truth <= high!) inside++;
        }
      }
    }
    errors.sort((a, b) => a - b);
    const at = (share: number) => errors[Math.floor(errors.length * share)]!;
    const text = (share: number) => `${(share * 100).toFixed(1)} %`;
    const cover = inside / tried;
    console.log(
      `projected bills of real homes: ${tried} on day 5, 10 and 20; median error ${text(at(0.5))},`,
    );
    console.log(`  nine in ten below ${text(at(0.9))}, ${text(cover)} within the range for 80 %`);
    expect(tried).toBeGreaterThan(100);
    expect(at(0.5)).toBeLessThan(0.1);
    expect(at(0.9)).toBeLessThan(0.35);
    expect(cover).toBeGreaterThan(0.74);
  });
});
