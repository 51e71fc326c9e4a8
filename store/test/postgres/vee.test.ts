import { type AccessContext, systemAccess } from '@openami/model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EditInput, ExceptionFinding, RegistryStore } from '../../src/postgres/index.ts';
import { present, type TestEngine, testClock } from './engines.ts';

const ctx = systemAccess;
const as = (id: string): AccessContext => ({ ...ctx, actor: { kind: 'user', id, name: id } });
const code = (wanted: string) => expect.objectContaining({ code: wanted });

describe.each(present)('validation in the registry on $name', ({ start }) => {
  let engine: TestEngine;
  let store: RegistryStore;
  let count = 0;
  beforeAll(async () => {
    engine = await start();
    store = await engine.open();
  });
  afterAll(() => engine.stop());

  async function channel(): Promise<{ channelId: number; meterId: number; usagePointId: null }> {
    const meter = await store.meters.create(ctx, { serial: `V${++count}`, commodity: 'electricity' });
    const made = await store.channels.create(ctx, {
      ...{ meterId: meter.id, alias: 'import', unit: 'kWh', intervalS: 900, resolution: 1_000 },
    });
    return { channelId: made.id, meterId: meter.id, usagePointId: null };
  }

  const finding = (rule: string, over: Partial<ExceptionFinding> = {}): ExceptionFinding => ({
    ...{
      rule,
      severity: 'suspect',
      firstEnd: 900,
      lastEnd: 1_800,
      measure: 2.5,
      limitValue: 1.8,
      effect: 10,
    },
    ...over,
  });

  it('opens what is found, resolves what is not found any more, leaves what people decided', async () => {
    const where = { ...(await channel()), day: '2026-11-24' };
    const judge = (...findings: ExceptionFinding[]) => store.exceptions.judge(ctx, [{ ...where, findings }]);
    const states = async () => {
      const { items } = await store.exceptions.list(ctx, { channelId: where.channelId });
      return Object.fromEntries(items.map(({ rule, state }) => [rule, state]));
    };
    expect(await judge(finding('spike'), finding('zero', { severity: 'info' }))).toEqual({
      opened: 2,
      resolved: 0,
    });
    expect(await judge(finding('spike'), finding('zero', { severity: 'info' }))).toEqual({
      opened: 0,
      resolved: 0,
    });
    expect(await judge(finding('spike'))).toEqual({ opened: 0, resolved: 1 });
    expect(await states()).toEqual({ spike: 'open', zero: 'resolved' });
    const spike = (await store.exceptions.list(ctx, { channelId: where.channelId, rule: 'spike' })).items[0]!;
    expect(spike).toMatchObject({ ...finding('spike'), day: '2026-11-24', meterId: where.meterId });
    const decided = await store.exceptions.decide(as('olga'), [spike.id], 'accepted', 'a kiln');
    expect(decided).toMatchObject([{ state: 'accepted', note: 'a kiln', changedBy: 'olga' }]);
    // Decided is decided: a second decision finds nothing, and the same finding does not open it again.
    expect(await store.exceptions.decide(as('otto'), [spike.id], 'rejected', '')).toEqual([]);
    await judge(finding('spike', { measure: 2.6 }));
    expect(await states()).toMatchObject({ spike: 'accepted' });
    // Gone, and back: what was decided stays; other intervals are something else.
    await judge();
    await judge(finding('spike'));
    expect(await states()).toMatchObject({ spike: 'accepted' });
    await judge(finding('spike', { lastEnd: 2_700 }));
    expect(await states()).toMatchObject({ spike: 'open' });
    expect(await store.exceptions.open(ctx, 10)).toMatchObject([{ id: spike.id }]);
    expect(await store.exceptions.counts(ctx)).toMatchObject({ open: 1, resolved: 1, accepted: 0 });
  });

  it('judges many days at once', async () => {
    const where = await channel();
    const day = (i: number) => new Date(Date.UTC(2020, 0, 1 + i)).toISOString().slice(0, 10);
    const days = Array.from({ length: 4_500 }, (_, i) => ({
      ...where,
      day: day(i),
      findings: [finding('zero')],
    }));
    expect(await store.exceptions.judge(ctx, days)).toEqual({ opened: 4_500, resolved: 0 });
    const { items, next, total } = await store.exceptions.list(ctx, {
      ...{ state: 'open', channelId: where.channelId, limit: 2, fromDay: '2020-01-02', toDay: '2020-01-05' },
    });
    expect([items.length, total, items[0]!.day]).toEqual([2, 3, '2020-01-04']);
    const rest = await store.exceptions.list(ctx, {
      ...{ state: 'open', channelId: where.channelId, limit: 2, cursor: next! },
      ...{ fromDay: '2020-01-02', toDay: '2020-01-05' },
    });
    expect(rest).toMatchObject({ items: [{ day: '2020-01-02' }], next: null });
    const none = days.map((one) => ({ ...one, findings: [] }));
    expect(await store.exceptions.judge(ctx, none)).toEqual({ opened: 0, resolved: 4_500 });
  });

  it('keeps edits with what was before; another person decides; an undo is one of its own', async () => {
    const { channelId, meterId } = await channel();
    const row = (value: number | null) => ({
      end: 900,
      value,
      resolution: 1_000,
      quality: 5,
      flags: 0,
      revision: 7,
    });
    const input: EditInput = {
      ...{
        key: 'k1',
        channelId,
        action: 'edit',
        method: '',
        reason: 'meter replaced',
        change: 5_000,
      },
      ...{ before: [row(null)], after: [row(5)], requestedPerson: 'olga', state: 'pending' },
    };
    const { edit, created } = await store.edits.create(as('olga'), input);
    expect(created).toBe(true);
    expect(edit).toMatchObject({ ...input, firstEnd: 900, lastEnd: 900, undoes: null, undoneBy: null });
    expect(await store.edits.create(as('olga'), input)).toMatchObject({
      edit: { id: edit.id },
      created: false,
    });
    await expect(store.edits.decide(as('olga'), edit.id, 'approved', '')).rejects.toEqual(
      code('EDIT_DECIDED'),
    );
    const approved = await store.edits.decide(as('otto'), edit.id, 'approved', 'seen');
    expect(approved).toMatchObject({ state: 'applying', decidedBy: 'otto', decisionNote: 'seen' });
    await expect(store.edits.decide(as('otto'), edit.id, 'refused', '')).rejects.toEqual(
      code('EDIT_DECIDED'),
    );
    expect((await store.edits.applying(ctx)).map(({ id }) => id)).toEqual([edit.id]);
    expect(await store.edits.applied(ctx, edit.id)).toMatchObject({ state: 'applied' });

    await store.exceptions.judge(ctx, [
      { channelId, meterId, usagePointId: null, day: '2026-11-24', findings: [finding('spike')] },
    ]);
    const { items } = await store.exceptions.list(ctx, { channelId });
    await store.exceptions.decide(as('olga'), [items[0]!.id], 'edited', 'as read', edit.id);
    const undo: EditInput = {
      ...{ ...input, key: 'k2', action: 'undo', before: input.after, after: input.before, change: -5_000 },
      ...{ undoes: edit.id, state: 'applying' },
    };
    const undone = await store.edits.create(as('olga'), undo);
    expect(await store.edits.get(ctx, edit.id)).toMatchObject({ undoneBy: undone.edit.id });
    await expect(store.edits.create(as('otto'), { ...undo, key: 'k3' })).rejects.toEqual(
      code('ALREADY_EXISTS'),
    );
    expect(await store.exceptions.reopen(as('olga'), edit.id, 'undone')).toBe(1);
    expect(await store.exceptions.get(ctx, items[0]!.id)).toMatchObject({ state: 'open', editId: null });
    expect((await store.edits.list(ctx, { channelId })).items.map(({ action }) => action)).toEqual([
      'undo',
      'edit',
    ]);
    await expect(store.edits.create(as('olga'), { ...input, key: 'k4', reason: '' })).rejects.toEqual(
      code('BAD_VALUE'),
    );
  });

  it('adds versions of rule sets and never changes one', async () => {
    const set = { effectiveFrom: '2026-12-01', rules: { spike: { limit: 1.8 } }, note: 'first' };
    expect(await store.ruleSets.add(as('olga'), 'default', set, 0)).toMatchObject({ ...set, version: 1 });
    await expect(store.ruleSets.add(ctx, 'default', set, 0)).rejects.toEqual(code('VERSION_CONFLICT'));
    await store.ruleSets.add(ctx, 'default', { ...set, note: 'second' }, 1);
    expect((await store.ruleSets.list(ctx)).map(({ version, note }) => [version, note])).toEqual([
      [1, 'first'],
      [2, 'second'],
    ]);
    await expect(store.ruleSets.add(ctx, 'x', { ...set, effectiveFrom: 'soon' })).rejects.toEqual(
      code('BAD_VALUE'),
    );
  });

  it('suspends a target once, and ends it', async () => {
    const input = { kind: 'concentrator', target: 'DC-7', source: 'operator', reason: 'storm' } as const;
    const fromAt = new Date(testClock.nowMs());
    const started = await store.suspensions.start(as('olga'), { ...input, fromAt });
    expect(started).toMatchObject({ ...input, untilAt: null, startedBy: 'olga' });
    await expect(store.suspensions.start(ctx, { ...input, fromAt })).rejects.toEqual(code('ALREADY_EXISTS'));
    expect(await store.suspensions.end(as('otto'), started.id)).toMatchObject({ endedBy: 'otto' });
    await expect(store.suspensions.end(ctx, started.id)).rejects.toEqual(code('NOT_FOUND'));
    expect(await store.suspensions.list(ctx, { live: true })).toEqual([]);
    expect(await store.suspensions.list(ctx)).toHaveLength(1);
  });

  it('keeps groups by time and formulas of channels', async () => {
    const [a, b] = [await channel(), await channel()];
    const members = [
      { channelId: a.channelId, validFrom: new Date(0), validUntil: new Date(1_000_000) },
      { channelId: b.channelId, validFrom: new Date(1_000_000), validUntil: null },
    ];
    const group = { code: 'street', name: 'Main street', members };
    expect(await store.virtualChannels.putGroup(ctx, group, 0)).toEqual({ ...group, version: 1 });
    expect(await store.virtualChannels.putGroup(ctx, { ...group, members: [members[1]!] }, 1)).toMatchObject({
      version: 2,
      members: [members[1]],
    });
    const twice = [members[1]!, members[1]!];
    await expect(store.virtualChannels.putGroup(ctx, { ...group, members: twice })).rejects.toMatchObject({
      fault: 'caller',
    });
    const made = await store.virtualChannels.put(as('olga'), a.channelId, 'sum(street)', 0);
    expect(made).toMatchObject({ channelId: a.channelId, formula: 'sum(street)', version: 1 });
    await expect(store.virtualChannels.put(ctx, a.channelId, 'x', 0)).rejects.toEqual(
      code('VERSION_CONFLICT'),
    );
    await store.virtualChannels.remove(ctx, a.channelId);
    await store.virtualChannels.removeGroup(ctx, 'street');
    expect([await store.virtualChannels.list(ctx), await store.virtualChannels.groups(ctx)]).toEqual([
      [],
      [],
    ]);
  });

  it('tells what is around a channel', async () => {
    const { channelId, meterId } = await channel();
    const up = {
      code: 'UP-A',
      commodity: 'electricity',
      zone: 'Europe/Berlin',
      serviceClass: 'home',
    } as const;
    const point = await store.usagePoints.create(ctx, up);
    const at = new Date(1_700_000_000_000);
    await store.installations.install(ctx, { meterId, usagePointId: point.id, at });
    const [found] = await store.channelFacts.of(ctx, [channelId]);
    expect(found).toMatchObject({
      ...{ channelId, meterId, intervalS: 900, resolution: 1_000, multiplier: '1', virtual: false },
      installations: [
        {
          ...{ usagePointId: point.id, usagePoint: 'UP-A', zone: 'Europe/Berlin', serviceClass: 'home' },
          ...{ fromS: 1_700_000_000, untilS: null, role: 'main', state: 'connected', nodeId: null },
        },
      ],
    });
    expect(await store.channelFacts.ofMeters(ctx, [meterId])).toEqual([found]);
    expect(await store.channelFacts.page(ctx, channelId - 1, 1)).toEqual([found]);
  });

  it('knows how far days are closed, never backwards', async () => {
    await store.veeProgress.note(ctx, 'Europe/Berlin', '2026-11-24');
    await store.veeProgress.note(ctx, 'Europe/Berlin', '2026-11-20');
    expect([...(await store.veeProgress.closed(ctx))]).toEqual([['Europe/Berlin', '2026-11-24']]);
  });
});
