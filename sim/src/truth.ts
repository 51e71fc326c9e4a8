/**
 * The ground truth of a world as JSON: what is wrong where and since when, who has what, and what the
 * rates of delivery faults are. Kept beside the data so that every analytic can be scored.
 */
import { formatDay } from '@openami/model';
import { DeliveryRates } from './delivery.ts';
import { outagesOn } from './outages.ts';
import type { SimMeter, World } from './world-types.ts';

export interface Truth {
  readonly seed: number;
  readonly zone: string;
  /** Local dates of history, [firstDay, endDay). */
  readonly firstDay: string;
  readonly endDay: string;
  readonly deliveryRates: typeof DeliveryRates;
  readonly leaks: readonly { usagePoint: string; from: string; litresPerHour: number }[];
  readonly thefts: readonly { meter: string; from: string; recordedShare: number }[];
  readonly stuckMeters: readonly { meter: string; from: string }[];
  readonly deadMeters: readonly { meter: string; from: string }[];
  readonly wrongClocks: readonly { meter: string; from: string; offsetS: number }[];
  readonly exchanges: readonly { usagePoint: string; at: string; removed: string; installed: string }[];
  /** Of the days of history. */
  readonly outages: readonly { transformer: string; from: string; until: string }[];
  readonly photovoltaics: readonly { usagePoint: string; kwp: number }[];
  readonly electricCars: readonly { usagePoint: string; chargeW: number }[];
  readonly heatPumps: readonly { usagePoint: string }[];
  /** Phase 1..3 of every electricity usage point. */
  readonly phases: readonly { usagePoint: string; transformer: string; phase: number }[];
  /** Devices that report and are not registered. */
  readonly strangers: readonly string[];
}

/** The truth of a world; the same world gives the same text. */
export function truthOf(world: World): Truth {
  const code = (usagePoint: number): string => world.usagePoints[usagePoint]!.code;
  return {
    seed: world.seed,
    zone: world.zone,
    firstDay: formatDay(world.firstDay),
    endDay: formatDay(world.endDay),
    deliveryRates: DeliveryRates,
    leaks: world.flows
      .filter((flow) => Number.isFinite(flow.leakFromS))
      .map((flow) => ({
        usagePoint: code(flow.usagePoint),
        from: iso(flow.leakFromS),
        litresPerHour: flow.leakLitresPerHour,
      })),
    ...meterTruth(world),
    exchanges: world.meters
      .filter((meter) => Number.isFinite(meter.untilS))
      .map((meter) => ({
        usagePoint: code(meter.usagePoint),
        at: iso(meter.untilS),
        removed: meter.serial,
        installed: world.meters.find((other) => other.usagePoint === meter.usagePoint && other !== meter)!
          .serial,
      })),
    outages: outageTruth(world),
    photovoltaics: world.homes.flatMap(({ usagePoint, pv }) =>
      pv === undefined ? [] : [{ usagePoint: code(usagePoint), kwp: pv.kwp }],
    ),
    electricCars: world.homes.flatMap(({ usagePoint, ev }) =>
      ev === undefined ? [] : [{ usagePoint: code(usagePoint), chargeW: ev.chargeW }],
    ),
    heatPumps: world.homes.flatMap(({ usagePoint, heatPump }) =>
      heatPump === undefined ? [] : [{ usagePoint: code(usagePoint) }],
    ),
    phases: world.homes.map(({ usagePoint, transformer, phase }) => ({
      usagePoint: code(usagePoint),
      transformer: world.transformers[transformer]!.code,
      phase,
    })),
    strangers: world.strangers.map((stranger) => stranger.serial),
  };
}

function meterTruth(world: World): Pick<Truth, 'thefts' | 'stuckMeters' | 'deadMeters' | 'wrongClocks'> {
  const having = (since: (meter: SimMeter) => number): SimMeter[] =>
    world.meters.filter((meter) => Number.isFinite(since(meter)));
  return {
    thefts: having((meter) => meter.faults.theftFromS).map(({ serial, faults }) => ({
      meter: serial,
      from: iso(faults.theftFromS),
      recordedShare: faults.theftShare,
    })),
    stuckMeters: having((meter) => meter.faults.stuckFromS).map(({ serial, faults }) => ({
      meter: serial,
      from: iso(faults.stuckFromS),
    })),
    deadMeters: having((meter) => meter.faults.deadFromS).map(({ serial, faults }) => ({
      meter: serial,
      from: iso(faults.deadFromS),
    })),
    wrongClocks: having((meter) => meter.faults.clockFromS).map(({ serial, faults }) => ({
      meter: serial,
      from: iso(faults.clockFromS),
      offsetS: faults.clockOffsetS,
    })),
  };
}

function outageTruth(world: World): Truth['outages'] {
  const found: { transformer: string; from: string; until: string }[] = [];
  for (let day = world.firstDay; day < world.endDay; day++) {
    for (const { transformer, fromS, untilS } of outagesOn(world, day)) {
      found.push({
        transformer: world.transformers[transformer]!.code,
        from: iso(fromS),
        until: iso(untilS),
      });
    }
  }
  return found;
}

function iso(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
