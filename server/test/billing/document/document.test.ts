/** The document of a bill, apart from any store: what it says, in each language, and both ways to draw it. */
import { DAY_S } from '@openami/model';
import fc from 'fast-check';
import { IntlMessageFormat } from 'intl-messageformat';
import { describe, expect, it } from 'vitest';
import { sumOf } from '../../../src/services/billing/amounts.ts';
import { carbonParts } from '../../../src/services/billing/document/carbon.ts';
import { groupOf } from '../../../src/services/billing/document/charges.ts';
import { composeDocument } from '../../../src/services/billing/document/compose.ts';
import { type DocumentFacts, unsetSettings } from '../../../src/services/billing/document/facts.ts';
import { htmlOf } from '../../../src/services/billing/document/html.ts';
import { pdfOf } from '../../../src/services/billing/document/pdf.ts';
import { marksUpTo } from '../../../src/services/billing/document/usage-blocks.ts';
import type { Chart, Table } from '../../../src/services/billing/document/view.ts';
import { en } from '../../../src/services/billing/document/words/en.ts';
import { type Tongue, tongues, wordsIn } from '../../../src/services/billing/document/words/words.ts';
import { mirrored, pseudo } from './pseudo.ts';
import { readPdf } from './read-pdf.ts';
import { sampleFacts, sampleTariff, withDue } from './support.ts';

const languages = Object.entries(tongues);
const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ');
const shown = (html: string) =>
  plain(html.replace(/<style>.*?<\/style>/s, '').replace(/<[^>]+>/g, '\n')).replace(/\n+/g, '\n');
const tableOf = (facts: DocumentFacts, title: string, tongue: Tongue = tongues.en): Table => {
  const { blocks } = composeDocument(facts, tongue);
  return blocks.find((block): block is Table => block.kind === 'table' && block.caption.startsWith(title))!;
};
const estimatedNight = (hour: number) => hour > 100 && hour < 130;

describe('charges', () => {
  it('stand in groups whose subtotals add up to the total of the bill', () => {
    const facts = sampleFacts();
    const lines = facts.content!.lines;
    const table = tableOf(facts, 'Charges for');
    const sums = table.rows.filter(({ sort }) => sort === 'sum').map(({ cells }) => cells[3]!);
    const energy = lines.filter((line) => groupOf(line) === 'groupEnergy');
    expect(energy).toHaveLength(4);
    expect(sums).toEqual([`€${sumOf(energy.map(({ amount }) => amount))}`]);
    expect(sumOf(lines.map(({ amount }) => amount))).toBe(facts.bill.total);
    expect(table.rows.filter(({ sort }) => sort === 'plain')).toHaveLength(lines.length);
    expect(table.rows.at(-1)!.cells).toEqual(['Total', '', '', `€${facts.bill.total}`]);
    const tax = table.rows.find(({ cells }) => cells[0] === 'Φόρος')!;
    expect(tax.cells[1]).toBe('19.5%');
  });

  it('are summed exactly, whatever their signs and decimals', () => {
    const amount = fc.tuple(fc.integer({ min: -1e9, max: 1e9 }), fc.integer({ min: 0, max: 3 }));
    fc.assert(
      fc.property(fc.array(amount, { maxLength: 20 }), (amounts) => {
        const texts = amounts.map(([n, digits]) => (n / 10 ** digits).toFixed(digits));
        const most = Math.max(0, ...amounts.map(([, digits]) => digits));
        const exact = amounts.reduce((sum, [n, digits]) => sum + n * 10 ** (most - digits), 0);
        expect(Number(sumOf(texts))).toBe(exact / 10 ** most);
      }),
    );
  });

  it('are followed by what is of the account, and what is to be paid is with it', () => {
    const facts = sampleFacts();
    const said = (entries: DocumentFacts['entries']) => {
      const view = composeDocument(withDue({ ...facts, entries }), tongues.en);
      const table = view.blocks.find((block): block is Table => block.kind === 'table')!;
      const pays = view.blocks.some((block) => block.kind === 'heading' && block.text === 'How to pay');
      return { result: view.result, rows: table.rows.slice(-3).map(({ cells }) => cells), pays };
    };
    const less = said([{ amount: '-10.00', words: 'For the trouble' }]);
    const due = `€${sumOf([facts.bill.total!, '-10.00'])}`;
    expect(less.rows).toEqual([
      ['Your account', '', '', ''],
      ['For the trouble', '', '', '-€10.00'],
      ['Amount to pay', '', '', due],
    ]);
    expect([less.result.label, less.result.amount, less.pays]).toEqual(['Amount to pay', due, true]);
    const over = said([{ amount: `-${sumOf([facts.bill.total!, '1'])}`, words: 'Deposit given back' }]);
    expect(over.rows.at(-1)).toEqual(['Credit in your favour', '', '', '€1.00']);
    expect([over.result.label, over.result.amount, over.pays]).toEqual([
      'Credit in your favour',
      '€1.00',
      false,
    ]);
  });

  it('are paid where the cycle is on prepay', () => {
    const facts = sampleFacts();
    const { total } = facts.bill;
    const paid = withDue({ ...facts, bill: { ...facts.bill, prepaid: true } });
    const view = composeDocument(paid, tongues.en);
    expect(view.result).toEqual({ label: 'Nothing to pay', amount: '€0.00', note: '' });
    expect(tableOf(paid, 'Charges for').rows.slice(-2)).toMatchObject([
      { cells: ['Taken from your prepaid credit', '', '', `-€${total}`] },
      { cells: ['Nothing to pay', '', '', '€0.00'] },
    ]);
    expect(shown(htmlOf(view))).not.toContain('How to pay');
    const back = withDue({ ...paid, bill: { ...paid.bill, kind: 'reversal', total: `-${total}` } });
    expect(composeDocument(back, tongues.de).result.label).toBe(tongues.de.messages.amountZero);
  });

  it('have as many decimals as their currency', () => {
    const total = (currency: string, tongue: Tongue) => {
      const facts = sampleFacts({ currency });
      return [facts.bill.total!, plain(tableOf(facts, '', tongue).rows.at(-1)!.cells[3]!)];
    };
    const [euros, inGerman] = total('EUR', tongues.de);
    expect(inGerman).toBe(`${euros!.replace('.', ',')} €`);
    const [yen, shownYen] = total('JPY', tongues.en);
    expect(yen).not.toContain('.');
    expect(shownYen).toBe(`JP¥${yen}`);
    const [dinars, shownDinars] = total('KWD', tongues.en);
    expect(dinars).toMatch(/\.\d{3}$/);
    expect(shownDinars).toBe(`KWD ${dinars}`);
  });
});

describe('usage by day', () => {
  it('adds up to the bill, over changes of the clock and whatever is missing', () => {
    const month = fc.constantFrom('2026-02-01', '2026-03-01', '2026-10-01');
    fc.assert(
      fc.property(month, fc.integer({ min: 1, max: 9_999 }), fc.nat(40), (from, seed, gap) => {
        const use = (hour: number) => (gap > 0 && hour % 41 === gap ? null : (hour * seed) % 1_511);
        const { usage, content } = sampleFacts({ from, use, isEstimated: (hour) => hour % 7 === 0 });
        const [part] = content!.parts;
        const { import: drawn, estimated } = part!.determinants.energy[0]!;
        const sum = (of: readonly number[]) => of.reduce((all, one) => all + one, 0);
        expect(sum(usage!.days.flatMap(({ amounts }) => amounts))).toBe(drawn[0]);
        expect(sum(usage!.days.map((day) => day.estimated))).toBe(estimated[0]);
        const { expected, present } = part!.determinants;
        expect(sum(usage!.days.map(({ missing }) => missing))).toBe(expected - present);
        const periods = part!.determinants.energy[1]!.import;
        for (const [i, name] of usage!.periods.entries())
          expect(sum(usage!.days.map(({ amounts }) => amounts[i]!))).toBe(periods[Number(name) - 1]);
      }),
      { numRuns: 40 },
    );
  });

  it('is drawn by day with its estimated part, and by month where there are many days', () => {
    const chart = (facts: DocumentFacts) =>
      composeDocument(facts, tongues.en).blocks.find((block): block is Chart => block.kind === 'chart')!;
    const facts = sampleFacts({ isEstimated: estimatedNight });
    expect(chart(facts)).toMatchObject({ title: 'Usage by day', legendEstimated: 'Estimated' });
    expect(chart(facts).bars).toHaveLength(31);
    expect(chart(facts).table.rows).toHaveLength(31);
    const year = {
      ...facts.usage!,
      days: Array.from({ length: 100 }, (_, i) => ({ ...facts.usage!.days[0]!, day: 20_500 + i })),
    };
    expect(chart({ ...facts, usage: year })).toMatchObject({
      ...{ title: 'Usage by month', tableTitle: 'Usage by month as a table' },
      table: { columns: [{ text: 'Month' }, {}, {}, {}, {}] },
    });
    expect(chart({ ...facts, usage: year }).bars.length).toBeLessThan(6);
  });

  it('has marks from nothing to the first that is not below the largest', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-6, max: 1e9, noNaN: true }), (value) => {
        const marks = marksUpTo(value);
        expect(marks[0]).toBe(0);
        expect(marks.at(-1)!).toBeGreaterThanOrEqual(value * (1 - 1e-9));
        expect(marks.at(-2)!).toBeLessThan(value);
        expect(marks.length).toBeLessThanOrEqual(6);
      }),
    );
    expect(marksUpTo(0)).toEqual([0, 1]);
  });
});

describe('what else is said', () => {
  it('counts carbon with the factor of each day, and says nothing where one is missing', () => {
    const factor = (from: string, gramsPerUnit: string) => ({
      ...{ commodity: 'electricity' as const, from, gramsPerUnit, year: 2024, source: 's' },
    });
    const days = Array.from({ length: 4 }, (_, i) => ({ day: 20_452 + i, used: 1_000_000 }));
    const factors = [factor('2026-01-01', '300.5'), factor('2025-01-01', '400')];
    const parts = carbonParts(days, factors, 'electricity', 'kWh');
    expect(parts.map(({ used, grams }) => [used, grams])).toEqual([
      [2_000_000, 800],
      [2_000_000, 601],
    ]);
    expect(carbonParts(days, factors.slice(0, 1), 'electricity', 'kWh')).toEqual([]);
    expect(carbonParts(days, factors, 'gas', 'kWh')).toEqual([]);
    expect(shown(htmlOf(composeDocument(sampleFacts(), tongues.en)))).toContain('kg of CO₂ equivalent');
    const { settings } = sampleFacts();
    const without = sampleFacts({ facts: { settings: { ...settings, carbon: [] } } });
    expect(htmlOf(composeDocument(without, tongues.en))).not.toContain('CO₂');
  });

  it('tells in plain words how much is estimated and what can be done', () => {
    const text = (facts: DocumentFacts) => shown(htmlOf(composeDocument(facts, tongues.en)));
    expect(text(sampleFacts())).toContain('All of it was measured by your meter.');
    const guessed = text(sampleFacts({ isEstimated: estimatedNight }));
    expect(guessed).toContain('Of what you used, 3.9% is estimated');
    expect(guessed).toContain('read your meter and tell us what it shows');
    const alone = { facts: { settings: unsetSettings }, isEstimated: estimatedNight };
    expect(text(sampleFacts(alone))).toContain('3.9% is estimated');
    expect(text(sampleFacts(alone))).not.toContain('how to reach us');
    const { content } = sampleFacts();
    const counter = { ...content!, source: 'registers' as const };
    const ends = text(sampleFacts({ facts: { content: counter }, isEstimated: estimatedNight }));
    expect(ends).toContain('Your meter was not read at the very beginning or end');
    expect(ends).not.toContain('is estimated, because');
    const gap = text(sampleFacts({ use: (hour) => (hour === 5 ? null : 400) }));
    expect(gap).toContain('For 1 interval there is no value at all');
    expect(gap).not.toContain('All of it was measured');
  });

  it('says why a bill was made anew, in causes that add up', () => {
    const change = {
      ...{ bill: 17, before: '100.00', after: '110.50', difference: '10.50' },
      causes: [
        { cause: 'usage', amount: '9.00' },
        { cause: 'follows', amount: '1.50' },
        { cause: 'price', amount: '0.00' },
      ] as const,
    };
    const facts = sampleFacts({ facts: { change }, bill: { kind: 'rebill', replaces: 17 } });
    const text = shown(htmlOf(composeDocument(facts, tongues.en)));
    expect(text).toContain('This bill replaces bill 17. The total goes from €100.00 to €110.50: +€10.50.');
    expect(tableOf(facts, 'Why').rows.map(({ cells }) => cells[1])).toEqual(['+€9.00', '+€1.50', '+€10.50']);
  });

  it('asks for nothing where nothing is owed, and says what is a draft', () => {
    const result = (bill: object) => composeDocument(sampleFacts({ bill }), tongues.en).result;
    expect(result({ total: '-5.20' })).toEqual({ label: 'Credit in your favour', amount: '€5.20', note: '' });
    expect(result({ total: '0.00' }).label).toBe('Nothing to pay');
    expect(result({}).note).toBe('Please pay by 17 April 2026');
    const draft = composeDocument(sampleFacts({ bill: { issuedAt: null } }), tongues.en);
    expect([draft.mark, draft.result.note]).toEqual(['Not issued', 'Payable 14 days after issue']);
    expect(htmlOf(draft)).toContain('class="watermark"');
  });

  it('shows a meter that was taken out, and the last day of what ends within a day', () => {
    const { bill } = sampleFacts();
    const toS = bill.fromS + 10 * DAY_S + 3_600;
    const meters = [{ serial: '1', fromS: bill.fromS - DAY_S, untilS: bill.fromS + 3 * DAY_S }];
    const text = shown(
      htmlOf(composeDocument(sampleFacts({ bill: { toS }, paper: { meters } }), tongues.en)),
    );
    expect(text).toContain('1, installed on 28 February 2026, removed on 4 March 2026');
    expect(text).toContain('1 March 2026 – 11 March 2026 (11 days)');
  });
});

interface Element {
  readonly type: number;
  readonly value?: unknown;
  readonly options?: Readonly<Record<string, { readonly value: readonly Element[] }>>;
}

/** Names that a message is given: all elements but plain text (0) and the number sign of a plural (7). */
function argumentsOf(message: string): string[] {
  const names = new Set<string>();
  const add = (elements: readonly Element[]) => {
    for (const { type, value, options = {} } of elements) {
      if (type !== 0 && type !== 7) names.add(String(value));
      for (const option of Object.values(options)) add(option.value);
    }
  };
  add(new IntlMessageFormat(message).getAst() as readonly Element[]);
  return [...names].sort();
}

describe('languages', () => {
  const everything = () =>
    sampleFacts({
      isEstimated: estimatedNight,
      facts: {
        change: {
          ...{ bill: 1, before: '1.00', after: '2.00', difference: '1.00' },
          causes: [{ cause: 'usage', amount: '1.00' }],
        },
        registers: [
          {
            ...{ serial: '0815', code: '1-0:1.8.0', isFedIn: false, tariff: 0 },
            ...{ unit: 'kWh', multiplier: '40', used: 5_000_000 },
            ...{
              first: { atS: 1_772_316_000, shown: 1_000_000 },
              last: { atS: 1_774_990_800, shown: 6_000_000 },
            },
          },
        ],
      },
    });

  it('have every message, with the arguments that English has', () => {
    for (const [language, { messages }] of languages) {
      expect(Object.keys(messages).sort(), language).toEqual(Object.keys(en).sort());
      for (const [key, message] of Object.entries(messages)) {
        const english = argumentsOf(en[key as keyof typeof en]);
        expect(argumentsOf(message), `${language} ${key}`).toEqual(english);
      }
    }
  });

  it('name a counter, a country, a small share and the first of a month in words', () => {
    const [read] = everything().registers;
    const named = (tongue: Tongue, more = {}) => {
      const facts = sampleFacts({ facts: { registers: [{ ...read!, ...more }] } });
      const tables = composeDocument(facts, tongue).blocks.filter((block) => block.kind === 'table');
      const row = tables.find(({ caption }) => caption === tongue.messages.readingsCaption)!.rows[0]!;
      return [row.cells[0], row.detail];
    };
    expect(named(tongues.en)).toEqual(['Electricity drawn', '0815, 1-0:1.8.0']);
    expect(named(tongues.de, { tariff: 2, code: '' })).toEqual(['Bezogener Strom, Tarif 2', '0815']);
    expect(named(tongues.nl, { isFedIn: true })[0]).toBe('Teruggeleverde elektriciteit');
    const words = Object.values(tongues).map((tongue) => wordsIn(tongue, 'UTC'));
    expect(words.map((one) => one.country('DE'))).toEqual([
      ...['Germany', 'Deutschland', 'Allemagne', 'Alemania', 'Duitsland', 'Niemcy'],
    ]);
    expect(words.map((one) => plain(one.share(0.0005)))).toEqual([
      ...['less than 0.1%', 'weniger als 0,1 %', 'moins de 0,1 %', 'menos del 0,1 %'],
      ...['minder dan 0,1%', 'mniej niż 0,1%'],
    ]);
    expect(words[0]!.share(5 / 2_972)).toBe('0.2%');
    expect(words[0]!.country('Elsewhere')).toBe('Elsewhere');
    const french = wordsIn(tongues.fr, 'UTC');
    expect([french.day(20_513), french.day(20_523), french.shortDay(20_513)]).toEqual([
      ...['1er mars 2026', '11 mars 2026', '1er mars'],
    ]);
    expect(wordsIn(tongues.es, 'UTC').day(20_513)).toBe('1 de marzo de 2026');
  });

  it('speak of one, few and many', () => {
    const days = (tongue: Tongue, count: number) =>
      wordsIn(tongue, 'UTC').say('periodDays', { from: 'a', to: 'b', days: count });
    expect([1, 2, 5, 22].map((count) => days(tongues.pl, count).slice(7))).toEqual([
      ...['1 dzień)', '2 dni)', '5 dni)', '22 dni)'],
    ]);
    expect([1, 2].map((count) => days(tongues.de, count).slice(7))).toEqual(['1 Tag)', '2 Tage)']);
  });

  it.each(languages)('%s writes all amounts of a bill', async (language, tongue) => {
    const facts = everything();
    const text = shown(htmlOf(composeDocument(facts, tongue)));
    const words = wordsIn(tongue, 'UTC');
    for (const { amount } of facts.content!.lines)
      expect(text, language).toContain(plain(words.money(amount, 'EUR')));
    const pdf = await readPdf(await pdfOf(composeDocument(facts, tongue)));
    const joined = pdf.texts.map(plain).join('\n');
    for (const { amount } of facts.content!.lines)
      expect(joined).toContain(plain(words.money(amount, 'EUR')));
  });

  it('leave nothing in English: no word of a document comes from elsewhere', () => {
    for (const change of [undefined, 'draft', 'reversal'] as const) {
      const facts = everything();
      const bill = {
        ...facts.bill,
        ...(change === 'draft' && { issuedAt: null }),
        ...(change === 'reversal' && { kind: 'reversal' as const, replaces: 3 }),
      };
      // units and zones are the same in every language
      const text = shown(htmlOf(composeDocument({ ...facts, bill }, pseudo))).replace(/kWh|EET/g, '');
      expect(text.match(/[A-Za-z]{3,}/g) ?? []).toEqual([]);
    }
  });

  it('run from right to left', () => {
    const html = htmlOf(composeDocument(everything(), mirrored));
    expect(html).toContain('<html lang="ar" dir="rtl">');
    const left = htmlOf(composeDocument(everything(), pseudo));
    const firstBar = (text: string) =>
      Number(/<rect x="([\d.]+)" y/.exec(text.slice(text.indexOf('</defs>')))![1]);
    expect(firstBar(left)).toBeLessThan(100);
    expect(firstBar(html)).toBeGreaterThan(600);
  });

  it('fit on a page however long their words are', async () => {
    const pdf = await readPdf(await pdfOf(composeDocument(everything(), pseudo)));
    expect(pdf.outside).toEqual([]);
  });
});

describe('the PDF', () => {
  it('is tagged, in reading order, with language, title and words for the chart', async () => {
    const facts = sampleFacts({ isEstimated: estimatedNight });
    const view = composeDocument(facts, tongues.fr);
    const pdf = await readPdf(await pdfOf(view));
    expect([pdf.language, pdf.title]).toEqual(['fr-FR', 'Facture d’électricité – ΔΕΗ']);
    expect(pdf.tags.filter((tag) => tag === 'H1')).toHaveLength(1);
    for (const tag of ['H2', 'P', 'Table', 'Caption', 'THead', 'TBody', 'TR', 'TH', 'TD', 'Figure'])
      expect(pdf.tags).toContain(tag);
    expect(pdf.alternatives).toEqual([expect.stringContaining('Consommation par jour. Maximum')]);
    const order = [view.from.name, view.title, view.result.label, plain(view.result.amount)];
    const places = order.map((text) => pdf.texts.findIndex((one) => plain(one).startsWith(text)));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places[0]).toBeGreaterThanOrEqual(0);
  });

  it('is the same bytes again, also after others', async () => {
    const view = composeDocument(sampleFacts(), tongues.de);
    const first = await pdfOf(view);
    await pdfOf(composeDocument(sampleFacts(), tongues.pl));
    expect((await pdfOf(composeDocument(sampleFacts(), tongues.de))).equals(first)).toBe(true);
  });

  it('goes over as many pages as it must', async () => {
    const charges = Array.from({ length: 120 }, (_, i) => ({
      ...{ id: `f${i}`, name: `Τέλος ${i}`, kind: 'fixed', price: '1', per: 'month' },
    }));
    const facts = sampleFacts({ tariff: { ...sampleTariff, versions: [{ charges }] } });
    const pdf = await readPdf(await pdfOf(composeDocument(facts, tongues.en)));
    expect(pdf.pages).toBeGreaterThan(3);
    expect(pdf.texts.filter((text) => /^Τέλος \d+$/.test(text))).toHaveLength(120);
    expect(pdf.outside).toEqual([]);
  });
});
