/** The pages in a real browser on a real server: what a person does with them, and whether everybody can. */
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
import { shoot } from './people.ts';

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
    await page.getByLabel('E-mail address').fill(server.adminEmail);
    await page.getByLabel('Password').fill('not the password');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').getByText('E-mail address or password is not right').waitFor();
    await signIn(page, server.adminEmail, server.adminPassword);
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  it('shows the site at a glance, and every tile opens its list', async () => {
    await open('/');
    const tile = page.getByRole('link', { name: /^Meters registered/ });
    await eventually(() => tile.textContent()).toContain('50');
    await page.getByRole('region', { name: 'Read success by day' }).waitFor();
    await page.getByRole('region', { name: 'Latest events' }).waitFor();
    await eventually(() => page.locator('.live').getAttribute('data-status')).toBe('live');
    await expectAccessible(page);
    await tile.click();
    await page.waitForURL(/\/meters/);
    await eventually(() => page.getByRole('heading', { level: 1 }).textContent()).toBe('Meters');
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
    // what was found for the first letters may still be there: Enter takes the one that is marked
    await page.getByRole('option', { selected: true, name: /T1007/ }).waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/meters\/\d+/);
    await eventually(() => page.getByRole('heading', { level: 1 }).textContent()).toBe('T1007');
  });

  it('finds a meter by its address', async () => {
    await open('/');
    await page.getByRole('combobox', { name: /^Search/ }).fill('29 Test Street');
    await page
      .getByRole('option', { name: /29 Test Street/ })
      .first()
      .click();
    await page.waitForURL(/\/meters/);
    await eventually(() => page.getByRole('main').textContent()).toContain('T1028');
    await eventually(() => page.getByRole('main').textContent()).toContain('29 Test Street');
  });

  it('keeps filters in the address', async () => {
    await open('/meters');
    await page.getByRole('grid').waitFor();
    await page.getByRole('searchbox', { name: /Serial/ }).fill('T101');
    await page.waitForURL(/q=T101/);
    await eventually(() => page.getByRole('row').count()).toBe(11);
    await page.reload();
    await eventually(() => page.getByRole('row').count()).toBe(11);
    await page.getByRole('button', { name: 'Clear' }).click();
    await eventually(() => page.locator('.page-head p').textContent()).toContain('50');
    await expectAccessible(page);
  });

  it('sorts by the server and opens a row with the keyboard', async () => {
    await open('/meters');
    await page.getByRole('button', { name: 'Serial' }).click();
    await page.waitForURL(/sort=serial/);
    const first = page.getByRole('row').nth(1);
    await eventually(() => first.textContent()).toContain('T1000');
    await page.getByRole('grid').focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await eventually(() => page.getByRole('heading', { level: 1 }).textContent()).toBe('T1001');
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
    await eventually(() => page.locator('.profile-summary').textContent()).toMatch(/kWh, peak .* kWh/);
    await expectAccessible(page);
    await chart.focus();
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowLeft');
    await eventually(() => page.locator('.profile-tip').textContent()).toContain('kWh');
    await page.keyboard.press('Enter');
    const chosen = page.getByRole('region', { name: 'Chosen reading' });
    await eventually(() => chosen.getByRole('row').count()).toBeGreaterThanOrEqual(2);
    const shown = page.locator('.panel').filter({ has: chart });
    await shown.getByRole('button', { name: 'Table' }).click();
    const table = page.getByRole('table', { name: /Readings in this window/ });
    await eventually(() => table.count()).toBe(1);
    // the revisions of a row by keyboard, and back to where one was
    const opener = table.getByRole('button', { name: /^Revisions of / }).nth(2);
    await opener.focus();
    await page.keyboard.press('Enter');
    await page.waitForURL(/reading=\d+/);
    const focused = () => page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? '');
    await eventually(focused).toBe('Chosen reading');
    await expectAccessible(page);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await eventually(() => chosen.count()).toBe(0);
    await eventually(focused).toMatch(/^Revisions of /);
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
    await eventually(() => page.locator('.panel-head .note').first().textContent()).toBe(before);
  });

  it.each([
    ['registers', 'Registers'],
    ['frames', 'Raw frames'],
    ['events', 'Events'],
  ])('has the %s of a meter', async (_, name) => {
    await open('/meters?q=T1002');
    await page.getByRole('row').nth(1).click();
    await page.getByRole('tab', { name }).click();
    await eventually(() => page.getByRole('tabpanel').textContent()).not.toContain('Loading');
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
    await eventually(() => page.locator('.panel-head .badge').first().textContent()).toBe('Done');
    await eventually(() => page.locator('.counts').textContent()).toMatch(/New\s*40/);
    await expectAccessible(page);
  });

  it('gives back the lines of an import that were refused', async () => {
    await open('/imports');
    const rows = ['meter;time;import [kWh]'];
    for (let i = 1; i <= 30; i++) {
      const end = new Date(Date.parse('2026-03-30T10:00:00Z') + i * 900_000).toISOString();
      rows.push(`T1009;${end};${i === 17 ? 'abc' : `0,${100 + i}`}`);
    }
    const buffer = Buffer.from(rows.join('\n'));
    await page.setInputFiles('input[type=file]', { name: 'bad.csv', mimeType: 'text/csv', buffer });
    await page.getByRole('button', { name: 'Import', exact: true }).click();
    const link = page.getByRole('link', { name: /^Download 1 rejected/ });
    await link.waitFor({ timeout: 20_000 });
    const [download] = await Promise.all([page.waitForEvent('download'), link.click()]);
    const chunks = await (await download.createReadStream()).toArray();
    expect(Buffer.concat(chunks).toString()).toContain('abc');
  });

  it('adopts a device with the readings that were kept for it', async () => {
    await open('/unregistered');
    await page.getByRole('button', { name: 'Adopt STRANGER1' }).click();
    const dialog = page.getByRole('dialog', { name: 'Adopt STRANGER1' });
    await dialog.getByLabel('Model').fill('X9');
    await dialog.getByRole('button', { name: 'Register meter' }).click();
    await page.getByRole('heading', { level: 1, name: 'STRANGER1' }).waitFor();
    await page.getByText('1 reading moved into its channels.').waitFor();
    await eventually(() => page.getByRole('main').textContent()).toContain('0.5 kWh');
  });

  it('narrows what was rejected by reason and by device', async () => {
    await open('/rejected');
    await page.getByRole('link', { name: 'PUSH_NOT_FINITE' }).click();
    await page.waitForURL(/code=PUSH_NOT_FINITE/);
    await page.getByRole('link', { name: 'T1001' }).click();
    await page.waitForURL(/device=T1001/);
    await page.getByLabel('Only this device').fill('T9999');
    await page.getByText('No rejected reading matches').waitFor();
    await page.getByRole('button', { name: 'Clear filter' }).click();
    await page.getByRole('link', { name: 'T1001' }).waitFor();
  });

  it('adds a user, and makes and revokes a token', async () => {
    await open('/settings?tab=users');
    await page.getByRole('button', { name: 'New user' }).click();
    const user = page.getByRole('dialog', { name: 'New user' });
    await user.getByLabel('Name').fill('Olga');
    await user.getByLabel('E-mail').fill('olga@example.org');
    await user.getByLabel('First password').fill('a long first password');
    await user.getByLabel('Role').selectOption('operator');
    await user.getByRole('button', { name: 'Add user' }).click();
    await page.getByText('Olga can sign in now').waitFor();
    expect(await page.getByLabel('Role of Olga').inputValue()).toBe('operator');
    await page.getByRole('tab', { name: 'API tokens' }).click();
    await page.getByRole('button', { name: 'New token' }).click();
    const token = page.getByRole('dialog', { name: 'New API token' });
    await token.getByLabel('Name').fill('grafana');
    await token.getByRole('button', { name: 'Make token' }).click();
    const made = page.getByRole('dialog', { name: 'Token “grafana”' });
    await made.locator('.secret').waitFor();
    await expectAccessible(page);
    await made.getByRole('button').last().click();
    await page.getByRole('button', { name: 'Revoke grafana' }).click();
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /^Revoke/ })
      .click();
    await page.getByText('Token “grafana” revoked').waitFor();
    await eventually(() => page.getByRole('cell', { name: 'grafana' }).count()).toBe(0);
  });

  it('tells what was done, all of it or one sort, and that nobody altered it', async () => {
    await open('/settings?tab=audit');
    await page.getByRole('cell', { name: 'user', exact: false }).first().waitFor();
    const rows = page.getByRole('region', { name: 'Audit trail, table' }).locator('tbody tr');
    await page.getByLabel('Of', { exact: true }).selectOption('api token');
    const about = () => rows.locator('[data-name="To"]').allTextContents();
    await eventually(async () => new Set((await about()).map((to) => to.replace(/ \d+$/, '')))).toEqual(
      new Set(['api token']),
    );
    const did = await rows.locator('[data-name="Did"]').allTextContents();
    expect(did.slice(0, 2)).toEqual(['remove', 'issue']);
    await page.getByLabel('Of', { exact: true }).selectOption('campaign');
    await page.getByText('Nothing was done of this sort yet').waitFor();
    await page.getByLabel('Of', { exact: true }).selectOption('everything');
    await rows.first().waitFor();
    await page.getByRole('button', { name: 'Check the chain' }).click();
    await page.getByText(/^The chain of all \d+ records holds$/).waitFor();
    await expectAccessible(page);
    await shoot(page, 'audit');
  });

  it('reflows at 320 pixels, light and dark', async () => {
    await page.setViewportSize({ width: 320, height: 800 });
    // no colour is caught on its way to another
    await page.emulateMedia({ reducedMotion: 'reduce' });
    for (const path of ['/', '/meters', '/imports', '/rejected']) {
      await open(path);
      await eventually(() => page.getByRole('main').textContent()).not.toContain('Loading');
      await expectAccessibleInBoth(page);
    }
    await page.emulateMedia({ reducedMotion: null });
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
    await eventually(() => page.getByRole('row').count()).toBeGreaterThan(1);
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
