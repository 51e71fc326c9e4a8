/** Settlement totals against sums that are added up one reading at a time. */
import { systemAccess } from '@openami/model';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SettlementChange, SettlementItem, SettlementRow } from '../../src/contract/index.ts';
import { type BillingTest, startBilling } from '../billing/support.ts';
import { firstDay, today } from '../vee/support.ts';

const homes = 4;
const multipliers = ['1', '40', '1.5', '0.001'];
const micro = (text: string) => {
  const [whole, fraction = ''] = text.split('.');
  return BigInt(whole!) * 10n ** 12n + BigInt(fraction.padEnd(12, '0'));
};

describe('settlement', () => {
  let test: BillingTest;
  const settle = async (body: object) => {
    const made = await test.call<SettlementItem>('POST', '/settlements', {
      ...{ label: 'initial', grouping: 'tariff', commodity: 'electricity', intervalMinutes: '60' },
      ...{ from: '2026-03-28T00:00:00Z', to: '2026-03-30T00:00:00Z', ...body },
    });
    expect(made.status).toBe(201);
    await test.vee.server.running.context.settlements.rounds.settled();
    return (await test.call<SettlementItem>('GET', `/settlements/${made.body.id}`)).body;
  };
  const text = async (path: string) => (await test.vee.server.fetch(`/api/v1${path}`)).text();
  const linesOf = async <T>(path: string) =>
    (await text(path))
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as T);
  const rowsOf = (id: number) => linesOf<SettlementRow>(`/settlements/${id}/rows`);
  beforeAll(async () => {
    test = await startBilling(homes, false);
    for (const [i, home] of test.vee.homes.entries()) {
      await test.vee.send(home, firstDay, today, (value, slot, day) =>
        i === 2 && day === today - 4 && slot === 7 ? null : value,
      );
      await test.vee.server.running.context.registry.db
        .updateTable('channel')
        .set({ multiplier: multipliers[i] })
        .where('meter_id', '=', home.meterId)
        .execute();
    }
    // home 0 changes its tariff within the window, home 3 never has one
    await test.call('POST', '/tariffs', {
      document: {
        ...{ id: 'flat', name: 'Flat', commodity: 'electricity', currency: 'EUR' },
        versions: [{ charges: [{ id: 'e', kind: 'energy', price: '0.25' }] }],
      },
    });
    const assign = (agreement: string, tariff: string, validFrom: string) =>
      test.call('POST', '/agreement-tariffs', { agreement, tariff, validFrom });
    await assign('G0', 'tou', '2026-01-01');
    await assign('G0', 'flat', '2026-03-29');
    await assign('G1', 'tou', '2026-01-01');
    await assign('G2', 'flat', '2026-01-01');
    await test.vee.open();
    await test.vee.settled();
    // seconds pass: what came is known
    test.vee.clock.advanceMs(10_000);
  }, 240_000);
  afterAll(() => test?.vee.server.close());

  /** Sums in 10^-12 kWh by group and end, one reading at a time. */
  const added = async (stepS: number, fromS: number, toS: number) => {
    const { store, registry } = test.vee.server.running.context;
    const sums = new Map<string, { sum: bigint; present: number }>();
    const changeS = Date.parse('2026-03-28T23:00:00Z') / 1_000;
    for (const [i, home] of test.vee.homes.entries()) {
      const channels = await registry.channels.ofMeters(systemAccess, [home.meterId]);
      const channel = channels.find(({ intervalS }) => intervalS > 0)!;
      const read = await store.readings.profile(systemAccess, channel.id, { fromS, toS });
      for (let row = 0; row < read.length; row++) {
        if (read.quality[row] === 9) continue;
        const at = read.end[row]!;
        const group = ['', 'tou', 'flat', ''][i] || (i === 3 ? '' : at <= changeS ? 'tou' : 'flat');
        const end = fromS + Math.ceil((at - fromS) / stepS) * stepS;
        const key = `${group} ${end}`;
        const one = sums.get(key) ?? { sum: 0n, present: 0 };
        const thousandths = BigInt(read.value[row]!) * BigInt(read.resolution[row]!);
        sums.set(key, {
          sum: one.sum + (thousandths * micro(multipliers[i]!)) / 10n ** 6n,
          present: one.present + 1,
        });
      }
    }
    return sums;
  };

  it('adds up exactly what the channels have, in any window and steps', async () => {
    const startS = Date.parse('2026-03-20T00:00:00Z') / 1_000;
    const cases = fc.asyncProperty(
      fc.constantFrom('60' as const, '1440' as const),
      fc.integer({ min: 0, max: 100 }),
      fc.integer({ min: 1, max: 4 }),
      async (intervalMinutes, startHour, days) => {
        const fromS = startS + startHour * 3_600;
        const toS = fromS + days * 86_400;
        const [from, to] = [fromS, toS].map((at) => new Date(at * 1_000).toISOString());
        const run = await settle({ from, to, intervalMinutes });
        expect(run).toMatchObject({ state: 'done', error: '', unit: 'kWh' });
        const rows = await rowsOf(run.id);
        const stepS = Number(intervalMinutes) * 60;
        const sums = await added(stepS, fromS, toS);
        expect(rows).toHaveLength(run.groups.length * ((toS - fromS) / stepS));
        for (const row of rows) {
          const one = sums.get(`${row.group} ${Date.parse(row.end) / 1_000}`) ?? { sum: 0n, present: 0 };
          expect([micro(row.import), row.present]).toEqual([one.sum, one.present]);
          expect(row.missing).toBe(row.expected - row.present);
        }
        for (const group of run.groups) {
          const own = rows.filter((row) => row.group === group.group);
          expect(micro(group.import)).toBe(own.reduce((sum, row) => sum + micro(row.import), 0n));
          expect(group.expected).toBe(own.reduce((sum, row) => sum + row.expected, 0));
        }
      },
    );
    await fc.assert(cases, { numRuns: 8 });
  }, 60_000);

  it('says what is missing, adds losses exactly, and refuses windows that are none', async () => {
    const whole = { grouping: 'all', from: '2026-03-27T00:00:00Z', to: '2026-03-31T00:00:00Z' };
    const run = await settle({ ...whole, lossFactors: { all: '1.035' } });
    const [all] = run.groups;
    expect(all).toMatchObject({ group: 'all', usagePoints: homes, channels: homes, expected: homes * 96 });
    expect(micro(all!.importWithLosses) * 1_000n).toBe(micro(all!.import) * 1_035n);
    const csv = (await text(`/settlements/${run.id}/rows?format=csv`)).trimEnd().split('\r\n');
    expect(csv).toHaveLength(1 + 96);
    expect(csv[0]).toContain('end,group,import,export');
    const ask = { label: 'final', grouping: 'all', commodity: 'electricity', intervalMinutes: '60' };
    const strange = await test.call<{ id: number }>('POST', '/settlements', {
      ...{ ...ask, ...whole, lossFactors: { none: '1.035' } },
    });
    await test.vee.server.running.context.settlements.rounds.settled();
    expect((await test.call('GET', `/settlements/${strange.body.id}`)).body).toMatchObject({
      ...{ state: 'failed', error: 'SETTLEMENT_GROUP: none' },
    });
    const wrong = [
      { from: whole.to, to: whole.from },
      { from: whole.from, to: '2026-03-27T00:30:00Z' },
      { from: '2024-01-01T00:00:00Z', to: '2026-01-01T00:00:00Z' },
    ];
    for (const window of wrong)
      expect(await test.call('POST', '/settlements', { ...ask, ...window })).toMatchObject({
        ...{ status: 422, body: { code: 'SETTLEMENT_WINDOW' } },
      });
  });

  it('gives the same again for the same revision, and what changed for a later one', async () => {
    const before = await settle({});
    test.vee.clock.advanceMs(10_000);
    const day = today - 4;
    await test.vee.send(test.vee.homes[1]!, day, day + 1, (value, slot) =>
      slot === 10 ? value + 300 : value,
    );
    await test.vee.settled();
    test.vee.clock.advanceMs(10_000);
    const same = await settle({ label: 'revised', asOf: before.readingRevision });
    expect(same.sha256).toBe(before.sha256);
    expect(await linesOf(`/settlements/${same.id}/changes?against=${before.id}`)).toEqual([]);
    const after = await settle({ label: 'final' });
    const changed = await linesOf<SettlementChange>(`/settlements/${after.id}/changes?against=${before.id}`);
    expect(changed).toHaveLength(1);
    // 300 Wh more, times the 40 of its transformer
    expect(changed[0]).toMatchObject({ group: 'tou', import: '12', export: '0' });
    const other = await settle({ grouping: 'all' });
    expect(await test.call('GET', `/settlements/${other.id}/changes?against=${before.id}`)).toMatchObject({
      ...{ status: 422, body: { code: 'SETTLEMENT_OTHER' } },
    });
  });
});
