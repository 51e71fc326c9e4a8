/** A small table of text with a header row, read at once: what a person pastes or uploads in a form. */
import { CsvSplitter } from './csv-split.ts';

export interface CsvTable {
  /** Lower case, without blanks around. */
  readonly header: readonly string[];
  /** Cells of each row, and the line it stands on. */
  readonly rows: readonly { readonly line: number; readonly cells: readonly string[] }[];
}

/** Reads a table; the separator is a comma, a semicolon or a tab, whichever the header has most of. */
export function readTable(text: string): CsvTable {
  const bare = text.replace(/^\ufeff/, '');
  const first = bare.slice(0, (bare.indexOf('\n') + 1 || bare.length + 1) - 1);
  const counted = [',', ';', '\t'].map((delimiter) => [first.split(delimiter).length, delimiter] as const);
  const [, delimiter] = counted.reduce((most, one) => (one[0] > most[0] ? one : most));
  const splitter = new CsvSplitter({ delimiter, quote: '"' });
  splitter.push(bare);
  splitter.end();
  const rows: { line: number; cells: string[] }[] = [];
  let header: string[] | undefined;
  while (splitter.next()) {
    const cells = splitter.error ? [splitter.refused] : splitter.cells.map((cell) => cell.trim());
    if (header === undefined) header = cells.map((cell) => cell.toLowerCase());
    else rows.push({ line: splitter.line, cells });
  }
  return { header: header ?? [], rows };
}
