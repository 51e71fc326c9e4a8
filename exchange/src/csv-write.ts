/**
 * Writes series as CSV for people and programs (handbook 8.6): RFC 4180, ISO 8601 stamps with offset,
 * the unit in the header, quality by name, text guarded against being run as a formula.
 *
 *   device,quantity,interval_s,interval_end,value [kWh],quality
 */
import { convert, findUnit, qualityName, type ZoneTable, zoneTable } from '@openami/model';
import type { CsvMapping } from './csv-mapping.ts';
import { exchangeErrors } from './errors.ts';
import { guard } from './number-text.ts';
import type { SeriesChunk, SeriesSource } from './series.ts';

export interface CsvWriteOptions {
  /** IANA zone (or UTC) whose offset the time stamps carry; default UTC. */
  readonly zone?: string;
  /** Byte order mark first, for spreadsheet programs; default false. */
  readonly bom?: boolean;
  /** Unit of all values; default: that of the first chunk. Others are converted. */
  readonly unit?: string;
  /** A unit column instead of one unit in the header, for series of different dimensions. */
  readonly unitColumn?: boolean;
}

/** Rows in one part of the output. */
const partRows = 1024;

/**
 * Text of the file in parts. Throws FILE_VALUE_UNWRITABLE when a series is in a unit of another
 * dimension (use `unitColumn`), ZONE_UNKNOWN.
 */
export async function* writeCsv(
  series: SeriesSource,
  options: CsvWriteOptions = {},
): AsyncGenerator<string, void, undefined> {
  const zone = zoneTable(options.zone ?? 'UTC');
  let unit = options.unitColumn ? undefined : options.unit;
  let headed = false;
  const head = (): string => {
    headed = true;
    const value = options.unitColumn ? 'value,unit' : csvCell(unit ? `value [${unit}]` : 'value');
    return `${options.bom ? '\ufeff' : ''}device,quantity,interval_s,interval_end,${value},quality\r\n`;
  };
  for await (const chunk of series) {
    if (chunk.length === 0) continue;
    if (!options.unitColumn) unit ??= chunk.unit;
    if (!headed) yield head();
    for (let from = 0; from < chunk.length; from += partRows)
      yield rows(chunk, from, Math.min(chunk.length, from + partRows), zone, unit);
  }
  if (!headed) yield head();
}

/** Rows [from, to); with `unit` undefined the chunk's own unit stands in each row. */
function rows(
  chunk: SeriesChunk,
  from: number,
  to: number,
  zone: ZoneTable,
  unit: string | undefined,
): string {
  const start = `${csvCell(chunk.device)},${csvCell(chunk.quantity)},${chunk.intervalS},`;
  const after = unit === undefined ? `,${csvCell(chunk.unit)}` : '';
  const same = unit === undefined || unit === chunk.unit;
  if (!same && (findUnit(unit)?.dimension ?? unit) !== findUnit(chunk.unit)?.dimension)
    throw exchangeErrors.FILE_VALUE_UNWRITABLE(
      `${chunk.device} is in ${chunk.unit || 'no unit'}, the file in ${unit}`,
    );
  let text = '';
  for (let i = from; i < to; i++) {
    const value = same ? chunk.value[i]! : convert(chunk.value[i]!, chunk.unit, unit);
    text += `${start}${zone.format(chunk.end[i]!)},${value}${after},${qualityName(chunk.quality[i]!)}\r\n`;
  }
  return text;
}

/** A text cell, guarded and quoted where it must be. */
export function csvCell(text: string): string {
  const safe = guard(text);
  return /[",\r\n]/.test(safe) || safe.trim() !== safe ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** The mapping that reads what `writeCsv` writes. */
export function csvExportMapping(unitColumn = false): CsvMapping {
  return {
    version: 1,
    delimiter: ',',
    time: { column: 'interval_end', pattern: 'iso', label: 'end' },
    device: 'device',
    quantity: 'quantity',
    interval: 'interval_s',
    quality: 'quality',
    ...(unitColumn ? { unit: 'unit' } : {}),
    values: [{ column: 4, kind: 'interval' }],
  };
}
