/** Commands in a real browser: asked for by one person, approved by another, followed to the read-back. */
import { expect, it } from 'vitest';
import { eventually, expectAccessible } from './browser.ts';
import { type Stage, shoot } from './people.ts';

export function commandScenes(stage: Stage): void {
  const { open, pageOf, sim } = stage;

  it('disconnects by two persons, and shows the relay that was read back', async () => {
    const olga = pageOf('olga');
    await open(olga, '/meters/2');
    await olga.getByRole('button', { name: 'Disconnect …' }).click();
    const dialog = olga.getByRole('dialog', { name: 'Disconnect the supply' });
    await dialog.getByText('This may leave customers without supply').waitFor();
    await dialog.getByRole('button', { name: 'Check' }).click();
    // A reason is asked for first.
    expect(await dialog.getByLabel('Reason').evaluate((e: HTMLInputElement) => e.validity.valueMissing)).toBe(
      true,
    );
    await dialog.getByLabel('Reason').fill('unpaid since January');
    await dialog.getByRole('button', { name: 'Check' }).click();
    await dialog.getByText('a second person must approve this').waitFor();
    await dialog.getByRole('button', { name: 'Read T1001 and compare' }).click();
    const changes = dialog.getByRole('list', { name: 'What would change in T1001' });
    await changes.waitFor();
    expect(await changes.textContent()).toBe('The supply is on and goes off.');
    await expectAccessible(olga);
    const ask = dialog.getByRole('button', { name: 'Ask for approval' });
    expect(await ask.isDisabled()).toBe(true);
    await dialog.getByLabel(/I checked that the supply of 1 meter/).check();
    await ask.click();
    await olga.waitForURL(/\/commands\/\d+$/);
    await olga.getByText('You asked for this, so you cannot approve it.').waitFor();
    expect(await olga.getByRole('button', { name: 'Approve' }).count()).toBe(0);
    expect(sim.executed).toEqual([]);

    await olga.getByText('Asked for by you').waitFor();
    const otto = pageOf('otto');
    await open(otto, '/commands?state=awaiting_approval');
    await otto.getByRole('link', { name: 'Commands 1' }).waitFor();
    await otto.getByRole('link', { name: 'Disconnect the supply' }).click();
    const approve = otto.getByRole('button', { name: 'Approve' });
    await approve.waitFor();
    expect(await approve.isDisabled()).toBe(true);
    await otto.getByLabel('Note').fill('seen the account');
    await otto.getByLabel('I checked the reason and the meters myself').check();
    await approve.click();
    await otto.getByText('Confirmed by what the meter says').waitFor();
    await otto.getByText('Asked for by olga').waitFor();

    // The page of who asked follows by itself.
    const life = olga.getByRole('list', { name: 'Life of the command to T1001' });
    await eventually(() => life.textContent()).toContain('off (relay open)');
    const steps = await life.getByRole('listitem').allTextContents();
    expect(steps.map((step) => step.split(' (')[0])).toEqual([
      ...['Asked for', 'Approved', 'Meter read before anything was sent'],
      ...['Sent', 'Meter read back', 'Confirmed by what the meter says'],
    ]);
    expect(steps[1]).toContain('by otto');
    expect(steps[1]).toContain('seen the account');
    expect(steps[2]).toContain('on (relay closed)');
    expect(sim.closed.get(2)).toBe(false);
    await expectAccessible(olga);
  }, 90_000);

  it('reads now by keyboard alone', async () => {
    const olga = pageOf('olga');
    await open(olga, '/meters/3');
    await olga.getByRole('button', { name: 'Read now …' }).focus();
    await olga.keyboard.press('Enter');
    const dialog = olga.getByRole('dialog', { name: 'Read now' });
    await dialog.getByRole('button', { name: 'Check' }).focus();
    await olga.keyboard.press('Enter');
    await dialog.getByText('no second person is needed').waitFor();
    await dialog.getByRole('button', { name: 'Order it' }).focus();
    await olga.keyboard.press('Enter');
    await olga.waitForURL(/\/commands\/\d+$/);
    await olga.getByRole('list', { name: 'Life of the command to T1002' }).waitFor();
  });

  it('orders for many meters, gives up a draft on the way back, and cancels what has not left', async () => {
    const olga = pageOf('olga');
    await open(olga, '/commands');
    await olga.getByRole('button', { name: 'New command' }).click();
    const dialog = olga.getByRole('dialog');
    await dialog.getByLabel('Find a meter').fill('T100');
    await dialog.getByText(/^\d+ meters found/).waitFor();
    await dialog.getByRole('button', { name: /T1003/ }).click();
    await dialog.getByRole('button', { name: /T1004/ }).click();
    await dialog.getByLabel('Command', { exact: true }).selectOption('connect');
    await dialog.getByLabel('Reason').fill('paid');
    await dialog.getByLabel('Not before, UTC').fill('2026-04-01T08:00');
    await dialog.getByRole('button', { name: 'Check' }).click();
    await dialog.getByText('Nothing was sent yet').waitFor();
    await dialog.getByRole('button', { name: 'Back' }).click();
    // What was filled in is still there.
    expect(await dialog.getByLabel('Reason').inputValue()).toBe('paid');
    await dialog.getByRole('button', { name: 'Check' }).click();
    await dialog.getByRole('button', { name: 'Order it' }).click();
    await olga.waitForURL(/\/commands\/\d+$/);
    await eventually(() => olga.locator('.page-head').textContent()).toContain('Queued 2');
    await olga.getByRole('button', { name: /^Life of .*T1003/ }).click();
    await olga.getByRole('list', { name: 'Life of the command to T1003' }).waitFor();
    await expectAccessible(olga);
    await olga.getByRole('button', { name: 'Cancel the command to T1003' }).click();
    await eventually(() => olga.locator('.page-head').textContent()).toContain('Cancelled 1');
    await olga.getByRole('button', { name: 'Cancel the 1 that have not left' }).click();
    await eventually(() => olga.locator('.page-head').textContent()).toContain('Cancelled 2');
    expect(await olga.getByRole('button', { name: /^Cancel/ }).count()).toBe(0);
  }, 60_000);

  it('loads a calendar that begins with what the meter has, changed in tables and as JSON', async () => {
    const olga = pageOf('olga');
    await open(olga, '/commands');
    await olga.getByRole('button', { name: 'New command' }).click();
    const dialog = olga.getByRole('dialog');
    await dialog.getByLabel('Find a meter').fill('T1005');
    await dialog.getByRole('button', { name: /T1005/ }).first().click();
    await dialog.getByLabel('Command', { exact: true }).selectOption('activity-calendar');
    await dialog.getByRole('button', { name: 'Begin with what T1005 has' }).press('Enter');
    const name = dialog.getByLabel('Name', { exact: true });
    await eventually(() => name.inputValue()).toBe('factory');
    await name.fill('night tariff');
    await dialog.getByRole('button', { name: 'Add to Switches' }).press('Enter');
    await dialog.getByLabel('Switches, 2: At, HH:MM').fill('22:00');
    await dialog.getByLabel('Switches, 2: Script').fill('0.0.10.0.100.255');
    await dialog.getByLabel('Switches, 2: Selector').fill('2');
    await dialog.getByLabel('Weeks, 1: Sun').fill('7');
    await expectAccessible(olga);
    await shoot(olga, 'calendar-tables');
    await dialog.getByRole('button', { name: 'Edit as JSON' }).press('Enter');
    const json = dialog.getByLabel('Parameters as JSON');
    const text = await json.inputValue();
    await json.fill(`${text} no`);
    await dialog.getByText('This is no JSON').waitFor();
    await json.fill(text.replace(/1,\s*7\s*\]/, '1, 1]'));
    await shoot(olga, 'calendar-json');
    await dialog.getByLabel('Reason').fill('new tariff');
    await dialog.getByRole('button', { name: 'Check' }).click();
    const changes = dialog.getByRole('list', { name: 'What would change in T1005' });
    await changes.waitFor();
    expect(await changes.getByRole('listitem').allTextContents()).toEqual([
      'The calendar is called “night tariff” instead of “factory”.',
      'Day 1 switches at 22:00 to script 2 of 0.0.10.0.100.255; nothing happened then.',
    ]);
    await expectAccessible(olga);
    await shoot(olga, 'calendar-review');
    await dialog.getByRole('button', { name: 'Order it' }).press('Enter');
    await olga.waitForURL(/\/commands\/\d+$/);
    await eventually(() => olga.locator('.page-head').textContent()).toContain('Confirmed');
    const main = await olga.getByRole('main').textContent();
    expect(main).toContain('“night tariff”: 1 season, 1 week, 1 day');
    expect(sim.calendars.get(6)?.days[0]?.switches).toHaveLength(2);
  }, 60_000);

  it('says honestly that a meter cannot be reached by any driver', async () => {
    const olga = pageOf('olga');
    await open(olga, '/meters/21');
    await olga.getByRole('button', { name: 'Set clock …' }).click();
    const dialog = olga.getByRole('dialog', { name: 'Set the clock' });
    await dialog.getByLabel('Reason').fill('drift');
    await dialog.getByRole('button', { name: 'Check' }).click();
    await dialog.getByRole('alert').getByText('COMMAND_NO_DRIVER').waitFor();
    await olga.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
  });

  it('stops everything with the kill switch, which an operator cannot turn off', async () => {
    const otto = pageOf('otto');
    await open(otto, '/commands?tab=safety');
    await otto.getByRole('button', { name: 'Stop everything …' }).click();
    await otto.getByRole('dialog').getByRole('button', { name: 'Stop everything' }).click();
    await otto.getByText('The kill switch is on').waitFor();
    expect(await otto.getByRole('button', { name: /Let commands leave/ }).count()).toBe(0);
    await expectAccessible(otto);
    expect((await stage.server.fetch('/api/v1/commands/kill-switch/off', { method: 'POST' })).status).toBe(
      200,
    );
  });

  it('offers a viewer nothing that would be refused', async () => {
    const { page: vera, errors } = stage.tabs.get('vera')!;
    for (const path of [
      '/commands',
      '/commands?tab=meters',
      '/commands?tab=safety',
      '/commands/1',
      '/meters/2',
    ]) {
      await open(vera, path);
      const names = await vera.getByRole('main').getByRole('button').allTextContents();
      expect(
        names.filter((name) => /command|cancel|approve|reject|disconnect|read now|clock|stop/i.test(name)),
      ).toEqual([]);
    }
    await open(vera, '/meters/2?tab=commands');
    await vera.getByRole('link', { name: 'Disconnect the supply' }).waitFor();
    expect(errors).toEqual([]);
  });
}
