/**
 * Key files of meter manufacturers: a table with a header row, XML with one element a meter, or JSON with one
 * object a meter. Streaming (JSON is held whole), rows in the order of the file; what a row holds is text as
 * it stands there, judged by whoever imports it. Nothing is kept.
 */
import type { OpenAmiError, SecuritySuite } from '@openami/model';
import { sniffCsv } from './csv-sniff.ts';
import { CsvSplitter } from './csv-split.ts';
import { exchangeErrors } from './errors.ts';
import { readKeyJson } from './key-json.ts';
import { bareName, meterNames, namesOf, usualKeyNames } from './key-names.ts';
import { readKeyXml } from './key-xml.ts';
import { TextSource } from './text.ts';

/** One name, or several of which the first that a meter has is taken. */
export type OneOf = string | readonly string[];

/**
 * A format as data: where a file has what (names of columns, or paths below the element of a meter; case does
 * not matter) and how keys are written in it.
 */
export interface KeyFileMapping {
  readonly format: 'csv' | 'xml' | 'json';
  /**
   * XML: name of the element of one meter. Fields are then paths: `Serial`, `@id` (an attribute of it),
   * `Keys/GUEK`, `Key[@type=GUEK]` (the element with that attribute), `Key[@type=GUEK]/@value`.
   */
  readonly record?: OneOf;
  /** CSV: found by itself when absent. */
  readonly delimiter?: string;
  /** Field of ours (`serial`, `guek` …) to column or path. Left out: usual names are known. */
  readonly fields?: Readonly<Record<string, OneOf>>;
  /** How keys are written; passwords are text unless `secretsEncoded`. */
  readonly encoding?: 'hex' | 'base64';
  readonly secretsEncoded?: boolean;
  /** Keys that are wrapped under the transport key: all of `guek`, `gbek`, `gak`, `kek`, or those named. */
  readonly wrapped?: boolean | readonly string[];
  /** Security suite of meters for which the file names none. */
  readonly suite?: SecuritySuite;
}

export interface KeyFileRow {
  /** Line on which it stands. */
  readonly line: number;
  readonly fields: Readonly<Record<string, string>>;
  /** Why it could not be read. */
  readonly error?: OpenAmiError;
}

const sniffBytes = 65_536;

/** Reads the file row by row. Raises FILE_EMPTY, CSV_COLUMN_MISSING, CSV_MAPPING_INVALID, XML_*. */
export async function* readKeyFile(
  input: AsyncIterable<Uint8Array>,
  mapping: KeyFileMapping,
): AsyncGenerator<KeyFileRow> {
  if (mapping.format === 'csv') yield* readTable(input, mapping);
  else if (mapping.format === 'json') yield* readKeyJson(input, mapping);
  else yield* readKeyXml(input, mapping);
}

async function* readTable(
  input: AsyncIterable<Uint8Array>,
  mapping: KeyFileMapping,
): AsyncGenerator<KeyFileRow> {
  const chunks = input[Symbol.asyncIterator]();
  const head: Uint8Array[] = [];
  let headBytes = 0;
  for (let done = false; !done && headBytes < sniffBytes; ) {
    const next = await chunks.next();
    done = next.done === true;
    if (!done) {
      head.push(next.value as Uint8Array);
      headBytes += (next.value as Uint8Array).length;
    }
  }
  if (headBytes === 0) throw exchangeErrors.FILE_EMPTY();
  const sniffed = sniffCsv(Buffer.concat(head));
  const source = new TextSource(sniffed.encoding);
  const splitter = new CsvSplitter({ delimiter: mapping.delimiter ?? sniffed.delimiter, quote: '"' });
  const table = new Table(mapping);
  for (const chunk of head) {
    splitter.push(source.push(chunk));
    yield* table.rows(splitter);
  }
  for (;;) {
    const next = await chunks.next();
    if (next.done) break;
    splitter.push(source.push(next.value));
    yield* table.rows(splitter);
  }
  splitter.push(source.finish());
  splitter.end();
  yield* table.rows(splitter);
}

class Table {
  #columns: readonly (readonly [string, number])[] | undefined;
  #width = 0;
  readonly #mapping: KeyFileMapping;

  constructor(mapping: KeyFileMapping) {
    this.#mapping = mapping;
  }

  *rows(splitter: CsvSplitter): Generator<KeyFileRow> {
    while (splitter.next()) {
      const { line, cells } = splitter;
      // two stray quotes make one record of the lines between them
      if (this.#columns && splitter.span > 1 && cells.length !== this.#width) splitter.breakUp();
      const { error } = splitter;
      if (error) yield { line, fields: {}, error };
      else if (this.#columns === undefined) {
        this.#columns = columnsOf(cells, this.#mapping);
        this.#width = cells.length;
      } else if (cells.some((cell) => cell.trim() !== '')) {
        const pairs = this.#columns.map(([field, at]) => [field, (cells[at] ?? '').trim()] as const);
        yield { line, fields: Object.fromEntries(pairs.filter(([, value]) => value !== '')) };
      }
    }
  }
}

function columnsOf(header: readonly string[], { fields }: KeyFileMapping): [string, number][] {
  const names = header.map((name) => name.trim().toLowerCase());
  if (fields === undefined) {
    const found = Object.entries(usualKeyNames).flatMap(([field, usual]): [string, number][] => {
      const at = names.findIndex((name) => usual.includes(bareName(name)));
      return at < 0 ? [] : [[field, at]];
    });
    if (!found.some(([field]) => meterNames.includes(field))) {
      throw exchangeErrors.CSV_COLUMN_MISSING(
        'no column looks like a serial number, a DevEUI or a system title',
      );
    }
    return found;
  }
  return Object.entries(fields).map(([field, wanted]): [string, number] => {
    const choices = namesOf(wanted);
    const at = choices.map((name) => names.indexOf(name.trim().toLowerCase())).find((one) => one >= 0);
    if (at === undefined) throw exchangeErrors.CSV_COLUMN_MISSING(`"${choices.join('", "')}"`);
    return [field, at];
  });
}
