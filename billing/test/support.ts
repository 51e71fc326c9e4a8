/** Tariffs and usage of tests, in short. */
import { billingMonthOf, parseDay, parseInstantS, zoneTable } from '@openami/model';
import type { Usage } from '../src/determinants/usage.ts';
import {
  type AccountInput,
  type BillView,
  billView,
  type RatedBill,
  rateCycles,
} from '../src/rating/cycle.ts';
import { type CompiledTariff, readTariff } from '../src/tariff/read.ts';
import type { Charge, TariffVersion } from '../src/tariff/schema.ts';

export const zone = 'Europe/Berlin';

/** A tariff of one version. */
export function tariffOf(charges: readonly Charge[], more: Partial<TariffVersion> = {}): CompiledTariff {
  return readTariff(dataOf(charges, more));
}

export function dataOf(charges: readonly Charge[], more: Partial<TariffVersion> = {}) {
  const version = { charges: [...charges], ...more };
  return { id: 'test', commodity: 'electricity' as const, currency: 'EUR', versions: [version] };
}

/** Day by peak and off-peak: 08:00 to 20:00 on weekdays is peak. */
export const dayAndNight = {
  schedules: [
    {
      id: 'tou',
      rows: [
        {
          days: ['weekday' as const],
          hours: [
            { from: '08:00', to: '20:00', period: 'peak' },
            { from: '20:00', to: '08:00', period: 'night' },
          ],
        },
        { days: ['weekend' as const], period: 'night' },
      ],
    },
  ],
};

/** Usage from local midnight of a date on; values are Wh, NaN is missing. */
export function usageOf(
  from: string,
  minutes: number,
  wattHours: readonly number[],
  more: {
    readonly fed?: readonly number[];
    readonly reactive?: readonly number[];
    readonly estimated?: readonly number[];
  } = {},
): Usage {
  const grid = { startS: instant(from), intervalS: minutes * 60, step: 1_000 };
  const segment = (values: readonly number[]) => ({ ...grid, counts: Float64Array.from(values) });
  return {
    perUnit: 1_000_000,
    import: [
      { ...segment(wattHours), ...(more.estimated && { estimated: Uint8Array.from(more.estimated) }) },
    ],
    ...(more.fed && { export: [segment(more.fed)] }),
    ...(more.reactive && { reactive: [segment(more.reactive)] }),
  };
}

/** First instant of a local date of the test zone, or an instant. */
export function instant(text: string): number {
  return text.length === 10 ? zoneTable(zone).dayStart(parseDay(text)) : parseInstantS(text);
}

/** Hours from local midnight of a date to that of another. */
export function hoursBetween(from: string, to: string): number {
  return (instant(to) - instant(from)) / 3_600;
}

/** Bills the calendar month of `from`, or the part of it up to `to`. */
export function billOf(
  tariff: CompiledTariff,
  usage: Usage,
  from: string,
  to?: string,
  more: Partial<AccountInput> = {},
): RatedBill {
  const cycle = billingMonthOf(parseDay(from), 1);
  const window = to === undefined ? undefined : { fromS: instant(from), toS: instant(to) };
  return rateCycles({ tariff, usage, zone, ...more }, [{ cycle, window }])[0]!;
}

/** The same, as it is shown. */
export function viewOf(...args: Parameters<typeof billOf>): BillView {
  return billView(billOf(...args));
}

/** Amounts by line. */
export function amounts({ lines }: BillView): Record<string, string> {
  return Object.fromEntries(lines.map(({ id, amount }) => [id, amount]));
}
