/** Puts an agreement on prepay under a policy that two persons agreed on: notices only, so nobody is cut. */
import type { PrepayPolicy } from '@openami/billing';
import { type AccessContext, systemAccess } from '@openami/model';
import type { AppContext } from '../../src/context.ts';

const person = (id: string): AccessContext => ({
  ...{ actor: { kind: 'user', id, name: id }, purpose: 'operate', scope: 'all' },
});

export const noticesOnly: PrepayPolicy = {
  ...{ currency: 'EUR', lowCredit: '5.00', lowDays: 2, emergencyCredit: '3.00', reconnectMinimum: '1.00' },
  ...{ debtSharePercent: 25, disconnects: false, graceHours: 0, cutFrom: '09:00', cutUntil: '15:00' },
  ...{ friendlyDays: [6, 7], holidays: [] },
};

export async function putOnPrepay(
  { registry, prepay }: Pick<AppContext, 'registry' | 'prepay'>,
  agreement: string,
  validFrom: string,
): Promise<void> {
  const asked = { code: 'notices', document: noticesOnly, reason: 'a test', requestedPerson: 'ida' };
  const { id } = await registry.prepayPolicies.propose(person('ida'), asked);
  await registry.prepayPolicies.decide(person('ole'), id, 'approved');
  const enrolment = { agreement, policy: 'notices', currency: 'EUR', validFrom };
  await registry.prepayAgreements.enrol(systemAccess, enrolment);
  prepay.rounds.kick();
  await prepay.settled();
}
