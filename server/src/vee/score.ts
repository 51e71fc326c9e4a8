/**
 * `openami vee score`: sets of real meters, one after the other, through rules and estimates, and what came of it.
 *
 *   set ─▶ channels ─▶ judged ─┬─▶ findings as they are
 *                              ├─▶ measured slots ─▶ gaps ─▶ estimates ─▶ errors, by commodity
 *                              └─▶ measured slots ─▶ faults ─▶ rules ─▶ precision, recall
 */
import { basename } from 'node:path';
import type { Commodity } from '@openami/model';
import { DetectionScore, EstimationScore, readFacts, type ScoreSubject } from '@openami/vee';
import { printJson, printRecords } from '../cli/output.ts';
import type { CliContext } from '../cli/program.ts';
import { startProgress } from '../cli/progress.ts';
import { Judge, ruleSetOf } from './judge.ts';
import type { JudgedChannel } from './judged.ts';
import { type LoadedSet, loadSet, type PlannedSet, planSets } from './load-sets.ts';
import { peersOf } from './peers.ts';
import type { ReadAs } from './read-as.ts';
import { scoreMarkdown } from './score-markdown.ts';
import {
  aimsOf,
  type FindingFigures,
  type RegisterFigures,
  type ScoreReport,
  type SetFigures,
} from './score-report.ts';

export interface ScoreRequest {
  readonly input: string;
  readonly as: ReadAs;
  readonly sets: string | undefined;
  readonly rules: string | undefined;
  readonly seed: number;
  readonly gaps: number;
  readonly trials: number;
  readonly format: 'records' | 'json' | 'markdown';
}

const dayS = 86_400;

/** Measures and prints. */
export async function runScore(context: CliContext, request: ScoreRequest): Promise<void> {
  const { output } = context;
  const note = (text: string): void => output.err(`Note: ${text}\n`);
  const judge = new Judge(await ruleSetOf(request.rules), Math.floor(Date.now() / 1_000));
  const planned = await planSets(request.input, request.as, request.sets, note);
  const scoring = new Scoring(request, judge);
  const progress = startProgress('Score');
  for (const [i, set] of planned.entries()) {
    const loaded = await loadSet(set, planned.length > 1, note);
    if (!loaded) continue;
    scoring.addSet(loaded, (done, words) => progress.update((i + done) / planned.length, words));
  }
  progress.stop();
  const report = scoring.report();
  if (request.format === 'json') printJson(output, report);
  else if (request.format === 'markdown') output.out(scoreMarkdown(report, commandOf(request)));
  else {
    printRecords(output, report.estimation as unknown as Record<string, unknown>[]);
    printRecords(output, report.detection as unknown as Record<string, unknown>[]);
    for (const { aim, reached, measured } of report.aims)
      if (!reached) output.err(`Not reached: ${aim} (${measured})\n`);
  }
  if (scoring.scored === 0) {
    output.err('No channel has room for gaps: 28 days of readings without a hole are the least.\n');
    context.exitCode = 1;
  }
}

/** The command as it goes into the page: without paths of this machine. */
function commandOf({ sets, seed, gaps, trials, rules }: ScoreRequest): string {
  const described = sets === undefined ? '' : ` --sets docs/conformance/${basename(sets)}`;
  const ruled = rules === undefined ? '' : ` --rules ${basename(rules)}`;
  return (
    `openami vee score --input DATA${described}${ruled} --seed ${seed} --gaps ${gaps} --trials ${trials} ` +
    '--markdown > docs/conformance/vee.md'
  );
}

class Scoring {
  readonly #request: ScoreRequest;
  readonly #judge: Judge;
  readonly #estimation = new Map<Commodity, EstimationScore>();
  readonly #detection = new Map<Commodity, DetectionScore>();
  readonly #sets: SetFigures[] = [];
  readonly #findings: FindingFigures[] = [];
  readonly #registers: RegisterFigures[] = [];
  scored = 0;

  constructor(request: ScoreRequest, judge: Judge) {
    this.#request = request;
    this.#judge = judge;
  }

  addSet({ set, input }: LoadedSet, progress: (done: number, words: string) => void): void {
    const commodity = set.commodity ?? 'electricity';
    const judged: JudgedChannel[] = [];
    let scored = 0;
    const peers = set.ratedKw ? peersOf(input.channels, set.ratedKw) : undefined;
    for (const [i, channel] of input.channels.entries()) {
      progress(i / input.channels.length, `${set.name}: ${channel.meter}`);
      const one = this.#judge.judge(channel, {
        estimate: false,
        ...(set.intervalMinutes === undefined ? {} : { intervalMinutes: set.intervalMinutes }),
        ...(peers?.has(channel.meter) ? { peers: peers.get(channel.meter)! } : {}),
      });
      judged.push(one);
      if (this.#score(commodity, set, one)) scored++;
    }
    this.scored += scored;
    this.#sets.push({
      ...{ set: set.name, commodity, channels: judged.length, scoredChannels: scored },
      readings: sum(judged.map(({ channel }) => channel.rows.endS.length)),
      days: Math.round(sum(judged.map(({ raw }) => (raw.value.length * raw.intervalS) / dayS))),
      refusedRows: sum([...input.refused.values()]),
    });
    this.#findings.push(...findingFigures(set, commodity, judged));
    if (input.channels.some((channel) => channel.intervalS === 0))
      this.#registers.push(registerFigures(set, commodity, judged));
  }

  report(): ScoreReport {
    const { seed, gaps, trials } = this.#request;
    const estimation = [...this.#estimation].flatMap(([commodity, score]) =>
      score.rows().map((row) => ({ commodity, ...row })),
    );
    const detection = [...this.#detection].flatMap(([commodity, score]) =>
      score.faultRows().map((row) => ({ commodity, ...row })),
    );
    return {
      ...{ seed, gapsPerLength: gaps, trialsPerFault: trials, sets: this.#sets, estimation, detection },
      rules: DetectionScore.ruleRows([...this.#detection.values()]),
      ...{ findings: this.#findings, registers: this.#registers, aims: aimsOf(estimation, detection) },
    };
  }

  #score(commodity: Commodity, set: PlannedSet, judged: JudgedChannel): boolean {
    const { seed, gaps, trials } = this.#request;
    const subject: ScoreSubject = {
      name: `${set.name}/${judged.channel.meter}/${judged.channel.quantity}`,
      facts: judged.facts,
      series: judged.final,
    };
    let estimation = this.#estimation.get(commodity);
    if (!estimation) {
      estimation = new EstimationScore({ seed, gaps });
      this.#estimation.set(commodity, estimation);
    }
    let detection = this.#detection.get(commodity);
    if (!detection) {
      detection = new DetectionScore({ seed, trials }, this.#judge.trial);
      this.#detection.set(commodity, detection);
    }
    detection.add(subject);
    return estimation.add(subject);
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

/** Meters named in a row. */
const named = 3;

function findingFigures(
  { name }: PlannedSet,
  commodity: Commodity,
  judged: readonly JudgedChannel[],
): FindingFigures[] {
  const byRule = new Map<string, Map<string, number>>();
  for (const { channel, findings } of judged) {
    for (const { rule } of findings) {
      const meters = byRule.get(rule) ?? new Map<string, number>();
      byRule.set(rule, meters.set(channel.meter, (meters.get(channel.meter) ?? 0) + 1));
    }
  }
  return [...byRule]
    .map(([rule, meters]) => ({
      ...{ set: name, commodity, rule, channels: meters.size, findings: sum([...meters.values()]) },
      most: [...meters]
        .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
        .slice(0, named)
        .map(([meter]) => meter),
    }))
    .sort((a, b) => (a.rule < b.rule ? -1 : 1));
}

function registerFigures(
  { name }: PlannedSet,
  commodity: Commodity,
  judged: readonly JudgedChannel[],
): RegisterFigures {
  const registers = judged.filter(({ channel }) => channel.intervalS === 0);
  const facts = registers.map(({ channel: { rows, zone } }) => readFacts(rows.endS, rows.value, zone));
  const total = (key: keyof (typeof facts)[number]): number => sum(facts.map((one) => one[key]));
  return {
    ...{
      set: name,
      commodity,
      meters: registers.length,
      reads: total('reads'),
      decreases: total('decreases'),
    },
    stampsTwice: total('stampsTwice'),
    toldApart: total('stampsTwice') - total('instantsTwice'),
    ...{ gaps2h: total('gaps2h'), gaps24h: total('gaps24h') },
    ...{ trueGaps2h: total('trueGaps2h'), trueGaps24h: total('trueGaps24h') },
    advance: sum(registers.map((one) => one.registerAdvance ?? 0)),
    intervals: sum(registers.map(({ raw }) => sum([...raw.value]))),
    negativeIntervals: sum(
      registers.map(({ raw }) => raw.value.reduce((n, value) => (value < 0 ? n + 1 : n), 0)),
    ),
  };
}
