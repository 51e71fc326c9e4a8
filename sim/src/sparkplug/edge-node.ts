/**
 * An edge node of Sparkplug B with heat meters behind it: births tell names, aliases and units, data come by
 * alias, what was missed comes as historical, and a rebirth is given when it is asked for.
 *
 *   connect (will: NDEATH of this session) ─▶ NBIRTH ─▶ DBIRTH of each meter ─▶ DDATA each hour
 */
import type { Clock } from '@openami/model';
import {
  decodeSparkplug,
  encodeSparkplug,
  type SparkplugMetric,
  type SparkplugPayload,
  sparkplugTypes,
} from '@openami/wire/sparkplug';
import { HOUR_S, hourOf } from '../calendar.ts';
import { type DayBooks, hourlyRegisterOf } from '../day-books.ts';
import { type Turns, turnAt, turnsOf } from '../delivery.ts';
import { Link } from '../link.ts';
import { metersSpeaking } from '../protocols.ts';
import type { SimChannel, SimMeter, World } from '../world-types.ts';

export interface EdgeNodeOptions {
  readonly meters: readonly SimMeter[];
  readonly books: DayBooks;
  readonly clock: Clock;
  /** `mqtt://host:port` */
  readonly url: string;
  readonly username: string;
  readonly password: string;
  readonly group: string;
  readonly node: string;
  /** The hours since then are told first; default: the last one. */
  readonly sinceS?: number;
  /** Seconds between two reports of a meter; default 3600. */
  readonly everyS?: number;
  /** Milliseconds of real time between two looks at the clock; default 1000. 0: the caller calls step(). */
  readonly tickMs?: number;
}

export interface EdgeNodeStats {
  births: number;
  rebirths: number;
  published: number;
  acknowledged: number;
  failed: number;
  readonly underWay: number;
}

interface Device {
  readonly meter: SimMeter;
  readonly channel: SimChannel;
  readonly alias: number;
  readonly turns: Turns;
  turn: number;
  /** The newest hour that was acknowledged. */
  markS: number;
  isBusy: boolean;
}

const IN_FLIGHT = 128;
const SEQUENCE = 256;
const rebirthName = 'Node Control/Rebirth';

/** Topics an edge node publishes and subscribes to, as a credential wants them. */
export function sparkplugTopics(group: string, node: string): readonly string[] {
  return [`spBv1.0/${group}/+/${node}/#`];
}

/** The first `count` meters of a world that are behind an edge node; raises SIM_OPTIONS for fewer. */
export function planSparkplug(world: World, count?: number): SimMeter[] {
  return metersSpeaking(world, ['sparkplug'], 'Sparkplug', count);
}

export class EdgeNode {
  readonly #options: EdgeNodeOptions;
  readonly #link: Link;
  readonly #devices: Device[];
  readonly #counts = { births: 0, rebirths: 0, published: 0, acknowledged: 0, failed: 0 };
  #sequence = 0;
  /** Of the session; its death says the same. */
  #birthDeath = -1;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: EdgeNodeOptions) {
    const { meters, books, clock, url, username, password, everyS = HOUR_S, tickMs = 1_000 } = options;
    this.#options = options;
    const nowS = clock.nowMs() / 1_000;
    this.#devices = meters.map((meter, i) => {
      const turns = turnsOf(books.world, meter.index, everyS);
      return {
        ...{ meter, channel: hourlyRegisterOf(books.world, meter)!, alias: i + 1, turns },
        ...{ turn: turnAt(turns, nowS), markS: options.sinceS ?? nowS - HOUR_S, isBusy: false },
      };
    });
    this.#link = new Link({
      ...{ url, username, password, inFlight: IN_FLIGHT },
      will: () => this.#will(),
      subscribe: [this.#topic('NCMD')],
      onMessage: (_topic, payload) => this.#command(payload),
      onConnect: () => this.birth(),
    });
    if (tickMs > 0) this.#timer = setInterval(() => this.step(), tickMs);
  }

  get stats(): EdgeNodeStats {
    return { ...this.#counts, underWay: this.#link.underWay };
  }

  /** Waits for the connection, or the time-out; whether it is there. */
  opened(timeoutMs = 30_000): Promise<boolean> {
    return this.#link.opened(timeoutMs);
  }

  /** Tells anew what it has: the node, then each meter with what its register shows. */
  birth(): void {
    this.#counts.births++;
    this.#sequence = 0;
    const { books, clock } = this.#options;
    const nowS = clock.nowMs() / 1_000;
    books.advance(nowS);
    this.#publish('NBIRTH', undefined, [
      { name: 'bdSeq', datatype: sparkplugTypes.int64, longValue: this.#birthDeath },
      { name: rebirthName, datatype: sparkplugTypes.boolean, booleanValue: false },
    ]);
    for (const device of this.#devices) {
      const { meter, channel, alias } = device;
      const hourS = hourOf(nowS);
      const counts = books.counts(channel, hourS);
      const name = `energy/${channel.kind.obis.replace('*255', '')}`;
      const unit = {
        keys: ['engUnit'],
        values: [{ type: sparkplugTypes.string, stringValue: channel.kind.unit }],
      };
      const shown = counts === undefined ? { isNull: true } : this.#value(channel, counts, hourS);
      this.#publish('DBIRTH', meter.serial, [
        { name, alias, datatype: sparkplugTypes.double, properties: unit, ...shown },
      ]);
    }
  }

  /** Lets every meter report whose turn has come. */
  step(): void {
    if (!this.#link.ready() || this.#counts.births === 0) return;
    const nowS = this.#options.clock.nowMs() / 1_000;
    this.#options.books.advance(nowS);
    for (const device of this.#devices) {
      const turn = turnAt(device.turns, nowS);
      if (turn <= device.turn || device.isBusy) continue;
      device.turn = turn;
      this.#report(device, nowS);
    }
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#link.close();
  }

  /** The hours since the last that was acknowledged, the older ones as historical. */
  #report(device: Device, nowS: number): void {
    const { channel, alias, markS, meter } = device;
    const lastS = hourOf(nowS);
    const metrics = this.#options.books.hours(channel, markS, lastS).map(
      ({ endS, counts }): SparkplugMetric => ({
        ...{ alias, datatype: sparkplugTypes.double, ...(endS < lastS ? { isHistorical: true } : {}) },
        ...this.#value(channel, counts, endS),
      }),
    );
    if (metrics.length === 0) return;
    device.isBusy = true;
    this.#publish('DDATA', meter.serial, metrics, (acknowledged) => {
      device.isBusy = false;
      if (acknowledged) device.markS = lastS;
    });
  }

  #value({ kind }: SimChannel, counts: number, endS: number): SparkplugMetric {
    return { doubleValue: counts / kind.countsPerUnit, timestamp: endS * 1_000 };
  }

  #will() {
    this.#birthDeath = (this.#birthDeath + 1) % SEQUENCE;
    const metrics = [{ name: 'bdSeq', datatype: sparkplugTypes.int64, longValue: this.#birthDeath }];
    return { topic: this.#topic('NDEATH'), payload: encodeSparkplug({ metrics }) };
  }

  #command(payload: Uint8Array): void {
    let command: SparkplugPayload;
    try {
      command = decodeSparkplug(payload);
    } catch {
      return;
    }
    if (!command.metrics?.some(({ name, booleanValue }) => name === rebirthName && booleanValue)) return;
    this.#counts.rebirths++;
    this.birth();
  }

  #topic(kind: string, device?: string): string {
    const { group, node } = this.#options;
    return `spBv1.0/${group}/${kind}/${node}${device === undefined ? '' : `/${device}`}`;
  }

  #publish(
    kind: string,
    device: string | undefined,
    metrics: readonly SparkplugMetric[],
    done: (acknowledged: boolean) => void = () => {},
  ): void {
    const timestamp = Math.round(this.#options.clock.nowMs());
    const payload = encodeSparkplug({ timestamp, seq: this.#sequence, metrics });
    const taken = this.#link.publish(this.#topic(kind, device), payload, (acknowledged) => {
      if (acknowledged) this.#counts.acknowledged++;
      else this.#counts.failed++;
      done(acknowledged);
    });
    if (!taken) {
      done(false);
      return;
    }
    // a number is used up by what was sent
    this.#sequence = (this.#sequence + 1) % SEQUENCE;
    this.#counts.published++;
  }
}
