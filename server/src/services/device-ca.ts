/**
 * The certificate authority for devices of this utility: made when it is first asked for, its key sealed in
 * the vault. Certificates hold by the real time, whatever clock the server was given: TLS goes by it.
 */
import {
  DeviceAuthority,
  type IssuedCertificate,
  type IssuedPair,
  type KeyVault,
  makeAuthority,
} from '@openami/headend';
import type { AccessContext } from '@openami/model';
import type { DeviceCertificate, RegistryStore } from '@openami/store';
import { keysAccess } from './dlms.ts';

export interface DeviceCaOptions {
  readonly registry: Pick<RegistryStore, 'certificates' | 'meters'>;
  readonly vault: () => Promise<KeyVault>;
  /** Default: the real time, which TLS goes by. */
  readonly nowMs?: () => number;
}

export interface CertificateOrder {
  /** Of the device: serial of a meter, name of a gateway. */
  readonly name: string;
  readonly days: number;
  /** PKCS#10; without one a key is made here. */
  readonly csr?: string;
}

export interface OrderedCertificate {
  readonly kept: DeviceCertificate;
  /** Where it was made here: shown this once. */
  readonly privateKeyPem: string | undefined;
}

/** Certificate and key of a listener of ours. */
export interface ServerPair {
  readonly cert: string;
  readonly key: string;
  /** From then on another one is to be made. */
  readonly renewAtMs: number;
}

const sealName = 'device authority';
const authorityName = 'OpenAMI devices';
/** Of a certificate for our own listener, made anew at each start, and when this part of it is left. */
const serverDays = 398;
const renewBefore = 3;
const listDays = 7;

export class DeviceCa {
  readonly #options: DeviceCaOptions;
  #authority: Promise<DeviceAuthority> | undefined;

  constructor(options: DeviceCaOptions) {
    this.#options = options;
  }

  readonly #nowMs = (): number => (this.#options.nowMs ?? Date.now)();

  /** So many days from now, by the time that certificates hold by. */
  inDays(days: number): Date {
    return new Date(this.#nowMs() + days * 86_400_000);
  }

  /** The root that devices, brokers and clients trust. */
  async rootPem(): Promise<string> {
    return (await this.#open()).certificatePem;
  }

  /** A certificate for a device, kept. Raises CSR_*. */
  async issue(ctx: AccessContext, { name, days, csr }: CertificateOrder): Promise<OrderedCertificate> {
    const { certificates, meters } = this.#options.registry;
    const authority = await this.#open();
    const lifetime = { nowMs: this.#nowMs(), days };
    const made: IssuedCertificate & Partial<IssuedPair> =
      csr === undefined
        ? await authority.issueWithKey(name, lifetime)
        : await authority.issueForRequest(name, csr, lifetime);
    const { privateKeyPem, certificatePem: certificate, ...facts } = made;
    const meter = await meters.find(ctx, name);
    const kept = await certificates.add(ctx, { ...facts, certificate, username: name }, meter?.id);
    return { kept, privateKeyPem };
  }

  /** What was revoked, for brokers of others. */
  async revocationList(ctx: AccessContext): Promise<string> {
    const revoked = await this.#options.registry.certificates.revoked(ctx);
    const entries = revoked.map(({ serialNumber, revokedAt }) => ({ serialNumber, revokedAt: revokedAt! }));
    const authority = await this.#open();
    const number = await this.#options.registry.certificates.nextListNumber(ctx);
    return authority.revocationList(entries, { nowMs: this.#nowMs(), days: listDays, number });
  }

  /** Certificate and key for a listener of ours under these names. */
  async serverPair(names: readonly string[]): Promise<ServerPair> {
    const authority = await this.#open();
    const made = await authority.issueServer(names, { nowMs: this.#nowMs(), days: serverDays });
    const { notBefore, notAfter, certificatePem: cert, privateKeyPem: key } = made;
    const lastsMs = notAfter.getTime() - notBefore.getTime();
    return { cert, key, renewAtMs: notAfter.getTime() - lastsMs / renewBefore };
  }

  /** Whether it is time for another one. */
  isDue({ renewAtMs }: ServerPair): boolean {
    return this.#nowMs() >= renewAtMs;
  }

  #open(): Promise<DeviceAuthority> {
    this.#authority ??= this.#load().catch((error: unknown) => {
      this.#authority = undefined;
      throw error;
    });
    return this.#authority;
  }

  async #load(): Promise<DeviceAuthority> {
    const { certificates } = this.#options.registry;
    const vault = await this.#options.vault();
    const kept = (await certificates.authority(keysAccess)) ?? (await this.#make(vault));
    const secret = await vault.openNamed(keysAccess, sealName, kept);
    try {
      return await DeviceAuthority.open({ certificatePem: kept.certificate, privateKey: secret.bytes() });
    } finally {
      secret.wipe();
    }
  }

  /** Two servers may make one at once: the first that is kept is that of both. */
  async #make(vault: KeyVault) {
    const { certificatePem, privateKey } = await makeAuthority(authorityName, this.#nowMs());
    const sealed = vault.sealNamed(sealName, privateKey);
    privateKey.fill(0);
    return this.#options.registry.certificates.keepAuthority(keysAccess, {
      certificate: certificatePem,
      ...sealed,
    });
  }
}
