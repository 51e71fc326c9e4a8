/**
 * Changes of the safety policy. What only tightens it is in force at once; what loosens it anywhere waits for
 * another person, as whatever it then lets pass would have.
 */
import type { AccessContext, FirmwareSigner } from '@openami/model';
import { commandErrors } from './errors.ts';
import { policyOf, requireSecondPerson, type SafetyPolicy } from './safety.ts';

/** Everything that people set. */
export interface SafetySetting {
  readonly policy: SafetyPolicy;
  readonly signers: readonly FirmwareSigner[];
  readonly requireSignature: boolean;
}

export interface SafetyProposal extends SafetySetting {
  readonly proposedBy: string;
  /** The person behind: the same, or who made the token. */
  readonly proposedPerson: string;
  /** Seconds since 1970. */
  readonly proposedAtS: number;
  readonly reason: string;
}

interface Gate {
  readonly policy: unknown;
  readonly signers: readonly FirmwareSigner[];
  readonly requireSignature: boolean;
  readonly proposal: unknown;
  readonly version: number;
}

/** What it asks of the store; the registry store fits. */
export interface SafetyStore {
  gate(ctx: AccessContext): Promise<Gate>;
  setGate(
    ctx: AccessContext,
    patch: Partial<SafetySetting> & { readonly proposal?: SafetyProposal | null },
    ifVersion?: number,
    why?: { readonly action: string; readonly reason: string },
  ): Promise<Gate>;
}

/** What `after` lets pass that `before` does not, in words; empty when it only tightens. */
export function loosenings(before: SafetySetting, after: SafetySetting, nowS: number): string[] {
  const [old, next] = [before.policy, after.policy];
  const found: string[] = [];
  const more = (name: keyof SafetyPolicy, words: string) => {
    if (next[name] > old[name]) found.push(`${words}: ${next[name]} instead of ${old[name]}`);
  };
  more('fourEyesAboveMeters', 'meters one person may decide on');
  more('maxPerHour', 'interruptions an hour');
  more('maxPerFeederPerHour', 'interruptions an hour of one feeder');
  more('maxMetersPerOrder', 'meters of an order');
  if (next.coolDownS < old.coolDownS)
    found.push(`cool-down: ${next.coolDownS} s instead of ${old.coolDownS} s`);
  for (const kind of old.fourEyesAlways)
    if (!next.fourEyesAlways.includes(kind)) found.push(`no second person for ${kind}`);
  for (const one of old.moratoria) {
    const fromS = Math.max(one.fromS, nowS);
    const holds = next.moratoria.some((each) => each.fromS <= fromS && each.untilS >= one.untilS);
    if (one.untilS > nowS && !holds)
      found.push(`moratorium until ${new Date(one.untilS * 1000).toISOString()} not kept`);
  }
  if (before.requireSignature) {
    if (!after.requireSignature) found.push('firmware need not be signed');
    const known = new Set(before.signers.map(({ publicKey }) => publicKey.trim()));
    for (const { name, publicKey } of after.signers)
      if (!known.has(publicKey.trim())) found.push(`${name} is trusted to sign firmware`);
  }
  return found;
}

export class SafetyChanges {
  readonly #store: SafetyStore;
  readonly #nowS: () => number;

  constructor(store: SafetyStore, nowS: () => number) {
    this.#store = store;
    this.#nowS = nowS;
  }

  /** What a proposal that waits would loosen. */
  loosenings(gate: Gate): string[] {
    const proposal = gate.proposal as SafetyProposal | null;
    return proposal === null ? [] : loosenings(settingOf(gate), proposal, this.#nowS());
  }

  /**
   * Takes a setting, or keeps it as the proposal where it loosens anything. Whatever is put in force drops
   * the proposal: it was made of an older policy.
   */
  async change(
    ctx: AccessContext,
    wanted: SafetySetting,
    { reason, person, ifVersion }: { reason: string; person: string; ifVersion?: number | undefined },
  ): Promise<'applied' | 'proposed'> {
    const gate = await this.#store.gate(ctx);
    const looser = loosenings(settingOf(gate), wanted, this.#nowS());
    const version = ifVersion ?? gate.version;
    if (looser.length === 0) {
      const why = { action: 'update', reason };
      await this.#store.setGate(ctx, { ...wanted, proposal: null }, version, why);
      return 'applied';
    }
    const proposal = {
      ...wanted,
      ...{ proposedBy: ctx.actor.id, proposedPerson: person, proposedAtS: this.#nowS(), reason },
    };
    await this.#store.setGate(ctx, { proposal }, version, { action: 'propose', reason });
    return 'proposed';
  }

  /**
   * Puts the proposal in force: the one of that version, since another may have taken its place after it was
   * looked at. Raises COMMAND_FOUR_EYES for a token and for who proposed it.
   */
  async approve(ctx: AccessContext, ifVersion?: number): Promise<void> {
    const { proposal, version } = await this.#proposal(ctx);
    const { proposedBy, proposedPerson, policy, signers, requireSignature, reason } = proposal;
    requireSecondPerson(ctx.actor, [proposedBy, proposedPerson], 'you proposed it');
    const patch = { policy, signers, requireSignature, proposal: null };
    await this.#store.setGate(ctx, patch, ifVersion ?? version, { action: 'approve', reason });
  }

  /** Drops the proposal, of that version. */
  async withdraw(ctx: AccessContext, ifVersion?: number): Promise<void> {
    const { version, proposal } = await this.#proposal(ctx);
    const why = { action: 'withdraw', reason: proposal.reason };
    await this.#store.setGate(ctx, { proposal: null }, ifVersion ?? version, why);
  }

  async #proposal(ctx: AccessContext): Promise<{ proposal: SafetyProposal; version: number }> {
    const { proposal, version } = await this.#store.gate(ctx);
    if (proposal === null) throw commandErrors.COMMAND_STATE('no policy waits for a second person');
    return { proposal: proposal as SafetyProposal, version };
  }
}

function settingOf({ policy, signers, requireSignature }: Gate): SafetySetting {
  return { policy: policyOf(policy), signers, requireSignature };
}
