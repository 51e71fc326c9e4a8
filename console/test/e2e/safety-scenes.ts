/** The safety policy in a real browser: tightened by one administrator, loosened by two. */
import { expect, it } from 'vitest';
import { eventually, expectAccessible } from './browser.ts';
import { type Stage, shoot } from './people.ts';

export function safetyScenes(stage: Stage): void {
  const { open, pageOf } = stage;

  it('is tightened at once, with a reason', async () => {
    const ada = pageOf('ada');
    await open(ada, '/commands?tab=safety');
    await ada.getByRole('button', { name: 'Change …' }).click();
    const dialog = ada.getByRole('dialog', { name: 'Change the safety policy' });
    await dialog.getByLabel('Interruptions an hour, at most').fill('40');
    await dialog.getByRole('button', { name: 'Add to Moratoria' }).click();
    await dialog.getByLabel('Moratoria, 1: From, UTC').fill('2026-12-24T00:00');
    await dialog.getByLabel('Moratoria, 1: Until, UTC').fill('2026-12-27T00:00');
    await dialog.getByLabel('Moratoria, 1: Reason').fill('holidays');
    await dialog.getByRole('button', { name: 'Change it' }).click();
    const reason = dialog.getByLabel('Reason', { exact: true });
    expect(await reason.evaluate((e: HTMLInputElement) => e.validity.valueMissing)).toBe(true);
    await reason.fill('winter');
    await expectAccessible(ada);
    await shoot(ada, 'safety-dialog');
    await ada.keyboard.press('Enter');
    await dialog.waitFor({ state: 'detached' });
    const policy = ada.getByRole('region', { name: 'Safety policy' });
    await eventually(() => policy.textContent()).toContain('at most 40');
    await eventually(() => policy.textContent()).toContain('holidays');
  });

  it('is loosened by another administrator than who proposed it', async () => {
    const ada = pageOf('ada');
    await ada.getByRole('button', { name: 'Change …' }).click();
    const dialog = ada.getByRole('dialog', { name: 'Change the safety policy' });
    await dialog.getByLabel('Interruptions an hour, at most').fill('90');
    await dialog.getByLabel('Reason', { exact: true }).fill('storm repairs');
    await dialog.getByRole('button', { name: 'Change it' }).click();
    await ada.getByText('another administrator puts it in force').waitFor();
    expect(await ada.getByRole('button', { name: 'Put it in force' }).count()).toBe(0);
    const alan = pageOf('alan');
    await open(alan, '/commands?tab=safety');
    const loosened = alan.getByRole('list', { name: 'What it loosens' });
    expect(await loosened.textContent()).toBe('interruptions an hour: 90 instead of 40');
    await alan.getByText('Proposed by ada').waitFor();
    await expectAccessible(alan);
    await shoot(alan, 'safety-proposal');
    await alan.getByRole('button', { name: 'Put it in force' }).click();
    const policy = alan.getByRole('region', { name: 'Safety policy' });
    await eventually(() => policy.textContent()).toContain('at most 90');
    expect(await loosened.count()).toBe(0);
  });

  it('is for operators to see', async () => {
    const olga = pageOf('olga');
    await open(olga, '/commands?tab=safety');
    expect(await olga.getByRole('button', { name: 'Change …' }).count()).toBe(0);
  });
}
