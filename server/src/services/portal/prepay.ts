/** How a customer on prepay stands: what is left and what was paid. */
import { leastPayment, type PrepayPolicy } from '@openami/billing';
import { systemAccess } from '@openami/model';
import { type OwnAgreement, type PrepayAgreement, type RegistryStore, registryErrors } from '@openami/store';
import type { MyPrepay } from '../../contract/my.ts';
import { amountText, minorOf } from '../prepay/amounts.ts';
import { showCustomer, showNotice, showReceipt } from '../prepay/show.ts';
import { policyOf } from '../prepay/standing.ts';

type Registry = Pick<
  RegistryStore,
  'prepayAgreements' | 'prepayPolicies' | 'prepayNotices' | 'prepayPayments'
>;

/** Of each kind so many are shown. */
const shown = 12;

/** `agreement` is the caller's own. Raises NOT_FOUND where it is not on prepay. */
export async function prepayOf(
  registry: Registry,
  { id, code }: OwnAgreement,
  nowS: number,
): Promise<MyPrepay> {
  const [found] = await registry.prepayAgreements.byIds(systemAccess, [id]);
  if (found === undefined) throw registryErrors.NOT_FOUND(`prepay of usage point ${id} of yours`);
  const policy = await policyOf(registry, found.policy);
  const notices = await registry.prepayNotices.list(systemAccess, { agreement: code, limit: shown });
  const payments = await registry.prepayPayments.list(systemAccess, { agreementId: id, limit: shown });
  const alone = (await registry.prepayAgreements.paying(systemAccess, found.account)).length === 1;
  const customer = showCustomer(found, nowS);
  const { currency, validFrom, validUntil, state, since, balance, unitsLeft, unit } = customer;
  const { daysLeft, lent, debt, chargedThrough } = customer;
  return {
    ...{ currency, validFrom, validUntil, state, since, balance, unitsLeft, unit },
    ...{ daysLeft, lent, debt, chargedThrough, protected: customer.protection !== '' },
    leastPayment: amountText(policy === undefined ? 0n : owedFor(found, policy), currency),
    payFor: alone ? found.account : found.agreement,
    notices: notices.items.map((one) => {
      const { kind, at, balance, daysLeft } = showNotice(one);
      return { kind, at, balance, daysLeft };
    }),
    payments: payments.items.map((one) => {
      const { amount, state, receivedAt } = showReceipt(one, undefined);
      return { amount, state, receivedAt };
    }),
  };
}

/** With nothing left: the least payment with which a supply that was cut comes on again. */
function owedFor({ state, balances, currency }: PrepayAgreement, policy: PrepayPolicy): bigint {
  if (state !== 'out' && state !== 'cut') return 0n;
  return leastPayment(minorOf(policy.reconnectMinimum, currency), balances, policy.debtSharePercent);
}
