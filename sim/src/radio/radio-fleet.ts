/**
 * Wireless M-Bus meters on the air: each sends when its turn comes, whoever hears it; receivers hand on what
 * they heard over MQTT, with strength and time.
 *
 *   clock ─▶ step(): turns ─▶ telegram ─▶ paths ─▶ outbox of each receiver ─▶ PUBLISH …/telegrams
 *
 * Meters do not repeat. A receiver without a connection keeps a bounded number of telegrams.
 */
import type { Clock } from '@openami/model';
import { hexOf, utf8Bytes } from '@openami/wire';
import { wrapBlocks } from '@openami/wire/mbus';
import { HOUR_S } from '../calendar.ts';
import type { DayBooks } from '../day-books.ts';
import { canSend, turnAt } from '../delivery.ts';
import { simErrors } from '../errors.ts';
import { Link } from '../link.ts';
import { heardBy } from './paths.ts';
import type { RadioMeter, RadioPlan, Receiver } from './radio-plan.ts';
import { radioTelegram } from './telegram.ts';

export interface RadioFleetOptions {
  readonly plan: RadioPlan;
  readonly books: DayBooks;
  readonly clock: Clock;
  /** `mqtt://host:port` */
  readonly url: string;
  /** Secret of each receiver, by its name. */
  readonly password: (receiver: string) => string | undefined;
  /** Seconds the value told is whole multiples of: 3600 is that of the last full hour (default). */
  readonly everyValueS?: number;
  /** Milliseconds of real time between two looks at the clock; default 1000. 0: the caller calls step(). */
  readonly tickMs?: number;
}

export interface RadioStats {
  /** Sent by meters. */
  telegrams: number;
  /** Heard by receivers, each path counted. */
  heard: number;
  published: number;
  acknowledged: number;
  failed: number;
  /** Thrown away by receivers that could not hand them on. */
  dropped: number;
  readonly underWay: number;
}

interface Entry {
  readonly telegram: string;
  readonly rssi: number;
  readonly time: string;
}

const MOST_IN_OUTBOX = 2_000;
const MOST_IN_MESSAGE = 200;
const IN_FLIGHT = 16;

/** Topic a receiver hands telegrams on by. */
export function telegramsTopic(receiver: string): string {
  return `openami/v1/${receiver}/telegrams`;
}

export class RadioFleet {
  readonly #options: RadioFleetOptions;
  readonly #meters: readonly RadioMeter[];
  readonly #links: Link[];
  readonly #outboxes: Entry[][];
  /** Number of the turn each meter took last. */
  readonly #turns: Float64Array;
  readonly #everyValueS: number;
  readonly #counts = { telegrams: 0, heard: 0, published: 0, acknowledged: 0, failed: 0, dropped: 0 };
  #timer: NodeJS.Timeout | undefined;

  /** Raises SIM_CREDENTIALS. */
  constructor(options: RadioFleetOptions) {
    const { plan, clock, url } = options;
    this.#options = options;
    this.#meters = [...plan.meters, ...plan.strangers];
    this.#everyValueS = options.everyValueS ?? HOUR_S;
    const secrets = plan.receivers.map(({ name: username }) => {
      const password = options.password(username);
      if (password === undefined) throw simErrors.SIM_CREDENTIALS(`no secret for ${username}`);
      return { username, password };
    });
    this.#links = secrets.map((secret) => new Link({ url, inFlight: IN_FLIGHT, ...secret }));
    this.#outboxes = plan.receivers.map(() => []);
    const nowS = clock.nowMs() / 1_000;
    this.#turns = Float64Array.from(this.#meters, (meter) => turnAt(meter, nowS));
    const { tickMs = 1_000 } = options;
    if (tickMs > 0) this.#timer = setInterval(() => this.step(), tickMs);
  }

  get stats(): RadioStats {
    return { ...this.#counts, underWay: this.#links.reduce((sum, link) => sum + link.underWay, 0) };
  }

  /** Waits until every receiver connected once, or the time-out; whether all are. */
  async opened(timeoutMs = 30_000): Promise<boolean> {
    return (await Promise.all(this.#links.map((link) => link.opened(timeoutMs)))).every(Boolean);
  }

  /** Lets every meter send whose turn has come, once however long ago its last was. */
  step(): void {
    const { books, clock, plan } = this.#options;
    const nowS = clock.nowMs() / 1_000;
    books.advance(nowS);
    for (const [i, meter] of this.#meters.entries()) {
      const turn = turnAt(meter, nowS);
      if (turn <= this.#turns[i]!) continue;
      this.#turns[i] = turn;
      this.#send(meter, turn, meter.phaseS + turn * meter.everyS);
    }
    for (const { index } of plan.receivers) this.#handOn(index);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#links.map((link) => link.close()));
  }

  #send(radio: RadioMeter, turn: number, atS: number): void {
    const { books, plan } = this.#options;
    const { world } = books;
    const { meter, channel } = radio;
    if (!canSend(world, meter, atS)) return;
    const valueS = Math.floor(atS / this.#everyValueS) * this.#everyValueS;
    const counts = books.shownAt(channel, valueS);
    if (counts === undefined) return;
    this.#counts.telegrams++;
    const bytes = radioTelegram(radio, world.days, turn, { counts, atS: valueS });
    for (const { receiver, rssiDbm } of heardBy(world.seed, radio, plan.receivers, turn)) {
      this.#counts.heard++;
      this.#keep(receiver, {
        telegram: hexOf(receiver.keepsCrcs ? wrapBlocks(bytes, 'a') : bytes),
        rssi: rssiDbm,
        time: new Date(atS * 1_000).toISOString(),
      });
    }
  }

  #keep({ index }: Receiver, entry: Entry): void {
    const outbox = this.#outboxes[index]!;
    outbox.push(entry);
    if (outbox.length <= MOST_IN_OUTBOX) return;
    outbox.shift();
    this.#counts.dropped++;
  }

  #handOn(receiver: number): void {
    const [outbox, link] = [this.#outboxes[receiver]!, this.#links[receiver]!];
    while (outbox.length > 0 && link.ready()) {
      const entries = outbox.splice(0, MOST_IN_MESSAGE);
      const payload = utf8Bytes(JSON.stringify(entries));
      this.#counts.published++;
      link.publish(telegramsTopic(link.username), payload, (acknowledged) => {
        if (acknowledged) this.#counts.acknowledged++;
        else this.#counts.failed++;
      });
    }
  }
}
