/** The chart as inline SVG with a title, a sentence and its table beside it. */
import { type BarPart, shapeOf } from './chart-shape.ts';
import { element, type Markup } from './html-text.ts';
import type { Chart, DocumentView } from './view.ts';

const size = { width: 720, height: 220, axisWidth: 60 };

/** Six patterns besides six colours: solid, lines across, lines down, dots, wide lines, crosses. */
const patternMarks = [
  '',
  '<path d="M0 2h6" stroke="var(--page)" stroke-width="1.5"/>',
  '<path d="M2 0v6" stroke="var(--page)" stroke-width="1.5"/>',
  '<circle cx="3" cy="3" r="1.3" fill="var(--page)"/>',
  '<path d="M0 3h6" stroke="var(--page)" stroke-width="3"/>',
  '<path d="M3 0v6M0 3h6" stroke="var(--page)" stroke-width="1"/>',
];
const slanting = 'd="M-1 7L7 -1M-1 1L1 -1M5 7L7 5"';
const pattern = (id: string, ...parts: readonly string[]) =>
  `<pattern id="${id}" width="6" height="6" patternUnits="userSpaceOnUse">${parts.join('')}</pattern>`;
const definitions: Markup = {
  markup: [
    '<defs>',
    ...patternMarks.map((mark, i) =>
      pattern(`p${i}`, `<rect width="6" height="6" fill="var(--s${i})"/>`, mark),
    ),
    pattern(
      'pe',
      `<path ${slanting} stroke="var(--page)" stroke-width="4"/>`,
      `<path ${slanting} stroke="var(--ink)" stroke-width="1.4"/>`,
    ),
    '</defs>',
  ].join(''),
};
/** More periods than there are patterns begin again from the first. */
const patternOf = (series: number) => `p${series % patternMarks.length}`;

/** On a phone one label in so many has room. */
const labelsOnPhone = 5;
const round = (value: number) => Math.round(value * 100) / 100;

function rectangle({ x, y, width, height }: BarPart, fill: string): Markup {
  const place = { x: round(x), y: round(y), width: round(width), height: round(height) };
  return element('rect', { ...place, fill: `url(#${fill})` });
}

/** `table` is the twin. Where text runs from right to left, so do the days. */
export function chartHtml(
  chart: Chart,
  { direction }: Pick<DocumentView, 'direction'>,
  table: Markup,
): Markup {
  const { title, words, unit, tableTitle } = chart;
  const drawing = element(
    'svg',
    { viewBox: `0 0 ${size.width} ${size.height}`, role: 'img', 'aria-labelledby': 'ct cd' },
    element('title', { id: 'ct' }, title),
    element('desc', { id: 'cd' }, words),
    definitions,
    ...drawingParts(chart, direction === 'rtl'),
  );
  return element(
    'figure',
    {},
    element('figcaption', {}, `${title} (${unit})`),
    element('p', {}, words),
    element('div', { class: 'wide', tabindex: 0, role: 'region', 'aria-label': title }, drawing),
    element('ul', { class: 'legend' }, ...legendItems(chart)),
    element('details', {}, element('summary', {}, tableTitle), table),
  );
}

function drawingParts(chart: Chart, mirrored: boolean): Markup[] {
  const shape = shapeOf(chart, size);
  const at = (x: number) => round(mirrored ? size.width - x : x);
  const flip = (part: BarPart): BarPart =>
    mirrored ? { ...part, x: size.width - part.x - part.width } : part;
  return [
    ...shape.marks.flatMap(({ y, text }) => [
      element('path', { class: 'axis', d: `M${at(size.axisWidth)} ${round(y)}H${at(size.width)}` }),
      element('text', { x: at(size.axisWidth - 6), y: round(y + 4), 'text-anchor': 'end' }, text),
    ]),
    ...shape.parts.map((part) => rectangle(flip(part), patternOf(part.series))),
    ...shape.estimated.map((part) => rectangle(flip(part), 'pe')),
    ...shape.labels.map(({ x, text }, i) =>
      element(
        'text',
        {
          ...{ x: at(x), y: size.height - 3, 'text-anchor': 'middle' },
          class: i % labelsOnPhone === 0 ? 'tick' : 'minor',
        },
        text,
      ),
    ),
  ];
}

function legendItems({ series, legendEstimated }: Chart): Markup[] {
  const keys = [
    ...series.map((name, i) => ({ name, fill: patternOf(i) })),
    ...(legendEstimated === '' ? [] : [{ name: legendEstimated, fill: 'pe' }]),
  ];
  return keys.map(({ name, fill }) =>
    element(
      'li',
      {},
      element(
        'svg',
        { viewBox: '0 0 24 14', 'aria-hidden': 'true' },
        element('rect', { width: 24, height: 14, fill: `url(#${fill})` }),
      ),
      name,
    ),
  );
}
