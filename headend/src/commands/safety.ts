/**
 * The safety policy: who must agree, and whether a command may leave now. Pure; the store asks it inside the
 * transaction that notes a command as sent, so that no two of them count the same room twice.
 */
import {
  type CommandPace,
  type ParamRecord,
  type ParamValue,
  param,
  paramProblemsOf,
  type SendPlace,
} from '@openami/model';
import { commandErrors } from './errors.ts';
import { type CommandKindName, commandKinds, interruptingKinds, kindOf } from './kinds.ts';

const { list, text, whole, word } = param;
const epochS = whole(0, 4294967295);

export const policySpec = {
  type: 'record',
  fields: {
    /** Orders for more meters than this need a second person. */
    fourEyesAboveMeters: whole(0, 1_000_000),
    /** Kinds that always do. */
    fourEyesAlways: list(word(...(Object.keys(commandKinds) as CommandKindName[])), 0, 64),
    /** Supplies interrupted within any hour: in all, and of one feeder. */
    maxPerHour: whole(0, 1_000_000),
    maxPerFeederPerHour: whole(0, 1_000_000),
    /** Least time between two interruptions of one usage point. */
    coolDownS: whole(0, 31_536_000),
    /** Times in which nobody is cut off: weather, holidays, nights. */
    moratoria: list({ type: 'record', fields: { fromS: epochS, untilS: epochS, reason: text(200) } }, 0, 200),
    maxMetersPerOrder: whole(1, 100_000),
  },
} as const satisfies ParamRecord;
export type SafetyPolicy = ParamValue<typeof policySpec>;

export const defaultPolicy: SafetyPolicy = {
  fourEyesAboveMeters: 10,
  // A limit of nothing and a script of the disconnect control cut a supply as well as a disconnect does.
  fourEyesAlways: interruptingKinds,
  maxPerHour: 60,
  maxPerFeederPerHour: 20,
  coolDownS: 3600,
  moratoria: [],
  maxMetersPerOrder: 10_000,
};

/** What is wrong with a policy; empty when it is right. */
export function policyProblems(policy: unknown): string[] {
  const problems = paramProblemsOf(policySpec, policy);
  if (problems.length > 0) return problems;
  return (policy as SafetyPolicy).moratoria.flatMap(({ fromS, untilS }, at) =>
    untilS > fromS ? [] : [`moratoria[${at}] ends before it begins`],
  );
}

/** A stored policy over the defaults; a member that does not fit any more falls back, and no other. */
export function policyOf(stored: unknown): SafetyPolicy {
  let policy = defaultPolicy;
  for (const [name, value] of Object.entries((stored ?? {}) as object)) {
    const changed = { ...policy, [name]: value };
    if (policyProblems(changed).length === 0) policy = changed;
  }
  return policy;
}

export type SafetyVerdict =
  | { readonly allowed: true }
  /** `retryAtS` null: never. */
  | { readonly allowed: false; readonly code: string; readonly retryAtS: number | null };

const laterS = 60;
const no = (code: string, retryAtS: number | null): SafetyVerdict => ({ allowed: false, code, retryAtS });

/** Whether a command may leave now. */
export function maySend(
  kind: CommandKindName,
  policy: SafetyPolicy,
  place: SendPlace,
  pace: CommandPace,
  nowS: number,
): SafetyVerdict {
  const { acts, interrupts, observe } = kindOf(kind);
  if (!acts) return { allowed: true };
  if (interrupts && place.protection !== '') return no('COMMAND_PROTECTED', null);
  // Who was to be cut off, or supplied again, lives somewhere else.
  if (place.isMoved && (interrupts || observe === 'relay')) return no('COMMAND_MOVED', null);
  if (pace.killSwitch) return no('COMMAND_KILLED', nowS + laterS);
  if (!interrupts) return { allowed: true };
  const moratorium = policy.moratoria.find(({ fromS, untilS }) => nowS >= fromS && nowS < untilS);
  if (moratorium) return no('COMMAND_MORATORIUM', moratorium.untilS);
  if (pace.lastAtS !== null && nowS < pace.lastAtS + policy.coolDownS)
    return no('COMMAND_COOL_DOWN', pace.lastAtS + policy.coolDownS);
  if (pace.inLastHour >= policy.maxPerHour) return no('COMMAND_RATE', nowS + laterS);
  if (place.feederId !== null && pace.ofFeederInLastHour >= policy.maxPerFeederPerHour)
    return no('COMMAND_RATE', nowS + laterS);
  return { allowed: true };
}

/** Whether an order needs a second person. Reading does not. */
export function needsApproval(kind: CommandKindName, policy: SafetyPolicy, meters: number): boolean {
  if (policy.fourEyesAlways.includes(kind)) return true;
  return kindOf(kind).acts && meters > policy.fourEyesAboveMeters;
}

/** Who asks: the person behind a token is the one who made it. */
export interface Person {
  readonly kind: 'user' | 'token' | 'device' | 'system';
  readonly id: string;
}

/**
 * Who decides is a person, and none who had a part in asking: for orders, campaigns and the policy alike.
 * Raises COMMAND_FOUR_EYES, for who asked with `own` as the reason.
 */
export function requireSecondPerson(person: Person, requesters: readonly string[], own: string): void {
  if (person.kind !== 'user') throw commandErrors.COMMAND_FOUR_EYES('a token cannot decide');
  if (requesters.includes(person.id)) throw commandErrors.COMMAND_FOUR_EYES(own);
}
