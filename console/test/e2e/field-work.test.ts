/** What people do with meters, in a real browser: commands and firmware campaigns on one server. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { simMeters } from '../../../server/test/commands/sim-driver.ts';
import { startServer, type TestServer } from '../../../server/test/helpers/start-server.ts';
import { chromePath, ensureConsole, expectAccessible, expectAccessibleInBoth, launch } from './browser.ts';
import { campaignScenes } from './campaign-scenes.ts';
import { commandScenes } from './command-scenes.ts';
import { giveEndpoints, openOn, type Stage, shoot, signInAll, sizes, staff, type Tabs } from './people.ts';
import { safetyScenes } from './safety-scenes.ts';

describe.skipIf(!chromePath)('work with meters in the console', () => {
  const sim = simMeters('2.0');
  let server: TestServer;
  let browser: Browser;
  let tabs: Tabs<keyof typeof staff>;
  const stage: Stage = {
    sim,
    get server() {
      return server;
    },
    get tabs() {
      return tabs;
    },
    open: (page, path) => openOn(page, server.url, path),
    pageOf: (name) => tabs.get(name)!.page,
  };

  beforeAll(async () => {
    await ensureConsole();
    [server, browser] = await Promise.all([startServer({ meters: 21, drivers: sim }), launch()]);
    // The last one cannot be reached.
    await giveEndpoints(server, 20);
    tabs = await signInAll(server, browser, staff);
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  describe('commands', () => commandScenes(stage));
  describe('the safety policy', () => safetyScenes(stage));
  describe('campaigns', () => campaignScenes(stage));

  it.each(Object.entries(sizes))(
    'has no barrier, light and dark, %s',
    async (_name, size) => {
      const olga = stage.pageOf('olga');
      await olga.setViewportSize(size);
      for (const path of [
        ...['/commands', '/commands?tab=meters', '/commands?tab=safety', '/commands/1'],
        ...['/meters/2?tab=commands', '/campaigns', '/campaigns?tab=images', '/campaigns/1', '/campaigns/2'],
      ]) {
        await stage.open(olga, path);
        expect(await olga.getByRole('alert').count(), path).toBe(0);
        await expectAccessibleInBoth(olga, (scheme) =>
          shoot(olga, `${path.replace(/\W+/g, '-')}-${size.width}-${scheme}`),
        );
      }
      await stage.open(olga, '/commands');
      await olga.getByRole('button', { name: 'New command' }).click();
      const dialog = olga.getByRole('dialog');
      await dialog.getByLabel('Command', { exact: true }).selectOption('activity-calendar');
      await expectAccessible(olga);
      await shoot(olga, `dialog-${size.width}`);
      await dialog.getByRole('button', { name: 'Edit as JSON' }).click();
      await expectAccessible(olga);
      await olga.keyboard.press('Escape');
    },
    120_000,
  );
});
