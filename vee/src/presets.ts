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

/**
 * What is usual differs: gas and heat stand still all summer, water for a holiday; a home is quiet and then
 * cooks. Found by running all rules over real meters of every commodity.
 */
const byCommodity = [
  {
    id: 'gas and heat',
    when: { commodity: ['gas', 'heat'] },
    steps: [
      { rule: 'zero', parameters: { infoDays: 30, suspectDays: 180 } },
      { rule: 'inactive-use', parameters: { perDay: 100 } },
      { rule: 'consecutive-same', parameters: { share: 1 } },
      { rule: 'level-step', severity: 'info' },
      { rule: 'zero-filled-gap', on: false },
    ],
  },
  {
    id: 'water',
    when: { commodity: ['water'] },
    steps: [
      { rule: 'zero', parameters: { infoDays: 14, suspectDays: 60 } },
      { rule: 'inactive-use', parameters: { perDay: 20 } },
      { rule: 'consecutive-same', parameters: { share: 1 } },
      { rule: 'zero-filled-gap', on: false },
      { rule: 'high-low', parameters: { floor: 50 } },
    ],
  },
] as const;

/** The spike rule with the past as a witness, and floors that fit what is measured. */
function spikeOf(floor: number, least: number, known: number) {
  return { rule: 'spike', parameters: { floor, least, known, failAbove: 1.2 } } as const;
}

const spikes = [
  { id: 'spikes', when: {}, steps: [spikeOf(100, 200, 1.5)] },
  { id: 'spikes of generators', when: { kind: ['received'] }, steps: [spikeOf(20, 50, 1.5)] },
  { id: 'spikes of gas', when: { commodity: ['gas'] }, steps: [spikeOf(50, 100, 1.5)] },
  { id: 'spikes of heat', when: { commodity: ['heat'] }, steps: [spikeOf(0, 20, 1.5)] },
  { id: 'spikes of water', when: { commodity: ['water'] }, steps: [spikeOf(0, 5, 2)] },
] as const;

const data = {
  default: {
    id: 'default',
    title: 'All rules, tuned on real meters so that people are not asked about kettles',
    groups: [{ id: 'all', when: {}, steps: base }, ...byCommodity, ...spikes],
  },
  california: {
    id: 'california',
    title: 'California DASMMD and EEI Uniform Business Practices: spike and high/low as written',
    groups: [{ id: 'all', when: {}, steps: base }, ...byCommodity],
  },
  ontario: {
    id: 'ontario',
    title: 'Ontario MDM/R: sum check against the register, spike, maximum demand, runs of zeros',
    groups: [
      { id: 'all', when: {}, steps: base },
      ...byCommodity,
      {
        id: 'settlement',
        when: { commodity: ['electricity'] },
        steps: [
          { rule: 'demand-max', severity: 'fail' },
          { rule: 'zero', parameters: { infoDays: 1, suspectDays: 2 } },
          { rule: 'high-low', severity: 'suspect' },
        ],
      },
    ],
  },
  texas: {
    id: 'texas',
    title: 'Texas: 15-minute settlement data, actual or estimated; what is only unusual stays actual',
    groups: [
      { id: 'all', when: {}, steps: base },
      ...byCommodity,
      ...spikes,
      {
        id: 'settlement',
        when: { commodity: ['electricity'], maxIntervalS: 900 },
        steps: [
          { rule: 'high-low', severity: 'suspect' },
          { rule: 'level-step', severity: 'info' },
          { rule: 'clock-shift', severity: 'info' },
        ],
      },
    ],
  },
  aemo: {
    id: 'aemo',
    title:
      'Australia, AEMO Metrology Procedure Part B: null, zero and spike checks, sum check, reactive without active',
    groups: [
      { id: 'all', when: {}, steps: base },
      ...byCommodity,
      ...spikes,
      {
        id: 'metering data provider',
        when: { commodity: ['electricity'] },
        steps: [
          { rule: 'kvarh', severity: 'suspect' },
          { rule: 'high-low', severity: 'suspect' },
          { rule: 'level-step', severity: 'info' },
        ],
      },
    ],
  },
} as const;

export type PresetName = keyof typeof data;

export const presetNames = Object.keys(data) as readonly PresetName[];

/** A market's rule set. */
export function presetRuleSet(name: PresetName): RuleSet {
  return readRuleSet(data[name]);
}
