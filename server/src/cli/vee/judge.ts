/**
 * A channel of a file from its rows to its final values: rules at ingest, the grid, the close of every day.
 */
import { readFile } from 'node:fs/promises';
import { findUnit, ReadingBatch } from '@openami/model';
import {
  type ChannelFacts,
  Findings,
  type MethodId,
  type PeersTotal,
  presetNames,
  presetRuleSet,
  type RuleSet,
  type RunTrial,
  readRuleSet,
  replayPeriods,
  ruleByNumber,
  selectRules,
  severityNames,
  trialRunner,
  Validator,
} from '@openami/vee';
import { parse } from 'yaml';
import { serverErrors } from '../../errors.ts';
import { type Gridded, griddedReads, griddedRows, trackOf } from './channel-grid.ts';
import { closeDays, withRegister } from './close-days.ts';
import type { JudgedChannel, JudgedFinding } from './judged.ts';
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

export interface JudgeOptions {
  /** Default true. */
  readonly estimate?: boolean;
  /** Minutes of the intervals that register reads become, and of nothing else. */
  readonly intervalMinutes?: number;
  /** Register reads of the channel, beside its intervals. */
  readonly reads?: InputChannel;
  /** Where the file ends, UTC seconds; default: the last reading of the channel. */
  readonly lastS?: number;
  /** What the neighbours of a generator made. */
  readonly peers?: PeersTotal;
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

  judge(channel: InputChannel, options: JudgeOptions = {}): JudgedChannel {
    const { estimate = true, peers, reads } = options;
    const findings: JudgedFinding[] = [];
    const gridded = this.#gridded(channel, options, findings);
    const { facts, grid, series: raw } = gridded;
    if (reads) this.#ingest(reads, factsOf(reads), findings);
    const selection = selectRules(this.#set, facts);
    const methods = new Map<number, MethodId>();
    const lower = new Float64Array(raw.value.length).fill(Number.NaN);
    const upper = lower.slice();
    const final = closeDays({
      ...withRegister(gridded, reads && trackOf(reads)),
      ...{ selection, validator: this.#validator, estimate },
      found: (found, row, offset) => {
        const fromS = raw.startS + (offset + found.first[row]!) * raw.intervalS;
        const toS = raw.startS + (offset + found.last[row]! + 1) * raw.intervalS;
        if (toS <= gridded.owed.from || fromS >= gridded.owed.to) return;
        findings.push(inWords(found, row, fromS, toS, facts));
      },
      estimated: ({ gap, method, ...bounds }, offset) => {
        lower.set(bounds.lower, offset + gap.from);
        upper.set(bounds.upper, offset + gap.from);
        for (let i = gap.from; i < gap.to; i++) methods.set(offset + i, method);
      },
    });
    const say = (period: Findings, row: number, firstDay: number): void => {
      const fromS = facts.zone.dayStart(firstDay + period.first[row]!);
      const toS = facts.zone.dayStart(firstDay + period.last[row]! + 1);
      findings.push(inWords(period, row, fromS, toS, facts));
    };
    replayPeriods({ facts, grid, selection, series: final }, this.#validator, say, peers);
    findings.sort((a, b) => a.fromS - b.fromS || a.toS - b.toS);
    const { advance, owed } = gridded;
    return {
      ...{ channel, facts, raw, final, owed, methods, lower, upper, findings: distinct(findings) },
      ...(advance === undefined ? {} : { registerAdvance: advance }),
    };
  }

  /** The channel on its grid, after the rules of ingest. */
  #gridded(channel: InputChannel, options: JudgeOptions, findings: JudgedFinding[]): Gridded {
    const { intervalMinutes, lastS } = options;
    const facts = factsOf(channel);
    const rows = this.#ingest(channel, facts, findings);
    if (channel.intervalS > 0) return griddedRows(channel, facts, rows, lastS);
    if (intervalMinutes === undefined)
      throw serverErrors.USAGE(
        `--interval is needed: ${channel.meter} is a register, to be made into intervals`,
      );
    return griddedReads(channel, facts, intervalMinutes * 60);
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
}

/** Without what a rule says of the same time at ingest and at the close of the day. */
function distinct(findings: readonly JudgedFinding[]): JudgedFinding[] {
  const seen = new Set<string>();
  return findings.filter(({ rule, fromS, toS }) => {
    const key = `${rule}/${fromS}/${toS}`;
    return seen.size < seen.add(key).size;
  });
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
