/** Documents over HTTP: what a utility sends, from readings to a file. */
import { formatDay, Quality, ReadingBatch } from '@openami/model';
import { unzipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BillDocumentSettingsItem, BillItem, BillRunItem } from '../../src/contract/index.ts';
import { firstDay, today, use, zone } from '../vee/support.ts';
import { readPdf } from './document/read-pdf.ts';
import { type BillingTest, startBilling } from './support.ts';

const march = today - 32;
/** Wh of a home in March, which has the change to summer time. */
function used(home: number): number {
  let sum = 0;
  for (let day = march; day < march + 31; day++)
    for (let hour = 0; hour < 24; hour++)
      if (formatDay(day) !== '2026-03-29' || hour !== 2) sum += use(home, day, hour);
  return sum;
}

const seller = {
  ...{ name: 'Stadtwerk <Nord>', address: ['Hafen 1'], phone: '+49 40 1', email: '', web: '' },
  ...{ register: 'HRB 1', taxNumber: 'DE 1' },
};
const words = {
  seller,
  payment: { dueDays: 14, account: 'DE89 3704 0044 0532 0130 00', words: { de: 'Mit Lastschrift.' } },
  ...{ complaints: { en: 'Ask the ombudsman.' }, language: 'en', paper: 'A4' },
  carbon: [{ commodity: 'electricity', from: '2026-01-01', year: 2025, gramsPerUnit: '363', source: 'UBA' }],
};

describe('documents of bills over HTTP', () => {
  let test: BillingTest;
  let run: BillRunItem;
  let bills: readonly BillItem[];
  const fetched = async (path: string, headers: Record<string, string> = {}) => {
    const answer = await test.vee.server.fetch(`/api/v1${path}`, { headers });
    return { answer, bytes: Buffer.from(await answer.arrayBuffer()) };
  };
  const html = async (id: number, query = '') =>
    (await fetched(`/bills/${id}/document${query}`)).bytes.toString();
  const calculated = async (method: string, path: string, body: object) => {
    const made = await test.call<BillRunItem>(method, path, body);
    expect(made.status).toBe(201);
    await test.settled();
    return made.body;
  };
  const issue = async (id: number) => {
    const ben = await test.as('ben');
    expect((await ben('POST', `/bill-runs/${id}/approve`)).status).toBe(200);
    expect((await ben('POST', `/bill-runs/${id}/issue`)).status).toBe(200);
    await test.settled();
  };
  const listed = async () => (await test.call<{ items: BillItem[] }>('GET', '/bills')).body.items;

  beforeAll(async () => {
    test = await startBilling(3);
    const { vee } = test;
    for (const home of vee.homes) await vee.send(home, firstDay, today);
    const reads = new ReadingBatch();
    for (const [i, day] of [march, march + 31].entries())
      reads.push(
        vee.homes[0]!.register,
        zone.dayStart(day),
        1_000_000 + i * used(0),
        1_000,
        Quality.valid,
        0,
      );
    const { writer } = vee.server.running.context.store;
    await writer.commit({ readings: reads, receivedMs: vee.clock.nowMs() });
    await vee.open();
    run = await calculated('POST', '/bill-runs', { from: '2026-03-01' });
    bills = await listed();
  }, 120_000);
  afterAll(() => test?.vee.server.close());

  it('says of a draft that it is none, and has no document of what has no total', async () => {
    const { answer, bytes } = await fetched(`/bills/${bills[0]!.id}/document`);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-/);
    expect(bytes.toString()).toContain('This is a draft.');
    expect((await fetched('/bills/999/document')).answer.status).toBe(404);
    expect((await fetched(`/bills/${bills[0]!.id}/document?language=xx`)).answer.status).toBe(400);
  });

  it('keeps the words of the seller by version, changed by an administrator alone', async () => {
    const path = '/bill-document-settings';
    expect((await test.call<BillDocumentSettingsItem>('GET', path)).body).toMatchObject({
      version: 0,
      since: null,
    });
    const put = (body: object, headers?: Record<string, string>) => test.call('PUT', path, body, headers);
    expect(await put(words, { 'if-match': '"v0"' })).toMatchObject({
      status: 200,
      body: { version: 1, seller },
    });
    expect((await put(words, { 'if-match': '"v0"' })).status).toBe(412);
    expect((await put({ ...words, paper: 'A9' })).status).toBe(400);
    const ben = await test.as('ben');
    expect((await ben('PUT', path, words)).status).toBe(403);
    expect((await ben('GET', path)).status).toBe(200);
  });

  it('gives an issued bill as HTML with all that is known of it', async () => {
    await issue(run.id);
    const bill = (await listed()).find(({ account }) => account === 'A0')!;
    const text = await html(bill.id);
    expect(text).not.toContain('This is a draft');
    const shown = text.replace(/<[^>]+>/g, '\n');
    for (const part of ['Stadtwerk &lt;Nord&gt;', 'Customer 0', 'Electricity bill', 'Ask the ombudsman.'])
      expect(shown).toContain(part);
    expect(shown).toContain('1 March 2026 – 31 March 2026 (31 days)');
    const kWh = used(0) / 1_000;
    const reads = [`1,000 kWh (1 March 2026)`, `${(1_000 + kWh).toLocaleString('en')} kWh (1 April 2026)`];
    for (const part of [...reads, `In this period you used ${kWh} kWh`]) expect(shown).toContain(part);
    expect(shown).toContain('363 g a kWh, factor of 2025. Source: UBA');
    expect(shown).toContain('All of it was measured by your meter.');
    expect(text.match(/<rect x=/g)!.length).toBeGreaterThan(50);
  });

  it('writes in the language of the account, or the one that is asked for', async () => {
    const [bill] = await listed();
    const accounts = await test.call<{ items: { id: number; number: string }[] }>('GET', '/accounts');
    const { id } = accounts.body.items.find(({ number }) => number === bill!.account)!;
    expect(await test.call('PATCH', `/accounts/${id}`, { language: 'de' })).toMatchObject({
      ...{ status: 200, body: { language: 'de' } },
    });
    const german = await html(bill!.id);
    expect(german).toContain('<html lang="de-DE" dir="ltr">');
    expect(german).toContain('Mit Lastschrift.');
    expect(await html(bill!.id, '?language=pl')).toContain('Rachunek za energię elektryczną');
  });

  it('makes the same PDF again, whatever is said on later bills, and tells when it is known', async () => {
    const [bill] = await listed();
    const path = `/bills/${bill!.id}/document?format=pdf&language=en`;
    const first = await fetched(path);
    expect(first.answer.headers.get('content-type')).toBe('application/pdf');
    await test.call('PUT', '/bill-document-settings', { ...words, seller: { ...seller, name: 'Other' } });
    const again = await fetched(path);
    expect(again.bytes.equals(first.bytes)).toBe(true);
    const tag = first.answer.headers.get('etag')!;
    expect((await fetched(path, { 'if-none-match': tag })).answer.status).toBe(304);
    const pdf = await readPdf(first.bytes);
    expect(pdf.title).toBe('Electricity bill – Stadtwerk <Nord>');
    expect(pdf.texts).toContain('Stadtwerk <Nord>');
  });

  it('streams the documents of a run as one file', async () => {
    const { answer, bytes } = await fetched(`/bill-runs/${run.id}/documents.zip?format=pdf`);
    expect(answer.headers.get('content-type')).toBe('application/zip');
    const files = unzipSync(bytes);
    const issued = (await listed()).filter(({ runId }) => runId === run.id);
    expect(Object.keys(files).sort()).toEqual(
      issued.map(({ id, account }) => `bill-${id}-${account}.pdf`).sort(),
    );
    for (const { id, account } of issued) {
      const one = await fetched(`/bills/${id}/document?format=pdf`);
      expect(one.bytes.equals(files[`bill-${id}-${account}.pdf`]!)).toBe(true);
    }
    const rest = await fetched(`/bill-runs/${run.id}/documents.zip?after=${issued.at(-1)!.id}`);
    expect(Object.keys(unzipSync(rest.bytes))).toHaveLength(issued.length - 1);
    expect((await fetched('/bill-runs/999/documents.zip')).answer.status).toBe(404);
  });

  it('says why a corrected bill is another, and takes the old one back', async () => {
    const bill = (await listed()).find(({ account }) => account === 'A1')!;
    const { vee } = test;
    vee.clock.advanceMs(10_000);
    await vee.send(vee.homes[1]!, march + 4, march + 5, (value, slot) => (slot === 10 ? value + 300 : value));
    await vee.settled();
    vee.clock.advanceMs(10_000);
    const rebill = await calculated('POST', `/bills/${bill.id}/rebill`, { reason: 'late readings' });
    await issue(rebill.id);
    const all = await listed();
    const made = all.find(({ kind }) => kind === 'rebill')!;
    const text = (await html(made.id, '?language=en')).replace(/<[^>]+>/g, '\n');
    expect(text).toContain(
      `This bill replaces bill ${bill.id}. The total goes from €${bill.total} to €${made.total}`,
    );
    expect(text).toContain('Corrected electricity bill');
    const reversal = all.find(({ kind }) => kind === 'reversal')!;
    const back = await html(reversal.id, '?language=en');
    expect(back).toContain(`Cancellation of bill ${bill.id}`);
    expect(back).toContain('Credit in your favour');
  });
});
