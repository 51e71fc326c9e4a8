/** Mappings are looked at, tried and replaced; credentials and certificates are made, rotated and revoked. */
import { systemAccess } from '@openami/model';
import type { Download, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { startServer, type TestServer } from '../../../server/test/helpers/start-server.ts';
import { chromePath, expectAccessible, expectAccessibleInBoth } from './browser.ts';
import { ownServer, shoot, sizes } from './people.ts';

const people = { olga: 'operator', vera: 'viewer' } as const;
const phone = { width: 320, height: 740 };

const mapping = (value: number) => `version: 1
id: plant-gateway
title: Gateway of the plant
topics: ['plant/{hall}/meters']
device: sn
series:
  - { quantity: '1-0:1.8.0', unit: kWh, value: import }
examples:
  - topic: plant/hall-2/meters
    receivedAt: 2026-03-01T12:00:00Z
    payload: { sn: T1000, import: 5 }
    expect:
      - meter: T1000
        series: [{ quantity: '1-0:1.8.0', unit: kWh, readings: [['2026-03-01T12:00:00Z', ${value}]] }]
`;

async function textOf(download: Download): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

describe.skipIf(!chromePath)('devices', () => {
  let server: TestServer;
  const own = ownServer(people, async () => {
    server = await startServer({ meters: 3 });
    const { deviceCa } = server.running.context;
    await deviceCa.issue(systemAccess, { name: 'T1001', days: 12 });
    return server;
  });
  const { page, open } = own;
  const row = (of: Page, text: string) => of.getByRole('row').filter({ hasText: text });

  it('a mapping is looked at, and a message tried against it shows where each reading goes', async () => {
    const olga = page('olga');
    await open('olga', '/devices');
    await row(olga, 'zigbee2mqtt').getByText('ready-made').waitFor();
    await expectAccessibleInBoth(olga, (scheme) => shoot(olga, `mappings-${scheme}`));
    await olga.emulateMedia({ colorScheme: 'light' });
    await olga.getByRole('button', { name: 'View tasmota' }).click();
    const view = olga.getByRole('dialog', { name: 'Mapping tasmota' });
    await expect.poll(() => view.getByLabel('Text').inputValue()).toContain('id: tasmota');
    await expectAccessible(olga);
    await shoot(olga, 'mapping-view');
    await olga.keyboard.press('Escape');
    await olga.getByRole('button', { name: 'Try zigbee2mqtt' }).click();
    const attempt = olga.getByRole('dialog', { name: 'Try zigbee2mqtt' });
    await attempt.getByLabel('Topic').fill('zigbee2mqtt/T1000');
    await attempt.getByLabel('Message').fill('{"energy": 7.25, "power": 3}');
    await attempt.getByRole('button', { name: 'Try', exact: true }).click();
    await attempt.getByText('2 readings').waitFor();
    await attempt.getByText('no channel').waitFor();
    expect(await attempt.getByText(/^channel \d+$/).count()).toBe(1);
    await expectAccessible(olga);
    await shoot(olga, 'mapping-tried');
    await attempt.getByLabel('Message').fill('{"energy": ');
    await attempt.getByRole('button', { name: 'Try', exact: true }).click();
    // this one leaves what is no JSON to others
    await attempt.getByText('The mapping has nothing to say of this message').waitFor();
    await attempt.getByRole('button', { name: 'Close' }).last().click();
  });

  it('one of your own is taken when its examples come out, replaced, and removed', async () => {
    const olga = page('olga');
    await olga.getByRole('button', { name: 'Upload a mapping …' }).click();
    const upload = olga.getByRole('dialog', { name: 'Upload a mapping' });
    const text = upload.getByLabel('Mapping', { exact: true });
    await text.fill('title: without a name');
    await upload.getByText('It names no id').waitFor();
    await text.fill(mapping(6));
    await upload.getByRole('button', { name: 'Upload' }).click();
    await upload.getByText('expected 6, came out 5').first().waitFor();
    await expectAccessible(olga);
    await shoot(olga, 'mapping-refused');
    await text.fill(mapping(5));
    await upload.getByRole('button', { name: 'Upload' }).click();
    await row(olga, 'plant-gateway').getByText('own, version 1').waitFor();
    const view = olga.getByRole('dialog', { name: 'Mapping plant-gateway' });
    await olga.getByRole('button', { name: 'View plant-gateway' }).click();
    await view.getByRole('button', { name: 'Replace …' }).click();
    const replace = olga.getByRole('dialog', { name: 'Replace plant-gateway' });
    const kept = replace.getByLabel('Mapping', { exact: true });
    await expect.poll(() => kept.inputValue()).toContain('id: plant-gateway');
    await kept.fill(mapping(5).replace('Gateway of the plant', 'Gateway of hall 2'));
    await replace.getByRole('button', { name: 'Replace', exact: true }).click();
    await row(olga, 'Gateway of hall 2').getByText('own, version 2').waitFor();
    await olga.getByRole('button', { name: 'View plant-gateway' }).click();
    await view.getByRole('button', { name: 'Remove …' }).click();
    await olga.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click();
    await row(olga, 'plant-gateway').waitFor({ state: 'hidden' });
  });

  it('a credential is made, its secret shown once, and revoked', async () => {
    const olga = page('olga');
    await olga.getByRole('tab', { name: 'Credentials' }).click();
    await olga.getByRole('button', { name: 'New credential' }).click();
    const make = olga.getByRole('dialog', { name: 'New credential' });
    await make.getByLabel('Device').fill('home');
    await make.getByLabel('Reports for').fill('T10*\nfreezer');
    await make.getByLabel('Topics').fill('zigbee2mqtt/#');
    await expectAccessible(olga);
    await shoot(olga, 'credential-new');
    await make.getByRole('button', { name: 'Make credential' }).click();
    const secret = olga.getByRole('dialog', { name: 'Credential of home' });
    await secret.getByText('Shown this once').waitFor();
    const [username, password] = await secret.locator('code').allInnerTexts();
    expect(username).toBe('home');
    expect(
      await server.running.context.registry.credentials.verify(systemAccess, 'home', password!),
    ).toBeTruthy();
    await expectAccessible(olga);
    await shoot(olga, 'credential-secret');
    // it is not lost by a key
    await olga.keyboard.press('Escape');
    expect(await secret.isVisible()).toBe(true);
    await secret.getByRole('button', { name: 'Done' }).click();
    await row(olga, 'home').getByText('zigbee2mqtt/#').waitFor();
    expect(await olga.getByText(password!).count()).toBe(0);
    await expectAccessibleInBoth(olga, (scheme) => shoot(olga, `credentials-${scheme}`));
    await olga.emulateMedia({ colorScheme: 'light' });
    await olga.getByRole('button', { name: 'Revoke home' }).click();
    await olga.getByRole('dialog').getByRole('button', { name: 'Revoke', exact: true }).click();
    await row(olga, 'home').getByText('off', { exact: true }).waitFor();
    await olga.getByRole('button', { name: 'Switch on home' }).click();
    await row(olga, 'home').getByText('on', { exact: true }).waitFor();
    await olga.getByRole('button', { name: 'New secret of home' }).click();
    await olga.getByRole('dialog').getByRole('button', { name: 'Make a new secret' }).click();
    const again = olga.getByRole('dialog', { name: 'Credential of home' });
    await again.getByText('Shown this once').waitFor();
    expect((await again.locator('code').allInnerTexts())[1]).not.toBe(password);
    await again.getByRole('button', { name: 'Done' }).click();
  });

  it('who is about to be without a certificate stands first; it is rotated and the old one revoked', async () => {
    const olga = page('olga');
    await olga.getByRole('tab', { name: 'Certificates' }).click();
    const ending = olga.getByRole('region', { name: 'About to end', exact: true });
    await ending.getByText('T1001').waitFor();
    await expectAccessibleInBoth(olga, (scheme) => shoot(olga, `certificates-${scheme}`));
    await olga.emulateMedia({ colorScheme: 'light' });
    await ending.getByRole('button', { name: 'Rotate T1001' }).click();
    const rotate = olga.getByRole('dialog', { name: 'Rotate T1001' });
    await expectAccessible(olga);
    await shoot(olga, 'certificate-rotate');
    await rotate.getByRole('button', { name: 'Issue' }).click();
    const issued = olga.getByRole('dialog', { name: 'Certificate of T1001' });
    const [file] = await Promise.all([
      olga.waitForEvent('download'),
      issued.getByRole('button', { name: 'Download Private key' }).click(),
    ]);
    expect(file.suggestedFilename()).toBe('T1001.key.pem');
    expect(await textOf(file)).toContain('BEGIN PRIVATE KEY');
    await expectAccessible(olga);
    await shoot(olga, 'certificate-issued');
    await issued.getByRole('button', { name: 'Done' }).click();
    await ending.waitFor({ state: 'hidden' });
    await row(olga, 'ends in')
      .getByRole('button', { name: /^Revoke/ })
      .click();
    const revoke = olga.getByRole('dialog', { name: 'Revoke a certificate of T1001' });
    await revoke.getByLabel('Reason').fill('rotated');
    await expectAccessible(olga);
    await shoot(olga, 'certificate-revoke');
    await revoke.getByRole('button', { name: 'Revoke' }).click();
    await row(olga, 'rotated').getByText('revoked').waitFor();
    const [list] = await Promise.all([
      olga.waitForEvent('download'),
      olga.getByRole('button', { name: 'List of revoked ones (CRL)' }).click(),
    ]);
    expect(await textOf(list)).toContain('BEGIN X509 CRL');
  });

  it('reads well on the smallest phone, and offers a viewer nothing that would be refused', async () => {
    const olga = page('olga');
    await olga.setViewportSize(phone);
    for (const tab of ['mappings', 'credentials', 'certificates']) {
      await open('olga', `/devices?tab=${tab}`);
      await expectAccessible(olga);
      await shoot(olga, `${tab}-320`);
    }
    await olga.getByRole('button', { name: 'Issue a certificate' }).click();
    await expectAccessible(olga);
    await shoot(olga, 'certificate-issue-320');
    const vera = page('vera');
    await vera.setViewportSize(sizes.narrow);
    await open('vera', '/devices?tab=credentials');
    await vera.getByText('zigbee2mqtt').first().waitFor();
    expect(await vera.getByRole('tab').count()).toBe(1);
    expect(await vera.getByRole('button', { name: /^(Try|Replace|Remove|Upload)/ }).count()).toBe(0);
    await expectAccessible(vera);
    for (const { errors } of own.tabs.values())
      expect(errors.filter((line) => !/4(00|04|09|22)/.test(line))).toEqual([]);
  });
});
