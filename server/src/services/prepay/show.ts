/** Prepay as the API shows it. */
import {
  creditOf,
  daysLeft,
  debtOf,
  emergencyOf,
  leastPayment,
  type PrepayPolicy,
  readPrepayPolicy,
} from '@openami/billing';
import { formatDay, zoneTable } from '@openami/model';
import type {
  PrepayAgreement,
  PrepayNoticeRecord,
  PrepayPayment,
  PrepayPolicyRecord,
  PrepayReversal,
  PrepayTransaction,
} from '@openami/store';
import type * as c from '../../contract/prepay.ts';
import type { NameOf } from '../../identity/names.ts';
import { amountText, minorOf } from './amounts.ts';
import { policiesInForce, protectionOf, recordOf } from './standing.ts';
import type { Statement } from './statement.ts';
import { maskedName } from './vending.ts';

const someOrNull = (text: string | undefined) => (text === undefined || text === '' ? null : text);

/** Customers with what has to be paid under the policies that are in force. */
export async function showCustomers(
  registry: Parameters<typeof policiesInForce>[0],
  agreements: readonly PrepayAgreement[],
  nowS: number,
): Promise<c.PrepayCustomer[]> {
  const policies = await policiesInForce(registry);
  return agreements.map((one) => showCustomer(one, policies.get(one.policy)?.policy, nowS));
}

function showCustomer(
  agreement: PrepayAgreement,
  rules: PrepayPolicy | undefined,
  nowS: number,
): c.PrepayCustomer {
  const { balances, currency, dailyUse, unitsPerMinor, zone, since, chargedThrough, state } = agreement;
  const { account, customer, usagePoint, commodity, meterId, serial, policy, unit } = agreement;
  const { validFrom, validUntil, protectedUntil, supply, version } = agreement;
  const text = (minor: bigint) => amountText(minor, currency);
  const left = creditOf(balances);
  const { wait, blocked, trouble } = recordOf(agreement);
  const units = left <= 0n ? 0 : Number(left) * unitsPerMinor;
  return {
    ...{ agreement: agreement.agreement, account, customer, usagePoint, commodity, meterId, serial, policy },
    ...{ currency, validFrom, validUntil, state, since: since.toISOString(), balance: text(left), unit },
    unitsLeft: unitsPerMinor > 0 ? Math.round(units * 100) / 100 : null,
    daysLeft: daysLeft(left, dailyUse),
    dailyUse: dailyUse > 0 ? text(BigInt(Math.round(dailyUse))) : null,
    ...{ lent: text(emergencyOf(balances)), debt: text(debtOf(balances)) },
    leastPayment: text(rules === undefined ? 0n : leastPaymentOf(agreement, rules)),
    chargedThrough: chargedThrough?.toISOString() ?? null,
    protection: protectionOf(agreement, formatDay(zoneTable(zone).localDayOf(nowS))),
    ...{ protectedUntil, supply, version },
    ...{ wait: someOrNull(wait), blocked: someOrNull(blocked), trouble: someOrNull(trouble) },
  };
}

/** With nothing left: the least payment with which a supply stays on, or comes on again. */
function leastPaymentOf({ state, balances, currency }: PrepayAgreement, rules: PrepayPolicy): bigint {
  if (state !== 'out' && state !== 'cut') return 0n;
  return leastPayment(minorOf(rules.reconnectMinimum, currency), balances, rules.debtSharePercent);
}

export function showPolicy(
  record: PrepayPolicyRecord,
  nameOf: NameOf,
  person: string,
  inForce: ReadonlySet<number>,
): c.PrepayPolicyItem {
  const { id, code, number, state, reason, requestedBy, requestedPerson, requestedAt } = record;
  return {
    ...{ id, code, number, state, reason, document: readPrepayPolicy(record.document) },
    ...{ requestedBy: nameOf(requestedBy), requestedAt: requestedAt.toISOString() },
    ...{ decidedBy: nameOf(record.decidedBy), decidedAt: record.decidedAt?.toISOString() ?? null },
    ...{ inForce: inForce.has(id), mine: requestedPerson === person || requestedBy === person },
  };
}

export function showTransaction(
  { id, kind, at, currency, cycleFrom, paymentId, entries, detail, createdBy }: PrepayTransaction,
  nameOf: NameOf,
): c.PrepayTransactionItem {
  const text = (minor: bigint) => amountText(minor, currency);
  return {
    ...{ id, kind, at: at.toISOString(), currency, cycleFrom, paymentId, detail, by: nameOf(createdBy) },
    credit: text(creditOf(entries)),
    entries: Object.fromEntries(Object.entries(entries).map(([name, amount]) => [name, text(amount)])),
  };
}

export function showStatement(statement: Statement, currency: string): c.PrepayStatementItem {
  const { cycleFrom, cycleTo, opening, payments, debtPaid, lent, charges, refunds, closing } = statement;
  const { billId, billTotal, due } = statement;
  const text = (minor: bigint) => amountText(minor, currency);
  const some = (minor: bigint | null) => (minor === null ? null : text(minor));
  return {
    ...{ from: cycleFrom, to: cycleTo, opening: text(opening), payments: text(payments) },
    ...{ debtPaid: text(debtPaid), lent: text(lent), charges: text(charges), refunds: text(refunds) },
    ...{ closing: text(closing), currency, bill: billId, billTotal: some(billTotal), due: some(due) },
  };
}

export function showNotice(notice: PrepayNoticeRecord): c.PrepayNoticeItem {
  const { id, agreement, account, customer, kind, at, balance, daysLeft: days, currency } = notice;
  return {
    ...{ id, agreement, account, customer, kind: kind as c.PrepayNoticeItem['kind'], currency },
    ...{ at: at.toISOString(), balance: amountText(balance, currency), daysLeft: days },
  };
}

export function showReceipt(payment: PrepayPayment, payer: string | undefined): c.PrepayReceipt {
  const { id, reference, account, amount, currency, state, receivedAt } = payment;
  return {
    ...{ id, reference, account, name: payer === undefined ? '' : maskedName(payer) },
    ...{ amount: amountText(amount, currency), currency, state, receivedAt: receivedAt.toISOString() },
  };
}

export function showPayment(payment: PrepayPayment, nameOf: NameOf): c.PrepayPaymentItem {
  const { vendor, agreement, paidAt, receivedBy } = payment;
  return {
    ...{ ...showReceipt(payment, undefined), vendor, agreement },
    ...{ paidAt: paidAt.toISOString(), by: nameOf(receivedBy) },
  };
}

export function showReversal(reversal: PrepayReversal, nameOf: NameOf, person: string): c.PrepayReversalItem {
  const { id, kind, paymentId, agreement, amount, currency, reason, state, requestedBy } = reversal;
  return {
    ...{ id, kind, payment: paymentId, agreement, amount: amountText(amount, currency), currency, reason },
    ...{ state, requestedBy: nameOf(requestedBy), requestedAt: reversal.requestedAt.toISOString() },
    ...{ decidedBy: nameOf(reversal.decidedBy), decidedAt: reversal.decidedAt?.toISOString() ?? null },
    mine: reversal.requestedPerson === person || requestedBy === person,
  };
}
