/** A bill's facts put into words of a language: the document, apart from how it is drawn. Pure. */
import { decimalOf, perUnitOf } from '@openami/billing';
import { parseDecimal, zoneTable } from '@openami/model';
import { carbonParts } from './carbon.ts';
import { chargesTable, dueKey, spanWords, unitWord } from './charges.ts';
import type { DocumentFacts, RegisterReads } from './facts.ts';
import { tariffBlocks } from './tariff-blocks.ts';
import { reachWords, usageBlocks } from './usage-blocks.ts';
import type { Block, DocumentView, Fact, Table } from './view.ts';
import type { MessageKey } from './words/en.ts';
import { type Tongue, type Words, wordsIn } from './words/words.ts';

/** The document of a bill that has a total. */
export function composeDocument(facts: DocumentFacts, tongue: Tongue): DocumentView {
  const { bill, settings, paper } = facts;
  const words = wordsIn(tongue, paper.zone);
  const isIssued = bill.issuedAt !== null;
  const { name, address } = settings.seller;
  return {
    ...{ locale: tongue.locale, direction: tongue.direction, paper: settings.paper },
    title: titleOf(facts, words),
    mark: isIssued ? '' : words.say('notIssued'),
    markNote: isIssued ? '' : words.say('notIssuedNote'),
    from: { label: words.say('from'), name, lines: [...address, ...contactLines(facts, words)] },
    to: { label: words.say('to'), name: paper.customer, lines: placeLines(facts, words) },
    result: resultOf(facts, words),
    blocks: blocksOf(facts, words),
    pageOf: (page, pages) => words.say('page', { page, pages }),
    atMs: (bill.issuedAt ?? bill.createdAt).getTime(),
  };
}

function blocksOf(facts: DocumentFacts, words: Words): Block[] {
  const isReversal = facts.bill.kind === 'reversal';
  return [
    { kind: 'heading', text: words.say('sectionAbout') },
    ...(isReversal ? [textBlock(words.say('reversalNote', { bill: facts.bill.replaces ?? '' }))] : []),
    { kind: 'facts', facts: aboutFacts(facts, words) },
    ...whyBlocks(facts, words),
    { kind: 'heading', text: words.say('sectionCharges') },
    chargesTable(facts, words),
    ...(isReversal ? [] : usageBlocks(facts, words)),
    ...readingBlocks(facts, words),
    ...tariffBlocks(facts, words),
    ...carbonBlocks(facts, words),
    ...paymentBlocks(facts, words),
    ...complaintBlocks(facts, words),
  ];
}

const textBlock = (text: string): Block => ({ kind: 'text', text });

function titleOf({ bill }: DocumentFacts, words: Words): string {
  if (bill.kind === 'reversal') return words.say('titleReversal', { bill: bill.replaces ?? '' });
  return words.say(bill.kind === 'rebill' ? 'titleRebill' : 'titleBill', { commodity: bill.commodity });
}

function contactLines({ settings: { seller } }: DocumentFacts, words: Words): string[] {
  const facts: readonly [MessageKey, string][] = [
    ['phone', seller.phone],
    ['email', seller.email],
    ['web', seller.web],
    ['register', seller.register],
    ['taxNumber', seller.taxNumber],
  ];
  return facts.filter(([, value]) => value !== '').map(([key, value]) => `${words.say(key)}: ${value}`);
}

function placeLines({ paper: { place } }: DocumentFacts, words: Words): string[] {
  const town = [place.postcode, place.locality].filter((text) => text !== '').join(' ');
  return [...place.addressLines, town, words.country(place.country)].filter((text) => text !== '');
}

function resultOf(facts: DocumentFacts, words: Words): DocumentView['result'] {
  const { bill, settings, paper } = facts;
  const due = bill.due!;
  const label = words.say(dueKey(due));
  const amount = words.money(due.replace('-', ''), bill.currency!);
  if (parseDecimal(due).n <= 0n) return { label, amount, note: '' };
  const { dueDays } = settings.payment;
  const note =
    bill.issuedAt === null
      ? words.say('dueWhenIssued', { days: dueDays })
      : words.say('dueOn', { date: words.day(dueDay(bill.issuedAt, dueDays, paper.zone)) });
  return { label, amount, note };
}

/** Local day of issue and the days to pay after it. */
function dueDay(issuedAt: Date, dueDays: number, zone: string): number {
  return zoneTable(zone).localDayOf(Math.floor(issuedAt.getTime() / 1_000)) + dueDays;
}

function aboutFacts(facts: DocumentFacts, words: Words): Fact[] {
  const { bill, paper, tariffNames } = facts;
  const zone = zoneTable(paper.zone);
  const days = zone.localDayOf(bill.toS - 1) - zone.localDayOf(bill.fromS) + 1;
  const fact = (key: MessageKey, value: string): Fact => ({ label: words.say(key), value });
  const issued = bill.issuedAt === null ? '' : words.date(Math.floor(bill.issuedAt.getTime() / 1_000));
  return [
    fact('billNumber', String(bill.id)),
    fact('issued', issued),
    fact('period', words.say('periodDays', { ...spanWords(facts, words), days })),
    fact('account', bill.account),
    fact('agreement', bill.agreement),
    fact('usagePoint', bill.usagePoint),
    fact('suppliedAt', placeLines(facts, words).join(', ')),
    fact('tariff', [...new Set(tariffNames)].join(', ')),
    ...paper.meters.map(({ serial, fromS, untilS }) => {
      const from = words.date(fromS);
      const gone = untilS !== null && untilS < bill.toS;
      return fact(
        'meter',
        gone
          ? words.say('meterUntil', { serial, from, until: words.date(untilS) })
          : words.say('meterSince', { serial, date: from }),
      );
    }),
  ].filter(({ value }) => value !== '');
}

const causeKeys = {
  usage: 'causeUsage',
  estimation: 'causeEstimation',
  price: 'causePrice',
  days: 'causeDays',
  added: 'causeAdded',
  removed: 'causeRemoved',
  follows: 'causeFollows',
} as const satisfies Record<string, MessageKey>;

function whyBlocks({ bill: { currency }, change }: DocumentFacts, words: Words): Block[] {
  if (change === undefined) return [];
  const money = (amount: string) => words.money(amount, currency!);
  const said = {
    ...{ bill: String(change.bill), before: money(change.before), after: money(change.after) },
    difference: words.difference(change.difference, currency!),
  };
  const moved = change.causes.filter(({ amount }) => parseDecimal(amount).n !== 0n);
  const table: Table = {
    kind: 'table',
    caption: words.say('sectionWhy'),
    columns: [
      { text: words.say('whyCause'), numeric: false, share: 0.75 },
      { text: words.say('whyAmount'), numeric: true, share: 0.25 },
    ],
    rows: [
      ...moved.map(({ cause, amount }) => ({
        ...{ sort: 'plain' as const, detail: '' },
        cells: [words.say(causeKeys[cause]), words.difference(amount, currency!)],
      })),
      { sort: 'total', detail: '', cells: [words.say('whyAmount'), said.difference] },
    ],
  };
  const same = parseDecimal(change.difference).n === 0n;
  return [
    { kind: 'heading', text: words.say('sectionWhy') },
    textBlock(words.say(same ? 'whySame' : 'whyReplaces', said)),
    ...(moved.length === 0 ? [] : [table]),
  ];
}

function readingBlocks({ bill: { commodity }, registers }: DocumentFacts, words: Words): Block[] {
  if (registers.length === 0) return [];
  const numeric = (key: MessageKey, share: number) => ({ text: words.say(key), numeric: true, share });
  return [
    { kind: 'heading', text: words.say('sectionReadings') },
    {
      kind: 'table',
      caption: words.say('readingsCaption'),
      columns: [
        { text: words.say('readingsRegister'), numeric: false, share: 0.24 },
        ...[numeric('readingsFrom', 0.28), numeric('readingsTo', 0.28), numeric('readingsUsed', 0.2)],
      ],
      rows: registers.map((one) => ({
        ...{ sort: 'plain', detail: [one.serial, one.code].filter((text) => text !== '').join(', ') },
        cells: [registerName(one, commodity, words), ...readCells(one, words)],
      })),
    },
  ];
}

/** What a counter counts: a customer need not know its code. */
function registerName({ isFedIn, tariff }: RegisterReads, commodity: string, words: Words): string {
  const register = isFedIn ? words.say('registerFed') : words.say('registerDrawn', { commodity });
  return tariff === 0 ? register : words.say('registerTariff', { register, tariff });
}

function readCells({ unit, multiplier, first, last, used }: RegisterReads, words: Words): string[] {
  const shown = (value: number) => {
    const exact = decimalOf({ n: BigInt(Math.round(value)), d: BigInt(perUnitOf(unit)) }, 3);
    return `${words.number(exact, 3)} ${unitWord(unit, exact, words)}`;
  };
  const read = ({ atS, shown: value }: RegisterReads['first']) =>
    words.say('readingAt', { value: shown(value), date: words.date(atS) });
  const factor =
    multiplier === '1' ? '' : ` ${words.say('readingsFactor', { factor: words.number(multiplier) })}`;
  return [read(first), read(last), shown(used) + factor];
}

function carbonBlocks(facts: DocumentFacts, words: Words): Block[] {
  const { bill, settings, usage, paper } = facts;
  const { unit } = bill;
  if (unit === null || bill.usage === null || bill.kind === 'reversal') return [];
  const zone = zoneTable(paper.zone);
  const days = usage?.days.map(({ day, amounts }) => ({
    ...{ day, used: amounts.reduce((sum, one) => sum + one, 0) },
  })) ?? [{ day: zone.localDayOf(bill.fromS), used: Math.round(Number(bill.usage) * perUnitOf(unit)) }];
  const parts = carbonParts(days, settings.carbon, bill.commodity, unit);
  if (parts.length === 0) return [];
  const kilograms = parts.reduce((sum, { grams }) => sum + grams, 0) / 1_000;
  const sources = parts.map(({ factor, used }) =>
    words.say('carbonFactor', {
      usage: `${words.number(used / perUnitOf(unit), 1)} ${unitWord(unit, '2', words)}`,
      factor: `${words.number(factor.gramsPerUnit)} g`,
      ...{ unit: unitWord(unit, '1', words), year: String(factor.year), source: factor.source },
    }),
  );
  return [
    { kind: 'heading', text: words.say('sectionCarbon') },
    textBlock(
      [words.say('carbonWords', { amount: `${words.number(kilograms, 1)} kg` }), ...sources].join(' '),
    ),
  ];
}

/** What the seller says in this language, or in that of the site. */
function ownWords(
  { settings }: DocumentFacts,
  said: Readonly<Record<string, string | undefined>>,
  { tongue }: Words,
): string {
  return said[tongue.locale.slice(0, 2)] ?? said[settings.language] ?? '';
}

function paymentBlocks(facts: DocumentFacts, words: Words): Block[] {
  const { bill, settings } = facts;
  const { account, words: said } = settings.payment;
  if (parseDecimal(facts.bill.due!).n <= 0n) return [];
  const text = ownWords(facts, said, words);
  const rows: Fact[] = [
    ...(account === '' ? [] : [{ label: words.say('payTo'), value: account }]),
    { label: words.say('payReference'), value: `${bill.account} / ${bill.id}` },
  ];
  return [
    { kind: 'heading', text: words.say('sectionPayment') },
    ...(text === '' ? [] : [textBlock(text)]),
    { kind: 'facts', facts: rows },
  ];
}

function complaintBlocks(facts: DocumentFacts, words: Words): Block[] {
  const reach = reachWords(facts);
  const text = ownWords(facts, facts.settings.complaints, words);
  return [
    { kind: 'heading', text: words.say('sectionComplaints') },
    ...(reach === '' ? [] : [textBlock(`${words.say('complaintsReach')} ${reach}`)]),
    textBlock(words.say('complaintsRight')),
    ...(text === '' ? [] : [textBlock(text)]),
  ];
}
