import { randomBytes } from 'node:crypto';
import { type KeyFileMapping, readKeyFile } from '@openami/exchange';
import { importKeys, type KeyImportOptions, type KeyVault } from '@openami/headend';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ctx, nodeKeyWrap, openSetting, type Setting } from './open-vault.ts';

let setting: Setting;
let vault: KeyVault;
const serials: string[] = [];
const ids = new Map<string, number>();
beforeAll(async () => {
  setting = await openSetting();
  vault = await setting.vault();
  for (let n = 0; n < 12; n++) {
    const { id, serial } = await setting.meter();
    serials.push(serial);
    ids.set(serial, id);
  }
}, 60_000);
afterAll(() => setting.close());

const hex = (length = 16) => randomBytes(length).toString('hex');

function take(
  text: string,
  over: Partial<KeyImportOptions> = {},
  mapping: KeyFileMapping = { format: 'csv' },
) {
  async function* bytes() {
    yield new TextEncoder().encode(text);
  }
  const options: KeyImportOptions = {
    ...{ vault, store: setting.store.meterKeys, suite: 0, encoding: 'hex', different: 'reject' },
    metersOf: async () => ids,
    ...over,
  };
  return importKeys(ctx, readKeyFile(bytes(), mapping), options);
}

async function keysOf(serial: string): Promise<Record<string, string>> {
  const { keys } = await vault.keysOf(ctx, [ids.get(serial)!]);
  return Object.fromEntries(
    keys.map(({ kind, state, secret }) => [`${kind} ${state}`, Buffer.from(secret.bytes()).toString('hex')]),
  );
}

describe('import of key files', () => {
  it('takes good rows, and of bad ones tells line and reason without a key', async () => {
    const [a, b, c, d] = serials as [string, string, string, string];
    const [guek, gak] = [hex(), hex()];
    const titles: object[] = [];
    const rows = [
      'serial,title,EK,AK,password,suite',
      `${a},4D4D4D0000BC614E,${guek.toUpperCase()},${gak.match(/../g)!.join(' ')},12345678,0`,
      `nobody,,${hex()},${hex()},,0`,
      `${b},,${hex(15)},${hex()},,0`,
      `${b},,${hex()},zz${hex(15)},,0`,
      `${b},,${'00'.repeat(16)},${hex()},,0`,
      `${c},,${hex()},${hex()},,2`,
      `"${c},,${hex()}`,
      `${c},4D4D,${hex()},${hex()},,0`,
      `${c},,${hex()},${hex()},,7`,
      `${c},,,,,`,
      `${d},,${hex(32)},${hex(32)},,2`,
    ];
    const result = await take(rows.join('\n'), {
      titles: { titles: async () => [], noteTitles: async (_, given) => void titles.push(...given) },
    });
    expect(result).toMatchObject({ rows: 11, added: 5, staged: 0, unchanged: 0, rejected: 9 });
    expect(result.rejects.map(({ line, code }) => `${line} ${code}`).sort()).toEqual(
      [
        ...['3 KEY_METER_UNKNOWN', '4 KEY_LENGTH', '5 KEY_MALFORMED', '6 KEY_WEAK', '7 KEY_LENGTH'],
        ...['8 CSV_QUOTE_BROKEN', '9 KEY_MALFORMED', '10 KEY_MALFORMED', '11 KEY_MALFORMED'],
      ].sort(),
    );
    expect(await keysOf(a)).toEqual({
      ...{ 'guek active': guek, 'gak active': gak, 'lls active': Buffer.from('12345678').toString('hex') },
    });
    expect(await keysOf(b)).toEqual({});
    expect(titles).toEqual([{ meterId: ids.get(a), title: '4d4d4d0000bc614e' }]);
    const told = JSON.stringify([result, await setting.store.audit.list(ctx, { limit: 1000 })]).toLowerCase();
    for (const row of rows.slice(1)) {
      for (const cell of row.split(',').filter((each) => each.length >= 30)) {
        expect(told).not.toContain(cell.toLowerCase().replaceAll(' ', ''));
      }
    }
  });

  it('may be repeated; another key is refused, or staged when asked', async () => {
    const serial = serials[4]!;
    const [first, second, third] = [hex(), hex(), hex()];
    expect(await take(`serial,guek\n${serial},${first}\n`)).toMatchObject({ added: 1 });
    expect(await take(`serial,guek\n${serial},${first}\n`)).toMatchObject({ added: 0, unchanged: 1 });
    const refused = await take(`serial,guek\n${serial},${second}\n`);
    expect(refused).toMatchObject({ added: 0, rejects: [{ line: 2, code: 'KEY_DIFFERS' }] });
    const staged = await take(`serial,guek\n${serial},${second}\n${serial},${third}\n`, {
      different: 'stage',
    });
    expect(staged).toMatchObject({ staged: 1, rejects: [{ line: 3, code: 'KEY_DIFFERS' }] });
    expect(await keysOf(serial)).toEqual({ 'guek active': first, 'guek staged': second });
  });

  it('unwraps keys that travel wrapped, and finds a wrong transport key out', async () => {
    const [serial, other] = [serials[5]!, serials[6]!];
    const [key, transport] = [randomBytes(16), randomBytes(16)];
    const wrapped = Buffer.from(nodeKeyWrap.wrap(transport, key)).toString('hex');
    const options = { transport: { key: transport, keyWrap: nodeKeyWrap } };
    expect(await take(`serial,guek\n${serial},${wrapped}\n`, options)).toMatchObject({
      added: 1,
      rejected: 0,
    });
    expect(await keysOf(serial)).toEqual({ 'guek active': key.toString('hex') });
    const wrong = { transport: { key: randomBytes(16), keyWrap: nodeKeyWrap } };
    expect(await take(`serial,guek\n${other},${wrapped}\n`, wrong)).toMatchObject({
      ...{ added: 0, rejects: [{ line: 2, code: 'KEY_TRANSPORT' }] },
    });
  });

  it('reads XML and base64', async () => {
    const serial = serials[7]!;
    const key = randomBytes(16);
    const text = `<f><m><s>${serial}</s><k>${key.toString('base64')}</k></m></f>`;
    const mapping: KeyFileMapping = { format: 'xml', record: 'm', fields: { serial: 's', guek: 'k' } };
    expect(await take(text, { encoding: 'base64' }, mapping)).toMatchObject({ added: 1 });
    expect(await keysOf(serial)).toEqual({ 'guek active': key.toString('hex') });
  });

  it('takes thousands of rows in batches, each key at its meter', async () => {
    const many = new Map<string, number>();
    for (const serial of serials.slice(8)) many.set(serial, ids.get(serial)!);
    const keys = new Map([...many.keys()].map((serial) => [serial, hex()]));
    const lines = Array.from({ length: 2_600 }, (_, n) => {
      const serial = [...many.keys()][n % many.size]!;
      return n % 13 === 0 ? `unknown${n},${hex()}` : `${serial},${keys.get(serial)}`;
    });
    const result = await take(['serial,guek', ...lines].join('\n'));
    expect(result).toMatchObject({
      rows: 2_600,
      added: many.size,
      rejected: 200,
      unchanged: 2_400 - many.size,
    });
    for (const [serial, key] of keys) expect(await keysOf(serial)).toEqual({ 'guek active': key });
  });
});
