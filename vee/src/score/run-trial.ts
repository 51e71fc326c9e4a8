/** A trial through all rules: at ingest, at day close, over the month, and over the register's reads. */
import { ReadingBatch } from '@openami/model';
import { type ClockGrid, clockGrid } from '../clock-grid.ts';
import type { RegisterSpan } from '../context.ts';
import type { ChannelFacts } from '../facts.ts';
import { Findings } from '../finding.ts';
import { type Placed, placeOnGrid } from '../place.ts';
import { type RuleSet, type Selection, selectRules } from '../rule-set.ts';
import { ruleByNumber } from '../rules/table.ts';
import { endOf, type Series } from '../series.ts';
import { Validator } from '../validate.ts';
import type { FoundSpan, RunTrial } from './detection.ts';
import { type Replay, replayDays, replayPeriods } from './replay.ts';
import type { Trial, TrialReads, TrialRows } from './trial.ts';

/** Runs trials by a rule set. */
export function trialRunner(set: RuleSet): RunTrial {
  const validator = new Validator();
  return (trial) => {
    const found = new Map<string, FoundSpan>();
    const add = (rule: number, fromS: number, toS: number): void => {
      const id = ruleByNumber(rule)?.id ?? String(rule);
      found.set(`${id}/${fromS}/${toS}`, { rule: id, fromS, toS });
    };
    const selection = selectRules(set, trial.facts);
    const { rows, facts, lastDay } = trial;
    const nowS = facts.zone.dayStart(lastDay) + 86_400;
    const marked = ingest(validator, facts, rows, selection, nowS, add);
    readRegister(validator, set, trial, nowS, add);
    const grid = gridOf(trial);
    const placed = onGrid(marked, grid);
    const replay: Replay = {
      ...{ facts, series: placed.series, selection, grid },
      spans: spansOf(trial.reads),
      arrivalOf: (day) => placed.arrivalOf(day),
      ...(trial.other ? { siblings: [{ facts, series: onGrid(trial.other, grid).series }] } : {}),
    };
    judgeDays(validator, replay, add);
    return [...found.values()];
  };
}

/** The grid of the window's local days. */
function gridOf({ facts: { zone, intervalS }, firstDay, lastDay }: Trial): ClockGrid {
  const startS = zone.dayStart(firstDay);
  return clockGrid(zone, startS, intervalS, Math.floor((zone.dayStart(lastDay) - startS) / intervalS));
}

function onGrid(rows: TrialRows, grid: ClockGrid): Placed {
  return placeOnGrid({ ...rows, end: rows.endS, length: rows.endS.length }, grid);
}

type Add = (rule: number, fromS: number, toS: number) => void;

/** Ingest rules over rows of one channel; the rows as they marked them. */
function ingest(
  validator: Validator,
  facts: ChannelFacts,
  rows: TrialRows,
  selection: Selection,
  nowS: number,
  add: Add,
): TrialRows {
  const batch = new ReadingBatch(rows.endS.length);
  for (let i = 0; i < rows.endS.length; i++)
    batch.push(
      facts.channel,
      rows.endS[i]!,
      rows.value[i]!,
      facts.resolution,
      rows.quality[i]!,
      rows.flags[i]!,
    );
  const findings = new Findings();
  validator.validateBatch(batch, () => ({ facts, selection }), nowS, findings);
  for (let k = 0; k < findings.length; k++) {
    const first = batch.end[findings.first[k]!]! - facts.intervalS;
    add(findings.rule[k]!, first, batch.end[findings.last[k]!]!);
  }
  const { endS, value } = rows;
  return {
    endS,
    value,
    quality: batch.quality.slice(0, batch.length),
    flags: batch.flags.slice(0, batch.length),
  };
}

function readRegister(validator: Validator, set: RuleSet, trial: Trial, nowS: number, add: Add): void {
  const { reads } = trial;
  if (reads.atS.length === 0) return;
  const facts = { ...trial.facts, intervalS: 0 };
  const rows = {
    ...{ endS: reads.atS, value: reads.counts },
    quality: new Uint8Array(reads.atS.length).fill(1),
    flags: new Uint32Array(reads.atS.length),
  };
  // The span of a read reaches back to the read before it.
  const before = (atS: number): number => reads.atS.findLast((other) => other < atS) ?? atS;
  ingest(validator, facts, rows, selectRules(set, facts), nowS, (rule, fromS, toS) =>
    add(rule, before(fromS), toS),
  );
}

function spansOf({ atS, counts }: TrialReads): RegisterSpan[] {
  const spans: RegisterSpan[] = [];
  for (let i = 1; i < atS.length; i++) {
    const advance = counts[i]! - counts[i - 1]!;
    const fault = advance < 0 ? { fault: 'decrease' as const } : {};
    spans.push({ fromS: atS[i - 1]!, toS: atS[i]!, advance, step: 1, ...fault });
  }
  return spans;
}

function judgeDays(validator: Validator, replay: Replay, add: Add): void {
  const { series, facts } = replay;
  const startOf = (of: Series, slot: number): number => endOf(of, slot) - of.intervalS;
  const findings = new Findings();
  replayDays(replay, validator, findings);
  for (let k = 0; k < findings.length; k++)
    add(findings.rule[k]!, startOf(series, findings.first[k]!), endOf(series, findings.last[k]!));
  const { zone } = facts;
  replayPeriods(replay, validator, (period, row, firstDay) => {
    const [first, last] = [period.first[row]!, period.last[row]!];
    add(period.rule[row]!, zone.dayStart(firstDay + first), zone.dayStart(firstDay + last + 1));
  });
}
