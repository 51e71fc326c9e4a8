/**
 * Where a prepay customer stands, and what is to be done next. Pure: the balance, the policy, what became of
 * the orders and the time are handed in; whoever asks does it, and asks again.
 *
 *   in_credit ─▶ low ─▶ emergency ─▶ out ──cut──▶ cut ──paid──▶ restoring ──on again──▶ in_credit
 *       ▲          │        │         │
 *       └──────────┴── paid ┴─────────┘
 */
import type { ZoneTable } from '@openami/model';
import { cutTime, type PrepayPolicy } from './policy.ts';

export const prepayStates = ['in_credit', 'low', 'emergency', 'out', 'cut', 'restoring'] as const;
export type PrepayState = (typeof prepayStates)[number];

export const prepayNotices = ['low', 'emergency', 'out', 'cut', 'restored'] as const;
export type PrepayNotice = (typeof prepayNotices)[number];

/** How an order to the meter stands: none, on its way, done, or failed, so that it may have been done. */
export type OrderFate = 'none' | 'open' | 'done' | 'failed';

/** Amounts of a policy in minor units. */
export interface PolicyAmounts {
  readonly lowCredit: bigint;
  readonly emergencyCredit: bigint;
  readonly reconnectMinimum: bigint;
}

export interface PrepayFacts {
  readonly state: PrepayState;
  /** Since when, UTC seconds. */
  readonly sinceS: number;
  /** What is left, in minor units; below zero where more was used. */
  readonly balance: bigint;
  /** Lent and not repaid. */
  readonly lent: bigint;
  /** Usual usage of a day, in minor units; 0 where it is not known. */
  readonly dailyUse: number;
  readonly policy: PrepayPolicy;
  readonly amounts: PolicyAmounts;
  /** Why nobody may cut the customer; empty for no reason. */
  readonly protection: string;
  /** Whether the meter has a relay that can be reached. */
  readonly hasRelay: boolean;
  readonly cut: OrderFate;
  readonly restore: OrderFate;
  /** No order is repeated before; UTC seconds. */
  readonly retryAtS: number;
  readonly zone: ZoneTable;
  readonly nowS: number;
}

/** Why a customer with nothing left is not cut now. */
export type CutWait =
  | 'protected'
  | 'notices-only'
  | 'no-relay'
  | 'grace'
  | 'friendly-hours'
  | 'retry'
  | 'order';

export interface PrepayDecision {
  readonly state: PrepayState;
  readonly notice?: PrepayNotice;
  /** `void`: call back a cut that has not left; what may have left is answered by `restore`. */
  readonly act?: 'lend' | 'cut' | 'restore' | 'void';
  readonly wait?: CutWait;
  /** A cut that has not left by then is not to be made; UTC seconds. */
  readonly cutUntilS?: number;
  /** When to look again at the latest; UTC seconds. */
  readonly lookAtS?: number;
}

/** Days that the balance lasts at the usual usage; null where that is not known. */
export function daysLeft(balance: bigint, dailyUse: number): number | null {
  if (balance <= 0n) return 0;
  return dailyUse > 0 ? Number(balance) / dailyUse : null;
}

/** The next step. Asked again after each act, until there is none. */
export function decidePrepay(facts: PrepayFacts): PrepayDecision {
  if (facts.state === 'cut' || facts.state === 'restoring') return decideCut(facts);
  return facts.balance > 0n ? decideCredit(facts) : decideOut(facts);
}

function decideCredit(facts: PrepayFacts): PrepayDecision {
  // what was ordered before the payment came
  if (facts.state === 'out' && facts.cut === 'open') return { state: 'out', act: 'void' };
  if (facts.state === 'out' && facts.cut === 'done') return { state: 'cut', notice: 'cut' };
  // what failed may be in the meter: to connect what is connected does no harm
  if (facts.state === 'out' && facts.cut === 'failed') return { state: 'restoring', act: 'restore' };
  const state = creditState(facts);
  if (state === 'low' && facts.state !== 'low' && facts.state !== 'emergency')
    return { state, notice: 'low' };
  return { state };
}

function creditState({ balance, lent, dailyUse, policy, amounts }: PrepayFacts): PrepayState {
  if (lent > 0n) return 'emergency';
  const days = daysLeft(balance, dailyUse);
  const isLow = balance <= amounts.lowCredit || (days !== null && days <= policy.lowDays);
  return isLow ? 'low' : 'in_credit';
}

function decideOut(facts: PrepayFacts): PrepayDecision {
  const { state, lent, amounts, cut } = facts;
  if (cut === 'done') return { state: 'cut', notice: 'cut' };
  if (state !== 'out' && lent === 0n && amounts.emergencyCredit > 0n)
    return { state: 'emergency', act: 'lend', notice: 'emergency' };
  if (state !== 'out') return { state: 'out', notice: 'out' };
  return { state, ...mayCut(facts) };
}

function mayCut(facts: PrepayFacts): Omit<PrepayDecision, 'state'> {
  const { policy, protection, hasRelay, cut, sinceS, nowS, zone, retryAtS } = facts;
  // what was ordered before the protection, or the policy, said otherwise
  if (cut === 'open' && (protection !== '' || !policy.disconnects)) return { act: 'void' };
  if (protection !== '') return { wait: 'protected' };
  if (!policy.disconnects) return { wait: 'notices-only' };
  if (!hasRelay) return { wait: 'no-relay' };
  if (cut === 'open') return { wait: 'order' };
  const graceS = sinceS + policy.graceHours * 3_600;
  if (nowS < graceS) return { wait: 'grace', lookAtS: graceS };
  if (nowS < retryAtS) return { wait: 'retry', lookAtS: retryAtS };
  const time = cutTime(policy, zone, nowS);
  if (time.allowed) return { act: 'cut', cutUntilS: time.untilS };
  return { wait: 'friendly-hours', ...(time.nextS !== null && { lookAtS: time.nextS }) };
}

function decideCut(facts: PrepayFacts): PrepayDecision {
  const { state, balance, amounts, restore, nowS, retryAtS } = facts;
  if (state === 'restoring') {
    if (restore === 'open') return { state };
    if (restore === 'done') {
      // with nothing left again they are warned anew before anything else
      return { state: balance > 0n ? creditState(facts) : 'low', notice: 'restored' };
    }
    if (nowS < retryAtS) return { state, lookAtS: retryAtS };
    return { state, act: 'restore' };
  }
  if (balance > 0n && balance >= amounts.reconnectMinimum) return { state: 'restoring', act: 'restore' };
  return { state };
}
