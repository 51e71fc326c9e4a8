/** Who connects how: some meters by themselves, all others through concentrators. */
import { sendDelayS } from './delivery.ts';
import type { SimMeter, World } from './world-types.ts';

export interface FleetUser {
  /** MQTT user name: the meter's serial or the concentrator's name. */
  readonly username: string;
  /** Serials a concentrator may report for; empty for a meter, which reports for itself. */
  readonly reportsFor: readonly string[];
  /** Topics of other forms that it may use. */
  readonly topics?: readonly string[];
}

export interface FleetDevice {
  readonly meter: SimMeter;
  /** What it calls itself: the meter's serial, or that of a stranger. */
  readonly serial: string;
  /** Index into the users. */
  readonly user: number;
  readonly sendDelayS: number;
  readonly stranger: boolean;
}

export interface FleetPlan {
  readonly users: readonly FleetUser[];
  /** In the order in which they send within an interval. */
  readonly devices: readonly FleetDevice[];
}

export interface FleetShape {
  /** Meters with a connection of their own; default 200. */
  readonly ownConnections?: number;
  /** Default 8. */
  readonly concentrators?: number;
  /** Serials of meters that report in another way. */
  readonly without?: ReadonlySet<string>;
}

/** Splits the meters that are installed at the end of history, and the strangers. */
export function planFleet(world: World, shape: FleetShape = {}): FleetPlan {
  const { ownConnections = 200, concentrators = 8, without } = shape;
  const users: { username: string; reportsFor: string[] }[] = [];
  for (let i = 0; i < concentrators; i++) {
    users.push({ username: `gateway-${String(i + 1).padStart(2, '0')}`, reportsFor: [] });
  }
  const liveS = world.days.start(world.endDay);
  const live = world.meters.filter(
    ({ protocol, fromS, untilS, serial }) =>
      protocol === 'push' && fromS <= liveS && untilS > liveS && !without?.has(serial),
  );
  const electric = live.filter((meter) => meter.commodity === 'electricity');
  // Spread over the town: every n-th electricity meter has a modem of its own.
  const every = Math.max(1, Math.floor(electric.length / Math.max(1, ownConnections)));
  const alone = new Set(
    electric.filter((_, i) => i % every === 0).slice(0, concentrators === 0 ? undefined : ownConnections),
  );
  const devices: FleetDevice[] = live.map((meter) => {
    const own = alone.has(meter) || concentrators === 0;
    const premise = world.premises[world.usagePoints[meter.usagePoint]!.premise]!;
    const user = own ? users.length : premise.transformer % concentrators;
    if (own) users.push({ username: meter.serial, reportsFor: [] });
    else users[user]!.reportsFor.push(meter.serial);
    return { meter, serial: meter.serial, user, sendDelayS: sendDelayS(world, meter.index), stranger: false };
  });
  for (const [i, stranger] of world.strangers.entries()) {
    if (concentrators === 0) break;
    const user = i % concentrators;
    const meter = world.meters[stranger.mirrors]!;
    users[user]!.reportsFor.push(stranger.serial);
    devices.push({
      meter,
      serial: stranger.serial,
      user,
      sendDelayS: sendDelayS(world, meter.index) + 5,
      stranger: true,
    });
  }
  devices.sort(
    (a, b) =>
      a.sendDelayS - b.sendDelayS || a.meter.index - b.meter.index || Number(a.stranger) - Number(b.stranger),
  );
  return { users, devices };
}
