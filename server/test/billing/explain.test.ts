import { billView, type Charge, rateCycle, readTariff } from '@openami/billing';
import { billingMonthOf, parseDay, parseInstantS } from '@openami/model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { flowOf, linesBehind } from '../../src/services/billing/explain.ts';
import { lookedAt } from '../../src/services/billing/frames-behind.ts';
import { showLines } from '../../src/services/billing/show.ts';

const versionOf = (...charges: Charge[]) => {
  const tariff = readTariff({
    ...{ id: 't', commodity: 'electricity', currency: 'EUR', versions: [{ charges }] },
  });
  return { tariff, version: tariff.versions[0]! };
};

describe('what stands behind a line', () => {
  it('is what a percentage or tax is of: other taxes only where it names them', () => {
    const { tariff, version } = versionOf(
      { kind: 'energy', id: 'use', price: '0.2' },
      { kind: 'percent', id: 'fuel', percent: 10 },
      { kind: 'tax', id: 'vat', percent: 19 },
      { kind: 'tax', id: 'levy', percent: 5 },
      { kind: 'tax', id: 'tax-on-tax', percent: 2, of: ['vat', 'levy'] },
    );
    const grid = { startS: parseInstantS('2026-01-01T00:00:00Z'), intervalS: 3_600, step: 1_000 };
    const usage = { perUnit: 1_000_000, import: [{ ...grid, counts: new Float64Array(744).fill(1_000) }] };
    const cycle = billingMonthOf(parseDay('2026-01-01'), 1);
    const lines = showLines(billView(rateCycle({ tariff, usage, zone: 'UTC' }, { cycle })).lines);
    expect(lines).toHaveLength(5);
    for (const line of lines.slice(1)) {
      const charge = version.charges.find(({ id }) => id === line.charge);
      const sum = linesBehind(line, lines, charge).reduce((total, { amount }) => total + Number(amount), 0);
      expect(sum, line.id).toBeCloseTo(Number(line.price), 9);
    }
  });

  it('is what was fed in where the charge is of that', () => {
    const peak = { kind: 'demand', price: 1, windowMinutes: 60 } as const;
    const { version } = versionOf(
      { kind: 'energy', id: 'sold', price: '0.1', flow: 'export' },
      { ...peak, id: 'drawn' },
      { ...peak, id: 'fed', flow: 'export' },
    );
    expect(version.charges.map((charge) => [charge.id, flowOf(charge, version)])).toEqual([
      ['sold', 'export'],
      ['drawn', 'import'],
      ['fed', 'export'],
    ]);
    expect(flowOf(undefined, version)).toBe('import');
  });
});

describe('the message of a reading', () => {
  const version = ([value, quality]: readonly number[], revision: number) => ({
    ...{ value: value!, resolution: 1_000, quality: quality!, revision },
  });

  it('is looked for where its value came first, then with values of before, never with later ones', () => {
    const versions = fc.array(fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 6 })), {
      ...{ minLength: 1, maxLength: 8 },
    });
    fc.assert(
      fc.property(versions, fc.nat(7), (said, at) => {
        const all = said.map(version);
        const known = all[Math.min(at, all.length - 1)]!;
        const looked = lookedAt(known, all);
        const upTo = all.slice(0, known.revision + 1);
        expect([...looked].sort((a, b) => a.revision - b.revision)).toEqual(upTo);
        expect(looked[0]!.value).toBe(known.value);
        for (const [i, { value, revision }] of looked.entries()) {
          const next = looked[i + 1];
          if (next === undefined) continue;
          // judged again: the older; another value: the newer
          if (next.revision > revision) expect([next.revision, next.value]).toEqual([revision + 1, value]);
          else expect(next.value).not.toBe(value);
        }
      }),
    );
  });
});
