/**
 * Meters over CoAP: water meters of LwM2M, each an endpoint of its own, and gas meters that post SenML. What
 * was not confirmed comes with the next turn, so nothing is queued.
 */
import type { Clock } from '@openami/model';
import { coapCodes } from '@openami/wire/coap';
import { contentFormats } from '@openami/wire/lwm2m';
import { encodeSenml, type SenmlRecord } from '@openami/wire/senml';
import { HOUR_S } from '../calendar.ts';
import { type DayBooks, type HourlyRegister, hourlyRegisterOf } from '../day-books.ts';
import { canSend, type Turns, turnAt, turnsOf } from '../delivery.ts';
import { metersSpeaking } from '../protocols.ts';
import type { SimChannel, SimMeter, World } from '../world-types.ts';
import { CoapSocket, type CoapTarget } from './coap-socket.ts';
import { Lwm2mMeter } from './lwm2m-meter.ts';

export interface CoapMeter {
  readonly meter: SimMeter;
  readonly channel: SimChannel;
  readonly protocol: 'lwm2m' | 'senml';
}

export interface CoapFleetOptions {
  readonly meters: readonly CoapMeter[];
  readonly books: DayBooks;
  readonly clock: Clock;
  readonly target: CoapTarget;
  /** The hours since then are told first; default: the last one. */
  readonly sinceS?: number;
  /** Seconds between two reports of a meter; default 3600. */
  readonly everyS?: number;
  /** Milliseconds of real time between two looks at the clock; default 1000. 0: the caller calls step(). */
  readonly tickMs?: number;
  readonly ackTimeoutMs?: number;
}

export interface CoapStats {
  readonly registered: number;
  readonly observed: number;
  reports: number;
  confirmed: number;
  refused: number;
  /** Reports nobody answered. */
  unanswered: number;
  /** Readings in confirmed reports. */
  readings: number;
  underWay: number;
}

interface MeterState {
  readonly turns: Turns;
  turn: number;
  /** The newest hour that was confirmed. */
  markS: number;
  isBusy: boolean;
  lwm2m: Lwm2mMeter | undefined;
}

/** The first `count` meters of a world that speak LwM2M or post SenML; raises SIM_OPTIONS for fewer. */
export function planCoap(world: World, { meters }: { readonly meters?: number } = {}): CoapMeter[] {
  return metersSpeaking(world, ['lwm2m', 'senml'], 'CoAP', meters).map((meter) => ({
    ...{ meter, channel: hourlyRegisterOf(world, meter)! },
    protocol: meter.protocol === 'lwm2m' ? 'lwm2m' : 'senml',
  }));
}

export class CoapFleet {
  readonly #options: CoapFleetOptions;
  readonly #senml: CoapSocket;
  readonly #states: MeterState[];
  readonly #counts = { reports: 0, confirmed: 0, refused: 0, unanswered: 0, readings: 0, underWay: 0 };
  #timer: NodeJS.Timeout | undefined;

  constructor(options: CoapFleetOptions) {
    const { meters, books, clock, target, everyS = HOUR_S, tickMs = 1_000 } = options;
    this.#options = options;
    const nowS = clock.nowMs() / 1_000;
    const markS = options.sinceS ?? nowS - HOUR_S;
    const timing = options.ackTimeoutMs === undefined ? {} : { ackTimeoutMs: options.ackTimeoutMs };
    this.#senml = new CoapSocket({ target, ...timing }, Math.floor(nowS));
    this.#states = meters.map(({ meter, channel, protocol }, i) => {
      const turns = turnsOf(books.world, meter.index, everyS);
      return {
        ...{ turns, turn: turnAt(turns, nowS), markS, isBusy: false },
        lwm2m:
          protocol === 'senml'
            ? undefined
            : new Lwm2mMeter({
                ...{ endpoint: meter.serial, target, seed: Math.floor(nowS) + 997 * i, ...timing },
                newest: () => books.hours(channel, this.#nowS() - 2 * HOUR_S, this.#nowS()).at(-1),
              }),
      };
    });
    if (tickMs > 0) this.#timer = setInterval(() => this.step(), tickMs);
  }

  get stats(): CoapStats {
    const known = this.#states.flatMap(({ lwm2m }) => (lwm2m === undefined ? [] : [lwm2m]));
    return {
      ...this.#counts,
      registered: known.filter(({ isRegistered }) => isRegistered).length,
      observed: known.filter(({ isObserved }) => isObserved).length,
    };
  }

  /** Registers all that register; how many the server took. */
  async register(): Promise<number> {
    const taken = this.#states.map(({ lwm2m }) => lwm2m?.register().catch(() => false) ?? false);
    return (await Promise.all(taken)).filter(Boolean).length;
  }

  /** Lets every meter report whose turn has come. */
  step(): void {
    const { meters, books } = this.#options;
    const nowS = this.#nowS();
    books.advance(nowS);
    for (const [i, { meter }] of meters.entries()) {
      const state = this.#states[i]!;
      const turn = turnAt(state.turns, nowS);
      if (turn <= state.turn || state.isBusy) continue;
      state.turn = turn;
      if (canSend(books.world, meter, nowS)) void this.#report(i, nowS);
    }
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all([this.#senml.close(), ...this.#states.map(({ lwm2m }) => lwm2m?.close())]);
  }

  #nowS(): number {
    return this.#options.clock.nowMs() / 1_000;
  }

  async #report(i: number, nowS: number): Promise<void> {
    const { meter, channel } = this.#options.meters[i]!;
    const state = this.#states[i]!;
    const rows = this.#options.books.hours(channel, state.markS, nowS);
    state.isBusy = true;
    this.#counts.underWay++;
    try {
      const { lwm2m } = state;
      const isThere = lwm2m === undefined || (await lwm2m.register());
      if (rows.length === 0) return;
      this.#counts.reports++;
      const confirmed =
        isThere && (await (lwm2m === undefined ? this.#post(meter, channel, rows) : lwm2m.report(rows)));
      if (confirmed) {
        this.#counts.confirmed++;
        this.#counts.readings += rows.length;
        state.markS = rows.at(-1)!.endS;
      } else this.#counts.refused++;
    } catch {
      this.#counts.unanswered++;
    } finally {
      state.isBusy = false;
      this.#counts.underWay--;
    }
  }

  /** Whether the pack was stored. */
  async #post(
    { serial, index }: SimMeter,
    { kind }: SimChannel,
    rows: readonly HourlyRegister[],
  ): Promise<boolean> {
    const [first] = rows;
    const power = -Math.round(Math.log10(kind.countsPerUnit));
    const records = rows.map(({ endS, counts }, i): SenmlRecord => {
      const base = { baseName: `${serial}/`, baseTime: { raw: first!.endS, power: 0 }, baseUnit: kind.unit };
      return {
        ...(i === 0 ? base : { time: { raw: endS - first!.endS, power: 0 } }),
        name: kind.obis.replace('*255', ''),
        value: { type: 'number', number: { raw: counts, power } },
      };
    });
    const format = index % 2 === 0 ? 'cbor' : 'json';
    const answer = await this.#senml.request(coapCodes.post, ['senml'], {
      format: format === 'cbor' ? contentFormats.senmlCbor : contentFormats.senmlJson,
      payload: encodeSenml(format, records),
    });
    return answer.code === coapCodes.changed;
  }
}
