/** What if in a real browser: a draft against what everybody has, down to one agreement and its months. */
import { describe, expect, it } from 'vitest';
import { type BillingTest, startBilling, tou } from '../../../server/test/billing/support.ts';
import { firstDay, today } from '../../../server/test/vee/support.ts';
import { chromePath, expectAccessible } from './browser.ts';
import { lookAt, ownServer, shoot, sizes } from './people.ts';

describe.skipIf(!chromePath)('what if in the console', () => {
  let test: BillingTest;
  const own = ownServer({ olga: 'operator', vera: 'viewer' } as const, async () => {
    test = await startBilling(6);
    // the last home has no readings
    for (const home of test.vee.homes.slice(0, 5)) await test.vee.send(home, firstDay, today);
    await test.vee.open();
    return test.vee.server;
  });

  it('asks what a draft would do, and follows it to an agreement month by month', async () => {
    const olga = own.page('olga');
    await own.open('olga', '/tariffs?tab=what-if');
    await olga.getByRole('button', { name: 'Ask what a tariff would do' }).click();
    await olga.getByRole('dialog').getByLabel('Tariff', { exact: true }).selectOption('(draft)');
    const draft = structuredClone(tou) as unknown as { id: string; versions: { charges: object[] }[] };
    draft.id = 'dearer';
    draft.versions[0]!.charges[0] = { id: 'base', kind: 'fixed', price: '30', per: 'month' };
    const text = olga.getByRole('textbox', { name: 'Draft' });
    await text.fill(JSON.stringify({ ...draft, currency: 'XX' }));
    await olga.getByRole('button', { name: 'Work it out' }).click();
    await olga.getByRole('alert').first().waitFor();
    await text.fill(JSON.stringify(draft));
    await expectAccessible(olga);
    await shoot(olga, 'what-if-dialog');
    await olga.getByRole('button', { name: 'Work it out' }).click();
    await olga.getByRole('heading', { level: 1, name: 'What if everybody had dearer, a draft' }).waitFor();
    await olga.getByText('Done', { exact: true }).waitFor();
    const chart = olga.getByRole('region', { name: 'Who pays more, who pays less' });
    const slider = chart.getByRole('slider');
    await slider.focus();
    await olga.keyboard.press('End');
    await chart.getByText(/: [1-5] agreements?, /).waitFor();
    await lookAt(olga, 'impact');
    await olga.getByText(/^after Tue, 1 Apr 2025, by Wed, 1 Apr 2026$/).waitFor();
    await olga.getByText(/^Exactly €639\.64 now/).waitFor();
    // as large as those of a city: on one line of its tile, however wide the window
    const money = olga.locator('.counts').first().locator('dd');
    expect(await money.count()).toBe(3);
    for (const size of [sizes.wide, sizes.narrow]) {
      await olga.setViewportSize(size);
      const fits = money.evaluateAll((tiles) =>
        tiles.map((tile) => {
          const heightPx = tile.clientHeight;
          tile.textContent = '+€9,213,902';
          return tile.clientHeight === heightPx && tile.scrollWidth <= tile.clientWidth;
        }),
      );
      expect(new Set(await fits)).toEqual(new Set([true]));
    }
    await olga.setViewportSize(sizes.wide);
    await chart
      .getByRole('radio', { name: 'Table' })
      .or(chart.getByRole('button', { name: 'Table' }))
      .click();
    await chart.getByRole('cell', { name: /EUR and above/ }).waitFor();
    await olga.getByRole('button', { name: 'Not rated' }).or(olga.getByLabel('Not rated')).first().click();
    await olga.getByRole('row', { name: /G5 .*NO_READINGS/ }).waitFor();
    await olga.getByRole('button', { name: 'Pay more' }).or(olga.getByLabel('Pay more')).first().click();
    await olga.getByRole('link', { name: 'G1', exact: true }).click();
    await olga.getByRole('heading', { level: 1, name: 'Agreement G1' }).waitFor();
    await olga.getByText('dearer, the draft').first().waitFor();
    await olga.getByRole('row', { name: /March 2026/ }).waitFor();
    await olga.getByRole('cell', { name: /^€\d+\.\d\d more/ }).waitFor();
    const bullets = olga.locator('ul.plain-list.pad');
    expect(
      await bullets.evaluate((list) => Number.parseFloat(getComputedStyle(list).paddingLeft)),
    ).toBeGreaterThan(24);
    await lookAt(olga, 'agreement');
  }, 90_000);

  it('shows from a meter what its bill is so far, to whoever reads bills', async () => {
    const vera = own.page('vera');
    await own.open('vera', `/meters/${test.vee.homes[0]!.meterId}`);
    await vera.getByRole('link', { name: 'G0', exact: true }).click();
    const panel = vera.getByRole('region', { name: 'Bill to date' });
    await panel.getByText('Likely at the end').waitFor();
    await panel.getByText('Lines so far').click();
    await panel.getByText(/The range is/).waitFor();
    await vera.getByRole('row', { name: /^tou has it/ }).waitFor();
    await lookAt(vera, 'bill-to-date');
    await own.open('vera', '/tariffs?tab=what-if');
    await vera.getByRole('row', { name: /dearer, a draft Done/ }).waitFor();
    expect(await vera.getByRole('button', { name: 'Ask what a tariff would do' }).count()).toBe(0);
    await lookAt(vera, 'what-if');
    for (const { errors } of own.tabs.values()) expect(errors.filter((one) => !/422/.test(one))).toEqual([]);
  }, 90_000);
});
