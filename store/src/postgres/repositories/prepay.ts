/** Prepay: policies that two persons agree on, who is on which and how they stand, notices. */
import type { AccessContext } from '@openami/model';
import { type RawBuilder, sql } from 'kysely';
import { registryErrors } from '../errors.ts';
import type {
  PrepayAgreement,
  PrepayAgreementRepository,
  PrepayCandidate,
  PrepayChange,
  PrepayEnrolment,
  PrepayNoticeRecord,
  PrepayNoticeRepository,
  PrepayPolicyRecord,
  PrepayPolicyRepository,
  PrepayQuery,
} from '../prepay-store.ts';
import type { Work } from './audit-chain.ts';
import {
  type Base,
  changing,
  countOf,
  decodeCursor,
  isSecondPerson,
  limitOf,
  newestFirst,
  pageOf,
  reading,
  requireAll,
  requireVersion,
  visible,
} from './base.ts';
import { amountsOf, balancesSql } from './prepay-ledger.ts';

const policySql = sql.raw(`SELECT id, code, number, document, state, reason, requested_by, requested_person,
  requested_at, decided_by, decided_at FROM prepay_policy`);

async function findPolicy(db: Base['db'] | Work, id: number): Promise<PrepayPolicyRecord> {
  const { rows } = await sql<PrepayPolicyRecord>`${policySql} WHERE id = ${id}`.execute(db);
  if (rows[0] === undefined) throw registryErrors.NOT_FOUND(`prepay policy ${id}`);
  return rows[0];
}

const policyNote = (action: string, { code, number, reason }: PrepayPolicyRecord) => ({
  ...{ action, objectKind: 'prepay_policy' as const, objectId: code, data: { number, reason } },
});

export function prepayPolicyRepository(base: Base): PrepayPolicyRepository {
  return {
    list: async (ctx) => {
      requireAll(ctx);
      return reading(async () => {
        const { rows } = await sql<PrepayPolicyRecord>`${policySql} ORDER BY id DESC LIMIT 1000`.execute(
          base.db,
        );
        return rows;
      });
    },
    inForce: async (ctx) => {
      requireAll(ctx);
      return reading(async () => {
        const { rows } = await sql<PrepayPolicyRecord>`${policySql} p WHERE state = 'approved' AND NOT EXISTS
          (SELECT FROM prepay_policy o WHERE o.code = p.code AND o.state = 'approved' AND o.number > p.number)
          ORDER BY code LIMIT 1000`.execute(base.db);
        return rows;
      });
    },
    get: async (ctx, id) => {
      requireAll(ctx);
      return reading(() => findPolicy(base.db, id));
    },
    propose: (ctx, { code, document, reason, requestedPerson }) =>
      changing(
        base,
        ctx,
        async (db, now) => {
          const { rows } = await sql<{ id: number }>`INSERT INTO prepay_policy
              (code, number, document, state, reason, requested_by, requested_person, requested_at)
            SELECT ${code}, (SELECT coalesce(max(number), 0) + 1 FROM prepay_policy WHERE code = ${code}),
              ${JSON.stringify(document)}::jsonb, 'proposed', ${reason}, ${ctx.actor.id}, ${requestedPerson},
              ${now}::timestamptz RETURNING id`.execute(db);
          return findPolicy(db, rows[0]!.id);
        },
        (made) => policyNote('propose', made),
      ),
    decide: (ctx, id, decision) =>
      changing(
        base,
        ctx,
        async (db, now) => {
          const mayApprove = isSecondPerson(ctx);
          const { rows } = await sql<{ id: number }>`UPDATE prepay_policy SET state = ${decision},
              decided_by = ${ctx.actor.id}, decided_at = ${now}
            WHERE id = ${id} AND state = 'proposed'
              AND ${decision === 'approved' ? mayApprove : sql`true`} RETURNING id`.execute(db);
          const policy = await findPolicy(db, id);
          if (rows.length === 0)
            throw registryErrors.PREPAY_DECIDED(`policy ${policy.code} ${policy.number}`);
          return policy;
        },
        (policy) => policyNote(decision === 'approved' ? 'approve' : 'withdraw', policy),
      ),
  };
}

const from = sql`prepay_agreement p JOIN agreement g ON g.id = p.agreement_id
  JOIN account c ON c.id = g.account_id JOIN customer k ON k.id = c.customer_id
  JOIN usage_point u ON u.id = g.usage_point_id LEFT JOIN bill_cycle y ON y.name = c.bill_cycle
  LEFT JOIN LATERAL (SELECT i.meter_id, m.serial FROM installation i JOIN meter m ON m.id = i.meter_id
    WHERE i.usage_point_id = u.id AND i.valid_until IS NULL
    ORDER BY (i.role = 'main') DESC, i.id LIMIT 1) i ON true`;
const columns = sql`p.agreement_id AS id, p.agreement_id, g.code AS agreement, c.number AS account,
  k.name AS customer, g.usage_point_id, u.code AS usage_point, u.zone, u.commodity, p.policy, p.currency,
  to_char(p.valid_from, 'YYYY-MM-DD') AS valid_from, to_char(p.valid_until, 'YYYY-MM-DD') AS valid_until,
  g.valid_until AS ends_at, p.state, p.since, p.protection,
  to_char(p.protected_until, 'YYYY-MM-DD') AS protected_until,
  coalesce(u.protection, '') AS supply_protection, u.state AS supply, i.meter_id, i.serial, p.daily_use,
  p.units_per_minor, p.unit, p.charged_through, p.record, p.version,
  coalesce(y.day_of_month, 1) AS day_of_month,
  ${balancesSql('p.agreement_id')} AS balances`;
const select = sql`SELECT ${columns} FROM ${from}`;

type Row = Omit<PrepayAgreement, 'balances'> & {
  readonly id: number;
  readonly balances: Readonly<Record<string, string>>;
};
const shown = (row: Row): PrepayAgreement => ({ ...row, balances: amountsOf(row.balances) });

async function findAll(
  db: Base['db'] | Work,
  match: RawBuilder<unknown>,
  limit = 1_000,
): Promise<PrepayAgreement[]> {
  const { rows } = await sql<Row>`${select} WHERE ${match} ORDER BY p.agreement_id LIMIT ${limit}`.execute(
    db,
  );
  return rows.map(shown);
}

async function find(db: Base['db'] | Work, ctx: AccessContext, agreement: string): Promise<PrepayAgreement> {
  const match = sql`g.code = ${agreement} AND ${visible(ctx, 'usage_point', 'u.id')}`;
  const [found] = await findAll(db, match, 1);
  if (found === undefined) throw registryErrors.NOT_FOUND(`prepay agreement ${agreement}`);
  return found;
}

/** Columns that a change sets. */
function settings(patch: PrepayChange & { readonly lookAt?: Date }): RawBuilder<unknown> {
  const { state, since, dailyUse, unitsPerMinor, unit, chargedThrough, record, lookAt } = patch;
  const { protection, protectedUntil, validUntil, policy } = patch;
  const set = (column: string, value: unknown, cast = '') =>
    value === undefined ? [] : [sql`${sql.raw(column)} = ${value}${sql.raw(cast)}`];
  return sql.join([
    ...[sql`version = version + 1`],
    ...[...set('state', state), ...set('since', since), ...set('daily_use', dailyUse, '::float8')],
    ...[...set('units_per_minor', unitsPerMinor, '::float8'), ...set('unit', unit)],
    ...set('charged_through', chargedThrough, '::timestamptz'),
    ...set('record', record === undefined ? undefined : JSON.stringify(record), '::jsonb'),
    ...[...set('look_at', lookAt), ...set('protection', protection), ...set('policy', policy)],
    ...[...set('protected_until', protectedUntil, '::date'), ...set('valid_until', validUntil, '::date')],
  ]);
}

const step = (base: Base): PrepayAgreementRepository['step'] => {
  return async (ctx, id, ifVersion, patch, notices) => {
    requireAll(ctx);
    const now = new Date(base.clock.nowMs());
    return reading(() =>
      base.db.transaction().execute(async (db) => {
        const { rows } = await sql`UPDATE prepay_agreement SET ${settings(patch)}
          WHERE agreement_id = ${id} AND version = ${ifVersion} RETURNING agreement_id`.execute(db);
        if (rows.length === 0) return undefined;
        const [next] = await findAll(db, sql`p.agreement_id = ${id}`, 1);
        const { balances, dailyUse, currency } = next!;
        const left = -(balances.customer_credit ?? 0n);
        const days = left <= 0n ? 0 : dailyUse > 0 ? Number(left) / dailyUse : null;
        for (const kind of notices)
          await sql`INSERT INTO prepay_notice (agreement_id, kind, at, balance, days_left, currency)
            VALUES (${id}, ${kind}, ${now}, ${`${left}`}::bigint, ${days}::float8, ${currency})`.execute(db);
        return next!;
      }),
    );
  };
};

/** What was before of an agreement that is put on prepay: nothing, what was taken back, or what has ended. */
async function clearEnrolment(db: Work, now: Date, input: PrepayEnrolment): Promise<void> {
  const { agreement, currency, validFrom } = input;
  const { rows } = await sql<{
    id: number;
    currency: string;
    validFrom: string;
    validUntil: string | null;
    today: string;
  }>`SELECT p.agreement_id AS id, p.currency, to_char(p.valid_from, 'YYYY-MM-DD') AS valid_from,
      to_char(p.valid_until, 'YYYY-MM-DD') AS valid_until,
      to_char(${now}::timestamptz AT TIME ZONE u.zone, 'YYYY-MM-DD') AS today
    FROM prepay_agreement p JOIN agreement g ON g.id = p.agreement_id
      JOIN usage_point u ON u.id = g.usage_point_id WHERE g.code = ${agreement} FOR UPDATE OF p`.execute(db);
  const [kept] = rows;
  if (kept === undefined) return;
  const { validUntil } = kept;
  if (validUntil === null)
    throw registryErrors.ALREADY_EXISTS(`${agreement} is on prepay from ${kept.validFrom} on`);
  if (kept.currency !== currency)
    throw registryErrors.BAD_VALUE(`currency: prepay of ${agreement} is in ${kept.currency}`);
  // taken back before it began, or goes on without a break
  if (validUntil === kept.validFrom || validUntil === validFrom) return;
  if (validUntil > kept.today || validUntil > validFrom)
    throw registryErrors.ALREADY_EXISTS(
      `${agreement} is on prepay until ${validUntil}: it begins again from that day, or once it has left`,
    );
  await sql`INSERT INTO prepay_past (agreement_id, valid_from, valid_until)
    SELECT agreement_id, valid_from, valid_until FROM prepay_agreement
    WHERE agreement_id = ${kept.id}`.execute(db);
}

const enrol = (base: Base): PrepayAgreementRepository['enrol'] => {
  return (ctx, input) =>
    changing(
      base,
      ctx,
      async (db, now) => {
        const { agreement, policy, currency, validFrom } = input;
        await clearEnrolment(db, now, input);
        const { rows } = await sql`INSERT INTO prepay_agreement AS p
            (agreement_id, policy, currency, valid_from, state, since, look_at)
          SELECT g.id, ${policy}, ${currency}, ${validFrom}::date, 'in_credit', ${now}::timestamptz,
            ${now}::timestamptz
          FROM agreement g WHERE g.code = ${agreement}
          ON CONFLICT (agreement_id) DO UPDATE SET policy = excluded.policy, look_at = excluded.look_at,
            valid_from = CASE WHEN p.valid_until = excluded.valid_from AND p.valid_from < p.valid_until
              THEN p.valid_from ELSE excluded.valid_from END, valid_until = NULL, version = p.version + 1
            WHERE p.valid_until IS NOT NULL
          RETURNING agreement_id`.execute(db);
        if (rows.length === 0) throw registryErrors.NOT_FOUND(`agreement ${agreement}`);
        return find(db, ctx, agreement);
      },
      () => ({
        ...{ action: 'enrol', objectKind: 'prepay_agreement', objectId: input.agreement },
        data: { policy: input.policy, validFrom: input.validFrom },
      }),
    );
};

function matching(ctx: AccessContext, { state, policy, q }: PrepayQuery & { q?: string }) {
  return sql.join(
    [
      visible(ctx, 'usage_point', 'u.id'),
      state === undefined ? sql`true` : sql`p.state = ${state}`,
      policy === undefined ? sql`true` : sql`p.policy = ${policy}`,
      q === undefined ? sql`true` : sql`(g.code = ${q} OR c.number = ${q} OR i.serial = ${q})`,
    ],
    sql` AND `,
  );
}

/** Those without supply, then those with least left. */
const need = sql<number>`array_position(
  ARRAY['cut', 'out', 'restoring', 'emergency', 'low', 'in_credit'], p.state)`;

export function prepayAgreementRepository(base: Base): PrepayAgreementRepository {
  return {
    step: step(base),
    enrol: enrol(base),
    enrolment: async (ctx, agreement) => {
      requireAll(ctx);
      return reading(async () => {
        const { rows } = await sql<PrepayCandidate>`SELECT coalesce(y.day_of_month, 1) AS day_of_month,
            (SELECT to_char(max(b.cycle_to), 'YYYY-MM-DD') FROM bill b
              WHERE b.agreement_id = g.id AND b.state = 'issued') AS billed_until,
            (SELECT t.code FROM agreement_tariff x JOIN tariff t ON t.id = x.tariff_id
              WHERE x.agreement_id = g.id ORDER BY x.valid_from DESC LIMIT 1) AS tariff
          FROM agreement g JOIN account c ON c.id = g.account_id
            LEFT JOIN bill_cycle y ON y.name = c.bill_cycle WHERE g.code = ${agreement}`.execute(base.db);
        if (rows[0] === undefined) throw registryErrors.NOT_FOUND(`agreement ${agreement}`);
        return rows[0];
      });
    },
    list: (ctx, query = {}) =>
      reading(async () => {
        const limit = limitOf(query.limit);
        const match = matching(ctx, query);
        const [rank, id] = query.cursor ? decodeCursor(query.cursor, 'number') : [];
        const after =
          rank === undefined ? sql`true` : sql`(${need}, -p.agreement_id) > (${rank}::int, ${-id!}::int)`;
        const { rows } = await sql<Row & { need: number }>`SELECT ${columns}, ${need} AS need
          FROM ${from} WHERE ${match} AND ${after}
          ORDER BY need, p.agreement_id DESC LIMIT ${limit + 1}`.execute(base.db);
        const page = pageOf(rows, limit, (row) => row.need);
        const total = await countOf(base, sql`${from} WHERE ${match}`);
        return { items: page.items.map(shown), next: page.next, total };
      }),
    counts: async (ctx) => {
      requireAll(ctx);
      return reading(async () => {
        const { rows } = await sql<{
          state: PrepayAgreement['state'];
          currency: string;
          customers: number;
          balance: string;
        }>`SELECT p.state, p.currency, count(*)::int AS customers,
            coalesce(-sum(b.amount), 0)::text AS balance
          FROM prepay_agreement p LEFT JOIN prepay_balance b
            ON b.agreement_id = p.agreement_id AND b.account = 'customer_credit'
          GROUP BY 1, 2 ORDER BY 1, 2`.execute(base.db);
        return rows.map((row) => ({ ...row, balance: BigInt(row.balance) }));
      });
    },
    get: (ctx, agreement) => reading(() => find(base.db, ctx, agreement)),
    paying: async (ctx, account) => {
      requireAll(ctx);
      const match = sql`(c.number = ${account} OR g.code = ${account})`;
      return reading(() => findAll(base.db, match, 2));
    },
    byIds: async (ctx, ids) => {
      requireAll(ctx);
      return reading(() => findAll(base.db, sql`p.agreement_id = ANY(${[...ids]}::int[])`));
    },
    due: async (ctx, now, named, limit) => {
      requireAll(ctx);
      const match = sql`(p.look_at <= ${now} OR p.agreement_id = ANY(${[...named]}::int[]))`;
      return reading(async () => {
        const { rows } = await sql<Row>`${select} WHERE ${match}
          ORDER BY p.agreement_id = ANY(${[...named]}::int[]) DESC, p.look_at LIMIT ${limit}`.execute(
          base.db,
        );
        return rows.map(shown);
      });
    },
    channels: async (ctx) => {
      requireAll(ctx);
      return reading(async () => {
        const { rows } = await sql<{ channelId: number; agreementId: number }>`SELECT h.id AS channel_id,
            p.agreement_id FROM prepay_agreement p JOIN agreement g ON g.id = p.agreement_id
          JOIN installation i ON i.usage_point_id = g.usage_point_id
          JOIN channel h ON h.meter_id = i.meter_id`.execute(base.db);
        return rows;
      });
    },
    change: (ctx, agreement, patch, { action, reason }, ifVersion) =>
      changing(
        base,
        ctx,
        async (db, now) => {
          const found = await find(db, ctx, agreement);
          requireVersion(`prepay agreement ${agreement}`, found, ifVersion);
          await sql`UPDATE prepay_agreement SET ${settings({ ...patch, lookAt: now })}
            WHERE agreement_id = ${found.agreementId}`.execute(db);
          return find(db, ctx, agreement);
        },
        () => {
          const { record: _record, ...data } = patch;
          return { action, objectKind: 'prepay_agreement', objectId: agreement, data: { ...data, reason } };
        },
      ),
  };
}

const noticeFrom = sql`prepay_notice n JOIN agreement g ON g.id = n.agreement_id
  JOIN account c ON c.id = g.account_id JOIN customer k ON k.id = c.customer_id`;

export function prepayNoticeRepository(base: Base): PrepayNoticeRepository {
  return {
    list: async (ctx, query = {}) => {
      const noticeSql = sql`SELECT n.id, g.code AS agreement, c.number AS account, k.name AS customer, n.kind,
        n.at, n.balance::text AS balance, n.days_left, n.currency FROM ${noticeFrom}`;
      const match = sql`${visible(ctx, 'usage_point', 'g.usage_point_id')}
        AND ${query.agreement === undefined ? sql`true` : sql`g.code = ${query.agreement}`}`;
      type NoticeRow = Omit<PrepayNoticeRecord, 'balance'> & { readonly balance: string };
      const list = { select: noticeSql, from: noticeFrom, id: 'n.id' };
      const page = await newestFirst<NoticeRow>(base, list, match, query);
      return { ...page, items: page.items.map((row) => ({ ...row, balance: BigInt(row.balance) })) };
    },
  };
}
