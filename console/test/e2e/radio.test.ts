/** An unknown meter is heard, given its key and registered; its past appears, back to the first telegram. */
import { ManualClock } from '@openami/model';
import { bytesOfHex, hexOf } from '@openami/wire';
import { AesKey, encodeWirelessTelegram } from '@openami/wire/mbus';
import { describe, expect, it } from 'vitest';
import { fixtureNow, startServer, type TestServer } from '../../../server/test/helpers/start-server.ts';
import { chromePath, eventually, expectAccessible } from './browser.ts';
import { ownServer, shoot, sizes } from './people.ts';

const people = { olga: 'operator', vera: 'viewer' } as const;
const keyHex = '00112233445566778899aabbccddeeff';
const key = new AesKey(bytesOfHex(keyHex)!);
const telegrams = 48;

/** A water meter's register, in litres; encrypted where a key is given. */
function telegram(id: string, number: number, litres: number, secure: boolean): Uint8Array {
  const payload = new Uint8Array([0x04, 0x13, 0, 0, 0, 0]);
  new DataView(payload.buffer).setUint32(2, litres, true);
  const meter = { manufacturer: 'OAM', id, version: 1, type: 7 };
  const security = secure ? ({ mode: 5, key } as const) : ({ mode: 0 } as const);
  return encodeWirelessTelegram({ meter, accessNumber: number & 0xff, payload, security, header: 'short' });
}

describe.skipIf(!chromePath)('meters heard over the air', () => {
  const clock = new ManualClock(Date.parse(fixtureNow) - telegrams * 1_800_000);
  const hear = async (server: TestServer, gateway: string, rssi: number, bytes: Uint8Array) => {
    const answer = await server.fetch(`/api/v1/radio/telegrams?gateway=${gateway}`, {
      ...{ method: 'POST', headers: { 'content-type': 'application/json' } },
      body: JSON.stringify({ telegram: hexOf(bytes), rssi }),
    });
    expect(answer.status).toBe(200);
  };

  const own = ownServer(people, async () => {
    const server = await startServer({ meters: 0, clock });
    for (let i = 0; i < telegrams; i++) {
      const litres = 120_000 + i * 7 + (i > 20 ? 60 : 0);
      const hidden = telegram('70000001', i, litres, true);
      await hear(server, 'roof', -64 - (i % 5), hidden);
      await hear(server, 'cellar', -91, hidden);
      await hear(server, 'roof', -80, telegram('70000002', i, 50_000 + i, false));
      clock.advanceMs(1_800_000);
    }
    return server;
  });
  const { page, open } = own;

  it('stand with their state and their paths', async () => {
    const olga = page('olga');
    await open('olga', '/heard');
    const row = olga.getByRole('row').filter({ hasText: 'OAM-70000001' });
    await row.getByText('encrypted, no key').waitFor();
    expect(await row.getByText(/^roof/).count()).toBeGreaterThan(0);
    expect(await row.getByText(/^-6\d dBm/).count()).toBe(1);
    await olga
      .getByRole('row')
      .filter({ hasText: 'OAM-70000002' })
      .getByText('read, not encrypted')
      .waitFor();
    await olga.getByLabel('State').selectOption('no-key');
    await eventually(() => olga.getByRole('row').filter({ hasText: 'OAM-' }).count()).toBe(1);
    await expectAccessible(olga);
    await shoot(olga, 'heard');
  });

  it('become a meter with their key, back to the first telegram', async () => {
    const olga = page('olga');
    await olga.getByRole('button', { name: 'Register OAM-70000001' }).click();
    const dialog = olga.getByRole('dialog', { name: 'Register OAM-70000001' });
    const input = dialog.getByLabel('Key');
    await input.fill('12 34');
    await dialog.getByText('4 characters of 32 hexadecimal digits').waitFor();
    await input.fill('0f1e2d3c4b5a69788796a5b4c3d2e1f0');
    await dialog.getByRole('button', { name: 'Try the key' }).click();
    await dialog.getByText('This key does not open it').waitFor();
    await dialog.getByRole('button', { name: 'Register meter' }).click();
    await dialog.getByText(`it opens none of ${telegrams} telegrams of OAM-70000001`).waitFor();
    await input.fill(keyHex.replace(/(..)/g, '$1 ').trim());
    await dialog.getByRole('button', { name: 'Try the key' }).click();
    await dialog.getByText('This key opens it').waitFor();
    await expectAccessible(olga);
    await shoot(olga, 'heard-register');
    await dialog.getByRole('button', { name: 'Register meter' }).click();
    await olga.getByRole('heading', { name: 'OAM-70000001', exact: true }).waitFor();
    // the register as it was read, from the first telegram on
    await olga.getByText(`${telegrams} readings; the last on`).waitFor();
    await expectAccessible(olga);
    await shoot(olga, 'heard-meter');
    expect(JSON.stringify(await olga.content())).not.toContain(keyHex);
  });

  it('offers a viewer nothing that would be refused, and reads well on a phone', async () => {
    const vera = page('vera');
    await vera.setViewportSize(sizes.narrow);
    await open('vera', '/heard');
    await vera.getByText('OAM-70000002').first().waitFor();
    expect(await vera.getByRole('button', { name: /^Register/ }).count()).toBe(0);
    await expectAccessible(vera);
    await shoot(vera, 'heard-narrow');
    for (const { errors } of own.tabs.values())
      expect(errors.filter((text) => !text.includes('422'))).toEqual([]);
  });
});
