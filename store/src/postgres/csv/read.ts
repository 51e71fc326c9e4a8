/**
 * Registry CSV import: streamed, by natural key, so that a repeat changes nothing. An empty cell is the
 * column's default. Good rows are stored, bad ones reported with line and reason; all in one transaction,
 * so a file that breaks off half-way changes nothing. The whole file is on disk before that begins: a slow
 * sender must not keep a transaction open, which on the embedded engine keeps everybody else out.
 */
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { AccessContext } from '@openami/model';
import { CsvError, parse } from 'csv-parse';
import { registryErrors } from '../errors.ts';
import { type Kind, type KindColumn, type KindRow, kinds, type RegistryKind } from '../kinds.ts';
import { type Base, requireAll } from '../repositories/base.ts';
import { type Upsert, upserting } from '../repositories/upsert.ts';
import type { UpsertResult } from '../types.ts';
import { parseCell } from './cells.ts';

const batchRows = 5000;
const maxRecordBytes = 1024 * 1024;
const maxFileBytes = 1024 * 1024 * 1024;

interface Parsed {
  readonly info: { readonly lines: number };
  readonly record: string[];
}

/** Strict UTF-8; raises CSV_BROKEN on anything else, and when it is too much. */
async function* decoded(input: AsyncIterable<Uint8Array | string>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let bytes = 0;
  try {
    for await (const chunk of input) {
      bytes += chunk.length;
      if (bytes > maxFileBytes)
        throw registryErrors.CSV_BROKEN(`The file is longer than ${maxFileBytes} bytes.`);
      yield typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
    }
    yield decoder.decode();
  } catch (error) {
    if (error instanceof TypeError) throw registryErrors.CSV_BROKEN('The file is not UTF-8.', {}, error);
    throw error;
  }
}

function columnsOf(kind: Kind, header: readonly string[]): KindColumn[] {
  const columns = header.map((cell) => {
    const column = kind.columns.find(({ name }) => name.toLowerCase() === cell.trim().toLowerCase());
    const known = kind.columns.map(({ name }) => name).join(', ');
    if (column === undefined) {
      throw registryErrors.CSV_BROKEN(`Column "${cell.slice(0, 100)}" is unknown; known are ${known}.`);
    }
    return column;
  });
  if (new Set(columns).size !== columns.length) throw registryErrors.CSV_BROKEN('A column appears twice.');
  for (const { name, required } of kind.columns) {
    if (required && !columns.some((column) => column.name === name)) {
      throw registryErrors.CSV_BROKEN(`Column "${name}" is missing.`);
    }
  }
  return columns;
}

export async function readCsv(
  base: Base,
  ctx: AccessContext,
  name: RegistryKind,
  input: AsyncIterable<Uint8Array | string>,
  options: { dryRun?: boolean } = {},
): Promise<UpsertResult> {
  requireAll(ctx);
  const dir = await mkdtemp(join(tmpdir(), 'openami-csv-'));
  try {
    const path = join(dir, 'upload.csv');
    await pipeline(decoded(input), createWriteStream(path, { mode: 0o600 }));
    return await readFile(base, ctx, name, path, options.dryRun ?? false);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

function readFile(
  base: Base,
  ctx: AccessContext,
  name: RegistryKind,
  path: string,
  dryRun: boolean,
): Promise<UpsertResult> {
  const kind: Kind = kinds[name];
  return upserting(base, ctx, name, dryRun, async (upsert) => {
    const parser = parse({
      bom: true,
      info: true,
      relaxColumnCount: true,
      skipEmptyLines: true,
      maxRecordSize: maxRecordBytes,
    });
    const source = createReadStream(path, 'utf8');
    source.on('error', (error) => parser.destroy(error));
    try {
      await feed(kind, source.pipe(parser), upsert);
    } catch (error) {
      if (!(error instanceof CsvError)) throw error;
      throw registryErrors.CSV_BROKEN(error.message, {}, error);
    } finally {
      source.destroy();
    }
  });
}

async function feed(kind: Kind, records: AsyncIterable<Parsed>, upsert: Upsert): Promise<void> {
  let columns: KindColumn[] | undefined;
  let batch: { line: number; row: KindRow }[] = [];
  for await (const { info, record } of records) {
    if (columns === undefined) {
      columns = columnsOf(kind, record);
      continue;
    }
    const line = info.lines;
    try {
      if (record.length !== columns.length) {
        throw new Error(`${record.length} cells where the header has ${columns.length}`);
      }
      const row = Object.fromEntries(
        columns.map((column, at) => [column.name, parseCell(column, record[at]!)]),
      );
      batch.push({ line, row });
    } catch (error) {
      upsert.reject({ line, code: 'BAD_VALUE', reason: (error as Error).message });
    }
    if (batch.length >= batchRows) {
      await upsert.take(batch);
      batch = [];
    }
  }
  if (columns === undefined) throw registryErrors.CSV_BROKEN('The file is empty: not even a header row.');
  await upsert.take(batch);
}
