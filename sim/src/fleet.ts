/**
 * The live devices: every meter sends its readings over MQTT as the clock reaches them.
 *
 *   clock ─▶ step(): whose turn is it? ─▶ reachable? ─▶ readings since the last acknowledged ─▶ PUBLISH
 *                                                              ▲                                  │
 *                                                              └────────── PUBACK ────────────────┘
 *
 * Memory is bounded because nothing is queued: a meter keeps its load profile (the day books of the last
 * days, shared by all) and a mark of what was acknowledged, and sends everything since in one message.
 */
import type { Clock } from '@openami/model';
import { encodePush, type PushBody } from '@openami/wire';
import { DAY_S, SLOT_S } from './calendar.ts';
import { type DayBooks, openDayBooks, PROFILE_DAYS } from './day-books.ts';
import { canSend, clockOffsetS, downtimes, fateOf, recoveryS } from './delivery.ts';
import { simErrors } from './errors.ts';
import { eventsOn, type SimEvent } from './events.ts';
import { type FleetDevice, type FleetPlan, type FleetShape, planFleet } from './fleet-plan.ts';
import { Link } from './link.ts';
import { bodyOf, eventsTopic, malformedOf, readingsTopic, seriesOf } from './messages.ts';
import type { World } from './world-types.ts';

export interface FleetOptions extends FleetShape {
  readonly world: World;
  /** The simulated clock the head-end runs on as well. */
  readonly clock: Clock;
  /** `mqtt://host:port` */
  readonly url: string;
  /** Secret of each user name of the plan. */
  readonly password: (username: string) => string | undefined;
  /** Where the world's past was stored up to; default: the clock's now. */
  readonly sinceS?: number;
  /** What the meters measured, where others share it; they are read up to `sinceS` at least. */
  readonly books?: DayBooks;
  /** Milliseconds of real time between two looks at the clock; default 100. 0: the caller calls step(). */
  readonly tickMs?: number;
  /** Messages under way on one connection; default 128. */
  readonly inFlight?: number;
}

export interface FleetStats {
  readonly devices: number;
  readonly connections: number;
  readonly connected: number;
  published: number;
  acknowledged: number;
  failed: number;
  readings: number;
  events: number;
  malformed: number;
  repeated: number;
  readonly underWay: number;
  readonly reconnects: number;
}

/** Turns taken in one step, so that a step never holds the program for long. */
const TURNS_A_STEP = 400;

export class Fleet {
  readonly plan: FleetPlan;
  readonly #world: World;
  readonly #clock: Clock;
  readonly #links: Link[];
  readonly #books: DayBooks;
  /** Stamp of the newest reading of each device that was acknowledged. */
  readonly #marks: Float64Array;
  /** Last day whose lost messages were fetched. */
  readonly #fetched: Int32Array;
  readonly #busy: Uint8Array;
  readonly #turnOf = new Map<string, number>();
  readonly #counts = {
    published: 0,
    acknowledged: 0,
    failed: 0,
    readings: 0,
    events: 0,
    malformed: 0,
    repeated: 0,
  };
  #slotS: number;
  #turn = 0;
  #events: SimEvent[] = [];
  #eventDay = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: FleetOptions, books: DayBooks) {
    const { world, clock } = options;
    this.#world = world;
    this.#clock = clock;
    this.#books = books;
    this.plan = planFleet(world, options);
    // All secrets before the first connection, so that a missing one leaves none open.
    const secrets = this.plan.users.map(({ username }) => {
      const password = options.password(username);
      if (password === undefined) throw simErrors.SIM_CREDENTIALS(`no secret for ${username}`);
      return { username, password };
    });
    const { url, inFlight = 128 } = options;
    this.#links = secrets.map((secret) => new Link({ url, inFlight, ...secret }));
    const sinceS = options.sinceS ?? clock.nowMs() / 1000;
    this.#slotS = Math.floor(clock.nowMs() / 1000 / SLOT_S - 1) * SLOT_S;
    this.#marks = Float64Array.from(this.plan.devices, (device) => firstMark(world, device, sinceS));
    this.#fetched = new Int32Array(this.plan.devices.length).fill(world.days.dayOf(sinceS) - 2);
    this.#busy = new Uint8Array(this.plan.devices.length);
    for (const [i, device] of this.plan.devices.entries()) this.#turnOf.set(device.serial, i);
    this.#eventDay = world.days.dayOf(sinceS);
    this.#events = eventsOn(world, this.#eventDay).filter((event) => event.atS >= sinceS);
  }

  /** Looks at the clock every `tickMs` of real time. */
  start(tickMs: number): void {
    this.#timer = setInterval(() => this.step(), tickMs);
  }

  /** Waits until every link connected once, or the time-out; how many are. */
  async opened(timeoutMs = 30_000): Promise<number> {
    const all = await Promise.all(this.#links.map((link) => link.opened(timeoutMs)));
    return all.filter(Boolean).length;
  }

  get stats(): FleetStats {
    return {
      ...this.#counts,
      devices: this.plan.devices.length,
      connections: this.#links.length,
      connected: this.#links.filter((link) => link.connected).length,
      underWay: this.#links.reduce((sum, link) => sum + link.underWay, 0),
      reconnects: this.#links.reduce((sum, link) => sum + link.reconnects, 0),
    };
  }

  /** Lets every meter whose turn has come send; at most a bounded number a call. True: more is due. */
  step(): boolean {
    const nowS = this.#clock.nowMs() / 1000;
    this.#sendEvents(nowS);
    const { devices } = this.plan;
    // After a pause there is no point in turns long past: the next turn sends everything since.
    if (nowS - this.#slotS > 4 * SLOT_S) this.#slotS = Math.floor(nowS / SLOT_S) * SLOT_S - SLOT_S;
    for (let turns = 0; turns < TURNS_A_STEP; turns++) {
      if (this.#turn === devices.length) {
        this.#turn = 0;
        this.#slotS += SLOT_S;
      }
      const device = devices[this.#turn]!;
      if (this.#slotS + device.sendDelayS > nowS) return false;
      this.#takeTurn(this.#turn, device, nowS);
      this.#turn++;
    }
    return true;
  }

  /** Closes the connections; what was not acknowledged is sent by the next fleet. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#links.map((link) => link.close()));
  }

  #takeTurn(i: number, device: FleetDevice, nowS: number): void {
    if (this.#busy[i] === 1 || !this.#links[device.user]!.ready()) return;
    if (!canSend(this.#world, device.meter, nowS)) return;
    this.#books.advance(nowS);
    this.#fetchLost(i, device, this.#world.days.dayOf(nowS), nowS);
    const untilS = stamp(device, this.#slotS);
    const afterS = Math.max(this.#marks[i]!, untilS - (PROFILE_DAYS - 1) * DAY_S);
    if (untilS <= afterS) return;
    const body = this.#body(device, nowS, afterS, untilS, 'regular');
    if (body === undefined) {
      this.#marks[i] = untilS;
      return;
    }
    this.#busy[i] = 1;
    const sent = this.#send(device, body, (acknowledged) => {
      this.#busy[i] = 0;
      if (acknowledged) this.#marks[i] = untilS;
    });
    if (!sent) {
      this.#busy[i] = 0;
      return;
    }
    if (fateOf(this.#world, device.meter, untilS) === 'duplicated' && this.#send(device, body, () => {})) {
      this.#counts.repeated++;
    }
    this.#sendMalformed(device, body, untilS);
  }

  /** In the morning the messages lost on the day before are asked for and come. */
  #fetchLost(i: number, device: FleetDevice, today: number, nowS: number): void {
    const day = today - 1;
    if (this.#fetched[i]! >= day || nowS < recoveryS(this.#world, device.meter, day)) return;
    const { days } = this.#world;
    const body = this.#body(device, nowS, days.start(day), days.start(day + 1), 'recovered');
    const fetched = this.#fetched[i]!;
    this.#fetched[i] = day;
    if (body === undefined) return;
    const failed = (): void => {
      this.#fetched[i] = fetched;
    };
    const sent = this.#send(device, body, (acknowledged) => {
      if (!acknowledged) failed();
    });
    if (!sent) failed();
  }

  #body(
    device: FleetDevice,
    nowS: number,
    afterS: number,
    untilS: number,
    selection: 'regular' | 'recovered',
  ): PushBody | undefined {
    const series = seriesOf(
      this.#world,
      device.meter,
      (day) => this.#books.get(day),
      afterS,
      untilS,
      selection,
    );
    return series.length === 0 ? undefined : bodyOf(device.meter, device.serial, nowS, series);
  }

  #send(device: FleetDevice, body: PushBody, done: (acknowledged: boolean) => void): boolean {
    const link = this.#links[device.user]!;
    // Concentrators speak CBOR, meters with a modem of their own JSON.
    const format = this.plan.users[device.user]!.reportsFor.length > 0 ? 'cbor' : 'json';
    const taken = link.publish(readingsTopic(device.serial), encodePush(format, body), (acknowledged) => {
      this.#acknowledge(acknowledged);
      done(acknowledged);
    });
    if (!taken) return false;
    this.#counts.published++;
    for (const series of body.series ?? []) {
      this.#counts.readings += series.readings?.length ?? series.values?.length ?? 0;
    }
    return true;
  }

  #acknowledge(acknowledged: boolean): void {
    if (acknowledged) this.#counts.acknowledged++;
    else this.#counts.failed++;
  }

  #sendMalformed(device: FleetDevice, body: PushBody, endS: number): void {
    const payload = malformedOf(this.#world, device.meter, endS, body);
    if (payload === undefined) return;
    const link = this.#links[device.user]!;
    if (link.publish(readingsTopic(device.serial), payload, (ok) => this.#acknowledge(ok))) {
      this.#counts.published++;
      this.#counts.malformed++;
    }
  }

  #sendEvents(nowS: number): void {
    const today = this.#world.days.dayOf(nowS);
    while (this.#eventDay < today) {
      this.#eventDay = Math.max(this.#eventDay + 1, today - 1);
      this.#events.push(...eventsOn(this.#world, this.#eventDay));
    }
    while (this.#events.length > 0 && this.#events[0]!.atS <= nowS) {
      const event = this.#events[0]!;
      const turn = this.#turnOf.get(event.meter.serial);
      const device = turn === undefined ? undefined : this.plan.devices[turn]!;
      if (device === undefined || !this.#sendEvent(device, event, nowS)) {
        // An event nobody can send now is lost, as a last gasp on a dead link is.
        this.#counts.failed += device === undefined ? 0 : 1;
      }
      this.#events.shift();
    }
  }

  #sendEvent(device: FleetDevice, event: SimEvent, nowS: number): boolean {
    const { code, atS, detail } = event;
    const body: PushBody = {
      meter: device.serial,
      sent: Math.floor(nowS),
      events: [{ code, at: atS, detail }],
    };
    const taken = this.#links[device.user]!.publish(
      eventsTopic(device.serial),
      encodePush('json', body),
      (ok) => this.#acknowledge(ok),
    );
    if (taken) {
      this.#counts.published++;
      this.#counts.events++;
    }
    return taken;
  }
}

/** What the meter's clock shows at the true end of an interval, on its own grid. */
function stamp(device: FleetDevice, endS: number): number {
  return endS + Math.round(clockOffsetS(device.meter, endS) / SLOT_S) * SLOT_S;
}

/** Newest stamp of a device that was received before an instant, by the rules of delivery. */
function firstMark(world: World, device: FleetDevice, sinceS: number): number {
  const down = downtimes(world, device.meter, world.days.dayOf(sinceS));
  let sentS = sinceS - device.sendDelayS;
  for (let again = true; again; ) {
    again = false;
    for (const { fromS, untilS } of down) {
      if (sentS >= fromS && sentS < untilS) {
        sentS = fromS - device.sendDelayS;
        again = true;
      }
    }
  }
  return stamp(device, Math.floor(sentS / SLOT_S) * SLOT_S);
}

/**
 * Starts the devices of a world. The registers are brought up to the clock first, a day at a time with
 * pauses, so that a server starting at the same time is not held up.
 */
export async function runFleet(options: FleetOptions): Promise<Fleet> {
  const { world, clock } = options;
  const sinceS = options.sinceS ?? clock.nowMs() / 1000;
  const books = options.books ?? (await openDayBooks(world, sinceS));
  const fleet = new Fleet(options, books);
  const tickMs = options.tickMs ?? 100;
  if (tickMs > 0) fleet.start(tickMs);
  return fleet;
}
