import { zoneTable } from '@openami/model';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkClock, checkSpacing } from '../../../src/cli/vee/clock-check.ts';
import { csvFiles, matching } from '../../../src/cli/vee/find-files.ts';
import { loadSet, planSets } from '../../../src/cli/vee/load-sets.ts';
import { readSets } from '../../../src/cli/vee/read-as.ts';
import { commodityInPath, decimalsOf, readInput } from '../../../src/cli/vee/read-input.ts';
import { testFolder, wallStamps, writeCsv } from './files.ts';

const folder = testFolder();
const sydney = { zone: 'Australia/Sydney', unit: 'kWh' };

describe('files of readings', () => {
  it('reads a column a meter and rows of meter and stamp alike, packed or not', async () => {
    const stamps = wallStamps('2026-06-01', 30);
    const wide = writeCsv(folder, 'wide.csv.gz', [
      'interval_start,m1,m2',
      ...stamps.map((stamp, i) => `${stamp},${i / 10},${i}`),
    ]);
    const long = writeCsv(folder, 'long.csv', [
      'meter,interval_start,kWh',
      ...stamps.flatMap((stamp, i) => [`m1,${stamp},${i / 10}`, `m2,${stamp},${i}`]),
    ]);
    for (const file of [wide, long]) {
      const { channels } = await readInput([file], sydney);
      expect(channels.map(({ meter }) => meter).sort()).toEqual(['m1', 'm2']);
      const m1 = channels.find(({ meter }) => meter === 'm1')!;
      expect(m1).toMatchObject({
        unit: 'kWh',
        intervalS: 1_800,
        resolution: 100_000,
        commodity: 'electricity',
      });
      expect([...m1.rows.value]).toEqual(stamps.map((_, i) => i));
      // midnight in Sydney on 1 June is 14:00 UTC of the day before
      expect(m1.rows.endS[0]).toBe(Date.parse('2026-05-31T14:30:00Z') / 1_000);
    }
  });

  it('joins the files of a meter and keeps one resolution', async () => {
    const one = writeCsv(folder, 'join/load_2020.csv', ['interval_start,m1', '2020-12-31T23:00:00Z,1']);
    const two = writeCsv(folder, 'join/load_2021.csv', ['interval_start,m1', '2021-01-01T00:00:00Z,1.25']);
    const { channels } = await readInput([one, two], { intervalMinutes: 60 });
    expect(channels).toHaveLength(1);
    expect(channels[0]).toMatchObject({ resolution: 10_000 });
    expect([...channels[0]!.rows.value]).toEqual([100, 125]);
  });

  it('takes register reads, rates and other units by name', async () => {
    const registers = writeCsv(folder, 'reads.csv', [
      'meter,read_at,register_l',
      ...wallStamps('2026-06-01', 60).map((stamp, i) => `w1,${stamp}:07Z,${1000 + i * 3}`),
    ]);
    const water = await readInput([registers], { commodity: 'water' });
    expect(water.channels[0]).toMatchObject({ meter: 'w1', unit: 'L', intervalS: 0, resolution: 1_000 });
    const rates = writeCsv(folder, 'flow.csv', [
      'interval_start,dma1',
      ...wallStamps('2026-06-01', 60).map((stamp, i) => `${stamp}Z,${i / 2}`),
    ]);
    const flow = await readInput([rates], { commodity: 'water', values: 'mean', unit: 'L/s' });
    expect(flow.channels[0]).toMatchObject({ unit: 'L', intervalS: 3_600 });
    expect([...flow.channels[0]!.rows.value.subarray(0, 3)]).toEqual([0, 1_800, 3_600]);
  });

  it('keeps as many decimals as the values have, up to six', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -1e9, max: 1e9 }), { minLength: 1 }),
        fc.nat(6),
        (whole, places) => {
          const decimals = decimalsOf(Float64Array.from(whole, (n) => Number(`${n}e-${places}`)));
          expect(decimals).toBeLessThanOrEqual(places);
          for (const n of whole) {
            const counts = (n / 10 ** places) * 10 ** decimals;
            expect(Math.abs(counts - Math.round(counts))).toBeLessThan(1e-5);
          }
        },
      ),
    );
    expect(decimalsOf(Float64Array.of(5347.61445783133))).toBe(6);
  });

  it('says what is wrong with a file that holds no readings', async () => {
    const file = writeCsv(folder, 'noise.csv', ['a,b', 'x,y']);
    await expect(readInput([file], {})).rejects.toMatchObject({ code: 'IMPORT_MAPPING' });
    const other = writeCsv(folder, 'other.csv', ['interval_start,m1 (L)', '2026-01-01T00:00:00Z,1']);
    const note = () => undefined;
    const [set] = await planSets(other, { intervalMinutes: 60 }, undefined, note);
    await expect(loadSet(set!, note)).rejects.toMatchObject({ code: 'VEE_INPUT_EMPTY' });
  });
});

describe('spacing', () => {
  it('half-hourly file sent as quarter-hourly is refused', async () => {
    const stamps = wallStamps('2026-06-01', 30, 'end');
    const file = writeCsv(folder, 'half.csv', ['end,kWh', ...stamps.map((stamp, i) => `${stamp},${i}`)]);
    const { channels } = await readInput([file], { ...sydney, intervalMinutes: 15 });
    expect(() => checkSpacing(channels[0]!)).toThrow(
      expect.objectContaining({ code: 'VEE_INTERVAL', data: expect.objectContaining({ foundS: 1_800 }) }),
    );
    const right = await readInput([file], { ...sydney, intervalMinutes: 30 });
    expect(() => checkSpacing(right.channels[0]!)).not.toThrow();
  });

  it('a file with many holes keeps its spacing', async () => {
    const stamps = wallStamps('2026-06-01', 15, 'end').filter((_, i) => i % 7 !== 3);
    const file = writeCsv(folder, 'holes.csv', ['end,kWh', ...stamps.map((stamp) => `${stamp},1`)]);
    const { channels } = await readInput([file], { ...sydney, intervalMinutes: 15 });
    expect(() => checkSpacing(channels[0]!)).not.toThrow();
  });
});

/** Half hours from a day to another, by a clock that never changes. */
function standardYear(from: string, to: string): string[] {
  const rows: string[] = [];
  for (let ms = Date.parse(`${from}T00:30:00Z`); ms <= Date.parse(`${to}T00:00:00Z`); ms += 1_800_000)
    rows.push(`${new Date(ms).toISOString().slice(0, 16)},1`);
  return rows;
}

describe('clocks', () => {
  it('standard time under the name of a zone with summer time is said, and read with its clock', async () => {
    const file = writeCsv(folder, 'standard.csv', ['end,kWh', ...standardYear('2026-03-01', '2026-11-15')]);
    const berlin = { zone: 'Europe/Berlin', intervalMinutes: 30 };
    const wrong = await readInput([file], berlin);
    expect(checkClock(wrong, zoneTable('Europe/Berlin'))).toMatch(/an hour off.*--clock \+01:00/);
    const right = await readInput([file], { ...berlin, clock: '+01:00' });
    expect(checkClock(right, zoneTable('Europe/Berlin'))).toBeUndefined();
    const ends = right.channels[0]!.rows.endS;
    expect(new Set(ends).size).toBe(ends.length);
    expect(ends.at(-1)! - ends[0]!).toBe((ends.length - 1) * 1_800);
  });

  it('48 half hours on a day of 46 leave a note when there is no autumn to tell by', async () => {
    const file = writeCsv(folder, 'spring.csv', ['end,kWh', ...standardYear('2026-03-28', '2026-03-30')]);
    const input = await readInput([file], { zone: 'Europe/Berlin', intervalMinutes: 30 });
    expect(checkClock(input, zoneTable('Europe/Berlin'))).toMatch(/^2 rows.*if the file/);
    expect(input.channels[0]!.rows.endS).toHaveLength(48 + 46);
  });
});

describe('sets of files', () => {
  it('are grouped by folder and kind, their commodity told from the path', async () => {
    const line = ['interval_start,m1', '2020-01-01T00:00:00Z,1', '2020-01-01T01:00:00Z,1'];
    writeCsv(folder, 'tree/gas/gas_2020.csv', line);
    writeCsv(folder, 'tree/gas/gas_2021.csv.gz', line);
    writeCsv(folder, 'tree/electricity/load.csv', line);
    writeCsv(folder, 'tree/notes.csv', ['a,b', '1,2']);
    const notes: string[] = [];
    const sets = await planSets(`${folder}/tree`, {}, undefined, (text) => notes.push(text));
    expect(sets.map(({ name, commodity, paths }) => [name, commodity, paths.length])).toEqual([
      ['electricity/load.csv', 'electricity', 1],
      ['gas/gas_*.csv', 'gas', 1],
      ['gas/gas_*.csv.gz', 'gas', 1],
    ]);
    expect(notes.join()).toContain('1 files whose path names no commodity');
    expect(commodityInPath('/data/water/x.csv')).toBe('water');
    const files = await csvFiles(`${folder}/tree`);
    expect(matching(files, `${folder}/tree`, 'gas/gas_*.csv.gz')).toHaveLength(1);
    expect(matching(files, `${folder}/tree`, 'gas*')).toHaveLength(0);
  });

  it('are described by a file whose faults are named', async () => {
    const good = writeCsv(folder, 'sets.yaml', ['sets:', '  - {name: A, files: [a.csv], commodity: gas}']);
    expect(await readSets(good)).toEqual([{ name: 'A', files: ['a.csv'], commodity: 'gas' }]);
    for (const [line, field] of [
      ['  - {name: A, files: [a.csv], commodity: steam}', 'commodity'],
      ['  - {name: A, files: [a.csv], zone: Mars}', 'zone'],
      ['  - {name: A, files: [a.csv], interval: 5}', 'interval'],
      ['  - {name: A}', 'files'],
    ] as const) {
      const bad = writeCsv(folder, 'bad.yaml', ['sets:', line]);
      await expect(readSets(bad)).rejects.toMatchObject({
        code: 'VEE_SETS',
        message: expect.stringContaining(field),
      });
    }
  });
});
