/** What the registry keeps of certificates of devices, as its users see it. Scoped callers are refused. */
import type { AccessContext } from '@openami/model';
import type { DeviceCredential, ListQuery, Page } from './types.ts';

type Ctx = AccessContext;

/** The authority for certificates of devices; its key is sealed. */
export interface StoredAuthority {
  readonly certificate: string;
  readonly wrapped: Uint8Array;
  readonly wrappingKey: string;
}

export interface DeviceCertificate {
  readonly id: number;
  /** Lower-case hex. */
  readonly serialNumber: string;
  readonly username: string;
  /** SHA-256, lower-case hex. */
  readonly fingerprint: string;
  readonly certificate: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly issuedBy: string;
  readonly issuedAt: Date;
  readonly revokedAt: Date | null;
  readonly reason: string;
}

export type NewDeviceCertificate = Pick<
  DeviceCertificate,
  'serialNumber' | 'username' | 'fingerprint' | 'certificate' | 'notBefore' | 'notAfter'
>;

export interface CertificateQuery extends ListQuery {
  readonly username?: string;
  /** Those in force that end before, of devices that have none that lasts longer. */
  readonly endsBefore?: Date;
}

export interface CertificateRepository {
  authority(ctx: Ctx): Promise<StoredAuthority | undefined>;
  /** Kept when there is none yet; what is kept in the end. */
  keepAuthority(ctx: Ctx, authority: StoredAuthority): Promise<StoredAuthority>;
  /** Keeps what was issued; a device without a credential gets one that nobody knows the secret of. */
  add(ctx: Ctx, certificate: NewDeviceCertificate, meterId?: number): Promise<DeviceCertificate>;
  /** The enabled credential of a certificate that is not revoked and not over, and when it will be over. */
  verify(
    ctx: Ctx,
    fingerprint: string,
  ): Promise<(DeviceCredential & { readonly notAfter: Date }) | undefined>;
  /** Raises NOT_FOUND; again is harmless. Counts as a change of the credential: see `changedSince`. */
  revoke(ctx: Ctx, serialNumber: string, reason: string): Promise<DeviceCertificate>;
  /** The newest first; the cursor is of this list. */
  list(ctx: Ctx, query?: CertificateQuery): Promise<Page<DeviceCertificate>>;
  /** The number of the next list of revoked certificates: higher than all before. Needs an authority. */
  nextListNumber(ctx: Ctx): Promise<number>;
  /** What was revoked before its end, which is to come. */
  revoked(ctx: Ctx): Promise<Pick<DeviceCertificate, 'serialNumber' | 'revokedAt'>[]>;
}
