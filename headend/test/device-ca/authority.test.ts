/** Certificates of devices: what another reader of X.509 makes of them. */
import { execFileSync } from 'node:child_process';
import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DeviceAuthority, makeAuthority } from '../../src/index.ts';

const nowMs = Date.UTC(2026, 2, 30, 12);
const year = { nowMs, days: 365 };
const folder = mkdtempSync(join(tmpdir(), 'openami-ca-'));
const openssl = (...args: string[]) =>
  execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' }).toString();
const hasOpenssl = (() => {
  try {
    openssl('version');
    return true;
  } catch {
    console.log('skipped certificate requests: there is no openssl that makes them');
    return false;
  }
})();

let authority: DeviceAuthority;
let root: X509Certificate;

beforeAll(async () => {
  authority = await DeviceAuthority.open(await makeAuthority('Town devices', nowMs));
  root = new X509Certificate(authority.certificatePem);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('certificates of devices', () => {
  it('are of a root that signs certificates and nothing else', () => {
    expect(root.ca).toBe(true);
    expect(root.verify(root.publicKey)).toBe(true);
    expect(root.subject).toBe('CN=Town devices');
  });

  it('carry the name of the device and fit the key made for it', async () => {
    const made = await authority.issueWithKey('OA, "1" ü', year);
    const certificate = new X509Certificate(made.certificatePem);
    expect(certificate.checkIssued(root)).toBe(true);
    expect(certificate.verify(root.publicKey)).toBe(true);
    expect(certificate.checkPrivateKey(createPrivateKey(made.privateKeyPem))).toBe(true);
    expect(certificate.toLegacyObject().subject.CN).toBe('OA, "1" ü');
    expect(certificate.serialNumber.toLowerCase()).toBe(made.serialNumber);
    expect(certificate.fingerprint256.replaceAll(':', '').toLowerCase()).toBe(made.fingerprint);
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
    expect(certificate.ca).toBe(false);
    expect(new Date(certificate.validTo).getTime()).toBe(nowMs + 365 * 86_400_000);
  });

  it('never outlive the root', async () => {
    const made = await authority.issueWithKey('OA1', { nowMs, days: 50 * 365 });
    expect(made.notAfter).toEqual(authority.notAfter);
  });

  it('of our own servers are good for all their names', async () => {
    const names = ['localhost', '127.0.0.1', '::1', 'ami.example.org'];
    const certificate = new X509Certificate((await authority.issueServer(names, year)).certificatePem);
    expect(certificate.checkHost('ami.example.org')).toBe('ami.example.org');
    expect(certificate.checkHost('localhost')).toBe('localhost');
    expect(certificate.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(certificate.checkIP('::1')).toBe('::1');
    expect(certificate.checkHost('other.example.org')).toBeUndefined();
  });
});

/** A request that openssl makes for a key of ours. */
function requestOf(subject: string, curve = 'P-256'): { csr: string; publicKeyPem: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: curve });
  writeFileSync(join(folder, 'key.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }));
  openssl('req', '-new', '-key', 'key.pem', '-subj', subject, '-out', 'request.pem');
  return {
    csr: readFileSync(join(folder, 'request.pem'), 'utf8'),
    publicKeyPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  };
}

describe.skipIf(!hasOpenssl)('requests of devices', () => {
  it('become certificates for their own key', async () => {
    const { csr, publicKeyPem } = requestOf('/CN=OA7');
    const made = await authority.issueForRequest('OA7', csr, year);
    const certificate = new X509Certificate(made.certificatePem);
    expect(certificate.publicKey.export({ type: 'spki', format: 'pem' })).toBe(publicKeyPem);
    expect(certificate.verify(root.publicKey)).toBe(true);
    expect((await authority.issueForRequest('OA8', requestOf('/O=x').csr, year)).serialNumber).toHaveLength(
      32,
    );
  });

  it('are refused for other names, keys of other kinds, and where they are damaged', async () => {
    const { csr } = requestOf('/CN=OA7');
    const issue = (name: string, text: string) => authority.issueForRequest(name, text, year);
    await expect(issue('OA8', csr)).rejects.toMatchObject({ code: 'CSR_NAME' });
    await expect(issue('OA7', 'nonsense')).rejects.toMatchObject({ code: 'CSR_MALFORMED' });
    await expect(issue('OA7', requestOf('/CN=OA7', 'secp256k1').csr)).rejects.toMatchObject({ code: /CSR_/ });
    const lines = csr.trim().split('\n');
    const body = Buffer.from(lines.slice(1, -1).join(''), 'base64');
    for (let at = 0; at < body.length; at += 3) {
      const damaged = Buffer.from(body);
      damaged[at]! ^= 0x41;
      const pem = [lines[0], damaged.toString('base64'), lines.at(-1)].join('\n');
      await expect(issue('OA7', pem), `byte ${at}`).rejects.toMatchObject({ code: /^CSR_/ });
    }
  });

  it('are told from revoked ones by the list', async () => {
    const [good, bad] = [await authority.issueWithKey('A', year), await authority.issueWithKey('B', year)];
    const revoked = [{ serialNumber: bad.serialNumber, revokedAt: new Date(nowMs) }];
    writeFileSync(join(folder, 'ca.pem'), authority.certificatePem);
    writeFileSync(
      join(folder, 'list.pem'),
      await authority.revocationList(revoked, { nowMs, days: 7, number: 7 }),
    );
    const at = String(nowMs / 1_000 + 60);
    const check = (pem: string) => {
      writeFileSync(join(folder, 'device.pem'), pem);
      const how = ['-CAfile', 'ca.pem', '-CRLfile', 'list.pem', '-crl_check', '-attime', at];
      return openssl('verify', ...how, 'device.pem');
    };
    expect(check(good.certificatePem)).toMatch(/OK/);
    expect(() => check(bad.certificatePem)).toThrow(/revoked/);
    for (const number of [1, 127, 128, 255, 256, 65_535, 2 ** 31, 2 ** 47]) {
      writeFileSync(join(folder, 'list.pem'), await authority.revocationList([], { nowMs, days: 7, number }));
      const said = openssl('crl', '-in', 'list.pem', '-noout', '-crlnumber');
      expect(Number.parseInt(said.trim().replace(/^crlNumber=(0x)?/i, ''), 16)).toBe(number);
    }
  });
});
