/** A list of meters is sent, its job followed; what is missing is said, decided on, and seen to come. */
import { ManualClock, systemAccess } from '@openami/model';
import { bytesOfHex, hexOf } from '@openami/wire';
import { AesKey, encodeWirelessTelegram } from '@openami/wire/mbus';
import { describe, expect, it } from 'vitest';
import { fixtureNow, startServer, type TestServer } from '../../../server/test/helpers/start-server.ts';
import { chromePath, eventually, expectAccessible, expectAccessibleInBoth } from './browser.ts';
import { ownServer, shoot, sizes } from './people.ts';

const people = { ada: 'admin', olga: 'operator', vera: 'viewer' } as const;
const keyHex = '00112233445566778899aabbccddeeff';
const key = new AesKey(bytesOfHex(keyHex)!);
const phone = { width: 320, height: 720 };
const wall = { width: 2560, height: 1440 };

function telegram(id: string, litres: number, isSecret: boolean): string {
  const payload = new Uint8Array([0x04, 0x13, 0, 0, 0, 0]);
  new DataView(payload.buffer).setUint32(2, litres, true);
  const meter = { manufacturer: 'OAM', id, version: 1, type: 7 };
  const security = isSecret ? ({ mode: 5, key } as const) : ({ mode: 0 } as const);
  return hexOf(encodeWirelessTelegram({ meter, accessNumber: 1, payload, security, header: 'short' }));
}

const list = `manufacturer,serial,AES key,usage point,installed at
OAM,70000001,${keyHex},UP-1,2026-03-30
OAM,70000002,${keyHex},UP-2,2026-03-30
OAM,70000003,${keyHex},,
OAM,70000004,not a key,,
OAM,70000005,0f1e2d3c4b5a69788796a5b4c3d2e1f0,UP-5,2026-03-30
`;

describe.skipIf(!chromePath)('commissioning', () => {
  const clock = new ManualClock(Date.parse(fixtureNow));
  let server: TestServer;
  const hear = async (lines: readonly string[]) => {
    const answer = await server.fetch('/api/v1/radio/telegrams?gateway=roof', {
      ...{ method: 'POST', headers: { 'content-type': 'text/plain' }, body: lines.join('\n') },
    });
    expect(answer.status).toBe(200);
  };
  const own = ownServer(people, async () => {
    server = await startServer({ meters: 0, clock });
    const { premises, usagePoints } = server.running.context.registry;
    for (const place of ['1', '2', '5']) {
      const premise = await premises.create(systemAccess, {
        ...{
          code: `P-${place}`,
          addressLines: [`Brunnenweg ${place}`],
          locality: 'Musterstadt',
          postcode: '12345',
        },
      });
      const point = {
        code: `UP-${place}`,
        commodity: 'water',
        zone: 'Europe/Berlin',
        premiseId: premise.id,
      } as const;
      await usagePoints.create(systemAccess, point);
    }
    await hear([telegram('80000001', 5_000, false), telegram('80000002', 7_000, false)]);
    return server;
  });
  const { page, open } = own;
  const rowOf = (name: 'ada' | 'olga' | 'vera', serial: string) =>
    page(name).getByRole('row').filter({ hasText: serial });

  it('takes a list, and shows its progress and the rows that failed', async () => {
    const ada = page('ada');
    await open('ada', '/commissioning');
    await ada.getByText('No list was sent yet').waitFor();
    await ada.getByRole('button', { name: 'Send a list …' }).click();
    const dialog = ada.getByRole('dialog', { name: 'Send a list of meters' });
    await dialog
      .getByLabel('List', { exact: true })
      .setInputFiles({ name: 'delivery.csv', mimeType: 'text/csv', buffer: Buffer.from(list) });
    await dialog.getByLabel('Commodity').selectOption('water');
    await expectAccessible(ada);
    await shoot(ada, 'commissioning-list');
    await dialog.getByRole('button', { name: 'Send', exact: true }).click();
    await ada.getByText('4 of 5 done, 1 failed').waitFor();
    const failed = await ada.evaluate('fetch("/api/v1/commissioning/jobs/1/failed").then((r) => r.text())');
    expect(failed).toMatch(/row,meter,code,reason\n4,70000004,KEY_MALFORMED,/);
    await ada.getByRole('button', { name: 'Try failed rows again: delivery.csv' }).waitFor();
    expect(await ada.content()).not.toContain(keyHex);
  });

  it('says where each stands, what is missing and what to do, in both schemes and on every screen', async () => {
    const ada = page('ada');
    await hear([telegram('70000001', 12_000, true), telegram('70000005', 12_000, true)]);
    await server.running.context.commissioning.look();
    await open('ada', '/commissioning');
    await rowOf('ada', '70000001').getByText('There is no full day of readings of the meter yet.').waitFor();
    await rowOf('ada', '70000002')
      .getByText('Check antenna, power and radio mode', { exact: false })
      .waitFor();
    await rowOf('ada', '70000003').getByText('The meter is at no usage point.').waitFor();
    await rowOf('ada', '70000005').getByText('Failed').waitFor();
    await expectAccessibleInBoth(ada, (scheme) => shoot(ada, `commissioning-${scheme}`));
    await ada.emulateMedia({ colorScheme: 'light' });
    await ada.setViewportSize(wall);
    await expectAccessible(ada);
    await shoot(ada, 'commissioning-wall');
    await ada.setViewportSize(sizes.wide);
    const filters = ada.getByRole('group', { name: 'Filter by state' });
    await filters.getByRole('button', { name: /^Installed/ }).click();
    await eventually(() => ada.getByRole('row').filter({ hasText: '7000000' }).count()).toBe(1);
    expect(await filters.getByRole('button', { name: /^Installed/ }).getAttribute('aria-pressed')).toBe(
      'true',
    );
    await ada.keyboard.press('Enter');
    await eventually(() => ada.getByRole('row').filter({ hasText: '7000000' }).count()).toBe(5);
  });

  it('follows what people decide, for many at once, with a reason', async () => {
    const olga = page('olga');
    await open('olga', '/commissioning?state=failed');
    expect(await olga.getByRole('button', { name: 'Send a list …' }).count()).toBe(0);
    const bar = olga.getByRole('button', { name: 'Give up …' });
    expect(await bar.isDisabled()).toBe(true);
    await olga.getByLabel('Select 70000005').check();
    await bar.click();
    const dialog = olga.getByRole('dialog', { name: 'Give up: 1 meter' });
    await dialog.getByLabel('Reason').fill('goes back to the maker');
    await expectAccessible(olga);
    await shoot(olga, 'commissioning-decide');
    await dialog.getByRole('button', { name: 'Give up' }).click();
    await rowOf('olga', '70000005').getByText('olga: goes back to the maker').waitFor();
    await open('olga', '/commissioning');
    await olga.getByRole('button', { name: /^Select all/ }).click();
    await olga.getByText('5 meters selected').waitFor();
  });

  it('registers who is heard and needs no key', async () => {
    const olga = page('olga');
    await olga.getByRole('button', { name: 'Register heard meters …' }).click();
    const dialog = olga.getByRole('dialog', { name: 'Register heard meters' });
    await dialog.getByLabel('OAM-80000002 water').uncheck();
    await expectAccessible(olga);
    await shoot(olga, 'commissioning-heard');
    await dialog.getByRole('button', { name: 'Register 1', exact: true }).click();
    await olga.getByText('1 of 1 done').waitFor();
    await rowOf('olga', 'OAM-80000001').waitFor({ timeout: 40_000 });
  });

  it('offers a viewer nothing that would be refused, and reads well on a small phone', async () => {
    const vera = page('vera');
    await vera.setViewportSize(phone);
    await open('vera', '/commissioning');
    await vera.getByText('70000002').first().waitFor();
    const buttons = /^(Send a list|Register heard|Give up|Try|Select)/;
    expect(await vera.getByRole('button', { name: buttons }).count()).toBe(0);
    expect(await vera.getByRole('checkbox').count()).toBe(0);
    await expectAccessible(vera);
    await shoot(vera, 'commissioning-phone');
    for (const { errors } of own.tabs.values()) expect(errors).toEqual([]);
  });
});
