/**
 * A share of a score: every n-th channel of every set through rules and estimates. What comes of a channel
 * is plain data, so shares can be made in several processes, and together give the same whatever their
 * number.
 *
 *   channel ─▶ judged ─┬─▶ findings as they are
 *                      ├─▶ measured slots ─▶ gaps ─▶ estimates ─▶ errors
 *                      └─▶ measured slots ─▶ faults ─▶ rules ─▶ found or not
 */
import { setImmediate } from 'node:timers/promises';
import { type Commodity, DAY_S } from '@openami/model';
import {
  type DetectionSums,
  type EstimationSums,
  type ReadFacts,
  readFacts,
  scoreDetection,
  scoreEstimation,
} from '@openami/vee';
import { Judge, ruleSetOf } from './judge.ts';
import { findingsByRule, type JudgedChannel } from './judged.ts';
import { loadIfReadable, loadSet, type Note, type PlannedSet, planSets } from './load-sets.ts';
import { peersOf } from './peers.ts';
import type { ReadAs } from './read-as.ts';
import type { Input } from './read-input.ts';
import { temperatureOf } from './temperature.ts';

export interface ShareRequest {
  readonly input: string;
  readonly as: ReadAs;
  readonly sets: string | undefined;
  readonly rules: string | undefined;
  readonly seed: number;
  readonly gaps: number;
  readonly trials: number;
  /** Moment at which the rules are asked, UTC seconds. */
  readonly nowS: number;
  /** Channels whose place in their set leaves `index` when divided by `of`. */
  readonly index: number;
  readonly of: number;
}

/** What came of a channel. */
export interface ChannelScore {
  readonly set: string;
  readonly commodity: Commodity;
  /** Place of the channel in its set, and of the set among all. */
  readonly place: number;
  readonly setPlace: number;
  readonly meter: string;
  readonly readings: number;
  readonly days: number;
  readonly refusedRows: number;
  readonly estimation: EstimationSums;
  readonly detection: DetectionSums;
  /** Findings by rule. */
  readonly findings: Readonly<Record<string, number>>;
  readonly register?: RegisterScore;
}

export interface RegisterScore extends ReadFacts {
  readonly advance: number;
  readonly intervals: number;
  readonly negativeIntervals: number;
}

/** Scores the share; `progress` from 0 to 1. */
export async function scoreShare(
  request: ShareRequest,
  progress: (done: number, words: string) => void,
  note: Note,
): Promise<ChannelScore[]> {
  const judge = new Judge(await ruleSetOf(request.rules), request.nowS);
  const planned = await planSets(request.input, request.as, request.sets, note);
  const scores: ChannelScore[] = [];
  for (const [setPlace, set] of planned.entries()) {
    const input = await (planned.length > 1 ? loadIfReadable : loadSet)(set, note);
    if (!input) continue;
    const words = (done: number, meter: string): void =>
      progress((setPlace + done) / planned.length, `${set.name}: ${meter}`);
    scores.push(...(await scoreSet(request, judge, { set, setPlace, input }, words)));
  }
  return scores;
}

async function scoreSet(
  request: ShareRequest,
  judge: Judge,
  { set, setPlace, input }: { set: PlannedSet; setPlace: number; input: Input },
  progress: (done: number, meter: string) => void,
): Promise<ChannelScore[]> {
  const peers = set.ratedKw ? peersOf(input.channels, set.ratedKw) : undefined;
  const { seed, gaps, trials } = request;
  const { repeat = 1 } = set;
  const amounts = { seed, gaps: gaps * repeat, trials: trials * repeat };
  const scores: ChannelScore[] = [];
  for (const [place, channel] of input.channels.entries()) {
    if (place % request.of !== request.index) continue;
    progress(place / input.channels.length, channel.meter);
    // so that it hears that its parent is gone, and ends
    await setImmediate();
    const judged = judge.judge(channel, {
      estimate: false,
      ...(set.intervalMinutes === undefined ? {} : { intervalMinutes: set.intervalMinutes }),
      ...(peers?.has(channel.meter) ? { peers: peers.get(channel.meter)! } : {}),
    });
    const subject = {
      name: `${set.name}/${channel.meter}/${channel.quantity}`,
      ...{ facts: judged.facts, series: judged.final },
      ...(set.weather ? { temperatureC: temperatureOf(set.weather, judged.final) } : {}),
    };
    scores.push({
      ...{ set: set.name, commodity: channel.commodity, place, setPlace, meter: channel.meter },
      readings: channel.rows.endS.length,
      days: Math.round((judged.raw.value.length * judged.raw.intervalS) / DAY_S),
      refusedRows: input.refusedRows,
      estimation: scoreEstimation(subject, amounts),
      detection: scoreDetection(subject, amounts, judge.trial),
      findings: findingsByRule(judged),
      ...(channel.intervalS === 0 ? { register: registerOf(judged) } : {}),
    });
  }
  return scores;
}

function registerOf({ channel: { rows, zone }, raw, registerAdvance }: JudgedChannel): RegisterScore {
  return {
    ...readFacts(rows.endS, rows.value, zone),
    advance: registerAdvance ?? 0,
    intervals: raw.value.reduce((sum, value) => sum + value, 0),
    negativeIntervals: raw.value.reduce((n, value) => (value < 0 ? n + 1 : n), 0),
  };
}
