import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { LocalKek, loadKek, madeKekPath, parseKek, readKekFile } from '../../src/keys/kek.ts';

const dir = mkdtempSync(join(tmpdir(), 'openami-kek-'));
afterAll(() => rmSync(dir, { recursive: true }));
const code = (wanted: string) => expect.objectContaining({ code: wanted });
const bytes = randomBytes(32);
const aad = Uint8Array.of(1, 2);

function file(name: string, content: string | Uint8Array, mode = 0o600): string {
  const path = join(dir, name);
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
}

describe('the key-encryption key', () => {
  it('is read from hex, base64 and raw bytes alike', async () => {
    const { id } = new LocalKek(bytes);
    expect(parseKek(` ${bytes.toString('hex').toUpperCase()}\n`, '').id).toBe(id);
    expect(parseKek(bytes.toString('base64'), '').id).toBe(id);
    expect(parseKek(bytes.toString('base64url'), '').id).toBe(id);
    expect((await readKekFile(file('raw', bytes))).id).toBe(id);
    expect((await readKekFile(file('hex', `${bytes.toString('hex')}\n`))).id).toBe(id);
    expect(id).toMatch(/^[0-9a-f]{16}$/);
  });

  it('says nothing about itself', () => {
    const kek = new LocalKek(bytes);
    const shown = inspect(kek, { depth: 9, showHidden: true }) + JSON.stringify(kek);
    expect(shown).not.toContain(bytes.toString('hex').slice(0, 8));
    expect(shown).not.toContain(bytes.toString('base64').slice(0, 8));
  });

  it('refuses what is no key, without quoting it', async () => {
    for (const text of ['', 'secret', bytes.toString('hex').slice(2), '00'.repeat(32), 'zz'.repeat(32)]) {
      expect(() => parseKek(text, 'OPENAMI_KEK')).toThrow(code('KEK_MALFORMED'));
      if (text !== '') expect(() => parseKek(text, 'OPENAMI_KEK')).not.toThrow(new RegExp(text));
    }
    expect(() => new LocalKek(randomBytes(16))).toThrow(code('KEK_MALFORMED'));
    await expect(readKekFile(join(dir, 'absent'))).rejects.toEqual(code('KEK_UNREADABLE'));
    await expect(readKekFile(file('open', bytes.toString('hex'), 0o644))).rejects.toEqual(
      code('KEK_UNREADABLE'),
    );
    expect((await readKekFile(file('group', bytes.toString('hex'), 0o640))).id).toBeTruthy();
  });

  it('unwraps what it wrapped, for the same place only', async () => {
    const kek = new LocalKek(bytes);
    const wrapped = await kek.wrap(bytes, aad);
    expect(Buffer.compare(await kek.unwrap(wrapped, aad), bytes)).toBe(0);
    await expect(kek.unwrap(wrapped, Uint8Array.of(1))).rejects.toEqual(code('KEY_TAMPERED'));
    await expect(new LocalKek(randomBytes(32)).unwrap(wrapped, aad)).rejects.toEqual(code('KEY_TAMPERED'));
    expect(Buffer.compare(await kek.wrap(bytes, aad), wrapped)).not.toBe(0);
  });

  it('is made once, for its owner only, and never in place of one that is missing', async () => {
    const dataDir = join(dir, 'data');
    const source = { kek: '', kekFile: '', dataDir };
    await expect(loadKek(source, false)).rejects.toEqual(code('KEK_UNREADABLE'));
    expect(existsSync(madeKekPath(dataDir))).toBe(false);
    const made = await Promise.all([1, 2, 3, 4].map(() => loadKek(source, true)));
    expect(new Set(made.map(({ id }) => id)).size).toBe(1);
    expect(statSync(madeKekPath(dataDir)).mode & 0o777).toBe(0o600);
    expect(readdirSync(dataDir)).toEqual(['kek']);
    const text = readFileSync(madeKekPath(dataDir), 'utf8');
    expect((await loadKek(source, false)).id).toBe(made[0]!.id);
    expect((await loadKek({ ...source, kek: text }, false)).id).toBe(made[0]!.id);
    const given = await loadKek({ ...source, kekFile: file('given', bytes) }, true);
    expect(given.id).toBe(new LocalKek(bytes).id);
  });
});
