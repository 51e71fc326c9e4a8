import { checkTariff } from '@openami/billing';
import { systemAccess } from '@openami/model';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { demoSeller } from '../../src/data/demo-seller.ts';
import { demoTariffs } from '../../src/data/demo-tariffs.ts';
import { startDemoBilling } from '../../src/services/demo-billing.ts';
import { demoSecond } from '../../src/services/demo-people.ts';
import { type BillingTest, startBilling } from './support.ts';

let test: BillingTest;
beforeAll(async () => {
  test = await startBilling(3, false);
}, 120_000);
afterAll(() => test?.vee.server.close());

it('gives every agreement a tariff, once', async () => {
  for (const tariff of demoTariffs) expect(checkTariff(tariff)).toEqual([]);
  const { context } = test.vee.server.running;
  expect([await startDemoBilling(context), await startDemoBilling(context)]).toEqual([3, 0]);
  const { items } = await context.registry.agreementTariffs.list(systemAccess);
  expect(items.map(({ agreement, tariff }) => `${agreement} ${tariff}`).sort()).toEqual([
    ...['G0 home-time', 'G1 home-time', 'G2 home-time'],
  ]);
  // its bills say who sells, how to be reached and where to pay; what an operator says then stays
  const said = (await context.registry.billDocuments.settings(systemAccess))!;
  expect(said).toMatchObject({ version: 1, settings: demoSeller });
  const { seller, payment } = demoSeller;
  for (const text of [seller.name, seller.phone, seller.email, payment.account]) expect(text).not.toBe('');
});

it('has a second person, made once, who may approve', async () => {
  const { context } = test.vee.server.running;
  const second = await demoSecond(context);
  expect(await demoSecond(context)).toBeUndefined();
  const made = (await context.identity.listUsers()).find(({ email }) => email === second!.email);
  expect(made).toMatchObject({ role: 'operator', name: 'Second person' });
  expect(second!.password.length).toBeGreaterThan(12);
});
