/** Stored values as billing takes them: columns of whole numbers. */
import { gridSeries, scaledText, type ValueSeries } from '@openami/billing';
import { parseDecimal } from '@openami/model';
import type { SeriesSpan } from '@openami/store';

type Span = SeriesSpan & { readonly upload?: number };

/** Columns of spans that are in order. */
export function valueSeries(spans: readonly Span[]): ValueSeries {
  const digits = spans.reduce((most, { value }) => Math.max(most, decimalsOf(value)), 0);
  const scale = 10n ** BigInt(digits);
  const revision = spans.reduce((most, { upload = 0 }) => Math.max(most, upload), 0);
  return {
    fromS: Float64Array.from(spans, ({ fromS }) => fromS),
    toS: Float64Array.from(spans, ({ toS }) => toS),
    values: Float64Array.from(spans, ({ value }) => {
      const { n, d } = parseDecimal(value);
      return Number((n * scale) / d);
    }),
    digits,
    ...(revision > 0 && { revision }),
  };
}

/** Prices in another unit of energy; undefined where they are not of one currency and kind. */
export function inUnit(series: ValueSeries, from: string, to: string): ValueSeries | undefined {
  if (from === to) return series;
  const { digits, values } = series;
  if (from === to.replace('/kWh', '/MWh')) return { ...series, digits: digits + 3 };
  if (from === to.replace('/MWh', '/kWh')) return { ...series, values: values.map((one) => one * 1_000) };
  return undefined;
}

function decimalsOf(text: string): number {
  const at = text.indexOf('.');
  return at < 0 ? 0 : text.length - at - 1;
}

/** Something that holds in a stretch of time. */
export interface StatedText {
  readonly fromS: number;
  readonly toS: number;
  readonly value: string;
}

/** Beyond any time that is billed. */
const END_S = 2 ** 33;

/** Each holds until the next; null ends what was before. In order of time. */
export function statedTexts(
  statements: readonly { readonly fromS: number; readonly value: string | null }[],
): StatedText[] {
  return statements.flatMap(({ fromS, value }, i) =>
    value === null ? [] : [{ fromS, toS: statements[i + 1]?.fromS ?? END_S, value }],
  );
}

/** Numbers that were stated. */
export function statedSeries(stated: readonly StatedText[]): ValueSeries {
  return valueSeries(stated);
}

/** The series that are named, each while it is. What does not exist leaves a hole. */
export function joinedSeries(
  stated: readonly StatedText[],
  series: ReadonlyMap<string, ValueSeries>,
): ValueSeries {
  if (stated.length === 1 && stated[0]!.toS === END_S) {
    const only = series.get(stated[0]!.value);
    if (only !== undefined && (only.fromS[0] ?? END_S) >= stated[0]!.fromS) return only;
  }
  const parts = stated.flatMap(({ fromS, toS, value }) => {
    const from = series.get(value);
    return from === undefined ? [] : spansWithin(from, fromS, toS);
  });
  return parts.length === 0 ? gridSeries(0, 1, [], 0) : valueSeries(parts);
}

function spansWithin(
  { fromS: starts, toS: ends, values, digits, revision }: ValueSeries,
  fromS: number,
  toS: number,
) {
  const spans: Span[] = [];
  for (let i = 0; i < starts.length; i++) {
    const [a, b] = [Math.max(fromS, starts[i]!), Math.min(toS, ends[i]!)];
    if (b <= a) continue;
    const value = scaledText(BigInt(values[i]!), digits);
    spans.push({ fromS: a, toS: b, value, ...(revision !== undefined && { upload: revision }) });
  }
  return spans;
}
