/** The conformance page: the figures of a score as Markdown. */
import type { Commodity } from '@openami/model';
import { faults, type ScoredMethod } from '@openami/vee';
import type { CommodityEstimation, RegisterFigures, ScoreReport } from './score-report.ts';

const percent = (share: number | undefined): string =>
  share === undefined ? '' : `${(share * 100).toFixed(1)}`;
const count = (n: number): string => n.toLocaleString('en');

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

/** The whole page. `command` is what made it, as a person would type it. */
export function scoreMarkdown(report: ScoreReport, command: string): string {
  const commodities = [...new Set(report.sets.map((set) => set.commodity))];
  return `${[
    '# Validation and estimation, measured',
    intro(report, command),
    '## Aims',
    aims(report),
    '## Sets',
    sets(report),
    '## Estimates',
    estimatesIntro,
    ...commodities.flatMap((commodity) => estimation(report, commodity)),
    '## Injected faults',
    injected,
    detection(report),
    '### Rules over all trials',
    ruleTable(report),
    '## Registers',
    ...registers(report.registers),
    '## What rules say of the sets as they are',
    findings(report),
  ].join('\n\n')}\n`;
}

function intro({ seed, gapsPerLength, trialsPerFault }: ScoreReport, command: string): string {
  return [
    'Figures of the rules and estimates of this version on public sets of real meters. It is written by',
    '',
    `    ${command}`,
    '',
    'where DATA is a folder that holds the sets by the paths of [vee-sets.yaml](vee-sets.yaml). The same',
    `seed gives the same page. Seed ${seed}; up to ${gapsPerLength} gaps of each length in each channel,`,
    `up to ${trialsPerFault} trials of each fault in each channel; more of both in sets of one channel, as`,
    'vee-sets.yaml says.',
  ].join('\n');
}

function aims(report: ScoreReport): string {
  const missed = report.aims.filter((aim) => !aim.reached);
  const reached = `${report.aims.length - missed.length} of ${report.aims.length} aims are reached.`;
  if (missed.length === 0) return reached;
  const rows = missed.map((one) => [one.aim, one.measured]);
  return `${reached} Those that are not:\n\n${table(['aim', 'measured'], rows)}`;
}

function sets(report: ScoreReport): string {
  return table(
    ['set', 'commodity', 'channels', 'scored', 'readings', 'days', 'rows refused'],
    report.sets.map((set) => [
      ...[set.set, set.commodity, set.channels, set.scoredChannels, count(set.readings)],
      ...[count(set.days), count(set.refusedRows)],
    ]),
  );
}

const estimatesIntro = `Gaps are made at random in measured readings, one at a time, and filled
by the ladder and by every method alone. Known are up to 400 days before the gap and 7 after it;
with registers, also a register read at every local midnight. nMAE: mean absolute error of a slot
over the mean of its channel. Bias: energy estimated above (+) or below the truth. Coverage: share
of slots whose truth the stated 90 % interval holds. Every method is shown on the gaps it could
fill, with the ladder's nMAE on the same gaps beside it. All in %.`;

const injected = `Each fault is put into a piece of a real channel's life, and the rules
are run over the piece as it was and with the fault. Recall: faults found by the rule. Precision: of
what the rule says only when the fault is there, the share on the fault. Strict precision counts all
that the rule says of the piece as it was as wrong, though some of it is real. Alarms: what it says
of untouched readings in a thousand channel-days.`;

function estimation(report: ScoreReport, commodity: Commodity): string[] {
  const rows = report.estimation.filter((row) => row.commodity === commodity);
  if (rows.length === 0) return [];
  return [`### ${commodity}`, ladderTable(rows), methodTable(rows)];
}

function ladderTable(rows: readonly CommodityEstimation[]): string {
  const ladder = rows.filter((row) => row.method === 'ladder');
  return table(
    ['gap', 'registers', 'gaps', 'nMAE', 'linear', 'bias', 'coverage', 'energy coverage'],
    ladder.map((row) => [
      ...[`${row.gapH} h`, row.registers ? 'with' : 'without', count(row.gaps), percent(row.nmae)],
      percent(find(rows, row, 'linear')?.nmae),
      ...[percent(row.bias), percent(row.coverage), percent(row.energyCoverage)],
    ]),
  );
}

/** nMAE of every method, without registers: its own, and the ladder's on the same gaps. */
function methodTable(rows: readonly CommodityEstimation[]): string {
  const ladder = rows.filter((row) => row.method === 'ladder' && !row.registers);
  const methods = [...new Set(rows.map((row) => row.method))].filter((method) => method !== 'ladder');
  return table(
    ['method alone (ladder on the same gaps)', ...ladder.map((row) => `${row.gapH} h`)],
    methods.map((method) => [
      method,
      ...ladder.map((row) => {
        const own = find(rows, row, method);
        return own ? `${percent(own.nmae)} (${percent(own.ladderNmae)})` : '';
      }),
    ]),
  );
}

function find(
  rows: readonly CommodityEstimation[],
  like: CommodityEstimation,
  method: ScoredMethod,
): CommodityEstimation | undefined {
  return rows.find(
    (row) => row.gapH === like.gapH && row.registers === like.registers && row.method === method,
  );
}

function detection(report: ScoreReport): string {
  const title = (id: string): string => faults.find((fault) => fault.id === id)?.title ?? id;
  return table(
    ['fault', 'commodity', 'rule', 'trials', 'recall', 'precision', 'strict precision', 'alarms'],
    report.detection.map((row) => [
      ...[title(row.fault), row.commodity, row.rule, row.injected, percent(row.recall)],
      ...[percent(row.precision), percent(row.strictPrecision), row.per1000Days.toFixed(1)],
    ]),
  );
}

function ruleTable(report: ScoreReport): string {
  return table(
    ['rule', 'trials', 'recall', 'precision', 'alarms'],
    report.rules.map((row) => [
      ...[row.rule, row.injected, row.injected === 0 ? '' : percent(row.recall)],
      ...[percent(row.precision), row.per1000Days.toFixed(1)],
    ]),
  );
}

function registers(rows: readonly RegisterFigures[]): string[] {
  if (rows.length === 0) return ['No set holds register reads.'];
  return [
    'Register reads at irregular moments, counted by their stamps as written and by the instants these\n' +
      'mean: the hour that clocks repeat in autumn looks like stamps that come twice until it is told apart.',
    table(
      ['set', 'meters', 'reads', 'decreases', 'stamps twice', 'told apart', 'gaps > 2 h', '> 24 h'],
      rows.map((row) => [
        ...[row.set, row.meters, count(row.reads), row.decreases, row.stampsTwice, row.toldApart],
        ...[`${count(row.gaps2h)} (in truth ${count(row.trueGaps2h)})`],
        ...[`${count(row.gaps24h)} (${count(row.trueGaps24h)})`],
      ]),
    ),
    'What the registers moved between their first and last read, meter for meter, and what the intervals\n' +
      'made from them add up to:',
    table(
      ['set', 'registers moved', 'intervals add up to', 'off', 'negative intervals'],
      rows.map((row) => [
        ...[row.set, count(row.advance), count(row.intervals), count(row.intervals - row.advance)],
        row.negativeIntervals,
      ]),
    ),
  ];
}

function findings(report: ScoreReport): string {
  return table(
    ['set', 'commodity', 'rule', 'findings', 'channels', 'most in'],
    report.findings.map((row) => [
      ...[row.set, row.commodity, row.rule, count(row.findings), row.channels, row.most.join(', ')],
    ]),
  );
}
