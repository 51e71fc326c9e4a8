/**
 * Key files of meter manufacturers: a table with a header row, or XML with one element a meter. Streaming,
 * rows in the order of the file; what a row holds is text as it stands there, judged by whoever imports it.
 * Nothing is kept.
 */
import { SaxesParser } from 'saxes';
import { sniffCsv } from './csv-sniff.ts';
import { CsvSplitter } from './csv-split.ts';
import { exchangeErrors } from './errors.ts';
import { encodingOf, TextSource } from './text.ts';

/** Where a file has what: names of columns, or paths below the element of a meter. */
export interface KeyFileMapping {
  readonly format: 'csv' | 'xml';
  /**
   * XML: name of the element of one meter. Fields are then paths: `Serial`, `@id` (an attribute of it),
   * `Keys/GUEK`, `Key[@type=GUEK]` (the element with that attribute), `Key[@type=GUEK]/@value`.
   */
  readonly record?: string;
  /** CSV: found by itself when absent. */
  readonly delimiter?: string;
  /** Field of ours (`serial`, `guek` …) to column or path. CSV may leave it out: usual names are known. */
  readonly fields?: Readonly<Record<string, string>>;
}

export interface KeyFileRow {
  /** Line on which it stands. */
  readonly line: number;
  readonly fields: Readonly<Record<string, string>>;
  /** Why it could not be read. */
  readonly error?: ReturnType<typeof exchangeErrors.CSV_QUOTE_BROKEN>;
}

/** Names that columns have in the field, letters and digits only, lower case. */
const usualNames: Readonly<Record<string, readonly string[]>> = {
  serial: [
    'serial',
    'serialnumber',
    'serialno',
    'meterid',
    'meter',
    'meterserial',
    'meternumber',
    'deviceid',
  ],
  title: ['systemtitle', 'title', 'servertitle', 'serversystemtitle'],
  suite: ['suite', 'securitysuite'],
  guek: ['guek', 'ek', 'encryptionkey', 'globalunicastencryptionkey', 'blockcipherkey', 'unicastkey', 'guk'],
  gbek: ['gbek', 'bk', 'broadcastkey', 'globalbroadcastencryptionkey', 'gbk'],
  gak: ['gak', 'ak', 'authenticationkey', 'globalauthenticationkey'],
  kek: ['kek', 'mk', 'masterkey', 'keyencryptionkey'],
  lls: ['lls', 'llssecret', 'password', 'lowlevelsecuritysecret', 'llspassword'],
  hls: ['hls', 'hlssecret', 'highlevelsecuritysecret', 'hlskey'],
};

const sniffBytes = 65_536;
const maxDepth = 64;
const maxRecordChars = 262_144;

/** Reads the file row by row. Raises FILE_EMPTY, CSV_COLUMN_MISSING, CSV_MAPPING_INVALID, XML_*. */
export async function* readKeyFile(
  input: AsyncIterable<Uint8Array>,
  mapping: KeyFileMapping,
): AsyncGenerator<KeyFileRow> {
  if (mapping.format === 'csv') yield* readTable(input, mapping);
  else yield* readXml(input, mapping);
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
  readonly #mapping: KeyFileMapping;

  constructor(mapping: KeyFileMapping) {
    this.#mapping = mapping;
  }

  *rows(splitter: CsvSplitter): Generator<KeyFileRow> {
    while (splitter.next()) {
      const { line, cells, error } = splitter;
      if (error) yield { line, fields: {}, error };
      else if (this.#columns === undefined) this.#columns = columnsOf(cells, this.#mapping);
      else if (cells.some((cell) => cell.trim() !== '')) {
        const pairs = this.#columns.map(([field, at]) => [field, (cells[at] ?? '').trim()] as const);
        yield { line, fields: Object.fromEntries(pairs.filter(([, value]) => value !== '')) };
      }
    }
  }
}

const bare = (name: string) => name.toLowerCase().replace(/[^a-z0-9]/g, '');

function columnsOf(header: readonly string[], { fields }: KeyFileMapping): [string, number][] {
  const names = header.map((name) => name.trim());
  if (fields === undefined) {
    const found = Object.entries(usualNames).flatMap(([field, usual]): [string, number][] => {
      const at = names.findIndex((name) => usual.includes(bare(name)));
      return at < 0 ? [] : [[field, at]];
    });
    if (!found.some(([field]) => field === 'serial')) {
      throw exchangeErrors.CSV_COLUMN_MISSING('no column looks like the serial number');
    }
    return found;
  }
  return Object.entries(fields).map(([field, name]): [string, number] => {
    const at = names.findIndex((each) => each.toLowerCase() === name.toLowerCase());
    if (at < 0) throw exchangeErrors.CSV_COLUMN_MISSING(`"${name}"`);
    return [field, at];
  });
}

async function* readXml(
  input: AsyncIterable<Uint8Array>,
  mapping: KeyFileMapping,
): AsyncGenerator<KeyFileRow> {
  const { record, fields } = mapping;
  if (record === undefined || fields === undefined) {
    throw exchangeErrors.CSV_MAPPING_INVALID('XML needs the element of a meter and the paths of its fields');
  }
  const rows: KeyFileRow[] = [];
  const reader = new KeyXml(record, fields, rows);
  let source: TextSource | undefined;
  try {
    for await (const chunk of input) {
      source ??= new TextSource(encodingOf(chunk));
      reader.write(source.push(chunk));
      yield* rows.splice(0);
    }
    if (source === undefined) throw exchangeErrors.FILE_EMPTY();
    reader.finish(source.finish());
  } catch (error) {
    // what was whole before the fault is handed on first
    yield* rows.splice(0);
    throw error;
  }
  yield* rows.splice(0);
}

/** Collects the values of a record by path; only paths that are asked for are kept. */
class KeyXml {
  private readonly sax = new SaxesParser({ position: true });
  /** Below the record: the names of each open element, plain and with each of its attributes. */
  private readonly stack: string[][] = [];
  private depth = 0;
  private line = 0;
  private text = '';
  private chars = 0;
  /** Characters since a tag ended: the parser holds them. */
  private sinceTag = 0;
  private values = new Map<string, string>();
  private inRecord = false;

  constructor(record: string, fields: Readonly<Record<string, string>>, rows: KeyFileRow[]) {
    const wanted = new Set(Object.values(fields));
    const note = (path: string, value: string) => {
      if (wanted.has(path) && !this.values.has(path)) this.values.set(path, value.trim());
    };
    this.sax.on('error', () => {
      // Its text quotes the file: only the place is told, the file holds keys.
      throw exchangeErrors.XML_MALFORMED(`line ${this.sax.line}`);
    });
    this.sax.on('doctype', () => {
      throw exchangeErrors.XML_FORBIDDEN();
    });
    const append = (text: string) => {
      if (this.inRecord) this.grow(text);
    };
    this.sax.on('text', append);
    this.sax.on('cdata', append);
    this.sax.on('opentag', (tag) => {
      this.sinceTag = 0;
      if (++this.depth > maxDepth) throw exchangeErrors.XML_LIMIT(`more than ${maxDepth} elements deep`);
      const name = local(tag.name);
      const attributes = Object.entries(tag.attributes as Record<string, string>);
      this.text = '';
      if (!this.inRecord) {
        if (name !== record) return;
        this.inRecord = true;
        this.line = this.sax.line;
        this.chars = 0;
        this.values = new Map();
        for (const [key, value] of attributes) note(`@${local(key)}`, value);
        return;
      }
      this.stack.push([name, ...attributes.map(([key, value]) => `${name}[@${local(key)}=${value}]`)]);
      for (const path of this.paths())
        for (const [key, value] of attributes) note(`${path}/@${local(key)}`, value);
    });
    this.sax.on('closetag', () => {
      this.sinceTag = 0;
      this.depth--;
      if (!this.inRecord) return;
      if (this.stack.length > 0) {
        for (const path of this.paths()) note(path, this.text);
        this.stack.pop();
        this.text = '';
        return;
      }
      this.inRecord = false;
      const pairs = Object.entries(fields).map(
        ([field, path]) => [field, this.values.get(path) ?? ''] as const,
      );
      rows.push({ line: this.line, fields: Object.fromEntries(pairs.filter(([, value]) => value !== '')) });
    });
  }

  write(text: string): void {
    this.sinceTag += text.length;
    this.sax.write(text);
    if (this.sinceTag > maxRecordChars + text.length) throw exchangeErrors.XML_LIMIT('text without end');
  }

  finish(text: string): void {
    this.write(text);
    this.sax.close();
  }

  private grow(text: string): void {
    this.chars += text.length;
    if (this.chars > maxRecordChars) throw exchangeErrors.XML_LIMIT(`more than ${maxRecordChars} characters`);
    this.text += text;
  }

  /** Every way to write the path of the element at hand: attributes may be named at its last part. */
  private paths(): string[] {
    const parents = this.stack.slice(0, -1).map(([name]) => name);
    return this.stack.at(-1)!.map((last) => [...parents, last].join('/'));
  }
}

function local(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}
