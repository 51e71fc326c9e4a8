/** Collection and keys in a real browser, with simulated DLMS meters that are read over sockets. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Field, nowS, pastPlan } from '../../../server/test/collection/field.ts';
import {
  chromePath,
  ensureConsole,
  eventually,
  expectAccessible,
  expectAccessibleInBoth,
  launch,
} from './browser.ts';
import { openOn, shoot, signInAll, sizes, type Tabs } from './people.ts';

const people = { ada: 'admin', olga: 'operator', vera: 'viewer' } as const;

describe.skipIf(!chromePath)('collection in the console', () => {
  // Two meters are behind a segment that is down.
  const field = new Field(5, {
    segments: [
      { name: 'good' },
      { name: 'dark', down: [{ fromS: nowS - 30 * 86_400, untilS: nowS + 3600 }] },
    ],
    plans: (plans) => plans.map((plan, i) => ({ ...plan, segment: i < 3 ? 'good' : 'dark' })),
    readingPlans: [pastPlan],
  });
  let browser: Browser;
  let tabs: Tabs<keyof typeof people>;
  const open = (page: Page, path: string) => openOn(page, field.server.url, path);
  const pageOf = (name: keyof typeof people) => tabs.get(name)!.page;
  const serials = field.fleet.meters.map(({ identity }) => identity.serial);
  const meterPage = (i: number, tab: string) => `/meters/${field.idOf(serials[i]!)}?tab=${tab}`;

  beforeAll(async () => {
    await ensureConsole();
    await field.open();
    browser = await launch();
    tabs = await signInAll(field.server, browser, people);
    await field.settle();
  }, 180_000);

  afterAll(async () => {
    await browser?.close();
    await field.close();
  });

  it('shows read success by day and plan, and what is at risk', async () => {
    const olga = pageOf('olga');
    await open(olga, '/collection');
    const cell = olga.getByRole('button', { name: /^dlms, / }).first();
    await cell.click();
    await olga.getByRole('region', { name: 'Levels of this day, table' }).waitFor();
    await expectAccessible(olga);
    await shoot(olga, 'collection-cell');
    // Two of five meters were never reached: the older days are breached.
    await olga.getByRole('region', { name: 'Deadlines at risk and breached, table' }).waitFor();
    await eventually(() =>
      olga.getByRole('region', { name: 'Deadlines at risk' }).first().textContent(),
    ).toContain('Breached');
  });

  it('shows the queue, and the meters of a segment that are overdue', async () => {
    const olga = pageOf('olga');
    await open(olga, '/collection?tab=queue');
    const row = olga.getByRole('row').filter({ hasText: 'cellular' });
    await row.waitFor();
    const shown = async () =>
      (await row.getByRole('cell').allTextContents()).slice(2).map((text) => text.replace(',', ''));
    const known = () => {
      const { meters, lacking, entries, atRisk, overdue } = field.context.collection.segments[0]!;
      return [meters, lacking, entries, atRisk, overdue].map(String);
    };
    expect(known()[0]).toBe('5');
    await eventually(async () => JSON.stringify(await shown()) === JSON.stringify(known())).toBe(true);
    // Two meters are behind the segment that is down.
    await eventually(() => olga.locator('.counts').first().textContent()).toContain(
      'Waiting after a failure2',
    );
    await expectAccessible(olga);
  });

  it('brings every tab of a meter into sight, the open one by itself', async () => {
    const olga = pageOf('ada');
    const isInSight = (name: string) =>
      olga.getByRole('tab', { name, exact: true }).evaluate((tab) => {
        const [own, list] = [tab.getBoundingClientRect(), tab.parentElement!.getBoundingClientRect()];
        return own.left >= list.left - 1 && own.right <= list.right + 1;
      });
    for (const size of Object.values(sizes)) {
      await olga.setViewportSize(size);
      await open(olga, meterPage(0, 'keys'));
      await eventually(() => isInSight('Keys')).toBe(true);
      await open(olga, meterPage(0, 'readings'));
      await eventually(() => isInSight('Interval readings')).toBe(true);
      const more = olga.locator('.tabs-more[data-to=end]');
      for (let i = 0; i < 4 && !(await isInSight('Keys')); i++) await more.click();
      expect(await isInSight('Keys')).toBe(true);
      await eventually(() => more.count()).toBe(0);
      // with the keyboard, back from the first tab to the last
      await olga.getByRole('tab', { name: 'Interval readings' }).focus();
      await olga.keyboard.press('ArrowLeft');
      await eventually(() => isInSight('Keys')).toBe(true);
    }
    await olga.setViewportSize(sizes.wide);
  });

  it('says what a meter lacks and why, and that another lacks nothing', async () => {
    const olga = pageOf('olga');
    await open(olga, meterPage(4, 'gaps'));
    await olga.getByText(/^The last session failed/).waitFor();
    await olga.getByRole('img', { name: /^Missing intervals/ }).waitFor();
    expect(await olga.getByRole('region', { name: 'Gaps, table' }).getByRole('row').count()).toBeGreaterThan(
      1,
    );
    await expectAccessible(olga);
    await shoot(olga, 'gaps');
    await open(olga, meterPage(0, 'gaps'));
    await olga.getByText('Nothing is missing that can be asked for now').waitFor();
  });

  it('shows what was said in a session, decoded, to operators', async () => {
    const olga = pageOf('olga');
    await open(olga, meterPage(0, 'sessions'));
    await olga.getByRole('main').locator('.frame-row button').first().click();
    const log = olga.getByRole('list', { name: 'What was said' });
    await log.waitFor();
    expect(await log.getByRole('listitem').count()).toBeGreaterThan(4);
    await log.getByRole('button', { name: 'Decoded' }).first().click();
    await eventually(() => log.locator('pre').first().textContent()).toContain('"service": "aarq"');
    expect(await log.getByRole('listitem').first().textContent()).toContain('aarq');
    await expectAccessible(olga);
    await shoot(olga, 'session');
    const vera = pageOf('vera');
    await open(vera, meterPage(0, 'sessions'));
    await vera.getByRole('main').locator('.frame-row button').first().click();
    await vera.getByText('What was said is for operators to see.').waitFor();
    expect(tabs.get('vera')!.errors).toEqual([]);
  });

  it('opens the relay of a simulated meter by two persons, confirmed by what the meter says', async () => {
    const relay = () => {
      const { meter } = field.fleet.meters[0]!.server;
      return meter.value(meter.model.find(70, '0.0.96.3.10.255')!, 2);
    };
    const olga = pageOf('olga');
    await open(olga, meterPage(0, 'commands'));
    await olga.getByRole('button', { name: 'Disconnect …' }).click();
    const dialog = olga.getByRole('dialog', { name: 'Disconnect the supply' });
    await dialog.getByLabel('Reason').fill('unpaid');
    await dialog.getByRole('button', { name: 'Check' }).click();
    await dialog.getByLabel(/^I checked that the supply/).check();
    await dialog.getByRole('button', { name: 'Ask for approval' }).click();
    await olga.getByText('You asked for this, so you cannot approve it.').waitFor();
    expect(relay()).toMatchObject({ value: true });
    const ada = pageOf('ada');
    await open(ada, new URL(olga.url()).pathname);
    await ada.getByLabel('I checked the reason and the meters myself').check();
    await ada.getByRole('button', { name: 'Approve' }).click();
    const life = olga.getByRole('list', { name: /^Life of the command/ });
    await eventually(() => life.textContent()).toContain('off (relay open)');
    await eventually(() => life.getByRole('listitem').last().getAttribute('data-mark')).toBe('good');
    expect(relay()).toMatchObject({ value: false });
    expect(await ada.getByText('Asked for by olga').count()).toBe(1);
  }, 60_000);

  it('makes, changes and deletes a reading plan', async () => {
    const olga = pageOf('olga');
    await open(olga, '/collection?tab=plans');
    await olga.getByRole('button', { name: 'New plan' }).click();
    const dialog = olga.getByRole('dialog', { name: 'New reading plan' });
    await dialog.getByLabel('Code', { exact: true }).fill('monthly registers');
    await dialog.getByLabel('Kind').selectOption('registers');
    await dialog.getByLabel('Period').fill('fortnight');
    expect(
      await dialog.getByLabel('Period').evaluate((e: HTMLInputElement) => e.validity.patternMismatch),
    ).toBe(true);
    await dialog.getByLabel('Period').fill('month');
    await dialog.getByRole('button', { name: 'Add to Model' }).click();
    await dialog.getByRole('textbox', { name: 'Model, 1' }).fill('B2');
    await expectAccessible(olga);
    await shoot(olga, 'plan-dialog');
    await dialog.getByRole('button', { name: 'Save plan' }).click();
    await olga.getByRole('button', { name: 'Change plan monthly registers' }).click();
    const change = olga.getByRole('dialog', { name: 'Plan “monthly registers”' });
    expect(await change.getByRole('textbox', { name: 'Model, 1' }).inputValue()).toBe('B2');
    await change.getByLabel('Share').first().fill('0.5');
    await change.getByRole('button', { name: 'Save plan' }).click();
    await olga.getByText('50.0 % in 8 h after the day').waitFor();
    await olga.getByRole('button', { name: 'Delete plan monthly registers' }).click();
    await olga.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await eventually(() => olga.getByRole('button', { name: 'Delete plan monthly registers' }).count()).toBe(
      0,
    );
  }, 60_000);

  it('shows keys by state and age, takes a key file, and never shows a key', async () => {
    const ada = pageOf('ada');
    await open(ada, '/keys');
    await ada.getByRole('cell', { name: /GUEK/ }).first().waitFor();
    await ada.getByRole('button', { name: 'Import a key file' }).click();
    const dialog = ada.getByRole('dialog', { name: 'Import a key file' });
    const key = '00112233445566778899aabbccddeeff';
    const buffer = Buffer.from(`serial,guek\nNOBODY,${key}\n`);
    await dialog.getByLabel('File').setInputFiles({ name: 'keys.csv', mimeType: 'text/csv', buffer });
    await expectAccessible(ada);
    await dialog.getByRole('button', { name: 'Import', exact: true }).click();
    await ada.getByRole('region', { name: 'Rejected rows, table' }).waitFor();
    await ada.getByRole('dialog').getByRole('button', { name: 'Done' }).click();
    await open(ada, meterPage(0, 'keys'));
    await ada.getByRole('cell', { name: /GUEK/ }).first().waitFor();
    expect(await ada.content()).not.toContain(key);
    await expectAccessible(ada);
    await shoot(ada, 'meter-keys');
  }, 60_000);

  it('offers a viewer nothing that would be refused', async () => {
    const { page: vera, errors } = tabs.get('vera')!;
    for (const path of [
      '/collection',
      '/collection?tab=queue',
      '/collection?tab=plans',
      meterPage(0, 'gaps'),
    ]) {
      await open(vera, path);
      const names = await vera.getByRole('main').getByRole('button').allTextContents();
      expect(names.filter((name) => /new|change|delete|import|rotate/i.test(name))).toEqual([]);
    }
    expect(await vera.getByRole('navigation', { name: 'Main' }).getByText('Keys').count()).toBe(0);
    expect(await vera.getByRole('tab').allTextContents()).not.toContain('Keys');
    expect(errors).toEqual([]);
  });

  it.each(Object.entries(sizes))(
    'has no barrier, light and dark, %s',
    async (_name, size) => {
      const ada = pageOf('ada');
      await ada.setViewportSize(size);
      for (const path of [
        ...['/collection', '/collection?tab=queue', '/collection?tab=plans', '/keys'],
        ...[meterPage(4, 'gaps'), meterPage(0, 'sessions'), meterPage(0, 'keys')],
      ]) {
        await open(ada, path);
        expect(await ada.getByRole('alert').count(), path).toBe(0);
        await expectAccessibleInBoth(ada, (scheme) =>
          shoot(ada, `${path.replace(/\W+/g, '-')}-${size.width}-${scheme}`),
        );
      }
    },
    120_000,
  );
});
