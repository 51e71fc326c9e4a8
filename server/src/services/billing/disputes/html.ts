/** A case as one page that needs nothing else: to be printed, sent or filed. */
import type { DisputeDetail } from '../../../contract/disputes.ts';
import { escapeHtml } from '../document/html-text.ts';

type Cell = string | number | null;

function table(title: string, head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  if (rows.length === 0) return '';
  const cells = (row: readonly Cell[], tag: string) =>
    row.map((cell) => `<${tag}>${escapeHtml(String(cell ?? '–'))}</${tag}>`).join('');
  return `<h2>${escapeHtml(title)}</h2><table><thead><tr>${cells(head, 'th')}</tr></thead><tbody>
${rows.map((row) => `<tr>${cells(row, 'td')}</tr>`).join('\n')}</tbody></table>`;
}

const verdictWords = {
  supports: 'supports the bill',
  against: 'speaks against it',
  neutral: 'neutral',
} as const;

/** The page. */
export function caseAsHtml(detail: DisputeDetail): string {
  const { evidence: of } = detail;
  const money = (amount: string) => `${amount} ${detail.currency}`;
  const facts: readonly (readonly [string, Cell])[] = [
    ['Account', `${detail.account}, ${detail.customer}`],
    ['Bill', detail.bill],
    ['Period', `${detail.from} to ${detail.to}`],
    ['Reason', `${detail.reason}: ${detail.words}`],
    ['In dispute', money(detail.amount)],
    ['State', detail.outcome === null ? detail.state : `${detail.state}, ${detail.outcome}`],
    ['To be answered by', detail.dueAt],
    ['Answer', detail.answer || null],
  ];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Dispute ${detail.id}</title><style>
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem}
table{border-collapse:collapse;width:100%}th,td{border:1px solid #999;padding:.25rem .5rem;text-align:left}
</style></head><body><h1>Dispute ${detail.id}</h1>
${table('The case', ['', ''], facts)}
<p>${escapeHtml(of.words)} Weights for the bill: ${of.supports}, against it: ${of.against}.
Gathered ${of.gatheredAt}.</p>
${evidenceTables(of, money).join('\n')}
${table('What was done', ['When', 'By', 'What'], rowsOf(detail.entries, ['at', 'byName', 'words']))}
${table('Credits', ['Amount', 'State', 'Why'], rowsOf(detail.credits, ['amount', 'state', 'words']))}
</body></html>
`;
}

/** The named members of each record, as rows. */
function rowsOf<T extends object>(records: readonly T[], names: readonly (keyof T)[]): Cell[][] {
  return records.map((record) => names.map((name) => record[name] as Cell));
}

function evidenceTables(of: DisputeDetail['evidence'], money: (amount: string) => string): string[] {
  const findings = of.findings.map((one) => [one.title, verdictWords[one.verdict], one.weight, one.words]);
  const lines = (of.bill?.lines ?? []).map((line) => [line.name, line.formula, money(line.amount)]);
  const edits = of.edits.map((one) => [one.at, one.by, one.action, `${one.change} ${of.unit}`, one.reason]);
  const days = of.days.map(({ day, usage, yearAgo, estimated, edited }) => [
    ...[day, usage.toFixed(3), yearAgo?.toFixed(3) ?? null, estimated, edited],
  ]);
  const frames = of.frames.map(({ line, end, value, quality, frames: sent }) => [
    ...[line, end, value, quality],
    sent.map(({ receivedAt, source }) => `${receivedAt} ${source}`).join('; '),
  ]);
  const exceptions = rowsOf(of.exceptions, ['day', 'rule', 'severity', 'state', 'note']);
  const registers = rowsOf(of.registers, ['serial', 'from', 'to', 'register', 'intervals']);
  return [
    table('Findings', ['What', 'Verdict', 'Weight', ''], findings),
    table('Lines of the bill', ['Line', 'How', 'Amount'], lines),
    table('Edits', ['When', 'By', 'What', 'Change', 'Why'], edits),
    table('Exceptions', ['Day', 'Rule', 'Severity', 'State', 'Note'], exceptions),
    table(
      'Meters',
      ['Serial', 'Role', 'From', 'Until'],
      rowsOf(of.installations, ['serial', 'role', 'from', 'until']),
    ),
    table('Registers', ['Meter', 'From', 'To', 'Register', 'Intervals'], registers),
    table('Events', ['When', 'Meter', 'What'], rowsOf(of.events, ['at', 'serial', 'words'])),
    table('Use by day', ['Day', of.unit, 'A year ago', 'Estimated', 'Edited'], days),
    table('What the meter sent', ['Line', 'Reading', 'Value', 'Quality', 'Messages'], frames),
  ];
}
