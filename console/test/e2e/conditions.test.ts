/** The pages under the conditions of a control room: both themes, little rights, a server that goes away. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Quality, ReadingBatch } from '@openami/model';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startServer, type TestServer } from '../../../server/test/helpers/start-server.ts';
import {
  chromePath,
  ensureConsole,
  eventually,
  expectAccessible,
  expectAccessibleInBoth,
  launch,
  signIn,
  watchErrors,
} from './browser.ts';

const viewer = { email: 'viewer@example.org', password: 'a viewer’s long password' };
const addresses = [
  '/',
  '/meters',
  '/meters/1',
  '/meters/1?tab=registers',
  '/meters/1?tab=frames',
  '/meters/1?tab=events',
  '/imports',
  '/unregistered',
  '/rejected',
  '/settings',
  '/settings?tab=users',
  '/settings?tab=tokens',
];

describe.skipIf(!chromePath)('operator console in a control room', () => {
  let dataDir: string;
  let server: TestServer;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let errors: string[];

  const open = async (path: string, on = page) => {
    await on.goto(new URL(path, server.url).href);
    await on.getByRole('heading', { level: 1 }).waitFor();
    await eventually(() => on.getByRole('main').textContent()).not.toContain('Loading');
  };
  const newTab = async () => {
    const own = await browser.newContext({ bypassCSP: true, viewport: { width: 1280, height: 720 } });
    const tab = await own.newPage();
    tab.setDefaultTimeout(15_000);
    return { own, tab, found: watchErrors(own) };
  };

  beforeAll(async () => {
    await ensureConsole();
    dataDir = await mkdtemp(join(tmpdir(), 'openami-console-'));
    [server, browser] = await Promise.all([startServer({ dataDir }), launch()]);
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ ...viewer, name: 'Vera', role: 'viewer' });
    const made = await server.fetch('/api/v1/users', { method: 'POST', headers, body });
    expect(made.status).toBe(201);
    const first = await newTab();
    ({ own: context, tab: page, found: errors } = first);
    await page.goto(server.url);
    await signIn(page, server.adminEmail, server.adminPassword);
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await server?.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  it('has no barrier on any page, light and dark', async () => {
    await page.emulateMedia({ reducedMotion: 'reduce' });
    for (const path of addresses) {
      await open(path);
      expect(await page.getByRole('alert').count(), path).toBe(0);
      await expectAccessibleInBoth(page);
    }
    await open('/unregistered');
    await page.getByRole('button', { name: 'Adopt STRANGER1' }).click();
    await page.getByRole('dialog', { name: 'Adopt STRANGER1' }).waitFor();
    await expectAccessibleInBoth(page);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.emulateMedia({ colorScheme: null, reducedMotion: null });
  }, 120_000);

  it('shows a list as cards on a phone, with all that a row says and offers', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    try {
      for (const [path, name, column] of [
        ['/unregistered', 'Adopt STRANGER1', 'Last interval'],
        ['/rejected', undefined, 'Reason'],
        ['/settings?tab=users', 'Set password of Vera', 'E-mail'],
      ] as const) {
        await open(path);
        const cell = page.locator(`td[data-name="${column}"]`).first();
        const shown = name ? page.getByRole('button', { name }) : cell;
        for (const one of [cell, shown]) {
          await one.scrollIntoViewIfNeeded();
          const box = (await one.boundingBox())!;
          expect([path, box.x >= 0, box.x + box.width <= 390]).toEqual([path, true, true]);
        }
        await expectAccessible(page);
      }
      // cards have no headings to press
      const names = () => page.locator('td[data-name="Name"]').allTextContents();
      await page.getByLabel('Sort by').selectOption('-Name');
      await eventually(names).toEqual(['Vera', 'Administrator']);
    } finally {
      await page.setViewportSize({ width: 1280, height: 720 });
    }
    const heading = page.getByRole('columnheader', { name: 'Name' });
    expect(await heading.getAttribute('aria-sort')).toBe('descending');
    await heading.getByRole('button').click();
    await eventually(() => heading.getAttribute('aria-sort')).toBe('none');
  });

  it('opens a meter of registers on what its dial showed, and how far it moved a day', async () => {
    const headers = { 'content-type': 'application/json' };
    const channels = [{ quantity: '8-0:1.0.0', intervalS: 0, unit: 'm3', decimals: 3 }];
    const body = JSON.stringify({ serial: 'DIAL-1', commodity: 'water', channels });
    const made = await (await server.fetch('/api/v1/meters', { method: 'POST', headers, body })).json();
    const { context: parts } = server.running;
    const readings = new ReadingBatch();
    const firstS = Date.parse('2026-03-24T23:00:00Z') / 1000;
    // daily at midnight, two days without, then once more
    for (const [day, count] of [0, 1500, 4000, 4000, undefined, undefined, 10_000].entries()) {
      if (count === undefined) continue;
      const { id, resolution } = made.channels[0];
      readings.push(id, firstS + day * 86_400, count, resolution, Quality.raw, 0);
    }
    await parts.store.writer.commit({ readings });
    await open(`/meters/${made.id}`);
    expect(await page.getByRole('tab', { name: 'Registers', selected: true }).count()).toBe(1);
    const dial = page.getByRole('slider', { name: /register readings/ });
    await dial.focus();
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowRight');
    expect(await dial.getAttribute('aria-valuetext')).toMatch(/26 Mar 2026.*: 1\.5 m3, 1\.5 m3 more/);
    const days = page.getByRole('slider', { name: /advance by day/ });
    await days.focus();
    await page.keyboard.press('Home');
    expect(await days.getAttribute('aria-valuetext')).toBe('Wed, 25 Mar 2026: 1.5 m3.');
    for (let i = 0; i < 3; i++) await page.keyboard.press('ArrowRight');
    expect(await days.getAttribute('aria-valuetext')).toBe('Sat, 28 Mar 2026: 2 m3, partly spread evenly.');
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Table' }).click();
    await page.getByRole('table', { name: 'Register readings' }).waitFor();
  });

  it('skips to the content, and gives the focus back when a box closes', async () => {
    await open('/meters');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('main');
    const views = page.getByRole('button', { name: 'Views' });
    await views.focus();
    await page.keyboard.press('Enter');
    await page.getByLabel('Save what is shown as').waitFor();
    await page.keyboard.press('Escape');
    await eventually(() => views.evaluate((e) => e === document.activeElement)).toBe(true);
  });

  it('leads from every tile to a list, and sorts by every heading that offers it', async () => {
    await open('/');
    const lists = await page
      .locator('a.tile, .share-list a')
      .evaluateAll((links) => links.map((link) => link.getAttribute('href')!));
    expect(lists.length).toBeGreaterThanOrEqual(8);
    for (const list of new Set(lists)) {
      await open(list);
      expect(await page.getByRole('alert').count(), list).toBe(0);
    }
    await open('/meters?columns=serial,commodity,state,lastReadingAt,address,manufacturer,model,firmware');
    const headings = page.getByRole('columnheader').getByRole('button');
    for (const name of await headings.allTextContents()) {
      const sorted = page.getByRole('columnheader', { name, exact: true });
      await sorted.getByRole('button').click();
      await eventually(() => sorted.getAttribute('aria-sort')).toBe('ascending');
      await eventually(() => page.getByRole('grid').getAttribute('aria-busy')).toBe('false');
      expect(await page.getByRole('alert').count(), name).toBe(0);
    }
  });

  it('goes to the last row of the list by keyboard', async () => {
    await open('/meters?sort=serial');
    await page.getByRole('grid').focus();
    await page.keyboard.press('End');
    await eventually(() => page.locator('[role=row][aria-selected=true]').textContent()).toContain('T1049');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'T1049' }).waitFor();
  });

  it('shows all readings of a meter that was never installed', async () => {
    const rows = ['meter;time;import [kWh]'];
    const firstMs = Date.parse('2024-01-31T23:00:00Z');
    for (let i = 1; i <= 40 * 24; i++) {
      rows.push(`OLD-1;${new Date(firstMs + i * 3_600_000).toISOString()};0,${100 + (i % 24)}`);
    }
    const query = 'name=old.csv&registerMissing=true&commodity=electricity';
    const started = await server.fetch(`/api/v1/imports?${query}`, {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream' },
      body: rows.join('\n'),
    });
    const { id } = (await started.json()) as { id: number };
    const jobState = async () =>
      ((await (await server.fetch(`/api/v1/imports/${id}`)).json()) as { state: string }).state;
    await eventually(jobState).toBe('done');
    await open('/meters?q=OLD-1');
    await page.getByRole('row').nth(1).click();
    const note = page.locator('.panel-head .note').first();
    await eventually(() => note.textContent()).toContain('05 Mar 2024, 00:00 – 12 Mar 2024, 00:00');
    await page.getByRole('button', { name: 'All', exact: true }).click();
    await eventually(() => note.textContent()).toContain('01 Feb 2024, 00:00 – 12 Mar 2024, 00:00');
    await eventually(() => page.locator('.profile-summary').textContent()).toContain('no interval missing');
    await page.getByRole('button', { name: 'Week', exact: true }).click();
    await page.getByRole('button', { name: 'Earlier' }).click();
    await eventually(() => note.textContent()).toContain('27 Feb 2024, 00:00 – 05 Mar 2024, 00:00');
  });

  it('shows a day of 23 hours as what it is', async () => {
    const [from, to] = ['2026-03-28T23:00:00Z', '2026-03-29T22:00:00Z'].map((t) => Date.parse(t) / 1000);
    await open(`/meters/1?from=${from}&to=${to}`);
    const note = page.locator('.panel-head .note').first();
    await eventually(() => note.textContent()).toContain('a day of 23 hours');
    const shown = page.locator('.panel').filter({ has: page.locator('.overview-strip') });
    await shown.getByRole('button', { name: 'Table' }).click();
    await page.getByRole('table', { name: 'Readings in this window, 92 rows' }).waitFor();
  });

  it('finds a device on any page of those that are not registered', async () => {
    const { store, clock } = server.running.context;
    const nowMs = clock.nowMs();
    const unregistered = Array.from({ length: 1_200 }, (_, i) => ({
      ...{ receivedMs: nowMs - i * 1000, source: 'mqtt' as const, device: `FAR${i}`, quantity: 'import' },
      ...{ unit: 'kWh', intervalS: 900, end: Math.floor(nowMs / 900_000) * 900, value: 1, quality: 1 },
    }));
    await store.writer.commit({ unregistered });
    await open('/unregistered');
    expect(await page.getByRole('row').count()).toBeLessThanOrEqual(501);
    await page.getByRole('button', { name: 'Show more' }).click();
    await eventually(() => page.getByRole('row').count()).toBeGreaterThan(900);
    await page.getByLabel('Filter by device').fill('far1199');
    await page.getByRole('button', { name: 'Adopt FAR1199' }).waitFor();
    await eventually(() => page.getByRole('main').textContent()).toContain('1 of 1 device');
  });

  it('offers a viewer nothing that would be refused', async () => {
    const { own, tab, found } = await newTab();
    await tab.goto(server.url);
    await signIn(tab, viewer.email, viewer.password);
    for (const path of addresses) {
      await open(path, tab);
      expect(await tab.getByRole('alert').count(), path).toBe(0);
    }
    for (const [path, name] of [
      ['/unregistered', /Adopt/],
      ['/imports', /Choose a file/],
      ['/settings', /New/],
    ] as const) {
      await open(path, tab);
      expect(await tab.getByRole('button', { name }).count(), path).toBe(0);
    }
    await open('/meters/1', tab);
    expect(await tab.getByRole('tab').allTextContents()).not.toContain('Raw frames');
    await open('/settings', tab);
    expect(await tab.getByRole('tab').allTextContents()).toEqual(['You and this site', 'Hand-over']);
    expect(found).toEqual([]);
    await own.close();
  }, 60_000);

  it('says what it waits for while the server is slow', async () => {
    await page.route('**/api/v1/meters?*', async (route) => {
      await new Promise((resolve) => setTimeout(resolve, 1500));
      await route.continue();
    });
    await page.goto(new URL('/meters', server.url).href);
    await page.getByText('Loading meters …').waitFor();
    await page.getByRole('grid').waitFor();
    await page.unroute('**/api/v1/meters?*');
  });

  it('raised no error on the way', () => {
    expect(errors).toEqual([]);
  });

  it('says that the server is away, and goes on by itself when it is back', async () => {
    await open('/meters');
    const { port } = new URL(server.url);
    await server.close();
    await page.getByText('The server does not answer.').waitFor({ timeout: 20_000 });
    expect(await page.getByRole('row').count()).toBeGreaterThan(10);
    await expectAccessible(page);
    await page.getByRole('searchbox', { name: /Serial/ }).fill('T104');
    await page.getByRole('alert').getByText('Could not load meters').waitFor({ timeout: 20_000 });
    server = await startServer({ dataDir, env: { OPENAMI_PORT: port } });
    await page.getByText('The server does not answer.').waitFor({ state: 'detached', timeout: 30_000 });
    await eventually(() => page.locator('.page-head p').textContent()).toBe('10 match');
    expect(await context.cookies()).not.toEqual([]);
  }, 90_000);
});
