/** Downlinks: the state machine under any order of events, and the queue over a store that others write to. */
import { ManualClock } from '@openami/model';
import type { DownlinkEvent, DownlinkOrder } from '@openami/wire/lorawan';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  advanceDownlink,
  beginDownlink,
  type DownlinkEventKind,
  decideDownlink,
  type HandOutcome,
  hasEnded,
  maxTries,
} from '../../src/lorawan/downlink-life.ts';
import { type DownlinkRecord, type DownlinkStore, Downlinks, tryName } from '../../src/lorawan/downlinks.ts';

const news = fc.record({
  type: fc.constant('news' as const),
  news: fc.constantFrom(
    'queued' as const,
    'sent' as const,
    'acked' as const,
    'nacked' as const,
    'failed' as const,
  ),
  try: fc.integer({ min: 0, max: 4 }),
  fCnt: fc.option(fc.nat(9)),
  error: fc.constant(null),
});
const event: fc.Arbitrary<DownlinkEventKind> = fc.oneof(
  fc.constantFrom({ type: 'marked' as const }, { type: 'expired' as const }, { type: 'cancelled' as const }),
  fc.record({
    type: fc.constant('handed' as const),
    outcome: fc.constantFrom<HandOutcome>('ok', 'refused', 'not-sent', 'lost'),
  }),
  news,
);

describe('the state machine', () => {
  test('any events in any order: twice is once, tries are bounded, what was acknowledged stays so', () => {
    fc.assert(
      fc.property(
        fc.boolean(),
        fc.constantFrom(1, maxTries),
        fc.array(fc.tuple(event, fc.nat(5_000)), { maxLength: 30 }),
        (confirmed, mostTries, events) => {
          let state = beginDownlink({ confirmed, notBeforeS: 0, expiresAtS: 50_000, mostTries });
          let nowS = 0;
          for (const [each, passesS] of events) {
            nowS += passesS;
            const before = state;
            state = advanceDownlink(before, each, nowS);
            if (each.type === 'news') expect(advanceDownlink(state, each, nowS)).toBe(state);
            if (before.step === 'acked') expect(state).toBe(before);
            if (each.type === 'news' && each.news === 'acked') expect(state.step).toBe('acked');
            expect(state.tries).toBeLessThanOrEqual(mostTries);
            if (state.step === 'acked') expect(state.ackedAtS).toBeGreaterThanOrEqual(state.handedAtS);
            expect(state.tries).toBeGreaterThanOrEqual(before.tries);
            const action = decideDownlink(state, nowS);
            if (hasEnded(state)) expect(action).toEqual({ do: 'end' });
            if (action.do === 'wait') expect(action.untilS).toBeGreaterThan(nowS);
            if (action.do === 'wait') expect(action.untilS).toBeLessThanOrEqual(state.expiresAtS);
          }
        },
      ),
    );
  });

  test('left alone it ends, whatever the server says to being handed one', () => {
    const outcomes = fc.array(fc.constantFrom<HandOutcome>('ok', 'refused', 'not-sent', 'lost'), {
      maxLength: 50,
    });
    fc.assert(
      fc.property(outcomes, (answers) => {
        let state = beginDownlink({ confirmed: true, notBeforeS: 100, expiresAtS: 20_000 });
        let nowS = 0;
        for (let i = 0; i < 200; i++) {
          const action = decideDownlink(state, nowS);
          if (action.do === 'end') break;
          if (action.do === 'wait') nowS = action.untilS;
          else if (action.do === 'mark') state = advanceDownlink(state, { type: 'marked' }, nowS);
          else if (action.do === 'expire') state = advanceDownlink(state, { type: 'expired' }, nowS);
          else state = advanceDownlink(state, { type: 'handed', outcome: answers.pop() ?? 'not-sent' }, nowS);
        }
        expect(hasEnded(state)).toBe(true);
        expect(nowS).toBeLessThanOrEqual(20_000);
      }),
    );
  });
});

class MemoryStore implements DownlinkStore {
  readonly records = new Map<string, DownlinkRecord>();
  readonly #names = new Map<string, string>();
  /** Writes to be refused, as if another had been faster. */
  refuse = 0;

  async add(record: DownlinkRecord, names: readonly string[]): Promise<boolean> {
    if (this.records.has(record.id)) return false;
    this.records.set(record.id, record);
    for (const name of names) this.#names.set(name, record.id);
    return true;
  }
  async get(id: string) {
    return this.records.get(id);
  }
  async byName(names: readonly string[]) {
    const id = names.map((name) => this.#names.get(name)).find((each) => each !== undefined);
    return id === undefined ? undefined : this.records.get(id);
  }
  async replace(record: DownlinkRecord): Promise<boolean> {
    if (this.refuse > 0 && this.refuse-- > 0) return false;
    if (this.records.get(record.id)?.version !== record.version - 1) return false;
    this.records.set(record.id, record);
    return true;
  }
  async due(nowS: number, most: number) {
    const open = [...this.records.values()].filter(({ state }) => {
      const { do: what } = decideDownlink(state, nowS);
      return what !== 'end' && what !== 'wait';
    });
    return open.slice(0, most);
  }
}

const order = {
  devEui: '0102030405060708',
  applicationId: 'app',
  fPort: 2,
  bytes: Uint8Array.of(1, 2),
  confirmed: true,
};
const told = (id: string, which: DownlinkEvent['news'], number = 1): DownlinkEvent => ({
  type: 'downlink',
  server: 'chirpstack',
  device: {
    ...{ devEui: order.devEui, name: '', joinEui: null, devAddr: null, applicationId: 'app' },
    ...{ tenantId: null, profile: null, tags: {} },
  },
  ...{ deduplicationId: null, serverMs: 0, news: which, ids: ['theirs', tryName(id, number)] },
  ...{ fPort: null, fCnt: 7, bytes: null, confirmed: true, gatewayId: null, error: null },
});

function queue(answers: (HandOutcome | Error)[] = []) {
  const store = new MemoryStore();
  const sent: DownlinkOrder[] = [];
  const clock = new ManualClock(1_000_000);
  const send = async (each: DownlinkOrder) => {
    sent.push(each);
    const answer = answers.shift() ?? 'ok';
    if (answer instanceof Error) throw answer;
    return { outcome: answer };
  };
  return { store, sent, clock, downlinks: new Downlinks(store, send, clock) };
}

const step = (store: MemoryStore, id = 'a') => store.records.get(id)?.state.step;

describe('the queue', () => {
  test('ordered twice, sent once, acknowledged', async () => {
    const { store, sent, downlinks } = queue();
    const times = { expiresAtS: 90_000 };
    const [one, two] = [await downlinks.order('a', order, times), await downlinks.order('a', order, times)];
    expect(two).toEqual(one);
    await downlinks.work();
    await downlinks.work();
    expect(sent).toHaveLength(1);
    expect(sent[0]!.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    for (const which of ['sent', 'sent', 'acked', 'nacked', 'acked'] as const)
      await downlinks.news(told('a', which));
    expect(store.records.get('a')).toMatchObject({
      state: { step: 'acked', tries: 1, fCnt: 7, error: null },
    });
    expect(await downlinks.news(told('another', 'acked'))).toBeUndefined();
  });

  test('not acknowledged: tried again under another name, and at last given up', async () => {
    const { store, sent, clock, downlinks } = queue();
    await downlinks.order('a', order, { expiresAtS: 90_000 });
    for (let number = 1; number <= maxTries; number++) {
      await downlinks.work();
      await downlinks.news(told('a', 'nacked', number));
      // old news changes nothing
      await downlinks.news(told('a', 'nacked', 1));
      clock.advanceMs(3_600_000);
    }
    expect(new Set(sent.map(({ id }) => id)).size).toBe(maxTries);
    expect(step(store)).toBe('nacked');
    await downlinks.news(told('a', 'acked', 2));
    expect(step(store)).toBe('acked');
  });

  test('a server out of reach: the same name again, later and later', async () => {
    const { store, sent, clock, downlinks } = queue(['not-sent', new Error('socket'), 'lost']);
    await downlinks.order('a', order, { expiresAtS: 90_000 });
    for (let i = 0; i < 300 && step(store) !== 'handed'; i++) {
      await downlinks.work();
      clock.advanceMs(1_000);
    }
    expect(sent.map(({ id }) => id)).toEqual(Array(4).fill(tryName('a', 1)));
    expect(clock.nowMs() - 1_000_000).toBeGreaterThan((30 + 60 + 120) * 1_000);
  });

  test('a process that died while handing over does it again under the same name', async () => {
    const { store, sent, clock, downlinks } = queue();
    const record = await downlinks.order('a', order, { expiresAtS: 90_000 });
    const state = advanceDownlink(record.state, { type: 'marked' }, 1_000);
    store.records.set('a', { ...record, state, version: 2 });
    await new Downlinks(
      store,
      async (each) => ({ outcome: sent.push(each) > 0 ? 'ok' : 'lost' }),
      clock,
    ).work();
    expect(sent.map(({ id }) => id)).toEqual([tryName('a', 1)]);
    expect(step(store)).toBe('handed');
  });

  test('two that change it at once: none is lost', async () => {
    const { store, downlinks } = queue();
    await downlinks.order('a', order, { expiresAtS: 90_000 });
    await downlinks.work();
    store.refuse = 3;
    await downlinks.news(told('a', 'acked'));
    expect(step(store)).toBe('acked');
    store.records.set('a', {
      ...store.records.get('a')!,
      state: beginDownlink({ confirmed: true, notBeforeS: 0, expiresAtS: 9e9 }),
    });
    store.refuse = 99;
    await expect(downlinks.news(told('a', 'acked'))).rejects.toMatchObject({ code: 'DOWNLINK_CONFLICT' });
  });

  test('taken back, expired, refused', async () => {
    const { store, sent, clock, downlinks } = queue(['refused']);
    await downlinks.order('a', order, { expiresAtS: 90_000, notBeforeS: 80_000 });
    await downlinks.cancel('a');
    await downlinks.order('b', { ...order, confirmed: false }, { expiresAtS: 2_000, notBeforeS: 1_500 });
    await downlinks.order('c', order, { expiresAtS: 90_000 });
    await downlinks.work();
    clock.setMs(2_000_000);
    await downlinks.work();
    expect([step(store), step(store, 'b'), step(store, 'c')]).toEqual(['cancelled', 'expired', 'failed']);
    expect(sent).toHaveLength(1);
  });
});
