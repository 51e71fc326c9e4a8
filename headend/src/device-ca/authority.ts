/**
 * A small certificate authority for devices (X.509 v3 and CRL v2, RFC 5280; PKCS#10, RFC 2986): one root on
 * P-256, certificates for clients whose common name is the device's name, and what was revoked.
 */
import 'reflect-metadata';
import { createHash, randomBytes, webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import * as x509 from '@peculiar/x509';
import { deviceCaErrors } from './errors.ts';

x509.cryptoProvider.set(webcrypto as never);

type CryptoKey = webcrypto.CryptoKey;
type CryptoKeyPair = webcrypto.CryptoKeyPair;

const signing = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const dayMs = 86_400_000;
const rootDays = 20 * 365;
/** Clocks of devices differ: what is issued now is valid since a while ago. */
const backdateMs = 3_600_000;
const serialBytes = 16;
const clientAuth = '1.3.6.1.5.5.7.3.2';
const serverAuth = '1.3.6.1.5.5.7.3.1';
/** RFC 5280 5.2.3: in every list, and increasing. */
const crlNumber = '2.5.29.20';

/** What the authority is: `privateKey` is PKCS#8, to be kept sealed. */
export interface AuthorityMaterial {
  readonly certificatePem: string;
  readonly privateKey: Uint8Array;
}

export interface IssuedCertificate {
  readonly certificatePem: string;
  /** Lower-case hex. */
  readonly serialNumber: string;
  /** SHA-256 over the certificate, lower-case hex. */
  readonly fingerprint: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** With the private key that was made for it. */
export interface IssuedPair extends IssuedCertificate {
  readonly privateKeyPem: string;
}

export interface Revocation {
  readonly serialNumber: string;
  readonly revokedAt: Date;
}

export interface Lifetime {
  readonly nowMs: number;
  readonly days: number;
}

interface Host {
  readonly type: 'ip' | 'dns';
  readonly value: string;
}

/** A new root. */
export async function makeAuthority(name: string, nowMs: number): Promise<AuthorityMaterial> {
  const keys = (await webcrypto.subtle.generateKey(signing, true, ['sign', 'verify'])) as CryptoKeyPair;
  const usage = x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign;
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...{ serialNumber: randomSerial(), name: commonName(name), keys, signingAlgorithm: signing },
    ...between(nowMs, rootDays),
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(usage, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  const privateKey = new Uint8Array(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  return { certificatePem: certificate.toString('pem'), privateKey };
}

export class DeviceAuthority {
  readonly certificatePem: string;
  readonly #root: x509.X509Certificate;
  readonly #key: CryptoKey;

  private constructor(root: x509.X509Certificate, key: CryptoKey) {
    this.#root = root;
    this.#key = key;
    this.certificatePem = root.toString('pem');
  }

  static async open({ certificatePem, privateKey }: AuthorityMaterial): Promise<DeviceAuthority> {
    const key = await webcrypto.subtle.importKey('pkcs8', privateKey, signing, false, ['sign']);
    return new DeviceAuthority(new x509.X509Certificate(certificatePem), key);
  }

  /** When the root ends: nothing issued outlives it. */
  get notAfter(): Date {
    return this.#root.notAfter;
  }

  /** For a key that the device made and keeps. Raises CSR_*. */
  async issueForRequest(name: string, csrPem: string, lifetime: Lifetime): Promise<IssuedCertificate> {
    const request = readRequest(csrPem);
    const named = request.subjectName.getField('CN');
    if (named.length > 0 && (named.length > 1 || named[0] !== name))
      throw deviceCaErrors.CSR_NAME(`${named.join(', ').slice(0, 100)}, asked for ${name}`);
    requireAcceptedKey(request.publicKey);
    if (!(await request.verify().catch(() => false))) throw deviceCaErrors.CSR_SIGNATURE();
    return this.#issue(name, request.publicKey, lifetime, [clientAuth], []);
  }

  /** With a key made here, for devices that cannot make one: it is handed out this once. */
  async issueWithKey(name: string, lifetime: Lifetime): Promise<IssuedPair> {
    return this.#issuePair(name, lifetime, [clientAuth], []);
  }

  /** For a server of ours that devices connect to. */
  async issueServer(names: readonly string[], lifetime: Lifetime): Promise<IssuedPair> {
    const hosts = names.map((value): Host => ({ type: isIP(value) === 0 ? 'dns' : 'ip', value }));
    return this.#issuePair(names[0]!, lifetime, [serverAuth], hosts);
  }

  /** The list of what was revoked before its time, as PEM; `number` is higher than that of any before. */
  async revocationList(
    revoked: readonly Revocation[],
    { nowMs, days, number }: Lifetime & { readonly number: number },
  ): Promise<string> {
    const list = await x509.X509CrlGenerator.create({
      issuer: this.#root.subject,
      thisUpdate: new Date(nowMs),
      nextUpdate: new Date(nowMs + days * dayMs),
      entries: revoked.map(({ serialNumber, revokedAt }) => ({ serialNumber, revocationDate: revokedAt })),
      ...{ signingKey: this.#key, signingAlgorithm: signing },
      extensions: [
        await x509.AuthorityKeyIdentifierExtension.create(this.#root.publicKey),
        new x509.Extension(crlNumber, false, derInteger(number)),
      ],
    });
    return x509.PemConverter.encode(list.rawData, 'X509 CRL');
  }

  async #issuePair(
    name: string,
    lifetime: Lifetime,
    usages: readonly string[],
    hosts: readonly Host[],
  ): Promise<IssuedPair> {
    const keys = (await webcrypto.subtle.generateKey(signing, true, ['sign', 'verify'])) as CryptoKeyPair;
    const issued = await this.#issue(name, keys.publicKey, lifetime, usages, hosts);
    const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
    return { ...issued, privateKeyPem: x509.PemConverter.encode(pkcs8, 'PRIVATE KEY') };
  }

  async #issue(
    name: string,
    publicKey: x509.PublicKeyType,
    { nowMs, days }: Lifetime,
    usages: readonly string[],
    hosts: readonly Host[],
  ): Promise<IssuedCertificate> {
    const serialNumber = randomSerial();
    const { notBefore, notAfter } = between(nowMs, days);
    const endMs = Math.min(notAfter.getTime(), this.notAfter.getTime());
    const certificate = await x509.X509CertificateGenerator.create({
      ...{ serialNumber, subject: commonName(name), issuer: this.#root.subject, notBefore },
      notAfter: new Date(endMs),
      ...{ publicKey, signingKey: this.#key, signingAlgorithm: signing },
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([...usages]),
        await x509.AuthorityKeyIdentifierExtension.create(this.#root.publicKey),
        await x509.SubjectKeyIdentifierExtension.create(publicKey),
        ...(hosts.length > 0 ? [new x509.SubjectAlternativeNameExtension([...hosts])] : []),
      ],
    });
    return {
      certificatePem: certificate.toString('pem'),
      serialNumber,
      fingerprint: createHash('sha256').update(new Uint8Array(certificate.rawData)).digest('hex'),
      notBefore: certificate.notBefore,
      notAfter: certificate.notAfter,
    };
  }
}

function between(nowMs: number, days: number): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(nowMs - backdateMs), notAfter: new Date(nowMs + days * dayMs) };
}

/** A positive number of 127 bits at random (RFC 5280 4.1.2.2). */
function randomSerial(): string {
  const bytes = randomBytes(serialBytes);
  bytes[0] = (bytes[0]! & 0x3f) | 0x40;
  return bytes.toString('hex');
}

/** INTEGER of DER, of a whole number that is not negative. */
function derInteger(value: number): Uint8Array<ArrayBuffer> {
  const hex = value.toString(16);
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
  // a first bit that is set would be a sign
  const body = bytes[0]! > 0x7f ? [0, ...bytes] : [...bytes];
  return Uint8Array.from([0x02, body.length, ...body]);
}

function commonName(name: string): x509.Name {
  return new x509.Name([{ CN: [{ utf8String: name }] }]);
}

function readRequest(pem: string): x509.Pkcs10CertificateRequest {
  try {
    return new x509.Pkcs10CertificateRequest(pem);
  } catch (error) {
    throw deviceCaErrors.CSR_MALFORMED(undefined, {}, error);
  }
}

function requireAcceptedKey({ algorithm }: x509.PublicKey): void {
  const { name, namedCurve, modulusLength } = algorithm as {
    name: string;
    namedCurve?: string;
    modulusLength?: number;
  };
  const curve = name === 'ECDSA' && (namedCurve === 'P-256' || namedCurve === 'P-384');
  const rsa = name.startsWith('RSA') && modulusLength !== undefined;
  if (curve || (rsa && modulusLength >= 2_048 && modulusLength <= 4_096)) return;
  throw deviceCaErrors.CSR_KEY(`${name} ${namedCurve ?? modulusLength ?? ''}`.trim());
}
