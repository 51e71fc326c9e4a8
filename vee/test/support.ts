/** Makers of channels, series and days for tests. */
import { Quality, zoneTable } from '@openami/model';
import {
  type ChannelFacts,
  type DayContext,
  emptySeries,
  type Findings,
  presetRuleSet,
  ruleByNumber,
  type Selection,
  type Series,
  selectRules,
  severityNames,
} from '../src/index.ts';

export function facts(changes: Partial<ChannelFacts> = {}): ChannelFacts {
  return {
    channel: 7,
    meter: 3,
    commodity: 'electricity',
    kind: 'delivered',
    intervalS: 900,
    resolution: 1_000,
    zone: zoneTable('UTC'),
    serviceState: 'connected',
    ...changes,
  };
}

/** A whole local day; `null` is absent. */
export function dayOf(
  known: ChannelFacts,
  day: number,
  valueAt: (slot: number) => number | null,
  changes: Partial<DayContext> = {},
): DayContext {
  const from = known.zone.dayStart(day);
  const slots = (known.zone.dayStart(day + 1) - from) / known.intervalS;
  const series: Series = emptySeries(from, known.intervalS, slots);
  for (let i = 0; i < slots; i++) {
    const value = valueAt(i);
    if (value === null) continue;
    series.value[i] = value;
    series.quality[i] = Quality.raw;
  }
  return { facts: known, series, from: 0, to: slots, day, dayType: 0, ...changes };
}

export function defaults(known: ChannelFacts): Selection {
  return selectRules(presetRuleSet('default'), known);
}

export interface Said {
  readonly rule: string;
  readonly severity: string;
  readonly first: number;
  readonly last: number;
}

/** Findings in the order they were made. */
export function said(findings: Findings): Said[] {
  return Array.from({ length: findings.length }, (_, k) => ({
    rule: ruleByNumber(findings.rule[k]!)!.id,
    severity: severityNames[findings.severity[k]! - 1]!,
    first: findings.first[k]!,
    last: findings.last[k]!,
  }));
}

/** Findings of one rule. */
export function saidBy(findings: Findings, rule: string): Said[] {
  return said(findings).filter((finding) => finding.rule === rule);
}
