/** The document as a tagged PDF (PDF/UA): structure, headings, tables, language, title, embedded fonts. */
import PDFDocument from 'pdfkit';
import { documentTitle } from './html.ts';
import { drawChart } from './pdf-chart.ts';
import { plainText, textWidth, useFonts } from './pdf-font.ts';
import { band, type Doc, ink, Pen, type Structure, soft, strong, styles, widthIn } from './pdf-pen.ts';
import { drawTable } from './pdf-table.ts';
import type { Block, DocumentView } from './view.ts';

/** Renders a document. The same document gives the same bytes. */
export function pdfOf(view: DocumentView): Promise<Buffer> {
  const at = new Date(view.atMs);
  const doc = new PDFDocument({
    ...{
      size: view.paper,
      margin: 0,
      bufferPages: true,
      lang: view.locale,
      tagged: true,
      displayTitle: true,
    },
    ...{ pdfVersion: '1.7', font: null as unknown as string },
    // the types know the older subsets alone
    subset: 'PDF/UA' as 'PDF/A-2',
    info: { Title: plainText(documentTitle(view)), CreationDate: at, ModDate: at, Producer: '', Creator: '' },
  });
  const done = new Promise<Buffer>((resolve, reject) => {
    const parts: Uint8Array[] = [];
    doc.on('data', (part: Uint8Array) => parts.push(part));
    doc.on('end', () => resolve(Buffer.concat(parts)));
    doc.on('error', reject);
  });
  useFonts(doc, textsOf(view));
  const pen = new Pen(doc);
  const root = doc.struct('Document');
  doc.addStructure(root);
  drawHead(pen, root, view);
  for (const block of view.blocks) drawBlock(pen, root, block);
  root.end();
  finishPages(pen, view);
  doc.end();
  return done;
}

function drawHead(
  pen: Pen,
  root: Structure,
  { from, to, title, mark, markNote, result }: DocumentView,
): void {
  const half = pen.width / 2 - 12;
  const top = pen.y;
  let bottom = top;
  for (const [i, { name, lines }] of [from, to].entries()) {
    pen.y = top;
    const place = { x: pen.left + i * (half + 24), width: half };
    pen.paragraph(root, 'P', name, styles.party, place);
    for (const text of lines) pen.paragraph(root, 'P', text, styles.text, place);
    bottom = Math.max(bottom, pen.y);
  }
  pen.y = bottom + 18;
  pen.paragraph(root, 'H1', title, styles.title);
  pen.y += 6;
  if (mark !== '') {
    pen.paragraph(root, 'P', `${mark}. ${markNote}`, styles.strong);
    pen.y += 6;
  }
  const tall = 24 + pen.leading(styles.amount) + (result.note === '' ? 0 : pen.leading(styles.text));
  pen.decoration(() => {
    pen.doc.rect(pen.left, pen.y, pen.width, tall).fill(band);
    pen.doc.rect(pen.left, pen.y, 4, tall).fill(strong);
  });
  const place = { x: pen.left + 14, width: pen.width - 24 };
  const end = pen.y + tall;
  pen.y += 6;
  pen.paragraph(root, 'P', result.label, styles.text, place);
  pen.paragraph(root, 'P', result.amount, styles.amount, place);
  if (result.note !== '') pen.paragraph(root, 'P', result.note, styles.text, place);
  pen.y = end + 4;
}

function drawBlock(pen: Pen, root: Structure, block: Block): void {
  switch (block.kind) {
    case 'heading':
      pen.y += 10;
      pen.need(70);
      pen.paragraph(root, 'H2', block.text, styles.heading);
      pen.y += 3;
      return;
    case 'text':
      pen.paragraph(root, 'P', block.text, styles.text);
      pen.y += 5;
      return;
    case 'facts':
      for (const { label, value } of block.facts) drawFact(pen, root, label, value);
      pen.y += 4;
      return;
    case 'table':
      drawTable(pen, root, block);
      return;
    case 'chart':
      drawChart(pen, root, block);
  }
}

const labelWidth = 130;

function drawFact(pen: Pen, root: Structure, label: string, value: string): void {
  const lines = pen.lines(value, styles.text, pen.width - labelWidth);
  pen.need(Math.max(1, lines.length) * pen.leading(styles.text));
  const { y } = pen;
  const element = pen.element(root, 'P');
  const labels = pen.lines(label, styles.text, labelWidth - 8);
  const leading = pen.leading(styles.text);
  element.add(() => {
    for (const [i, text] of labels.entries())
      pen.write(text, { ...styles.text, color: soft }, pen.left, y + i * leading);
    for (const [i, text] of lines.entries())
      pen.write(text, styles.text, pen.left + labelWidth, y + i * leading);
  });
  element.end();
  pen.y = y + Math.max(labels.length, lines.length) * leading;
}

/** Page numbers, and over a draft what it is. */
function finishPages(pen: Pen, { pageOf, mark }: DocumentView): void {
  const { doc } = pen;
  const { start, count } = doc.bufferedPageRange();
  for (let i = 0; i < count; i++) {
    doc.switchToPage(start + i);
    const { width, height } = doc.page;
    doc.markContent('Artifact', { type: 'Pagination' });
    const text = pageOf(i + 1, count);
    pen.write(text, styles.small, (width - widthIn(text, styles.small)) / 2, height - 40);
    if (mark !== '') drawMark(doc, plainText(mark));
    doc.endMarkedContent();
  }
}

function drawMark(doc: Doc, text: string): void {
  const { width, height } = doc.page;
  doc.save();
  doc.rotate(-35, { origin: [width / 2, height / 2] });
  doc.font('bold').fontSize(64).fillColor(ink).fillOpacity(0.09);
  doc.text(text, (width - textWidth(text, 'bold', 64)) / 2, height / 2 - 40, { lineBreak: false });
  doc.restore();
}

/** Every text of the document: the letters the file needs. */
function* textsOf({
  title,
  mark,
  markNote,
  from,
  to,
  result,
  blocks,
  pageOf,
}: DocumentView): Generator<string> {
  yield* [title, mark, markNote, result.label, result.amount, result.note, pageOf(1, 1)];
  for (const { name, lines } of [from, to]) yield* [name, ...lines];
  for (const block of blocks) {
    if (block.kind === 'facts') for (const { label, value } of block.facts) yield* [label, value];
    else if (block.kind === 'chart')
      yield* [block.title, block.words, block.unit, block.legendEstimated, ...block.series];
    else if (block.kind === 'table') {
      yield* [block.caption, ...block.columns.map(({ text }) => text)];
      for (const { cells, detail } of block.rows) yield* [detail, ...cells];
    } else yield block.text;
  }
}
