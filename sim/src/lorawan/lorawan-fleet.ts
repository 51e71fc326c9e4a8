/**
 * LoRaWAN meters behind a simulated network server, which publishes over MQTT.
 *
 *   turn ─▶ join, when it was switched on ─▶ uplink with the last hours ─▶ lost? ─▶ PUBLISH event
 *             └─ class A: after an uplink the device takes one downlink of its queue
 *
 * A meter that could not send tells the hours it missed with its next uplink. Each sixth uplink wants an
 * acknowledgement; when that is lost, the same frame comes again.
 */
import type { Clock } from '@openami/model';
import { utf8Bytes } from '@openami/wire';
import { HOUR_S, hourOf } from '../calendar.ts';
import type { DayBooks } from '../day-books.ts';
import { canSend, turnAt } from '../delivery.ts';
import { Link } from '../link.ts';
import { chance, hash, Stream } from '../random.ts';
import type { LorawanDevice } from './lorawan-plan.ts';
import type {
  DownlinkWord,
  NetworkServerMessages,
  QueuedDownlink,
  ServerPublication,
} from './network-server.ts';
import { encodeUplink, uplinkPort, valvePort } from './payload.ts';

export interface LorawanFleetOptions {
  readonly devices: readonly LorawanDevice[];
  readonly messages: NetworkServerMessages;
  readonly books: DayBooks;
  readonly clock: Clock;
  /** Broker of the network server, `mqtt://host:port`. */
  readonly url: string;
  readonly username?: string;
  readonly password?: string;
  /** The hours since then are told with the first uplinks; default: those of the last day. */
  readonly sinceS?: number;
  /** Milliseconds of real time between two looks at the clock; default 1000. 0: the caller calls step(). */
  readonly tickMs?: number;
}

export interface LorawanStats {
  joins: number;
  /** Frames sent, lost ones and repeats included. */
  uplinks: number;
  lost: number;
  repeated: number;
  downlinks: number;
  published: number;
  acknowledged: number;
  failed: number;
  readonly underWay: number;
}

/** What a device and the network server know of each other. */
interface DeviceState {
  turn: number;
  isJoined: boolean;
  fCnt: number;
  fCntDown: number;
  isClosed: boolean;
  /** The hour told last in a frame that got through, epoch seconds. */
  toldS: number;
  readonly queue: QueuedDownlink[];
}

const LOSS = 0.02;
const CONFIRMED_EVERY = 6;
const ACK_LOSS = 0.1;
/** Hours told in each uplink, and at most after a gap. */
const [FEWEST_HOURS, MOST_HOURS] = [4, 48];
const MOST_QUEUED = 16;
const IN_FLIGHT = 512;
const REPEAT_MS = 4_000;

export class LorawanFleet {
  readonly #options: LorawanFleetOptions;
  readonly #link: Link;
  readonly #states: DeviceState[];
  readonly #startS: number;
  readonly #counts = {
    ...{ joins: 0, uplinks: 0, lost: 0, repeated: 0, downlinks: 0 },
    ...{ published: 0, acknowledged: 0, failed: 0 },
  };
  #serial = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: LorawanFleetOptions) {
    const { devices, clock, url, messages, username = '', password = '', tickMs = 1_000 } = options;
    this.#options = options;
    this.#startS = Math.floor(clock.nowMs() / 1_000);
    const toldS = options.sinceS ?? this.#startS - 24 * HOUR_S;
    this.#states = devices.map((device) => ({
      ...{ turn: turnAt(device, this.#startS), isJoined: false, fCnt: 0, fCntDown: 0, isClosed: false },
      ...{ toldS, queue: [] },
    }));
    this.#serial = this.#startS % 1e6;
    this.#link = new Link({
      ...{ url, username, password, inFlight: IN_FLIGHT, clientId: 'sim-network-server' },
      subscribe: [messages.commandFilter],
      onMessage: (topic, payload) => this.#command(topic, payload),
    });
    if (tickMs > 0) this.#timer = setInterval(() => this.step(), tickMs);
  }

  get stats(): LorawanStats {
    return { ...this.#counts, underWay: this.#link.underWay };
  }

  /** Whether the valve of a device is closed. */
  isClosed(devEui: string): boolean {
    return this.#states[this.#options.devices.findIndex((one) => one.devEui === devEui)]?.isClosed ?? false;
  }

  /** Waits for the connection, or the time-out; whether it is there. */
  opened(timeoutMs = 30_000): Promise<boolean> {
    return this.#link.opened(timeoutMs);
  }

  /** Lets every device send whose turn has come, once however long ago its last was. */
  step(): void {
    const { books, clock, devices } = this.#options;
    const nowS = clock.nowMs() / 1_000;
    if (!this.#link.ready()) return;
    books.advance(nowS);
    for (const [i, device] of devices.entries()) {
      const state = this.#states[i]!;
      const turn = turnAt(device, nowS);
      if (turn <= state.turn) continue;
      state.turn = turn;
      this.#takeTurn(device, state, device.phaseS + turn * device.everyS);
    }
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#link.close();
  }

  #takeTurn(device: LorawanDevice, state: DeviceState, atS: number): void {
    const { books, messages } = this.#options;
    const { meter } = device;
    const { world } = books;
    if (!canSend(world, meter, atS)) return;
    const bytes = this.#payload(device, state, atS);
    if (bytes === undefined) return;
    const atMs = atS * 1_000;
    const session = { devAddr: this.#devAddr(device), atMs };
    if (!state.isJoined) {
      state.isJoined = true;
      this.#counts.joins++;
      this.#publish(messages.join(device, { ...session, atMs: atMs - 6_000, serial: this.#serial++ }));
    }
    const fCnt = state.fCnt++;
    const confirmed = fCnt % CONFIRMED_EVERY === 0;
    const frame = { ...session, fCnt, fPort: uplinkPort, bytes, confirmed };
    this.#counts.uplinks++;
    const draw = chance(world.seed, Stream.uplink, meter.index, state.turn);
    // a confirmed frame is sent again until it is heard
    if (draw < LOSS && !confirmed) {
      this.#counts.lost++;
      return;
    }
    const isRepeated = confirmed && draw < ACK_LOSS;
    const last = this.#publish(messages.up(device, { ...frame, serial: this.#serial++ }), (acknowledged) => {
      if (acknowledged) state.toldS = Math.max(state.toldS, hourOf(atS));
    });
    if (last && isRepeated) {
      this.#counts.uplinks++;
      this.#counts.repeated++;
      this.#publish(messages.up(device, { ...frame, atMs: atMs + REPEAT_MS, serial: this.#serial++ }));
    }
    this.#sendDown(device, state, atMs);
  }

  /** Undefined where the meter shows nothing. */
  #payload(device: LorawanDevice, { toldS, isClosed }: DeviceState, atS: number): Uint8Array | undefined {
    const { books } = this.#options;
    const hourS = hourOf(atS);
    const litres = books.counts(device.register, hourS);
    if (litres === undefined) return undefined;
    const missed = Math.ceil((hourS - toldS) / HOUR_S);
    const hours = Math.max(FEWEST_HOURS, Math.min(MOST_HOURS, missed));
    const hourly = Array.from({ length: hours }, (_, i) => books.counts(device.values, hourS - i * HOUR_S));
    const batteryV = 3.7 - 0.6 * chance(books.world.seed, Stream.assign, device.meter.index, 7);
    return encodeUplink({ isClosed, batteryV, litres, hourly });
  }

  /** One downlink after an uplink, as a class A device listens. */
  #sendDown(device: LorawanDevice, state: DeviceState, atMs: number): void {
    const downlink = state.queue.shift();
    if (downlink === undefined) return;
    this.#counts.downlinks++;
    const { fPort, bytes, confirmed } = downlink;
    if (fPort === valvePort && bytes.length === 1) state.isClosed = bytes[0] === 0;
    const fCnt = state.fCntDown++;
    this.#tell(device, 'sent', downlink, fCnt, atMs + 1_000);
    if (confirmed) this.#tell(device, 'acked', downlink, fCnt, atMs + 3_000);
  }

  #command(topic: string, payload: Uint8Array): void {
    const { messages, devices, clock } = this.#options;
    const command = messages.commandOf(topic, payload);
    const i = command === undefined ? -1 : devices.findIndex(command.device);
    if (command === undefined || i < 0) return;
    const { queue, fCntDown } = this.#states[i]!;
    if (command.replace) queue.length = 0;
    for (const downlink of command.downlinks.slice(0, MOST_QUEUED - queue.length)) {
      queue.push(downlink);
      this.#tell(devices[i]!, 'queued', downlink, fCntDown, clock.nowMs());
    }
  }

  #tell(
    device: LorawanDevice,
    word: DownlinkWord,
    downlink: QueuedDownlink,
    fCnt: number,
    atMs: number,
  ): void {
    const session = { devAddr: this.#devAddr(device), atMs, serial: this.#serial++, fCnt };
    const news = this.#options.messages.news(device, word, downlink, session);
    if (news !== undefined) this.#publish(news);
  }

  #publish({ topic, payload }: ServerPublication, done: (acknowledged: boolean) => void = () => {}): boolean {
    const taken = this.#link.publish(topic, utf8Bytes(payload), (acknowledged) => {
      if (acknowledged) this.#counts.acknowledged++;
      else this.#counts.failed++;
      done(acknowledged);
    });
    if (taken) this.#counts.published++;
    return taken;
  }

  /** Another one after each start, as after each join. */
  #devAddr({ meter }: LorawanDevice): string {
    const address = hash(this.#options.books.world.seed, Stream.uplink, meter.index, this.#startS);
    return (address >>> 7).toString(16).padStart(8, '0');
  }
}
