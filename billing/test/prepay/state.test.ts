import { formatDay, weekday, zoneTable } from '@openami/model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutTime, type PrepayPolicy, readPrepayPolicy } from '../../src/prepay/policy.ts';
import {
  decidePrepay,
  type OrderFate,
  type PrepayFacts,
  type PrepayState,
  prepayStates,
} from '../../src/prepay/state.ts';

const zone = zoneTable('Europe/Berlin');
const policy: PrepayPolicy = {
  ...{ currency: 'EUR', lowCredit: '5', lowDays: 3, emergencyCredit: '4', reconnectMinimum: '2' },
  ...{ debtSharePercent: 20, disconnects: true, graceHours: 2, cutFrom: '09:00', cutUntil: '14:00' },
  ...{ friendlyDays: [5, 6, 7], holidays: ['2026-04-06'] },
};
const amounts = { lowCredit: 500n, emergencyCredit: 400n, reconnectMinimum: 200n };
/** Tuesday 10:00 in Berlin. */
const tuesday = Date.parse('2026-03-31T10:00:00+02:00') / 1_000;
const day = 86_400;

const facts = (more: Partial<PrepayFacts>): PrepayFacts => ({
  ...{ state: 'in_credit', sinceS: tuesday - day, balance: 5_000n, lent: 0n, dailyUse: 100, policy, amounts },
  ...{ protection: '', hasRelay: true, cut: 'none', restore: 'none', retryAtS: 0, zone, nowS: tuesday },
  ...more,
});

describe('times in which a supply may be cut', () => {
  it('are by the local clock, on no friendly day, no holiday and none before one', () => {
    const at = (text: string) => cutTime(policy, zone, Date.parse(text) / 1_000);
    expect(at('2026-03-31T09:00:00+02:00').allowed).toBe(true);
    expect(at('2026-03-31T14:00:00+02:00')).toEqual({
      ...{ allowed: false, nextS: Date.parse('2026-04-01T09:00:00+02:00') / 1_000 },
    });
    // a weekend with the change of clocks behind Thursday
    expect(at('2026-03-26T15:00:00+01:00').nextS).toBe(Date.parse('2026-03-30T09:00:00+02:00') / 1_000);
    // Easter Monday is named: so Friday to Monday nobody is cut, Sunday or not
    expect(at('2026-04-03T10:00:00+02:00').nextS).toBe(Date.parse('2026-04-07T09:00:00+02:00') / 1_000);
  });

  it('hold at any instant in any zone', () => {
    const zones = ['Europe/Berlin', 'America/St_Johns', 'Asia/Kathmandu', 'Australia/Lord_Howe'];
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.integer({ min: 1_700_000_000, max: 1_900_000_000 }),
        fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { maxLength: 6 }),
        fc.integer({ min: 0, max: 22 }),
        (name, nowS, friendlyDays, hour) => {
          const table = zoneTable(name);
          const clock = (h: number) => `${String(h).padStart(2, '0')}:00`;
          const some = { ...policy, friendlyDays, cutFrom: clock(hour), cutUntil: clock(hour + 1) };
          const time = cutTime(some, table, nowS);
          const { nextS } = time;
          const localHour = Math.floor(table.localAt(nowS) / 3_600) % 24;
          const local = table.localDayOf(nowS);
          if (time.allowed) {
            expect(localHour).toBe(hour);
            // the last second at which it may leave is within the hours, too
            expect(time.untilS).toBeGreaterThan(nowS);
            expect(cutTime(some, table, time.untilS - 1).allowed).toBe(true);
            expect(cutTime(some, table, time.untilS).allowed).toBe(false);
            expect(friendlyDays).not.toContain(weekday(local));
            expect(formatDay(local)).not.toBe('2026-04-06');
          } else {
            expect(nextS).toBeGreaterThan(nowS);
            // an hour that the change of clocks skipped is not the hour that was asked for
            if (Math.floor(table.localAt(nextS!) / 3_600) % 24 === hour)
              expect(cutTime(some, table, nextS!).allowed).toBe(true);
          }
        },
      ),
    );
  });

  it('are refused where there can be none', () => {
    expect(() => readPrepayPolicy({ ...policy, friendlyDays: [1, 2, 3, 4, 5, 6, 7] })).toThrow(
      /friendlyDays/,
    );
    expect(() => readPrepayPolicy({ ...policy, cutUntil: '09:00' })).toThrow(/cutUntil/);
    expect(() => readPrepayPolicy({ ...policy, lowCredit: '-1' })).toThrow(/lowCredit/);
    expect(readPrepayPolicy(policy)).toEqual(policy);
  });
});

describe('a prepay customer', () => {
  it('is warned by money and by days of usual usage, once', () => {
    expect(decidePrepay(facts({}))).toEqual({ state: 'in_credit' });
    expect(decidePrepay(facts({ balance: 500n }))).toEqual({ state: 'low', notice: 'low' });
    expect(decidePrepay(facts({ balance: 900n, dailyUse: 300 }))).toEqual({ state: 'low', notice: 'low' });
    expect(decidePrepay(facts({ balance: 500n, state: 'low' }))).toEqual({ state: 'low' });
    expect(decidePrepay(facts({ balance: 900n, state: 'low' }))).toEqual({ state: 'in_credit' });
  });

  it('is lent something, runs out, is cut, pays, and is on again', () => {
    expect(decidePrepay(facts({ balance: 0n, state: 'low' }))).toEqual({
      ...{ state: 'emergency', act: 'lend', notice: 'emergency' },
    });
    const lent = { lent: 400n, state: 'emergency' } as const;
    expect(decidePrepay(facts({ ...lent, balance: 400n }))).toEqual({ state: 'emergency' });
    expect(decidePrepay(facts({ ...lent, balance: 0n }))).toEqual({ state: 'out', notice: 'out' });
    const out = { ...lent, balance: -50n, state: 'out' } as const;
    expect(decidePrepay(facts({ ...out, sinceS: tuesday }))).toEqual({
      ...{ state: 'out', wait: 'grace', lookAtS: tuesday + 7_200 },
    });
    const cutUntilS = Date.parse('2026-03-31T14:00:00+02:00') / 1_000;
    expect(decidePrepay(facts(out))).toEqual({ state: 'out', act: 'cut', cutUntilS });
    expect(decidePrepay(facts({ ...out, cut: 'open' }))).toEqual({ state: 'out', wait: 'order' });
    expect(decidePrepay(facts({ ...out, cut: 'done' }))).toEqual({ state: 'cut', notice: 'cut' });
    const cut = { state: 'cut', cut: 'done' } as const;
    expect(decidePrepay(facts({ ...cut, balance: 199n }))).toEqual({ state: 'cut' });
    expect(decidePrepay(facts({ ...cut, balance: 200n }))).toEqual({ state: 'restoring', act: 'restore' });
    const restoring = { state: 'restoring', cut: 'done' } as const;
    expect(decidePrepay(facts({ ...restoring, restore: 'open' }))).toEqual({ state: 'restoring' });
    expect(decidePrepay(facts({ ...restoring, restore: 'done' }))).toEqual({
      ...{ state: 'in_credit', notice: 'restored' },
    });
    expect(decidePrepay(facts({ ...restoring, restore: 'failed' }))).toMatchObject({ act: 'restore' });
  });

  it('calls a cut back when the payment comes first', () => {
    expect(decidePrepay(facts({ state: 'out', cut: 'open', balance: 1n }))).toEqual({
      state: 'out',
      act: 'void',
    });
  });

  it('calls a cut back that has not left when protection, or another policy, comes first', () => {
    const out = { state: 'out', cut: 'open', balance: -1n, lent: 400n } as const;
    const back = { state: 'out', act: 'void' };
    expect(decidePrepay(facts({ ...out, protection: 'medical' }))).toEqual(back);
    expect(decidePrepay(facts({ ...out, policy: { ...policy, disconnects: false } }))).toEqual(back);
  });

  const anyFacts = fc
    .record({
      state: fc.constantFrom<PrepayState>(...prepayStates),
      balance: fc.bigInt(-1_000n, 1_000n),
      lent: fc.constantFrom(0n, 400n),
      dailyUse: fc.integer({ min: 0, max: 500 }),
      protection: fc.constantFrom('', 'medical'),
      hasRelay: fc.boolean(),
      cut: fc.constantFrom<OrderFate>('none', 'open', 'done', 'failed'),
      restore: fc.constantFrom<OrderFate>('none', 'open', 'done', 'failed'),
      nowS: fc.integer({ min: tuesday, max: tuesday + 30 * day }),
      sinceS: fc.integer({ min: tuesday - day, max: tuesday + day }),
    })
    .map(facts);

  it('is never cut with credit, protection, in friendly hours, within the grace or twice at once', () => {
    fc.assert(
      fc.property(anyFacts, (of) => {
        const { act } = decidePrepay(of);
        if (act !== 'cut') return;
        expect(of.balance).toBeLessThanOrEqual(0n);
        expect(of.state).toBe('out');
        expect(of.protection).toBe('');
        expect(of.hasRelay).toBe(true);
        expect(of.cut).not.toBe('open');
        expect(of.nowS).toBeGreaterThanOrEqual(of.sinceS + 7_200);
        expect(cutTime(policy, zone, of.nowS).allowed).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  it('comes to rest: asked again it soon says nothing new', () => {
    fc.assert(
      fc.property(anyFacts, (first) => {
        let of = first;
        for (let turn = 0; turn < 8; turn++) {
          const { state, act, notice } = decidePrepay(of);
          if (act === undefined && notice === undefined && state === of.state) return;
          const sinceS = state === of.state ? of.sinceS : of.nowS;
          of = { ...of, state, sinceS };
          if (act === 'lend') of = { ...of, balance: of.balance + 400n, lent: 400n };
          if (act === 'cut') of = { ...of, cut: 'open' };
          if (act === 'restore') of = { ...of, restore: 'open' };
          if (act === 'void' || notice === 'restored') of = { ...of, cut: 'none', restore: 'none' };
        }
        expect.unreachable('it never came to rest');
      }),
      { numRuns: 1_000 },
    );
  });
});
