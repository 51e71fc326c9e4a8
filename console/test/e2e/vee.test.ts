/** Validation in a real browser: exceptions cleared by keyboard, a day edited and undone, rules, virtual channels. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatDay, systemAccess } from '../../../model/src/index.ts';
import { startVee, today, type VeeTest } from '../../../server/test/vee/support.ts';
import { chromePath, ensureConsole, eventually, expectAccessible, launch } from './browser.ts';
import { openOn, shoot, signInAll, sizes, type Tabs } from './people.ts';

const people = { ada: 'admin', olga: 'operator', vera: 'viewer' } as const;
const homes = 14;
const historyDays = 12;

describe.skipIf(!chromePath)('validation in the console', () => {
  let test: VeeTest;
  let browser: Browser;
  let tabs: Tabs<keyof typeof people>;
  const open = (page: Page, path: string) => openOn(page, test.server.url, path);
  const pageOf = (name: keyof typeof people) => tabs.get(name)!.page;
  const exceptions = () => test.server.running.context.registry.exceptions;
  const counts = () => exceptions().counts(systemAccess);
  const spikeDay = formatDay(today - 3);
  /** By keys alone, with the reason that is remembered. */
  const accept = async (page: Page) => {
    await page.keyboard.press('a');
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /^Accept/ })
      .waitFor();
    await page.keyboard.press('Enter');
  };
  const dayPath = (home: number, day: string) => `/exceptions/${test.homes[home]!.channel}/${day}`;

  beforeAll(async () => {
    await ensureConsole();
    test = await startVee(homes, { OPENAMI_CLOSE_BACKLOG_DAYS: '14' });
    for (const [i, home] of test.homes.entries()) {
      await test.send(home, today - historyDays, today, (value, slot, day) => {
        // Everything behind one concentrator counted a false peak in one hour; others went backwards.
        if (i >= 6 && day === today - 3 && slot === 18) return value * 60;
        if (i === 5 && day === today - 5 && slot === 10) return 90_000;
        if (i < 3 && day === today - 2 && slot > 19) return -300;
        return value;
      });
    }
    await test.open();
    browser = await launch();
    tabs = await signInAll(test.server, browser, people);
  }, 180_000);

  afterAll(async () => {
    await browser?.close();
    await test?.server.close();
  });

  it('clears a whole cause by keyboard, and undoes it', async () => {
    const olga = pageOf('olga');
    await open(olga, '/exceptions');
    const before = (await counts()).open;
    const row = olga.getByRole('link', { name: /^Concentrator DC-2 · 8 meters · values/ });
    await row.waitFor();
    await expectAccessible(olga);
    await shoot(olga, 'work-list');
    const dialog = olga.getByRole('dialog', { name: /^Accept/ });
    // a list that is drawn anew at that moment takes the focus off the row
    await eventually(async () => {
      if ((await dialog.count()) === 0) {
        await row.focus();
        await olga.keyboard.press('a');
      }
      return dialog.count();
    }).toBe(1);
    // A reason is asked for, and Enter without one does nothing.
    await olga.keyboard.press('Enter');
    await dialog.getByRole('textbox', { name: 'Reason' }).fill('Storm of false peaks');
    await expectAccessible(olga);
    await shoot(olga, 'reason');
    await olga.keyboard.press('Enter');
    await eventually(() => row.count()).toBe(0);
    await eventually(async () => (await counts()).open).toBeLessThan(before - 7);
    // the registry may know of the decision before its answer is on the page
    const undo = olga.getByRole('dialog', { name: 'Undo the last decision' });
    await eventually(async () => {
      if ((await undo.count()) === 0) await olga.keyboard.press('u');
      return undo.count();
    }).toBe(1);
    await undo.getByRole('textbox', { name: 'Reason' }).fill('too fast');
    await olga.keyboard.press('Enter');
    await row.waitFor();
    await eventually(async () => (await counts()).open).toBe(before);
  });

  it('goes through a group day by day: j, a, Enter, with the reason remembered', async () => {
    const olga = pageOf('olga');
    await open(olga, '/exceptions');
    await olga.getByRole('link', { name: /^Concentrator DC-2/ }).focus();
    await olga.keyboard.press('Enter');
    const list = olga.getByRole('region', { name: 'Days of the group, table' });
    await list.waitFor();
    await eventually(() =>
      olga.getByRole('group', { name: /Left and right walk the intervals/ }).count(),
    ).toBe(1);
    await expectAccessible(olga);
    await shoot(olga, 'group');
    const before = (await counts()).open;
    await olga.keyboard.press('j');
    const names: (string | null)[] = [];
    for (let i = 0; i < 3; i++) {
      names.push(await olga.evaluate(() => document.activeElement?.textContent ?? null));
      await accept(olga);
      await eventually(() => list.getByText('Accepted', { exact: true }).count()).toBe(i + 1);
      // The next that is open is at hand.
      await eventually(() => olga.evaluate(() => document.activeElement?.textContent ?? null)).not.toBe(
        names[i],
      );
    }
    expect(new Set(names).size).toBe(3);
    expect(before - (await counts()).open).toBeGreaterThanOrEqual(3);
    const { items } = await exceptions().list(systemAccess, { state: 'accepted' });
    expect(new Set(items.map(({ note }) => note))).toEqual(new Set(['Storm of false peaks']));
    // The rest at once.
    await olga.keyboard.press('*');
    await accept(olga);
    await olga.getByText('all decided').waitFor();
  });

  it('edits a day by typing, pasting, keys and dragging, applies it with a reason and undoes it', async () => {
    const olga = pageOf('olga');
    const home = test.homes[0]!;
    const day = formatDay(today - 2);
    const before = await test.day(home, today - 2);
    await open(olga, dayPath(0, day));
    await eventually(() =>
      olga.getByRole('complementary', { name: 'About this day' }).textContent(),
    ).toContain('cannot count backwards');
    await olga.keyboard.press('d');
    const input = (hour: string) => olga.getByLabel(`New value ${hour}`);
    await input('20:00–21:00').fill('0,5');
    await olga.keyboard.press('Enter');
    expect(await input('21:00–22:00').evaluate((e) => e === document.activeElement)).toBe(true);
    await input('21:00–22:00').evaluate((element) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData('text/plain', '21:00\t0.4\n22:00\t0.3\n');
      element.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
    });
    await olga.getByText('3 intervals changed').waitFor();
    const chart = olga.getByRole('group', { name: /Delete takes it away/ });
    await chart.focus();
    await olga.keyboard.press('End');
    await olga.keyboard.press('ArrowUp');
    await olga.getByText('4 intervals changed').waitFor();
    const plot = chart.locator('.u-over');
    const box = (await plot.boundingBox())!;
    const x = box.x + (box.width * 3.5) / 24;
    await olga.mouse.move(x, box.y + box.height * 0.8);
    await olga.mouse.down();
    await olga.mouse.move(x, box.y + box.height * 0.4, { steps: 4 });
    await olga.mouse.up();
    await olga.getByText('5 intervals changed').waitFor();
    await expectAccessible(olga);
    await shoot(olga, 'day-edit');
    await olga.getByRole('button', { name: 'Apply the edit …' }).click();
    const dialog = olga.getByRole('dialog', { name: 'Apply the edit' });
    await dialog.getByText(/^5 intervals change, the sum by/).waitFor();
    await dialog.getByRole('textbox', { name: 'Reason' }).fill('Read from the display');
    await olga.keyboard.press('Enter');
    const aside = olga.getByRole('complementary', { name: 'About this day' });
    await aside.getByText('“Read from the display”').waitFor();
    const edited = await test.day(home, today - 2);
    expect(edited.slice(20, 23).map(({ value }) => value)).toEqual([500, 400, 300]);
    expect(edited[3]!.value).toBeGreaterThan(before[3]!.value!);
    await aside.getByRole('button', { name: 'Undo …' }).click();
    await olga
      .getByRole('dialog', { name: 'Undo this edit' })
      .getByRole('textbox', { name: 'Reason' })
      .fill('wrong meter');
    await olga.keyboard.press('Enter');
    await eventually(async () => JSON.stringify(await test.day(home, today - 2))).toBe(
      JSON.stringify(before),
    );
  }, 60_000);

  it('says when a day changed meanwhile, keeps what was typed, and applies it then', async () => {
    const olga = pageOf('olga');
    const home = test.homes[4]!;
    const day = today - 6;
    await open(olga, dayPath(4, formatDay(day)));
    await olga.keyboard.press('d');
    await olga.getByLabel('New value 10:00–11:00').fill('0.111');
    await olga.keyboard.press('Enter');
    test.clock.advanceMs(60_000);
    await test.send(home, day, day + 1, (value, slot) => (slot === 10 ? value + 7 : value));
    const apply = async () => {
      await olga.getByRole('button', { name: 'Apply the edit …' }).click();
      await olga
        .getByRole('dialog')
        .getByText(/^1 interval change/)
        .waitFor();
      await olga.keyboard.press('Enter');
    };
    await apply();
    await olga.getByRole('alert').getByText('The day changed while you looked at it').waitFor();
    await apply();
    await olga.getByText(/^Applied:/).waitFor();
    expect((await test.day(home, day))[10]!.value).toBe(111);
  }, 60_000);

  it('lets a second person decide what moves much', async () => {
    const olga = pageOf('olga');
    const home = test.homes[5]!;
    await open(olga, dayPath(5, formatDay(today - 5)));
    await olga.keyboard.press('a');
    const dialog = olga.getByRole('dialog', { name: /^Accept/ });
    await dialog.getByLabel('What is right').selectOption('measured');
    await dialog.getByRole('button', { name: /^Accept/ }).click();
    const aside = olga.getByRole('complementary', { name: 'About this day' });
    await aside.getByText('You asked for it, so another person decides.').first().waitFor();
    expect((await test.day(home, today - 5))[10]!.value).toBeLessThan(1_000);
    const ada = pageOf('ada');
    await open(ada, '/exceptions?tab=edits');
    await ada
      .getByRole('row')
      .filter({ hasText: '+89.7 kWh' })
      .getByRole('button', { name: 'Approve …' })
      .click();
    await ada.getByRole('dialog').getByRole('button', { name: 'Approve' }).click();
    await eventually(async () => (await test.day(home, today - 5))[10]!.value).toBe(90_000);
  });

  it('suspends estimation and ends it', async () => {
    const olga = pageOf('olga');
    await open(olga, '/quality?tab=suspensions');
    await olga.getByRole('button', { name: 'Suspend estimation' }).click();
    const dialog = olga.getByRole('dialog', { name: 'Suspend estimation' });
    await dialog.getByLabel('Name of the concentrator').fill('DC-1');
    await dialog.getByRole('textbox', { name: 'Reason' }).fill('cable cut');
    await dialog.getByRole('button', { name: 'Suspend', exact: true }).click();
    const end = olga.getByRole('button', { name: 'End the suspension of Concentrator DC-1' });
    await end.waitFor();
    expect(test.server.running.context.vee.suspensions.live).toMatchObject([{ target: 'DC-1' }]);
    await end.click();
    await olga.getByRole('dialog').getByRole('button', { name: 'End it' }).click();
    await eventually(() => end.count()).toBe(0);
    expect(test.server.running.context.vee.suspensions.live).toEqual([]);
  });

  it('makes a virtual channel of a formula that is explained while it is written', async () => {
    const olga = pageOf('olga');
    const [a, b] = test.homes.map(({ channel }) => channel);
    await open(olga, '/virtual-channels');
    await olga.getByRole('button', { name: 'New virtual channel' }).click();
    const dialog = olga.getByRole('dialog', { name: 'New virtual channel' });
    await dialog.getByLabel('Name', { exact: true }).fill('two homes');
    const formula = dialog.getByLabel('Formula');
    await formula.fill(`#${a} +* #${b}`);
    await dialog.getByRole('alert').getByText('VEE_FORMULA').waitFor();
    await formula.fill(`#${a} + `);
    await dialog.getByLabel('Find a channel by its meter').fill('V101');
    await dialog.getByRole('button', { name: new RegExp(`^#${b} import`) }).click();
    expect(await formula.inputValue()).toBe(`#${a} + #${b}`);
    await dialog.getByText(/readings it needs are there/).waitFor();
    await expectAccessible(olga);
    await shoot(olga, 'formula');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await olga.getByRole('cell', { name: `#${a} + #${b}` }).waitFor();
  });

  it('names the channel that checks another one', async () => {
    const olga = pageOf('olga');
    const [a, b] = test.homes.map(({ channel }) => channel);
    await open(olga, '/virtual-channels?tab=checks');
    await olga.getByRole('button', { name: 'New check' }).click();
    const dialog = olga.getByRole('dialog', { name: 'New check channel' });
    for (const [label, serial, channel] of [
      ['Channel whose gaps are filled', 'V100', a],
      ['Channel that measures the same', 'V101', b],
    ] as const) {
      await dialog.getByLabel(label).fill(serial);
      await dialog.getByRole('button', { name: new RegExp(`^#${channel} import`) }).click();
    }
    await dialog.getByText(`Gaps of #${a} V100 import are filled by #${b} V101 import.`).waitFor();
    await expectAccessible(olga);
    await shoot(olga, 'check');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await olga.getByRole('cell', { name: /V101 import/ }).waitFor();
    await olga.getByRole('button', { name: 'Remove' }).click();
    await olga.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await olga.getByText('No check channel yet').waitFor();
  });

  it('takes a new rule set, and says at which line it is wrong', async () => {
    const ada = pageOf('ada');
    await open(ada, '/rules?tab=sets');
    await ada.locator('summary').filter({ hasText: 'default' }).click();
    await ada.getByRole('button', { name: 'Begin a new version with it' }).first().click();
    const area = ada.getByRole('textbox', { name: 'Rule set' });
    const good = await area.inputValue();
    await area.fill(`${good}\nextra: 1\n`);
    await ada.getByRole('button', { name: 'Save version 1' }).click();
    await ada.getByRole('alert').getByText('is not known').waitFor();
    await expectAccessible(ada);
    await ada
      .getByRole('alert')
      .getByRole('button', { name: /^line \d+$/ })
      .click();
    expect(
      await area.evaluate((e: HTMLTextAreaElement) => e.value.slice(e.selectionStart, e.selectionEnd)),
    ).toBe('extra: 1');
    await area.fill(good);
    await ada.getByRole('button', { name: 'Save version 1' }).click();
    await ada.locator('summary').filter({ hasText: 'Version 1' }).waitFor();
    const olga = pageOf('olga');
    await open(olga, '/rules?tab=sets');
    expect(await olga.getByRole('button', { name: /new version/ }).count()).toBe(0);
  });

  it('offers a viewer nothing that would be refused', async () => {
    const { page: vera, errors } = tabs.get('vera')!;
    for (const path of [
      '/exceptions',
      dayPath(1, spikeDay),
      '/quality?tab=suspensions',
      '/virtual-channels',
    ]) {
      await open(vera, path);
      const names = await vera.getByRole('main').getByRole('button').allTextContents();
      expect(names.filter((name) => /accept|estimat|reject|edit|undo|suspend|new/i.test(name))).toEqual([]);
    }
    expect(errors).toEqual([]);
  });

  it('has no barrier, narrow and dark', async () => {
    const { page: olga, errors } = tabs.get('olga')!;
    await olga.setViewportSize(sizes.narrow);
    await olga.emulateMedia({ colorScheme: 'dark' });
    for (const path of [
      '/exceptions',
      dayPath(1, spikeDay),
      '/quality',
      '/quality?tab=readiness',
      '/rules',
    ]) {
      await open(olga, path);
      await expectAccessible(olga);
      await shoot(olga, `${path.replace(/\W+/g, '-')}-narrow-dark`);
    }
    // The answer to an edit of what changed meanwhile is a refusal by design.
    expect(errors.filter((text) => !/409|422/.test(text))).toEqual([]);
  }, 60_000);
});
