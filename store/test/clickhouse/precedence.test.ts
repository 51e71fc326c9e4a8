import { Quality, Reason } from '@openami/model';
import { describe, expect, it } from 'vitest';
import { type Judged, judge, needsMeasured, type Verdict } from '../../src/clickhouse/writer/precedence.ts';

const of = (value: number, quality: number, flags = 0): Judged => ({
  value,
  quality,
  flags,
  resolution: 1_000,
});
const { raw, valid, verified, estimated, edited, questionable, missing } = Quality;

/** What arrives, what is stored, what was measured before it (undefined: nothing), and which holds. */
const cases: readonly [string, Judged, Judged, Judged | undefined, Verdict][] = [
  ['the very same', of(5, raw), of(5, raw), undefined, 'repeat'],
  ['the same, late', of(5, raw, Reason.late), of(5, raw), undefined, 'repeat'],
  ['a count that passed', of(5, raw), of(5, valid), undefined, 'repeat'],
  ['a count that a person accepted', of(5, valid), of(5, verified), undefined, 'repeat'],
  ['a count that failed a rule', of(5, valid), of(5, questionable, Reason.spike), undefined, 'repeat'],
  ['a reason of the meter', of(5, valid, Reason.powerFail), of(5, valid), undefined, 'replace'],
  ['another count', of(6, valid), of(5, verified), undefined, 'replace'],
  ['the first count for an estimate', of(6, valid), of(5, estimated), undefined, 'replace'],
  ['another count for an estimate', of(6, valid), of(5, estimated), of(900, valid), 'replace'],
  ['the count that was put aside', of(900, raw), of(5, estimated), of(900, valid), 'repeat'],
  ['the count that was edited', of(900, raw), of(5, edited), of(900, raw), 'repeat'],
  ['a count nobody knew, for an edit', of(901, raw), of(5, edited), of(900, raw), 'underEdit'],
  ['a count for nothing', of(6, valid), of(0, missing), undefined, 'replace'],
  ['nothing for a count', of(0, missing), of(5, valid), undefined, 'repeat'],
  ['an edit for a count', of(5, edited), of(900, valid), undefined, 'replace'],
  ['a new edit for an edit', of(6, edited), of(5, edited), undefined, 'replace'],
  ['what a sender doubts', of(5, questionable), of(5, valid), undefined, 'replace'],
];

describe('judge', () => {
  it.each(cases)('%s', (_, arriving, before, measured, verdict) => {
    expect(judge(arriving, { ...before, revision: 10 }, measured)).toBe(verdict);
    // What `judge` decides by is looked up.
    if (measured) expect(needsMeasured(arriving, before)).toBe(true);
  });

  it('leaves alone what changed after validation looked, and nothing else', () => {
    const before = { ...of(900, valid), revision: 10 };
    expect(judge(of(5, estimated), before, undefined, 9)).toBe('stale');
    expect(judge(of(5, estimated), before, undefined, 10)).toBe('replace');
    expect(judge(of(5, estimated), before, undefined, 0)).toBe('stale');
    expect(judge(of(900, valid), before, undefined, 9)).toBe('repeat');
    expect(judge(of(900, valid), { ...of(5, edited), revision: 10 }, undefined, 10)).toBe('replace');
  });
});
