/** Records of the rate database over HTTP: taken over with what they do not say, or refused field by field. */
import { expect, it } from 'vitest';
import type { TariffCheck, TariffImport, TestBill } from '../../src/contract/index.ts';
import { homeRecord, shopRecord } from './rate-records.ts';
import type { BillingTest } from './support.ts';

/** Its tests, of the server of the file they are in. */
export function importScenes(test: () => BillingTest): void {
  it('takes over a record of the rate database, and says what its tariff does not', async () => {
    const take = <T = TariffImport>(body: unknown, query = '') =>
      test().call<T>('POST', `/tariffs/import${query}`, body);
    const home = (await take(homeRecord, '?zone=America/New_York&id=r-1')).body;
    expect(home).toMatchObject({
      ...{ ok: true, faults: [], document: { id: 'r-1', zone: 'America/New_York', currency: 'USD' } },
      schedules: [{ schedule: 'energy', periods: ['p0', 'p1'] }],
    });
    expect(home.notes.map(({ path }) => path)).toEqual([
      '',
      'sector',
      'energyweekdayschedule',
      'energycomments',
    ]);
    // July, weekdays: the peak of the record
    const july = home.schedules[0]!.rows.find(({ month, days }) => month === 7 && days === 'weekday')!;
    expect(july.halfHours.map((of) => home.schedules[0]!.periods[of])).toEqual(
      Array.from({ length: 48 }, (_, half) => (half >= 28 && half < 40 ? 'p1' : 'p0')),
    );
    expect(
      (await test().call<TariffCheck>('POST', '/tariffs/check', { document: home.document })).body.ok,
    ).toBe(true);
    const asked = { account: 'A0', document: home.document, from: '2026-03-01', to: '2026-04-01' };
    const bill = (await test().call<TestBill>('POST', '/test-bills', asked)).body.bills[0]!;
    const line = bill.lines.find(({ charge }) => charge === 'energy-import');
    expect(line).toMatchObject({ price: '0.11', period: 'p0', tier: 1 });

    const items = [homeRecord, shopRecord];
    const unnamed = await take<{ code: string; errors: { path: string; message: string }[] }>({ items });
    expect(unnamed).toMatchObject({
      status: 422,
      body: {
        code: 'URDB_RECORDS',
        errors: [
          { path: 'items[0]', message: '6a01home (Lakeside Light: R-1 Time of use)' },
          { path: 'items[1]', message: '6a02shop (Lakeside Light: GS-3 Demand)' },
        ],
      },
    });
    const shop = (await take({ items }, '?label=6a02shop')).body;
    expect(shop).toEqual((await take({ items }, '?index=1')).body);
    expect(shop.ok).toBe(true);
    expect(shop.notes.map(({ path }) => path)).toEqual([
      '',
      'peakkwcapacitymin',
      'demandweekdayschedule',
      'fixedchargeeaaddl',
    ]);
    expect((await take({ items }, '?label=none')).status).toBe(422);
  });

  it('refuses a record of the rate database that is broken, field by field', async () => {
    const take = (body: unknown) => test().call<TariffImport>('POST', '/tariffs/import', body);
    const faultsOf = async (more: object) => {
      const { status, body } = await take({ ...homeRecord, ...more });
      expect([status, body.ok, body.document]).toEqual([200, false, null]);
      return body.faults.map(({ path }) => path);
    };
    const eleven = homeRecord.energyweekdayschedule.slice(1);
    const short = homeRecord.energyweekdayschedule.map((row) => row.slice(1));
    const unknown = homeRecord.energyweekdayschedule.map((row) => row.map(() => 7));
    expect(await faultsOf({ energyweekdayschedule: eleven, mincharge: 'few' })).toEqual([
      ...['energyweekdayschedule', 'mincharge'],
    ]);
    expect(await faultsOf({ energyweekendschedule: short })).toContain('energyweekendschedule[11]');
    expect(await faultsOf({ energyweekdayschedule: unknown, dgrules: 'Barter' })).toEqual([
      ...['energyratestructure', 'dgrules'],
    ]);
    // it can be read, but its tiers fall: what is to be mended is in the tariff
    const fall = [[{ max: 400, rate: 1 }, { max: 300, rate: 2 }, { rate: 3 }]];
    const falling = { ...shopRecord, energyratestructure: fall };
    expect((await take(falling)).body).toMatchObject({
      ...{ ok: false, document: { id: '6a02shop' }, faults: [{ path: expect.stringContaining('tiers') }] },
    });
    expect((await take({ items: [] })).status).toBe(422);
    expect((await take([])).status).toBe(400);
    const raw = async (text: string) => {
      const headers = { 'content-type': 'application/json' };
      const asked = { method: 'POST', headers, body: text };
      return (await test().vee.server.fetch('/api/v1/tariffs/import', asked)).status;
    };
    expect(await raw('{"__proto__": {"ok": true}, "energyratestructure": [[{"rate": 0.1}]]}')).toBe(400);
    expect(await raw(`{"label": "${'x'.repeat(10_000_000)}"}`)).toBe(413);
  });
}
