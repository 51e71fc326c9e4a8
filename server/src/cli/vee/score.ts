/** `openami vee score`: real meters through rules and estimates, and what came of it. */
import { availableParallelism } from 'node:os';
import { basename } from 'node:path';
import { groupBy } from '@openami/model';
import { detectionRows, estimationRows, ruleRows } from '@openami/vee';
import { printJson, printRecords } from '../output.ts';
import type { CliContext } from '../program.ts';
import { withProgress } from '../progress.ts';
import { bytesOf, csvFiles } from './find-files.ts';
import { scoreMarkdown } from './score-markdown.ts';
import { scoreInProcesses } from './score-processes.ts';
import {
  aimsOf,
  type FindingFigures,
  type RegisterFigures,
  type ScoreReport,
  type SetFigures,
} from './score-report.ts';
import { type ChannelScore, type RegisterScore, type ShareRequest, scoreShare } from './score-share.ts';

export interface ScoreRequest extends Omit<ShareRequest, 'index' | 'of' | 'nowS'> {
  /** Processes that share the work; default: one for small files, else one a processor. */
  readonly processes: number | undefined;
  readonly format: 'records' | 'json' | 'markdown';
}

/** Files below this size are not worth a second process. */
const smallBytes = 2_000_000;

/** Measures and prints. */
export async function runScore(context: CliContext, asked: ScoreRequest): Promise<void> {
  const { output } = context;
  const { processes: wanted, format, ...rest } = asked;
  const request = { ...rest, nowS: Math.floor(Date.now() / 1_000) };
  const note = (text: string): void => output.err(`Note: ${text}\n`);
  const small = (await bytesOf(await csvFiles(request.input))) < smallBytes;
  const processes = wanted ?? (small ? 1 : availableParallelism());
  const scores = await withProgress('Score', (update) =>
    processes <= 1
      ? scoreShare({ ...request, index: 0, of: 1 }, update, note)
      : scoreInProcesses(request, processes, update, note),
  );
  const report = reportOf(request, scores);
  if (format === 'json') printJson(output, report);
  else if (format === 'markdown') output.out(scoreMarkdown(report, commandOf(request)));
  else printReport(context, report);
  if (report.sets.every((set) => set.scoredChannels === 0)) {
    output.err('No channel has room for gaps: 28 days of readings without a hole are the least.\n');
    context.exitCode = 1;
  }
}

function printReport({ output }: CliContext, report: ScoreReport): void {
  printRecords(output, report.estimation as unknown as Record<string, unknown>[]);
  printRecords(output, report.detection as unknown as Record<string, unknown>[]);
  for (const { aim, reached, measured } of report.aims)
    if (!reached) output.err(`Not reached: ${aim} (${measured})\n`);
}

/** The command as it goes into the page: without paths of this machine. */
function commandOf({ sets, seed, gaps, trials, rules }: Omit<ShareRequest, 'index' | 'of'>): string {
  const described = sets === undefined ? '' : ` --sets docs/conformance/${basename(sets)}`;
  const ruled = rules === undefined ? '' : ` --rules ${basename(rules)}`;
  return (
    `openami vee score --input DATA${described}${ruled} --seed ${seed} --gaps ${gaps} --trials ${trials} ` +
    '--markdown > docs/conformance/vee.md'
  );
}

function reportOf(
  { seed, gaps, trials }: Pick<ShareRequest, 'seed' | 'gaps' | 'trials'>,
  unordered: readonly ChannelScore[],
): ScoreReport {
  // in one order, however many processes there were: sums of floats depend on it
  const scores = unordered.toSorted((a, b) => a.setPlace - b.setPlace || a.place - b.place);
  const sets = [...groupBy(scores, ({ setPlace }) => setPlace).values()];
  const byCommodity = [...groupBy(scores, ({ commodity }) => commodity).values()];
  const estimation = byCommodity.flatMap((group) =>
    estimationRows(group.map((one) => one.estimation)).map((row) => ({
      commodity: group[0]!.commodity,
      ...row,
    })),
  );
  const detection = byCommodity.flatMap((group) =>
    detectionRows(group.map((one) => one.detection)).map((row) => ({
      commodity: group[0]!.commodity,
      ...row,
    })),
  );
  return {
    ...{ seed, gapsPerLength: gaps, trialsPerFault: trials, estimation, detection },
    sets: sets.map(setFigures),
    rules: ruleRows(scores.map((one) => one.detection)),
    findings: sets.flatMap(findingFigures),
    registers: sets.filter((set) => set.some((one) => one.register)).map(registerFigures),
    aims: aimsOf(estimation, detection),
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

function setFigures(set: readonly ChannelScore[]): SetFigures {
  const { set: name, commodity, refusedRows } = set[0]!;
  return {
    ...{ set: name, commodity, channels: set.length, refusedRows },
    scoredChannels: set.filter((one) => Object.keys(one.estimation).length > 0).length,
    readings: sum(set.map((one) => one.readings)),
    days: sum(set.map((one) => one.days)),
  };
}

/** Meters named in a row. */
const named = 3;

function findingFigures(set: readonly ChannelScore[]): FindingFigures[] {
  const rules = [...new Set(set.flatMap((one) => Object.keys(one.findings)))].sort();
  return rules.map((rule) => {
    const meters = set
      .map((one) => ({ meter: one.meter, n: one.findings[rule] ?? 0 }))
      .filter(({ n }) => n > 0)
      .sort((a, b) => b.n - a.n || (a.meter < b.meter ? -1 : 1));
    return {
      ...{ set: set[0]!.set, commodity: set[0]!.commodity, rule, channels: meters.length },
      findings: sum(meters.map(({ n }) => n)),
      most: meters.slice(0, named).map(({ meter }) => meter),
    };
  });
}

function registerFigures(set: readonly ChannelScore[]): RegisterFigures {
  const registers = set.flatMap((one) => one.register ?? []);
  const total = (key: keyof RegisterScore): number => sum(registers.map((one) => one[key]));
  return {
    ...{ set: set[0]!.set, commodity: set[0]!.commodity, meters: registers.length },
    ...{ reads: total('reads'), decreases: total('decreases'), stampsTwice: total('stampsTwice') },
    toldApart: total('stampsTwice') - total('instantsTwice'),
    ...{ gaps2h: total('gaps2h'), gaps24h: total('gaps24h') },
    ...{ trueGaps2h: total('trueGaps2h'), trueGaps24h: total('trueGaps24h') },
    ...{ advance: total('advance'), intervals: total('intervals') },
    negativeIntervals: total('negativeIntervals'),
  };
}
