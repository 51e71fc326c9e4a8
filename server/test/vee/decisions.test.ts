/** Decisions over the API: as measured, without an edit and back, by ids; presets that can be sent back. */
import { formatDay, Quality } from '@openami/model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BulkAnswer, ExceptionItem, KpiAnswer, RuleSetList } from '../../src/contract/index.ts';
import { startVee, today, use, type VeeTest } from './support.ts';

const spiked = today - 3;

describe('decisions over the API', () => {
  let test: VeeTest;
  let exceptions: ExceptionItem[];
  const get = async <T>(path: string) => (await test.call<T>('GET', path)).body;
  const decide = async (ids: readonly number[], action: string, method?: string) => {
    const body = { exceptionIds: ids, action, reason: 'looked at', ...(method && { method }) };
    return (await test.call<BulkAnswer>('POST', '/exceptions/decide', body)).body;
  };
  const idOf = (home: number, rule: string) =>
    exceptions.find((one) => one.rule === rule && one.channelId === test.homes[home]!.channel)!.id;

  beforeAll(async () => {
    test = await startVee(3, { OPENAMI_CLOSE_BACKLOG_DAYS: '14' });
    for (const [i, home] of test.homes.entries()) {
      await test.send(home, today - 12, today, (value, slot, day) => {
        if (i === 0 && day === spiked && slot === 10) return 9_000;
        if (i === 1 && day === spiked && slot === 12) return -400;
        return i === 2 && day === spiked ? null : value;
      });
    }
    await test.open();
    exceptions = (await get<{ items: ExceptionItem[] }>('/exceptions')).items;
  }, 120_000);
  afterAll(() => test.server.close());

  it('lists exceptions by their ids', async () => {
    const ids = [idOf(0, 'spike'), idOf(1, 'negative')];
    const { items, total } = await get<{ items: ExceptionItem[]; total: number }>(
      `/exceptions?ids=${ids.join()}`,
    );
    expect(items.map(({ id }) => id).sort()).toEqual([...ids].sort());
    expect(total).toBe(2);
    expect((await test.call('GET', '/exceptions?ids=1,x')).status).toBe(400);
  });

  it('takes back what was measured, where the channel can count it', async () => {
    const before = await test.day(test.homes[0]!, spiked);
    expect(before[10]).toMatchObject({ quality: Quality.estimated });
    const accepted = await decide([idOf(0, 'spike')], 'accept', 'measured');
    expect(accepted).toMatchObject({ applied: 1, failed: [] });
    const after = await test.day(test.homes[0]!, spiked);
    expect(after[10]).toMatchObject({ value: 9_000, quality: Quality.verified });
    await test.settled();
    expect((await test.day(test.homes[0]!, spiked))[10]).toEqual(after[10]);
    const undone = await test.call('POST', `/edits/${accepted.edits[0]}/undo`, { reason: 'it was no kiln' });
    expect(undone.status).toBe(200);
    await test.settled();
    expect(await test.day(test.homes[0]!, spiked)).toEqual(before);
    const refused = await decide([idOf(1, 'negative')], 'accept', 'measured');
    expect(refused.failed).toMatchObject([{ code: 'VEE_EDIT_INVALID' }]);
  });

  it('opens again what was decided without an edit, and nothing else', async () => {
    const gap = idOf(2, 'interval-count');
    const answer = await decide([gap], 'accept');
    expect(answer).toMatchObject({ applied: 0, decided: [gap], edits: [] });
    expect(await get(`/exceptions/${gap}`)).toMatchObject({ state: 'accepted', editId: null });
    const edited = await decide([idOf(1, 'negative')], 'reject');
    expect(edited.edits).toHaveLength(1);
    const body = { exceptionIds: [gap, idOf(1, 'negative')], reason: 'too fast' };
    expect((await test.call('POST', '/exceptions/reopen', body)).body).toEqual({ opened: [gap] });
    expect(await get(`/exceptions/${gap}`)).toMatchObject({ state: 'open', note: 'too fast' });
    expect(await get(`/exceptions/${idOf(1, 'negative')}`)).toMatchObject({ state: 'rejected' });
  });

  it('answers service levels of every dimension', async () => {
    for (const by of ['day', 'group', 'route', 'vendor', 'firmware', 'meter']) {
      const { rows, total } = await get<KpiAnswer>(`/kpis?by=${by}`);
      expect(rows.length, by).toBeGreaterThan(0);
      expect(total.meters).toBe(3);
    }
    const { rows } = await get<KpiAnswer>(`/kpis?from=${formatDay(today - 1)}&to=${formatDay(today)}`);
    const sum = [0, 1, 2].flatMap((home) =>
      Array.from({ length: 24 }, (_, hour) => use(home, today - 1, hour)),
    );
    expect(rows[0]).toMatchObject({ expected: sum.length, measured: sum.length, missing: 0 });
  });

  it('takes each preset back as it gave it, and names the place of what is wrong', async () => {
    const { presets } = await get<RuleSetList>('/rule-sets');
    for (const [i, { rules }] of presets.entries()) {
      const made = await test.call<{ version: number }>('POST', '/rule-sets', {
        effectiveFrom: '2030-01-01',
        rules,
      });
      expect([made.status, made.body.version]).toEqual([201, i + 1]);
    }
    const wrong = { ...(presets[0]!.rules as object), colour: 'red' };
    const { status, body } = await test.call('POST', '/rule-sets', {
      effectiveFrom: '2030-01-01',
      rules: wrong,
    });
    expect(status).toBe(422);
    expect(body).toMatchObject({ code: 'VEE_RULE_SET_INVALID', errors: [{ path: 'colour' }] });
    const formula = {
      formula: '#1 +* 2',
      unit: 'kWh',
      intervalS: 3_600,
      from: '2026-01-01',
      to: '2026-01-02',
    };
    expect((await test.call('POST', '/virtual-channels/preview', formula)).body).toMatchObject({
      code: 'VEE_FORMULA',
      errors: [{ path: 'formula[4]' }],
    });
  });
});
