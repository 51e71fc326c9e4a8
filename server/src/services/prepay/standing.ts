/**
 * Where prepay customers stand, decided again after each change: credit is lent, notices are stored, and the
 * supply is put off and on through the orders of commands, under the approval that the policy is. What an
 * order is of is noted before it is made, so a stop in between leaves nothing that is done twice.
 */
import {
  creditOf,
  decidePrepay,
  emergencyEntries,
  emergencyOf,
  type OrderFate,
  type PrepayDecision,
  type PrepayFacts,
  type PrepayPolicy,
  readPrepayPolicy,
} from '@openami/billing';
import type { CommandOrders } from '@openami/headend';
import {
  type AccessContext,
  type CommandStep,
  formatDay,
  OpenAmiError,
  systemAccess,
  zoneTable,
} from '@openami/model';
import type { PrepayAgreement, PrepayPolicyRecord, RegistryStore } from '@openami/store';
import { amountsOf } from './amounts.ts';

/** The part of the program that cuts and restores: its orders say so. */
const prepayAccess: AccessContext = {
  actor: { kind: 'system', id: 'prepay', name: 'prepay' },
  purpose: 'system',
  scope: 'all',
};

/** What is kept between two looks. */
export interface StandingRecord {
  /** Keys of the orders that are under way or were done. */
  readonly cutKey?: string;
  readonly restoreKey?: string;
  readonly retryAtS?: number;
  readonly failures?: number;
  /** Why nobody is cut now, as a word of the state machine. */
  readonly wait?: string;
  /** Why an order could not be made, or the usage not be charged. */
  readonly blocked?: string;
  readonly trouble?: string;
}

export const recordOf = ({ record }: Pick<PrepayAgreement, 'record'>): StandingRecord => record;

export interface StandingParts {
  readonly registry: Pick<RegistryStore, 'prepayAgreements' | 'prepayLedger' | 'prepayPolicies' | 'commands'>;
  readonly orders: Pick<CommandOrders, 'requestStanding' | 'cancelOrder'>;
  /** Protocols whose meters take commands. */
  readonly hasDriver: (protocol: string) => boolean;
  readonly nowS: () => number;
  readonly onNotice: (agreement: PrepayAgreement, notice: string | undefined) => void;
}

/** A policy in force, ready to be asked. */
export interface PolicyInForce {
  readonly record: PrepayPolicyRecord;
  readonly policy: PrepayPolicy;
}

/** Policies in force by their codes. */
export async function policiesInForce({
  prepayPolicies,
}: Pick<RegistryStore, 'prepayPolicies'>): Promise<ReadonlyMap<string, PolicyInForce>> {
  const records = await prepayPolicies.inForce(systemAccess);
  return new Map(
    records.map((record) => [record.code, { record, policy: readPrepayPolicy(record.document) }]),
  );
}

/** The policy of a code that is in force; undefined for none. */
export async function policyOf(
  { prepayPolicies }: Pick<RegistryStore, 'prepayPolicies'>,
  code: string,
): Promise<PrepayPolicy | undefined> {
  const found = (await prepayPolicies.inForce(systemAccess)).find((one) => one.code === code);
  return found && readPrepayPolicy(found.document);
}

const mostSteps = 8;
/** Somebody looks again so much later at the latest: what is charged is compared with the readings. */
const lookEveryS = 3_600;
const orderLifeS = 6 * 3_600;
const cutRetryS = 3_600;
const restoreRetryS = 60;
const mostDoublings = 6;

/** Takes the steps there are to take; gives the agreement as it stands then. */
export async function standAnew(
  parts: StandingParts,
  start: PrepayAgreement,
  policies: ReadonlyMap<string, PolicyInForce>,
  trouble?: string,
): Promise<PrepayAgreement> {
  let agreement = trouble === undefined ? start : withRecord(start, { trouble });
  const inForce = policies.get(agreement.policy);
  if (inForce === undefined) {
    const blocked = `No version of the policy ${agreement.policy} is approved.`;
    return (await save(parts, withRecord(agreement, { blocked }), { state: agreement.state })) ?? agreement;
  }
  if (!isActive(agreement, parts.nowS())) return rest(parts, agreement, inForce);
  for (let turn = 0; turn < mostSteps; turn++) {
    const facts = await factsOf(parts, agreement, inForce.policy);
    const decision = decidePrepay(facts);
    const next = await take(parts, agreement, decision, inForce);
    // somebody paid meanwhile: it is to be looked at again already
    if (next === undefined) return agreement;
    const isDone = decision.act === undefined && decision.state === facts.state;
    agreement = next;
    if (isDone) break;
  }
  return agreement;
}

/** Whether an agreement is on prepay now, and holds at all: who moved out is no customer there any more. */
export function isActive(
  {
    zone,
    validFrom,
    validUntil,
    endsAt,
  }: Pick<PrepayAgreement, 'zone' | 'validFrom' | 'validUntil' | 'endsAt'>,
  nowS: number,
): boolean {
  const today = formatDay(zoneTable(zone).localDayOf(nowS));
  if (endsAt !== null && endsAt.getTime() <= nowS * 1_000) return false;
  return validFrom <= today && (validUntil === null || validUntil > today);
}

/** Whether the supply is to be put on for a customer who still lives there. */
export function isRestoring(
  { state, endsAt }: Pick<PrepayAgreement, 'state' | 'endsAt'>,
  nowS: number,
): boolean {
  return state === 'restoring' && (endsAt === null || endsAt.getTime() > nowS * 1_000);
}

/** Before prepay begins and when it is over nothing is lent or cut; a cut that waits is called back. */
async function rest(
  parts: StandingParts,
  agreement: PrepayAgreement,
  inForce: PolicyInForce,
): Promise<PrepayAgreement> {
  // who paid before it was over is on again all the same
  if (isRestoring(agreement, parts.nowS())) {
    const decision = decidePrepay(await factsOf(parts, agreement, inForce.policy));
    return (await take(parts, agreement, decision, inForce)) ?? agreement;
  }
  const { cutKey, wait: _none, ...record } = recordOf(agreement);
  const isOpen = agreement.state === 'out' && (await fateOf(parts.registry, cutKey)) === 'open';
  if (isOpen) return (await callBack(parts, agreement, inForce)) ?? agreement;
  const kept = { ...record, ...(cutKey !== undefined && { cutKey }) };
  return (await save(parts, { ...agreement, record: kept }, { state: agreement.state })) ?? agreement;
}

function withRecord(agreement: PrepayAgreement, more: StandingRecord): PrepayAgreement {
  return { ...agreement, record: { ...agreement.record, ...more } };
}

async function factsOf(
  { registry, hasDriver, nowS }: StandingParts,
  agreement: PrepayAgreement,
  policy: PrepayPolicy,
): Promise<PrepayFacts> {
  const record = recordOf(agreement);
  const { state, balances, dailyUse, meterId } = agreement;
  const facts = meterId === null ? [] : await registry.commands.facts(systemAccess, [meterId]);
  const zone = zoneTable(agreement.zone);
  const now = nowS();
  return {
    ...{ state, sinceS: Math.floor(agreement.since.getTime() / 1_000), dailyUse, policy, zone, nowS: now },
    ...{ balance: creditOf(balances), lent: emergencyOf(balances), amounts: amountsOf(policy) },
    protection: protectionOf(agreement, formatDay(zone.localDayOf(now))),
    hasRelay: hasDriver(facts[0]?.endpoint?.protocol ?? ''),
    cut: await fateOf(registry, record.cutKey),
    restore: await fateOf(registry, record.restoreKey),
    retryAtS: record.retryAtS ?? 0,
  };
}

/** Why a customer is never cut: a mark of the usage point, or what people noted. */
export function protectionOf(
  { supplyProtection, protection, protectedUntil }: PrepayAgreement,
  today: string,
): string {
  if (supplyProtection !== '') return supplyProtection;
  return protectedUntil === null || protectedUntil > today ? protection : '';
}

const fates: Readonly<Partial<Record<CommandStep, OrderFate>>> = {
  ...{ draft: 'open', awaiting_approval: 'open', queued: 'open', running: 'open' },
  ...{ confirmed: 'done', failed: 'failed' },
};

async function fateOf(
  { commands }: Pick<RegistryStore, 'commands'>,
  key: string | undefined,
): Promise<OrderFate> {
  const order = key === undefined ? undefined : await commands.orderOf(prepayAccess, key);
  // expired, cancelled and voided: it is not in the meter
  const step = Object.keys(order?.counts ?? {})[0] as CommandStep | undefined;
  return (step && fates[step]) ?? 'none';
}

/** Stores a step, and does what belongs to it; undefined where the agreement changed meanwhile. */
async function take(
  parts: StandingParts,
  agreement: PrepayAgreement,
  decision: PrepayDecision,
  inForce: PolicyInForce,
): Promise<PrepayAgreement | undefined> {
  const { act, wait } = decision;
  const key = `${act}/${agreement.agreementId}/${agreement.version}`;
  const { cutKey, restoreKey, wait: _before, ...rest } = recordOf(agreement);
  const isOn = decision.notice === 'restored';
  const record: StandingRecord = {
    ...rest,
    ...(wait !== undefined && { wait }),
    ...(cutKey !== undefined && !isOn && { cutKey }),
    ...(restoreKey !== undefined && !isOn && act !== 'cut' && { restoreKey }),
    ...(act === 'cut' && { cutKey: key }),
    ...(act === 'restore' && { restoreKey: key }),
    ...(isOn && { failures: 0, retryAtS: 0 }),
  };
  const saved = await save(parts, { ...agreement, record: { ...record } }, decision);
  if (saved === undefined) return undefined;
  if (act === 'lend') return lend(parts, saved, inForce);
  if (act === 'void') return callBack(parts, saved, inForce);
  if (act === 'cut' || act === 'restore')
    return order(parts, saved, { act, key, untilS: decision.cutUntilS }, inForce);
  return saved;
}

async function save(
  { registry, nowS, onNotice }: StandingParts,
  agreement: PrepayAgreement,
  { state, notice, lookAtS }: PrepayDecision,
): Promise<PrepayAgreement | undefined> {
  const now = nowS();
  const patch = {
    ...{ state, record: agreement.record, dailyUse: agreement.dailyUse, unit: agreement.unit },
    ...{ unitsPerMinor: agreement.unitsPerMinor },
    ...(agreement.chargedThrough !== null && { chargedThrough: agreement.chargedThrough }),
    ...(state !== agreement.state && { since: new Date(now * 1_000) }),
    lookAt: new Date(Math.min(lookAtS ?? Number.POSITIVE_INFINITY, now + lookEveryS) * 1_000),
  };
  const { agreementId, version } = agreement;
  const notices = notice === undefined ? [] : [notice];
  const saved = await registry.prepayAgreements.step(systemAccess, agreementId, version, patch, notices);
  if (saved !== undefined && (notice !== undefined || state !== agreement.state)) onNotice(saved, notice);
  return saved;
}

async function lend(
  { registry }: StandingParts,
  agreement: PrepayAgreement,
  { policy }: PolicyInForce,
): Promise<PrepayAgreement | undefined> {
  const { agreementId, currency, version } = agreement;
  await registry.prepayLedger.post(
    prepayAccess,
    {
      ...{ agreementId, kind: 'emergency', key: `emergency/${agreementId}/${version}`, currency },
      entries: emergencyEntries(amountsOf(policy).emergencyCredit),
    },
    'lend',
  );
  return (await registry.prepayAgreements.byIds(systemAccess, [agreementId]))[0];
}

/** Calls a cut back that has not left; what may have left is answered by putting the supply on. */
async function callBack(
  parts: StandingParts,
  agreement: PrepayAgreement,
  inForce: PolicyInForce,
): Promise<PrepayAgreement | undefined> {
  const { cutKey, ...record } = recordOf(agreement);
  const found = await parts.registry.commands.orderOf(prepayAccess, cutKey ?? '');
  const isCalledBack =
    found === undefined ||
    (await parts.orders.cancelOrder(prepayAccess, found.id).then(
      () => true,
      (error: unknown) => {
        if (error instanceof OpenAmiError && error.code === 'COMMAND_STATE') return false;
        throw error;
      },
    ));
  if (isCalledBack) {
    const next = { ...record, retryAtS: 0 };
    return save(parts, { ...agreement, record: next }, { state: agreement.state });
  }
  return take(parts, agreement, { state: 'restoring', act: 'restore' }, inForce);
}

interface SupplyOrder {
  readonly act: 'cut' | 'restore';
  readonly key: string;
  /** It may not leave later; UTC seconds. */
  readonly untilS?: number | undefined;
}

/** Orders the supply off or on; what stands in the way is noted, and tried again later. */
async function order(
  parts: StandingParts,
  agreement: PrepayAgreement,
  { act, key, untilS = Number.POSITIVE_INFINITY }: SupplyOrder,
  { record: policy }: PolicyInForce,
): Promise<PrepayAgreement | undefined> {
  const { serial, meterId, account, agreement: code } = agreement;
  const record = recordOf(agreement);
  const now = parts.nowS();
  // a meter that cannot be reached is not cut in the hours in which nobody is
  const expiresAtS = Math.min(now + orderLifeS, untilS);
  const why = act === 'cut' ? 'prepay credit has run out' : 'a payment came in';
  try {
    await parts.orders.requestStanding(
      prepayAccess,
      {
        ...{ kind: act === 'cut' ? 'disconnect' : 'connect', meterId: meterId ?? 0, key },
        ...{ reason: `${why}: agreement ${code} of account ${account}`, expiresAtS },
      },
      {
        ...{ requestedBy: policy.requestedPerson, approvedBy: policy.decidedBy },
        note: `standing approval: prepay policy ${policy.code}, version ${policy.number}`,
      },
    );
    const { blocked: _none, ...ok } = record;
    const retryAtS = now + (act === 'cut' ? cutRetryS : pauseOf(record));
    const next = { ...ok, retryAtS, failures: (record.failures ?? 0) + 1 };
    return save(parts, { ...agreement, record: next }, { state: agreement.state });
  } catch (error) {
    if (!(error instanceof OpenAmiError) || error.fault === 'ours') throw error;
    const { cutKey, restoreKey, ...rest } = record;
    const blocked = `${error.code}: ${error.message} (${serial ?? 'no meter'})`;
    const retryAtS = now + (act === 'cut' ? cutRetryS : pauseOf(record));
    const keys = act === 'cut' ? {} : { ...(cutKey !== undefined && { cutKey }) };
    const next = { ...rest, ...keys, blocked, retryAtS, failures: (record.failures ?? 0) + 1 };
    return save(parts, { ...agreement, record: next }, { state: agreement.state, lookAtS: retryAtS });
  }
}

/** Each attempt that failed doubles the pause to the next, up to an hour. */
function pauseOf({ failures = 0 }: StandingRecord): number {
  return Math.min(restoreRetryS * 2 ** Math.min(failures, mostDoublings), cutRetryS);
}
