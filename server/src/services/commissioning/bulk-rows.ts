/**
 * What is done with the rows of a list of meters: registered, keyed, installed, given a codec. Each row is
 * taken whole as far as it can be, a bad one costs only itself, and doing a row again changes nothing.
 */
import type { ListedMeter } from '@openami/exchange';
import { type HeardMeter, importKeys, type KeyRow, type KeyVault } from '@openami/headend';
import {
  type AccessContext,
  type Commodity,
  commodityOfMbusMedium,
  groupBy,
  keyKinds,
  OpenAmiError,
  type SecuritySuite,
} from '@openami/model';
import type { BulkOutcome, Meter } from '@openami/store';
import type { AppContext } from '../../context.ts';
import { meterNamed } from '../adopt.ts';
import { registerHeard } from '../register-radio.ts';
import { bulkErrors } from './errors.ts';

/** A row as it waits, sealed. */
export interface BulkRow {
  readonly line: number;
  readonly meter: ListedMeter;
  /** Keys as text under the names of their kinds, as key files have them. */
  readonly fields: Readonly<Record<string, string>>;
}

export interface BulkOptions {
  readonly commodity?: Commodity;
  readonly codec?: string;
  readonly onlyHeard?: boolean;
  readonly encoding?: 'hex' | 'base64';
  readonly suite?: SecuritySuite;
  readonly different?: 'reject' | 'stage';
  /** Whether who sent the list may give codecs that have `control`. */
  readonly mayControl?: boolean;
}

interface Work {
  readonly context: AppContext;
  readonly ctx: AccessContext;
  readonly options: BulkOptions;
}

/** Works on some rows. Raises what is not the fault of a row: the store is away, say. */
export async function workOnRows(work: Work, rows: readonly BulkRow[]): Promise<BulkOutcome[]> {
  const outcomes = new Map<number, BulkOutcome>();
  const fail = ({ line, meter }: BulkRow, error: OpenAmiError) =>
    outcomes.set(line, { line, name: meter.serial, code: error.code, detail: error.message });
  const meters = new Map<BulkRow, Meter>();
  await inLanes(groupBy(rows, ({ meter }) => meter.serial).values(), async (ofOneMeter) => {
    for (const row of ofOneMeter) {
      const error = await ofRow(async () => {
        meters.set(row, await registered(work, row));
      });
      if (error) fail(row, error);
    }
  });
  await work.context.directory.refresh();
  for (const { line, code, detail } of await keyed(work, meters))
    outcomes.set(line, { line, name: nameOf(rows, line), code, detail });
  for (const [row, meter] of meters) {
    if (outcomes.has(row.line)) continue;
    const error = await ofRow(() => completed(work, row, meter));
    if (error) fail(row, error);
    else outcomes.set(row.line, { line: row.line, name: meter.serial, code: '', detail: '' });
  }
  // rows to come may call their meters by addresses that these brought
  await work.context.directory.refresh();
  return [...outcomes.values()];
}

/** So many at once: what each waits for is the disk, which serves many as fast as one. */
const lanes = 8;

async function inLanes<T>(items: Iterable<T>, work: (item: T) => Promise<void>): Promise<void> {
  const waiting = items[Symbol.iterator]();
  const lane = async () => {
    for (let next = waiting.next(); !next.done; next = waiting.next()) await work(next.value);
  };
  const all = await Promise.allSettled(Array.from({ length: lanes }, lane));
  for (const one of all) if (one.status === 'rejected') throw one.reason;
}

const nameOf = (rows: readonly BulkRow[], line: number) =>
  rows.find((row) => row.line === line)?.meter.serial ?? '';

/** The error where it is one of the row. */
async function ofRow(step: () => Promise<void>): Promise<OpenAmiError | undefined> {
  try {
    await step();
    return undefined;
  } catch (error) {
    if (error instanceof OpenAmiError && error.fault !== 'ours' && error.fault !== 'closed') return error;
    throw error;
  }
}

/** The meter of a row, registered with its past where it is heard, else as in stock. */
async function registered({ context, ctx, options }: Work, { meter, fields }: BulkRow): Promise<Meter> {
  const { registry, radio, lorawan } = context;
  const names = [meter.serial, ...meter.addresses];
  let known: Meter | undefined;
  for (const name of names) known ??= await meterNamed(context, ctx, name);
  const heard = names.map((name) => radio.heard.get(name)).find((one) => one !== undefined);
  const isDevice = meter.devEui !== '' && lorawan.heard.get(meter.devEui) !== undefined;
  if (known === undefined && options.onlyHeard && heard === undefined && !isDevice)
    throw bulkErrors.BULK_NOT_HEARD();
  const commodity = known?.commodity ?? (meter.commodity || options.commodity || mediumOf(heard));
  if (commodity === undefined) throw bulkErrors.BULK_COMMODITY();
  if (known === undefined && heard === undefined) {
    const { serial, addresses, manufacturer, model } = meter;
    const made = { serial, addresses, manufacturer, model, commodity, state: 'in_stock' } as const;
    known = await registry.meters.create(ctx, made);
  }
  if (heard !== undefined && (known === undefined || isUnread(context, heard, known)))
    known = await fromTheAir({ context, ctx, options }, { heard, commodity, fields });
  return known!;
}

const mediumOf = (heard: HeardMeter | undefined) => heard && commodityOfMbusMedium(heard.type);

/** Nothing of it was ever stored, or its last telegram could not be read. */
function isUnread({ heard: read }: AppContext, { state }: HeardMeter, { id }: Meter): boolean {
  return state === 'no-key' || state === 'wrong-key' || read.of(id) === 0;
}

async function fromTheAir(
  { context, ctx, options }: Work,
  {
    heard,
    commodity,
    fields,
  }: {
    readonly heard: HeardMeter;
    readonly commodity: Commodity;
    readonly fields: Readonly<Record<string, string>>;
  },
): Promise<Meter> {
  const { wmbus } = fields;
  if (wmbus === undefined && heard.state !== 'plain') throw bulkErrors.BULK_NO_KEY(heard.name);
  const hex = wmbus === undefined ? undefined : Buffer.from(keyText(wmbus, options), 'hex').toString('hex');
  const body = { commodity, ...(hex === undefined ? {} : { key: hex }) };
  const { meterId } = await registerHeard(context, ctx, heard.name, body);
  return context.registry.meters.get(ctx, meterId);
}

/** The key in hexadecimal; what is no key is told by whoever checks it. */
function keyText(text: string, { encoding }: BulkOptions): string {
  return encoding === 'base64'
    ? Buffer.from(text, 'base64').toString('hex')
    : text.replace(/^0x/i, '').replace(/[\s:-]/g, '');
}

/** Keys of all rows at once; those that were refused. */
async function keyed(
  { context, ctx, options }: Work,
  meters: ReadonlyMap<BulkRow, Meter>,
): Promise<readonly { line: number; code: string; detail: string }[]> {
  const { registry, dlms } = context;
  const bySerial = new Map([...meters.values()].map(({ serial, id }) => [serial, id]));
  const rows = [...meters].flatMap(([{ line, fields }, { serial }]): KeyRow[] => {
    const holds = fields.title !== undefined || keyKinds.some((kind) => fields[kind] !== undefined);
    return holds ? [{ line, fields: { ...fields, serial } }] : [];
  });
  if (rows.length === 0) return [];
  const { encoding = 'hex', suite = 0, different = 'reject' } = options;
  const vault: KeyVault = await dlms.vault();
  const { rejects } = await importKeys(ctx, rowsOf(rows), {
    ...{ vault, store: registry.meterKeys, titles: registry.endpoints, encoding, suite, different },
    metersOf: async () => bySerial,
  });
  dlms.forget(...bySerial.values());
  return rejects;
}

async function* rowsOf(rows: readonly KeyRow[]): AsyncGenerator<KeyRow> {
  yield* rows;
}

/** Names, identity, place and codec of a meter, as far as its row says them. */
async function completed(
  { context, ctx, options }: Work,
  { meter: row }: BulkRow,
  meter: Meter,
): Promise<void> {
  await identified(context, ctx, row, meter);
  if (row.usagePoint !== '') await installed(context, ctx, row, meter);
  const codecId = row.codec || (options.codec ?? '');
  if (row.devEui === '' || codecId === '') return;
  const { codecs } = context.lorawan;
  if (codecs.assignment(row.devEui)?.codecId === codecId) return;
  const { mayControl = false } = options;
  const assigned = { devEui: row.devEui, codecId, meter: meter.serial };
  await context.lorawan.assign(ctx, { ...assigned, all: false, mayControl });
}

async function identified(
  { registry }: AppContext,
  ctx: AccessContext,
  { devEui, joinEui, profile, gateway, startIndex, addresses, manufacturer, model }: ListedMeter,
  meter: Meter,
): Promise<void> {
  const said = {
    ...(devEui ? { devEui } : {}),
    ...(joinEui ? { joinEui } : {}),
    ...(profile ? { profileId: profile } : {}),
    ...(gateway ? { gateway } : {}),
    ...(startIndex === null ? {} : { startIndex }),
  };
  const names = [...new Set([...meter.addresses, ...addresses])].filter((name) => name !== meter.serial);
  const attributes = { ...meter.attributes, ...said };
  const patch = {
    ...(same(attributes, meter.attributes) ? {} : { attributes }),
    ...(names.length === meter.addresses.length ? {} : { addresses: names }),
    ...(manufacturer && meter.manufacturer === '' ? { manufacturer } : {}),
    ...(model && meter.model === '' ? { model } : {}),
  };
  if (Object.keys(patch).length === 0) return;
  await registry.meters.update(ctx, meter.id, patch, meter.version);
}

const same = (a: object, b: object) => JSON.stringify(a) === JSON.stringify(b);

async function installed(
  { registry, clock }: AppContext,
  ctx: AccessContext,
  { usagePoint, installedAt }: ListedMeter,
  meter: Meter,
): Promise<void> {
  const point = await registry.usagePoints.find(ctx, usagePoint);
  if (point === undefined) throw bulkErrors.BULK_USAGE_POINT(usagePoint);
  const before = await registry.installations.ofMeter(ctx, meter.id);
  if (before.some(({ usagePointId, validUntil }) => usagePointId === point.id && validUntil === null)) return;
  const at = installedAt === '' ? new Date(clock.nowMs()) : new Date(installedAt);
  await registry.installations.install(ctx, { meterId: meter.id, usagePointId: point.id, at });
}
