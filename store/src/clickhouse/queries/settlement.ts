/**
 * Sums of many channels by group and interval, in one pass. Which channel belongs to which group from when to
 * when comes as arrays, and so do factors: the engine only joins, multiplies whole numbers and adds.
 *
 *   channel [ 7 , 7 , 9 , … ]     a channel may change its group: one entry for each span
 *   group   [ 0 , 1 , 0 , … ]
 *   from    [ … ]  until [ … ]    intervals with from < end <= until count
 *   factor  [ 40000 , … ]         the sum is of value × resolution × factor, exact in 128 bits
 */
import type { AccessContext } from '@openami/model';
import type { EngineClient, Settings } from '../client.ts';
import { literal } from './determinant-columns.ts';
import type { Scope } from './scope.ts';
import { made, present, uint32 } from './spans.ts';

export interface SettledSpan {
  readonly channel: number;
  readonly group: number;
  /** Epoch seconds. */
  readonly fromS: number;
  readonly untilS: number;
  /** Whole and below 2^53. */
  readonly factor: number;
}

export interface SettlementSpec {
  readonly startS: number;
  readonly intervalS: number;
  readonly slots: number;
  /** Readings as known at this epoch second. */
  readonly asOf: number;
}

/** Sums of a group in a slot; groups without a reading there are left out. */
export interface SettledSum {
  readonly group: number;
  readonly slot: number;
  readonly sum: bigint;
  readonly present: number;
  readonly estimated: number;
}

const settings: Settings = { max_query_size: 128_000_000, max_ast_elements: 4_000_000 };

export class SettlementQueries {
  private readonly client: EngineClient;
  private readonly scope: Scope;

  constructor(client: EngineClient, scope: Scope) {
    this.client = client;
    this.scope = scope;
  }

  /** In order of slots, then groups. Needs scope `all`. */
  async sums(
    access: AccessContext,
    spans: readonly SettledSpan[],
    spec: SettlementSpec,
  ): Promise<SettledSum[]> {
    this.scope.requireAll(access);
    if (spans.length === 0 || spec.slots === 0) return [];
    const { startS, intervalS, slots, asOf } = spec;
    const channels = [...new Set(spans.map(({ channel }) => channel))].map(uint32).join(',');
    const within = `channel IN (${channels})
      AND end > ${uint32(startS)} AND end <= ${uint32(startS + slots * intervalS)}`;
    const rows = (await this.#isCurrent(within, asOf)) ? current(within) : knownAt(within, asOf);
    const table = await this.client.select(
      `SELECT grp, slot, toString(sum(toInt128(value) * resolution * factor)) AS total,
          toUInt32(count()) AS present, toUInt32(countIf(${made})) AS estimated
        FROM (SELECT channel, toUnixTimestamp(end) AS at, value, resolution, quality,
            toUInt32(intDiv(toUnixTimestamp(end) - ${startS} - 1, ${intervalS})) AS slot FROM (${rows})) r
          INNER JOIN (${spanRows(spans)}) s ON r.channel = s.channel
        WHERE at > from_s AND at <= until_s GROUP BY slot, grp ORDER BY slot, grp`,
      {},
      settings,
    );
    const [group, slot] = [table.u32('grp'), table.u32('slot')];
    const [counted, estimated] = [table.u32('present'), table.u32('estimated')];
    return table.strings('total').map((total, i) => ({
      ...{ group: group[i]!, slot: slot[i]!, sum: BigInt(total) },
      ...{ present: counted[i]!, estimated: estimated[i]! },
    }));
  }

  /** Whether nothing is newer than asked for: then what is current is what was known. */
  async #isCurrent(within: string, asOf: number): Promise<boolean> {
    const sql = `SELECT toUInt8(countIf(revision > ${uint32(asOf)}) > 0) AS late FROM openami.reading
      WHERE ${within}`;
    return (await this.client.select(sql, {}, settings)).u8('late')[0] === 0;
  }
}

/** Entries as rows. */
function spanRows(spans: readonly SettledSpan[]): string {
  const column = (of: (span: SettledSpan) => number) => literal(spans.map(of));
  const zipped = [
    `CAST(${column(({ channel }) => uint32(channel))}, 'Array(UInt32)')`,
    `CAST(${column(({ group }) => uint32(group))}, 'Array(UInt32)')`,
    `CAST(${column(({ fromS }) => uint32(fromS))}, 'Array(UInt32)')`,
    `CAST(${column(({ untilS }) => uint32(untilS))}, 'Array(UInt32)')`,
    `CAST(${column(({ factor }) => factor)}, 'Array(Int64)')`,
  ];
  return `SELECT t.1 AS channel, t.2 AS grp, t.3 AS from_s, t.4 AS until_s, t.5 AS factor
    FROM (SELECT arrayJoin(arrayZip(${zipped.join(', ')})) AS t)`;
}

const columns = 'channel, end, value, resolution, quality';

const current = (within: string) =>
  `SELECT ${columns} FROM openami.reading FINAL PREWHERE ${within} WHERE ${present}`;

function knownAt(within: string, asOf: number): string {
  const known = `${within} AND revision <= ${uint32(asOf)}`;
  return `SELECT ${columns} FROM (SELECT ${columns}, revision FROM (
      SELECT ${columns}, revision FROM openami.reading WHERE ${known}
      UNION ALL SELECT ${columns}, revision FROM openami.reading_history WHERE ${known})
    ORDER BY channel, end, revision DESC LIMIT 1 BY channel, end) WHERE ${present}`;
}
