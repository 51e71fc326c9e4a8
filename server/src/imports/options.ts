/** What an import is told besides its file, and the parser that follows from it. */
import {
  type ByteSource,
  type CsvMapping,
  type CsvPreview,
  detectFormat,
  type ExchangeItem,
  parseCsvMapping,
  previewCsv,
  readCsv,
  readGreenButton,
  readNem12,
} from '@openami/exchange';
import type { Commodity } from '@openami/model';
import type { ImportFormat, ImportPreview } from '../contract/imports.ts';
import { serverErrors } from '../errors.ts';

/** Options as kept in the job. */
export interface ImportOptions {
  readonly zone?: string;
  readonly unit?: string;
  readonly quantity?: string;
  readonly commodity?: Commodity;
  readonly registerMissing?: boolean;
}

/** The format of a file: as named, else recognised. Throws IMPORT_FORMAT. */
export function formatOf(named: ImportFormat | undefined, sample: Uint8Array): ImportFormat {
  const format = named ?? detectFormat(sample);
  if (!format) throw serverErrors.IMPORT_FORMAT();
  return format;
}

/** The mapping of a CSV file: the given one, or what its first bytes suggest, with the options put in. */
export function mappingFor(given: unknown, sample: Uint8Array, options: ImportOptions): CsvMapping {
  const mapping =
    given === undefined || given === null ? proposed(sample, options) : parseCsvMapping(given as object);
  const values = mapping.values.map((value) => ({
    ...value,
    ...(options.unit ? { unit: options.unit } : {}),
    ...(options.quantity ? { quantity: options.quantity } : {}),
  }));
  const time = options.zone ? { ...mapping.time, zone: options.zone } : mapping.time;
  return parseCsvMapping({ ...mapping, time, values });
}

function proposed(sample: Uint8Array, options: ImportOptions): CsvMapping {
  const { mapping, warnings } = previewCsv(sample, { ...(options.zone ? { zone: options.zone } : {}) });
  if (!mapping) {
    const why = warnings.map((one) => one.detail).join(' ');
    throw serverErrors.IMPORT_MAPPING(`No time or value column was recognised. ${why}`.trim());
  }
  return mapping;
}

/** JSON text of a mapping; throws IMPORT_MAPPING. */
export function parseMappingText(text: string | undefined): unknown {
  if (text === undefined || text === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw serverErrors.IMPORT_MAPPING((cause as Error).message, {}, cause);
  }
}

/** The parser of a job's file. */
export function parserFor(
  format: ImportFormat,
  input: ByteSource,
  mapping: unknown,
): AsyncGenerator<ExchangeItem, void, undefined> {
  if (format === 'csv') return readCsv(input, { mapping: parseCsvMapping(mapping as object) });
  return format === 'nem12' ? readNem12(input) : readGreenButton(input);
}

/** What the first bytes of a file say. */
export function previewOf(
  named: ImportFormat | undefined,
  sample: Uint8Array,
  options: ImportOptions,
): ImportPreview {
  const format = formatOf(named, sample);
  if (format !== 'csv') {
    const lines = new TextDecoder().decode(sample.subarray(0, 4096)).split(/\r?\n/).slice(0, 8);
    return {
      format,
      columns: [],
      rows: lines.map((line) => [line.slice(0, 300)]),
      mapping: null,
      warnings: [],
    };
  }
  return csvPreviewOf(previewCsv(sample, { ...(options.zone ? { zone: options.zone } : {}) }));
}

function csvPreviewOf(preview: CsvPreview): ImportPreview {
  return {
    format: 'csv',
    columns: preview.columns.map(({ index, name, role, confidence, samples }) => ({
      index,
      name,
      role,
      confidence,
      samples: [...samples],
    })),
    rows: preview.rows.map((row) => [...row]),
    mapping: preview.mapping ?? null,
    warnings: preview.warnings.map((warning) => warning.detail),
  };
}
