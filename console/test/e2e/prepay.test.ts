/** Prepay in a real browser, with a meter that speaks DLMS: warned, cut, paid, on again. */
import { systemAccess } from '@openami/model';
import { describe, expect, it } from 'vitest';
import { startDemoBilling } from '../../../server/src/services/demo-billing.ts';
import { startDemoPrepay } from '../../../server/src/services/demo-prepay.ts';
import { Field, pastPlan } from '../../../server/test/collection/field.ts';
import { chromePath, eventually, expectAccessible, expectAccessibleInBoth } from './browser.ts';
import { lookAt, ownServer, shoot, sizes } from './people.ts';

const people = { ada: 'admin', alan: 'admin', olga: 'operator', otto: 'operator', vera: 'viewer' } as const;

describe.skipIf(!chromePath)('prepay in the console', () => {
  const field = new Field(12, { readingPlans: [pastPlan] });
  const own = ownServer(people, async () => {
    await field.open();
    await field.settle();
    // what was read can be seen a second later
    field.clock.advanceMs(2_000);
    await startDemoBilling(field.context);
    const serials = new Set(field.fleet.meters.map(({ identity }) => identity.serial));
    await startDemoPrepay(field.context, serials);
    await goOn(2_000);
    return { ...field.server, close: () => field.close() };
  });

  /** Time goes on, meters are read, and what they used is charged. */
  async function goOn(ms: number): Promise<void> {
    field.clock.advanceMs(ms);
    await field.settle();
    field.clock.advanceMs(2_000);
    await field.context.prepay.settled();
  }

  /** The customer whose policy cuts at any hour. */
  async function aboutToRunOut() {
    const { items } = await field.context.registry.prepayAgreements.list(systemAccess, {
      policy: 'prepay-strict',
    });
    return items[0]!;
  }

  it('shows who stands where, on every screen', async () => {
    for (const [size, viewport] of Object.entries(sizes)) {
      const olga = own.page('olga');
      await olga.setViewportSize(viewport);
      for (const tab of ['customers', 'payments', 'notices', 'policies']) {
        await own.open('olga', `/prepay?tab=${tab}`);
        await expectAccessibleInBoth(olga, (scheme) => shoot(olga, `prepay-${tab}-${size}-${scheme}`));
        await olga.emulateMedia({ colorScheme: 'light' });
      }
    }
    await own.page('olga').setViewportSize(sizes.wide);
  }, 120_000);

  it('follows a customer who runs out, is warned, cut, pays, and is back', async () => {
    const { agreement, customer } = await aboutToRunOut();
    const olga = own.page('olga');
    await own.open('olga', '/prepay');
    await olga.getByRole('button', { name: /^Low/ }).click();
    await olga.getByRole('link', { name: customer }).click();
    await olga.getByRole('heading', { level: 1, name: customer }).waitFor();
    const state = () => olga.locator('.page-head').textContent();
    expect(await state()).toContain('Low');
    await olga.getByText('Credit is low').waitFor();

    for (let turn = 0; turn < 40; turn++) {
      await goOn(900_000);
      if ((await aboutToRunOut()).state !== 'low') break;
    }
    await eventually(async () => {
      await field.context.prepay.settled();
      return state();
    }).toContain('Cut');
    await olga.getByText('The supply was cut').waitFor();
    expect(await olga.getByLabel('Balance').textContent()).toMatch(/^-|€0\.00/);
    await lookAt(olga, 'prepay-cut');

    const paidMs = performance.now();
    await olga.getByRole('button', { name: 'Take a payment' }).click();
    const dialog = olga.getByRole('dialog', { name: 'Take a payment' });
    await dialog.getByLabel('Amount, EUR').fill('20');
    await expectAccessible(olga);
    await shoot(olga, 'prepay-payment');
    await dialog.getByRole('button', { name: 'Take it' }).click();
    await eventually(state).toContain('In credit');
    expect(performance.now() - paidMs).toBeLessThan(120_000);
    await olga.getByText('The supply is on again').waitFor();
    await olga
      .getByRole('button', { name: /^Entries of posting/ })
      .first()
      .click();
    await olga.getByRole('cell', { name: 'Customer credit', exact: true }).waitFor();
    await expectAccessible(olga);
    await shoot(olga, 'prepay-back');

    // who approved it stands with the command
    const { items } = await field.context.registry.commands.orders(systemAccess, {});
    expect(items.map(({ kind }) => kind)).toEqual(['connect', 'disconnect']);
    await own.open('olga', `/commands/${items[1]!.id}`);
    await olga.getByText('standing approval: prepay policy prepay-strict, version 1').first().waitFor();
    await own.open('olga', `/prepay/${agreement}`);
    await olga.getByText('Payment', { exact: false }).first().waitFor();
  }, 180_000);

  it('credits a payment that nobody was known for, and takes one back by two persons', async () => {
    const { agreement } = await aboutToRunOut();
    const [olga, otto] = [own.page('olga'), own.page('otto')];
    await own.open('olga', '/prepay?tab=payments');
    await olga.getByRole('button', { name: 'Credit demo-stray' }).click();
    const dialog = olga.getByRole('dialog');
    await dialog.getByLabel('Agreement').fill(agreement);
    await dialog.getByLabel('Reason').fill('a typing error');
    await dialog.getByRole('button', { name: 'Credit it' }).click();
    await olga.getByRole('button', { name: 'Take back demo-stray' }).click();
    await dialog.getByLabel('Reason').fill('it was of somebody else');
    await dialog.getByRole('button', { name: 'Ask for it' }).click();
    await olga.getByText('You asked for it: another person approves.').waitFor();
    expect(await olga.getByRole('button', { name: 'Approve' }).count()).toBe(0);
    await own.open('otto', '/prepay?tab=payments');
    await shoot(otto, 'prepay-reversal');
    await otto.getByRole('button', { name: 'Approve' }).click();
    await otto.getByText('Approved and posted').waitFor();
    await otto.getByRole('region', { name: 'Payments' }).getByText('Taken back').last().waitFor();
  }, 60_000);

  it('has a policy changed by two administrators', async () => {
    const [ada, alan] = [own.page('ada'), own.page('alan')];
    await own.open('ada', '/prepay?tab=policies');
    const panel = ada.getByRole('region', { name: 'prepay-home, version 1' });
    await panel.getByRole('button', { name: 'Propose a change …' }).click();
    const dialog = ada.getByRole('dialog');
    await dialog.getByLabel('Lend', { exact: true }).fill('3.00');
    await dialog.getByLabel('Reason').fill('winter is coming');
    await expectAccessible(ada);
    await shoot(ada, 'prepay-policy');
    await dialog.getByRole('button', { name: 'Propose it' }).click();
    await ada.getByText('another administrator approves it').waitFor();
    await own.open('alan', '/prepay?tab=policies');
    const waits = alan.getByRole('region', { name: 'prepay-home, version 2' });
    await waits.getByRole('button', { name: 'Approve' }).click();
    await eventually(() => waits.textContent()).toContain('In force');
    await own.open('vera', '/prepay');
    const names = await own.page('vera').getByRole('main').getByRole('button').allTextContents();
    expect(names.filter((name) => /payment|prepay|propose/i.test(name))).toEqual([]);
  }, 60_000);
});
