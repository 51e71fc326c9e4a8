/** What an import is told besides its file, and the parser that follows from it. */
import {
  type ByteSource,
  type CsvMapping,
  type CsvPreviewOptions,
  detectFormat,
  type ExchangeItem,
  exchangeErrors,
  parseCsvMapping,
  previewCsv,
  readCsv,
  readGreenButton,
  readNem12,
} from '@openami/exchange';
import type { Commodity } from '@openami/model';
import type { ImportFormat } from '../contract/imports.ts';
import { serverErrors } from '../errors.ts';

/** Bytes of a file that format and mapping are told from. */
export const sampleBytes = 1_048_576;

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

/**
 * The mapping of a CSV file: the given one, or what its first bytes suggest. Options fill in what it
 * leaves open: a column that names its unit or quantity keeps it.
 */
export function mappingFor(given: unknown, sample: Uint8Array, options: ImportOptions): CsvMapping {
  const { zone, unit, quantity } = options;
  const mapping =
    given === undefined || given === null ? proposed(sample, options) : parseCsvMapping(given as object);
  const values = mapping.values.map((value) => ({
    ...value,
    ...(unit && !value.unit && mapping.unit === undefined ? { unit } : {}),
    ...(quantity && !mapping.quantity && onlyOne(mapping) ? { quantity } : {}),
  }));
  return parseCsvMapping({ ...mapping, time: zone ? { ...mapping.time, zone } : mapping.time, values });
}

/** One quantity for several columns of one meter would mix them up. */
function onlyOne({ values, device }: CsvMapping): boolean {
  const devices = values.map((value) => value.device ?? (device === undefined ? `${value.column}` : ''));
  return new Set(devices).size === values.length;
}

function proposed(sample: Uint8Array, options: ImportOptions): CsvMapping {
  if (sample.length === 0) throw exchangeErrors.FILE_EMPTY();
  const { mapping, warnings } = previewCsv(sample, previewOptions(options));
  if (!mapping) {
    const why = warnings.map((one) => one.detail).join(' ');
    throw serverErrors.IMPORT_MAPPING(`No time or value column was recognised. ${why}`.trim());
  }
  return mapping;
}

/** What a preview is told. */
export function previewOptions({ zone, unit, quantity }: ImportOptions): CsvPreviewOptions {
  return { ...(zone ? { zone } : {}), ...(unit ? { unit } : {}), ...(quantity ? { quantity } : {}) };
}

const commodityWords: Readonly<Record<string, Commodity>> = {
  ...{ electricity: 'electricity', elec: 'electricity', strom: 'electricity', power: 'electricity' },
  ...{ gas: 'gas', water: 'water', wasser: 'water', heat: 'heat', heating: 'heat', wärme: 'heat' },
};

/** The commodity that a file's name says: `gas_2019.csv.gz`; undefined when it says none, or two. */
export function commodityInName(name: string): Commodity | undefined {
  const words = name
    .toLowerCase()
    .replace(/heat[\W_]*pump/g, '')
    .split(/[^\p{L}]+/u);
  const said = new Set(
    words.flatMap((word) => (Object.hasOwn(commodityWords, word) ? commodityWords[word]! : [])),
  );
  return said.size === 1 ? [...said][0] : undefined;
}

/** JSON text of a mapping; throws IMPORT_MAPPING. */
export function parseMappingText(text: string | undefined): unknown {
  if (text === undefined || text === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    // its text quotes what was given, which may be a file of keys
    const place = /position \d+/.exec((cause as Error).message)?.[0];
    throw serverErrors.IMPORT_MAPPING(`it is not JSON${place === undefined ? '' : `, at ${place}`}`);
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
