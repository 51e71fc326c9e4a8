/** Files of `openami rate`: tariff, events and price series. */
import { readFile, stat } from 'node:fs/promises';
import { type EventWindows, gridSeries, type Usage, type ValueSeries, type Window } from '@openami/billing';
import { parseDecimal, parseInstantS } from '@openami/model';
import { parse } from 'yaml';
import { serverErrors } from '../../errors.ts';

const MAX_BYTES = 20_000_000;

/** What a JSON or YAML file says. Throws RATE_FILE. */
export async function readData(path: string): Promise<unknown> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile()) throw serverErrors.USAGE(`${path} is not a file`);
  if (found.size > MAX_BYTES) throw serverErrors.RATE_FILE(`${path}: more than ${MAX_BYTES} bytes`);
  try {
    const text = await readFile(path, 'utf8');
    // YAML holds JSON, but its parser is slower and stricter on large files
    return /^\s*[[{]/.test(text) && path.endsWith('.json') ? JSON.parse(text) : parse(text);
  } catch (cause) {
    throw serverErrors.RATE_FILE(`${path}: ${(cause as Error).message.slice(0, 300)}`, {}, cause);
  }
}

/** Windows of events, and what would have been used in them. */
export interface Events {
  readonly events: EventWindows;
  readonly baselines: Readonly<Record<string, readonly number[]>>;
}

/** Reads `{"cpp":[{"from":"…","to":"…","baseline":1.5}]}`; baselines are in the unit of the tariff. */
export async function readEvents(path: string | undefined, perUnit: Usage['perUnit']): Promise<Events> {
  if (path === undefined) return { events: {}, baselines: {} };
  const data = await readData(path);
  const events: Record<string, Window[]> = {};
  const baselines: Record<string, number[]> = {};
  try {
    for (const [name, list] of Object.entries(data as Record<string, unknown[]>)) {
      for (const one of list as Readonly<Record<string, unknown>>[]) {
        const window = { fromS: parseInstantS(String(one.from)), toS: parseInstantS(String(one.to)) };
        events[name] = [...(events[name] ?? []), window];
        if (one.baseline === undefined) continue;
        const { n, d } = parseDecimal(one.baseline as number);
        baselines[name] = [...(baselines[name] ?? []), Number((n * BigInt(perUnit)) / d)];
      }
    }
  } catch (cause) {
    throw serverErrors.RATE_FILE(`${path}: ${(cause as Error).message}`, {}, cause);
  }
  return { events, baselines };
}

/** Decimals that prices are kept to. */
const PRICE_DIGITS = 9;

/** Reads `{"spot":{"start":"…Z","intervalMinutes":60,"prices":[0.12,null]}}`. */
export async function readPrices(path: string | undefined): Promise<Readonly<Record<string, ValueSeries>>> {
  if (path === undefined) return {};
  const data = await readData(path);
  const series: Record<string, ValueSeries> = {};
  try {
    for (const [name, one] of Object.entries(data as Record<string, Readonly<Record<string, unknown>>>)) {
      const prices = (one.prices as (number | null)[]).map(priceOf);
      series[name] = gridSeries(
        parseInstantS(String(one.start)),
        Number(one.intervalMinutes) * 60,
        prices,
        PRICE_DIGITS,
      );
    }
  } catch (cause) {
    throw serverErrors.RATE_FILE(`${path}: ${(cause as Error).message}`, {}, cause);
  }
  return series;
}

function priceOf(value: number | string | null): number {
  if (value === null) return Number.NaN;
  const { n, d } = parseDecimal(value);
  return Number((n * 10n ** BigInt(PRICE_DIGITS)) / d);
}
