/**
 * The portal on a phone: the way in by a code, three taps to why a bill is higher, and nothing of anybody
 * else.
 */
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  chromePath,
  ensureApp,
  expectAccessible,
  expectAccessibleInBoth,
  launch,
  watchErrors,
} from '../../../console/test/e2e/browser.ts';
import { shoot, sizes } from '../../../console/test/e2e/people.ts';
import { type BillingTest, startBilling } from '../../../server/test/billing/support.ts';
import { putOnPrepay } from '../../../server/test/prepay/enrol.ts';
import { firstDay, today } from '../../../server/test/vee/support.ts';
import { addWater } from './water-point.ts';

/** Number of 1 March 2026. */
const march = today - 32;
const password = 'a quiet long password';
const narrowest = { width: 320, height: 700 };

describe.skipIf(!chromePath)('the portal', () => {
  let test: BillingTest;
  let browser: Browser;
  let window: BrowserContext;
  let page: Page;
  let errors: string[];
  /** A bill of somebody else. */
  let foreign: number;
  const at = (path: string) => new URL(`/portal${path}`, test.vee.server.url).href;

  beforeAll(async () => {
    await ensureApp('portal');
    await ensureApp('console');
    test = await startBilling(3);
    for (const [i, home] of test.vee.homes.entries())
      await test.vee.send(home, firstDay, today, (value, slot, day) =>
        i === 0 && day === march + 9 && slot === 3
          ? null
          : day >= march + 20 && slot > 16
            ? value * 3
            : value,
      );
    await test.vee.open();
    await bill('2026-02-01');
    const deposit = { account: 'A0', amount: '40', currency: 'EUR', takenOn: '2026-03-10' };
    await test.call('POST', '/deposits', { ...deposit, reason: 'Moved in without a guarantor' });
    await bill('2026-03-01');
    const bills = (await test.call<{ items: { id: number }[] }>('GET', '/bills?account=A1')).body.items;
    foreign = bills[0]!.id;
    browser = await launch();
    window = await browser.newContext({
      ...{ bypassCSP: true, viewport: sizes.narrow, reducedMotion: 'reduce', hasTouch: true },
    });
    errors = watchErrors(window);
    page = await window.newPage();
    page.setDefaultTimeout(15_000);
  }, 180_000);
  afterAll(async () => {
    await browser?.close();
    await test?.vee.server.close();
  });

  async function bill(from: string): Promise<void> {
    const run = (await test.call<{ id: number }>('POST', '/bill-runs', { from })).body;
    await test.settled();
    const { items } = (await test.call<{ items: { id: number }[] }>('GET', `/bills?run=${run.id}`)).body;
    for (const { id } of items) await test.call('POST', `/bills/${id}/release`, { reason: 'for a test' });
    const ben = await test.as('ben');
    expect((await ben('POST', `/bill-runs/${run.id}/approve`)).status).toBe(200);
    expect((await ben('POST', `/bill-runs/${run.id}/issue`)).status).toBe(200);
    await test.settled();
  }

  async function look(name: string): Promise<void> {
    await expectAccessibleInBoth(page, (scheme) => shoot(page, `portal-${name}-${scheme}`));
    await page.emulateMedia({ colorScheme: 'light' });
    await page.setViewportSize(narrowest);
    await expectAccessible(page);
    await page.setViewportSize(sizes.wide);
    await shoot(page, `portal-${name}-wide`);
    await page.setViewportSize(sizes.narrow);
  }

  it('lets in who has the code of the letter', async () => {
    const { code } = (await test.call<{ code: string }>('POST', '/accounts/A0/invitations', {})).body;
    await page.goto(at('/'));
    await page.getByRole('button', { name: /First time here/ }).tap();
    await page.getByLabel('Account number').fill('A0');
    await page.getByLabel('Code from the letter').fill(code.toLowerCase());
    await page.getByLabel('Your name').fill('Kim');
    await page.getByLabel('E-mail address').fill('kim@example.org');
    await page.getByLabel('Choose a password').fill(password);
    await look('register');
    await page.getByRole('button', { name: 'Make my login' }).tap();
    await page.getByText('Your login is ready').waitFor();
    expect(await page.getByLabel('E-mail address').inputValue()).toBe('kim@example.org');
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Sign in' }).tap();
    await page.getByRole('heading', { name: 'Hello, Kim' }).waitFor();
  });

  it('answers in three taps why the last bill is higher, with parts that add up', async () => {
    await page.goto(at('/'));
    await page.getByText('Everything is fine').waitFor();
    await page.getByText('Likely at the end').waitFor();
    await page.getByText('Your last bill').waitFor();
    await look('home');
    let taps = 0;
    const tap = async (role: 'link' | 'button', name: RegExp) => {
      taps++;
      await page.getByRole(role, { name }).first().tap();
    };
    await tap('link', /^Why is it higher/);
    const panel = page.getByRole('region', { name: 'Why is it higher than last time?' });
    await panel.waitFor();
    expect(taps).toBeLessThanOrEqual(3);
    const texts = await panel.locator('.why-amount').allTextContents();
    const cents = texts.map((text) => Math.round(Number(text.replace(/[^\d.-]/g, '')) * 100));
    expect(cents.length).toBeGreaterThan(2);
    expect(cents.slice(0, -1).reduce((sum, one) => sum + one, 0)).toBe(cents.at(-1));
    await page.getByRole('button', { name: /vat/ }).tap();
    await page
      .getByText(/comes to/)
      .first()
      .waitFor();
    // a deposit stands below the total
    const lines = page.getByRole('region', { name: 'Line by line' });
    await lines.getByText('To pay').waitFor();
    await look('bill');
    // the other way: through the list
    await page.getByRole('link', { name: 'Bills', exact: true }).tap();
    await page.getByRole('heading', { name: 'Bills' }).waitFor();
    await page.getByRole('link', { name: /March 2026/ }).waitFor();
    await look('bills');
  });

  it('shows usage from the year down to the hour, as picture and table', async () => {
    await page.goto(at('/usage?view=year&at=2026-03-10'));
    await page
      .getByText(/in 2026/)
      .first()
      .waitFor();
    const chart = () => page.getByRole('slider');
    await chart().focus();
    // the keyboard goes to the last month that has readings and opens it
    for (const key of ['Home', 'ArrowRight', 'Enter']) await page.keyboard.press(key);
    await page
      .getByRole('heading', { name: 'February 2026' })
      .or(page.getByRole('heading', { name: 'March 2026' }))
      .waitFor();
    await page.goto(at('/usage?view=month&at=2026-03-10'));
    await page.getByText(/more than in the same days of February 2026; most on/).waitFor();
    // the pattern of the hour that never came is named
    await page.getByText('night, readings missing').waitFor();
    await look('usage-month');
    await page.getByRole('button', { name: 'Table' }).tap();
    await page.getByRole('button', { name: /10 March|March 10/ }).waitFor();
    await look('usage-table');
    await page.goto(at('/usage?view=day&at=2026-03-29&show=cost'));
    await page.getByText(/Standing charges/).waitFor();
    await look('usage-day');
  });

  it('shows what is left on prepay, what to pay, and the payment when it came', async () => {
    await putOnPrepay(test.vee.server.running.context, 'G0', '2026-04-01');
    await page.goto(at('/'));
    await page.getByText('Your credit is used up').waitFor();
    const words = await page.getByText(/Pay at least/).textContent();
    await look('prepay-out');
    const amount = /([\d.]+) to stay on/.exec(words!)![1]!;
    const payment = { account: 'A0', amount, currency: 'EUR', reference: 'corner shop 1' };
    expect((await test.call('POST', '/prepay/payments', payment)).status).toBe(201);
    await test.vee.server.running.context.prepay.settled();
    await page.reload();
    await page.getByText('Your credit is low').waitFor();
    await page.getByText('Payments and messages').tap();
    await page.getByText(`+€${amount}`).waitFor();
    await look('prepay-low');
  });

  it('compares tariffs, keeps choices of alerts, and hands out the data', async () => {
    await page.goto(at('/tariffs'));
    await page.getByText('You have the best tariff').waitFor();
    await look('tariffs');
    await page.goto(at('/alerts'));
    const field = page.getByLabel(/I use more in a day/);
    await field.fill('5');
    await page.getByRole('button', { name: 'Tell me' }).first().tap();
    await page.getByRole('button', { name: 'Do not tell me of high use' }).waitFor();
    await look('alerts');
    await page.goto(at('/settings'));
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Download my readings' }).tap(),
    ]);
    expect(download.suggestedFilename()).toBe('readings.csv');
    await look('settings');
  });

  it('shows water of a counter up to its last read, and never less than nothing', async () => {
    await addWater(test, 'A0');
    await page.goto(at('/'));
    const point = page.getByRole('combobox');
    const water = await point.locator('option', { hasText: 'Water' }).getAttribute('value');
    await point.selectOption(water);
    await page.getByText('There is no reading of today yet').waitFor();
    await page.getByText(/the meter stood at .* m³ on (1 April|April 1)/).waitFor();
    await look('water-home');
    await page.getByRole('link', { name: 'See the month day by day' }).tap();
    await page.getByText(/^So far [\d.]+ m³ in April 2026.*; most on/).waitFor();
    await page.goto(at('/usage?view=month&at=2026-03-10'));
    await page.getByText(/^[\d.]+ m³ in March 2026/).waitFor();
    await look('water-month');
    await page.getByRole('button', { name: 'Table' }).tap();
    await page.getByRole('button', { name: /10 March|March 10/ }).waitFor();
    const used = await page.locator('tbody tr td:nth-child(2)').allTextContents();
    expect(used).toHaveLength(31);
    for (const text of used) expect(Number(text)).toBeGreaterThan(0);
    await look('water-table');
    await page.goto(at('/usage?view=year&at=2026-03-10'));
    await page.getByText(/m³ in 2026/).waitFor();
    await look('water-year');
    await page.goto(at('/usage?view=day&at=2026-03-10'));
    await page.getByText(/tells how it stands, not when it was used/).waitFor();
    await look('water-day');
  });

  it('shows nothing of anybody else, and sends a customer from the console to the portal', async () => {
    await page.goto(at(`/bills/${foreign}`));
    await page.getByText('Could not load the bill').waitFor();
    expect(await page.getByText(/Line by line/).count()).toBe(0);
    errors.splice(0); // the browser notes the 404
    await page.goto(test.vee.server.url);
    await page.getByRole('heading', { name: 'Hello, Kim' }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/portal/');
    await page.getByRole('link', { name: 'Settings' }).tap();
    await page.getByRole('button', { name: 'Sign out' }).tap();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    expect(errors).toEqual([]);
  });
});
