/**
 * Meters over CoAP: water meters of LwM2M, each an endpoint of its own, and gas meters that post SenML. What
 * was not confirmed comes with the next turn, so nothing is queued.
 */
import type { Clock } from '@openami/model';
import { coapCodes } from '@openami/wire/coap';
import { contentFormats } from '@openami/wire/lwm2m';
import { encodeSenml, type SenmlRecord } from '@openami/wire/senml';
import { HOUR_S } from '../calendar.ts';
import { type DayBooks, hourlyRegisterOf, PROFILE_DAYS } from '../day-books.ts';
import { downtimes, reachableFrom, sendDelayS } from '../delivery.ts';
import { simErrors } from '../errors.ts';
import type { SimProtocol } from '../protocols.ts';
import type { SimChannel, SimMeter, World } from '../world-types.ts';
import { CoapSocket, type CoapTarget } from './coap-socket.ts';
import { type HourlyRegister, Lwm2mMeter } from './lwm2m-meter.ts';

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
  turn: number;
  /** The newest hour that was confirmed. */
  markS: number;
  isBusy: boolean;
  lwm2m: Lwm2mMeter | undefined;
}

/** The first `count` meters of a world that speak LwM2M or post SenML; raises SIM_OPTIONS for fewer. */
export function planCoap(
  world: World,
  { meters: count, kinds = ['lwm2m', 'senml'] }: { meters?: number; kinds?: readonly SimProtocol[] } = {},
): CoapMeter[] {
  const found = world.meters
    .filter(({ protocol }) => (protocol === 'lwm2m' || protocol === 'senml') && kinds.includes(protocol))
    .slice(0, count);
  if (found.length < (count ?? 1)) {
    throw simErrors.SIM_OPTIONS(`${count ?? 1} CoAP meters of ${found.length} in the world`);
  }
  return found.map((meter) => ({
    ...{ meter, channel: hourlyRegisterOf(world, meter)! },
    protocol: meter.protocol === 'lwm2m' ? 'lwm2m' : 'senml',
  }));
}

export class CoapFleet {
  readonly #options: CoapFleetOptions;
  readonly #everyS: number;
  readonly #senml: CoapSocket;
  readonly #states: MeterState[];
  readonly #counts = { reports: 0, confirmed: 0, refused: 0, unanswered: 0, readings: 0, underWay: 0 };
  #timer: NodeJS.Timeout | undefined;

  constructor(options: CoapFleetOptions) {
    const { meters, clock, target, everyS = HOUR_S, tickMs = 1_000 } = options;
    this.#options = options;
    this.#everyS = everyS;
    const nowS = clock.nowMs() / 1_000;
    const markS = options.sinceS ?? nowS - HOUR_S;
    const timing = options.ackTimeoutMs === undefined ? {} : { ackTimeoutMs: options.ackTimeoutMs };
    this.#senml = new CoapSocket({ target, ...timing }, Math.floor(nowS));
    this.#states = meters.map(({ meter, channel, protocol }, i) => ({
      ...{ turn: this.#turnOf(meter, nowS), markS, isBusy: false },
      lwm2m:
        protocol === 'senml'
          ? undefined
          : new Lwm2mMeter({
              ...{ endpoint: meter.serial, target, seed: Math.floor(nowS) + 997 * i, ...timing },
              newest: () => this.#rows(channel, this.#nowS() - 2 * HOUR_S, this.#nowS()).at(-1),
            }),
    }));
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
      const turn = this.#turnOf(meter, nowS);
      if (turn <= state.turn || state.isBusy) continue;
      const down = downtimes(books.world, meter, books.world.days.dayOf(nowS));
      state.turn = turn;
      if (reachableFrom(down, nowS) === nowS) void this.#report(i, nowS);
    }
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all([this.#senml.close(), ...this.#states.map(({ lwm2m }) => lwm2m?.close())]);
  }

  #nowS(): number {
    return this.#options.clock.nowMs() / 1_000;
  }

  #turnOf({ index }: SimMeter, atS: number): number {
    const phaseS = sendDelayS(this.#options.books.world, index) % this.#everyS;
    return Math.floor((atS - phaseS) / this.#everyS);
  }

  /** Whole hours in (afterS, untilS] that the meter has a value of, the oldest first. */
  #rows(channel: SimChannel, afterS: number, untilS: number): HourlyRegister[] {
    const rows: HourlyRegister[] = [];
    const earliestS = untilS - (PROFILE_DAYS - 1) * 24 * HOUR_S;
    const firstS = (Math.floor(Math.max(afterS, earliestS) / HOUR_S) + 1) * HOUR_S;
    for (let endS = firstS; endS <= untilS; endS += HOUR_S) {
      const counts = this.#options.books.counts(channel, endS);
      if (counts !== undefined) rows.push({ endS, counts });
    }
    return rows;
  }

  async #report(i: number, nowS: number): Promise<void> {
    const { meter, channel } = this.#options.meters[i]!;
    const state = this.#states[i]!;
    const rows = this.#rows(channel, state.markS, nowS);
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
