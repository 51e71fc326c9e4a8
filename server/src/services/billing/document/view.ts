/** The document in words of one language: headings, tables and a chart. Both renderings read it. */
import type { Direction } from './words/words.ts';

interface Column {
  readonly text: string;
  readonly numeric: boolean;
  /** Share of the width. */
  readonly share: number;
}

export interface Row {
  /** A second, smaller line of the first cell; empty for none. */
  readonly detail: string;
  readonly cells: readonly string[];
  readonly sort: 'plain' | 'group' | 'sum' | 'total';
}

export interface Table {
  readonly kind: 'table';
  readonly caption: string;
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
}

/** Bars by day or month, each cut by periods; amounts are plain numbers in the unit. */
export interface Chart {
  readonly kind: 'chart';
  readonly title: string;
  /** What it shows, in a sentence. */
  readonly words: string;
  readonly unit: string;
  readonly series: readonly string[];
  readonly legendEstimated: string;
  readonly bars: readonly ChartBar[];
  /** Largest value of the axis, and what is written at its marks. */
  readonly marks: readonly { readonly value: number; readonly text: string }[];
  readonly table: Table;
  readonly tableTitle: string;
}

interface ChartBar {
  readonly label: string;
  readonly amounts: readonly number[];
  readonly estimated: number;
}

export type Block =
  | { readonly kind: 'heading'; readonly text: string }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'facts'; readonly facts: readonly Fact[] }
  | Table
  | Chart;

export interface Fact {
  readonly label: string;
  readonly value: string;
}

export interface DocumentView {
  readonly locale: string;
  readonly direction: Direction;
  readonly paper: 'A4' | 'LETTER';
  readonly title: string;
  /** Written over what is not issued; empty for a bill. */
  readonly mark: string;
  readonly markNote: string;
  readonly from: { readonly label: string; readonly name: string; readonly lines: readonly string[] };
  readonly to: { readonly label: string; readonly name: string; readonly lines: readonly string[] };
  /** What it comes to and what is to be done, in large letters. */
  readonly result: { readonly label: string; readonly amount: string; readonly note: string };
  readonly blocks: readonly Block[];
  /** Words of a page number. */
  readonly pageOf: (page: number, pages: number) => string;
  /** When the bill was issued or made: dates in the file are this, so that a file is made the same again. */
  readonly atMs: number;
}
