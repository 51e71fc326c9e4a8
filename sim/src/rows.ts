/**
 * The world as rows for the registry's bulk import: plain objects by natural key (code, serial, number),
 * periods as ISO text. The order of the kinds is one in which every reference comes before its use.
 */
import { dlmsMetersOf } from './dlms/dlms-plan.ts';
import { addressesOf, radioNameOf } from './protocols.ts';
import { radioStrangerSerial, wrongKeyStranger } from './radio/radio-plan.ts';
import type { SimMeter, World } from './world-types.ts';

export type RegistryRow = Readonly<Record<string, unknown>>;

/** Kinds as the registry names them. */
export const worldKinds = [
  'premises',
  'network-nodes',
  'usage-points',
  'meters',
  'channels',
  'installations',
  'customers',
  'accounts',
  'agreements',
] as const;

export type WorldRows = Readonly<Record<(typeof worldKinds)[number], readonly RegistryRow[]>>;

const LOCALITY = 'Exampleton';
const POSTCODE = '00100';
const COUNTRY = 'DE';
const STOCK_METERS = 5;
const PHASES = ['', 'A', 'B', 'C'];

/** Every row of the world; meters in stock included, strangers not. */
export function worldRows(world: World): WorldRows {
  return {
    premises: premises(world),
    'network-nodes': nodes(world),
    'usage-points': usagePoints(world),
    meters: meters(world),
    channels: channels(world),
    installations: world.meters.map((meter) => ({
      serial: meter.serial,
      usagePointCode: world.usagePoints[meter.usagePoint]!.code,
      role: 'main',
      validFrom: iso(meter.fromS),
      validUntil: Number.isFinite(meter.untilS) ? iso(meter.untilS) : null,
    })),
    ...contracts(world),
  };
}

function premises(world: World): RegistryRow[] {
  return world.premises.map((premise) => ({
    code: premise.code,
    addressLines: [`${premise.house} ${premise.street}`],
    locality: LOCALITY,
    postcode: POSTCODE,
    country: COUNTRY,
    lon: premise.lon,
    lat: premise.lat,
    zone: world.zone,
  }));
}

function nodes(world: World): RegistryRow[] {
  const { station } = world;
  const rows: RegistryRow[] = [
    {
      code: station.code,
      kind: 'station',
      name: 'Station 1',
      parentCode: null,
      lon: station.lon,
      lat: station.lat,
    },
  ];
  for (const { code, index, lon, lat } of world.feeders) {
    rows.push({ code, kind: 'feeder', name: `Feeder ${index + 1}`, parentCode: station.code, lon, lat });
  }
  for (const { code, index, feeder, ratedKva, lon, lat } of world.transformers) {
    const name = `Transformer ${index + 1}, ${ratedKva} kVA`;
    rows.push({ code, kind: 'transformer', name, parentCode: world.feeders[feeder]!.code, lon, lat });
  }
  return rows;
}

function usagePoints(world: World): RegistryRow[] {
  return world.usagePoints.map((point) => {
    const premise = world.premises[point.premise]!;
    const home = point.commodity === 'electricity' ? world.homes[point.row]! : undefined;
    return {
      code: point.code,
      premiseCode: premise.code,
      commodity: point.commodity,
      zone: world.zone,
      nodeCode: home === undefined ? null : world.transformers[home.transformer]!.code,
      phase: home === undefined ? '' : PHASES[home.phase],
      state: 'connected',
      serviceClass: home?.pattern === 'business' ? 'small business' : 'residential',
    };
  });
}

/** Panels on the roof are on record: what they feed in surprises nobody. */
function generates({ usagePoints, homes }: World, { commodity, usagePoint }: SimMeter): boolean {
  return commodity === 'electricity' && homes[usagePoints[usagePoint]!.row]!.pv !== undefined;
}

function meters(world: World): RegistryRow[] {
  const dlms = new Set(dlmsMetersOf(world));
  const rows: RegistryRow[] = world.meters.map((meter) => ({
    serial: meter.serial,
    addresses: addressesOf(meter),
    manufacturer: meter.manufacturer,
    model: meter.model,
    commodity: meter.commodity,
    state: Number.isFinite(meter.untilS) ? 'removed' : 'active',
    firmware: meter.firmware,
    protocol: dlms.has(meter) ? 'dlms' : meter.protocol === 'push' ? 'mqtt-push' : meter.protocol,
    attributes: generates(world, meter) ? { hasDer: true } : {},
  }));
  if (world.meters.some(({ protocol }) => protocol === 'wmbus')) {
    const serial = radioStrangerSerial(wrongKeyStranger);
    const name = { serial, addresses: [radioNameOf(serial)], manufacturer: 'Hydronorm', model: 'HN-Q3' };
    const state = { commodity: 'water', state: 'active', firmware: '2.4.1', protocol: 'wmbus' };
    rows.push({ ...name, ...state, attributes: {} });
  }
  for (let i = 0; i < STOCK_METERS; i++) {
    rows.push({
      serial: `OA${3_000_001 + i}`,
      addresses: [],
      manufacturer: 'Betaflux',
      model: 'B2 Smart',
      commodity: 'electricity',
      state: 'in_stock',
      firmware: '2.5.0',
      protocol: 'mqtt-push',
      attributes: {},
    });
  }
  return rows;
}

function channels(world: World): RegistryRow[] {
  return world.channels.map(({ meter, kind }) => ({
    serial: world.meters[meter]!.serial,
    alias: kind.alias,
    readingType: kind.readingType,
    obis: kind.obis,
    quantityKeys: [],
    intervalS: kind.intervalS,
    resolution: kind.resolution,
    unit: kind.unit,
    digits: kind.intervalS === 0 ? 9 : null,
    multiplier: '1',
  }));
}

function contracts(world: World): Pick<WorldRows, 'customers' | 'accounts' | 'agreements'> {
  const customers: RegistryRow[] = [];
  const accounts: RegistryRow[] = [];
  const agreements: RegistryRow[] = [];
  const since = iso(world.days.start(world.firstDay) - 300 * 86_400);
  for (const premise of world.premises) {
    const number = String(premise.index + 1).padStart(5, '0');
    const business = world.homes[premise.index]!.pattern === 'business';
    const name = `Customer ${number}`;
    customers.push({ code: `CU-${number}`, name, kind: business ? 'business' : 'residential' });
    accounts.push({ number: `AC-${number}`, customerCode: `CU-${number}`, name });
  }
  for (const point of world.usagePoints) {
    agreements.push({
      code: `AG-${String(point.index + 1).padStart(6, '0')}`,
      accountNumber: `AC-${String(point.premise + 1).padStart(5, '0')}`,
      usagePointCode: point.code,
      validFrom: since,
      validUntil: null,
    });
  }
  return { customers, accounts, agreements };
}

function iso(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
