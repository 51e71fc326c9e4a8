/** What bills need besides readings, in the console: prices of a day, events of a tariff, facts of a usage point. */
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import type { BillingTest } from '../../../server/test/billing/support.ts';
import { expectAccessible } from './browser.ts';

export interface PriceStage {
  readonly test: BillingTest;
  page(): Page;
  /** What the page complained of so far: refusals that a scene asks for are taken out by it. */
  readonly errors: string[];
  open(path: string): Promise<void>;
  look(page: Page, name: string): Promise<void>;
}

const critical = {
  ...{ id: 'critical', name: 'Critical peaks', commodity: 'electricity', currency: 'EUR' },
  versions: [
    {
      calendar: {
        schedules: [
          {
            ...{ id: 'day', rows: [{ days: ['all'], period: 'usual' }] },
            events: [{ event: 'cpp', period: 'critical' }],
          },
        ],
        events: [{ id: 'cpp', name: 'Critical peak', mostPerYear: 1 }],
      },
      charges: [{ id: 'use', kind: 'energy', schedule: 'day', prices: { usual: '0.2', critical: '1' } }],
    },
  ],
};

/** Hours of a day in April, one without a value and some below zero; with a row that is wrong. */
function table(wrong: boolean): string {
  const hour = (i: number) => `2026-04-01T${String(i).padStart(2, '0')}:00:00Z`;
  const rows = Array.from({ length: 22 }, (_, i) => [hour(i), hour(i + 1), ((i * 17) % 90) - 15].join(','));
  return ['from,to,value', ...rows.filter((_, i) => i !== 12)].concat(wrong ? ['soon,,5'] : []).join('\n');
}

/** The one refusal that the scene brought about. */
function expectRefused({ errors }: PriceStage, status: number): void {
  expect(errors.splice(0)).toEqual([expect.stringContaining(`status of ${status}`)]);
}

export function priceScenes(stage: () => PriceStage): void {
  it('takes prices of a day, says which row is wrong, and shows them', async () => {
    const { open, look } = stage();
    const page = stage().page();
    await open('/tariffs?tab=prices');
    await page.getByRole('button', { name: 'New series' }).click();
    await page.getByLabel('Code').fill('day-ahead');
    await page.getByLabel('Name').fill('Day ahead');
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Make it' }).click();
    await page.getByRole('heading', { name: 'Day ahead' }).waitFor();
    await page.getByRole('button', { name: 'Add values' }).click();
    await page.getByLabel('Table, EUR/MWh').fill(table(true));
    await page.getByRole('button', { name: 'Add them' }).click();
    await page.getByText("'soon' is no time: write 2026-03-29T14:00:00Z").last().waitFor();
    await look(page, 'prices-fault');
    await page.getByLabel('Table, EUR/MWh').fill(table(false));
    await page.getByRole('button', { name: 'Add them' }).click();
    await page.getByRole('row', { name: /^day-ahead Price EUR\/MWh 21/ }).waitFor();
    const chart = page.getByRole('slider', { name: /Day ahead on/ });
    await chart.focus();
    await page.keyboard.press('Home');
    await page.getByText('02:00 to 03:00: -15 EUR/MWh').waitFor();
    await look(page, 'prices');
    await page.getByRole('button', { name: 'Table', exact: true }).click();
    await page.getByRole('cell', { name: '02:00' }).first().waitFor();
    await expectAccessible(page);
    expectRefused(stage(), 422);
  });

  it('declares an event within the limits of its tariff, and withdraws it', async () => {
    const { open, look, test } = stage();
    const page = stage().page();
    expect((await test.call('POST', '/tariffs', { document: critical })).status).toBe(201);
    await open('/tariffs?tab=events&tariff=critical');
    await page.getByText('1 of 1 this year').waitFor();
    await page.getByRole('button', { name: 'Declare an event' }).click();
    const declare = page.getByRole('button', { name: 'Declare it' });
    expect(await declare.isDisabled()).toBe(true);
    await page.getByLabel('Reason').fill('No wind tomorrow');
    await look(page, 'event-declare');
    await declare.click();
    await page.getByRole('row', { name: /cpp Coming .*No wind tomorrow/ }).waitFor();
    await page.getByText('0 of 1 this year').waitFor();
    await look(page, 'events');
    await page.getByRole('button', { name: 'Declare an event' }).click();
    await page.getByLabel('Day', { exact: true }).fill('2026-04-20');
    await page.getByLabel('Reason').fill('Again');
    await declare.click();
    await page
      .getByText(/1 were declared in this year/)
      .first()
      .waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('button', { name: 'Withdraw …' }).click();
    await page.getByRole('dialog').getByLabel('Reason').fill('Wind came up');
    await page.getByRole('button', { name: 'Withdraw it' }).click();
    await page.getByRole('row', { name: /cpp Withdrawn/ }).waitFor();
    await page.getByText('1 of 1 this year').waitFor();
    expectRefused(stage(), 422);
  });

  it('states a fact of a usage point', async () => {
    const { open, look } = stage();
    const page = stage().page();
    await open('/tariffs?tab=facts&q=UP-V100');
    await page.getByRole('button', { name: 'State a fact' }).click();
    await page.getByLabel('Value').fill('many');
    await page.getByRole('button', { name: 'State it' }).click();
    await page.getByText("'many' is not a number of people from 1 to 1000").first().waitFor();
    await page.getByLabel('Value').fill('4');
    await page.getByRole('button', { name: 'State it' }).click();
    await page.getByRole('row', { name: /^People .* 4/ }).waitFor();
    await look(page, 'facts');
    expectRefused(stage(), 400);
  });
}
