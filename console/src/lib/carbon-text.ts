/** Carbon factors as lines that people write: `electricity; 2026-01-01; 2025; 363; Source`. */
import type { CarbonFactor } from '@openami/server/contract';

const commodities = ['electricity', 'gas', 'water', 'heat'] as const;

export function carbonText(factors: readonly CarbonFactor[]): string {
  return factors
    .map(({ commodity, from, year, gramsPerUnit, source }) =>
      [commodity, from, year, gramsPerUnit, source].join('; '),
    )
    .join('\n');
}

/** The factors, or what is wrong with the first line that is none. Empty lines are passed over. */
export function carbonFactors(text: string): { factors: CarbonFactor[]; fault?: string } {
  const factors: CarbonFactor[] = [];
  for (const [i, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const [what, from = '', year = '', gramsPerUnit = '', ...rest] = line
      .split(';')
      .map((part) => part.trim());
    const commodity = commodities.find((one) => one === what);
    const source = rest.join('; ');
    const wrong =
      commodity === undefined
        ? `one of ${commodities.join(', ')} comes first`
        : !/^\d{4}-\d{2}-\d{2}$/.test(from)
          ? 'a date such as 2026-01-01 comes second'
          : !/^\d{4}$/.test(year)
            ? 'the year of the factor comes third'
            : !/^\d{1,6}(\.\d{1,6})?$/.test(gramsPerUnit)
              ? 'grams a kWh (or m3) come fourth, such as 363 or 0.5'
              : source === '' && 'the source comes last';
    if (wrong) return { factors, fault: `Line ${i + 1}: ${wrong}.` };
    factors.push({ commodity: commodity!, from, year: Number(year), gramsPerUnit, source });
  }
  return { factors };
}
