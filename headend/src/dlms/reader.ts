/**
 * The driver of collection for DLMS meters: one session, the missing entries of each profile, registers and
 * logs, each stored for good before the next is asked for.
 *
 * What the meter proves not to have (it answered for the time and its clock is past it) is stored as
 * `missing`, so that it is not asked for again: what is known is in the store and nowhere else.
 */
import { type Clock, type Commodity, OpenAmiError, Quality } from '@openami/model';
import type { PushEvent, PushMessage } from '@openami/wire';
import {
  cosemUnit,
  decodeScalerUnit,
  encodeWrapper,
  numberOf,
  resultError,
  type ScalerUnit,
} from '@openami/wire/dlms';
import type { Reader, ReadSession } from '../collect/collector.ts';
import { canonical, channelsOfItem, type PlannedChannel } from '../collect/item-channels.ts';
import type { ReadRequest } from '../collect/need.ts';
import { gridOf } from '../collect/plan.ts';
import type { CollectOutcome } from '../collect/scheduler.ts';
import type { BusyMeters, CommandMeter } from '../commands/driver.ts';
import { dlmsLogOf, mapDlmsEvent } from '../events/dlms-events.ts';
import type { Ingest } from '../ingest/types.ts';
import type { DlmsField, FieldOutcome } from './field.ts';
import { clockOf } from './meter-clock.ts';
import { type DescribedProfile, ProfileBook } from './profile-book.ts';
import { type FlaggedSeries, instanceOfObis, missingSeries, scaled, seriesOfRows } from './profile-rows.ts';
import type { MeterSession } from './session.ts';

/** A meter as reading it needs it. */
export interface ReadMeter extends CommandMeter {
  readonly commodity: Commodity;
  /** IANA zone of its usage point. */
  readonly zone: string;
  readonly channels: readonly PlannedChannel[];
}

export interface DlmsReaderOptions {
  readonly field: DlmsField;
  readonly ingest: Pick<Ingest, 'accept'>;
  readonly clock: Clock;
  readonly busy: BusyMeters;
  /** Undefined for a meter that is not registered, or has no endpoint of this protocol. */
  meter(meterId: number): Promise<ReadMeter | undefined>;
  /** Told of each read of an item that leaves no reading behind: logs. */
  readonly onItemRead?: (meterId: number, obis: string, atS: number) => void;
  readonly log: { warn(data: object, message: string): void };
}

/** A clock that is off by more proves nothing about rows. */
const provenDriftS = 300;

interface Progress {
  stored: number;
}

export class DlmsReader implements Reader {
  readonly #options: DlmsReaderOptions;
  readonly #profiles: ProfileBook;

  constructor(options: DlmsReaderOptions) {
    this.#options = options;
    this.#profiles = new ProfileBook(options.clock);
  }

  async read(session: ReadSession, signal: AbortSignal): Promise<CollectOutcome> {
    const { busy, field, log } = this.#options;
    if (!busy.take(session.meter)) return { kind: 'busy' };
    const progress: Progress = { stored: 0 };
    try {
      const meter = await this.#options.meter(session.meter);
      if (meter === undefined) return { kind: 'meter' };
      const evidence = new Evidence(meter);
      const outcome = await field.run(
        meter,
        'collection',
        (open) => this.#readAll(open, meter, session.requests, progress, evidence, signal),
        { signal, onReceived: (apdu) => evidence.add(apdu) },
      );
      return outcomeOf(outcome, progress);
    } catch (error) {
      // Before any session (no key, no address, no vault), or the program fails over what this meter says.
      log.warn({ err: error, meter: session.meter }, 'A meter could not be read');
      const isOurs = error instanceof OpenAmiError && error.fault === 'ours';
      return isOurs ? { kind: 'returned', pause: true } : { kind: 'meter' };
    } finally {
      busy.release(session.meter);
    }
  }

  async #readAll(
    open: MeterSession,
    meter: ReadMeter,
    requests: readonly ReadRequest[],
    progress: Progress,
    evidence: Evidence,
    signal: AbortSignal,
  ): Promise<void> {
    const meterS = await clockOf(open.client, signal);
    const nowS = this.#options.clock.nowMs() / 1000;
    const isProof = Math.abs(meterS - nowS) <= provenDriftS;
    const absent: { read: Read; why: OpenAmiError }[] = [];
    for (const request of requests) {
      evidence.clear();
      const read = { open, meter, request, meterS, isProof, signal };
      try {
        await this.#store(read, await this.#readOne(read), evidence);
        progress.stored += 1;
      } catch (error) {
        if (!(error instanceof OpenAmiError) || !absentCodes.has(error.code)) throw error;
        absent.push({ read, why: error });
      }
    }
    evidence.clear();
    for (const { read, why } of absent) {
      // Who is refused everything has come as the wrong client: that says nothing of what the meter has.
      if (progress.stored === 0 && why.code === 'DLMS_ACCESS_DENIED') throw why;
      // The meter has no such object, or does not give it: there is nothing that could be asked for again.
      const { item } = read.request;
      const missing = missingSeries(channelsOfItem(item, meter.channels), endsOf(read));
      await this.#store(read, message(meter, meterS, missing, []), evidence);
    }
  }

  #readOne(read: Read): Promise<PushMessage> {
    const { kind } = read.request.item;
    if (kind === 'profile') return this.#readProfile(read);
    return kind === 'registers' ? this.#readRegisters(read) : this.#readEvents(read);
  }

  async #readProfile({ open, meter, request, meterS, isProof, signal }: Read): Promise<PushMessage> {
    const { item, fromS, toS } = request;
    const described = await this.#profiles.of(open, meter.meterId, instanceOfObis(item.obis[0]!), signal);
    const { description, scalers } = described;
    const profile = await this.#rows(open, meter, described, { fromS: fromS + 1, toS }, signal);
    const periodS = typeof item.period === 'number' ? item.period : description.capturePeriodS || 86_400;
    const series = seriesOfRows({
      ...{ profile, scalers },
      channels: channelsOfItem(item, meter.channels),
      ...{ periodS, ends: gridOf(item, meter.zone).ends(fromS, toS) },
      // The newest row may be being written.
      provenUntilS: isProof ? meterS - Math.min(periodS, 900) : Number.NEGATIVE_INFINITY,
    });
    return message(meter, meterS, series, []);
  }

  async #rows(
    open: MeterSession,
    meter: ReadMeter,
    { description }: DescribedProfile,
    range: { readonly fromS: number; readonly toS: number },
    signal: AbortSignal,
  ) {
    try {
      return await open.client.readProfile(description, range, signal);
    } catch (error) {
      // What it captures may have been changed: described anew at the next session.
      this.#profiles.forget(meter.meterId);
      throw error;
    }
  }

  async #readRegisters({ open, meter, request, meterS, signal }: Read): Promise<PushMessage> {
    const { obis } = request.item;
    const items = obis.flatMap((name) =>
      [2, 3].map((attribute) => ({ attribute: { classId: 3, instance: instanceOfObis(name), attribute } })),
    );
    const results = await open.client.getMany(items, signal);
    const nowS = Math.floor(this.#options.clock.nowMs() / 1000);
    const series = obis.map((name, i) => {
      const [value, scaler] = [results[i * 2]!, results[i * 2 + 1]!];
      const unit = scaler.kind === 'data' ? decodeScalerUnit(scaler.value) : undefined;
      const raw = value.kind === 'data' ? numberOf(value.value) : undefined;
      return registerSeries(name, nowS, raw, unit);
    });
    const absent = channelsOfItem(request.item, meter.channels).filter(
      (channel) => !series.some((one) => one?.quantity === canonical(channel.obis)),
    );
    const there = series.filter((one) => one !== undefined);
    const refused = results.find((one) => one.kind === 'error');
    if (there.length === 0 && refused) throw resultError(refused.value, obis.join(' '));
    return message(meter, meterS, [...there, ...missingSeries(absent, [nowS])], []);
  }

  async #readEvents(read: Read): Promise<PushMessage> {
    const events: PushEvent[] = [];
    const refused: OpenAmiError[] = [];
    for (const name of read.request.item.obis) {
      try {
        events.push(...(await this.#readLog(read, instanceOfObis(name))));
      } catch (error) {
        // Models differ in the logs they have.
        if (!(error instanceof OpenAmiError) || !absentCodes.has(error.code)) throw error;
        refused.push(error);
      }
    }
    if (refused.length === read.request.item.obis.length) throw refused[0]!;
    return message(read.meter, read.meterS, [], events);
  }

  async #readLog({ open, meter, request, meterS, signal }: Read, instance: string): Promise<PushEvent[]> {
    const described = await this.#profiles.of(open, meter.meterId, instance, signal);
    const nowS = this.#options.clock.nowMs() / 1000;
    // The log has the meter's time: what it wrote since the last read may be dated before that.
    const behindS = Number.isNaN(meterS) ? 0 : Math.max(0, nowS - meterS);
    const range = { fromS: Math.floor(request.fromS - behindS), toS: request.toS };
    const { columns, rows, timeS } = await this.#rows(open, meter, described, range, signal);
    const code =
      columns.find(({ object }) => dlmsLogOf(object.instance) !== undefined) ??
      columns.find(({ object }) => object.classId === 1);
    const log = code && (dlmsLogOf(code.object.instance) ?? dlmsLogOf(instance));
    const events: PushEvent[] = [];
    for (let row = 0; log !== undefined && row < rows; row++) {
      const at = timeS[row]!;
      if (Number.isNaN(at) || Number.isNaN(code!.raw[row]!)) continue;
      const { code: cim, detail } = mapDlmsEvent(log, code!.raw[row]!, meter.commodity);
      events.push({ code: cim, at, detail });
    }
    return events;
  }

  async #store({ meter, request }: Read, found: PushMessage, evidence: Evidence): Promise<void> {
    await this.#options.ingest.accept({
      ...{ source: 'dlms', device: meter.serial, messages: [found], keepMissing: true },
      frame: evidence.bytes(),
    });
    // A log leaves no reading that would tell that it was read; an absent one is read, too.
    if (request.item.kind !== 'events') return;
    for (const name of request.item.obis) this.#options.onItemRead?.(meter.meterId, name, request.toS);
  }
}

interface Read {
  readonly open: MeterSession;
  readonly meter: ReadMeter;
  readonly request: ReadRequest;
  readonly meterS: number;
  readonly isProof: boolean;
  readonly signal: AbortSignal;
}

/** The answers of one request as they came, each in a wrapper frame, as `openami decode dlms` takes them. */
class Evidence {
  readonly #from: { readonly source: number; readonly destination: number };
  #frames: Uint8Array[] = [];

  constructor({ endpoint }: ReadMeter) {
    this.#from = { source: endpoint.serverSap ?? 1, destination: endpoint.clientSap ?? 16 };
  }

  add(apdu: Uint8Array): void {
    this.#frames.push(encodeWrapper({ ...this.#from, apdu }));
  }

  clear(): void {
    this.#frames = [];
  }

  bytes(): Uint8Array {
    return Buffer.concat(this.#frames);
  }
}

function message(
  { serial }: ReadMeter,
  meterS: number,
  series: readonly FlaggedSeries[],
  events: readonly PushEvent[],
): PushMessage {
  const sentMs = Number.isNaN(meterS) ? 0 : meterS * 1000;
  return { device: serial, sentMs, series, events, rejects: [], rejectCount: 0 };
}

/** One value; undefined when the meter does not give it. */
function registerSeries(
  obis: string,
  atS: number,
  raw: number | undefined,
  scaler: ScalerUnit | undefined,
): FlaggedSeries | undefined {
  const unit = scaler && cosemUnit(scaler.unit)?.unit;
  if (raw === undefined || scaler === undefined || !unit) return undefined;
  return {
    ...{ quantity: canonical(obis), unit, intervalS: 0, length: 1 },
    ...{ end: Float64Array.of(atS), flags: new Uint32Array(1) },
    value: Float64Array.of(scaled(raw, scaler.scaler)),
    quality: Uint8Array.of(Quality.raw),
  };
}

/** Ends that were asked for and that the meter will not have any more. */
function endsOf({ request, meter, isProof, meterS }: Read): number[] {
  const { item, fromS, toS } = request;
  if (!isProof) return [];
  if (item.kind !== 'profile') return [Math.floor(toS)];
  return [...gridOf(item, meter.zone).ends(fromS, toS)].filter((end) => end <= meterS);
}

const absentCodes = new Set(['DLMS_OBJECT_UNDEFINED', 'DLMS_ACCESS_DENIED']);

const linkCodes = new Set([
  ...[
    'DLMS_UNREACHABLE',
    'DLMS_METER_OFFLINE',
    'DLMS_LINK_CHECK',
    'DLMS_LINK_TRUNCATED',
    'DLMS_LINK_SEGMENT',
  ],
]);
const busyCodes = new Set(['DLMS_METER_BUSY', 'DLMS_LINE_BUSY', 'DLMS_TEMPORARY_FAILURE']);

function outcomeOf(outcome: FieldOutcome<void>, { stored }: Progress): CollectOutcome {
  if (outcome.ok) return { kind: 'read' };
  const { code, fault } = outcome.error;
  if (busyCodes.has(code)) return { kind: 'busy' };
  if (fault === 'timeout' || fault === 'closed' || linkCodes.has(code)) {
    // Something was stored: the meter is none that never answers.
    return { kind: 'link', ...(stored > 0 ? { progress: true } : {}) };
  }
  return fault === 'ours' ? { kind: 'returned', pause: true } : { kind: 'meter' };
}
