import { type AccessContext, systemAccess } from '@openami/model';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { RegistryStore, TariffEvent } from '../../src/postgres/index.ts';
import { present, type TestEngine, testClock } from './engines.ts';

const anna: AccessContext = {
  actor: { kind: 'user', id: 'anna', name: 'Anna' },
  purpose: 'operate',
  scope: 'all',
};
const hour = 3_600;

describe.each(present)('what bills need besides readings, $name', ({ start }) => {
  let engine: TestEngine;
  let store: RegistryStore;
  let point: number;
  let nowMs = testClock.nowMs();
  const now = () => nowMs / 1_000;
  const later = () => {
    nowMs += 10_000;
  };
  beforeAll(async () => {
    vi.spyOn(testClock, 'nowMs').mockImplementation(() => nowMs);
    engine = await start();
    store = await engine.open();
    const head = { commodity: 'electricity', unit: 'kWh', currency: 'EUR', zone: null, name: '' } as const;
    await store.tariffs.create(anna, { code: 'day', ...head }, []);
    point = (await store.usagePoints.create(anna, { code: 'P', commodity: 'gas', zone: 'Europe/Berlin' })).id;
  }, 60_000);
  afterAll(async () => {
    vi.restoreAllMocks();
    await engine?.stop();
  });

  it('keeps what an upload replaces, and gives it back as it was known', async () => {
    const { billingSeries: series } = store;
    await series.create(anna, { code: 'spot', name: '', quantity: 'price', unit: 'EUR/kWh' });
    const span = (at: number, value: string) => ({ fromS: at * hour, toS: (at + 1) * hour, value });
    const upload = (key: string, ...spans: ReturnType<typeof span>[]) =>
      series.upload(anna, 'spot', { key, note: '', spans });
    await upload('a', span(1, '0.1'), span(2, '-0.25'));
    const firstS = now();
    later();
    const second = await upload('b', span(2, '-0.25'), span(3, '0.3'), span(4, '7'));
    expect(second).toMatchObject({ created: true, upload: { number: 2, given: 3, changed: 2 } });
    later();
    expect((await upload('c', span(1, '0.15'))).upload).toMatchObject({ number: 3, changed: 1 });
    expect(await upload('b', span(9, '1'))).toMatchObject({ created: false, upload: { number: 2 } });
    const values = async (options: { knownS?: number; revision?: number }) =>
      (await series.spans(anna, 'spot', { fromS: 0, toS: 9 * hour }, { limit: 10, ...options })).map(
        ({ value, upload: from }) => `${value}@${from}`,
      );
    expect(await values({})).toEqual(['0.15@3', '-0.25@1', '0.3@2', '7@2']);
    expect(await values({ knownS: firstS })).toEqual(['0.1@1', '-0.25@1']);
    expect(await values({ revision: 2 })).toEqual(['0.1@1', '-0.25@1', '0.3@2', '7@2']);
    expect(await values({ revision: 0 })).toEqual([]);
    const wide = { fromS: hour, toS: 3 * hour, value: '1' };
    await upload('d', wide);
    await expect(upload('e', span(2, '1'))).rejects.toMatchObject({ code: 'SERIES_OVERLAP' });
    expect(await series.get(anna, 'spot')).toMatchObject({
      spans: 3,
      revision: 4,
      fromS: hour,
      toS: 5 * hour,
    });
  });

  it('lets no more events be declared than the check allows, however many ask at once', async () => {
    const at = now() + 86_400;
    const most = (held: readonly TariffEvent[]) => {
      if (held.length >= 2) throw new Error('enough');
    };
    const declare = (i: number) =>
      store.tariffEvents.declare(
        anna,
        {
          tariff: 'day',
          event: 'cpp',
          fromS: at + i * hour,
          toS: at + (i + 1) * hour,
          reason: 'hot',
          key: `k${i}`,
        },
        most,
      );
    const asked = await Promise.allSettled(Array.from({ length: 5 }, (_, i) => declare(i)));
    expect(asked.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
    const { items } = await store.tariffEvents.list(anna, { tariff: 'day' });
    expect(items).toHaveLength(2);
    const known = (knownS: number) =>
      store.tariffEvents.known(systemAccess, ['day'], { fromS: 0, toS: at * 2 }, knownS);
    const beforeS = now();
    later();
    await store.tariffEvents.withdraw(anna, items[0]!.id, 'rain');
    expect(await known(beforeS)).toHaveLength(2);
    expect(await known(now())).toHaveLength(1);
    expect(await known(beforeS - 1)).toHaveLength(0);
    // one more may be declared now
    const again = await Promise.allSettled([declare(7), declare(8)]);
    expect(again.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('keeps all that was stated of a usage point; of two for one date the newer counts', async () => {
    const state = (validFrom: string, value: string | null) =>
      store.billingAttributes.state(anna, [
        { usagePoint: 'P', name: 'volumeCorrection', validFrom, value, note: '' },
      ]);
    await state('2026-01-01', '1.02');
    await state('2026-03-01', null);
    const thenS = now();
    later();
    await state('2026-01-01', '1.03');
    const known = async (knownS: number) =>
      (await store.billingAttributes.known(systemAccess, [point], knownS)).map(({ validFrom, value }) => [
        validFrom,
        value,
      ]);
    expect(await known(now())).toEqual([
      ['2026-01-01', '1.03'],
      ['2026-03-01', null],
    ]);
    expect(await known(thenS)).toEqual([
      ['2026-01-01', '1.02'],
      ['2026-03-01', null],
    ]);
    expect(await store.billingAttributes.list(anna, 'P')).toHaveLength(3);
    await expect(
      store.billingAttributes.state(anna, [
        { usagePoint: 'P', name: 'persons', validFrom: '2026-01-01', value: '2', note: '' },
        { usagePoint: 'Q', name: 'persons', validFrom: '2026-01-01', value: '2', note: '' },
      ]),
    ).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await store.billingAttributes.list(anna, 'P')).toHaveLength(3);
  });
});
