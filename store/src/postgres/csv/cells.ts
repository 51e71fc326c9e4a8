/**
 * Cells of registry CSV files. Lists are joined with `|` (`\|` and `\\` inside). A text that a spreadsheet
 * would take for a formula gets an apostrophe before it on export and loses it on import; texts that begin
 * so by themselves get one more, so every value comes back as it was.
 */
import type { KindColumn } from '../kinds.ts';

const formula = /^'*[=+\-@\t\r]/;
const guarded = /^'+[=+\-@\t\r]/;

export function guard(text: string): string {
  return formula.test(text) ? `'${text}` : text;
}

export function unguard(text: string): string {
  return guarded.test(text) ? text.slice(1) : text;
}

export function joinList(items: readonly string[]): string {
  return items.map((item) => item.replace(/[\\|]/g, '\\$&')).join('|');
}

export function splitList(text: string): string[] {
  const items: string[] = [''];
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '|') items.push('');
    else {
      if (text[at] === '\\' && at + 1 < text.length) at++;
      items[items.length - 1] += text[at]!;
    }
  }
  return items;
}

/** One cell, quoted where RFC 4180 asks for it. */
export function cellOf(column: KindColumn, value: unknown): string {
  if (value === null || value === undefined) return '';
  const { type } = column;
  let text = String(value);
  if (type === 'text[]') text = guard(joinList(value as string[]));
  else if (type === 'timestamptz') text = (value as Date).toISOString();
  else if (type === 'jsonb') text = guard(JSON.stringify(value));
  else if (type === 'text') text = guard(text);
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The value of a cell; null when it is empty. What is not a number stays text, for the check to name. */
export function parseCell(column: KindColumn, cell: string): unknown {
  if (cell === '') return null;
  const { type } = column;
  if (type === 'text') return unguard(cell);
  if (type === 'text[]') return splitList(unguard(cell));
  if (type === 'jsonb') return JSON.parse(unguard(cell)) as unknown;
  if (type === 'int4' || type === 'float8') {
    const number = Number(cell.trim());
    return cell.trim() === '' || Number.isNaN(number) ? cell : number;
  }
  return cell.trim();
}
