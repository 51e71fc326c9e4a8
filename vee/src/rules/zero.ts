import { Reason } from '@openami/model';
import { Severity } from '../finding.ts';
import { defineDayRule } from '../rule.ts';
import { endOf } from '../series.ts';
import { coveredS } from './common.ts';
import { exampleDay, homeDay } from './examples.ts';

export const zero = defineDayRule({
  id: 'zero',
  number: 16,
  stage: 'day',
  title: 'An active service uses nothing.',
  source: 'Zero consumption check of commercial meter data management',
  severity: Severity.suspect,
  reason: Reason.zeroUsage,
  parameters: {
    infoDays: { unit: 'd', default: 1, min: 1, max: 1_000, meaning: 'Days of zeros that are worth knowing' },
    suspectDays: { unit: 'd', default: 3, min: 1, max: 1_000, meaning: 'Days of zeros that are suspect' },
  },
  applies: (facts) =>
    facts.intervalS > 0 &&
    facts.kind === 'delivered' &&
    (facts.serviceState === undefined || facts.serviceState === 'connected'),
  check({ series, from, to, statistics, outages, disconnects }, digest, p, findings) {
    if (digest.present === 0 || digest.zeros < digest.present || digest.measured === 0) return;
    const fromS = series.startS + from * series.intervalS;
    const toS = endOf(series, to - 1);
    if (coveredS(outages, fromS, toS) + coveredS(disconnects, fromS, toS) >= toS - fromS) return;
    const days = (statistics?.zeroDays ?? 0) + 1;
    if (days >= p.suspectDays) findings.add(from, to - 1, days, p.suspectDays);
    else if (days >= p.infoDays) findings.addAs(Severity.info, from, to - 1, days, p.infoDays);
  },
  words: (days) => `No use for ${days} day${days === 1 ? '' : 's'} on an active service.`,
  example: {
    story: 'A home shows nothing for a day.',
    context: () => exampleDay(homeDay.map(() => 0)),
    expected: [{ first: 0, last: 23, severity: 'info' }],
  },
});
