/**
 * LoRaWAN devices: messages of network servers become readings by the codecs of the devices.
 *
 *   message ─▶ event ─▶ heard before? ─▶ codec ─▶ readings ─▶ ingest ─ fsync ─▶ its counter is noted ─▶ done
 *                                          └─ none, or it fails: kept, to be read once there is another
 */
import { type CommandDriver, defaultIngestLimits, type Ingest } from '@openami/headend';
import {
  type CodecDefinition,
  CodecHost,
  codecErrors,
  type DownlinkContent,
  type DownlinkSender,
  downlinkOf,
  LorawanCommandDriver,
  LorawanIntake,
  MBUS_DECODER,
  mbusPayloadDecoder,
  outputOf,
  scriptOf,
  type UplinkContent,
  type UplinkOutcome,
} from '@openami/headend/lorawan';
import { type AccessContext, type Clock, type Frame, OpenAmiError, systemAccess } from '@openami/model';
import type { LorawanAssignment, ReadingStore, RegistryStore } from '@openami/store';
import type { LorawanEvent, UplinkEvent } from '@openami/wire/lorawan';
import type { MbusKey } from '@openami/wire/mbus';
import type { ModelSet } from '@openami/wire/models';
import type { Config } from '../../config.ts';
import type { LorawanTaken } from '../../contract/lorawan.ts';
import { serverErrors } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import { keepHeard } from '../keep-heard.ts';
import type { LiveDirectory } from '../live-directory.ts';
import { atTrueTime, type Binding, bindingOf, isBoundTo, nameOfBinding } from './belief.ts';
import { CodecBook } from './codecs.ts';
import { fieldOf, unlessKilled } from './control.ts';
import { DownlinkDesk } from './downlinks.ts';
import {
  DeviceBook,
  factsAt,
  factsOf,
  factsOfJoin,
  factsOfStatus,
  factsOfUplink,
  type HeardDevice,
  type Said,
  stateOfContent,
} from './heard.ts';
import { KeptUplinks, type Replayed } from './kept.ts';
import { connectBroker, eventOfMessage, type ServerBroker, type ServerMessage } from './network-server.ts';

export interface LorawanOptions {
  readonly config: Config;
  readonly registry: Pick<RegistryStore, 'lorawan' | 'commands' | 'audit'>;
  readonly store: Pick<ReadingStore, 'evidence' | 'writer'>;
  readonly directory: LiveDirectory;
  readonly ingest: Pick<Ingest, 'accept' | 'refuse'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly models: ModelSet;
  /** How far the clocks of meters are ahead of UTC in winter, seconds. */
  readonly offsetS: number;
  /** The key of a registered meter of M-Bus, by its name. */
  readonly mbusKey: (name: string) => Promise<MbusKey | undefined>;
}

export class LorawanService {
  readonly heard = new DeviceBook();
  readonly codecs: CodecBook;
  readonly downlinks: DownlinkDesk;
  readonly #options: LorawanOptions;
  readonly #host: CodecHost;
  readonly #intake: LorawanIntake;
  readonly #kept: KeptUplinks;
  #broker: ServerBroker | undefined;

  constructor(options: LorawanOptions) {
    this.#options = options;
    const { registry, clock, log } = options;
    this.#host = new CodecHost();
    this.codecs = new CodecBook(registry.lorawan, this.#host);
    const keyOf = (devEui: string) => options.mbusKey(this.nameOf(devEui));
    const decoders = new Map([[MBUS_DECODER, mbusPayloadDecoder({ ...options, keyOf })]]);
    this.#intake = new LorawanIntake({ runner: this.#host, codecs: this.codecs, decoders });
    this.#kept = new KeptUplinks({
      ...options,
      intake: this.#intake,
      nameOf: (devEui) => this.nameOf(devEui),
      isOf: (event) => {
        const known = this.heard.get(event.device.devEui);
        return known === undefined || isBoundTo(known, bindingOf(event), false);
      },
    });
    const send: DownlinkSender = unlessKilled(
      registry,
      async (order) =>
        this.#broker?.send(order) ?? { outcome: 'not-sent', detail: 'no broker of a network server' },
    );
    this.downlinks = new DownlinkDesk({ registry: registry.lorawan, send, clock, log });
  }

  /** Whether the broker of the network server is there; undefined where none is configured. */
  connected(): boolean | undefined {
    return this.#broker?.client.connected();
  }

  /** Takes up what was known before. */
  async load(): Promise<void> {
    await this.codecs.refresh();
    const { registry } = this.#options;
    this.heard.restore((await registry.lorawan.heard.load(systemAccess)) as HeardDevice[]);
    this.heard.takeChanged();
    for (const { devEui, counter } of this.heard.all())
      if (counter !== null) this.#intake.counters.restore(devEui, counter);
  }

  /** Ends the process that runs codecs. */
  close(): void {
    this.#host.close();
  }

  /** Keeps what is heard, connects to the broker and works on downlinks; the returned function stops. */
  start(): () => Promise<void> {
    const { config, registry, log, clock } = this.#options;
    const stopKeeping = keepHeard(this.heard, registry.lorawan.heard, log);
    const take = (message: ServerMessage) => this.takeOrRefuse(message);
    this.#broker = connectBroker({ config, log, clock, take });
    const stopDownlinks = this.downlinks.start();
    return async () => {
      await stopDownlinks();
      await this.#broker?.client.close();
      await stopKeeping();
    };
  }

  /**
   * Takes a message of a network server; resolves when what comes of it is stored. Raises errors of
   * `lorawanErrors`; LORAWAN_OTHER_SERVER and LORAWAN_TIME for what is not believed, and is kept; and what
   * the store raises: then it is to be sent again.
   */
  async take(message: ServerMessage): Promise<LorawanTaken> {
    const event = eventOfMessage(message);
    const byBroker = message.applicationId !== undefined;
    const said = this.#believed(event, byBroker);
    if (!(said instanceof OpenAmiError)) return this.#take(said, message);
    const { body, sender } = message;
    const device = this.nameOf(event.device.devEui);
    await this.#options.ingest.refuse(said, { source: 'lorawan', device, sender, payload: body });
    throw said;
  }

  /** The event as it is believed, or why it is not. */
  #believed(event: LorawanEvent, byBroker: boolean): Said | OpenAmiError {
    const { devEui } = event.device;
    const known = this.heard.get(devEui);
    const from = bindingOf(event);
    if (known !== undefined && !isBoundTo(known, from, byBroker))
      return serverErrors.LORAWAN_OTHER_SERVER(
        `${devEui} is of ${nameOfBinding(known)}; the message is of ${nameOfBinding(from)}`,
      );
    try {
      return { ...atTrueTime(event, this.#options.clock.nowMs()), byBroker };
    } catch (error) {
      if (!(error instanceof OpenAmiError)) throw error;
      return error;
    }
  }

  /**
   * A device that moved to another network server, application or tenant: from now on it is heard from there.
   * Raises LORAWAN_NOT_HEARD.
   */
  async move(ctx: AccessContext, devEui: string, binding: Binding): Promise<HeardDevice> {
    const { registry, clock } = this.#options;
    const before = this.heard.get(devEui);
    if (before === undefined) throw serverErrors.LORAWAN_NOT_HEARD(devEui);
    await registry.audit.append(ctx, {
      ...{ action: 'move', objectKind: 'lorawan_device', objectId: devEui },
      data: { from: nameOfBinding(before), to: nameOfBinding(binding) },
    });
    this.#intake.counters.forget(devEui);
    this.heard.note(factsAt(before, binding), clock.nowMs());
    const moved = this.heard.get(devEui)!;
    await registry.lorawan.heard.save(systemAccess, [moved]);
    return moved;
  }

  /** As `take`; what cannot be read is kept with its reason, and is no fault of the connection. */
  async takeOrRefuse(message: ServerMessage): Promise<void> {
    const { body, sender, devEui, server } = message;
    let event: LorawanEvent;
    try {
      event = eventOfMessage(message);
    } catch (error) {
      if (!(error instanceof OpenAmiError)) throw error;
      await this.#options.ingest.refuse(error, {
        ...{ source: 'lorawan', device: devEui ?? sender, payload: body },
      });
      return;
    }
    const { lorawanMqttTenant: tenant } = this.#options.config;
    const isOther = server === 'chirpstack' && tenant !== '' && event.device.tenantId !== tenant;
    if (isOther) return;
    try {
      await this.take(message);
    } catch (error) {
      if (!isRefusal(error)) throw error;
    }
  }

  /** The name of a device's meter: that of its assignment, else the DevEUI as it is registered. */
  nameOf(devEui: string): string {
    const { memory } = this.#options.directory;
    const given = this.codecs.assignment(devEui)?.meter;
    if (given) return given;
    return [devEui, devEui.toUpperCase()].find((name) => memory.meter(name) !== 0) ?? devEui;
  }

  /** All names of a meter: its serial and addresses. */
  readonly namesOf = (serial: string): readonly string[] =>
    this.#options.directory.memory.addressesOf(serial);

  /** What takes commands to devices. */
  driver(): CommandDriver {
    const { config, clock } = this.#options;
    return new LorawanCommandDriver(fieldOf(this, config, clock));
  }

  /** The registered meter of a device; 0 for none. */
  meterOf(devEui: string): number {
    return this.#options.directory.memory.meter(this.nameOf(devEui));
  }

  /**
   * Gives a device a codec, and reads what was kept of it; `all`: also what was read before. `mayControl`:
   * whether who asks may decide which downlinks need a second person.
   */
  async assign(
    ctx: AccessContext,
    { all, mayControl, ...assignment }: LorawanAssignment & { all: boolean; mayControl: boolean },
  ): Promise<Replayed> {
    const { devEui } = assignment;
    await this.codecs.refresh();
    const before = this.nameOf(devEui);
    await this.codecs.assign(ctx, assignment, mayControl);
    return this.#replay(ctx, devEui, before, all);
  }

  /** Reads what was kept of a device and gave nothing, with the codec it has; how many gave readings. */
  async retry(ctx: AccessContext, devEui: string): Promise<number> {
    await this.codecs.refresh();
    return (await this.#replay(ctx, devEui, this.nameOf(devEui), false)).read;
  }

  async #replay(ctx: AccessContext, devEui: string, before: string, all: boolean): Promise<Replayed> {
    const replayed = await this.#kept.replay(ctx, devEui, before, all);
    const heard = this.heard.get(devEui);
    if (heard && replayed.lastKind !== undefined)
      this.heard.judge(devEui, stateOfContent[replayed.lastKind], replayed.code);
    return replayed;
  }

  /**
   * Bytes of a downlink that the codec of the device makes of an object. Raises errors of `codecErrors`:
   * CODEC_FPORT where the codec gives another port.
   */
  async encode(devEui: string, data: unknown, fPort: number): Promise<DownlinkContent> {
    const codec = this.codecs.codecFor(devEui);
    if (codec === undefined) throw codecErrors.CODEC_NONE(devEui);
    return this.#encodeBy(codec, data, fPort);
  }

  async #encodeBy(codec: CodecDefinition, data: unknown, fPort: number): Promise<DownlinkContent> {
    const answer = await this.#host.run(scriptOf(codec), 'encodeDownlink', { data, fPort });
    const content = downlinkOf(answer, fPort);
    if (content.fPort !== fPort) throw codecErrors.CODEC_FPORT(`${content.fPort} instead of ${fPort}`);
    return content;
  }

  /** Whether a downlink is, over the air, one by which a codec that the device ever had switches a supply. */
  async switches(devEui: string, { bytes, fPort }: DownlinkContent): Promise<boolean> {
    for (const codec of this.codecs.controlling(devEui)) {
      for (const order of [codec.control?.connect, codec.control?.disconnect]) {
        if (order === undefined) continue;
        const content = await this.#encodeBy(codec, order.data, order.fPort);
        if (content.fPort === fPort && Buffer.compare(content.bytes, bytes) === 0) return true;
      }
    }
    return false;
  }

  async #take(event: Said, { body, sender }: ServerMessage): Promise<LorawanTaken> {
    const { devEui } = event.device;
    const nowMs = this.#options.clock.nowMs();
    const known = this.heard.get(devEui);
    // also by one that a webhook brought before
    if (event.byBroker && known && known.byBroker !== true) this.heard.note(factsOf(known, event), nowMs);
    const noted = { devEui, event: event.type, outcome: 'noted', code: '' } as const;
    if (event.type === 'up') return this.#uplink(event, { body, sender, nowMs });
    const before = this.heard.get(devEui);
    if (event.type === 'join') {
      this.#intake.join(event);
      this.heard.note(factsOfJoin(before, event, event.serverMs ?? nowMs), nowMs);
    } else if (event.type === 'status') this.heard.note(factsOfStatus(before, event), nowMs);
    else if (event.type === 'downlink') await this.downlinks.news(event);
    return noted;
  }

  async #uplink(event: Said<UplinkEvent>, came: Came): Promise<LorawanTaken> {
    const { devEui } = event.device;
    const outcome = await this.#intake.take(event, came.nowMs);
    if (outcome.kind === 'duplicate') return { devEui, event: 'up', outcome: 'repeat', code: '' };
    const code = await this.#store(event, outcome, came);
    const known = this.heard.get(devEui);
    // it was bound elsewhere while this was stored
    if (known && !isBoundTo(known, bindingOf(event), event.byBroker))
      return { devEui, event: 'up', outcome: 'unread', code: 'LORAWAN_OTHER_SERVER' };
    // the frame is on disk: from now on it is a repeat
    const verdict = outcome.settle();
    if (verdict.kind !== 'duplicate') this.#hear(event, outcome, verdict, code);
    const isStored = outcome.kind === 'message' || outcome.kind === 'empty';
    return { devEui, event: 'up', outcome: isStored ? 'stored' : 'unread', code };
  }

  /** Stores what is in an uplink; the code of what is wrong with it. */
  async #store(event: UplinkEvent, content: UplinkContent, came: Came): Promise<string> {
    if (content.kind === 'empty') return '';
    const { devEui } = event.device;
    const { ingest, store } = this.#options;
    const { body, sender, nowMs } = came;
    const device = this.nameOf(devEui);
    const from = { source: 'lorawan', device, sender, receivedMs: nowMs } as const;
    if (content.kind === 'message') {
      const messages = [this.#kept.named(content.message, devEui)];
      const { rejected } = await ingest.accept({ ...from, messages, frame: body });
      return rejected[0]?.code ?? '';
    }
    const error = errorOf(content, event);
    // of a stranger, and of other ports, the frame alone is kept: it is nobody's fault that it is heard
    const isFault = content.kind === 'failed' || (content.kind === 'no-codec' && this.meterOf(devEui) !== 0);
    if (isFault) await ingest.refuse(error, { ...from, payload: body });
    else {
      const payload = body.subarray(0, defaultIngestLimits.frameBytes);
      const frame: Frame = {
        ...{ receivedMs: nowMs, source: 'lorawan', device, meter: this.meterOf(devEui), payload },
        ...{ accepted: 0, outcome: error.code },
      };
      await store.writer.commit({ frames: [frame] });
    }
    return error.code;
  }

  #hear(
    event: Said<UplinkEvent>,
    content: Exclude<UplinkOutcome, { kind: 'duplicate' }>,
    verdict: Parameters<typeof factsOfUplink>[2],
    code: string,
  ): void {
    const { devEui } = event.device;
    const { kind, time } = content;
    const counter = this.#intake.counters.state(devEui);
    const state = this.codecs.codecFor(devEui)?.control?.state;
    const outputOn = kind === 'message' ? outputOf(state, content.data) : undefined;
    // a frame that was late says nothing of now
    const isNews = verdict.kind !== 'late' && outputOn !== undefined;
    // one that waited in a broker says nothing of what was sent meanwhile
    const nowMs = this.#options.clock.nowMs();
    const atS = Math.floor(Math.min(event.serverMs ?? nowMs, nowMs) / 1_000);
    const supply = isNews ? { outputOn, atS } : undefined;
    const facts = factsOfUplink(this.heard.get(devEui), event, verdict, counter, supply);
    this.heard.telegram(facts, time.ms, stateOfContent[kind], code);
    for (const rx of event.rx) this.heard.path(facts, rx.gatewayId, time.ms, rx);
  }
}

interface Came {
  readonly body: Uint8Array;
  readonly sender: string;
  readonly nowMs: number;
}

/** What is kept with its reason, and comes no better when it comes again. */
const isRefusal = (error: unknown): boolean =>
  error instanceof OpenAmiError && (error.code === 'LORAWAN_OTHER_SERVER' || error.code === 'LORAWAN_TIME');

function errorOf(
  content: Exclude<UplinkContent, { kind: 'message' | 'empty' }>,
  { device, fPort }: UplinkEvent,
): OpenAmiError {
  if (content.kind === 'failed') return content.error;
  if (content.kind === 'no-codec') return codecErrors.CODEC_NONE(device.devEui);
  return codecErrors.CODEC_PORT(`port ${fPort} of ${device.devEui}`);
}
