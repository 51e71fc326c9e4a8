/**
 * A channel of a file from its rows to its final values: rules at ingest, the grid, rules of each day, estimates.
 */
import { readFile } from 'node:fs/promises';
import { findUnit, Quality, ReadingBatch } from '@openami/model';
import {
  type ChannelFacts,
  clockGrid,
  type EstimateContext,
  estimateGaps,
  Findings,
  findGaps,
  type MethodId,
  type PeersTotal,
  presetNames,
  presetRuleSet,
  type Replay,
  type RuleSet,
  type RunTrial,
  readRuleSet,
  replayDays,
  replayPeriods,
  ruleByNumber,
  type Series,
  Severity,
  selectRules,
  severityNames,
  trialRunner,
  Validator,
} from '@openami/vee';
import { parse } from 'yaml';
import { serverErrors } from '../errors.ts';
import type { JudgedChannel, JudgedFinding } from './judged.ts';
import { placedRows } from './placed.ts';
import type { InputChannel, InputRows } from './read-input.ts';

/** The rule set of a file, or a preset by its name. Throws USAGE, VEE_RULE_SET_INVALID. */
export async function ruleSetOf(named: string | undefined): Promise<RuleSet> {
  const preset = presetNames.find((name) => name === (named ?? 'default'));
  if (preset !== undefined) return presetRuleSet(preset);
  const text = await readFile(named!, 'utf8').catch((error: Error) => {
    throw serverErrors.USAGE(`--rules: ${error.message}; presets are ${presetNames.join(', ')}`);
  });
  let data: unknown;
  try {
    data = parse(text);
  } catch (cause) {
    throw serverErrors.USAGE(`--rules: ${(cause as Error).message}`, {}, cause);
  }
  return readRuleSet(data);
}

export class Judge {
  readonly #set: RuleSet;
  readonly #validator = new Validator();
  readonly #nowS: number;
  /** Rules over a trial, for the score. */
  readonly trial: RunTrial;

  constructor(set: RuleSet, nowS: number) {
    this.#set = set;
    this.#nowS = nowS;
    this.trial = trialRunner(set);
  }

  /** `peers` is what the neighbours of a generator made. */
  judge(channel: InputChannel, peers?: PeersTotal): JudgedChannel {
    const facts = factsOf(channel);
    const findings: JudgedFinding[] = [];
    const rows = this.#ingest(channel, facts, findings);
    const raw = placedRows(channel, rows);
    const final = copyOf(raw);
    const grid = clockGrid(channel.zone, raw.startS, raw.intervalS, raw.value.length);
    const selection = selectRules(this.#set, facts);
    this.#judgeDays({ facts, series: final, grid, selection }, findings, peers);
    const methods = new Map<number, MethodId>();
    const lower = new Float64Array(raw.value.length).fill(Number.NaN);
    const upper = lower.slice();
    const context: EstimateContext = { facts, series: final, clock: grid };
    for (const estimate of estimateGaps(context, findGaps(context, 0, raw.value.length))) {
      const { gap } = estimate;
      final.value.set(estimate.value, gap.from);
      final.quality.fill(estimate.quality, gap.from, gap.to);
      lower.set(estimate.lower, gap.from);
      upper.set(estimate.upper, gap.from);
      for (let i = gap.from; i < gap.to; i++) {
        final.flags[i] = final.flags[i]! | estimate.flags;
        methods.set(i, estimate.method);
      }
    }
    findings.sort((a, b) => a.fromS - b.fromS || a.toS - b.toS);
    return { channel, facts, raw, final, methods, lower, upper, findings };
  }

  #ingest(channel: InputChannel, facts: ChannelFacts, findings: JudgedFinding[]): InputRows {
    const { endS, value, quality, flags } = channel.rows;
    const batch = new ReadingBatch(endS.length);
    for (let i = 0; i < endS.length; i++)
      batch.push(facts.channel, endS[i]!, value[i]!, facts.resolution, quality[i]!, flags[i]!);
    const found = new Findings();
    const state = { facts, selection: selectRules(this.#set, facts) };
    this.#validator.validateBatch(batch, () => state, this.#nowS, found);
    for (let row = 0; row < found.length; row++) {
      const fromS = batch.end[found.first[row]!]! - facts.intervalS;
      findings.push(inWords(found, row, fromS, batch.end[found.last[row]!]!, facts));
    }
    const { length } = batch;
    return { endS, value, quality: batch.quality.slice(0, length), flags: batch.flags.slice(0, length) };
  }

  #judgeDays(replay: Replay, findings: JudgedFinding[], peers?: PeersTotal): void {
    const { facts, series } = replay;
    const found = new Findings();
    replayDays(replay, this.#validator, found);
    for (let row = 0; row < found.length; row++) {
      const [first, last] = [found.first[row]!, found.last[row]!];
      const fromS = series.startS + first * series.intervalS;
      findings.push(inWords(found, row, fromS, series.startS + (last + 1) * series.intervalS, facts));
      if (found.severity[row] === Severity.fail) series.quality.fill(Quality.missing, first, last + 1);
    }
    const say = (period: Findings, row: number, firstDay: number): void => {
      const fromS = facts.zone.dayStart(firstDay + period.first[row]!);
      const toS = facts.zone.dayStart(firstDay + period.last[row]! + 1);
      findings.push(inWords(period, row, fromS, toS, facts));
    };
    replayPeriods(replay, this.#validator, say, peers);
  }
}

/** What a file says of a channel. */
export function factsOf(channel: InputChannel): ChannelFacts {
  const { commodity, kind, intervalS, resolution, zone } = channel;
  return {
    ...{ channel: 1, meter: 1, commodity, kind, intervalS, resolution, zone },
    baseUnit: findUnit(channel.unit)!.base,
    hasDer: kind === 'received' || kind === 'net',
  };
}

function inWords(
  findings: Findings,
  row: number,
  fromS: number,
  toS: number,
  facts: ChannelFacts,
): JudgedFinding {
  const rule = ruleByNumber(findings.rule[row]!)!;
  return {
    ...{ rule: rule.id, fromS, toS },
    severity: severityNames[findings.severity[row]! - 1]!,
    words: rule.words(findings.measure[row]!, findings.limit[row]!, facts),
  };
}

function copyOf(series: Series): Series {
  return {
    ...series,
    value: series.value.slice(),
    quality: series.quality.slice(),
    flags: series.flags.slice(),
  };
}
