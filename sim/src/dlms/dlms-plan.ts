/** Which meters of a world speak DLMS, how they are reached and how they are secured. */
import type { AssociationDescription, ProtectionName, SecuritySuite } from '@openami/wire/dlms';
import { simErrors } from '../errors.ts';
import { chance, Stream } from '../random.ts';
import { mostUsagePoints } from '../world.ts';
import type { SimMeter, World } from '../world-types.ts';
import { MOST_BEHIND_ONE } from './board.ts';
import type { DlmsMeterPlan, MeterReach } from './dlms-fleet.ts';
import type { LineFraming } from './lines.ts';

export interface DlmsFleetShape {
  /** The first so many electricity meters of the world; default all. */
  readonly meters?: number;
  /** Ports from this one on; left out, free ones. */
  readonly firstPort?: number;
  /** Meters with a port of their own; the others are behind gateways. Default all. */
  readonly ownPorts?: number;
  /** Default as many as it takes. */
  readonly gateways?: number;
  /** The first so many meters connect to a head-end instead. */
  readonly connecting?: { readonly meters: number; readonly host: string; readonly port: number };
  /** `mixed`: wrapper, and HDLC for some. Default wrapper. */
  readonly transport?: LineFraming | 'mixed';
  readonly network?: 'tcp' | 'udp';
  /** Of the management client; default hls-gmac. */
  readonly mechanism?: AssociationDescription['mechanism'];
  /** `mixed`: 0 for most, 1 and 2 for some. Default 0. */
  readonly suite?: SecuritySuite | 'mixed';
  /** Shares of the meters that lie in segments of the network, by name. */
  readonly segments?: readonly { readonly name: string; readonly share: number }[];
  /** Leaves out meters with a fault of the world: dead, stuck, a wrong clock. */
  readonly soundOnly?: boolean;
  /** Default auth-encrypt for hls-gmac and above suite 0, else none. */
  readonly policy?: ProtectionName;
}

const HDLC_SHARE = 0.1;
const SUITE_1_SHARE = 0.15;
const SUITE_2_SHARE = 0.1;
/** One over the share of usage points with a sound electricity meter, rounded up. */
const ELECTRICITY_IN = 1.75;
const LAST_PORT = 65_535;

/** Electricity meters that are installed at the end of history. */
export function dlmsMetersOf(world: World): SimMeter[] {
  const liveS = world.days.start(world.endDay);
  return world.meters.filter(
    ({ commodity, fromS, untilS }) => commodity === 'electricity' && fromS <= liveS && untilS > liveS,
  );
}

/** Usage points beyond their share, so that small worlds have enough, too. */
const SPARE_POINTS = 20;

/** Meters that the largest world has. */
export const mostDlmsMeters = Math.floor((mostUsagePoints - SPARE_POINTS) / ELECTRICITY_IN);

/** Usage points a world needs for so many electricity meters without faults. */
export function usagePointsFor(meters: number): number {
  return Math.ceil(meters * ELECTRICITY_IN) + SPARE_POINTS;
}

/** Raises SIM_OPTIONS and SIM_PORTS. */
export function planDlmsFleet(world: World, shape: DlmsFleetShape = {}): DlmsMeterPlan[] {
  const all = dlmsMetersOf(world);
  const meters = (shape.soundOnly ? all.filter(isSound) : all).slice(0, shape.meters);
  if (shape.meters !== undefined && meters.length < shape.meters) {
    throw simErrors.SIM_OPTIONS(`${shape.meters} meters of ${meters.length} in the world`);
  }
  const places = placesOf(meters.length, shape);
  return meters.map((meter, i) => planOf(world, meter, places(i), shape));
}

function planOf(
  { seed }: World,
  { serial, index }: SimMeter,
  reach: (isHdlc: boolean) => MeterReach,
  shape: DlmsFleetShape,
): DlmsMeterPlan {
  const { mechanism = 'hls-gmac' } = shape;
  const suite = shape.suite === 'mixed' ? suiteFor(chance(seed, Stream.dlms, index, 1)) : (shape.suite ?? 0);
  if (mechanism === 'hls-ecdsa' && suite === 0) throw simErrors.SIM_OPTIONS('hls-ecdsa needs suite 1 or 2');
  const isHdlc =
    shape.transport === 'mixed'
      ? chance(seed, Stream.dlms, index, 2) < HDLC_SHARE
      : shape.transport === 'hdlc';
  const needsKeys = mechanism === 'hls-gmac' || suite !== 0;
  const policy = shape.policy ?? (needsKeys ? 'auth-encrypt' : 'none');
  const segment = segmentFor(chance(seed, Stream.dlms, index, 3), shape.segments ?? []);
  return {
    ...{ serial, worldMeter: index, mechanism, suite, policy, reach: reach(isHdlc) },
    ...(segment === undefined ? {} : { segment }),
  };
}

function isSound({ faults: { stuckFromS, deadFromS, theftFromS, clockFromS } }: SimMeter): boolean {
  return Math.min(stuckFromS, deadFromS, theftFromS, clockFromS) === Number.POSITIVE_INFINITY;
}

function segmentFor(place: number, segments: NonNullable<DlmsFleetShape['segments']>): string | undefined {
  let upTo = 0;
  return segments.find(({ share }) => {
    upTo += share;
    return place < upTo;
  })?.name;
}

function suiteFor(share: number): SecuritySuite {
  if (share < SUITE_1_SHARE) return 1;
  return share < SUITE_1_SHARE + SUITE_2_SHARE ? 2 : 0;
}

/** Where each meter is: the connecting ones first, then ports of their own, then gateways in turn. */
function placesOf(count: number, shape: DlmsFleetShape): (i: number) => (isHdlc: boolean) => MeterReach {
  const { firstPort, connecting, network = 'tcp' } = shape;
  const listening = Math.max(0, count - (connecting?.meters ?? 0));
  const own = Math.min(shape.ownPorts ?? listening, listening);
  const gateways = Math.max(shape.gateways ?? 0, Math.ceil((listening - own) / MOST_BEHIND_ONE));
  const needed = own + gateways * (shape.transport === 'mixed' ? 2 : 1);
  if (firstPort !== undefined && firstPort + needed - 1 > LAST_PORT) {
    throw simErrors.SIM_PORTS(`${needed} ports from ${firstPort} on are wanted; the last is ${LAST_PORT}`);
  }
  const portAt = (place: number): { readonly port?: number } =>
    firstPort === undefined ? {} : { port: firstPort + place };
  return (i) => (isHdlc) => {
    const transport = isHdlc && network === 'tcp' ? 'hdlc' : 'wrapper';
    if (connecting !== undefined && i < connecting.meters) {
      return { kind: 'connects', transport, host: connecting.host, port: connecting.port };
    }
    const place = i - (connecting?.meters ?? 0);
    if (place < own) return { kind: 'listens', network, transport, ...portAt(place) };
    const gateway = (place - own) % gateways;
    // frames of both kinds do not share a port
    const line = transport === 'hdlc' && shape.transport === 'mixed' ? gateways + gateway : gateway;
    const name = `gateway-${String(line + 1).padStart(2, '0')}`;
    return { kind: 'listens', network, transport, gateway: name, ...portAt(own + line) };
  };
}
