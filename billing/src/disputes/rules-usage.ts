/** Rules over how much was used: against the time before, the year before, and the days of the week. */
import type { ComparedBill, DisputeFacts, WeekPattern } from './facts.ts';
import { against, type DisputeRule, neutral, percentText, supports } from './findings.ts';

/** Share by which use a day changed; undefined where there is nothing to hold it against. */
function change(now: ComparedBill, before: ComparedBill | null): number | undefined {
  if (before === null || before.days === 0 || now.days === 0) return undefined;
  const then = Number(before.usage) / before.days;
  return then > 0 ? Number(now.usage) / now.days / then - 1 : undefined;
}

const alike = 0.2;
const much = 0.5;

const bill = (usage: string, days = 30): ComparedBill => ({
  ...{ id: 1, from: '', to: '', days, usage, total: '0', tariffVersions: [] },
});
const billed = (usage: string) =>
  ({
    ...bill(usage),
    ...{ expected: 720, present: 720, estimated: 0, edited: 0, changedSince: 0, repeats: true },
  }) as DisputeFacts['bill'];

export const lastPeriodRule: DisputeRule = {
  id: 'last-period',
  title: 'Use against the period before',
  find: ({ bill: now, lastPeriod }) => {
    const share = change(now, lastPeriod);
    if (share === undefined) return [neutral('There is no bill of the period before to compare with.')];
    const words = `Use a day is ${percentText(share, true)} against the period before.`;
    if (Math.abs(share) <= alike) return [supports(1, words)];
    return share > much ? [against(1, words)] : [neutral(words)];
  },
  examples: [
    {
      name: 'a third more than last month is told, twice as much speaks against',
      facts: { bill: billed('300'), lastPeriod: bill('150') },
      gives: [against(1, 'Use a day is +100 % against the period before.')],
    },
    {
      name: 'the same use a day in fewer days is alike',
      facts: { bill: billed('300'), lastPeriod: bill('280', 28) },
      gives: [supports(1, 'Use a day is 0 % against the period before.')],
    },
    {
      name: 'a first bill has nothing before it',
      facts: { bill: billed('300'), lastPeriod: null },
      gives: [neutral('There is no bill of the period before to compare with.')],
    },
  ],
};

export const lastYearRule: DisputeRule = {
  id: 'last-year',
  title: 'Use against the same time a year ago',
  find: ({ bill: now, lastYear }) => {
    const share = change(now, lastYear);
    if (share === undefined) return [];
    const words = `Use a day is ${percentText(share, true)} against the same time a year ago.`;
    if (Math.abs(share) <= alike) return [supports(2, words)];
    return share > much ? [against(2, words)] : [neutral(words)];
  },
  examples: [
    {
      name: 'like a year ago: the season explains it',
      facts: { bill: billed('300'), lastYear: bill('290') },
      gives: [supports(2, 'Use a day is +3.4 % against the same time a year ago.')],
    },
    {
      name: 'far above a year ago',
      facts: { bill: billed('300'), lastYear: bill('100') },
      gives: [against(2, 'Use a day is +200 % against the same time a year ago.')],
    },
  ],
};

/** Days of the week of which both are known: those that are alike, and all. */
function weekdays({ now, yearAgo }: WeekPattern): { readonly alike: number; readonly all: number } {
  let [same, all] = [0, 0];
  for (const [day, value] of now.entries()) {
    const then = yearAgo[day];
    if (value === null || then === null || then === undefined || then <= 0) continue;
    all++;
    if (Math.abs(value / then - 1) <= alike) same++;
  }
  return { alike: same, all };
}

export const weekRule: DisputeRule = {
  id: 'weekdays',
  title: 'The pattern of the week',
  find: ({ week }) => {
    const { alike: same, all } = weekdays(week);
    if (all < 5) return [];
    const words = `${same} of ${all} days of the week are used like a year ago.`;
    if (same >= all - 1) return [supports(1, words)];
    return same === 0
      ? [against(1, `${words} Somebody else, another device or another meter?`)]
      : [neutral(words)];
  },
  examples: [
    {
      name: 'each day of the week as it was',
      facts: { week: { now: [5, 5, 5, 5, 6, 9, 9], yearAgo: [5, 5, 5, 5, 5, 9, 8] } },
      gives: [supports(1, '7 of 7 days of the week are used like a year ago.')],
    },
    {
      name: 'no day as it was',
      facts: { week: { now: [9, 9, 9, 9, 9, null, null], yearAgo: [5, 5, 5, 5, 5, 9, 8] } },
      gives: [
        against(
          1,
          '0 of 5 days of the week are used like a year ago. Somebody else, another device or another meter?',
        ),
      ],
    },
    { name: 'too few days are known', facts: { week: { now: [1], yearAgo: [1] } }, gives: [] },
  ],
};
