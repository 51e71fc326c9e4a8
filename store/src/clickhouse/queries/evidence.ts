/** What is kept beside the readings: frames, events, rejections and readings of unknown meters. */
import type { AccessContext, Frame, MeterEvent, Rejection, Source } from '@openami/model';
import type { EngineClient, Params } from '../client.ts';
import { readingStoreErrors } from '../errors.ts';
import type { Table } from '../native.ts';
import type { ReadingWriter } from '../writer/writer.ts';
import { Adopter, type Adoption } from './adopt.ts';
import type { Scope } from './scope.ts';

/** Newest first; `beforeMs`, the `receivedMs` of the last row, continues a listing. */
export interface EvidenceFilter {
  readonly meters?: readonly number[];
  readonly device?: string;
  /** Of rejections and events: the code. */
  readonly code?: string;
  /** Of events. */
  readonly severity?: MeterEvent['severity'];
  readonly fromMs?: number;
  readonly beforeMs?: number;
  /** At most 1,000, default 100; and whatever was received in the same millisecond as the last of them. */
  readonly limit?: number;
}

/** That a message came, without what was in it. */
export type HeardFrame = Pick<Frame, 'receivedMs' | 'source' | 'device' | 'meter'>;

/** Which devices that nobody registered. */
export interface UnregisteredFilter {
  readonly device?: string;
  /** Part of the device's name, upper or lower case. */
  readonly q?: string;
  /** At most 1,000; default 100. */
  readonly limit?: number;
  /** Where the page before ended. */
  readonly cursor?: string;
}

/** How often something was refused for one reason, and when last. */
export interface RejectionCount {
  readonly code: string;
  readonly count: number;
  readonly receivedMs: number;
}

/** Readings of one quantity of one device that nobody registered. */
export interface UnregisteredSummary {
  readonly device: string;
  readonly quantity: string;
  readonly unit: string;
  readonly intervalS: number;
  readonly readings: number;
  readonly firstEnd: number;
  readonly lastEnd: number;
  readonly receivedMs: number;
}

/** A page of them: `next` continues it, null at the end; `total` counts the whole list. */
export interface UnregisteredPage {
  readonly items: readonly UnregisteredSummary[];
  readonly next: string | null;
  /** Series and devices of the whole list. */
  readonly total: number;
  readonly devices: number;
}

/** Where a page begins: after this row, in the list as it was at `asOfMs`. */
type Position = readonly [
  asOfMs: number,
  receivedMs: number,
  device: string,
  quantity: string,
  unit: string,
  intervalS: number,
];

export class EvidenceQueries {
  private readonly client: EngineClient;
  private readonly scope: Scope;
  private readonly adopter: Adopter;

  constructor(client: EngineClient, scope: Scope, writer: ReadingWriter, cluster?: string) {
    this.client = client;
    this.scope = scope;
    this.adopter = new Adopter(client, writer, cluster);
  }

  /** Messages as they came. Throws OUT_OF_SCOPE. */
  async frames(access: AccessContext, filter: EvidenceFilter = {}): Promise<Frame[]> {
    const meters = await this.scope.meters(access, filter.meters);
    const { where, params } = conditions(filter, meters);
    const table = await this.client.select(
      `SELECT received, source, device, meter, payload, accepted, outcome FROM openami.frame
       WHERE ${where} ${newestFirst}`,
      params,
    );
    const received = table.f64('received');
    const source = table.strings('source');
    const device = table.strings('device');
    const meter = table.u32('meter');
    const payload = table.bytes('payload');
    const accepted = table.u32('accepted');
    const outcome = table.strings('outcome');
    return rows(table.rows, (i) => ({
      receivedMs: received[i]!,
      source: source[i] as Source,
      device: device[i]!,
      meter: meter[i]!,
      payload: payload[i]!,
      accepted: accepted[i]!,
      outcome: outcome[i]!,
    }));
  }

  /**
   * Messages of meters that came in any of some seconds, without their bytes: of a meter and second up to
   * ten, those first of which something was accepted. Throws OUT_OF_SCOPE.
   */
  async framesIn(
    access: AccessContext,
    meters: readonly number[],
    seconds: readonly number[],
  ): Promise<HeardFrame[]> {
    if (seconds.length === 0) return [];
    const seen = await this.scope.meters(access, meters);
    const [fromS, untilS] = seconds.reduce(
      ([a, b], s) => [Math.min(a, s), Math.max(b, s + 1)],
      [seconds[0]!, 0],
    );
    const { where, params } = conditions({ fromMs: fromS * 1_000, beforeMs: untilS * 1_000 }, seen);
    const second = 'toUnixTimestamp(received)';
    const table = await this.client.select(
      `SELECT received, source, device, meter FROM openami.frame
       WHERE ${where} AND ${second} IN {seconds:Array(UInt32)}
       ORDER BY meter, ${second}, accepted = 0, received LIMIT 10 BY meter, ${second}`,
      { ...params, seconds },
    );
    const received = table.f64('received');
    const meter = table.u32('meter');
    const [source, device] = ['source', 'device'].map((name) => table.strings(name));
    return rows(table.rows, (i) => ({
      ...{ receivedMs: received[i]!, source: source![i] as Source, device: device![i]!, meter: meter[i]! },
    }));
  }

  /** What meters reported. Throws OUT_OF_SCOPE. */
  async events(access: AccessContext, filter: EvidenceFilter = {}): Promise<MeterEvent[]> {
    const meters = await this.scope.meters(access, filter.meters);
    const { where, params } = conditions(filter, meters);
    const table = await this.client.select(
      `SELECT at, received, meter, device, code, severity, detail FROM openami.event FINAL
       WHERE ${where} ${newestFirst}`,
      params,
    );
    const at = table.u32('at');
    const received = table.f64('received');
    const meter = table.u32('meter');
    const device = table.strings('device');
    const code = table.strings('code');
    const severity = table.strings('severity');
    const detail = table.strings('detail');
    return rows(table.rows, (i) => ({
      at: at[i]!,
      receivedMs: received[i]!,
      meter: meter[i]!,
      device: device[i]!,
      code: code[i]!,
      severity: severity[i] as MeterEvent['severity'],
      detail: detail[i]!,
    }));
  }

  /** What was refused and why. Needs scope `all`. */
  async rejections(access: AccessContext, filter: EvidenceFilter = {}): Promise<Rejection[]> {
    this.scope.requireAll(access);
    const { where, params } = conditions(filter, undefined);
    const table = await this.client.select(
      `SELECT received, source, device, quantity, end, value, code, detail FROM openami.rejection
       WHERE ${where} ${newestFirst}`,
      params,
    );
    const received = table.f64('received');
    const end = table.u32('end');
    const names = ['source', 'device', 'quantity', 'value', 'code', 'detail'] as const;
    const [source, device, quantity, value, code, detail] = names.map((name) => table.strings(name));
    return rows(table.rows, (i) => ({
      receivedMs: received[i]!,
      source: source![i] as Source,
      device: device![i]!,
      quantity: quantity![i]!,
      end: end[i]!,
      value: value![i]!,
      code: code![i]!,
      detail: detail![i]!,
    }));
  }

  /** Rejections by code since `fromMs`, the most frequent first. Needs scope `all`. */
  async rejectionsByCode(access: AccessContext, fromMs: number): Promise<RejectionCount[]> {
    this.scope.requireAll(access);
    const table = await this.client.select(
      `SELECT code, toUInt32(count()) AS refused, max(received) AS newest FROM openami.rejection
       WHERE received >= fromUnixTimestamp64Milli({fromMs:Int64})
       GROUP BY code ORDER BY refused DESC, code`,
      { fromMs: Math.max(0, Math.floor(fromMs)) },
    );
    const code = table.strings('code');
    const refused = table.u32('refused');
    const newest = table.f64('newest');
    return rows(table.rows, (i) => ({ code: code[i]!, count: refused[i]!, receivedMs: newest[i]! }));
  }

  /**
   * Meters seen but not registered, last seen first, in pages of up to 1,000. The pages are those of the list
   * as it was at the first of them, so that a device that reports meanwhile is neither lost nor seen twice.
   * Needs scope `all`. Throws BAD_POSITION.
   */
  async unregistered(access: AccessContext, filter: UnregisteredFilter = {}): Promise<UnregisteredPage> {
    this.scope.requireAll(access);
    const { where, params } = ofDevices(filter);
    const after = filter.cursor === undefined ? undefined : positionOf(filter.cursor);
    const limit = Number(params.limit);
    const found = await this.summaries(
      `${where} AND ${after ? notAfter : '1'}`,
      { ...params, limit: limit + 1, ...(after ? positionParams(after) : {}) },
      after ? beyond : '1',
    );
    const { devices, series } = await this.unregisteredTotals(access, filter);
    const items = found.slice(0, limit);
    const last = items.at(-1);
    const asOfMs = after?.[0] ?? items[0]?.receivedMs ?? 0;
    const next = found.length > limit && last ? cursorOf(asOfMs, last) : null;
    return { items, next, total: series, devices };
  }

  /** The series of one device, as `unregistered` has them, at most `limit`. Needs scope `all`. */
  async seriesOf(access: AccessContext, device: string, limit: number): Promise<UnregisteredSummary[]> {
    this.scope.requireAll(access);
    return await this.summaries('device = {device:String}', { device, limit });
  }

  private async summaries(where: string, params: Params, having = '1'): Promise<UnregisteredSummary[]> {
    const table = await this.client.select(
      `SELECT device, quantity, unit, intervalS, toUInt32(count()) AS readings, min(end) AS firstEnd,
         max(end) AS lastEnd, max(received) AS newest
       FROM openami.unregistered_reading FINAL WHERE ${where}
       GROUP BY device, quantity, unit, intervalS HAVING ${having}
       ORDER BY newest DESC, device, quantity, unit, intervalS LIMIT {limit:UInt32}`,
      params,
    );
    return summaries(table);
  }

  /** How many devices and series `unregistered` has in all. Needs scope `all`. */
  async unregisteredTotals(
    access: AccessContext,
    filter: UnregisteredFilter = {},
  ): Promise<{ devices: number; series: number }> {
    this.scope.requireAll(access);
    const { where, params } = ofDevices(filter);
    const table = await this.client.select(
      `SELECT toUInt32(uniqExact(device)) AS devices,
         toUInt32(uniqExact(device, quantity, unit, intervalS)) AS series
       FROM openami.unregistered_reading WHERE ${where}`,
      params,
    );
    return { devices: table.u32('devices')[0]!, series: table.u32('series')[0]! };
  }

  /**
   * Moves a device's kept readings into channels, now that it is registered; returns how many. What no
   * channel can hold becomes a rejection and holds up nothing. Safe to repeat: they are deleted only after
   * they are stored, and a repeat of a stored reading changes nothing.
   */
  async adopt(access: AccessContext, device: string, adoptions: readonly Adoption[]): Promise<number> {
    this.scope.requireAll(access);
    return await this.adopter.adopt(device, adoptions);
  }
}

/** What came in one millisecond is not torn apart: the next page begins with an older one. */
const newestFirst = 'ORDER BY received DESC LIMIT {limit:UInt32} WITH TIES';

const notAfter = 'received <= fromUnixTimestamp64Milli({asOfMs:Int64})';
const beyond = `(newest < fromUnixTimestamp64Milli({newestMs:Int64})
  OR newest = fromUnixTimestamp64Milli({newestMs:Int64}) AND (device, quantity, unit, intervalS)
    > ({afterDevice:String}, {afterQuantity:String}, {afterUnit:String}, {afterIntervalS:UInt32}))`;

function positionParams([asOfMs, newestMs, device, quantity, unit, intervalS]: Position): Params {
  const row = { afterDevice: device, afterQuantity: quantity, afterUnit: unit, afterIntervalS: intervalS };
  return { asOfMs, newestMs, ...row };
}

function cursorOf(asOfMs: number, { receivedMs, device, quantity, unit, intervalS }: UnregisteredSummary) {
  const position: Position = [asOfMs, receivedMs, device, quantity, unit, intervalS];
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

function positionOf(cursor: string): Position {
  try {
    const given = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[];
    const kinds = ['number', 'number', 'string', 'string', 'string', 'number'];
    const whole = (value: unknown) =>
      typeof value === 'string' || (Number.isSafeInteger(value) && Number(value) >= 0);
    const fits = given.length === kinds.length && kinds.every((kind, i) => typeof given[i] === kind);
    if (fits && given.every(whole) && Number(given[5]) < 2 ** 32) return given as unknown as Position;
  } catch {
    // Falls through: not ours.
  }
  throw readingStoreErrors.BAD_POSITION();
}

function summaries(table: Table): UnregisteredSummary[] {
  const [device, quantity, unit] = ['device', 'quantity', 'unit'].map((name) => table.strings(name));
  const newest = table.f64('newest');
  const names = ['intervalS', 'readings', 'firstEnd', 'lastEnd'] as const;
  const [intervalS, readings, firstEnd, lastEnd] = names.map((name) => table.u32(name));
  return rows(table.rows, (i) => ({
    device: device![i]!,
    quantity: quantity![i]!,
    unit: unit![i]!,
    intervalS: intervalS![i]!,
    readings: readings![i]!,
    firstEnd: firstEnd![i]!,
    lastEnd: lastEnd![i]!,
    receivedMs: newest[i]!,
  }));
}

function ofDevices({ device, q = '', limit }: UnregisteredFilter): { where: string; params: Params } {
  const some = conditions({ ...(device === undefined ? {} : { device }), limit }, undefined);
  const where = `${some.where} AND ({q:String} = '' OR positionCaseInsensitiveUTF8(device, {q:String}) > 0)`;
  return { where, params: { ...some.params, q } };
}

function conditions(
  filter: EvidenceFilter,
  meters: Uint32Array | undefined,
): { where: string; params: Params } {
  const limit = Math.min(Math.max(filter.limit ?? 100, 1), 1_000);
  const where = ['1'];
  const params: Params = { limit };
  const at = (ms: number) => Math.max(0, Math.floor(ms));
  if (meters) {
    where.push('meter IN {meters:Array(UInt32)}');
    params.meters = meters;
  }
  if (filter.device !== undefined) {
    where.push('device = {device:String}');
    params.device = filter.device;
  }
  if (filter.code !== undefined) {
    where.push('code = {code:String}');
    params.code = filter.code;
  }
  if (filter.severity !== undefined) {
    where.push('severity = {severity:String}');
    params.severity = filter.severity;
  }
  if (filter.fromMs !== undefined) {
    where.push('received >= fromUnixTimestamp64Milli({fromMs:Int64})');
    params.fromMs = at(filter.fromMs);
  }
  if (filter.beforeMs !== undefined) {
    where.push('received < fromUnixTimestamp64Milli({beforeMs:Int64})');
    params.beforeMs = at(filter.beforeMs);
  }
  return { where: where.join(' AND '), params };
}

function rows<T>(count: number, of: (row: number) => T): T[] {
  return Array.from({ length: count }, (_, row) => of(row));
}
