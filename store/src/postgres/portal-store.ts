/** What the registry keeps of customers who sign in, as its users see it. */
import type { AccessContext, Commodity } from '@openami/model';

type Ctx = AccessContext;

/** An agreement that a login may see, for the time it holds and no other. */
export interface OwnAgreement {
  readonly id: number;
  readonly code: string;
  readonly accountId: number;
  readonly account: string;
  readonly accountName: string;
  readonly relation: 'holder' | 'delegate';
  readonly usagePointId: number;
  readonly usagePoint: string;
  readonly commodity: Commodity;
  readonly zone: string;
  readonly address: string;
  /** Epoch seconds; null for no end. */
  readonly fromS: number;
  readonly untilS: number | null;
}

export interface CustomerInvitation {
  readonly id: number;
  readonly account: string;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly usedAt: Date | null;
  readonly revokedAt: Date | null;
}

export interface CustomerLogin {
  readonly userId: string;
  readonly account: string;
  readonly relation: 'holder' | 'delegate';
  readonly createdAt: Date;
}

export interface CustomerLoginRepository {
  /**
   * Makes an invitation of an account; one that was open ends. Only the digest of its code is kept.
   * Raises NOT_FOUND.
   */
  invite(ctx: Ctx, account: string, codeSha256: string, expiresAt: Date): Promise<CustomerInvitation>;
  /** Those of an account, newest first, a hundred at most. */
  invitations(ctx: Ctx, account: string): Promise<CustomerInvitation[]>;
  /** Ends an open invitation. Raises NOT_FOUND. */
  revoke(ctx: Ctx, id: number): Promise<CustomerInvitation>;
  /**
   * Raises INVITATION_REFUSED unless the code is that of the account's open invitation; counts what is
   * wrong.
   */
  check(ctx: Ctx, account: string, codeSha256: string): Promise<void>;
  /** Uses the invitation up and links the login. Raises INVITATION_REFUSED when somebody was sooner. */
  claim(ctx: Ctx, account: string, codeSha256: string, userId: string): Promise<void>;
  /** Logins of an account, with the whole scope. */
  ofAccount(ctx: Ctx, account: string): Promise<CustomerLogin[]>;
  /** Takes a login its account. Raises NOT_FOUND. */
  unlink(ctx: Ctx, account: string, userId: string): Promise<void>;
  /** What a login may see, in order of addresses; a thousand at most. */
  agreementsOf(ctx: Ctx, userId: string): Promise<OwnAgreement[]>;
}

export type UsageAlertKind = 'high-use' | 'leak' | 'budget';

export interface UsageAlertChoice {
  readonly userId: string;
  readonly agreementId: number;
  readonly kind: UsageAlertKind;
  /** Exact decimal text. */
  readonly threshold: string;
  /** Local day that was looked at last. */
  readonly lookedDay: string | null;
}

export interface UsageAlertInput {
  readonly userId: string;
  readonly agreementId: number;
  readonly kind: UsageAlertKind;
  readonly day: string;
  readonly value: string;
  readonly threshold: string;
  readonly unit: string;
}

export interface UsageAlert extends UsageAlertInput {
  readonly id: number;
  readonly usagePointId: number;
  readonly createdAt: Date;
  readonly seenAt: Date | null;
}

export interface UsageAlertRepository {
  /** What the actor chose, of usage points in scope. */
  choices(ctx: Ctx): Promise<UsageAlertChoice[]>;
  /** Chooses; null takes it back. Raises NOT_FOUND for an agreement out of scope. */
  choose(
    ctx: Ctx,
    choice: {
      readonly agreementId: number;
      readonly kind: UsageAlertKind;
      readonly threshold: string | null;
    },
  ): Promise<void>;
  /** Told to the actor, newest first, of usage points in scope. */
  list(ctx: Ctx, limit: number): Promise<UsageAlert[]>;
  /** Alerts of the actor are seen. */
  seen(ctx: Ctx): Promise<void>;
  /**
   * Choices of everybody at usage points of a zone of which local `day` was not looked at yet; those whose
   * login lost the account are left out.
   */
  open(ctx: Ctx, zone: string, day: string, limit: number): Promise<UsageAlertChoice[]>;
  /**
   * Notes what was found and that the choices were looked at, in one transaction. Returns how many are new.
   */
  note(
    ctx: Ctx,
    looked: readonly UsageAlertChoice[],
    day: string,
    found: readonly UsageAlertInput[],
  ): Promise<number>;
}
