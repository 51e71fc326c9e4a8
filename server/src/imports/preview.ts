/**
 * What the first bytes of a file say. A format that names its columns shows them with a proposed mapping; one
 * that speaks for itself is read as the import would read it, and shows the series found in the sample.
 */
import {
  type CsvPreview,
  exchangeErrors,
  previewCsv,
  type Reject,
  type SeriesChunk,
} from '@openami/exchange';
import { zoneTable } from '@openami/model';
import type { ImportFormat, ImportPreview, PreviewSeries } from '../contract/imports.ts';
import { commodityInName, formatOf, type ImportOptions, parserFor, previewOptions } from './options.ts';

/** A sample so long is the beginning of a longer file. */
const cutBytes = 1_000_000;
const shownSeries = 100;
const shownFaults = 5;

/** Throws IMPORT_FORMAT, ZONE_UNKNOWN, FILE_EMPTY. */
export async function previewOf(
  named: ImportFormat | undefined,
  sample: Uint8Array,
  options: ImportOptions & { readonly name?: string },
): Promise<ImportPreview> {
  if (options.zone) zoneTable(options.zone);
  const format = formatOf(named, sample);
  if (format !== 'csv') return readPreview(format, sample);
  const preview = csvPreviewOf(previewCsv(sample, previewOptions(options)));
  const likely = options.commodity ? undefined : commodityInName(options.name ?? '');
  if (!likely) return preview;
  const note = `the file's name says ${likely}: so new meters are, unless the import names another commodity`;
  return { ...preview, warnings: [...preview.warnings, note] };
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
    series: [],
    seriesTotal: 0,
    warnings: preview.warnings.map((warning) => warning.detail),
  };
}

async function readPreview(format: Exclude<ImportFormat, 'csv'>, sample: Uint8Array): Promise<ImportPreview> {
  const cut = sample.length >= cutBytes;
  const found = new SampleSeries();
  const faults: Reject[] = [];
  const warnings: string[] = [];
  try {
    for await (const item of parserFor(format, onceOf(whole(format, sample, cut)), null)) {
      if (item.kind === 'series') found.add(item);
      else if (item.kind === 'rejects') faults.push(...item.rejects);
    }
  } catch (error) {
    // the end of a cut feed is missing, and what its blocks point to may be there
    if (!cut) warnings.push((error as Error).message);
  }
  const real = cut ? faults.filter(({ code }) => code !== 'ESPI_LINK_BROKEN') : faults;
  warnings.push(...real.slice(0, shownFaults).map(({ line, detail }) => `line ${line}: ${detail}`));
  if (real.length > shownFaults) warnings.push(`and ${real.length - shownFaults} more that would be refused`);
  if (cut) warnings.push('only the beginning of the file was looked at');
  const lines = new TextDecoder().decode(sample.subarray(0, 4096)).split(/\r?\n/).slice(0, 8);
  return {
    format,
    columns: [],
    rows: lines.map((line) => [line.slice(0, 300)]),
    mapping: null,
    series: found.list(),
    seriesTotal: found.size,
    warnings,
  };
}

/** A cut NEM12 sample without its last day, which may be torn, and with an end. */
function whole(format: ImportFormat, sample: Uint8Array, cut: boolean): Uint8Array {
  if (sample.length === 0) throw exchangeErrors.FILE_EMPTY();
  if (format !== 'nem12' || !cut) return sample;
  const at = Math.max(...['300', '250', '200'].map((kind) => Buffer.from(sample).lastIndexOf(`\n${kind},`)));
  return at < 0 ? sample : Buffer.concat([sample.subarray(0, at + 1), Buffer.from('900\n')]);
}

async function* onceOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

interface Extent {
  readonly head: Pick<PreviewSeries, 'device' | 'quantity' | 'unit' | 'intervalS'>;
  readings: number;
  first: number;
  last: number;
}

/** The series of a sample, each with how much of it there is. */
class SampleSeries {
  readonly #series = new Map<string, Extent>();

  get size(): number {
    return this.#series.size;
  }

  add({ device, quantity, unit, intervalS, end, length }: SeriesChunk): void {
    const key = `${device}\n${quantity}\n${unit}\n${intervalS}`;
    let extent = this.#series.get(key);
    if (!extent) {
      const head = { device, quantity, unit, intervalS };
      extent = { head, readings: 0, first: Number.POSITIVE_INFINITY, last: 0 };
      this.#series.set(key, extent);
    }
    extent.readings += length;
    for (let row = 0; row < length; row++) {
      extent.first = Math.min(extent.first, end[row]!);
      extent.last = Math.max(extent.last, end[row]!);
    }
  }

  list(): PreviewSeries[] {
    const stamp = (s: number) => new Date(s * 1000).toISOString();
    return [...this.#series.values()].slice(0, shownSeries).map(({ head, readings, first, last }) => ({
      ...head,
      readings,
      first: stamp(first),
      last: stamp(last),
    }));
  }
}
