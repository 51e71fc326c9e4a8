import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type BillSummaryHead,
  verifyWebhook,
  webhookSecretBytes,
  webhookSecretText,
  webhookSignature,
  writeUsageSummaries,
} from '../src/index.ts';
import { hasShared, sharedDir } from './helpers.ts';

const hasXmllint = ((): boolean => {
  try {
    execFileSync('xmllint', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    console.warn('skipped: xmllint is not on the PATH');
    return false;
  }
})();

const bill: BillSummaryHead = {
  ...{
    id: '17',
    title: 'Bill 17 of <A&B>',
    fromS: 1_767_222_000,
    toS: 1_769_900_400,
    issuedS: 1_770_000_000,
  },
  ...{ total: '41.50', currency: 'EUR', usage: '123.4567', unit: 'kWh', commodity: 1, tariff: 'day & night' },
  lines: [
    { name: 'Energy <peak>', amount: '40.00', isTax: false, fromS: 1_767_222_000, toS: 1_769_900_400 },
    { name: 'VAT', amount: '2.00', isTax: true, fromS: 1_767_222_000, toS: 1_769_900_400 },
    { name: 'Credit', amount: '-0.50', isTax: false, fromS: 1_767_222_000, toS: 1_769_900_400 },
  ],
};

async function written(...bills: BillSummaryHead[]): Promise<string> {
  const source = async function* () {
    yield* bills;
  };
  let text = '';
  for await (const part of writeUsageSummaries(source(), 1_770_000_000)) text += part;
  return text;
}

describe('usage summaries', () => {
  it('have money in hundred-thousandths and usage in the base unit, exactly', async () => {
    const text = await written(bill);
    expect(text).toContain('<billLastPeriod>4150000</billLastPeriod>');
    expect([...text.matchAll(/<amount>(-?\d+)<\/amount>/g)].map(([, one]) => one)).toEqual([
      ...['4000000', '200000', '-50000'],
    ]);
    expect([...text.matchAll(/<itemKind>(\d+)</g)].map(([, one]) => one)).toEqual(['3', '5', '8']);
    expect(text).toContain('<currency>978</currency>');
    const milli = '<powerOfTenMultiplier>-3</powerOfTenMultiplier>';
    expect(text).toContain(`${milli}<timeStamp>1770000000</timeStamp><uom>72</uom><value>123456700</value>`);
    expect(await written({ ...bill, usage: '0.5' })).toContain('<value>500</value>');
    expect(await written({ ...bill, usage: null })).not.toContain('overallConsumption');
  });

  it.skipIf(!hasShared || !hasXmllint)('are valid against espi.xsd', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'espi-'));
    try {
      const water = {
        ...bill,
        id: '18/a',
        unit: 'm3',
        usage: '3.25',
        commodity: 9,
        currency: 'USD',
        lines: [],
      };
      writeFileSync(join(dir, 'feed.xml'), await written(bill, water));
      const espi = `${sharedDir}standards/espi/`;
      const load = (namespace: string, file: string) =>
        `<xs:import namespace="${namespace}" schemaLocation="${espi}${file}"/>`;
      writeFileSync(
        join(dir, 'all.xsd'),
        `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">${load('http://www.w3.org/2005/Atom', 'atom.xsd')}${load('http://naesb.org/espi', 'espi.xsd')}</xs:schema>`,
      );
      const args = ['--nonet', '--noout', '--schema', join(dir, 'all.xsd'), join(dir, 'feed.xml')];
      expect(execFileSync('xmllint', args, { stdio: 'pipe' }).toString()).toBe('');
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});

describe('webhook signatures', () => {
  it('are those of the published example', () => {
    // example of the Standard Webhooks libraries
    const secret = webhookSecretBytes('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw')!;
    const [id, timestampS, body] = [
      'msg_p5jXN8AQM9LWM0D4loKWxJek',
      1614265330,
      '{"test": 2432232314}',
    ] as const;
    const signature = webhookSignature([secret], id, timestampS, body);
    expect(signature).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
  });

  it('hold for what was signed and for nothing else', () => {
    const bytes = fc.uint8Array({ minLength: 24, maxLength: 64 });
    fc.assert(
      fc.property(bytes, bytes, fc.string(), fc.uuid(), fc.nat(2_000_000_000), (a, b, body, id, nowS) => {
        const secret = webhookSecretBytes(webhookSecretText(a))!;
        expect([...secret]).toEqual([...a]);
        const signature = webhookSignature([b, a], id, nowS, body);
        const message = { id, timestamp: String(nowS), signature, body };
        expect(verifyWebhook(secret, message, nowS + 299)).toBe(true);
        expect(verifyWebhook(secret, message, nowS + 301)).toBe(false);
        expect(verifyWebhook(secret, { ...message, body: `${body} ` }, nowS)).toBe(false);
        expect(verifyWebhook(secret, { ...message, signature: signature.slice(4) }, nowS)).toBe(true);
        expect(verifyWebhook(secret, { ...message, signature: 'v1,' }, nowS)).toBe(false);
      }),
    );
    for (const text of ['', 'whsec_', 'whsec_AAAA', `whsec_${'A'.repeat(200)}`, 'secret'])
      expect(webhookSecretBytes(text)).toBeUndefined();
  });
});
