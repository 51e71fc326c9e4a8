/** Campaigns as pure rules: who is in which wave, when the next wave may begin, when it all stops. */
import {
  type CampaignState,
  type ParamRecord,
  type ParamValue,
  param,
  paramProblemsOf,
  type WaveCount,
} from '@openami/model';

const { list, text, whole } = param;

export const campaignSpec = {
  type: 'record',
  fields: {
    /** Up to what part of all meters each wave goes, in hundredths of a percent; the last is 10,000. */
    waves: list({ type: 'record', fields: { name: text(50), upTo: whole(1, 10_000) } }, 1, 20),
    /** Part of a wave's meters that may fail, in hundredths of a percent. */
    haltRate: whole(0, 10_000),
    /** Versions it may be put over; empty for any. */
    fromVersions: list(text(64), 0, 50),
    /** Not before; absent: as soon as it is verified. */
    activateAtS: whole(0, 4_294_967_295),
  },
  optional: ['activateAtS'],
} as const satisfies ParamRecord;
export type CampaignPlan = ParamValue<typeof campaignSpec>;

export const defaultWaves: CampaignPlan['waves'] = [
  { name: 'canary', upTo: 1 },
  { name: '1 %', upTo: 100 },
  { name: '10 %', upTo: 1000 },
  { name: 'all', upTo: 10_000 },
];

export function planProblems(plan: unknown): string[] {
  const problems = paramProblemsOf(campaignSpec, plan);
  if (problems.length > 0) return problems;
  const { waves } = plan as CampaignPlan;
  const parts = waves.map(({ upTo }) => upTo);
  if (parts.some((part, at) => at > 0 && part <= parts[at - 1]!)) problems.push('waves must grow');
  if (parts.at(-1) !== 10_000) problems.push('the last wave must reach all meters (10000)');
  return problems;
}

/** The wave of each meter, in the order given: who comes first is the canary. Every wave has a meter. */
export function wavesOf(plan: CampaignPlan, meters: number): number[] {
  const ends: number[] = [];
  for (const { upTo } of plan.waves) ends.push(Math.max(1, Math.floor((meters * upTo) / 10_000)));
  return Array.from({ length: meters }, (_, at) => {
    const wave = ends.findIndex((end) => at < end);
    return wave === -1 ? plan.waves.length - 1 : wave;
  });
}

/** Failures a wave may have: past that, its rate is over the limit whatever the others do. */
export function allowedFailures(plan: CampaignPlan, total: number): number {
  return Math.floor((total * plan.haltRate) / 10_000);
}

export type CampaignVerdict =
  | { readonly do: 'go-on' | 'halt' | 'done' }
  | { readonly do: 'open'; readonly wave: number };

/** What a running campaign does, with waves up to `wave` open. */
export function judgeCampaign(
  plan: CampaignPlan,
  wave: number,
  counts: readonly WaveCount[],
): CampaignVerdict {
  const begun = counts.filter((count) => count.wave <= wave);
  if (begun.some(({ total, failed }) => failed > allowedFailures(plan, total))) return { do: 'halt' };
  if (begun.some(({ open }) => open > 0)) return { do: 'go-on' };
  const next = counts.map((count) => count.wave).filter((each) => each > wave);
  return next.length === 0 ? { do: 'done' } : { do: 'open', wave: Math.min(...next) };
}

/** Which way a person may move a campaign. */
export const campaignWays = {
  start: { from: ['draft'], to: 'running' },
  pause: { from: ['running'], to: 'paused' },
  resume: { from: ['paused', 'halted'], to: 'running' },
  abort: { from: ['draft', 'running', 'paused', 'halted'], to: 'aborted' },
} as const satisfies Record<string, { from: readonly CampaignState[]; to: CampaignState }>;
export type CampaignMove = keyof typeof campaignWays;
