/** No sequence of events leaves the states, every state is reached, and time never goes back. */
import { type CommissioningRecord, commissioningMarks, commissioningStates } from '@openami/model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  beginCommissioning,
  type CommissioningEvent,
  stepCommissioning,
} from '../../src/commissioning/machine.ts';

const beginS = 1_000_000;
const atS = fc.integer({ min: beginS - 10_000, max: beginS + 10_000 });
const reason = fc.constantFrom('', 'cellar under water', 'wrong key');
const event: fc.Arbitrary<CommissioningEvent> = fc.oneof(
  fc.record({ type: fc.constant('mark' as const), mark: fc.constantFrom(...commissioningMarks), atS }),
  fc.record({
    ...{ type: fc.constant('lost' as const), mark: fc.constantFrom('keyed' as const, 'installed' as const) },
    atS,
  }),
  fc.record({ type: fc.constant('fault' as const), code: fc.constantFrom('A', 'B'), atS }),
  fc.record({ type: fc.constantFrom('cleared' as const, 'removed' as const, 'returned' as const), atS }),
  fc.record({
    type: fc.constantFrom(
      'give-up' as const,
      'commission' as const,
      'retry' as const,
      'decommission' as const,
    ),
    ...{ reason, by: fc.constant('olga'), atS },
  }),
);
const history = fc.array(event, { maxLength: 40 });
const begun = () => beginCommissioning(beginS);
const run = (events: readonly CommissioningEvent[], from = begun()) => events.reduce(stepCommissioning, from);

describe('the commissioning of a meter', () => {
  it('is in a state after any events, and time never goes back', () => {
    fc.assert(
      fc.property(history, (events) => {
        let before = begun();
        for (const one of events) {
          const after = stepCommissioning(before, one);
          expect(commissioningStates).toContain(after.state);
          expect(after.sinceS).toBeGreaterThanOrEqual(before.sinceS);
          expect(after.waitS).toBeGreaterThanOrEqual(after.sinceS);
          if (after.state === before.state) expect(after.sinceS).toBe(before.sinceS);
          expect(after.marks.delivered).toBeDefined();
          before = after;
        }
      }),
    );
  });

  it('changes nothing when an event comes again', () => {
    fc.assert(
      fc.property(history, event, (events, one) => {
        const once = stepCommissioning(run(events), one);
        const twice = stepCommissioning(once, one);
        if (one.type !== 'retry') expect(twice).toBe(once);
        else expect({ ...twice, waitS: 0 }).toEqual({ ...once, waitS: 0 });
      }),
    );
  });

  it('does not depend on the order in which marks are told', () => {
    const marks = commissioningMarks.filter((mark) => mark !== 'complete');
    const told = fc
      .uniqueArray(fc.constantFrom(...marks))
      .chain((some) =>
        fc.record({ some: fc.constant(some), other: fc.shuffledSubarray(some, { minLength: some.length }) }),
      );
    fc.assert(
      fc.property(told, ({ some, other }) => {
        const of = (list: typeof some) =>
          run(list.map((mark) => ({ type: 'mark', mark, atS: beginS + marks.indexOf(mark) })));
        expect(of(other).state).toBe(of(some).state);
        expect(of(other).marks).toEqual(of(some).marks);
      }),
    );
  });

  it('is commissioned by itself only with every mark and without a fault', () => {
    fc.assert(
      fc.property(history, (events) => {
        let before = begun();
        for (const one of events) {
          const after = stepCommissioning(before, one);
          const isNew = after.state === 'commissioned' && before.state !== 'commissioned';
          if (isNew && after.decision === null && one.type === 'mark') {
            expect(commissioningMarks.every((mark) => after.marks[mark] !== undefined)).toBe(true);
            expect(after.fault).toBe('');
          }
          before = after;
        }
      }),
    );
  });

  it('reaches every state, and from each a person may lead it to the end and back', () => {
    const reached = new Map<string, CommissioningRecord>();
    let record = begun();
    reached.set(record.state, record);
    for (const [i, mark] of commissioningMarks.entries()) {
      record = stepCommissioning(record, { type: 'mark', mark, atS: beginS + i });
      reached.set(record.state, record);
    }
    reached.set('failed', run([{ type: 'fault', code: 'A', atS: beginS }]));
    reached.set('decommissioned', run([{ type: 'removed', atS: beginS }], record));
    expect([...reached.keys()].sort()).toEqual([...commissioningStates].sort());
    for (const one of reached.values()) {
      const decided = { reason: 'so it is', by: 'olga', atS: beginS + 99 };
      const gone = stepCommissioning(one, { type: 'decommission', ...decided });
      expect(gone.state).toBe('decommissioned');
      const back = run(
        [
          { type: 'returned', atS: beginS + 100 },
          { type: 'retry', ...decided },
        ],
        gone,
      );
      expect(back.state).not.toBe('decommissioned');
    }
  });

  it('fails with a fault and goes on where it stands once that is cleared', () => {
    const keyed: CommissioningEvent = { type: 'mark', mark: 'keyed', atS: beginS + 1 };
    const failed = run([keyed, { type: 'fault', code: 'A', atS: beginS + 2 }]);
    expect(failed).toMatchObject({ state: 'failed', fault: 'A', sinceS: beginS + 2 });
    expect(run([{ type: 'cleared', atS: beginS + 5 }], failed)).toMatchObject({
      ...{ state: 'keyed', sinceS: beginS + 5 },
    });
  });
});
