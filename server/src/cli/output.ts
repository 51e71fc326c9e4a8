/** How the command speaks: JSON lines on stdout, tables for a person, errors with code and hint on stderr. */
import { OpenAmiError } from '@openami/model';

/** Exit codes: 0 done, 1 a fault of data or the system, 2 the command was not understood. */
export type ExitCode = 0 | 1 | 2;

/** Where a command writes; tests hand in their own. */
export interface Output {
  readonly tty: boolean;
  out(text: string): void;
  /** The same for long output: resolves when the reader has taken it. */
  outWhenRoom?(text: string): Promise<void>;
  err(text: string): void;
}

export const processOutput: Output = {
  tty: process.stdout.isTTY ?? false,
  out: (text) => void process.stdout.write(text),
  outWhenRoom: (text) =>
    new Promise((resolve, reject) => {
      process.stdout.write(text, (error) => (error ? reject(error) : resolve()));
    }),
  err: (text) => void process.stderr.write(text),
};

/** One record: a JSON line. */
export function printJson(output: Output, record: unknown): void {
  output.out(`${JSON.stringify(record)}\n`);
}

/** Records as a table on a terminal, else as JSON lines. */
export function printRecords(output: Output, records: readonly Record<string, unknown>[]): void {
  if (!output.tty) {
    for (const record of records) printJson(output, record);
    return;
  }
  if (records.length === 0) {
    output.err('Nothing to show.\n');
    return;
  }
  const columns = Object.keys(records[0]!);
  const rows = records.map((record) => columns.map((column) => cell(record[column])));
  const widths = columns.map((column, i) => Math.max(column.length, ...rows.map((row) => row[i]!.length)));
  const line = (cells: readonly string[]) =>
    `${cells
      .map((text, i) => text.padEnd(widths[i]!))
      .join('  ')
      .trimEnd()}\n`;
  output.out(line(columns));
  output.out(line(widths.map((width) => '─'.repeat(width))));
  for (const row of rows) output.out(line(row));
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return value;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** One record as lines of `name  value` on a terminal, else as a JSON line. */
export function printRecord(output: Output, record: Record<string, unknown>): void {
  if (!output.tty) {
    printJson(output, record);
    return;
  }
  const width = Math.max(...Object.keys(record).map((key) => key.length));
  for (const [key, value] of Object.entries(record)) output.out(`${key.padEnd(width)}  ${cell(value)}\n`);
}

/** What was asked for cannot be done as it was asked. */
const notUnderstood = new Set(['USAGE', 'CONFIG_INVALID', 'CONFIG_UNREADABLE', 'SIM_OPTIONS', 'SIM_PORTS']);

/** A line with what an error knows: hints speak of it by its names. Lists and such are for programs. */
function wordsOf(data: OpenAmiError['data']): string {
  const known = Object.entries(data).filter(([, value]) =>
    ['string', 'number', 'bigint', 'boolean'].includes(typeof value),
  );
  return known.length === 0 ? '' : `${known.map(([name, value]) => `${name}: ${value}`).join(', ')}\n`;
}

/** Prints an error as code, sentence, what it knows, and hint; returns the exit code. */
export function printError(output: Output, error: unknown): ExitCode {
  if (error instanceof OpenAmiError) {
    output.err(`${error.code}: ${error.message}\n${wordsOf(error.data)}${error.hint}\n`);
    return notUnderstood.has(error.code) ? 2 : 1;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  output.err(`INTERNAL: ${text}\nThis is a fault of the program; please report it with these lines.\n`);
  return 1;
}
