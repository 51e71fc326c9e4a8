/** The pages in a real browser on a real server: what a person does with them, and whether everybody can. */
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startServer, type TestServer } from '../../../server/test/helpers/start-server.ts';
import { chromePath, ensureConsole, expectAccessible, launch, signIn, watchErrors } from './browser.ts';

describe.skipIf(!chromePath)('operator console', () => {
  let server: TestServer;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let errors: string[];

  const open = async (path: string) => {
    await page.goto(new URL(path, server.url).href);
    await page.getByRole('heading', { level: 1 }).waitFor();
  };

  beforeAll(async () => {
    await ensureConsole();
    [server, browser] = await Promise.all([startServer(), launch()]);
    // axe is put into the page by the test; the policy itself is tested below without this.
    context = await browser.newContext({ bypassCSP: true, viewport: { width: 1366, height: 900 } });
    errors = watchErrors(context);
    page = await context.newPage();
    page.setDefaultTimeout(15_000);
    await page.goto(server.url);
    await expectAccessible(page);
    await signIn(page, server.adminEmail, server.adminPassword);
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  it('shows the site at a glance, and every tile opens its list', async () => {
    await open('/');
    const tile = page.getByRole('link', { name: /^Meters registered/ });
    await expect.poll(() => tile.textContent()).toContain('50');
    await page.getByRole('region', { name: 'Read success by day' }).waitFor();
    await page.getByRole('region', { name: 'Latest events' }).waitFor();
    await expect.poll(() => page.locator('.live').getAttribute('data-status')).toBe('live');
    await expectAccessible(page);
    await tile.click();
    await page.waitForURL(/\/meters/);
    await expect.poll(() => page.getByRole('heading', { level: 1 }).textContent()).toBe('Meters');
  });

  it('gives every chart its table', async () => {
    await open('/');
    const panel = page.getByRole('region', { name: 'Read success by day' });
    await panel.getByRole('button', { name: 'Table' }).click();
    await panel.getByRole('table').waitFor();
    expect(await panel.getByRole('row').count()).toBeGreaterThan(1);
  });

  it('finds a meter by keyboard alone', async () => {
    await open('/');
    await page.keyboard.press('/');
    await page.keyboard.type('T1007');
    await page.getByRole('option').first().waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/meters\/\d+/);
    await expect.poll(() => page.getByRole('heading', { level: 1 }).textContent()).toBe('T1007');
  });

  it('keeps filters in the address', async () => {
    await open('/meters');
    await page.getByRole('grid').waitFor();
    await page.getByRole('searchbox', { name: /Serial/ }).fill('T101');
    await page.waitForURL(/q=T101/);
    await expect.poll(() => page.getByRole('row').count()).toBe(11);
    await page.reload();
    await expect.poll(() => page.getByRole('row').count()).toBe(11);
    await page.getByRole('button', { name: 'Clear' }).click();
    await expect.poll(() => page.locator('.page-head p').textContent()).toContain('50');
    await expectAccessible(page);
  });

  it('sorts by the server and opens a row with the keyboard', async () => {
    await open('/meters');
    await page.getByRole('button', { name: 'Serial' }).click();
    await page.waitForURL(/sort=serial/);
    const first = page.getByRole('row').nth(1);
    await expect.poll(() => first.textContent()).toContain('T1000');
    await page.getByRole('grid').focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.getByRole('heading', { level: 1 }).textContent()).toBe('T1001');
  });

  it('saves a view and opens it again', async () => {
    await open('/meters?q=T104');
    await page.getByRole('button', { name: 'Views' }).click();
    await page.getByLabel('Save what is shown as').fill('Forties');
    await page.getByRole('button', { name: 'Save view' }).click();
    await page.getByText('View “Forties” saved').waitFor();
    await open('/meters');
    await page.getByRole('button', { name: 'Views' }).click();
    await page.getByRole('button', { name: 'Forties', exact: true }).click();
    await page.waitForURL(/q=T104/);
  });

  it('shows the readings of a meter as a chart, in words and as a table', async () => {
    await open('/meters?q=T1000');
    await page.getByRole('row').nth(1).click();
    await page.getByRole('heading', { level: 1, name: 'T1000' }).waitFor();
    const chart = page.getByRole('group', { name: /Arrow keys walk the readings/ });
    await chart.waitFor();
    await expect.poll(() => page.locator('.profile-summary').textContent()).toMatch(/kWh, peak .* kWh/);
    await expectAccessible(page);
    await chart.focus();
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowLeft');
    await expect.poll(() => page.locator('.profile-tip').textContent()).toContain('kWh');
    await page.keyboard.press('Enter');
    const chosen = page.getByRole('region', { name: 'Chosen reading' });
    await expect.poll(() => chosen.getByRole('row').count()).toBeGreaterThanOrEqual(2);
    const shown = page.locator('.panel').filter({ has: chart });
    await shown.getByRole('button', { name: 'Table' }).click();
    await expect.poll(() => page.getByRole('table', { name: /Readings in this window/ }).count()).toBe(1);
    await expectAccessible(page);
  });

  it('zooms by keyboard and keeps the window in the address', async () => {
    await open('/meters?q=T1001');
    await page.getByRole('row').nth(1).click();
    const chart = page.getByRole('group', { name: /Arrow keys walk the readings/ });
    await chart.waitFor();
    await chart.focus();
    await page.keyboard.press('+');
    await page.waitForURL(/from=\d+/);
    const before = await page.locator('.panel-head .note').first().textContent();
    await page.reload();
    await chart.waitFor();
    await expect.poll(() => page.locator('.panel-head .note').first().textContent()).toBe(before);
  });

  it.each([
    ['registers', 'Registers'],
    ['frames', 'Raw frames'],
    ['events', 'Events'],
  ])('has the %s of a meter', async (_, name) => {
    await open('/meters?q=T1002');
    await page.getByRole('row').nth(1).click();
    await page.getByRole('tab', { name }).click();
    await expect.poll(() => page.getByRole('tabpanel').textContent()).not.toContain('Loading');
    expect(await page.getByRole('alert').count()).toBe(0);
    await expectAccessible(page);
  });

  it('imports a file: preview, mapping, report', async () => {
    await open('/imports');
    const rows = ['meter;time;import [kWh]'];
    for (let i = 1; i <= 40; i++) {
      const end = new Date(Date.parse('2026-03-30T10:00:00Z') + i * 900_000).toISOString();
      rows.push(`NEW-1;${end};0,${100 + i}`);
    }
    await page.setInputFiles('input[type=file]', {
      name: 'new.csv',
      mimeType: 'text/csv',
      buffer: Buffer.from(rows.join('\n')),
    });
    await page.getByText('Detected format').waitFor();
    expect(await page.getByLabel('Role of time').inputValue()).toBe('time');
    await expectAccessible(page);
    await page.getByLabel('Register unknown meters and channels').check();
    await page.getByRole('button', { name: 'Import', exact: true }).click();
    await page.waitForURL(/job=\d+/);
    await expect
      .poll(() => page.locator('.panel-head .badge').first().textContent(), { timeout: 20_000 })
      .toBe('Done');
    await expect.poll(() => page.locator('.counts').textContent()).toMatch(/New\s*40/);
    await expectAccessible(page);
  });

  it.each(['/unregistered', '/rejected', '/settings', '/settings?tab=users', '/settings?tab=tokens'])(
    'everybody can use %s',
    async (path) => {
      await open(path);
      await expect.poll(() => page.getByRole('main').textContent()).not.toContain('Loading');
      expect(await page.getByRole('alert').count()).toBe(0);
      await expectAccessible(page);
    },
  );

  it('reflows at 320 pixels, light and dark', async () => {
    await page.setViewportSize({ width: 320, height: 800 });
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      for (const path of ['/', '/meters', '/imports', '/rejected']) {
        await open(path);
        await expect.poll(() => page.getByRole('main').textContent()).not.toContain('Loading');
        await expectAccessible(page);
      }
    }
    await page.getByRole('button', { name: 'Open navigation' }).click();
    await page.getByRole('link', { name: 'Overview' }).last().click();
    await page.setViewportSize({ width: 1366, height: 900 });
  });

  it('asks for the password when the session ends, and loses nothing', async () => {
    await open('/meters?q=T10');
    await page.getByRole('grid').waitFor();
    const cookies = await context.cookies();
    await context.clearCookies();
    await page.getByLabel('Commodity').first().selectOption('electricity');
    const dialog = page.getByRole('dialog', { name: 'Your session has ended' });
    await dialog.waitFor();
    await dialog.getByLabel('Password').fill(server.adminPassword);
    await dialog.getByRole('button', { name: 'Sign in' }).click();
    await dialog.waitFor({ state: 'detached' });
    expect(page.url()).toContain('q=T10');
    expect(page.url()).toContain('commodity=electricity');
    await expect.poll(() => page.getByRole('row').count()).toBeGreaterThan(1);
    expect(cookies.length).toBeGreaterThan(0);
  });

  it('raised no error on the way', () => {
    expect(errors).toEqual([]);
  });

  it('works under the content security policy, and without WebGL', async () => {
    const plain = await launch(['--disable-3d-apis']);
    try {
      const own = await plain.newContext();
      const found = watchErrors(own);
      const tab = await own.newPage();
      await tab.goto(server.url);
      await signIn(tab, server.adminEmail, server.adminPassword);
      await tab.getByRole('table', { name: 'Usage points' }).waitFor();
      await tab.getByText('This browser cannot draw the map').waitFor();
      expect(found).toEqual([]);
    } finally {
      await plain.close();
    }
  });
});
