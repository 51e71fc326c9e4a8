/**
 * Rule sets of markets as data. A utility copies the one that is nearest and changes what differs; all
 * but `default` follow outlines of their market's rules and must be held against its texts before use.
 */
// data table

import type { RuleSet } from './rule-set.ts';
import { readRuleSet } from './rule-set-data.ts';

/** Rules in the order they are asked: set-up first, then single readings, then the day, then its past. */
const base = [
  ...['meter-id', 'time-system', 'time-meter', 'uom', 'multiplier'],
  ...['interval-size', 'duplicate', 'future-old', 'test-mode', 'overflow', 'negative', 'register-decrease'],
  ...['demand-max', 'interval-count', 'power-fail', 'sibling', 'doubled-hour'],
  ...['zero-filled-gap', 'catch-up', 'spike', 'sum-check', 'phase-balance', 'kvarh', 'reverse'],
  ...['consecutive-same', 'zero', 'inactive-use', 'demand-step', 'stats', 'clock-shift', 'swapped-channels'],
  ...['level-step', 'water-leak', 'prolonged-estimate', 'high-low', 'weak-generation'],
];

/** Commodities differ in what is usual: gas and heat stand still all summer, water for a holiday. */
const byCommodity = [
  {
    id: 'gas',
    when: { commodity: ['gas'] },
    steps: [
      { rule: 'zero', parameters: { infoDays: 30, suspectDays: 180 } },
      { rule: 'inactive-use', parameters: { perDay: 100 } },
    ],
  },
  {
    id: 'heat',
    when: { commodity: ['heat'] },
    steps: [{ rule: 'zero', parameters: { infoDays: 30, suspectDays: 180 } }],
  },
  {
    id: 'water',
    when: { commodity: ['water'] },
    steps: [
      { rule: 'zero', parameters: { infoDays: 14, suspectDays: 60 } },
      { rule: 'inactive-use', parameters: { perDay: 20 } },
    ],
  },
];

const data = {
  default: {
    id: 'default',
    title: 'All rules, tuned on real meters so that people are not asked about kettles',
    groups: [{ id: 'all', steps: base }, ...byCommodity],
  },
  california: {
    id: 'california',
    title: 'California DASMMD and EEI Uniform Business Practices: spike and high/low as written',
    groups: [{ id: 'all', steps: base }, ...byCommodity],
  },
  ontario: {
    id: 'ontario',
    title: 'Ontario MDM/R: sum check against the register, spike, maximum demand, runs of zeros',
    groups: [{ id: 'all', steps: base }, ...byCommodity],
  },
  texas: {
    id: 'texas',
    title: 'Texas: 15-minute settlement data, actual or estimated',
    groups: [{ id: 'all', steps: base }, ...byCommodity],
  },
  aemo: {
    id: 'aemo',
    title: 'Australia, AEMO Metrology Procedure Part B',
    groups: [{ id: 'all', steps: base }, ...byCommodity],
  },
} as const;

export type PresetName = keyof typeof data;

export const presetNames = Object.keys(data) as readonly PresetName[];

/** A market's rule set. */
export function presetRuleSet(name: PresetName): RuleSet {
  return readRuleSet(data[name]);
}
