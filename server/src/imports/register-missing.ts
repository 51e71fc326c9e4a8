/**
 * Registers the meters and channels that a file names and the registry does not know, so that a file can
 * be imported into an empty system. The resolution of a new channel is as fine as the values that were
 * seen, at least three decimals of the unit.
 */
import { type AccessContext, type Commodity, parseUnit, resolutionFor } from '@openami/model';
import type { RegistryStore } from '@openami/store';
import { serverErrors } from '../errors.ts';
import type { LiveDirectory } from '../services/live-directory.ts';
import { commodityOf, readingTypeOf } from '../services/quantity.ts';

/** What of a series decides its channel. */
export interface MissingSeries {
  readonly device: string;
  readonly quantity: string;
  readonly unit: string;
  readonly intervalS: number;
  readonly readingType?: string;
  readonly value: Float64Array;
  readonly length: number;
}

export interface RegisterMissingOptions {
  readonly registry: RegistryStore;
  readonly directory: LiveDirectory;
  readonly commodity?: Commodity;
}

const minDecimals = 3;
const maxDecimals = 6;

/** Registers what is unknown; returns how many channels were made. Throws IMPORT_UNIT, UNIT_UNKNOWN. */
export async function registerMissing(
  ctx: AccessContext,
  series: readonly MissingSeries[],
  options: RegisterMissingOptions,
): Promise<number> {
  const { registry, directory } = options;
  const meters = new Map<string, Record<string, unknown>>();
  const channels = new Map<string, Record<string, unknown>>();
  for (const one of series) {
    if (one.device === '' || directory.memory.find(one.device, one.quantity, one.intervalS)) continue;
    if (one.unit === '') throw serverErrors.IMPORT_UNIT(`${one.device}, ${one.quantity}`);
    parseUnit(one.unit);
    const commodity = options.commodity ?? commodityOf(one.unit, one.readingType ?? one.quantity);
    if (directory.memory.meter(one.device) === 0) {
      meters.set(one.device, { serial: one.device, commodity, state: 'active', protocol: 'file' });
    }
    const alias = one.intervalS === 0 ? `${one.quantity} register` : one.quantity;
    const key = `${one.device}\n${alias}`;
    if (!channels.has(key)) channels.set(key, channelRow(one, alias, commodity));
  }
  if (channels.size === 0) return 0;
  if (meters.size > 0) await registry.meters.upsertMany(ctx, [...meters.values()]);
  const result = await registry.channels.upsertMany(ctx, [...channels.values()]);
  const [error] = result.errors;
  if (error) throw serverErrors.IMPORT_REGISTER(error.reason, { code: error.code });
  await directory.refresh();
  return result.created;
}

function channelRow(series: MissingSeries, alias: string, commodity: Commodity): Record<string, unknown> {
  const { device, quantity, unit, intervalS } = series;
  return {
    serial: device,
    alias,
    readingType: series.readingType ?? readingTypeOf(commodity, quantity, unit, intervalS),
    quantityKeys: [quantity],
    intervalS,
    resolution: resolutionOf(unit, decimalsOf(series.value, series.length)),
    unit,
  };
}

/** Thousandths of the base unit in one count, never below one. */
function resolutionOf(unit: string, decimals: number): number {
  for (let places = decimals; places > 0; places--) {
    try {
      return resolutionFor(unit, places);
    } catch {
      // finer than a thousandth of the base unit: one place less
    }
  }
  return resolutionFor(unit, 0);
}

/** Decimals that write every value exactly, within bounds. */
function decimalsOf(value: Float64Array, length: number): number {
  let decimals = minDecimals;
  for (let row = 0; row < length && decimals < maxDecimals; row++) {
    while (decimals < maxDecimals && Number(value[row]!.toFixed(decimals)) !== value[row]) decimals++;
  }
  return decimals;
}
