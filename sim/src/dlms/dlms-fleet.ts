/**
 * A fleet of simulated DLMS meters on real sockets, all in one process: meters with a port of their own,
 * meters behind a gateway, meters that connect to a head-end and stay. Models are made once and shared.
 */
import type { Clock } from '@openami/model';
import { type DlmsCrypto, type MeterDescription, type MeterEvent, ServerModel } from '@openami/wire/dlms';
import { simErrors } from '../errors.ts';
import { chance, Stream } from '../random.ts';
import { type Board, boardOf, MOST_BEHIND_ONE } from './board.ts';
import { type DlmsEndpoint, type EndpointReach, endpointOf } from './endpoint.ts';
import { dataPush, householdMeter } from './household-meter.ts';
import { type LineFraming, pushBytes } from './lines.ts';
import type { Measurements } from './measurements.ts';
import { type DlmsMeterIdentity, type MeterSurroundings, SimDlmsMeter } from './meter.ts';
import type { MeterFaultScript } from './meter-faults.ts';
import { Segment, type SegmentScript } from './network.ts';
import { Pusher, type PushTarget } from './pusher.ts';
import { Dialled, type Listening, listenTcp, listenUdp, type OpenLines } from './sockets.ts';

export type MeterReach =
  | {
      readonly kind: 'listens';
      readonly network: 'tcp' | 'udp';
      readonly transport: LineFraming;
      /** Left out or 0: a free one. Meters of one gateway give the same. */
      readonly port?: number;
      /** Name of the gateway it is behind. */
      readonly gateway?: string;
      /** The gateway tells its meters apart by the gateway protocol and not by their ports. */
      readonly byDevice?: boolean;
      /** A serial server: it takes one connection at a time, and hangs up on others. */
      readonly oneAtATime?: boolean;
    }
  | {
      readonly kind: 'connects';
      readonly transport: LineFraming;
      readonly host: string;
      readonly port: number;
    };

export interface DlmsMeterPlan extends DlmsMeterIdentity {
  readonly reach: MeterReach;
  /** Name of its segment of the network. */
  readonly segment?: string;
  /** Another model than that of the fleet. */
  readonly description?: MeterDescription;
}

export interface DlmsFleetOptions {
  readonly meters: readonly DlmsMeterPlan[];
  readonly measurements: Measurements;
  readonly clock: Clock;
  /** Keys follow from it. */
  readonly seed: number;
  /** Default: plain JavaScript. */
  readonly crypto?: DlmsCrypto;
  /** Where meters listen; default 127.0.0.1. */
  readonly host?: string;
  /** Another model than the household meter. */
  readonly description?: MeterDescription;
  readonly segments?: readonly SegmentScript[];
  readonly faults?: readonly MeterFaultScript[];
  /** Where pushes go that have no destination in the meter; without it, over the connection it holds. */
  readonly push?: PushTarget;
  /** Meters that connect say who they are at once, by a push. Default true. */
  readonly hello?: boolean;
  /** First wait of a meter whose connection ended, default 1 s. */
  readonly retryMs?: number;
  readonly onEvent?: (meter: SimDlmsMeter, event: MeterEvent) => void;
}

export interface DlmsFleetStats {
  readonly meters: number;
  /** Meters that somebody talked to. */
  readonly awake: number;
  readonly connections: number;
  readonly pushesSent: number;
  readonly pushesLost: number;
}

interface Placed {
  /** Place among the plans. */
  readonly index: number;
  readonly meter: SimDlmsMeter;
  readonly plan: DlmsMeterPlan;
  readonly model: ServerModel;
}

/** Meters that share a port or a connection. */
interface Place {
  readonly reach: MeterReach;
  readonly board: Board;
  readonly segment: Segment | undefined;
  readonly placed: readonly Placed[];
  dialled?: Dialled;
}

const STARTED_AT_ONCE = 256;
const TICK_MS = 5_000;
const SEGMENT_CHECK_MS = 200;

export class DlmsFleet {
  readonly #options: DlmsFleetOptions;
  readonly #placed: Placed[] = [];
  readonly #bySerial = new Map<string, Placed>();
  readonly #placeOf = new Map<SimDlmsMeter, Place>();
  readonly #places: Place[];
  readonly #segments = new Map<string, Segment>();
  readonly #models = new Map<string | MeterDescription, ServerModel>();
  readonly #open: OpenLines = new Set();
  readonly #pusher = new Pusher();
  readonly #listening: Listening[] = [];
  readonly #timers: NodeJS.Timeout[] = [];
  #endpoints: DlmsEndpoint[] = [];

  /** Raises SIM_OPTIONS and DLMS_MODEL. */
  constructor(options: DlmsFleetOptions) {
    this.#options = options;
    const { segments = [], seed, clock } = options;
    for (const [index, script] of segments.entries()) {
      this.#segments.set(script.name, new Segment(script, seed, index, clock));
    }
    const around: MeterSurroundings = {
      ...options,
      onPush: (meter, apdu, destination) => this.#pushed(meter, apdu, destination),
      onReboot: (meter) => this.#placeOf.get(meter)?.dialled?.line?.drop(),
    };
    const faults = faultsBySerial(options.faults ?? []);
    for (const [index, plan] of options.meters.entries()) {
      const model = this.#modelOf(plan);
      const own = [...(faults.get('*') ?? []), ...(faults.get(plan.serial) ?? [])];
      const placed = { index, meter: new SimDlmsMeter(plan, model, around, own), plan, model };
      this.#placed.push(placed);
      this.#bySerial.set(plan.serial, placed);
    }
    this.#places = this.#gather();
  }

  /** Opens every port and connection. Raises SIM_LISTEN; what was opened is then closed. */
  async start(): Promise<void> {
    try {
      await eachOf(this.#places, STARTED_AT_ONCE, (place) => this.#startPlace(place));
    } catch (error) {
      await this.stop();
      throw error;
    }
    this.#timers.push(setInterval(() => this.#tick(), TICK_MS));
    if (this.#segments.size > 0) {
      const check = (): void => {
        for (const segment of this.#segments.values()) segment.check();
      };
      this.#timers.push(setInterval(check, SEGMENT_CHECK_MS));
    }
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers.splice(0)) clearInterval(timer);
    for (const { dialled } of this.#places) dialled?.stop();
    this.#pusher.stop();
    await Promise.all(this.#listening.splice(0).map((one) => one.close()));
    this.#endpoints = [];
  }

  /** In the order of the plans; known once the fleet has started. */
  get endpoints(): readonly DlmsEndpoint[] {
    return this.#endpoints;
  }

  get meters(): readonly SimDlmsMeter[] {
    return this.#placed.map(({ meter }) => meter);
  }

  /** Undefined for a serial that is none of the fleet's. */
  meter(serial: string): SimDlmsMeter | undefined {
    return this.#bySerial.get(serial)?.meter;
  }

  get stats(): DlmsFleetStats {
    const { sent, lost } = this.#pusher.counts;
    return {
      meters: this.#placed.length,
      awake: this.#placed.filter(({ meter }) => meter.isAwake).length,
      connections: this.#open.size,
      pushesSent: sent,
      pushesLost: lost,
    };
  }

  /** Lets meters push; resolves when all is sent or given up. */
  async push(meters: readonly SimDlmsMeter[], instance: string = dataPush): Promise<void> {
    for (const meter of meters) meter.push(instance);
    await this.#pusher.idle();
  }

  /** The power goes where these meters are: each says its last word and is silent. */
  async powerDown(meters: readonly SimDlmsMeter[]): Promise<void> {
    for (const meter of meters) meter.losePower(true);
    await this.#pusher.idle();
  }

  powerUp(meters: readonly SimDlmsMeter[]): void {
    for (const meter of meters) meter.powerUp();
  }

  #modelOf({ mechanism, description = this.#options.description }: DlmsMeterPlan): ServerModel {
    const name = description ?? mechanism;
    let model = this.#models.get(name);
    if (model === undefined) {
      model = new ServerModel(description ?? householdMeter(mechanism));
      this.#models.set(name, model);
    }
    return model;
  }

  #gather(): Place[] {
    const gateways = new Map<string, Placed[]>();
    const places: Place[] = [];
    for (const placed of this.#placed) {
      const { reach } = placed.plan;
      const gateway = reach.kind === 'listens' ? reach.gateway : undefined;
      const others = gateway === undefined ? undefined : gateways.get(gateway);
      if (others !== undefined) others.push(placed);
      else if (gateway !== undefined) gateways.set(gateway, [placed]);
      else places.push(this.#place([placed], false));
    }
    for (const [name, placed] of gateways) {
      if (placed.length > MOST_BEHIND_ONE) {
        throw simErrors.SIM_OPTIONS(`${placed.length} meters behind ${name}; at most ${MOST_BEHIND_ONE}`);
      }
      places.push(this.#place(placed, true));
    }
    return places;
  }

  #place(placed: readonly Placed[], isGateway: boolean): Place {
    const { reach, segment: name } = placed[0]!.plan;
    const segment = name === undefined ? undefined : this.#segments.get(name);
    if (name !== undefined && segment === undefined) {
      throw simErrors.SIM_OPTIONS(`there is no segment ${name}`);
    }
    const board = boardOf(
      placed.map(({ meter }) => meter),
      isGateway,
    );
    const place: Place = { reach, board, segment, placed };
    for (const { meter } of placed) this.#placeOf.set(meter, place);
    return place;
  }

  async #startPlace(place: Place): Promise<void> {
    const { reach, board, segment } = place;
    const open = this.#open;
    if (reach.kind === 'connects') {
      const { host, port, transport: framing } = reach;
      const [meter] = board.meters;
      place.dialled = new Dialled({
        ...{ host, port, board, framing, segment, open },
        retryMs: this.#options.retryMs ?? 1_000,
        spread: chance(this.#options.seed, Stream.dlms, place.placed[0]!.index),
        onConnected: (line) => {
          const hello = this.#options.hello === false ? undefined : meter!.hello();
          if (hello !== undefined) line.notify(meter!, hello);
        },
      });
      await place.dialled.dial();
      this.#tell(place, reach);
      return;
    }
    const { host = '127.0.0.1' } = this.#options;
    const at = { host, port: reach.port ?? 0 };
    const listening =
      reach.network === 'udp'
        ? await listenUdp(at, board, segment)
        : await listenTcp(
            { ...at, most: reach.oneAtATime ? 1 : undefined },
            board,
            reach.transport,
            segment,
            open,
          );
    this.#listening.push(listening);
    const { network, transport, gateway, byDevice = false } = reach;
    const { port } = listening;
    const isGateway = gateway !== undefined;
    this.#tell(place, { kind: 'listens', host, port, network, transport, isGateway, byDevice });
  }

  #tell({ placed, board }: Place, reach: EndpointReach): void {
    for (const { index, meter, model } of placed) {
      this.#endpoints[index] = endpointOf(meter, model, board, reach, this.#options.seed);
    }
  }

  #pushed(meter: SimDlmsMeter, apdu: Uint8Array, destination: string): void {
    const place = this.#placeOf.get(meter)!;
    const target = targetOf(destination) ?? this.#options.push;
    const line = place.dialled?.line;
    if (target === undefined) line?.notify(meter, apdu);
    else this.#pusher.send(pushBytes(place.reach.transport, place.board, meter, apdu), target);
  }

  #tick(): void {
    for (const { meter } of this.#placed) meter.tick();
    const nowMs = performance.now();
    for (const line of this.#open) line.tick(nowMs);
  }
}

/** `host:port` as it stands in the push setup. */
function targetOf(destination: string): PushTarget | undefined {
  const [, host, port] = /^\[?([^\]]+)\]?:(\d+)$/.exec(destination) ?? [];
  return host === undefined ? undefined : { host, port: Number(port), network: 'tcp' };
}

function faultsBySerial(scripts: readonly MeterFaultScript[]) {
  const found = new Map<string, MeterFaultScript['fault'][]>();
  for (const { meter, fault } of scripts) {
    const known = found.get(meter);
    if (known === undefined) found.set(meter, [fault]);
    else known.push(fault);
  }
  return found;
}

/** Runs work over all of a list, so many at once. */
async function eachOf<T>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < items.length) await work(items[next++]!);
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, lane));
}
