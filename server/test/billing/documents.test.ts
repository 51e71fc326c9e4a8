/** Documents over HTTP: what a utility sends, from real readings to a file. */
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BillDocumentSettingsItem, BillItem, BillRunItem } from '../../src/contract/index.ts';
import { firstDay, today } from '../vee/support.ts';
import { type BillingTest, startBilling } from './support.ts';

interface Page<T> {
  readonly items: readonly T[];
}

describe('documents of bills over HTTP', () => {
  let test: BillingTest;
  let run: BillRunItem;
  let bills: readonly BillItem[];
  const get = (path: string, headers: Record<string, string> = {}) => test.raw('GET', path, headers);
  beforeAll(async () => {
    test = await startBilling(3);
    for (const home of test.vee.homes) await test.vee.send(home, firstDay, today);
    await test.vee.open();
    const made = await test.call<BillRunItem>('POST', '/bill-runs', { from: '2026-03-01' });
    await test.settled();
    run = made.body;
    bills = (await test.call<Page<BillItem>>('GET', '/bills')).body.items;
  }, 120_000);
  afterAll(() => test?.vee.server.close());

  it('says of a draft that it is none', async () => {
    const html = await get(`/bills/${bills[0]!.id}/document`);
    expect(html.statusCode).toBe(200);
    expect(html.body).toContain('Not issued');
  });
});
