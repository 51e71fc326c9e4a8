/** The demo's prepay customers: some homes with a relay, at different balances, one about to run out. */
import type { PrepayPolicy } from '@openami/billing';
import { type AccessContext, formatDay, monthOf, systemAccess, zoneTable } from '@openami/model';
import type { BilledAgreement, RegistryStore } from '@openami/store';
import type { AppContext } from '../context.ts';
import { homeTariff } from '../data/demo-tariffs.ts';
import { randomSecret } from '../identity/secrets.ts';
import { testBill } from './billing/test-bill.ts';
import { takePayment } from './prepay/vending.ts';

type Context = Pick<
  AppContext,
  'registry' | 'store' | 'billing' | 'prepay' | 'clock' | 'identity' | 'commands'
>;

const { currency } = homeTariff;
const usual: PrepayPolicy = {
  ...{ currency, lowCredit: '5.00', lowDays: 3, emergencyCredit: '2.00', reconnectMinimum: '1.00' },
  ...{ debtSharePercent: 20, disconnects: true, graceHours: 2, cutFrom: '09:00', cutUntil: '15:00' },
  ...{ friendlyDays: [5, 6, 7], holidays: [] },
};
/** Cuts at any hour of any day, so that it can be watched. */
const strict: PrepayPolicy = {
  ...{ ...usual, lowCredit: '1.00', lowDays: 0, emergencyCredit: '0', graceHours: 0 },
  ...{ cutFrom: '00:00', cutUntil: '23:59', friendlyDays: [] },
};
const policies = { 'prepay-home': usual, 'prepay-strict': strict } as const;
type PolicyCode = keyof typeof policies;

/** What customers have left, in turn; the first is about to run out. */
const credits = ['0.10', '1.80', '4.20', '6.50', '9', '12', '15', '18', '25', '32', '40', '55'];
const demoPrepayHomes = 36;
const pageSize = 1_000;

/**
 * Puts them on prepay, once, also where a start broke off. `serials` are meters that commands reach.
 * Gives how many are new.
 */
export async function startDemoPrepay(context: Context, serials: ReadonlySet<string>): Promise<number> {
  const { registry, clock } = context;
  const { items } = await registry.prepayAgreements.list(systemAccess, { limit: demoPrepayHomes });
  if (items.length === demoPrepayHomes) return 0;
  const there = new Set(items.map(({ agreement }) => agreement));
  await agreeOnPolicies(context);
  const nowS = Math.floor(clock.nowMs() / 1_000);
  const homes = await homesOf(registry, serials, nowS);
  let added = 0;
  for (const [i, home] of homes.entries()) {
    if (there.has(home.code)) continue;
    added++;
    const code: PolicyCode = i === 0 ? 'prepay-strict' : 'prepay-home';
    await enrol(context, home, code, credits[i % credits.length]!, nowS);
  }
  // a typing error: it waits until somebody knows whose it is
  const stray = { vendor: 'Corner shop', reference: 'demo-stray', account: 'A-99999', amount: '20.00' };
  await takePayment(partsOf(context), systemAccess, { ...stray, currency, paidAt: new Date(nowS * 1_000) });
  context.prepay.rounds.kick();
  return added;
}

/** Account of the home that is about to run out; undefined for none. */
export async function demoPrepayWatched({ registry }: Context): Promise<string | undefined> {
  const policy: PolicyCode = 'prepay-strict';
  const { items } = await registry.prepayAgreements.list(systemAccess, { policy, limit: 1 });
  return items[0]?.account;
}

const partsOf = ({ registry, prepay }: Context) => ({ registry, kick: () => prepay.rounds.kick() });

/** Two administrators, whose passwords nobody knows, agree on the policies. Safe to repeat. */
async function agreeOnPolicies({ registry, identity }: Context): Promise<void> {
  const users = await identity.listUsers();
  const person = async (name: string): Promise<AccessContext> => {
    const email = `${name.toLowerCase().replace(/\W+/g, '.')}@demo.openami.local`;
    const { id } =
      users.find((user) => user.email === email) ??
      (await identity.createUser({ name, email, password: randomSecret(24), role: 'admin' }));
    return { actor: { kind: 'user', id, name }, purpose: 'operate', scope: 'all' };
  };
  const [planner, approver] = [await person('Prepay planner'), await person('Prepay approver')];
  const there = await registry.prepayPolicies.list(systemAccess);
  for (const [code, document] of Object.entries(policies)) {
    const asked = { code, document, reason: 'demo', requestedPerson: planner.actor.id };
    const { id, state } =
      there.find((policy) => policy.code === code) ?? (await registry.prepayPolicies.propose(planner, asked));
    if (state === 'proposed') await registry.prepayPolicies.decide(approver, id, 'approved');
  }
}

/** Homes on the tariff of homes whose meter has a relay and whose supply is not protected. */
async function homesOf(
  registry: RegistryStore,
  serials: ReadonlySet<string>,
  nowS: number,
): Promise<BilledAgreement[]> {
  const today = Math.floor(nowS / 86_400);
  const days = { from: formatDay(today), to: formatDay(today + 1) };
  const homes: BilledAgreement[] = [];
  const ids = await registry.billingFacts.ids(systemAccess, days);
  for (let at = 0; at < ids.length && homes.length < demoPrepayHomes; at += pageSize) {
    const page = await registry.billingFacts.of(systemAccess, ids.slice(at, at + pageSize));
    homes.push(
      ...page.filter(
        ({ tariffs, channels, untilS, fromS, zone }) =>
          tariffs.some(({ tariff }) => tariff === homeTariff.id) &&
          channels.some(({ serial, untilS: until }) => serials.has(serial) && until === null) &&
          untilS === null &&
          fromS <= cycleStartS(zone, nowS),
      ),
    );
  }
  return homes.slice(0, demoPrepayHomes);
}

function cycleStartS(zone: string, nowS: number): number {
  const table = zoneTable(zone);
  return table.dayStart(monthOf(table.localDayOf(nowS)).from);
}

/** From the first of the month on, with a payment for what was used since and for `credit` beside. */
async function enrol(
  context: Context,
  { code: agreement, account, zone }: BilledAgreement,
  policy: PolicyCode,
  credit: string,
  nowS: number,
): Promise<void> {
  const today = zoneTable(zone).localDayOf(nowS);
  const from = formatDay(monthOf(today).from);
  const days = { from, to: formatDay(today + 1) };
  const { book } = context.billing;
  const bill = await testBill({ ...context, book }, systemAccess, { account, agreement, ...days });
  const used = Number(bill.bills[0]?.total ?? '0');
  const amount = (used + Number(credit)).toFixed(2);
  await context.registry.prepayAgreements.enrol(systemAccess, {
    agreement,
    policy,
    currency,
    validFrom: from,
  });
  await takePayment(partsOf(context), systemAccess, {
    ...{ vendor: 'Town hall', reference: `demo-${agreement}`, account: agreement, amount, currency },
    paidAt: new Date(nowS * 1_000),
  });
}
