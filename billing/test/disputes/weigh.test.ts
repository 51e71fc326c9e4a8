import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DisputeFacts } from '../../src/disputes/facts.ts';
import { disputeRules, weighDispute } from '../../src/disputes/weigh.ts';

/** A bill with which all is well. */
const sound: DisputeFacts = {
  ...{ reason: 'high-bill', unit: 'kWh', currency: 'EUR', zone: 'Europe/Berlin' },
  bill: {
    ...{ id: 7, from: '2026-02-28T23:00:00Z', to: '2026-03-31T22:00:00Z', days: 31, usage: '310' },
    ...{ total: '90', tariffVersions: ['a'], expected: 743, present: 743, estimated: 0, edited: 0 },
    ...{ changedSince: 0, repeats: true },
  },
  ...{ lastPeriod: null, lastYear: null, edits: [], exceptions: [], events: [], registers: [], frames: [] },
  installations: [{ meterId: 1, serial: 'M1', role: 'main', from: '2020-01-01T00:00:00Z', until: null }],
  ...{ clockDriftS: null, week: { now: [], yearAgo: [] }, check: null },
  tariff: { billed: ['home'], assigned: ['home'] },
  agreement: { from: '2020-01-01T00:00:00Z', until: null },
};

describe.each(disputeRules)('rule $id', ({ find, examples }) => {
  it.each(examples)('$name', ({ facts, gives }) => {
    expect(find({ ...sound, ...facts })).toEqual(gives);
  });
});

describe('the weight of evidence', () => {
  const bill = (more: Partial<DisputeFacts['bill']>) => ({ ...sound, bill: { ...sound.bill, ...more } });

  it('supports a sound bill, and suggests to make one anew whose readings changed', () => {
    expect(weighDispute(sound)).toMatchObject({ suggests: 'stands', against: 0 });
    expect(weighDispute(bill({ changedSince: 2 })).suggests).toBe('rebill');
    expect(weighDispute(bill({ estimated: 400 })).suggests).toBe('look');
    expect(weighDispute(bill({ estimated: 400 })).findings[0]!.rule).toBe('estimated');
  });

  it('adds weights up and never calls a bill sound that something decisive speaks against', () => {
    const facts = fc.record({
      estimated: fc.nat(743),
      changedSince: fc.nat(3),
      repeats: fc.boolean(),
      usage: fc.integer({ min: 0, max: 2_000 }).map(String),
    });
    fc.assert(
      fc.property(facts, fc.nat(900), (more, moved) => {
        const registers = [
          { serial: 'M1', from: '', to: '', register: String(moved), intervals: String(more.usage) },
        ];
        const { findings, supports, against, suggests } = weighDispute({ ...bill(more), registers });
        const sum = (verdict: string) =>
          findings.filter((one) => one.verdict === verdict).reduce((all, { weight }) => all + weight, 0);
        expect([sum('supports'), sum('against'), sum('neutral')]).toEqual([supports, against, 0]);
        const decisive = findings.some(({ verdict, weight }) => verdict === 'against' && weight === 3);
        if (decisive || against >= supports) expect(suggests).not.toBe('stands');
        expect(findings.every(({ words }) => words.endsWith('.') || words.endsWith('?'))).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});
