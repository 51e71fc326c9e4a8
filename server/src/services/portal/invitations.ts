/**
 * How customers come to sign in: an operator makes a code, the customer a login of account number and code.
 */
import { randomInt } from 'node:crypto';
import { type AccessContext, type Clock, systemAccess } from '@openami/model';
import type { CustomerInvitation, RegistryStore } from '@openami/store';
import type { InvitationCreated, InvitationItem, RegisterBody } from '../../contract/my.ts';
import type { Identity } from '../../identity/auth.ts';
import { sha256Hex } from '../../identity/secrets.ts';

interface Parts {
  readonly registry: Pick<RegistryStore, 'customerLogins'>;
  readonly identity: Pick<Identity, 'createCustomer' | 'removeCustomer'>;
  readonly clock: Clock;
}

/** Without letters that look like digits. 32^16 codes: nobody guesses one. */
const letters = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const codeLetters = 16;
const dayMs = 86_400_000;

/** A code in groups of four, as people type it. */
function newCode(): string {
  const code = Array.from({ length: codeLetters }, () => letters[randomInt(letters.length)]).join('');
  return code.replace(/.{4}(?!$)/g, '$&-');
}

/** What of a code counts: letters that were taken for digits are those digits. */
function codeDigest(account: string, typed: string): string {
  const code = typed
    .toUpperCase()
    .replace(/[^0-9A-Z]/g, '')
    .replaceAll('O', '0')
    .replace(/[IL]/g, '1');
  return sha256Hex(`${account.trim()}\n${code}`);
}

/** Raises NOT_FOUND. */
export async function invite(
  { registry, clock }: Pick<Parts, 'registry' | 'clock'>,
  ctx: AccessContext,
  account: string,
  days: number,
): Promise<InvitationCreated> {
  const code = newCode();
  const expiresAt = new Date(clock.nowMs() + days * dayMs);
  const made = await registry.customerLogins.invite(ctx, account, codeDigest(account, code), expiresAt);
  return { ...showInvitation(made, clock.nowMs()), code };
}

export function showInvitation(
  { id, account, createdAt, expiresAt, usedAt, revokedAt }: CustomerInvitation,
  nowMs: number,
): InvitationItem {
  const state =
    usedAt !== null
      ? 'used'
      : revokedAt !== null
        ? 'revoked'
        : expiresAt.getTime() <= nowMs
          ? 'expired'
          : 'open';
  return { id, account, createdAt: createdAt.toISOString(), expiresAt: expiresAt.toISOString(), state };
}

/** Makes a login and links it. Raises INVITATION_REFUSED, USER_EXISTS, WEAK_PASSWORD. */
export async function register(
  { registry, identity }: Parts,
  { account: typed, code, ...person }: RegisterBody,
): Promise<void> {
  const account = typed.trim();
  const digest = codeDigest(account, code);
  // before the login is made: only who has the code learns whether an address is taken
  await registry.customerLogins.check(systemAccess, account, digest);
  const { id } = await identity.createCustomer(person);
  try {
    await link({ registry }, { kind: 'user', id, name: '' }, account, digest);
  } catch (error) {
    await identity.removeCustomer(id);
    throw error;
  }
}

/** Another account for a login there is. Raises INVITATION_REFUSED. */
export async function addAccount(
  { registry }: Pick<Parts, 'registry'>,
  actor: AccessContext['actor'],
  typed: string,
  code: string,
): Promise<void> {
  const account = typed.trim();
  const digest = codeDigest(account, code);
  await registry.customerLogins.check(systemAccess, account, digest);
  await link({ registry }, actor, account, digest);
}

async function link(
  { registry }: Pick<Parts, 'registry'>,
  actor: AccessContext['actor'],
  account: string,
  digest: string,
): Promise<void> {
  const ctx: AccessContext = { actor, purpose: 'customer', scope: { usagePoints: new Set() } };
  await registry.customerLogins.claim(ctx, account, digest, actor.id);
}
