/** Settings → Hand-over: a webhook is made and tried, a run handed over, a refused bill handed over again. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type AccessContext, systemAccess } from '@openami/model';
import { afterAll, describe, expect, it } from 'vitest';
import { startServer, type TestServer } from '../../../server/test/helpers/start-server.ts';
import { chromePath, eventually, expectAccessibleInBoth } from './browser.ts';
import { ownServer, shoot, sizes } from './people.ts';

const people = { ada: 'admin', olga: 'operator' } as const;

describe.skipIf(!chromePath)('hand-over in the console', () => {
  let server: TestServer;
  const got: string[] = [];
  const receiver = createServer((request, response) => {
    got.push(String(request.headers['webhook-id']));
    request.resume();
    response.writeHead(204).end();
  });
  afterAll(() => void receiver.close());
  let run: number;
  const own = ownServer(people, async () => {
    server = await startServer({ meters: 0, env: { OPENAMI_WEBHOOK_ALLOW: '127.0.0.1' } });
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    run = await issuedRun();
    return server;
  });
  const { page, open } = own;

  /** Three issued bills of one account. */
  async function issuedRun(): Promise<number> {
    const { customers, accounts, usagePoints, agreements, billRuns, bills } = server.running.context.registry;
    const customer = await customers.create(systemAccess, { code: 'C', name: 'Customer' });
    const account = await accounts.create(systemAccess, { number: 'AC-1', customerId: customer.id });
    const made = await billRuns.create(systemAccess, {
      ...{ key: 'k', kind: 'cycle', cycle: '', fromDay: '2026-01-01', toDay: '2026-02-01', settings: {} },
      ...{ accounts: null, replaces: null, reason: '', requestedPerson: 'anna' },
    });
    const { id } = made.run;
    const calculating = await billRuns.transition(systemAccess, id, ['draft'], 'calculating');
    for (const total of ['41.50', '17.25', '99.99']) {
      const point = await usagePoints.create(systemAccess, {
        ...{ code: `P${total}`, commodity: 'electricity', zone: 'Europe/Berlin' },
      });
      const agreement = await agreements.create(systemAccess, {
        ...{ code: `G${total}`, accountId: account.id, usagePointId: point.id, validFrom: new Date(0) },
      });
      const bill = {
        ...({ kind: 'bill', state: 'calculated', accountId: account.id, agreementId: agreement.id } as const),
        ...{ usagePointId: point.id, tariff: 'day', fromS: 1_767_222_000, toS: 1_769_900_400, before: null },
        ...{
          cycleFrom: '2026-01-01',
          cycleTo: '2026-02-01',
          total,
          currency: 'EUR',
          usage: '1',
          unit: 'kWh',
        },
        ...{ estimatedShare: 0, holds: [], content: null, carry: null, replaces: null, reason: '' },
      };
      await bills.put(systemAccess, calculating, { bills: [bill], heads: '[]', position: 1, done: 1 });
    }
    await billRuns.transition(systemAccess, id, ['calculating'], 'calculated');
    const ben: AccessContext = { ...systemAccess, actor: { kind: 'user', id: 'ben', name: 'ben' } };
    await billRuns.approve(ben, id);
    await billRuns.transition(ben, id, ['approved'], 'issuing');
    await bills.issue(ben, id, 100);
    await billRuns.transition(ben, id, ['issuing'], 'issued');
    return id;
  }

  it('makes a webhook, shows its secret once and tries it', async () => {
    const ada = page('ada');
    await open('ada', '/settings?tab=hand-over');
    await ada.getByText('No webhooks yet').waitFor();
    await ada.getByRole('button', { name: 'New webhook' }).click();
    const dialog = ada.getByRole('dialog', { name: 'New webhook' });
    await dialog.getByLabel('Name').fill('Billing office');
    await dialog.getByLabel('URL').fill('https://192.168.1.7/events');
    await dialog.getByRole('button', { name: 'Make webhook' }).click();
    await dialog.getByText('is private or reserved', { exact: false }).waitFor();
    await shoot(ada, 'hand-over-webhook');
    const { port } = receiver.address() as AddressInfo;
    await dialog.getByLabel('URL').fill(`http://127.0.0.1:${port}/events`);
    await dialog.getByRole('button', { name: 'Make webhook' }).click();
    const shown = ada.getByRole('dialog', { name: 'Secret of “Billing office”' });
    expect(await shown.getByText('whsec_', { exact: false }).textContent()).toMatch(/^whsec_[\w+/]{43}=$/);
    await shown.getByRole('button', { name: 'Done' }).click();
    await ada.getByRole('button', { name: 'Test Billing office' }).click();
    await eventually(() => got.length).toBe(1);
  });

  it('says why a button did nothing: somebody else changed the webhook', async () => {
    const { webhooks, registry } = server.running.context;
    // what the page knows stays as it was
    await page('ada').route('**/api/v1/webhooks', (route) => route.abort());
    const [hook] = await registry.webhooks.list(systemAccess);
    await webhooks.change(systemAccess, hook!.id, { name: 'Billing office' }, hook!.version);
    await page('ada').getByRole('button', { name: 'Pause Billing office' }).click();
    await page('ada').getByText('Could not pause the webhook').waitFor();
    await page('ada').getByRole('button', { name: 'Dismiss: Could not pause the webhook' }).click();
    await page('ada').unroute('**/api/v1/webhooks');
  });

  it('hands over a run, shows what is refused, and hands that over again', async () => {
    const olga = page('olga');
    await open('olga', '/settings?tab=hand-over');
    await olga.getByText('Nothing was handed over yet').waitFor();
    expect(await olga.getByText('Webhooks', { exact: true }).count()).toBe(0);
    await olga.getByRole('button', { name: 'Hand over a run' }).click();
    const dialog = olga.getByRole('dialog', { name: 'Hand over a run' });
    await dialog.getByLabel('Bill run').fill(String(run));
    await dialog.getByRole('button', { name: 'Hand over', exact: true }).click();
    const { batches, registry } = server.running.context;
    await eventually(async () => {
      await batches.rounds.settled();
      return (await registry.handOver.get(systemAccess, 1)).state;
    }).toBe('handed_over');
    const { bills, totals, sha256 } = await registry.handOver.get(systemAccess, 1);
    const [bill] = await registry.bills.scan(systemAccess, { batch: 1 }, 0, 1);
    const refused = [{ bill: bill!.id, reason: 'no such account' }];
    await registry.handOver.acknowledge(systemAccess, 1, { bills, totals, sha256, refused });
    await open('ada', '/settings?tab=hand-over');
    await page('ada').getByText('1 refused').waitFor();
    await page('ada').getByRole('button', { name: 'Delivered', exact: true }).click();
    await page('ada').getByRole('cell', { name: 'webhook.test' }).waitFor();
    await expectAccessibleInBoth(page('ada'), (scheme) => shoot(page('ada'), `hand-over-${scheme}`));
    await page('ada').setViewportSize(sizes.narrow);
    await shoot(page('ada'), 'hand-over-narrow');
    expect(
      await page('ada').evaluate('document.documentElement.scrollWidth - innerWidth'),
    ).toBeLessThanOrEqual(0);
    await open('olga', '/settings?tab=hand-over');
    await olga.getByRole('button', { name: `Hand over bill ${bill!.id} again` }).click();
    const again = olga.getByRole('dialog', { name: `Hand over bill ${bill!.id} again` });
    await again.getByLabel('What was corrected').fill('account was made');
    await again.getByRole('button', { name: 'Hand over', exact: true }).click();
    await olga.getByText('No bill is refused').waitFor();
    expect(await registry.handOver.get(systemAccess, 2)).toMatchObject({ bills: 1, runId: null });
  });
});
