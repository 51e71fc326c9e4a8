/** Decisions that meet: people who edit, approve and decide the same at once, and days that cannot be closed. */
import { type AccessContext, Reason, systemAccess } from '@openami/model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ChannelGroupItem, ExceptionItem, VirtualChannelItem } from '../../src/contract/index.ts';
import { serverErrors } from '../../src/errors.ts';
import type { BookedChannel } from '../../src/services/vee/channel-book.ts';
import { PageClosing } from '../../src/services/vee/page-closing.ts';
import { intervalS, startVee, today, type VeeTest, zone } from './support.ts';

const spiked = today - 3;
const by = (name: string): AccessContext => ({
  ...{ actor: { kind: 'user', id: name, name }, purpose: 'operate', scope: 'all' },
});
const [anna, bob] = [by('anna'), by('bob')];

describe('decisions that meet', () => {
  let test: VeeTest;
  let keys = 0;
  const edits = () => test.server.running.context.vee.edits;
  const endOf = (slot: number, day = today - 5) => zone.dayStart(day) + (slot + 1) * intervalS;
  const given = (more: object = {}) => ({ key: `k${keys++}`, reason: 'because', ...more });
  const setTo = (home: number, slots: readonly number[], value: number | null) => ({
    ...{ channelId: test.homes[home]!.channel, action: 'edit' as const },
    ...{ firstEnd: endOf(slots[0]!), lastEnd: endOf(slots.at(-1)!) },
    values: slots.map((slot) => ({ end: endOf(slot), value })),
  });
  const values = async (home: number, slots: readonly number[]) => {
    const day = await test.day(test.homes[home]!, today - 5);
    return slots.map((slot) => day[slot]!.value);
  };

  beforeAll(async () => {
    test = await startVee(4, { OPENAMI_CLOSE_BACKLOG_DAYS: '14' });
    for (const [i, home] of test.homes.entries()) {
      await test.send(home, today - 12, today, (value, slot, day) =>
        day === spiked && slot === 10 && i < 2 ? 9_000 : value,
      );
    }
    await test.open();
  }, 120_000);
  afterAll(() => test.server.close());

  it('approve nothing where another value stands by now, and all of it once it does not', async () => {
    const slots = [4, 5, 6, 7];
    const large = await edits().request(anna, 'anna', setTo(0, slots, 100_000), given());
    expect(large.state).toBe('pending');
    const before = await values(0, slots);
    const small = await edits().request(bob, 'bob', setTo(0, [5], 77), given());
    const approval = () => edits().decide(bob, large.id, 'approved', 'yes');
    await expect(approval()).rejects.toMatchObject({ code: 'VEE_CHANGED' });
    expect(await values(0, slots)).toEqual([before[0], 77, before[2], before[3]]);
    await test.settled();
    await edits().undo(bob, 'bob', small.id, given());
    // the day was closed again meanwhile: how a value is judged is nothing that stands in the way
    await test.settled();
    expect(await approval()).toMatchObject({ state: 'applied' });
    expect(await values(0, slots)).toEqual(slots.map(() => 100_000));
    const undo = await edits().undo(bob, 'bob', large.id, given());
    await edits().decide(anna, undo.id, 'approved', 'yes');
    expect(await values(0, slots)).toEqual(before);
  });

  it('make edits of one interval one after the other, each with what it found', async () => {
    const [first] = await values(2, [3]);
    const made = await Promise.all(
      [100, 101, 102, 103, 104, 105].map((value) =>
        edits().request(anna, 'anna', setTo(2, [3], value), given()),
      ),
    );
    const ordered = made.toSorted((a, b) => a.id - b.id);
    const found = [first, ...ordered.map(({ after }) => after[0]!.value)];
    expect(ordered.map(({ before }) => before[0]!.value)).toEqual(found.slice(0, -1));
    expect(await values(2, [3])).toEqual(found.slice(-1));
    for (const [i, { id }] of ordered.entries()) {
      if (i < 5)
        await expect(edits().undo(anna, 'anna', id, given())).rejects.toMatchObject({ code: 'VEE_CHANGED' });
    }
    await edits().undo(anna, 'anna', ordered[5]!.id, given());
    expect(await values(2, [3])).toEqual([found[5]]);
  });

  it('decide an exception once, and none of another channel', async () => {
    const { items } = (await test.call<{ items: ExceptionItem[] }>('GET', '/exceptions?state=open')).body;
    const spike = (home: number) =>
      items.find((one) => one.rule === 'spike' && one.channelId === test.homes[home]!.channel)!;
    const { channelId, firstEnd, lastEnd, id } = spike(0);
    const span = { channelId, firstEnd, lastEnd };
    const both = await Promise.allSettled([
      edits().request(anna, 'anna', { ...span, action: 'reject' }, given({ exceptionIds: [id] })),
      edits().request(bob, 'bob', { ...span, action: 'estimate' }, given({ exceptionIds: [id] })),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(both.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'VEE_EXCEPTION_DECIDED' },
    });
    const again = { exceptionIds: [id], action: 'accept', reason: 'seen before' };
    expect((await test.call('POST', '/exceptions/decide', again)).body).toMatchObject({
      ...{ applied: 0, failed: [{ exceptionId: id, code: 'VEE_EXCEPTION_DECIDED' }] },
    });
    const foreign = edits().request(anna, 'anna', setTo(3, [2], 5), given({ exceptionIds: [spike(1).id] }));
    await expect(foreign).rejects.toMatchObject({ code: 'VEE_EDIT_INVALID' });
    expect((await test.call<ExceptionItem>('GET', `/exceptions/${spike(1).id}`)).body.state).toBe('open');
  });

  it('take no edit of times in which the channel was not, and take a value away where it is null', async () => {
    const { channel } = test.homes[3]!;
    for (const end of [intervalS, 631_148_400, endOf(0, today + 2)]) {
      const edit = { channelId: channel, action: 'edit' as const, firstEnd: end, lastEnd: end };
      const asked = edits().request(anna, 'anna', { ...edit, values: [{ end, value: 5 }] }, given());
      await expect(asked).rejects.toMatchObject({ code: 'VEE_EDIT_INVALID' });
    }
    const { after } = await edits().request(anna, 'anna', setTo(3, [9], null), given());
    expect(after).toMatchObject([{ value: null, flags: Reason.manual }]);
    expect((await test.day(test.homes[3]!, today - 5))[9]!.value).toBeNull();
  });

  it('keep a group as it was where its new members would make a ring', async () => {
    const members = [{ channelId: test.homes[3]!.channel }];
    await test.call('PUT', '/groups/ring', { members });
    const made = await test.call<VirtualChannelItem>('POST', '/virtual-channels', {
      ...{ name: 'one', commodity: 'electricity', unit: 'kWh', intervalS, formula: 'sum(ring)' },
    });
    const ring = await test.call('PUT', '/groups/ring', { members: [{ channelId: made.body.channelId }] });
    expect(ring).toMatchObject({ status: 422, body: { code: 'VEE_FORMULA_CYCLE' } });
    const { body } = await test.call<ChannelGroupItem[]>('GET', '/groups');
    expect(body.find(({ code }) => code === 'ring')!.members).toMatchObject(members);
    expect(await test.call('DELETE', '/groups/ring')).toMatchObject({
      ...{ status: 409, body: { code: 'VEE_IN_USE' } },
    });
    // without its group (of an older store) the formula cannot be worked out; days are closed all the same
    const { registry, vee } = test.server.running.context;
    await registry.virtualChannels.removeGroup(systemAccess, 'ring');
    await vee.virtual.load();
    test.clock.advanceMs(86_400_000);
    await test.settled();
    const { zones } = test.server.running.context.vee.state;
    expect(zones[0]!.closedThrough).not.toBeNull();
    expect(test.server.running.context.vee.state).toMatchObject({ closing: null, waiting: 0 });
  });
});

describe('closing a page', () => {
  const facts = (id: number) => ({ facts: { channel: id, intervalS, zone } }) as BookedChannel;
  const pageOf = (fails: (id: number) => boolean) => {
    const closed: number[] = [];
    const page = new PageClosing({
      book: { load: async () => undefined, get: facts },
      log: { warn: () => undefined },
      sums: () => undefined,
      closing: {
        close: async (channels) => {
          const ids = channels.map((one) => one.facts.channel);
          if (ids.some(fails)) throw new Error('cannot');
          closed.push(...ids);
          return { channels: ids.length, changed: 0, estimated: 0, opened: 0, resolved: 0 };
        },
      },
    });
    return { page, closed };
  };

  it('closes all but the channels that cannot be, which are to be tried again', async () => {
    const { page, closed } = pageOf((id) => id === 3);
    await page.close([1, 2, 3, 4], 7);
    expect(closed).toEqual([1, 2, 4]);
    expect(page.failed).toBe(1);
    expect(page.troubleOf(undefined)).toMatch(/^1 days of channels: an unexpected error/);
    expect(page.troubleOf(serverErrors.NOT_READY('the store'))).toBe('NOT_READY: the store');
    expect(page.takeFailed()).toEqual([{ channel: 3, day: 7 }]);
    expect(page.troubleOf(undefined)).toBeNull();
    await page.close([3], 8);
    expect(page.takeFailed()).toEqual([{ channel: 3, day: 8 }]);
  });

  it('fails where nothing can be closed: then it is not the channels', async () => {
    const { page } = pageOf(() => true);
    await expect(page.close([1, 2], 7)).rejects.toThrow('cannot');
    expect(page.failed).toBe(0);
  });
});
