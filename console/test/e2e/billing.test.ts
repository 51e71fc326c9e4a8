/** Billing in a real browser: a tariff written, a run from readings to issued bills, a line down to a frame. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { formatDay } from '../../../model/src/index.ts';
import { homeRecord, shopRecord } from '../../../server/test/billing/rate-records.ts';
import { type BillingTest, startBilling } from '../../../server/test/billing/support.ts';
import { firstDay, today } from '../../../server/test/vee/support.ts';
import { chromePath, eventually, expectAccessible } from './browser.ts';
import { lookAt, ownServer, shoot, sizes } from './people.ts';
import { priceScenes } from './price-scenes.ts';

const people = { ada: 'admin', olga: 'operator', otto: 'operator', vera: 'viewer' } as const;
/** Number of 1 March 2026. */
const march = today - 32;
/** A4 without its margins, in CSS pixels; longer, to see what would not fit. */
const paper = { width: 688, height: 1500 };
const wall = { width: 2560, height: 1440 };
const narrowest = { width: 320, height: 800 };

describe.skipIf(!chromePath)('billing in the console', () => {
  let test: BillingTest;
  const own = ownServer(people, async () => {
    test = await startBilling(5);
    for (const [i, home] of test.vee.homes.entries()) {
      await test.vee.send(home, firstDay, today, (value, _, day) =>
        i === 4 && day === march + 3 ? null : value,
      );
    }
    const { context } = test.vee.server.running;
    const receivedMs = (await lastRevision()) * 1_000;
    const home = test.vee.homes[1]!;
    await context.vee.sink(context.store.writer).commit({
      receivedMs,
      frames: [
        {
          ...{ receivedMs, source: 'http', device: 'V101', meter: home.meterId, accepted: 24 },
          ...{ payload: new TextEncoder().encode('{"meter":"V101","import":[0.12]}'), outcome: 'OK' },
        },
      ],
    });
    await test.vee.open();
    await billFebruary();
    return test.vee.server;
  });

  /** The second in which the readings came. */
  async function lastRevision(): Promise<number> {
    const path = `/channels/${test.vee.homes[1]!.channel}/revisions?end=${(march + 1) * 86_400 + 3_600}`;
    const { body } = await test.call<{ revision: number }[] | { items: { revision: number }[] }>('GET', path);
    return (Array.isArray(body) ? body : body.items)[0]!.revision;
  }

  /** The month before, of which only its last days have readings: bills to compare with. */
  async function billFebruary(): Promise<void> {
    const run = (await test.call<{ id: number }>('POST', '/bill-runs', { from: '2026-02-01' })).body;
    await test.settled();
    const { items } = (await test.call<{ items: { id: number }[] }>('GET', `/bills?run=${run.id}`)).body;
    for (const { id } of items) await test.call('POST', `/bills/${id}/release`, { reason: 'They began' });
    const ben = await test.as('ben');
    expect((await ben('POST', `/bill-runs/${run.id}/approve`)).status).toBe(200);
    expect((await ben('POST', `/bill-runs/${run.id}/issue`)).status).toBe(200);
    await test.settled();
  }

  /** Every size and scheme a page must be right in. */
  async function look(page: Page, name: string): Promise<void> {
    await lookAt(page, name, narrowest);
    await page.setViewportSize(wall);
    await shoot(page, `${name}-wall`);
    await page.setViewportSize(sizes.wide);
  }

  /** A bill on paper: one page. */
  async function printed(page: Page, name: string): Promise<void> {
    const pages = (await page.pdf({ format: 'A4' })).toString('latin1').match(/\/Type \/Page\b/g);
    await page.emulateMedia({ media: 'print' });
    await page.setViewportSize(paper);
    await shoot(page, name);
    await page.emulateMedia({ media: 'screen' });
    await page.setViewportSize(sizes.wide);
    expect(pages).toHaveLength(1);
  }

  it('writes a tariff: a fault is shown with its line, and a test bill follows the text', async () => {
    const ada = own.page('ada');
    await own.open('ada', '/tariffs');
    await look(ada, 'tariffs');
    await ada.getByRole('button', { name: 'Write a tariff' }).click();
    const text = ada.getByRole('textbox', { name: 'Tariff', exact: true });
    const good = await text.inputValue();
    await text.fill(good.replace('schedule: tou', 'schedule: none'));
    const line = ada.getByRole('button', { name: /^line \d+$/ }).first();
    await line.waitFor();
    expect(await ada.getByRole('button', { name: 'Save the tariff' }).isDisabled()).toBe(true);
    await line.click();
    expect(
      await text.evaluate((box: HTMLTextAreaElement) =>
        box.value.slice(box.selectionStart, box.selectionEnd),
      ),
    ).toContain('schedule: none');
    await look(ada, 'tariff-fault');
    await text.fill(good);
    await ada.getByText('no fault found').waitFor();
    await ada.getByRole('combobox', { name: 'Account', exact: true }).fill('A1');
    const bill = ada.getByRole('region', { name: 'Bill of agreement G1' });
    await bill.waitFor();
    const total = await bill.getByRole('status').textContent();
    await bill.getByText('Total', { exact: true }).waitFor();
    await bill.getByText(/^1 month at €9\.50$/).waitFor();
    await look(ada, 'tariff-editor');
    await text.fill(good.replace("'9.50'", "'19.50'").replace('"9.50"', '"19.50"'));
    await eventually(() => bill.getByRole('status').textContent()).not.toBe(total);
    await ada.getByRole('button', { name: 'Save the tariff' }).click();
    await ada.getByRole('heading', { level: 1, name: 'Home, two periods' }).waitFor();
    await ada.getByText('Version 1').waitFor();
    await look(ada, 'tariff');
    await ada.getByRole('button', { name: 'Table' }).first().click();
    await ada.getByRole('cell', { name: 'January to December' }).first().waitFor();
    await expectAccessible(ada);
  });

  it('takes over a rate of the rate database, pasted or from a file, and shows what to look at', async () => {
    const ada = own.page('ada');
    await own.open('ada', '/tariffs?tab=new');
    const text = ada.getByRole('textbox', { name: 'Tariff', exact: true });
    const broken = { ...homeRecord, energyweekdayschedule: homeRecord.energyweekdayschedule.slice(1) };
    await text.fill(JSON.stringify(broken));
    await ada.getByText('energyweekdayschedule', { exact: true }).waitFor();
    expect(await ada.getByRole('button', { name: 'Save the tariff' }).isDisabled()).toBe(true);
    await text.fill(JSON.stringify({ items: [shopRecord, homeRecord] }));
    const choice = ada.getByLabel('Rate to take over');
    await expectAccessible(ada);
    await shoot(ada, 'rate-choice');
    await choice.selectOption({ label: 'Lakeside Light: R-1 Time of use' });
    await ada.getByText('Taken over: Lakeside Light: R-1 Time of use').waitFor();
    await ada.getByText('It says: The fuel rider changes every quarter.').waitFor();
    await ada.getByText('no fault found').waitFor();
    expect(await text.inputValue()).toMatch(/^id: 6a01home\nname: "?Lakeside Light: R-1 Time of use/);
    await ada.getByRole('combobox', { name: 'Account', exact: true }).fill('A1');
    const bill = ada.getByRole('region', { name: 'Bill of agreement G1' });
    await bill.getByText(/\$\d/).first().waitFor();
    await ada.getByRole('region', { name: 'Calendar' }).getByRole('figure').first().waitFor();
    await look(ada, 'rate-taken');
    await ada.getByRole('button', { name: 'I have seen them' }).click();
    await ada.getByLabel('File to open').setInputFiles({
      ...{ name: 'rate.json', mimeType: 'application/json' },
      buffer: Buffer.from(JSON.stringify(shopRecord)),
    });
    await ada.getByText('Taken over: Lakeside Light: GS-3 Demand').waitFor();
    await ada.getByText('no fault found').waitFor();
    await ada.getByRole('button', { name: 'Save the tariff' }).click();
    await ada.getByRole('heading', { level: 1, name: 'Lakeside Light: GS-3 Demand' }).waitFor();
  });

  it('adds a version to a tariff, and gives the tariff to an agreement', async () => {
    const ada = own.page('ada');
    await own.open('ada', '/tariffs/home-tou');
    await ada.getByRole('button', { name: 'Begin a new version with it' }).click();
    const text = ada.getByRole('textbox', { name: 'Version', exact: true });
    const begun = await text.inputValue();
    expect(begun).toMatch(/^effectiveFrom: "?2026-04-03/);
    await text.fill(begun.replace('19.50', 'much'));
    await ada.getByText(/^charges\[0\]\.price$/).waitFor();
    await text.fill(begun.replace('19.50', '20.50'));
    await ada.getByText('no fault found').waitFor();
    await ada.getByRole('button', { name: 'Save version 2' }).click();
    await ada.getByText('Version 2', { exact: true }).waitFor();
    await ada.getByText(/to before Fri, 3 Apr 2026/).waitFor();

    await own.open('ada', '/tariffs?tab=agreements');
    await ada.getByRole('button', { name: 'Give a tariff' }).click();
    await ada.getByLabel('Agreement', { exact: true }).fill('G0');
    await ada.getByLabel('Tariff', { exact: true }).selectOption('home-tou');
    await expectAccessible(ada);
    await ada.getByRole('button', { name: 'Give it' }).click();
    await ada.getByRole('row', { name: /G0 A0 .* home-tou Fri, 1 May 2026 no end/ }).waitFor();
    await look(ada, 'agreements');
  });

  priceScenes(() => ({
    ...{ test, look, page: () => own.page('olga'), open: (path) => own.open('olga', path) },
    errors: own.tabs.get('olga')!.errors,
  }));

  it('runs a month: a held bill is released, another person approves, and it is issued', async () => {
    const olga = own.page('olga');
    await own.open('olga', '/bill-runs?tab=cycles');
    await olga.getByRole('button', { name: 'New cycle' }).click();
    await olga.getByLabel('Name').fill('Mid month');
    await olga.getByLabel('Begins on day of the month').fill('15');
    await olga.getByRole('button', { name: 'Save it' }).click();
    await olga.getByRole('row', { name: /^Mid month 15 0/ }).waitFor();
    await look(olga, 'cycles');
    await olga.getByRole('tab', { name: 'Runs' }).click();
    await olga.getByRole('button', { name: 'Start a bill run' }).click();
    await olga.getByRole('dialog').getByLabel('Period').selectOption('2026-03-01');
    await olga.getByLabel('it differs by more than, %').fill('1000');
    await expectAccessible(olga);
    await shoot(olga, 'run-dialog');
    await olga.getByRole('button', { name: 'Start it' }).click();
    await olga.getByRole('heading', { level: 1, name: 'March 2026' }).waitFor();
    await olga.getByText('You started it: another person approves it.').waitFor();
    await look(olga, 'run');
    await olga.getByRole('button', { name: 'Release many …' }).click();
    await olga.getByRole('checkbox', { name: 'Readings not ready: 1 bill' }).waitFor();
    await olga.getByRole('button', { name: 'Release 1 bill' }).waitFor();
    await expectAccessible(olga);
    await shoot(olga, 'release-many');
    await olga.getByRole('button', { name: 'Leave them held' }).click();
    await olga.getByRole('button', { name: 'Release …' }).click();
    const reason = olga.getByRole('dialog').getByRole('textbox', { name: 'Reason' });
    await reason.fill('Looked at it with the customer');
    await expectAccessible(olga);
    await olga.getByRole('button', { name: 'Release it' }).click();
    await eventually(() => olga.getByRole('region', { name: 'Held bills', exact: true }).count()).toBe(0);
    await olga.getByRole('region', { name: 'Bills of this run, table' }).getByText('A4').waitFor();

    const otto = own.page('otto');
    await otto.goto(olga.url());
    await otto.getByRole('button', { name: 'Approve …' }).click();
    await expectAccessible(otto);
    await otto.getByRole('button', { name: 'Approve it' }).click();
    await otto.getByRole('button', { name: 'Issue …' }).click();
    await otto.getByRole('button', { name: 'Issue them' }).click();
    await otto.getByRole('banner').or(otto.getByRole('main')).getByText('Issued').first().waitFor();
    // whoever looks on sees it, too
    await olga.getByText('Issued').first().waitFor();
    await look(otto, 'run-issued');
    const vera = own.page('vera');
    await own.open('vera', '/bills');
    await look(vera, 'bills');
    await vera.getByRole('columnheader', { name: 'Change' }).getByRole('button').click();
    const shown = await vera.locator('td[data-name="Change"]').allTextContents();
    expect(shown).toContain('–');
    const shares = shown.map((text) => (text === '–' ? Number.NEGATIVE_INFINITY : Number.parseFloat(text)));
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
  });

  it('follows a bill line to the raw frame of a reading', async () => {
    const olga = own.page('olga');
    await own.open('olga', `/meters/${test.vee.homes[1]!.meterId}`);
    await olga.getByRole('link', { name: 'bills', exact: true }).click();
    await olga.getByRole('heading', { level: 1, name: 'Bills' }).waitFor();
    await olga
      .getByRole('row', { name: /March 2026/ })
      .getByRole('link')
      .first()
      .click();
    await olga.getByRole('heading', { level: 1, name: /^Bill \d+, March 2026$/ }).waitFor();
    await look(olga, 'bill');
    await olga.getByRole('button', { name: 'Invite to the portal …' }).click();
    await expectAccessible(olga);
    await shoot(olga, 'invite');
    await olga.getByRole('button', { name: 'Make the code' }).click();
    await olga.getByText('Shown this once').waitFor();
    expect(await olga.locator('.secret code').textContent()).toMatch(/^([0-9A-Z]{4}-){3}[0-9A-Z]{4}$/);
    await expectAccessible(olga);
    await shoot(olga, 'invite-code');
    await olga.getByRole('button', { name: 'Done' }).click();
    await olga.getByRole('button', { name: 'Explain energy, peak, tier 1' }).click();
    const days = olga.getByRole('slider', { name: /^Days of the line/ });
    await days.focus();
    await olga.keyboard.press('Home');
    await olga.keyboard.press('Enter');
    await olga.getByRole('button', { name: 'Evidence of 10:00 to 11:00' }).click();
    await olga.getByText('The reading among its neighbours').waitFor();
    await look(olga, 'bill-line');
    const frame = olga.getByRole('button', { name: /http/ });
    await frame.click();
    await olga.getByText('"V101"').waitFor();
    await shoot(olga, 'bill-frame');
    await printed(olga, 'bill-print');
    await olga.getByRole('link', { name: /^The reading among its neighbours/ }).click();
    const chosen = olga.getByRole('region', { name: 'Chosen reading' });
    await chosen.getByText(/10:00/).first().waitFor();
    await eventually(() => chosen.getByRole('row').count()).toBeGreaterThanOrEqual(2);
    await look(olga, 'bill-reading');
  });

  it('sets the words of the seller, and opens a bill as the customer gets it', async () => {
    const ada = own.page('ada');
    await own.open('ada', '/settings?tab=bills');
    await ada.getByLabel('Name of the seller').fill('Stadtwerk Nord');
    await ada.getByLabel('Where to complain, in English').fill('The ombudsman decides.');
    const carbon = ada.getByRole('textbox', { name: 'Carbon factors' });
    await carbon.fill('coal');
    await ada.getByText('Line 1: one of electricity').waitFor();
    await carbon.fill('electricity; 2026-01-01; 2025; 363; Registry of factors');
    await look(ada, 'bill-words');
    await ada.getByRole('button', { name: 'Save for bills from now on' }).click();
    await ada.getByText('The words of bills are saved').waitFor();

    const vera = own.page('vera');
    await own.open('vera', '/bills?account=A1');
    const row = vera.getByRole('row', { name: /March 2026/ });
    await row.getByRole('link').first().click();
    const opened = vera.context().waitForEvent('page');
    await vera.getByRole('link', { name: 'View', exact: true }).click();
    const bill = await opened;
    await bill.getByRole('heading', { level: 1, name: 'Electricity bill' }).waitFor();
    await bill.getByRole('img', { name: 'Usage by day' }).waitFor();
    await bill.locator('summary', { hasText: 'Usage by day as a table' }).click();
    await look(bill, 'document');
    const href = (await vera.getByRole('link', { name: 'PDF' }).getAttribute('href'))!;
    const pdf = await vera.request.get(new URL(href, vera.url()).href);
    expect(pdf.headers()['content-type']).toBe('application/pdf');
    expect((await pdf.body()).subarray(0, 5).toString()).toBe('%PDF-');
    await bill.close();
  });

  it('says after a late reading what a new bill changed, and why', async () => {
    const { vee } = test;
    vee.clock.advanceMs(10_000);
    await vee.send(vee.homes[3]!, march + 4, march + 5, (value, slot) => (slot === 10 ? value + 300 : value));
    await vee.settled();
    vee.clock.advanceMs(180_000);
    await vee.server.running.context.billing.days.look();
    const olga = own.page('olga');
    await own.open('olga', '/bills');
    await olga.getByText(/^Readings of \d issued bills? changed after/).waitFor();
    await look(olga, 'bills-changed');
    await olga.getByRole('link', { name: 'Look at them' }).click();
    await olga
      .getByRole('row', { name: /March 2026 A3/ })
      .getByRole('link')
      .first()
      .click();
    await olga.getByText('1 reading changed after this bill was made').waitFor();
    await look(olga, 'bill-changed');
    await olga.getByRole('button', { name: 'Make this bill anew …' }).click();
    await olga.getByRole('textbox', { name: 'Reason' }).fill('A late reading came');
    await olga.getByRole('button', { name: 'Make it anew', exact: true }).click();
    await olga.getByRole('heading', { level: 1, name: 'Rebill of March 2026' }).waitFor();
    await test.settled();
    const release = olga.getByRole('button', { name: 'Release …' });
    const settled = olga.getByText('You started it: another person approves it.');
    await settled.waitFor();
    if ((await release.count()) > 0) {
      await release.click();
      await olga.getByRole('dialog').getByRole('textbox', { name: 'Reason' }).fill('That is why');
      await olga.getByRole('button', { name: 'Release it' }).click();
      await eventually(() => release.count()).toBe(0);
    }
    const otto = own.page('otto');
    await otto.goto(olga.url());
    await otto.getByRole('button', { name: 'Approve …' }).click();
    await otto.getByRole('button', { name: 'Approve it' }).click();
    await otto.getByRole('button', { name: 'Issue …' }).click();
    await otto.getByRole('button', { name: 'Issue them' }).click();
    await otto.getByText('Issued', { exact: true }).first().waitFor();
    const made = otto.getByRole('region', { name: 'Bills of this run, table' }).getByRole('row');
    await made.filter({ hasText: 'Rebill' }).getByRole('link').first().click();
    const why = otto.getByRole('region', { name: /^Why it differs from bill/ });
    await why.getByText('Usage', { exact: true }).waitFor();
    await look(otto, 'rebill');
    await why.getByText('Line by line').click();
    const sums = await why.getByText(/The lines add up to/).textContent();
    const [lines, causes] = [...sums!.matchAll(/[+-]€[\d.,]+\d/g)].map(([amount]) => amount);
    expect(lines).toBe(causes);
    await expect(why.getByText(lines!).first().isVisible()).resolves.toBe(true);
    await expectAccessible(otto);
    await shoot(otto, 'rebill-lines');
    for (const { errors } of own.tabs.values()) expect(errors).toEqual([]);
    expect(formatDay(march)).toBe('2026-03-01');
  });
});
