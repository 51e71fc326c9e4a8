/**
 * Who reads or writes, why, and how far they may see. Every repository call takes one, so that
 * privacy rules can be enforced where data is read.
 */
export type UserRole = 'viewer' | 'operator' | 'admin';
/** Of a token: of a person, or of a machine that hands in readings, takes payments or fetches bills. */
export type TokenRole = UserRole | 'gateway' | 'vendor' | 'cis';
/** Of whoever makes a request; a customer sees the own usage points and nothing else. */
export type Role = TokenRole | 'customer';

/**
 * Why data is touched (lawful basis is decided per purpose). `keys`: key material is used; nothing else
 * may.
 */
export type Purpose = 'operate' | 'bill' | 'analyse' | 'customer' | 'system' | 'keys';

export interface AccessContext {
  readonly actor: {
    readonly kind: 'user' | 'token' | 'device' | 'system';
    readonly id: string;
    readonly name: string;
  };
  readonly purpose: Purpose;
  /** `all`, or the usage points that may be seen. */
  readonly scope: 'all' | { readonly usagePoints: ReadonlySet<number> };
}

/** The program acting for itself: migrations, ingest, schedules. */
export const systemAccess: AccessContext = {
  actor: { kind: 'system', id: 'system', name: 'system' },
  purpose: 'system',
  scope: 'all',
};
