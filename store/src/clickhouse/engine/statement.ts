/**
 * What the engine's HTTP front must know of a statement before it runs it: where inline insert data goes,
 * which format the answer has, whether the answer may be sent in pieces.
 */

/** Formats whose blocks, written one after another, are the whole result: they may be streamed. */
const streamable = new Set([
  'native',
  'rowbinary',
  'jsoneachrow',
  'jsonlines',
  'ndjson',
  'jsoncompacteachrow',
  'jsonstringseachrow',
  'jsoncompactstringseachrow',
  'tabseparated',
  'tsv',
  'tabseparatedraw',
  'tsvraw',
  'csv',
  'msgpack',
]);

const contentTypes: Readonly<Record<string, string>> = {
  json: 'application/json; charset=UTF-8',
  jsoncompact: 'application/json; charset=UTF-8',
  jsonstrings: 'application/json; charset=UTF-8',
  jsoneachrow: 'application/x-ndjson; charset=UTF-8',
  csv: 'text/csv; charset=UTF-8; header=absent',
  csvwithnames: 'text/csv; charset=UTF-8; header=present',
  native: 'application/octet-stream',
  rowbinary: 'application/octet-stream',
};

/** Content-Type of a result format, as ClickHouse names it. */
export function contentTypeOf(format: string): string {
  return contentTypes[format.toLowerCase()] ?? 'text/tab-separated-values; charset=UTF-8';
}

/** The statement without leading white space, comments and opening brackets. */
function withoutComments(sql: string): string {
  return sql.replace(/^(?:\s+|--[^\n]*\n|#![^\n]*\n|\/\*[\s\S]*?\*\/|\()+/, '');
}

/** First word in upper case. */
export function verbOf(sql: string): string {
  return (/^[A-Za-z]+/.exec(withoutComments(sql))?.[0] ?? '').toUpperCase();
}

const readVerbs = new Set([
  'SELECT',
  'WITH',
  'SHOW',
  'DESCRIBE',
  'DESC',
  'EXISTS',
  'EXPLAIN',
  'CHECK',
  'FROM',
]);

/** The statement with its comments and everything in quotes blanked out: what is left is syntax. */
function bare(sql: string): string {
  const quoted = /'[^'\\]*(?:\\[\s\S][^'\\]*)*'|"[^"\\]*(?:\\[\s\S][^"\\]*)*"|`[^`\\]*(?:\\[\s\S][^`\\]*)*`/;
  const comment = /--[^\n]*|#![^\n]*|\/\*[\s\S]*?\*\//;
  return sql.replace(new RegExp(`${quoted.source}|${comment.source}`, 'g'), ' ');
}

/** True when something follows the first statement: the interface takes one a request, as ClickHouse does. */
export function severalStatements(sql: string): boolean {
  return sql.includes(';') && /;\s*[^\s;]/.test(bare(sql));
}

/** True when the (one) statement only reads: what a GET may do. */
export function readsOnly(sql: string): boolean {
  const verb = verbOf(sql);
  return readVerbs.has(verb) && !(verb === 'WITH' && /\bINSERT\s+INTO\b/i.test(bare(sql)));
}

/** Format the statement itself asks for, or undefined. */
export function formatOf(sql: string): string | undefined {
  return /\bFORMAT\s+([A-Za-z0-9]+)\s*(?:SETTINGS\s[\s\S]*)?;?\s*$/i.exec(sql)?.[1];
}

/** True when the result may be handed out block by block. */
export function canStream(sql: string, format: string): boolean {
  const verb = verbOf(sql);
  if (verb !== 'SELECT' && verb !== 'WITH') return false;
  return streamable.has(format.toLowerCase()) && !/\bINTO\s+OUTFILE\b/i.test(sql);
}

/** An INSERT whose rows come as data, split for `INSERT ... SELECT * FROM file(...)`. */
export interface DataInsert {
  /** `INSERT INTO t (a, b)`. */
  readonly head: string;
  /** ` SETTINGS a=1`, or empty. */
  readonly settings: string;
  readonly format: string;
}

const insertHead = /^INSERT\s+INTO\s+(?!FUNCTION\b)([\s\S]*?)\s*(\bSETTINGS\s[\s\S]*?)?\s*$/i;
const insertTail = /\b(?:FORMAT\s+([A-Za-z0-9]+)|(VALUES))\s*$/i;

/** Parses an INSERT that expects data; undefined for every other statement (INSERT SELECT included). */
export function dataInsert(sql: string): DataInsert | undefined {
  const text = withoutComments(sql).replace(/;\s*$/, '');
  const tail = insertTail.exec(text);
  const match = tail && insertHead.exec(text.slice(0, tail.index));
  if (!match) return undefined;
  const [, target = '', settings = ''] = match;
  if (/\b(SELECT|WITH)\b/i.test(target)) return undefined;
  return {
    head: `INSERT INTO ${target}`,
    settings: settings ? ` ${settings}` : '',
    format: tail[1] ?? tail[2]!,
  };
}

/**
 * Where a body that holds statement and data in one (`INSERT INTO t FORMAT F<newline>data`) is cut; 0 when it
 * is not such a body.
 */
export function dataOffset(start: Buffer): number {
  const text = start.subarray(0, 65_536).toString('latin1');
  if (!/^\s*INSERT\b/i.test(withoutComments(text))) return 0;
  const match = /\bFORMAT\s+[A-Za-z0-9]+[ \t]*\r?\n?/i.exec(text);
  if (!match || /\b(SELECT|VALUES)\b/i.test(text.slice(0, match.index))) return 0;
  return match.index + match[0].length;
}
