/**
 * Charges of prepay customers: what the tariff says of a cycle so far, by the code that makes bills, less
 * what was charged of it before. A cycle is charged as if it ended with the newest reading; once it is over
 * and billed, the bill is what it costs. What was posted is never edited: a correction is a further posting.
 *
 *   readings ─▶ rated so far ─▶ difference ─▶ posting
 *   bill of the cycle ─────────▶ difference ─▶ settlement
 */
import { chargeEntries, stateData, sumText } from '@openami/billing';
import {
  type AccessContext,
  billingMonthOf,
  DAY_S,
  formatDay,
  groupBy,
  type Period,
  parseDay,
  systemAccess,
  zoneTable,
} from '@openami/model';
import type {
  BilledAgreement,
  PrepayAgreement,
  PrepayCycle,
  PrepayPosting,
  ReadingStore,
  RegistryStore,
} from '@openami/store';
import { negated, sumOf } from '../billing/amounts.ts';
import { usageText } from '../billing/bill-runner.ts';
import { billedChannels } from '../billing/billed-channels.ts';
import { type BillTask, type Calculated, calculate, windowOf } from '../billing/calculate.ts';
import { carriedState, contentOf } from '../billing/content.ts';
import type { InputRegistry } from '../billing/inputs.ts';
import type { SqlDeterminants } from '../billing/sql-determinants.ts';
import type { TariffBook } from '../billing/tariff-book.ts';
import { amountText, roundedMinor } from './amounts.ts';

export interface ChargingParts {
  readonly registry: InputRegistry & Pick<RegistryStore, 'billingFacts' | 'bills' | 'prepayLedger'>;
  readonly store: Pick<ReadingStore, 'readings'> & {
    readonly writer: Pick<ReadingStore['writer'], 'horizon'>;
  };
  readonly book: TariffBook;
  readonly sql?: SqlDeterminants;
}

/** Cycles of an agreement that are open at a time; older ones wait for their bills. */
const mostOpenCycles = 14;

/** What became of an agreement. */
export interface Charged {
  /** Why it could not be charged; empty where it was. */
  readonly trouble: string;
  readonly cycles: readonly PrepayCycle[];
  readonly unit: string;
}

/** An agreement while it is charged. */
interface Account {
  readonly prepay: PrepayAgreement;
  readonly billed: BilledAgreement;
  /** Newest reading, not after now. */
  readonly throughS: number;
  readonly cycles: Map<string, PrepayCycle>;
  trouble: string;
  unit: string;
}

/** Charges agreements. Throws what the stores throw; what one of them lacks is no other's trouble. */
export async function chargePage(
  parts: ChargingParts,
  page: readonly PrepayAgreement[],
  nowS: number,
): Promise<Map<number, Charged>> {
  const revision = parts.store.writer.horizon();
  const accounts = await accountsOf(parts, page, nowS);
  await settle(parts, accounts);
  const waves = accounts.map((account) => openCycles(account, nowS));
  const longest = waves.reduce((most, { length }) => Math.max(most, length), 0);
  for (let wave = 0; wave < longest; wave++) {
    const at = accounts.flatMap((account, i) => {
      const cycle = waves[i]![wave];
      return cycle === undefined || account.trouble !== '' ? [] : [{ account, cycle }];
    });
    await chargeWave(parts, at, revision);
  }
  return new Map(
    accounts.map(({ prepay, trouble, cycles, unit }) => [
      prepay.agreementId,
      { trouble, unit, cycles: [...cycles.values()] },
    ]),
  );
}

async function accountsOf(
  { registry, store }: ChargingParts,
  page: readonly PrepayAgreement[],
  nowS: number,
): Promise<Account[]> {
  if (page.length === 0) return [];
  const ids = page.map(({ agreementId }) => agreementId);
  const from = page.map(({ validFrom }) => validFrom).sort()[0]!;
  const query = { from, to: formatDay(Math.floor(nowS / DAY_S) + 2), agreements: ids };
  const there = await registry.billingFacts.ids(systemAccess, query);
  const billed = await registry.billingFacts.of(systemAccess, there);
  const byId = new Map(billed.map((one) => [one.id, one]));
  const channels = new Map(billed.map((one) => [one.id, drawn(one, nowS)]));
  const all = [...new Set([...channels.values()].flat())];
  const latest = all.length === 0 ? undefined : await store.readings.latest(systemAccess, all);
  const ends = new Map<number, number>();
  for (let i = 0; i < (latest?.length ?? 0); i++) ends.set(latest!.channel[i]!, latest!.end[i]!);
  const stored = groupBy(
    await registry.prepayLedger.cycles(systemAccess, ids),
    ({ agreementId }) => agreementId,
  );
  return page.flatMap((prepay): Account[] => {
    const found = byId.get(prepay.agreementId);
    if (found === undefined) return [];
    const newest = Math.max(0, ...channels.get(found.id)!.map((channel) => ends.get(channel) ?? 0));
    const cycles = stored.get(prepay.agreementId) ?? [];
    return [
      {
        ...{ prepay, billed: found, throughS: Math.min(newest, nowS), trouble: '', unit: prepay.unit },
        cycles: new Map(cycles.map((cycle) => [cycle.cycleFrom, cycle])),
      },
    ];
  });
}

function drawn(agreement: BilledAgreement, nowS: number): number[] {
  const { fromS } = agreement;
  return billedChannels(agreement, Math.floor(fromS), nowS).import.map(({ channel }) => channel.channelId);
}

/** Bills that came since close their cycles: what they say is what the cycle cost. */
async function settle({ registry }: ChargingParts, accounts: readonly Account[]): Promise<void> {
  const byId = new Map(accounts.map((account) => [account.prepay.agreementId, account]));
  for (const bill of await registry.prepayLedger.newBills(systemAccess, [...byId.keys()])) {
    const account = byId.get(bill.agreementId)!;
    const { prepay, cycles } = account;
    const { agreementId: id, currency } = prepay;
    if (bill.currency !== currency) {
      account.trouble = otherCurrency(prepay, bill.currency);
      continue;
    }
    const before = cycles.get(bill.cycleFrom) ?? emptyCycle(id, bill.cycleFrom, bill.cycleTo);
    const lines = contentOf(await registry.bills.get(systemAccess, bill.id))?.lines ?? [];
    const taxes = lines
      .filter(({ kind }) => kind === 'tax')
      .map(({ amount }) => roundedMinor(amount, currency));
    const cycle: PrepayCycle = {
      ...{ ...before, billId: bill.id, carry: bill.carry, usage: bill.usage },
      charged: roundedMinor(bill.total, currency),
      tax: taxes.reduce((sum, amount) => sum + amount, 0n),
    };
    const posting = postingOf('settlement', prepay, before, cycle, { bill: bill.id });
    await store(registry, cycles, cycle, posting);
  }
}

const otherCurrency = ({ currency }: PrepayAgreement, theirs: string) =>
  `What is used is billed in ${theirs}, and prepay is in ${currency}.`;

function emptyCycle(agreementId: number, cycleFrom: string, cycleTo: string): PrepayCycle {
  return {
    ...{ agreementId, cycleFrom, cycleTo, charged: 0n, tax: 0n, usage: '0', through: new Date(0) },
    ...{ revision: 0, carry: null, billId: null, version: 0 },
  };
}

/** Cycles that no bill closed, in order of time. */
function openCycles({ prepay, billed, cycles }: Account, nowS: number): Period[] {
  const zone = zoneTable(billed.zone);
  const until = prepay.validUntil === null ? Number.POSITIVE_INFINITY : parseDay(prepay.validUntil);
  const today = zone.localDayOf(nowS);
  const open: Period[] = [];
  for (let day = parseDay(prepay.validFrom); day <= today && day < until; ) {
    const cycle = billingMonthOf(day, prepay.dayOfMonth);
    if (cycles.get(formatDay(cycle.from))?.billId == null) open.push(cycle);
    day = cycle.to;
  }
  return open.slice(-mostOpenCycles);
}

interface AtWork {
  readonly account: Account;
  readonly cycle: Period;
}

/** One cycle of each: rated as far as it was charged, and as far as there are readings now. */
async function chargeWave(parts: ChargingParts, at: readonly AtWork[], revision: number): Promise<void> {
  const { registry, store, book, sql } = parts;
  const tasks: BillTask[] = [];
  const places: { work: AtWork; now: number; before: number | undefined }[] = [];
  for (const work of at) {
    const task = await taskOf(parts, work);
    if (task === undefined) continue;
    const known = work.account.cycles.get(formatDay(work.cycle.from));
    const throughS = known === undefined ? 0 : Math.floor(known.through.getTime() / 1_000);
    const isPast = throughS > task.window.fromS && throughS < task.window.toS;
    const place = { work, now: tasks.push(task) - 1, before: undefined as number | undefined };
    if (isPast) place.before = tasks.push({ ...task, window: { ...task.window, toS: throughS } }) - 1;
    places.push(place);
  }
  if (tasks.length === 0) return;
  const tariffs = await book.many(
    tasks.flatMap(({ agreement }) => agreement.tariffs.map(({ tariff }) => tariff)),
  );
  const made = await calculate(systemAccess, tasks, { registry, store, tariffs, revision, sql });
  for (const { work, now, before } of places)
    await charge(parts, work, made[now]!, before === undefined ? undefined : made[before]!, revision);
}

async function taskOf(
  { registry }: ChargingParts,
  { account: { billed, cycles, throughS }, cycle }: AtWork,
): Promise<BillTask | undefined> {
  const whole = windowOf(billed, cycle);
  if (whole === undefined) return undefined;
  const window = { fromS: whole.fromS, toS: Math.min(whole.toS, throughS) };
  if (window.toS <= window.fromS) return undefined;
  const carry = await carryOf(registry, systemAccess, billed.id, cycles, cycle);
  return { agreement: billed, cycle, window, carryIn: carriedState(carry ?? null) };
}

/** What the cycle before left: the one that was charged, or the bill there was before prepay began. */
async function carryOf(
  registry: ChargingParts['registry'],
  ctx: AccessContext,
  id: number,
  cycles: ReadonlyMap<string, PrepayCycle>,
  cycle: Period,
): Promise<unknown> {
  const from = formatDay(cycle.from);
  const last = [...cycles.values()].find(({ cycleTo }) => cycleTo === from);
  if (last !== undefined) return last.carry;
  return (await registry.bills.before(ctx, [id], from))[0]?.carry;
}

async function charge(
  { registry }: ChargingParts,
  { account, cycle: period }: AtWork,
  now: Calculated,
  before: Calculated | undefined,
  revision: number,
): Promise<void> {
  const { prepay, cycles } = account;
  const [cycleFrom, cycleTo] = [formatDay(period.from), formatDay(period.to)];
  const known = cycles.get(cycleFrom) ?? emptyCycle(prepay.agreementId, cycleFrom, cycleTo);
  const { bill } = now;
  if (bill === undefined) {
    account.trouble = now.holds.map(({ message }) => message).join(' ');
    return;
  }
  const foreign = bill.parts.find(({ version }) => version.currency !== prepay.currency);
  if (foreign !== undefined) {
    account.trouble = otherCurrency(prepay, foreign.version.currency);
    return;
  }
  account.unit = bill.parts[0]!.version.unit;
  const costs = costsOf(prepay, now);
  const next: PrepayCycle = {
    ...{ ...known, ...costs, usage: usageText(bill), revision, carry: stateData(bill.state) },
    through: new Date(now.task.window.toS * 1_000),
  };
  // what changed in readings that were charged already is told apart from what is new
  const corrected = before?.bill && {
    ...{ ...known, ...costsOf(prepay, before), usage: usageText(before.bill) },
  };
  const isNew = next.through.getTime() > known.through.getTime();
  const detail = { through: next.through.toISOString(), revision, unit: account.unit };
  const postings = [
    corrected && postingOf('correction', prepay, known, corrected, { revision, unit: account.unit }),
    postingOf(isNew ? 'charge' : 'correction', prepay, corrected ?? known, next, detail),
  ];
  await store(registry, cycles, next, ...postings);
}

function costsOf({ currency }: PrepayAgreement, { bill }: Calculated): Pick<PrepayCycle, 'charged' | 'tax'> {
  const sum = (which: (kind: string) => boolean) =>
    sumText(bill!.parts, ({ rated }) =>
      rated.lines.reduce((all, line) => (which(line.kind) ? all + line.amount : all), 0n),
    );
  return {
    charged: roundedMinor(
      sum(() => true),
      currency,
    ),
    tax: roundedMinor(
      sum((kind) => kind === 'tax'),
      currency,
    ),
  };
}

/** The posting of a difference; undefined for none. */
function postingOf(
  kind: 'charge' | 'correction' | 'settlement',
  { currency, agreementId }: PrepayAgreement,
  before: PrepayCycle,
  after: PrepayCycle,
  detail: Readonly<Record<string, unknown>>,
): PrepayPosting | undefined {
  const entries = chargeEntries(after.charged - before.charged, after.tax - before.tax);
  if (entries === undefined) return undefined;
  const { cycleFrom, version } = after;
  return {
    ...{ agreementId, kind, currency, cycleFrom, entries },
    key: `${kind}/${agreementId}/${cycleFrom}/${version + 1}`,
    detail: {
      ...{ ...detail, total: amountText(after.charged, currency) },
      usage: sumOf([after.usage, negated(before.usage)]),
    },
  };
}

async function store(
  registry: ChargingParts['registry'],
  cycles: Map<string, PrepayCycle>,
  cycle: PrepayCycle,
  ...postings: (PrepayPosting | undefined)[]
): Promise<void> {
  const some = postings.filter((posting) => posting !== undefined);
  // false: another process was sooner, and the next look begins with what it stored
  if (await registry.prepayLedger.charge(systemAccess, cycle, some))
    cycles.set(cycle.cycleFrom, { ...cycle, version: cycle.version + 1 });
}
