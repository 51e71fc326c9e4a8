import type { BillDetail, BillLineItem, MyBillWhy, TariffComparison } from '@openami/server/contract';
import { describe, expect, it } from 'vitest';
import { dataNotes, lineWords, rebillWords } from '../../src/lib/bill-line.ts';
import { comparedTime } from '../../src/lib/compared.ts';
import * as format from '../../src/lib/format.ts';
import { reasonNote, whyBars, whyTitle } from '../../src/lib/why.ts';

describe('numbers', () => {
  it('are written as the language does, with no digit lost of money', () => {
    expect(format.money('1234.5', 'EUR', { locale: 'de-DE' })).toBe('1.234,50\u00a0€');
    expect(format.money('0.0205', 'EUR', { locale: 'en-GB' })).toBe('€0.0205');
    expect(format.money('12', 'JPY', { locale: 'en-GB' })).toBe('JP¥12');
    expect(format.money('3.1', 'EUR', { signed: true, locale: 'en-GB' })).toBe('+€3.10');
    expect(format.money(null, 'EUR')).toBe('–');
    expect(format.quantity('12.3456', 'm3', 'en-GB')).toBe('12.3 m³');
    expect(format.exact('0.1200', 'en-GB')).toBe('0.1200');
    const said = 'Base: 31 days at 8.4 EUR comes to -0.04 EUR, +0.03 EUR of 2 m3, not USD 5 or 3 USD.';
    expect(format.sentence(said, 'EUR', 'en-GB')).toBe(
      'Base: 31 days at €8.40 comes to -€0.04, +€0.03 of 2 m³, not USD 5 or 3 USD.',
    );
  });

  it('and dates are in English, as the words, of the region that the reader chose', () => {
    expect(['en-US', 'en', 'de-DE', 'fr', 'eng'].map((one) => format.localeOf([one, 'en-AU']))).toEqual([
      ...['en-US', 'en', 'en-GB', 'en-GB', 'en-GB'],
    ]);
    expect(format.localeOf([])).toBe('en-GB');
  });

  it('are compared in words', () => {
    expect(format.comparison(100, 123, 'en-GB')).toBe('23 % more');
    expect(format.comparison(100, 99.9, 'en-GB')).toBe('about the same');
    expect(format.comparison(0, 5)).toBeUndefined();
    expect(format.age(7_200)).toBe('2 hours');
    expect(format.span('2026-03-01', '2026-04-01', 'en-GB')).toBe('March 2026');
    expect(format.span('2026-03-15', '2026-04-15', 'en-GB')).toBe('15 Mar to 14 Apr');
  });
});

describe('the time that tariffs are compared for', () => {
  it('is that of the months that have readings, not all that was asked about', () => {
    const month = (from: string, to: string) => ({ from, to });
    const months = [month('2026-01-01', '2026-02-01'), month('2026-03-01', '2026-04-01')];
    const of = (total: string | null, some: object[]) => ({ total, months: some });
    const time = (...tariffs: object[]) => comparedTime({ tariffs } as unknown as TariffComparison);
    expect(time(of('1', months.slice(1)), of('2', months), of(null, []))?.long).toBe('2 months');
    expect(time(of('2', months))?.span).toMatch(/(1 January|January 1,) 2026 to (31 March|March 31,) 2026/);
    expect(time(of('1', months.slice(1)))?.long).toBe('a month');
    expect(time(of(null, []))).toBeUndefined();
  });
});

describe('bills', () => {
  it('say why in the order of what it came to', () => {
    const reasons: MyBillWhy['reasons'] = [
      { reason: 'usage', amount: '-2.00' },
      { reason: 'price', amount: '8.00' },
      { reason: 'days', amount: '0.00' },
    ];
    expect(whyBars({ reasons })).toEqual([
      { reason: 'price', amount: '8.00', share: 1, rises: true },
      { reason: 'usage', amount: '-2.00', share: 0.25, rises: false },
    ]);
    const before = { id: 1, from: '', to: '', total: '1' };
    expect(whyTitle({ before, difference: '-0.01' })).toBe('Why is it lower than last time?');
    expect(whyTitle({ before: null, difference: '0' })).toBe('Compared with last time');
  });

  it('say by the day what was used where the days differ, which are a reason of their own', () => {
    const of = (days: number, usage: string) => ({ days, usage, estimated: '0' });
    const note = (before: number, after: number) =>
      reasonNote('usage', { unit: 'kWh', basis: { before: of(before, '327'), after: of(after, '352') } });
    expect(note(28, 31)).toBe('11.4 kWh a day in place of 11.7 kWh, and when you used it');
    expect(note(30, 30)).toBe('352 kWh in place of 327 kWh, and when you used it');
  });

  it('say one by one what a correction changed', () => {
    const words = ['It went from 1 EUR to 1.04 EUR (+0.04 EUR).', '0.03 EUR more a; 0.01 EUR more b.', 'no'];
    expect(rebillWords({ words }, 'EUR')).toEqual([
      ...['It went from €1.00 to €1.04 (+€0.04).', '€0.03 more a.', '€0.01 more b.'],
    ]);
  });

  it('say how much is estimated with one decimal, and of a counter that its ends are worked out', () => {
    const notes = (source: 'intervals' | 'registers', estimatedShare: number) =>
      dataNotes({
        ...{ estimatedShare, determinants: [{ source, expected: 1, present: 1, estimated: 1 }] },
      } as unknown as BillDetail)[0];
    expect(notes('intervals', 5 / 2_972)).toMatch(/^Of the readings, 0.2 % are estimated/);
    expect(notes('intervals', 0.0001)).toMatch(/^Of the readings, less than 0.1 % are/);
    expect(notes('registers', 1)).toMatch(/^Your meter was not read at the very beginning or end/);
  });

  it('say in short what a line is for', () => {
    const line = (more: Partial<BillLineItem>) =>
      lineWords({ quantity: '1', price: '9.9', unit: 'month', formula: 'f', ...more } as BillLineItem, 'EUR');
    expect(line({ kind: 'fixed' })).toMatch(/^1 month at .*9.90/);
    expect(line({ kind: 'tax', quantity: '0.19', price: '106.1' })).toMatch(/^19 % of .*106.10/);
    expect(line({ kind: 'energy', quantity: '38.847313', price: '0.3', unit: 'kWh' })).toMatch(
      /^38.8 kWh at .*0.30/,
    );
    expect(line({ kind: 'credit' })).toBe('f');
  });
});
