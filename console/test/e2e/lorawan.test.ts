/** A LoRaWAN device is heard without a codec; a codec is uploaded and assigned, and its past is read. */
import { ManualClock } from '@openami/model';
import { describe, expect, it } from 'vitest';
import { fixtureNow, startServer, type TestServer } from '../../../server/test/helpers/start-server.ts';
import { chromePath, expectAccessible } from './browser.ts';
import { ownServer, shoot, sizes } from './people.ts';

const people = { olga: 'operator', vera: 'viewer' } as const;
const devEui = '70b3d5499f3a0001';
const uplinks = 24;
const codec = (litres: number) => ({
  ...{ id: 'acme/water', vendor: 'Acme', models: ['W1'], fPorts: [2], decoder: 'script' },
  script: 'function decodeUplink(i) { return { data: { litres: i.bytes[0] * 256 + i.bytes[1] } }; }',
  examples: [{ fn: 'decodeUplink', input: { bytes: '0100', fPort: 2 }, output: { data: { litres } } }],
  mapping: { series: [{ value: 'litres', quantity: '8-0:1.0.0', unit: 'L' }] },
});

describe.skipIf(!chromePath)('LoRaWAN devices', () => {
  const clock = new ManualClock(Date.parse(fixtureNow) - uplinks * 3_600_000);
  const hear = async (server: TestServer, fCnt: number) => {
    const time = new Date(clock.nowMs()).toISOString();
    const answer = await server.fetch('/api/v1/lorawan/chirpstack?event=up', {
      ...{ method: 'POST', headers: { 'content-type': 'application/json' } },
      body: JSON.stringify({
        ...{ deduplicationId: `d${fCnt}`, time, fCnt, fPort: 2, devAddr: '01020304' },
        deviceInfo: { applicationId: 'water', deviceName: 'cellar 12', devEui },
        data: Buffer.from([4, fCnt]).toString('base64'),
        rxInfo: [
          { gatewayId: '0016c001f153a14c', rssi: -84, snr: 7 },
          { gatewayId: '0016c001f153a14d', rssi: -113, snr: -6 },
        ],
      }),
    });
    expect(answer.status).toBe(200);
  };

  const own = ownServer(people, async () => {
    const server = await startServer({ meters: 0, clock });
    for (let i = 0; i < uplinks; i++) {
      // one never arrives
      if (i !== 10) await hear(server, i);
      clock.advanceMs(3_600_000);
    }
    return server;
  });
  const { page, open } = own;

  it('stand with their state, their paths and what is missing', async () => {
    const olga = page('olga');
    await open('olga', '/lorawan');
    const row = olga.getByRole('row').filter({ hasText: devEui });
    await row.getByText('no codec').waitFor();
    expect(await row.getByText('0016c001f153a14c').count()).toBeGreaterThan(0);
    expect(await row.getByText('-84 dBm').count()).toBe(1);
    expect(await row.getByRole('cell').allInnerTexts()).toEqual(
      expect.arrayContaining([`${uplinks - 1}\n1 missed`]),
    );
    await expectAccessible(olga);
    await shoot(olga, 'lorawan');
  });

  it('a codec is taken only when its examples hold, and the difference is shown', async () => {
    const olga = page('olga');
    await olga.getByRole('button', { name: 'Upload a codec …' }).click();
    const dialog = olga.getByRole('dialog', { name: 'Upload a codec' });
    const text = dialog.getByLabel('Codec', { exact: true });
    await text.fill(JSON.stringify(codec(255)));
    await dialog.getByRole('button', { name: 'Upload' }).click();
    await dialog.getByText('examples[0].output.data.litres').waitFor();
    await dialog.getByText('256 instead of 255').first().waitFor();
    await expectAccessible(olga);
    await shoot(olga, 'lorawan-codec-refused');
    await text.fill(JSON.stringify(codec(256)));
    await dialog.getByRole('button', { name: 'Upload' }).click();
    await olga.getByRole('row').filter({ hasText: 'acme/water' }).getByText('on', { exact: true }).waitFor();
    await dialog.waitFor({ state: 'hidden' });
  });

  it('with its codec the device is read, back to the first uplink', async () => {
    const olga = page('olga');
    await olga.getByRole('button', { name: `Codec of ${devEui}` }).click();
    const dialog = olga.getByRole('dialog', { name: `Codec of ${devEui}` });
    await dialog.getByLabel('Codec').selectOption('acme/water');
    await expectAccessible(olga);
    await shoot(olga, 'lorawan-assign');
    await dialog.getByRole('button', { name: 'Assign' }).click();
    await olga.getByText(`${uplinks - 1} uplinks of before gave readings.`).waitFor();
    await olga.getByRole('row').filter({ hasText: devEui }).getByText('read', { exact: true }).waitFor();
    await expectAccessible(olga);
    await shoot(olga, 'lorawan-read');
  });

  it('offers a viewer nothing that would be refused, and reads well on a phone', async () => {
    const vera = page('vera');
    await vera.setViewportSize(sizes.narrow);
    await open('vera', '/lorawan');
    await vera.getByText(devEui).first().waitFor();
    expect(await vera.getByRole('button', { name: /^(Codec of|Upload|Switch)/ }).count()).toBe(0);
    await expectAccessible(vera);
    await shoot(vera, 'lorawan-narrow');
    for (const { errors } of own.tabs.values())
      expect(errors.filter((line) => !line.includes('422'))).toEqual([]);
  });
});
