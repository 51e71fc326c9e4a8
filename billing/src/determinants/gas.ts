/**
 * Energy of gas: V·C·CV ÷ 3.6 in kWh, with V in m³ at the meter, C the factor to reference conditions and CV
 * the calorific value in MJ/m³ (handbook §2.10). Each interval takes the values of its time; one that is
 * longer than a span of calorific values (a register read once a month) takes their mean by time.
 *
 * Sums are whole thousandths of a watt-hour, and so is each interval: what rounding takes from one goes into
 * the next, so that the sum is off by half a thousandth at most, however many intervals there are.
 */
import { formatInstant } from '@openami/model';
import { billingErrors } from '../errors.ts';
import { decimalOf, dividedBy, type Fraction, plus, roundQuotient, ZERO } from '../exact.ts';
import type { GasVolume } from './determinants.ts';
import { SeriesCursor, type ValueSeries } from './series.ts';
import type { Flow } from './usage.ts';

/** What turns volume into energy. */
export interface GasFacts {
  /** Factor to reference conditions. */
  readonly correction: ValueSeries;
  /** MJ/m³. */
  readonly calorific: ValueSeries;
  /** Name of the series, for messages. */
  readonly series: string;
}

const DIGITS = 6;

/** Thousandths of a watt-hour in those of a litre at 1 MJ/m³: 1 ÷ 3.6. */
const PER_MJ: Fraction = { n: 10n, d: 36n };

/** Turns volumes into energies in place. Raises BILLING_INPUT_MISSING, BILLING_USAGE. */
export function gasEnergy(flows: readonly Flow[], { correction, calorific, series }: GasFacts): GasVolume {
  const [factors, values] = [new SeriesCursor(correction), new SeriesCursor(calorific)];
  const scale = 10n ** BigInt(correction.digits);
  let [exact, corrected, given] = [ZERO, 0n, 0n];
  let volume = 0;
  for (const { startS, intervalS, import: drawn } of flows) {
    for (let i = 0; i < drawn.length; i++) {
      const counts = drawn[i]!;
      if (Number.isNaN(counts) || counts === 0) continue;
      const [fromS, toS] = [startS + i * intervalS, startS + (i + 1) * intervalS];
      const factor = BigInt(factorOf(factors, fromS, toS));
      const mean = values.mean(fromS, toS) ?? missingValue(values, series, fromS, toS);
      const amount = BigInt(counts) * factor;
      exact = plus(exact, { n: amount * mean.n * PER_MJ.n, d: scale * mean.d * PER_MJ.d });
      const reached = roundQuotient(exact.n, exact.d);
      drawn[i] = Number(reached - given);
      given = reached;
      corrected += amount;
      volume += counts;
    }
  }
  const revision = calorific.revision;
  if (volume === 0) return { volume, correction: '0', calorific: '0', ...(revision && { revision }) };
  const perMj = { n: exact.n * PER_MJ.d * scale, d: exact.d * PER_MJ.n };
  return {
    volume,
    correction: decimalOf(dividedBy({ n: corrected, d: scale }, whole(BigInt(volume))), DIGITS),
    calorific: decimalOf(dividedBy(perMj, whole(corrected)), DIGITS),
    ...(revision && { revision }),
  };
}

const whole = (n: bigint): Fraction => ({ n, d: 1n });

function factorOf(factors: SeriesCursor, fromS: number, toS: number): number {
  const value = factors.value(fromS, toS);
  if (!Number.isNaN(value)) return value;
  const found = factors.explain(fromS, toS);
  if (found.kind === 'missing')
    throw billingErrors.BILLING_INPUT_MISSING(
      `the factor of volume correction at ${formatInstant(found.atS)}: 1 for a meter that corrects by itself`,
    );
  throw billingErrors.BILLING_USAGE(
    `the factor of volume correction changes within the interval from ${formatInstant(fromS)}`,
  );
}

function missingValue(values: SeriesCursor, series: string, fromS: number, toS: number): never {
  const found = values.explain(fromS, toS);
  const atS = found.kind === 'missing' ? found.atS : fromS;
  throw billingErrors.BILLING_INPUT_MISSING(`the calorific value of '${series}' at ${formatInstant(atS)}`, {
    series,
  });
}
