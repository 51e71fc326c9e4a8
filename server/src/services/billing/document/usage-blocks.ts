/** What was used: the chart by day, the comparison with earlier bills, and how much of it is estimated. */
import { perUnitOf } from '@openami/billing';
import { civilDate, DAY_S, dayNumber } from '@openami/model';
import type { BillPast } from '@openami/store';
import { unitWord } from './charges.ts';
import type { DailyUsage, DayUsage } from './daily-usage.ts';
import type { DocumentFacts } from './facts.ts';
import type { Block, Chart, Row, Table } from './view.ts';
import type { Words } from './words/words.ts';

/** A chart of more days than this is drawn by months. */
const mostBars = 62;
const daysOf = ({ fromS, toS }: { readonly fromS: number; readonly toS: number }) =>
  Math.max(1, Math.round((toS - fromS) / DAY_S));

/** Blocks about usage; none for a bill without any. */
export function usageBlocks(facts: DocumentFacts, words: Words): Block[] {
  const { bill, usage } = facts;
  if (bill.usage === null || bill.unit === null) return [];
  const amount = (value: number | string, digits = 2) =>
    `${words.number(value, digits)} ${unitWord(bill.unit!, String(value), words)}`;
  const daily = Number(bill.usage) / daysOf(bill);
  const compared = comparison(facts, words, amount);
  const texts = [
    words.say('usageTotal', { usage: amount(bill.usage, 3), daily: amount(daily) }),
    ...changeWords(facts, daily, words),
  ];
  return [
    { kind: 'heading', text: words.say('sectionUsage') },
    { kind: 'text', text: texts.join(' ') },
    ...(usage === undefined || usage.days.length === 0 ? [] : [chartOf(usage, bill.unit, words, amount)]),
    { kind: 'text', text: qualityWords(facts, words) },
    ...(compared === undefined ? [] : [compared]),
  ];
}

/** How much more or less it is a day than in the period before. */
function changeWords({ bill, paper }: DocumentFacts, daily: number, words: Words): string[] {
  const { last } = paper;
  if (last?.usage == null || last.unit !== bill.unit) return [];
  const before = Number(last.usage) / daysOf(last);
  if (before <= 0) return [];
  const change = daily / before - 1;
  if (Math.abs(change) < 0.005) return [words.say('compareSame')];
  return [words.say(change > 0 ? 'compareMore' : 'compareLess', { share: words.share(Math.abs(change)) })];
}

/** How the seller is reached; empty where nothing was said. */
export function reachWords({ settings }: DocumentFacts): string {
  const { phone, email, web } = settings.seller;
  return [phone, email, web].filter((text) => text !== '').join(' · ');
}

function qualityWords(facts: DocumentFacts, words: Words): string {
  const { bill, content } = facts;
  const missing = (content?.parts ?? []).reduce(
    (sum, { determinants: { expected, present } }) => sum + Math.max(0, expected - present),
    0,
  );
  const share = bill.estimatedShare;
  const guessed =
    share > 0
      ? [
          // between two reads of a counter its share is worked out: nothing is late
          content?.source === 'registers'
            ? words.say('estimatedEnds')
            : words.say('estimatedSome', { share: words.share(share) }),
          // who says nothing of how to be reached is not referred to
          ...(reachWords(facts) === '' ? [] : [words.say('estimatedWhat')]),
        ]
      : missing > 0
        ? []
        : [words.say('estimatedNone')];
  const none = missing > 0 ? [words.say('missingSome', { count: missing })] : [];
  return [...guessed, ...none].join(' ');
}

type AmountText = (value: number | string, digits?: number) => string;

function comparison({ bill, paper }: DocumentFacts, words: Words, amount: AmountText): Table | undefined {
  const past = [
    { name: words.say('compareLast'), of: paper.last },
    { name: words.say('compareYear'), of: paper.yearAgo },
  ].flatMap(({ name, of }) => (of === null ? [] : [{ name, of }]));
  if (past.length === 0) return undefined;
  const all: readonly { name: string; of: BillPast }[] = [
    { name: words.say('compareThis'), of: bill },
    ...past,
  ];
  const row = (name: string, cell: (of: BillPast) => string): Row => ({
    ...{ sort: 'plain', detail: '', cells: [name, ...all.map(({ of }) => cell(of))] },
  });
  const used = (of: BillPast) => (of.usage === null || of.unit !== bill.unit ? undefined : of.usage);
  return {
    kind: 'table',
    caption: words.say('compareCaption'),
    columns: [
      { text: words.say('compareWhat'), numeric: false, share: 1 / (all.length + 1) },
      ...all.map(({ name }) => ({ text: name, numeric: true, share: 1 / (all.length + 1) })),
    ],
    rows: [
      row(words.say('period'), ({ fromS, toS }) => `${words.date(fromS)} – ${words.date(toS - 1)}`),
      row(words.say('compareDays'), (of) => words.number(daysOf(of))),
      row(words.say('compareUsage'), (of) => (used(of) === undefined ? '–' : amount(used(of)!, 3))),
      row(words.say('compareDaily'), (of) =>
        used(of) === undefined ? '–' : amount(Number(used(of)) / daysOf(of)),
      ),
      row(words.say('compareTotal'), ({ total, currency }) =>
        total === null || currency === null ? '–' : words.money(total, currency),
      ),
    ],
  };
}

interface Stretch extends DayUsage {
  readonly label: string;
  readonly name: string;
}

function chartOf({ periods, days }: DailyUsage, unit: string, words: Words, amount: AmountText): Chart {
  const perUnit = perUnitOf(unit);
  const byMonth = days.length > mostBars;
  const stretches = byMonth ? months(days, words) : days.map((one) => dayStretch(one, words));
  const sums = stretches.map(({ amounts }) => amounts.reduce((sum, one) => sum + one, 0) / perUnit);
  const names = periods.map((name) => (name === '' ? words.say('usageAll') : name));
  const [most, least] = [sums.indexOf(Math.max(...sums)), sums.indexOf(Math.min(...sums))];
  const said = {
    ...{ most: amount(sums[most]!), mostDay: stretches[most]!.name },
    ...{ least: amount(sums[least]!), leastDay: stretches[least]!.name },
    mean: amount(sums.reduce((sum, one) => sum + one, 0) / sums.length),
  };
  return {
    kind: 'chart',
    title: words.say(byMonth ? 'usageChartMonths' : 'usageChart'),
    words: words.say(byMonth ? 'usageChartMonthWords' : 'usageChartWords', said),
    unit: unitWord(unit, '2', words),
    series: names,
    legendEstimated: stretches.some(({ estimated }) => estimated !== 0) ? words.say('legendEstimated') : '',
    bars: stretches.map(({ label, amounts, estimated }) => ({
      ...{ label, amounts: amounts.map((one) => one / perUnit), estimated: estimated / perUnit },
    })),
    marks: marksUpTo(Math.max(0, ...sums)).map((value) => ({ value, text: words.number(value, 3) })),
    tableTitle: words.say(byMonth ? 'usageTableMonths' : 'usageTable'),
    table: usageTable(names, stretches, { unit, perUnit, byMonth }, words),
  };
}

function usageTable(
  names: readonly string[],
  stretches: readonly Stretch[],
  { unit, perUnit, byMonth }: { readonly unit: string; readonly perUnit: number; readonly byMonth: boolean },
  words: Words,
): Table {
  const one = names.length === 1;
  const shown = unitWord(unit, '2', words);
  const titles = [...(one ? names : [...names, words.say('usageSum')]), words.say('usageEstimated')];
  const share = 1 / (titles.length + 1);
  const text = (value: number) => words.number(value / perUnit, 3);
  return {
    kind: 'table',
    caption: words.say(byMonth ? 'usageTableMonths' : 'usageTable'),
    columns: [
      { text: words.say(byMonth ? 'usageMonth' : 'usageDay'), numeric: false, share },
      ...titles.map((title) => ({ text: `${title} (${shown})`, numeric: true, share })),
    ],
    rows: stretches.map(({ name, amounts, estimated }) => {
      const sum = amounts.reduce((all, value) => all + value, 0);
      const values = [...amounts, ...(one ? [] : [sum]), estimated];
      return { sort: 'plain', detail: '', cells: [name, ...values.map(text)] };
    }),
  };
}

function dayStretch(one: DayUsage, words: Words): Stretch {
  return { ...one, label: String(civilDate(one.day).day), name: words.shortDay(one.day) };
}

function months(days: readonly DayUsage[], words: Words): Stretch[] {
  const found = new Map<number, Stretch>();
  for (const one of days) {
    const { year, month } = civilDate(one.day);
    const first = dayNumber(year, month, 1);
    const name = words.month(first);
    const before = found.get(first) ?? {
      ...{ day: first, amounts: one.amounts.map(() => 0), estimated: 0, missing: 0 },
      ...{ label: String(month), name },
    };
    found.set(first, {
      ...before,
      amounts: before.amounts.map((sum, i) => sum + one.amounts[i]!),
      estimated: before.estimated + one.estimated,
      missing: before.missing + one.missing,
    });
  }
  return [...found.values()];
}

/** Marks of an axis: steps of 1, 2 or 5 times a power of ten, up to the first that is not below the value. */
export function marksUpTo(value: number): number[] {
  if (!(value > 0)) return [0, 1];
  const power = 10 ** Math.floor(Math.log10(value / 3));
  const step = [1, 2, 5, 10].map((times) => times * power).find((one) => value / one <= 4) ?? 10 * power;
  const count = Math.ceil(value / step - 1e-9);
  return Array.from({ length: count + 1 }, (_, i) => Number((i * step).toPrecision(12)));
}
