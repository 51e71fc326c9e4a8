/** Key files in XML: one element a meter, its fields by path (key-file.ts). Streaming, bounded. */
import { SaxesParser } from 'saxes';
import { exchangeErrors } from './errors.ts';
import type { KeyFileMapping, KeyFileRow, OneOf } from './key-file.ts';
import { barePath, namesOf, usualKeyXml } from './key-names.ts';
import { encodingOf, TextSource } from './text.ts';

const maxDepth = 64;
const maxRecordChars = 262_144;
/** Attributes of one element that paths may name. */
const maxNamed = 8;

/** Rows of a file. Raises FILE_EMPTY, XML_*, and CSV_MAPPING_INVALID when no meter is found. */
export async function* readKeyXml(
  input: AsyncIterable<Uint8Array>,
  mapping: KeyFileMapping,
): AsyncGenerator<KeyFileRow> {
  const { record, fields } = mapping;
  if (record === undefined && fields !== undefined) {
    throw exchangeErrors.CSV_MAPPING_INVALID('XML with fields needs the element of a meter, `record`');
  }
  const rows: KeyFileRow[] = [];
  const reader = new KeyXml({ ...usualKeyXml, ...mapping }, rows);
  let source: TextSource | undefined;
  try {
    for await (const chunk of input) {
      source ??= new TextSource(encodingOf(chunk));
      reader.write(source.push(chunk));
      yield* rows.splice(0);
    }
    if (source === undefined) throw exchangeErrors.FILE_EMPTY();
    reader.finish(source.finish());
    if (!reader.found) {
      const named = namesOf(record ?? usualKeyXml.record).join('", "');
      throw exchangeErrors.CSV_MAPPING_INVALID(`no element "${named}" is in the file`);
    }
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

  /** Whether there was a meter at all. */
  found = false;

  constructor(
    { record, fields }: { record: OneOf; fields: Readonly<Record<string, OneOf>> },
    rows: KeyFileRow[],
  ) {
    const bare = fields === usualKeyXml.fields ? barePath : (path: string) => path.toLowerCase();
    const paths = Object.entries(fields).map(([field, one]) => [field, namesOf(one).map(bare)] as const);
    const wanted = new Set(paths.flatMap(([, choices]) => choices));
    const records = new Set(namesOf(record).map((name) => name.toLowerCase()));
    const note = (path: string, value: string) => {
      const name = bare(path);
      if (wanted.has(name) && value.trim() !== '' && !this.values.has(name))
        this.values.set(name, value.trim());
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
        if (!records.has(name.toLowerCase())) return;
        this.inRecord = true;
        this.found = true;
        this.line = this.sax.line;
        this.chars = 0;
        this.values = new Map();
        for (const [key, value] of attributes) note(`@${local(key)}`, value);
        return;
      }
      const named = attributes.slice(0, maxNamed).map(([key, value]) => `${name}[@${local(key)}=${value}]`);
      this.stack.push([name, ...named]);
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
      const pairs = paths.flatMap(([field, choices]) => {
        const path = choices.find((one) => this.values.has(one));
        return path === undefined ? [] : [[field, this.values.get(path)!] as const];
      });
      rows.push({ line: this.line, fields: Object.fromEntries(pairs) });
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

  /** Every way to write the path of the element at hand: attributes may be named at its last two parts. */
  private paths(): string[] {
    const far = this.stack.slice(0, -2).map(([name]) => name);
    const near = this.stack.at(-2)?.map((name) => [name]) ?? [[]];
    return near.flatMap((parent) => this.stack.at(-1)!.map((last) => [...far, ...parent, last].join('/')));
  }
}

function local(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}
