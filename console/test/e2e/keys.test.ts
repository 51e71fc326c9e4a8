/** Keys in a real browser, with simulated DLMS meters: import, check, staged keys, rotation of a group. */
import { randomBytes } from 'node:crypto';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Field, nowS, world } from '../../../server/test/collection/field.ts';
import {
  chromePath,
  ensureConsole,
  eventually,
  expectAccessible,
  expectAccessibleInBoth,
  launch,
} from './browser.ts';
import { openOn, shoot, signInAll, sizes, type Tabs } from './people.ts';

const people = { ada: 'admin', olga: 'operator' } as const;
const setup = '0.0.43.0.1.255';

describe.skipIf(!chromePath)('keys in the console', () => {
  const lastS = nowS + 2 * 365 * 86_400;
  const field = new Field(40, {
    plans: (all) =>
      all
        .filter(({ worldMeter }) => world.meters[worldMeter]!.faults.deadFromS > lastS)
        .filter(({ reach }) => reach.kind === 'listens' && reach.network === 'tcp')
        .slice(0, 5),
  });
  let browser: Browser;
  let tabs: Tabs<keyof typeof people>;
  const open = (page: Page, path: string) => openOn(page, field.server.url, path);
  const serials = field.fleet.meters.map(({ identity }) => identity.serial);
  const meterPage = (i: number) => `/meters/${field.idOf(serials[i]!)}?tab=keys`;
  const ada = () => tabs.get('ada')!.page;

  beforeAll(async () => {
    await ensureConsole();
    await field.open();
    // a later session that collects would bring the staged key into use before it is checked
    await field.settle();
    browser = await launch();
    tabs = await signInAll(field.server, browser, people);
  }, 180_000);

  afterAll(async () => {
    await browser?.close();
    await field.close();
  });

  it('takes a key file by a mapping, keeps what was refused, and brings a staged key into use', async () => {
    const meter = field.fleet.meters[0]!.server.meter;
    const [guek, gak] = [randomBytes(16), randomBytes(16)];
    meter.replaceKeys(setup, { ...meter.keys(setup)!, unicast: guek, authentication: gak });
    const unit = (no: string) =>
      `<U n="${no}"><E>${guek.toString('hex')}</E><A>${gak.toString('hex')}</A></U>`;
    await open(ada(), '/keys');
    await ada().getByRole('button', { name: 'Import a key file' }).click();
    const dialog = ada().getByRole('dialog', { name: 'Import a key file' });
    const buffer = Buffer.from(`<F>${unit(serials[0]!)}${unit('NOBODY')}</F>`);
    await dialog.getByLabel('File').setInputFiles({ name: 'delivery.xml', mimeType: 'text/xml', buffer });
    await dialog.getByLabel('A key that differs from ours').selectOption('stage');
    const mapping = { format: 'xml', record: 'U', fields: { serial: '@n', guek: 'E', gak: 'A' } };
    await dialog.getByLabel('Mapping, as JSON').fill(JSON.stringify(mapping));
    await expectAccessible(ada());
    await shoot(ada(), 'keys-import');
    await dialog.getByRole('button', { name: 'Import', exact: true }).click();
    await ada().getByRole('region', { name: 'Rejected rows, table' }).waitFor();
    await ada().getByRole('dialog').getByRole('button', { name: 'Done' }).click();
    await ada().getByRole('button', { name: '1 row' }).click();
    await ada().getByRole('cell', { name: 'KEY_METER_UNKNOWN' }).waitFor();

    await open(ada(), meterPage(0));
    await ada()
      .getByRole('cell', { name: /Staged/ })
      .first()
      .waitFor();
    await ada().getByRole('button', { name: 'Check keys' }).click();
    await ada()
      .getByText(/tried with guek 1, gak 1:.*Wrong key/)
      .waitFor();
    await ada()
      .getByText(/tried with guek 2, gak 2:.*Right/)
      .waitFor();
    await expectAccessible(ada());
    await shoot(ada(), 'keys-check');
    await open(ada(), meterPage(0));
    await ada().getByRole('cell', { name: 'Previous' }).first().waitFor();
    expect(await ada().content()).not.toContain(guek.toString('hex'));
  }, 60_000);

  it('rotates what is overdue in a group, and shows how far it is', async () => {
    field.clock.advanceMs(366 * 86_400_000);
    await open(ada(), '/keys');
    await ada()
      .getByText(/^5 meters with keys older than 365 days/)
      .waitFor();
    await ada().getByRole('button', { name: 'Rotate a group' }).click();
    const dialog = ada().getByRole('dialog', { name: 'Rotate keys of a group' });
    await dialog.getByLabel('Name').fill('Spring');
    await dialog.getByLabel('At most').fill('3');
    await expectAccessible(ada());
    await shoot(ada(), 'keys-group');
    await dialog.getByRole('button', { name: 'Rotate', exact: true }).click();
    const answer = ada().getByRole('dialog', { name: 'Rotations begun' });
    await answer.getByText(/begun; \d+ of the group are left/).waitFor();
    await answer.getByRole('button', { name: 'Done' }).click();
    await ada()
      .getByRole('region', { name: 'Progress of groups, table' })
      .getByText(/planned/)
      .waitFor();
    await ada().getByRole('button', { name: 'Cancel' }).first().click();
    await ada().getByRole('cell', { name: 'cancelled', exact: true }).first().waitFor();
    await field.context.rotations.round(new AbortController().signal);
    const steps = () => ada().getByRole('region', { name: 'Rotations of keys, table' }).textContent();
    await eventually(steps).toContain('proven, old key kept until');
    await expectAccessible(ada());
  }, 60_000);

  it('shows an operator all of it, and offers nothing that would be refused', async () => {
    const olga = tabs.get('olga')!.page;
    for (const path of ['/keys', meterPage(0)]) {
      await open(olga, path);
      await olga.getByRole('cell', { name: /GUEK/ }).first().waitFor();
      const names = await olga.getByRole('main').getByRole('button').allTextContents();
      expect(names.filter((name) => /import|rotate|check|cancel|give up/i.test(name))).toEqual([]);
    }
    expect(tabs.get('olga')!.errors).toEqual([]);
  });

  it.each(Object.entries(sizes))(
    'has no barrier, light and dark, %s',
    async (_name, size) => {
      await ada().setViewportSize(size);
      for (const [name, path] of [
        ['keys', '/keys'],
        ['keys-meter', meterPage(1)],
      ] as const) {
        await open(ada(), path);
        expect(await ada().getByRole('alert').count(), path).toBe(0);
        await expectAccessibleInBoth(ada(), (scheme) => shoot(ada(), `${name}-${size.width}-${scheme}`));
      }
    },
    120_000,
  );
});
