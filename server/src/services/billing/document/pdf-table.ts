/** A table with header cells, row headers and a caption; its head is repeated on every page it reaches. */
import { band, line, type Pen, type Structure, type Style, styles, type TagOptions } from './pdf-pen.ts';
import type { Row, Table } from './view.ts';

const padding = 3;

interface Cell {
  readonly x: number;
  readonly width: number;
  readonly numeric: boolean;
}

export function drawTable(pen: Pen, parent: Structure, table: Table): void {
  const { columns, rows, caption } = table;
  let x = pen.left;
  const cells = columns.map(({ share, numeric }): Cell => {
    const cell = { x, width: share * pen.width, numeric };
    x += cell.width;
    return cell;
  });
  pen.need(60);
  const element = pen.element(parent, 'Table');
  pen.paragraph(element, 'Caption', caption, styles.small);
  const head = columns.map(({ text }, i) => pen.lines(text, styles.strong, cells[i]!.width - 2 * padding));
  const headHeight = heightOf(pen, head, styles.strong);
  const headRow = pen.element(pen.element(element, 'THead'), 'TR');
  for (const [i, lines] of head.entries())
    cellOf(pen, headRow, 'TH', { scope: 'Column' }, () => drawLines(pen, lines, styles.strong, cells[i]!));
  headRow.end();
  below(pen, headHeight, 1);
  const body = pen.element(element, 'TBody');
  for (const row of rows) {
    const [texts, detail] = linesOf(pen, row, cells);
    const style = styleOf(row);
    const height = heightOf(pen, texts, style) + detail.length * pen.leading(styles.small);
    // a group stays with the first row of it
    if (pen.need(height + (row.sort === 'group' ? 28 : 0))) repeatHead(pen, head, headHeight, cells);
    drawRow(pen, body, { row, texts, detail, height, style }, cells);
  }
  body.end();
  element.end();
  pen.y += 8;
}

function styleOf({ sort }: Row): Style {
  return sort === 'plain' || sort === 'sum' ? styles.text : styles.strong;
}

/** Lines of each cell, and of the small print of the first. */
function linesOf(pen: Pen, row: Row, cells: readonly Cell[]): [string[][], string[]] {
  const style = styleOf(row);
  const texts = row.cells.map((text, i) =>
    text === ''
      ? []
      : pen.lines(text, style, (row.sort === 'group' ? pen.width : cells[i]!.width) - 2 * padding),
  );
  const detail = row.detail === '' ? [] : pen.lines(row.detail, styles.small, cells[0]!.width - 2 * padding);
  return [texts, detail];
}

interface DrawnRow {
  readonly row: Row;
  readonly texts: readonly string[][];
  readonly detail: readonly string[];
  readonly height: number;
  readonly style: Style;
}

function drawRow(
  pen: Pen,
  body: Structure,
  { row, texts, detail, height, style }: DrawnRow,
  cells: readonly Cell[],
) {
  if (row.sort === 'group') pen.decoration(() => pen.doc.rect(pen.left, pen.y, pen.width, height).fill(band));
  const element = pen.element(body, 'TR');
  for (const [i, lines] of texts.entries()) {
    if (i > 0 && row.sort === 'group') break;
    const cell = cells[i]!;
    const [tag, options] = i === 0 ? (['TH', { scope: 'Row' }] as const) : (['TD', {}] as const);
    cellOf(pen, element, tag, options, () => {
      drawLines(pen, lines, style, cell);
      if (i > 0) return;
      const top = pen.y + padding + lines.length * pen.leading(style);
      for (const [l, text] of detail.entries())
        pen.write(text, styles.small, cell.x + padding, top + l * pen.leading(styles.small));
    });
  }
  element.end();
  below(pen, height, row.sort === 'total' ? 1.2 : 0.5);
}

function cellOf(pen: Pen, row: Structure, tag: string, options: TagOptions, draw: () => void): void {
  const element = pen.element(row, tag, options);
  element.add(draw);
  element.end();
}

function drawLines(pen: Pen, lines: readonly string[], style: Style, { x, width, numeric }: Cell): void {
  for (const [i, text] of lines.entries()) {
    const y = pen.y + padding + i * pen.leading(style);
    if (numeric) pen.writeEnd(text, style, x + width - padding, y);
    else pen.write(text, style, x + padding, y);
  }
}

function heightOf(pen: Pen, cells: readonly string[][], style: Style): number {
  return Math.max(1, ...cells.map(({ length }) => length)) * pen.leading(style) + 2 * padding;
}

/** The line below a row; the next begins there. */
function below(pen: Pen, height: number, thickness: number): void {
  pen.y += height;
  pen.decoration(() => {
    pen.doc.moveTo(pen.left, pen.y).lineTo(pen.left + pen.width, pen.y);
    pen.doc.lineWidth(thickness).strokeColor(line).stroke();
  });
}

function repeatHead(pen: Pen, head: readonly string[][], height: number, cells: readonly Cell[]): void {
  pen.decoration(() => {
    for (const [i, lines] of head.entries()) drawLines(pen, lines, styles.strong, cells[i]!);
  });
  below(pen, height, 1);
}
