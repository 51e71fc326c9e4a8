/** Rules over the readings a bill is made of: estimated, edited, judged, corrected, and their origin. */
import { shareText } from '@openami/model';
import type { DisputeFacts } from './facts.ts';
import { against, counted, type DisputeRule, neutral, supports } from './findings.ts';

type Billed = DisputeFacts['bill'];

const billed = (more: Partial<Billed>): Billed => ({
  ...{ id: 1, from: '', to: '', days: 30, usage: '300', total: '90', tariffVersions: [] },
  ...{ expected: 720, present: 720, estimated: 0, edited: 0, changedSince: 0, repeats: true },
  ...more,
});

export const estimatedRule: DisputeRule = {
  id: 'estimated',
  title: 'Share of estimated intervals',
  find: ({ bill: { estimated, expected } }) => {
    if (expected === 0) return [];
    if (estimated === 0) return [supports(2, 'No interval of it is estimated.')];
    const share = estimated / expected;
    const words = `${counted(estimated, 'interval')} of ${expected} are estimated (${shareText(share)}).`;
    if (share <= 0.02) return [neutral(words)];
    return [against(share > 0.25 ? 3 : share > 0.1 ? 2 : 1, words)];
  },
  examples: [
    {
      name: 'all measured',
      facts: { bill: billed({}) },
      gives: [supports(2, 'No interval of it is estimated.')],
    },
    {
      name: 'a third estimated decides by itself',
      facts: { bill: billed({ estimated: 240 }) },
      gives: [against(3, '240 intervals of 720 are estimated (33.3 %).')],
    },
    {
      name: 'a few hours are only told',
      facts: { bill: billed({ estimated: 7 }) },
      gives: [neutral('7 intervals of 720 are estimated (1 %).')],
    },
  ],
};

export const missingRule: DisputeRule = {
  id: 'missing',
  title: 'Missing intervals',
  find: ({ bill: { expected, present } }) =>
    present >= expected
      ? []
      : [
          neutral(
            `${counted(expected - present, 'interval')} of ${expected} are missing: they cost nothing.`,
          ),
        ],
  examples: [
    {
      name: 'what is missing is not billed',
      facts: { bill: billed({ present: 719 }) },
      gives: [neutral('1 interval of 720 are missing: they cost nothing.')],
    },
  ],
};

export const changedSinceRule: DisputeRule = {
  id: 'changed-since',
  title: 'Readings corrected after the bill',
  find: ({ bill: { changedSince } }) =>
    changedSince === 0
      ? [supports(1, 'The readings are still as they were billed.')]
      : [
          against(
            3,
            `${counted(changedSince, 'interval')} changed after the bill was made: make the bill anew.`,
          ),
        ],
  examples: [
    {
      name: 'a late reading',
      facts: { bill: billed({ changedSince: 4 }) },
      gives: [against(3, '4 intervals changed after the bill was made: make the bill anew.')],
    },
  ],
};

export const repeatsRule: DisputeRule = {
  id: 'repeats',
  title: 'The bill made again',
  find: ({ bill: { repeats } }) => [
    repeats
      ? supports(1, 'Made again from what is kept, it has the same lines.')
      : against(3, 'Made again from what is kept, its lines are others: make the bill anew.'),
  ],
  examples: [
    {
      name: 'lines that do not follow from the readings',
      facts: { bill: billed({ repeats: false }) },
      gives: [against(3, 'Made again from what is kept, its lines are others: make the bill anew.')],
    },
  ],
};

export const editsRule: DisputeRule = {
  id: 'edits',
  title: 'Readings edited by people',
  find: ({ edits, unit }) => {
    if (edits.length === 0) return [supports(1, 'Nobody edited readings of the period.')];
    return edits.map(({ by, at, reason, change, action }) => {
      const more = Number(change);
      const sum = `${more > 0 ? '+' : ''}${change} ${unit}`;
      const words = `${by} (${action}, ${at}) changed the sum by ${sum}: ${reason || 'no reason is kept'}.`;
      return more > 0 ? against(1, words) : neutral(words);
    });
  },
  examples: [
    {
      name: 'an edit that made it more, with who and why',
      facts: {
        unit: 'kWh',
        edits: [
          {
            ...{ id: 3, action: 'edit', by: 'Olga', at: '2026-04-01T10:00:00Z', reason: 'Read from display' },
            ...{ from: '', to: '', change: '12.5' },
          },
        ],
      },
      gives: [
        against(1, 'Olga (edit, 2026-04-01T10:00:00Z) changed the sum by +12.5 kWh: Read from display.'),
      ],
    },
  ],
};

export const exceptionsRule: DisputeRule = {
  id: 'exceptions',
  title: 'What validation found',
  find: ({ exceptions }) => {
    const open = exceptions.filter(({ state, severity }) => state === 'open' && severity === 'fail');
    const decided = exceptions.filter(({ state }) => state !== 'open');
    if (exceptions.length === 0) return [supports(1, 'Validation found nothing in the period.')];
    return [
      ...(open.length > 0
        ? [against(2, `${counted(open.length, 'failed check')} (${rulesOf(open)}) nobody decided.`)]
        : []),
      ...(decided.length > 0
        ? [neutral(`${counted(decided.length, 'finding')} (${rulesOf(decided)}) decided or resolved.`)]
        : []),
    ];
  },
  examples: [
    {
      name: 'an open failure and a decided spike',
      facts: {
        exceptions: [
          { id: 1, rule: 'register-sum', severity: 'fail', day: '2026-03-04', state: 'open', note: '' },
          { id: 2, rule: 'spike', severity: 'suspect', day: '2026-03-05', state: 'accepted', note: 'party' },
        ],
      },
      gives: [
        against(2, '1 failed check (register-sum) nobody decided.'),
        neutral('1 finding (spike) decided or resolved.'),
      ],
    },
  ],
};

function rulesOf(exceptions: DisputeFacts['exceptions']): string {
  return [...new Set(exceptions.map(({ rule }) => rule))].join(', ');
}

export const framesRule: DisputeRule = {
  id: 'frames',
  title: 'What the meter sent',
  find: ({ frames }) => {
    if (frames.length === 0) return [];
    const kept = frames.filter((one) => one.frames.length > 0).length;
    const readings = `${counted(frames.length, 'reading')} behind the largest lines`;
    const words =
      kept === 0
        ? `No message of the meter is kept for the ${readings}.`
        : `The meter's message is kept for ${kept} of ${readings}.`;
    return kept === frames.length ? [supports(1, words)] : [neutral(words)];
  },
  examples: [
    {
      name: 'each with its message',
      facts: {
        frames: [
          {
            ...{ line: 'use', end: '', value: '1', quality: 'valid' },
            frames: [{ receivedAt: '', source: 'mqtt', device: 'V1' }],
          },
        ],
      },
      gives: [supports(1, "The meter's message is kept for 1 of 1 reading behind the largest lines.")],
    },
    {
      name: 'none with a message',
      facts: {
        frames: ['a', 'b'].map((end) => ({ line: 'use', end, value: '1', quality: 'valid', frames: [] })),
      },
      gives: [neutral('No message of the meter is kept for the 2 readings behind the largest lines.')],
    },
  ],
};
