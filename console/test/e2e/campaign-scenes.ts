/** Firmware campaigns in a real browser: an image comes in, is brought to meters in waves, and is followed. */
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { eventually, expectAccessible } from './browser.ts';
import { type Stage, shoot } from './people.ts';

export function campaignScenes(stage: Stage): void {
  const { open, pageOf, sim } = stage;

  /** Fills in the dialog for a campaign; the dialog stays open. */
  const fill = async (page: Page, name: string, find: string) => {
    await open(page, '/campaigns');
    await page.getByRole('button', { name: 'Plan a campaign' }).click();
    const dialog = page.getByRole('dialog', { name: 'Plan a campaign' });
    await dialog.getByLabel('Name', { exact: true }).fill(name);
    await dialog.getByLabel('Find a meter').fill(find);
    await dialog.getByRole('button', { name: /^Add all/ }).click();
    await dialog.getByRole('list', { name: 'Chosen meters' }).waitFor();
    return dialog;
  };

  it('takes an image of an administrator, and refuses one that differs from what was said', async () => {
    const ada = pageOf('ada');
    await open(ada, '/campaigns?tab=images');
    await ada.getByRole('button', { name: 'Add an image' }).click();
    const dialog = ada.getByRole('dialog', { name: 'Add a firmware image' });
    const buffer = Buffer.from(Array.from({ length: 1500 }, (_, at) => at % 251));
    await dialog
      .getByLabel('File')
      .setInputFiles({ name: 'fw.bin', mimeType: 'application/octet-stream', buffer });
    await dialog.getByLabel('Name').fill('A1 spring');
    await dialog.getByLabel('Version').fill('2.0');
    await dialog.getByLabel('Identifier').fill('a1b2');
    await dialog.getByLabel('SHA-256').fill('00'.repeat(32));
    await expectAccessible(ada);
    await dialog.getByRole('button', { name: 'Add image' }).click();
    await dialog.getByRole('alert').getByText('FIRMWARE_IMAGE').waitFor();
    await dialog.getByLabel('SHA-256').fill('');
    await dialog.getByRole('button', { name: 'Add image' }).click();
    await ada.getByRole('cell', { name: 'A1 spring' }).waitFor();
  });

  it('brings it to few meters by one person, and shows each wave and block', async () => {
    const olga = pageOf('olga');
    const dialog = await fill(olga, 'Spring, first', 'T100');
    await eventually(() =>
      dialog.getByRole('list', { name: 'Chosen meters' }).getByRole('listitem').count(),
    ).toBe(11);
    await dialog.getByRole('button', { name: 'Leave out T1009' }).click();
    expect(await dialog.locator('.wave-fields').allTextContents()).toEqual([
      expect.stringContaining('1 meter'),
      expect.stringContaining('0 meters'),
      expect.stringContaining('0 meters'),
      expect.stringContaining('8 meters'),
    ]);
    await expectAccessible(olga);
    await shoot(olga, 'campaign-dialog');
    await dialog.getByRole('button', { name: 'Plan it' }).click();
    await olga.waitForURL(/\/campaigns\/\d+$/);
    expect(sim.firmware.size).toBe(0);
    await olga.getByRole('button', { name: 'Start …' }).click();
    await olga.getByRole('dialog').getByRole('button', { name: 'Start it' }).click();
    await eventually(() => olga.locator('.page-head').textContent()).toContain('100 % of 9 confirmed');
    await eventually(() => olga.locator('.page-head').textContent()).toContain('Done');
    expect(sim.firmware.size).toBe(9);
    await olga.getByRole('button', { name: 'Blocks of T1003' }).click();
    await olga.getByRole('img', { name: 'T1003 has 100 % of the image. No block is missing.' }).waitFor();
    expect(await olga.locator('.block-map rect[data-has=all]').count()).toBe(12);
    const waves = olga.getByRole('region', { name: 'Progress by wave' }).first();
    await waves.getByRole('button', { name: 'Table' }).click();
    await eventually(() => waves.getByRole('row').last().textContent()).toContain('allthrough8' + '8');
    await expectAccessible(olga);
  }, 60_000);

  it('lets another person start what is for many, then pauses, goes on and aborts', async () => {
    const olga = pageOf('olga');
    const dialog = await fill(olga, 'Spring, second', 'T10');
    await dialog.getByRole('button', { name: 'Leave out T1020' }).click();
    await dialog.getByLabel('Activate not before, UTC').fill('2026-04-02T01:00');
    await dialog.getByRole('button', { name: 'Plan it' }).click();
    await olga.waitForURL(/\/campaigns\/\d+$/);
    await olga.getByText('You planned it: another person must start it.').waitFor();
    expect(await olga.getByRole('button', { name: /^Start/ }).count()).toBe(0);
    const ada = pageOf('ada');
    await open(ada, new URL(olga.url()).pathname);
    await ada.getByRole('button', { name: 'Start …' }).click();
    await ada.getByRole('dialog').getByRole('button', { name: 'Start it' }).click();
    // The page of who planned it follows by itself.
    await olga.getByRole('button', { name: 'Pause …' }).click();
    await olga.getByRole('dialog').getByRole('button', { name: 'Pause it' }).click();
    await olga.getByRole('button', { name: 'Go on …' }).click();
    await expectAccessible(olga);
    await olga.getByRole('dialog').getByRole('button', { name: 'Go on' }).click();
    await olga.getByRole('button', { name: 'Pause …' }).waitFor();
    await olga.getByRole('button', { name: 'Abort …' }).click();
    await olga.getByRole('dialog').getByRole('button', { name: 'Abort it' }).click();
    await eventually(() => olga.locator('.page-head').textContent()).toContain('Aborted');
    expect(await olga.locator('.page-head').getByRole('button').count()).toBe(0);
  }, 60_000);

  it('offers a viewer nothing that would be refused', async () => {
    const { page: vera, errors } = stage.tabs.get('vera')!;
    for (const path of ['/campaigns', '/campaigns?tab=images', '/campaigns/1', '/campaigns/2']) {
      await open(vera, path);
      const names = await vera.getByRole('main').getByRole('button').allTextContents();
      expect(names.filter((name) => /plan|add|start|pause|abort|go on/i.test(name))).toEqual([]);
    }
    expect(errors).toEqual([]);
  });
}
