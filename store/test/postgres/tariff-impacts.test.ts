import { type AccessContext, systemAccess } from '@openami/model';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ImpactRow, RegistryStore, TariffImpactInput } from '../../src/postgres/index.ts';
import { binsOf } from '../../src/postgres/repositories/tariff-impacts.ts';
import { present, type TestEngine } from './engines.ts';

const anna: AccessContext = {
  ...{ actor: { kind: 'user', id: 'anna', name: 'anna' }, purpose: 'operate', scope: 'all' },
};

it('bins cover the range from the lower to the upper end, and nothing', () => {
  fc.assert(
    fc.property(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.nat(1_000_000), (low, wide) => {
      const { step, first, last } = binsOf(low, low + wide);
      expect(first * step).toBeLessThanOrEqual(Math.min(low, 0) + 1e-6);
      expect((last + 1) * step).toBeGreaterThan(Math.max(low + wide, 0) - 1e-6);
      expect(last - first + 1).toBeLessThanOrEqual(23);
      expect(String(step)).toMatch(/^[125](0*|e\+\d+|e-\d+)$|^0\.0*[125]$/);
    }),
    // so little that no power of ten divides it
    { examples: [[5e-324, 0]] },
  );
});

describe.each(present)('tariff impacts in the registry, $name', ({ start }) => {
  let engine: TestEngine;
  let store: RegistryStore;
  const agreements: number[] = [];
  beforeAll(async () => {
    engine = await start();
    store = await engine.open();
    const customer = await store.customers.create(anna, { code: 'C', name: 'Customer' });
    const account = await store.accounts.create(anna, { number: 'A', customerId: customer.id });
    for (let i = 0; i < 40; i++) {
      const point = await store.usagePoints.create(anna, {
        ...{ code: `P${i}`, commodity: 'electricity' as const, zone: 'UTC' },
      });
      const made = await store.agreements.create(anna, {
        ...{ code: `G${i}`, accountId: account.id, usagePointId: point.id, validFrom: new Date(0) },
      });
      agreements.push(made.id);
    }
  }, 60_000);
  afterAll(() => engine?.stop());

  let keys = 0;
  const input = (more: Partial<TariffImpactInput> = {}): TariffImpactInput => ({
    ...{ key: `k${keys++}`, tariff: 'new', document: { id: 'new' }, commodity: 'electricity' },
    ...{ currency: 'EUR', versions: 'current', fromDay: '2025-01-01', toDay: '2026-01-01' },
    ...{ filter: { serviceClass: 'home' }, note: '', ...more },
  });
  const begun = async () => {
    const { impact } = await store.tariffImpacts.create(anna, input());
    return store.tariffImpacts.transition(systemAccess, impact.id, ['draft'], 'calculating', { revision: 7 });
  };
  const row = (i: number, difference: number | null): ImpactRow => ({
    ...{
      agreementId: agreements[i]!,
      serviceClass: i % 3 === 0 ? 'shop' : 'home',
      tariff: 'old',
      cycles: 12,
    },
    before: difference === null ? null : '100.00',
    after: difference === null ? null : (100 + difference / 100).toFixed(2),
    percent: difference === null ? null : difference / 100,
    ...{ reason: difference === null ? 'NO_TARIFF' : '', message: '' },
  });

  it('makes what is asked for twice once, and keeps the newest of what ended', async () => {
    const asked = input();
    const { impact, created } = await store.tariffImpacts.create(anna, asked);
    const again = await store.tariffImpacts.create(anna, { ...asked, note: 'again' });
    expect([created, again.created, again.impact.id]).toEqual([true, false, impact.id]);
    expect(impact).toMatchObject({
      state: 'draft',
      document: { id: 'new' },
      filter: { serviceClass: 'home' },
    });
    expect((await store.tariffImpacts.next(anna))?.id).toBe(impact.id);
    await store.tariffImpacts.transition(anna, impact.id, ['draft'], 'cancelled');
    for (let i = 0; i < 21; i++) {
      const { impact: other } = await store.tariffImpacts.create(anna, input());
      await store.tariffImpacts.transition(anna, other.id, ['draft'], 'cancelled');
    }
    await store.tariffImpacts.create(anna, input());
    await expect(store.tariffImpacts.get(anna, impact.id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect((await store.tariffImpacts.list(anna, { limit: 100 })).total).toBe(21);
  });

  it('stores pages of what goes on, and nothing of what was cancelled', async () => {
    const { id } = await begun();
    await store.tariffImpacts.put(systemAccess, id, [row(0, 5), row(1, null)], { position: 2, done: 2 });
    // a page that is stored again, by a process that died in between, is there once
    await store.tariffImpacts.put(systemAccess, id, [row(0, 5), row(2, -5)], { position: 3, done: 3 });
    expect(await store.tariffImpacts.get(anna, id)).toMatchObject({ position: 3, done: 3 });
    expect((await store.tariffImpacts.figures(anna, id)).all).toMatchObject({ rated: 2, unrated: 1 });
    await store.tariffImpacts.transition(anna, id, ['calculating'], 'cancelled');
    await expect(
      store.tariffImpacts.put(systemAccess, id, [row(3, 1)], { position: 4, done: 4 }),
    ).rejects.toMatchObject({ code: 'IMPACT_STATE' });
    await expect(store.tariffImpacts.transition(anna, id, ['draft'], 'calculating')).rejects.toMatchObject({
      code: 'IMPACT_STATE',
    });
  });

  it('adds up: bins, classes and the list come to the whole, whatever the differences', async () => {
    const cents = fc.option(fc.oneof(fc.constant(0), fc.integer({ min: -90_00, max: 2_000_000 })), {
      freq: 8,
    });
    await fc.assert(
      fc.asyncProperty(fc.array(cents, { minLength: 1, maxLength: 40 }), async (differences) => {
        const { id } = await begun();
        const rows = differences.map((one, i) => row(i, one));
        await store.tariffImpacts.put(systemAccess, id, rows, { position: 1, done: rows.length });
        const known = differences.filter((one) => one !== null);
        const sum = known.reduce((a, b) => a + b, 0);
        const { all, classes, reasons } = await store.tariffImpacts.figures(anna, id);
        expect(Math.round(Number(all.difference) * 100)).toBe(sum);
        expect(all).toMatchObject({
          ...{ rated: known.length, unrated: rows.length - known.length },
          winners: known.filter((one) => one < 0).length,
          losers: known.filter((one) => one > 0).length,
        });
        const total = (of: readonly { difference: string }[]) =>
          of.reduce((cent, one) => cent + Math.round(Number(one.difference) * 100), 0);
        expect(total(classes)).toBe(sum);
        expect(reasons.NO_TARIFF ?? 0).toBe(all.unrated);
        for (const by of ['amount', 'percent'] as const) {
          const { bins, unchanged } = await store.tariffImpacts.histogram(anna, id, by);
          expect(total(bins)).toBe(sum);
          expect(bins.reduce((n, bin) => n + bin.agreements, unchanged)).toBe(known.length);
          expect(bins.length).toBeLessThanOrEqual(23);
        }
        const seen: number[] = [];
        for (let cursor: string | null | undefined; cursor !== null; ) {
          const page = await store.tariffImpacts.agreements(anna, id, {
            ...{ order: 'losers', limit: 7, ...(cursor && { cursor }) },
          });
          seen.push(...page.items.map(({ difference }) => Math.round(Number(difference) * 100)));
          cursor = page.next;
        }
        expect(seen).toEqual([...known].sort((a, b) => b - a));
        const unrated = await store.tariffImpacts.agreements(anna, id, { order: 'unrated' });
        expect(unrated.total).toBe(all.unrated);
      }),
      { numRuns: 12 },
    );
  });
});
