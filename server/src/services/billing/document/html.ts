/** The document as one HTML file: no script, nothing loaded from elsewhere, readable by a screen reader. */
import { chartHtml } from './html-chart.ts';
import { style } from './html-style.ts';
import { element, escapeHtml, type Markup } from './html-text.ts';
import type { Block, DocumentView, Row, Table } from './view.ts';

/** Renders a document. The same document gives the same text. */
export function htmlOf(view: DocumentView): string {
  const { locale, direction, title, mark, markNote, result } = view;
  const isDraft = mark !== '';
  const body = element(
    'main',
    {},
    ...(isDraft ? [element('div', { class: 'watermark', 'aria-hidden': 'true' }, mark)] : []),
    element('div', { class: 'parties' }, ...partyOf(view.from), ...partyOf(view.to)),
    element('h1', {}, title),
    ...(isDraft ? [element('p', { class: 'mark' }, `${mark}. ${markNote}`)] : []),
    element(
      'div',
      { class: 'result' },
      element('p', {}, result.label),
      element('p', { class: 'amount' }, result.amount),
      ...(result.note === '' ? [] : [element('p', {}, result.note)]),
    ),
    ...view.blocks.map((block) => blockHtml(block, view)),
  );
  return [
    `<!doctype html>\n<html lang="${escapeHtml(locale)}" dir="${direction}"><head><meta charset="utf-8">`,
    '<meta name="viewport" content="width=device-width,initial-scale=1">',
    `<title>${escapeHtml(documentTitle(view))}</title><style>${style}</style></head>`,
    `<body>${body.markup}</body></html>\n`,
  ].join('');
}

/** What the window and the file are called. */
export function documentTitle({ title, from }: Pick<DocumentView, 'title' | 'from'>): string {
  return from.name === '' ? title : `${title} – ${from.name}`;
}

function partyOf({ label, name, lines }: DocumentView['from']): Markup[] {
  if (name === '' && lines.length === 0) return [];
  return [
    element(
      'section',
      {},
      element('p', { class: 'label' }, label),
      element('p', { class: 'party' }, name),
      ...lines.map((line) => element('p', {}, line)),
    ),
  ];
}

function blockHtml(block: Block, view: DocumentView): Markup {
  switch (block.kind) {
    case 'heading':
      return element('h2', {}, block.text);
    case 'text':
      return element('p', {}, block.text);
    case 'facts':
      return element(
        'dl',
        {},
        ...block.facts.flatMap(({ label, value }) => [element('dt', {}, label), element('dd', {}, value)]),
      );
    case 'table':
      return tableHtml(block);
    case 'chart':
      return chartHtml(block, view, tableHtml(block.table));
  }
}

const numberClass = (isNumeric: boolean): Record<string, string> => (isNumeric ? { class: 'num' } : {});

function tableHtml({ caption, columns, rows }: Table): Markup {
  const head = columns.map(({ text, numeric }) =>
    element('th', { scope: 'col', ...numberClass(numeric) }, text),
  );
  return element(
    'div',
    { class: 'wide', tabindex: 0, role: 'region', 'aria-label': caption },
    element(
      'table',
      {},
      element('caption', {}, caption),
      element('thead', {}, element('tr', {}, ...head)),
      element('tbody', {}, ...rows.map((row) => rowHtml(row, columns))),
    ),
  );
}

function rowHtml({ cells, detail, sort }: Row, columns: Table['columns']): Markup {
  const [first = '', ...rest] = cells;
  if (sort === 'group')
    return element(
      'tr',
      { class: 'group' },
      element('th', { scope: 'rowgroup', colspan: columns.length }, first),
    );
  const note = detail === '' ? [] : [element('span', { class: 'detail' }, detail)];
  return element(
    'tr',
    sort === 'plain' ? {} : { class: sort },
    element('th', { scope: 'row' }, first, ...note),
    ...rest.map((cell, i) => element('td', numberClass(columns[i + 1]!.numeric), cell)),
  );
}
