/**
 * Builds the utility: from a seed and a size to every house, appliance, meter and fault. Nothing here
 * depends on the clock or on the order of calls, so the same options give the same world, byte for byte.
 */
import { type Commodity, parseDay } from '@openami/model';
import { localDays } from './calendar.ts';
import { channelKindsOf } from './channels.ts';
import { simErrors } from './errors.ts';
import { dealFaults, type FaultPlan } from './faults.ts';
import { isRegisterOnly, protocolOf, type SimProtocols } from './protocols.ts';
import { Draw, Stream } from './random.ts';
import { CENTRE, layTown, STATION, type Town } from './town.ts';
import type {
  Flow,
  Home,
  Pattern,
  Premise,
  SimChannel,
  SimMeter,
  UsagePoint,
  World,
  WorldOptions,
} from './world-types.ts';

const SHARE: Record<Exclude<Commodity, 'electricity'>, number> = { gas: 0.13, water: 0.2, heat: 0.05 };
const STRANGERS = 3;
export const mostUsagePoints = 1_000_000;

/** The same options give the same world. @throws SIM_OPTIONS */
export function buildWorld(options: WorldOptions): World {
  const { seed, usagePoints: count = 1000, zone = 'Europe/Berlin', historyDays = 90 } = options;
  const firstDay = startDay(options.start ?? '2026-01-20');
  if (!Number.isInteger(count) || count < 10 || count > mostUsagePoints) {
    throw simErrors.SIM_OPTIONS(`usagePoints is ${count}; it must be 10 to 1,000,000`);
  }
  if (!Number.isInteger(historyDays) || historyDays < 0) {
    throw simErrors.SIM_OPTIONS(`historyDays is ${historyDays}`);
  }
  const days = localDays(zone);
  const endDay = firstDay + historyDays;
  const others = { gas: 0, water: 0, heat: 0 };
  for (const kind of ['gas', 'water', 'heat'] as const)
    others[kind] = Math.max(1, Math.round(count * SHARE[kind]));
  const electricity = count - others.gas - others.water - others.heat;
  const town = layTown(seed, electricity);
  const plan = dealFaults(seed, { electricity, ...others }, { days, firstDay, endDay });
  const usagePoints: UsagePoint[] = [];
  const homes = town.premises.map((premise) => addHome(seed, premise, usagePoints));
  const flows = addFlows(seed, others, town, usagePoints, plan);
  const { meters, channels } = addMeters(
    { seed, usagePoints, homes, plan, protocols: options.protocols ?? 'push' },
    days.start(firstDay),
  );
  const firstWater = meters.findIndex((meter) => meter.commodity === 'water');
  const strangers = Array.from({ length: STRANGERS }, (_, i) => ({
    serial: `OA9${String(i + 1).padStart(6, '0')}`,
    mirrors: firstWater + (i % others.water),
  }));
  return {
    seed,
    zone,
    days,
    place: CENTRE,
    firstDay,
    endDay,
    station: STATION,
    transformers: town.transformers,
    feeders: town.feeders,
    premises: town.premises,
    usagePoints,
    homes,
    flows,
    meters,
    channels,
    strangers,
  };
}

function startDay(date: string): number {
  try {
    return parseDay(date);
  } catch (error) {
    throw simErrors.SIM_OPTIONS(`start is '${date}'`, {}, error);
  }
}

const PATTERNS: readonly Pattern[] = [
  'worker',
  'worker',
  'family',
  'family',
  'family',
  'retired',
  'retired',
  'business',
];

function addHome(seed: number, premise: Premise, usagePoints: UsagePoint[]): Home {
  const draw = new Draw().at(seed, Stream.home, premise.index);
  const index = usagePoints.length;
  const pattern = PATTERNS[draw.below(PATTERNS.length)]!;
  const business = pattern === 'business';
  usagePoints.push({
    index,
    code: code(index),
    commodity: 'electricity',
    premise: premise.index,
    row: premise.index,
  });
  const pv = draw.next() < 0.2;
  const ev = draw.next() < 0.12 && !business;
  const heatPump = draw.next() < 0.08 && !business;
  return {
    usagePoint: index,
    transformer: premise.transformer,
    phase: 1 + draw.below(3),
    lineM: Math.round(draw.between(20, 220)),
    pattern,
    occupants: pattern === 'family' ? 3 + draw.below(3) : 1 + draw.below(2),
    standbyW: draw.between(30, business ? 300 : 110),
    fridgeW: draw.between(70, 140),
    fridgePeriodS: draw.between(2400, 4800),
    fridgeDuty: draw.between(0.25, 0.5),
    electronicsW: draw.between(60, business ? 1500 : 260),
    lightW: draw.between(50, business ? 900 : 250),
    cookW: draw.between(900, 2600),
    pv: pv
      ? {
          kwp: Math.round(draw.between(3, 12) * 10) / 10,
          azimuthRad: draw.around(0, 0.5),
          tiltRad: draw.between(0.4, 0.8),
        }
      : undefined,
    ev: ev
      ? {
          chargeW: [3700, 7400, 11_000][draw.below(3)]!,
          arrivalH: draw.around(18, 1),
          perDay: draw.between(0.35, 0.8),
        }
      : undefined,
    heatPump: heatPump ? { wattsPerK: draw.between(120, 260) } : undefined,
  };
}

function addFlows(
  seed: number,
  counts: Record<'gas' | 'water' | 'heat', number>,
  town: Town,
  usagePoints: UsagePoint[],
  plan: FaultPlan,
): Flow[] {
  const flows: Flow[] = [];
  const houses = town.premises.length;
  for (const commodity of ['gas', 'water', 'heat'] as const) {
    for (let i = 0; i < counts[commodity]; i++) {
      const row = flows.length;
      const draw = new Draw().at(seed, Stream.home, 1_000_000 + row);
      // Heat goes to the houses from the end, gas from the start: nobody has both.
      const spread = Math.floor((i * houses) / counts[commodity]);
      const premise = commodity === 'water' ? spread : commodity === 'gas' ? i : houses - 1 - i;
      const index = usagePoints.length;
      usagePoints.push({ index, code: code(index), commodity, premise: Math.max(0, premise) % houses, row });
      const leak = commodity === 'water' ? plan.leaks.get(i) : undefined;
      flows.push({
        usagePoint: index,
        commodity,
        occupants: 1 + draw.below(5),
        perKelvin:
          commodity === 'gas'
            ? draw.between(0.012, 0.03)
            : commodity === 'heat'
              ? draw.between(0.1, 0.28)
              : 0,
        irrigates: commodity === 'water' && draw.next() < 0.3,
        leakFromS: leak?.fromS ?? Number.POSITIVE_INFINITY,
        leakLitresPerHour: leak?.litresPerHour ?? 0,
      });
    }
  }
  return flows;
}

const MAKES: Record<Commodity, readonly (readonly [string, string])[]> = {
  electricity: [
    ['Alphametra', 'AM-100'],
    ['Alphametra', 'AM-300'],
    ['Betaflux', 'B2 Smart'],
  ],
  gas: [['Gammaline', 'GL-4']],
  water: [
    ['Hydronorm', 'HN-Q3'],
    ['Hydronorm', 'HN-Ultra'],
  ],
  heat: [['Deltatherm', 'DT-7']],
};
const FIRMWARE = ['2.4.1', '2.4.1', '2.4.1', '2.3.9', '2.5.0'];
/** Largest first index of a register, in counts. */
const FIRST_INDEX: Record<Commodity, number> = {
  electricity: 30_000_000,
  gas: 900_000,
  water: 700_000,
  heat: 400_000,
};

interface MeterSource {
  readonly seed: number;
  readonly usagePoints: readonly UsagePoint[];
  readonly homes: readonly Home[];
  readonly plan: FaultPlan;
  readonly protocols: SimProtocols;
}

function addMeters(
  { seed, usagePoints, homes, plan, protocols }: MeterSource,
  historyStartS: number,
): { meters: SimMeter[]; channels: SimChannel[] } {
  const meters: SimMeter[] = [];
  const channels: SimChannel[] = [];
  const firstOf = new Map<Commodity, number>();
  for (const point of usagePoints) {
    if (!firstOf.has(point.commodity)) firstOf.set(point.commodity, point.index);
  }
  const add = (point: UsagePoint, serial: string, fromS: number, untilS: number, fresh: boolean): void => {
    const draw = new Draw().at(seed, Stream.assign, point.index, fresh ? 1 : 0);
    const [manufacturer, model] = MAKES[point.commodity][draw.below(MAKES[point.commodity].length)]!;
    const pv = point.commodity === 'electricity' && homes[point.row]!.pv !== undefined;
    const n = point.index - firstOf.get(point.commodity)!;
    const protocol = protocolOf(protocols, point.commodity, n);
    const registerOnly = isRegisterOnly(protocol);
    const kinds = channelKindsOf(point.commodity, { pv, voltage: point.index % 10 === 3, registerOnly });
    const index = meters.length;
    const own = kinds.map((kind) => {
      const initialCounts = fresh ? 0 : draw.below(FIRST_INDEX[point.commodity]);
      channels.push({ index: channels.length, meter: index, kind, initialCounts });
      return channels.length - 1;
    });
    meters.push({
      index,
      serial,
      manufacturer,
      model,
      firmware: FIRMWARE[draw.below(FIRMWARE.length)]!,
      commodity: point.commodity,
      protocol,
      usagePoint: point.index,
      fromS,
      untilS,
      channels: own,
      faults: fresh ? plan.none : plan.of(point.commodity, n),
    });
  };
  const installedS = historyStartS - 400 * 86_400;
  for (const point of usagePoints) {
    const at = plan.exchanges.get(point.index) ?? Number.POSITIVE_INFINITY;
    add(point, `OA${1_000_001 + point.index}`, installedS, at, false);
  }
  for (const [point, at] of plan.exchanges) {
    add(usagePoints[point]!, `OA${2_000_001 + point}`, at, Number.POSITIVE_INFINITY, true);
  }
  return { meters, channels };
}

function code(index: number): string {
  return `UP-${String(index + 1).padStart(6, '0')}`;
}
