/** How a customer on prepay stands: what is left and what was paid. */
import { systemAccess } from '@openami/model';
import { type OwnAgreement, type RegistryStore, registryErrors } from '@openami/store';
import type { MyPrepay } from '../../contract/my.ts';
import { showCustomers, showNotice, showReceipt } from '../prepay/show.ts';

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
  const [customer] = await showCustomers(registry, [found], nowS);
  const notices = await registry.prepayNotices.list(systemAccess, { agreement: code, limit: shown });
  const payments = await registry.prepayPayments.list(systemAccess, { agreementId: id, limit: shown });
  const alone = (await registry.prepayAgreements.paying(systemAccess, found.account)).length === 1;
  const { currency, validFrom, validUntil, state, since, balance, unitsLeft, unit } = customer!;
  const { daysLeft, lent, debt, chargedThrough, protection, leastPayment } = customer!;
  return {
    ...{ currency, validFrom, validUntil, state, since, balance, unitsLeft, unit },
    ...{ daysLeft, lent, debt, chargedThrough, protected: protection !== '', leastPayment },
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
