/**
 * Splits CSV text into records (RFC 4180), however the text is cut into chunks.
 *
 * A line without a quote is split natively. Else the record is read cell by cell, over line ends
 * inside quotes. A record that cannot be read (a quote that never ends) costs its first line only:
 * reading goes on with the next one, so that a stray quote cannot swallow the rest of a file.
 */
import type { OpenAmiError } from '@openami/model';
import { exchangeErrors } from './errors.ts';

export interface CsvDialect {
  readonly delimiter: string;
  /** Quote character, or empty for none. */
  readonly quote: string;
}

/** Characters of one record at most. */
const maxRecordChars = 1_048_576;

/** Pull parser: `push` text, then `next` until it answers false. */
export class CsvSplitter {
  /** Cells of the record that `next` found. */
  cells: string[] = [];
  /** Line on which it begins, from 1. */
  line = 0;
  /** Why the record could not be read; its cells are empty then. */
  error: OpenAmiError | undefined;
  /** The text of a refused record (cut), for the reject. */
  refused = '';
  private text = '';
  private at = 0;
  private lines = 0;
  private ended = false;
  /** Where the quoted record at hand ends. */
  private recordEnd = 0;
  /** The first line of the record at hand: where the next one begins, and its text. */
  private firstStop = 0;
  private firstLine = '';
  private readonly delimiter: string;
  private readonly quote: string;
  private readonly limit: number;

  constructor(dialect: CsvDialect, limit = maxRecordChars) {
    this.delimiter = dialect.delimiter;
    this.quote = dialect.quote;
    this.limit = limit;
  }

  push(text: string): void {
    this.text = this.at === this.text.length ? text : this.text.slice(this.at) + text;
    this.at = 0;
  }

  /** No more text will come: the last line needs no line end. */
  end(): void {
    this.ended = true;
  }

  /** Lines read so far. */
  get linesRead(): number {
    return this.lines;
  }

  /** Lines of the record at hand. */
  get span(): number {
    return this.lines - this.line + 1;
  }

  /** Refuses the record at hand for a stray quote that reached over lines: goes on after its first. */
  breakUp(): void {
    this.refuse(exchangeErrors.CSV_QUOTE_BROKEN(`line ${this.line}`), this.firstLine);
    this.at = this.firstStop;
    this.lines = this.line;
  }

  /** Goes to the next record that is not blank; false when more text is needed, or at the end. */
  next(): boolean {
    for (;;) {
      if (this.at >= this.text.length) return false;
      const stop = this.lineStop();
      if (stop < 0) return false;
      const line = this.text.slice(this.at, this.bare(stop));
      this.firstStop = stop;
      this.firstLine = line;
      this.line = this.lines + 1;
      this.error = undefined;
      if (line.length > this.limit) {
        this.refuse(
          exchangeErrors.CSV_RECORD_TOO_LONG(`line ${this.line} exceeds ${this.limit} characters`),
          line,
        );
        this.step(stop);
        return true;
      }
      if (this.quote === '' || !line.includes(this.quote)) {
        this.step(stop);
        if (line === '') continue;
        this.cells = line.split(this.delimiter);
        return true;
      }
      let outcome = this.quoted();
      // Decided by the length of the record alone, so that it does not depend on how the text was cut.
      const seen = (outcome === 'done' ? this.recordEnd : this.text.length) - this.at;
      if (outcome !== 'broken' && seen > this.limit) outcome = 'broken';
      if (outcome === 'more') return false;
      if (outcome === 'broken') this.refuse(exchangeErrors.CSV_QUOTE_BROKEN(`line ${this.line}`), line);
      this.step(outcome === 'broken' ? stop : this.recordEnd);
      return true;
    }
  }

  /** Place after the end of the line at hand, or -1 when it has not come yet. */
  private lineStop(): number {
    const newline = this.text.indexOf('\n', this.at);
    if (newline >= 0) return newline + 1;
    if (this.ended) return this.text.length;
    // Of a line beyond the limit only the start is kept, for its reject.
    this.text = this.text.slice(this.at, this.at + this.limit + 2);
    this.at = 0;
    return -1;
  }

  /** End of the line without its line end. */
  private bare(stop: number): number {
    let end = stop;
    if (end > this.at && this.text.charCodeAt(end - 1) === 10) end -= 1;
    if (end > this.at && this.text.charCodeAt(end - 1) === 13) end -= 1;
    return end;
  }

  private step(to: number): void {
    let newline = this.text.indexOf('\n', this.at);
    while (newline >= 0 && newline < to) {
      this.lines += 1;
      newline = this.text.indexOf('\n', newline + 1);
    }
    if (to === this.text.length && this.ended && this.text.charCodeAt(to - 1) !== 10) this.lines += 1;
    this.at = to;
  }

  private refuse(error: OpenAmiError, line: string): void {
    this.error = error;
    this.cells = [];
    this.refused = line.slice(0, 200);
  }

  /** Reads a record with quotes; sets `recordEnd` after it. */
  private quoted(): 'done' | 'more' | 'broken' {
    const { text, quote, delimiter } = this;
    const cells: string[] = [];
    let i = this.at;
    for (;;) {
      let cell: string;
      if (text[i] === quote) {
        const closed = this.closing(i + 1);
        if (closed === -1) return this.ended ? 'broken' : 'more';
        cell = text.slice(i + 1, closed).replaceAll(quote + quote, quote);
        i = closed + 1;
        if (i >= text.length && !this.ended) return 'more';
      } else {
        const from = i;
        while (i < text.length && text[i] !== delimiter && text[i] !== '\n') i += 1;
        if (i >= text.length && !this.ended) return 'more';
        const bareEnd = text[i] !== delimiter && text[i - 1] === '\r' && i - 1 >= from ? i - 1 : i;
        cell = text.slice(from, bareEnd);
      }
      cells.push(cell);
      if (text[i] === delimiter) {
        i += 1;
        continue;
      }
      if (text[i] === '\r') {
        if (i + 1 >= text.length && !this.ended) return 'more';
        i += 1;
      }
      if (i >= text.length || text[i] === '\n') {
        this.recordEnd = Math.min(i + 1, text.length);
        this.cells = cells;
        return 'done';
      }
      return 'broken';
    }
  }

  /** Place of the closing quote from `from` on, or -1. */
  private closing(from: number): number {
    const { text, quote } = this;
    for (let i = text.indexOf(quote, from); i >= 0; i = text.indexOf(quote, i + 2)) {
      if (text[i + 1] !== quote) return i;
    }
    return -1;
  }
}
