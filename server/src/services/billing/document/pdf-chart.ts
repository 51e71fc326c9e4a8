/** The chart in a PDF: a figure with the sentence as its text for those who do not see it. */
import { type BarPart, shapeOf } from './chart-shape.ts';
import { type Doc, ink, line, type Pen, type Structure, soft, styles, widthIn } from './pdf-pen.ts';
import type { Chart } from './view.ts';

const height = 130;
const axisWidth = 34;
const colors = ['#1f5fa8', '#e07b00', '#5b4a9e', '#2f7d5b', '#8a6d1f', '#7a4a5a'] as const;

/** Besides its colour a period has a pattern: white lines across or down the bar at these distances. */
const patterns: readonly { readonly across: number; readonly down: number }[] = [
  ...[
    { across: 0, down: 0 },
    { across: 4, down: 0 },
    { across: 0, down: 3 },
  ],
  ...[
    { across: 2.5, down: 0 },
    { across: 6, down: 3 },
    { across: 4, down: 2 },
  ],
];

export function drawChart(pen: Pen, parent: Structure, chart: Chart): void {
  pen.need(height + 60);
  pen.paragraph(parent, 'H3', `${chart.title} (${chart.unit})`, styles.strong);
  pen.paragraph(parent, 'P', chart.words, styles.text);
  pen.y += 4;
  const { doc, left, y, width } = pen;
  const figure = pen.element(parent, 'Figure', {
    alt: `${chart.title}. ${chart.words}`,
    bbox: [left, y, left + width, y + height],
  });
  const shape = shapeOf(chart, { width, height, axisWidth });
  const moved = (part: BarPart): BarPart => ({ ...part, x: left + part.x, y: y + part.y });
  figure.add(() => {
    for (const mark of shape.marks) {
      doc.moveTo(left + axisWidth, y + mark.y).lineTo(left + width, y + mark.y);
      doc.lineWidth(0.5).strokeColor(line).stroke();
      pen.writeEnd(mark.text, styles.small, left + axisWidth - 4, y + mark.y - 5);
    }
    for (const [series] of chart.series.entries()) {
      const parts = shape.parts.filter((part) => part.series === series).map(moved);
      fillParts(doc, parts, series);
    }
    hatch(doc, shape.estimated.map(moved));
    for (const { x, text } of shape.labels) {
      pen.write(text, styles.small, left + x - widthIn(text, styles.small) / 2, y + height - 11);
    }
  });
  figure.end();
  pen.y += height + 4;
  drawLegend(pen, parent, chart);
}

function fillParts(doc: Doc, parts: readonly BarPart[], series: number): void {
  if (parts.length === 0) return;
  for (const { x, y, width, height: tall } of parts) doc.rect(x, y, width, tall);
  doc.fill(colors[series % colors.length]!);
  const { across, down } = patterns[series % patterns.length]!;
  if (across === 0 && down === 0) return;
  for (const { x, y, width, height: tall } of parts) {
    if (across > 0)
      for (let at = across; at < tall; at += across) doc.moveTo(x, y + at).lineTo(x + width, y + at);
    if (down > 0) for (let at = down; at < width; at += down) doc.moveTo(x + at, y).lineTo(x + at, y + tall);
  }
  doc.lineWidth(0.6).strokeColor('#ffffff').stroke();
}

/** White with dark slanting lines, cut to the bars. */
function hatch(doc: Doc, parts: readonly BarPart[]): void {
  for (const { x, y, width, height: tall } of parts) {
    doc.save();
    doc.rect(x, y, width, tall).clip();
    doc.rect(x, y, width, tall).fill('#ffffff');
    for (let at = -tall; at < width; at += 3) doc.moveTo(x + at, y + tall).lineTo(x + at + tall, y);
    doc.lineWidth(0.8).strokeColor(ink).stroke();
    doc.rect(x, y, width, tall).lineWidth(0.8).stroke();
    doc.restore();
  }
}

function drawLegend(pen: Pen, parent: Structure, { series, legendEstimated }: Chart): void {
  const { doc } = pen;
  const names = legendEstimated === '' ? series : [...series, legendEstimated];
  let x = pen.left + axisWidth;
  const right = pen.left + pen.width;
  for (const [i, name] of names.entries()) {
    const wide = 18 + widthIn(name, styles.small) + 14;
    if (x + wide > right) {
      x = pen.left + axisWidth;
      pen.y += 13;
    }
    const key = { series: i, x, y: pen.y + 2, width: 14, height: 7 };
    pen.decoration(() => (i < series.length ? fillParts(doc, [key], i) : hatch(doc, [key])));
    const element = pen.element(parent, 'P');
    const at = x + 18;
    element.add(() => pen.write(name, { ...styles.small, color: soft }, at, pen.y));
    element.end();
    x += wide;
  }
  pen.y += 18;
}
