/** A key-encryption key in a module: against SoftHSM where it is installed. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadKek, readKekFile } from '../../src/keys/kek.ts';
import { Pkcs11Kek, Pkcs11Module, parsePkcs11 } from '../../src/keys/pkcs11.ts';

const code = (wanted: string) => expect.objectContaining({ code: wanted });
const modulePath = [
  ...['/usr/lib/softhsm/libsofthsm2.so', '/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so'],
  ...['/usr/lib64/pkcs11/libsofthsm2.so', '/opt/homebrew/lib/softhsm/libsofthsm2.so'],
].find((path) => existsSync(path));
if (modulePath === undefined) console.log('Skipped: SoftHSM is not installed (package softhsm2).');

describe('where a key is', () => {
  it('is read after RFC 7512', () => {
    const text = 'pkcs11:token=My%20token;object=kek?module-path=/lib/p.so&pin-source=file:/etc/pin';
    expect(parsePkcs11(text)).toEqual({
      ...{ token: 'My token', object: 'kek', modulePath: '/lib/p.so', pinSource: '/etc/pin' },
    });
  });

  it.each([
    ['pkcs11:', 'token is missing'],
    ['pkcs11:token=a;object=b?module-path=/c', 'pin-source is missing'],
    ['pkcs11:token=a;object=b?module-path=/c&pin-source=/d&pin-value=1234', 'pin-value is none of'],
  ])('%s is refused', (text, why) => {
    expect(() => parsePkcs11(text)).toThrow(code('KEK_MODULE'));
    expect(() => parsePkcs11(text)).toThrow(why);
  });
});

describe.skipIf(modulePath === undefined)('SoftHSM', () => {
  const dir = mkdtempSync(join(tmpdir(), 'openami-hsm-'));
  const pin = join(dir, 'pin');
  const uri = (over: { token?: string; object?: string; path?: string; pin?: string } = {}) =>
    `pkcs11:token=${over.token ?? 'openami'};object=${over.object ?? 'kek'}` +
    `?module-path=${over.path ?? modulePath}&pin-source=${over.pin ?? pin}`;
  beforeAll(async () => {
    mkdirSync(join(dir, 'tokens'));
    const conf = join(dir, 'softhsm2.conf');
    writeFileSync(conf, `directories.tokendir = ${join(dir, 'tokens')}\nlog.level = ERROR\n`);
    process.env.SOFTHSM2_CONF = conf;
    writeFileSync(pin, '123456\n');
    writeFileSync(join(dir, 'wrong-pin'), '000000');
    const init = ['--init-token', '--free', '--label', 'openami', '--pin', '123456', '--so-pin', '654321'];
    execFileSync('softhsm2-util', init, { env: process.env });
    const module = await Pkcs11Module.load(modulePath!);
    const makeKey = (session: number, label: Buffer) => {
      const yes = Buffer.of(1);
      const length = module.struct(32);
      const made = [
        1,
        yes,
        1,
        2,
        yes,
        1,
        3,
        label,
        label.length,
        0x104,
        yes,
        1,
        0x105,
        yes,
        1,
        0x161,
        length,
        8,
      ];
      const keygen = module.struct(0x1080, 0, 0);
      module.call('C_GenerateKey', [session, keygen, module.struct(...made), 6, module.struct(0)]);
    };
    const pinBytes = Buffer.from('123456');
    const work = (session: number) => {
      for (const label of ['kek', 'other', 'twice', 'twice']) makeKey(session, Buffer.from(label));
    };
    module.session(module.slotOf('openami'), pinBytes, work, true);
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  it('wraps and unwraps, tied to its place', async () => {
    const kek = await loadKek({ kek: uri(), kekFile: '', dataDir: dir }, false);
    const aad = Buffer.from('data key default 1');
    for (let length = 1; length < 80; length += 13) {
      const plain = randomBytes(length);
      const wrapped = await kek.wrap(plain, aad);
      expect(Buffer.from(wrapped).includes(plain) && length > 8).toBe(false);
      expect(Buffer.from(await kek.unwrap(wrapped, aad)).equals(plain)).toBe(true);
    }
    const plain = randomBytes(32);
    const wrapped = await kek.wrap(plain, aad);
    for (let at = 0; at < wrapped.length; at++) {
      const changed = Uint8Array.from(wrapped);
      changed[at]! ^= 1;
      await expect(kek.unwrap(changed, aad), `byte ${at}`).rejects.toEqual(code('KEY_TAMPERED'));
    }
    await expect(kek.unwrap(wrapped, Buffer.from('elsewhere'))).rejects.toEqual(code('KEY_TAMPERED'));
    await expect(kek.unwrap(wrapped.subarray(0, 20), aad)).rejects.toEqual(code('KEY_TAMPERED'));
    const other = await Pkcs11Kek.open(uri({ object: 'other' }));
    expect(other.id).not.toBe(kek.id);
    await expect(other.unwrap(wrapped, aad)).rejects.toEqual(code('KEY_TAMPERED'));
    // Named in a file it is the same, and thousands of calls leave nothing open.
    const file = join(dir, 'kek');
    writeFileSync(file, `${uri()}\n`, { mode: 0o600 });
    const named = await readKekFile(file);
    expect(named.id).toBe(kek.id);
    for (let n = 0; n < 300; n++) await named.unwrap(wrapped, aad);
    expect(Buffer.from(await named.unwrap(wrapped, aad)).equals(plain)).toBe(true);
  });

  it.each([
    ['a token', { token: 'absent' }],
    ['a key', { object: 'absent' }],
    ['one key only', { object: 'twice' }],
    ['the right PIN', { pin: join(dir, 'wrong-pin') }],
    ['a PIN at all', { pin: join(dir, 'no-pin') }],
    ['a module', { path: '/nowhere/module.so' }],
  ])('needs %s', async (_, over) => {
    await expect(Pkcs11Kek.open(uri(over))).rejects.toEqual(code('KEK_MODULE'));
  });
});
