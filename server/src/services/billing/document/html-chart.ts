/** The chart as inline SVG with a title, a sentence and its table beside it. */
import { type BarPart, shapeOf } from './chart-shape.ts';
import { escapeHtml } from './html-text.ts';
import type { Chart, DocumentView } from './view.ts';

const size = { width: 720, height: 220, axisWidth: 52 };

/** Six patterns besides six colours: solid, lines across, lines down, dots, wide lines, crosses. */
const patternMarks = [
  '',
  '<path d="M0 2h6" stroke="var(--page)" stroke-width="1.5"/>',
  '<path d="M2 0v6" stroke="var(--page)" stroke-width="1.5"/>',
  '<circle cx="3" cy="3" r="1.3" fill="var(--page)"/>',
  '<path d="M0 3h6" stroke="var(--page)" stroke-width="3"/>',
  '<path d="M3 0v6M0 3h6" stroke="var(--page)" stroke-width="1"/>',
];
/** More periods than there are patterns begin again from the first. */
export const seriesKinds = patternMarks.length;

const definitions =
  `<defs>${patternMarks
    .map(
      (mark, i) =>
        `<pattern id="p${i}" width="6" height="6" patternUnits="userSpaceOnUse">` +
        `<rect width="6" height="6" fill="var(--s${i})"/>${mark}</pattern>`,
    )
    .join('')}<pattern id="pe" width="6" height="6" patternUnits="userSpaceOnUse">` +
  '<path d="M-1 7L7 -1M-1 1L1 -1M5 7L7 5" stroke="var(--page)" stroke-width="4"/>' +
  '<path d="M-1 7L7 -1M-1 1L1 -1M5 7L7 5" stroke="var(--ink)" stroke-width="1.4"/></pattern></defs>';

const text = (value: number) => String(Math.round(value * 100) / 100);

function rectangle({ x, y, width, height }: BarPart, fill: string): string {
  return `<rect x="${text(x)}" y="${text(y)}" width="${text(width)}" height="${text(height)}" fill="url(#${fill})"/>`;
}

/** `table` is the markup of the twin. Scripts that run from right to left have their first day at the right. */
export function chartHtml(
  chart: Chart,
  { direction }: Pick<DocumentView, 'direction'>,
  table: string,
): string {
  const shape = shapeOf(chart, size);
  const mirror = (x: number) => (direction === 'rtl' ? size.width - x : x);
  const flip = (part: BarPart): BarPart =>
    direction === 'rtl' ? { ...part, x: size.width - part.x - part.width } : part;
  const marks = shape.marks
    .map(
      ({ y, text: label }) =>
        `<path class="axis" d="M${text(mirror(size.axisWidth))} ${text(y)}H${text(mirror(size.width))}"/>` +
        `<text x="${text(mirror(size.axisWidth - 6))}" y="${text(y + 4)}" text-anchor="end">${escapeHtml(label)}</text>`,
    )
    .join('');
  const bars = shape.parts.map((part) => rectangle(flip(part), `p${part.series % seriesKinds}`)).join('');
  const guessed = shape.estimated.map((part) => rectangle(flip(part), 'pe')).join('');
  const labels = shape.labels
    .map(
      ({ x, text: label }) =>
        `<text x="${text(mirror(x))}" y="${size.height - 3}" text-anchor="middle">${escapeHtml(label)}</text>`,
    )
    .join('');
  const legend = [
    ...chart.series.map((name, i) => [name, `p${i % seriesKinds}`] as const),
    ...(chart.legendEstimated === '' ? [] : [[chart.legendEstimated, 'pe'] as const]),
  ]
    .map(
      ([name, fill]) =>
        `<li><svg viewBox="0 0 24 14" aria-hidden="true"><rect width="24" height="14" fill="url(#${fill})"/></svg>` +
        `${escapeHtml(name)}</li>`,
    )
    .join('');
  return (
    `<figure><figcaption>${escapeHtml(chart.title)} (${escapeHtml(chart.unit)})</figcaption>` +
    `<p>${escapeHtml(chart.words)}</p>` +
    `<div class="wide" tabindex="0" role="region" aria-label="${escapeHtml(chart.title)}">` +
    `<svg viewBox="0 0 ${size.width} ${size.height}" role="img" aria-labelledby="ct cd">` +
    `<title id="ct">${escapeHtml(chart.title)}</title><desc id="cd">${escapeHtml(chart.words)}</desc>` +
    `${definitions}${marks}${bars}${guessed}${labels}</svg></div>` +
    `<ul class="legend">${legend}</ul>` +
    `<details><summary>${escapeHtml(chart.tableTitle)}</summary>${table}</details></figure>`
  );
}
