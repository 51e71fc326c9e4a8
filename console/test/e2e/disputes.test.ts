/** A dispute in a real browser: opened from a bill, looked at, credited by two people, answered, closed. */
import { describe, expect, it } from 'vitest';
import { type BillingTest, startBilling } from '../../../server/test/billing/support.ts';
import { firstDay, today } from '../../../server/test/vee/support.ts';
import { chromePath, eventually, expectAccessible } from './browser.ts';
import { lookAt, ownServer, shoot } from './people.ts';

const people = { ada: 'admin', olga: 'operator', otto: 'operator' } as const;

describe.skipIf(!chromePath)('disputes in the console', () => {
  let test: BillingTest;
  const own = ownServer(people, async () => {
    test = await startBilling(2);
    for (const home of test.vee.homes) await test.vee.send(home, firstDay, today);
    await test.vee.open();
    const run = (await test.call<{ id: number }>('POST', '/bill-runs', { from: '2026-03-01' })).body;
    await test.settled();
    const ben = await test.as('ben');
    expect((await ben('POST', `/bill-runs/${run.id}/approve`)).status).toBe(200);
    expect((await ben('POST', `/bill-runs/${run.id}/issue`)).status).toBe(200);
    await test.settled();
    return test.vee.server;
  });

  it('is opened from a bill, with its evidence', async () => {
    const olga = own.page('olga');
    await own.open('olga', '/bills?account=A1');
    await olga
      .getByRole('row', { name: /March 2026/ })
      .getByRole('link')
      .first()
      .click();
    await olga.getByRole('button', { name: 'Dispute …' }).click();
    await olga.getByLabel('What the customer says').fill('It is twice what my neighbour pays');
    await expectAccessible(olga);
    await shoot(olga, 'dispute-open');
    await olga.getByRole('button', { name: 'Open it' }).click();
    await olga.getByRole('heading', { level: 1, name: /^Dispute \d+: the bill is too high$/ }).waitFor();
    const findings = olga.getByRole('region', { name: 'What the evidence says' });
    await findings.getByText('No interval of it is estimated.').waitFor();
    await olga.getByRole('slider', { name: 'Use by day' }).waitFor();
    await lookAt(olga, 'dispute');
    await olga.getByText('Lines of the bill as they were').click();
    await olga.getByText('Meters that were there').click();
    await expectAccessible(olga);
    await shoot(olga, 'dispute-around');
  });

  it('has a deadline that an administrator sets', async () => {
    const ada = own.page('ada');
    await own.open('ada', '/disputes');
    await ada.getByRole('button', { name: 'Deadlines …' }).click();
    await ada.getByLabel('Days until a case is to be answered').fill('10');
    await expectAccessible(ada);
    await shoot(ada, 'dispute-settings');
    await ada.getByRole('button', { name: 'Save it' }).click();
    await eventually(() => ada.getByRole('dialog').count()).toBe(0);
    // a case is opened from the list as well, by account and bill
    await ada.getByRole('button', { name: 'Open a dispute' }).click();
    await ada.getByLabel('Account', { exact: true }).fill('A0');
    await ada.getByLabel('Bill', { exact: true }).selectOption({ index: 1 });
    await ada.getByLabel('What is wrong').selectOption('estimated');
    await ada.getByLabel('What the customer says').fill('Nobody read my meter');
    await expectAccessible(ada);
    await ada.getByRole('button', { name: 'Open it' }).click();
    await ada.getByText('10 days left').waitFor();
    await ada.getByRole('button', { name: 'Withdraw …' }).click();
    await ada.getByLabel('Why').fill('It was a trial');
    await ada.getByRole('button', { name: 'Close it' }).click();
    await ada.getByText('Withdrawn').first().waitFor();
  });

  it('is found in the list by keys, taken, credited by two people, answered and closed', async () => {
    const olga = own.page('olga');
    await own.open('olga', '/disputes');
    await lookAt(olga, 'disputes');
    await olga.getByRole('heading', { level: 1 }).click();
    await olga.keyboard.press('j');
    await olga.keyboard.press('Enter');
    await olga.getByRole('heading', { level: 1, name: /^Dispute \d+/ }).waitFor();
    await olga.keyboard.press('t');
    await olga.getByText('Looking').first().waitFor();
    await olga.getByRole('button', { name: 'Credit …' }).click();
    await olga.getByLabel('Amount, EUR').fill('80');
    await olga.getByLabel('Why').fill('For the trouble');
    await expectAccessible(olga);
    await olga.getByRole('button', { name: 'Credit it' }).click();
    await olga.getByText('You asked for it: another person decides it.').waitFor();
    const otto = own.page('otto');
    await otto.goto(olga.url());
    await otto.getByRole('button', { name: 'Approve', exact: true }).click();
    await otto.getByText('Approved', { exact: true }).waitFor();
    await olga.keyboard.press('a');
    await olga.getByLabel('What the customer is told').fill('The meter was read without a fault.');
    await expectAccessible(olga);
    await shoot(olga, 'dispute-answer');
    await olga.getByRole('button', { name: 'Answer it' }).click();
    await olga.getByText('The bill stands').first().waitFor();
    await olga.getByRole('button', { name: 'Close …' }).click();
    await olga.getByLabel('Why').fill('The customer agrees');
    await olga.getByRole('button', { name: 'Close it' }).click();
    await olga.getByText('Closed', { exact: true }).first().waitFor();
    await lookAt(olga, 'dispute-closed');
    const file = olga.waitForEvent('download');
    await olga.getByRole('button', { name: 'Download' }).click();
    await olga.getByRole('link', { name: 'As a page' }).click();
    expect((await file).suggestedFilename()).toMatch(/^dispute-\d+\.html$/);
    await own.open('olga', '/disputes?state=unanswered');
    await eventually(() => olga.getByText('No dispute is like this').count()).toBe(1);
  });

  it('stands beside deposits and an even amount, which are asked for on the page of a bill', async () => {
    const olga = own.page('olga');
    await own.open('olga', '/bills?account=A0');
    await olga
      .getByRole('row', { name: /March 2026/ })
      .getByRole('link')
      .first()
      .click();
    const account = olga.getByRole('region', { name: 'The account' });
    await account.getByRole('button', { name: 'Budget billing …' }).click();
    await olga.getByText('From April 2026 on.', { exact: false }).waitFor();
    await expectAccessible(olga);
    await shoot(olga, 'budget-dialog');
    await olga.getByRole('button', { name: 'Start it' }).click();
    await account.getByText('0 of 12 bills', { exact: false }).waitFor();
    await account.getByRole('button', { name: 'Deposit …' }).click();
    await olga.getByLabel('Amount, EUR').fill('150');
    await olga.getByLabel('Interest, % a year').fill('1.5');
    await olga.getByLabel('Why').fill('Moved in without a guarantor');
    await expectAccessible(olga);
    await olga.getByRole('button', { name: 'Ask for it' }).click();
    await account.getByText('Deposit of €150').waitFor();
    await account.getByText('You asked for it: another person decides it.').waitFor();
    await lookAt(olga, 'bill-account');
    const otto = own.page('otto');
    await otto.goto(olga.url());
    await otto.getByRole('button', { name: 'Approve', exact: true }).click();
    await otto.getByText('It is on the next bill of the account').waitFor();
    await account.getByRole('button', { name: 'End it …' }).click();
    await olga.getByRole('button', { name: 'End it', exact: true }).click();
    await account.getByText('Settled with the next bill').waitFor();
    // both are on the next bill of the account
    const running = { from: '2026-04-01', accounts: ['A0'] };
    const run = (await test.call<{ id: number }>('POST', '/bill-runs', running)).body;
    await test.settled();
    const held = await test.call<{ items: { id: number }[] }>('GET', `/bills?run=${run.id}&state=held`);
    for (const { id } of held.body.items)
      await test.call('POST', `/bills/${id}/release`, { reason: 'checked' });
    await own.open('olga', `/bill-runs/${run.id}`);
    await olga.getByText('Credits and deposits, EUR').waitFor();
    await lookAt(olga, 'run-entries');
    const ben = await test.as('ben');
    await ben('POST', `/bill-runs/${run.id}/approve`);
    await ben('POST', `/bill-runs/${run.id}/issue`);
    await test.settled();
    await own.open('olga', `/bills?account=A0&run=${run.id}`);
    await olga
      .getByRole('row', { name: /April 2026/ })
      .getByRole('link')
      .first()
      .click();
    await olga.getByText('To pay').waitFor();
    await lookAt(olga, 'bill-entries');
    for (const { errors } of own.tabs.values()) expect(errors).toEqual([]);
  });
});
