/** The document as one HTML file: no script, nothing loaded from elsewhere, readable by a screen reader. */
import { chartHtml } from './html-chart.ts';
import { style } from './html-style.ts';
import { escapeHtml } from './html-text.ts';
import type { Block, DocumentView, Fact, Row, Table } from './view.ts';

/** Renders a document. The same document gives the same text. */
export function htmlOf(view: DocumentView): string {
  const { locale, direction, title, mark, markNote, result } = view;
  const parts = [
    `<!doctype html>\n<html lang="${escapeHtml(locale)}" dir="${direction}">`,
    '<head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">',
    `<title>${escapeHtml(documentTitle(view))}</title><style>${style}</style></head>`,
    '<body><main>',
    mark === '' ? '' : `<div class="watermark" aria-hidden="true">${escapeHtml(mark)}</div>`,
    `<div class="parties">${party(view.from)}${party(view.to)}</div>`,
    `<h1>${escapeHtml(title)}</h1>`,
    mark === '' ? '' : `<p class="mark">${escapeHtml(mark)}. ${escapeHtml(markNote)}</p>`,
    `<div class="result"><p>${escapeHtml(result.label)}</p><p class="amount">${escapeHtml(result.amount)}</p>`,
    result.note === '' ? '' : `<p>${escapeHtml(result.note)}</p>`,
    '</div>',
    ...view.blocks.map((block) => blockHtml(block, view)),
    '</main></body></html>\n',
  ];
  return parts.join('');
}

/** What the window and the file are called. */
export function documentTitle({ title, from }: Pick<DocumentView, 'title' | 'from'>): string {
  return from.name === '' ? title : `${title} – ${from.name}`;
}

function party({ label, name, lines }: DocumentView['from']): string {
  if (name === '' && lines.length === 0) return '';
  const text = lines.map((line) => `<p>${escapeHtml(line)}</p>`).join('');
  return `<section><p class="label">${escapeHtml(label)}</p><p class="party">${escapeHtml(name)}</p>${text}</section>`;
}

function blockHtml(block: Block, view: DocumentView): string {
  switch (block.kind) {
    case 'heading':
      return `<h2>${escapeHtml(block.text)}</h2>`;
    case 'text':
      return `<p>${escapeHtml(block.text)}</p>`;
    case 'facts':
      return `<dl>${block.facts.map(factHtml).join('')}</dl>`;
    case 'table':
      return tableHtml(block);
    case 'chart':
      return chartHtml(block, view, tableHtml(block.table));
  }
}

function factHtml({ label, value }: Fact): string {
  return `<dt>${escapeHtml(label)}</dt><dd>${escapeHtml(value)}</dd>`;
}

function tableHtml({ caption, columns, rows }: Table): string {
  const head = columns
    .map(({ text, numeric }) => `<th scope="col"${numeric ? ' class="num"' : ''}>${escapeHtml(text)}</th>`)
    .join('');
  const body = rows.map((row) => rowHtml(row, columns)).join('');
  const label = escapeHtml(caption);
  return (
    `<div class="wide" tabindex="0" role="region" aria-label="${label}"><table><caption>${label}</caption>` +
    `<thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>`
  );
}

function rowHtml({ cells, detail, sort }: Row, columns: Table['columns']): string {
  const [first = '', ...rest] = cells;
  if (sort === 'group')
    return `<tr class="group"><th scope="rowgroup" colspan="${columns.length}">${escapeHtml(first)}</th></tr>`;
  const note = detail === '' ? '' : `<span class="detail">${escapeHtml(detail)}</span>`;
  const others = rest
    .map((cell, i) => `<td${columns[i + 1]!.numeric ? ' class="num"' : ''}>${escapeHtml(cell)}</td>`)
    .join('');
  return `<tr${sort === 'plain' ? '' : ` class="${sort}"`}><th scope="row">${escapeHtml(first)}${note}</th>${others}</tr>`;
}
