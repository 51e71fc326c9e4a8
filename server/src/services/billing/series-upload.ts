/** Reads an upload of values over time, from rows or a table; every fault comes with its row. */
import { type ReadSpan, readSpans, type SpanFault, type SpanRow } from '@openami/billing';
import { readTable } from '@openami/exchange';
import type { SeriesQuantity } from '@openami/model';
import {
  type BillingSeriesCreate,
  mostUploaded,
  type SeriesUploadBody,
} from '../../contract/billing-inputs.ts';
import { serverErrors } from '../../errors.ts';

/** Raises SERIES_INVALID with what is wrong. */
export function spansOf(body: SeriesUploadBody, quantity: SeriesQuantity): readonly ReadSpan[] {
  const { values, csv, intervalMinutes } = body;
  if ((values === undefined) === (csv === undefined))
    invalid([{ path: '', message: 'give `values` or `csv`' }]);
  const { rows, lines } = csv === undefined ? { rows: values!, lines: undefined } : tableRows(csv);
  if (rows.length === 0) invalid([{ path: '', message: 'holds no value' }]);
  if (rows.length > mostUploaded)
    invalid([{ path: '', message: `holds ${rows.length} values, ${mostUploaded} are the most: cut it up` }]);
  const { spans, faults } = readSpans(rows, {
    canBeNegative: quantity === 'price',
    ...(intervalMinutes !== undefined && { intervalS: intervalMinutes * 60 }),
  });
  if (faults.length > 0) invalid(faults.map((fault) => placed(fault, lines)));
  return spans;
}

function placed({ row, message }: SpanFault, lines: readonly number[] | undefined) {
  return { path: lines === undefined ? `values[${row - 1}]` : `line ${lines[row - 1]}`, message };
}

function invalid(errors: readonly { readonly path: string; readonly message: string }[]): never {
  const [first, ...more] = errors;
  const where = first!.path === '' ? '' : `${first!.path}: `;
  const text = `${where}${first!.message}${more.length === 0 ? '' : `; and ${more.length} more`}`;
  throw serverErrors.SERIES_INVALID(text, { errors });
}

const names = { from: ['from', 'start', 'begin'], to: ['to', 'end', 'until'], value: ['value', 'price'] };

function tableRows(csv: string): { readonly rows: SpanRow[]; readonly lines: number[] } {
  const { header, rows } = readTable(csv);
  const [from, to, value] = [names.from, names.to, names.value].map((known) =>
    header.findIndex((one) => known.includes(one)),
  );
  if (from! < 0 || value! < 0)
    invalid([
      { path: 'line 1', message: `must name the columns from, to and value; it has ${header.join(', ')}` },
    ]);
  return {
    rows: rows.map(({ cells }) => ({
      ...{ from: cells[from!] ?? '', value: cells[value!] ?? '' },
      ...(to! >= 0 && { to: cells[to!] ?? '' }),
    })),
    lines: rows.map(({ line }) => line),
  };
}

const unitOf = { 'calorific-value': 'MJ/m3', evapotranspiration: 'mm' } as const;

/** Raises VALIDATION_FAILED for a unit that the quantity does not have. */
export function requireUnit({ quantity, unit }: BillingSeriesCreate): void {
  const right = quantity === 'price' ? /^[A-Z]{3}\/(kWh|MWh|m3)$/.test(unit) : unit === unitOf[quantity];
  if (right) return;
  const words = quantity === 'price' ? 'EUR/kWh, or the like' : unitOf[quantity];
  throw serverErrors.VALIDATION_FAILED(`unit: ${quantity} is in ${words}, not in ${unit}`);
}
