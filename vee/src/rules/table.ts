/** Every rule, by number. The order in which rules run is the rule set's. */
// data table
import type { Rule } from '../rule.ts';
import { catchUp } from './catch-up.ts';
import { clockShift } from './clock-shift.ts';
import { consecutiveSame } from './consecutive-same.ts';
import { demandMax } from './demand-max.ts';
import { demandStep } from './demand-step.ts';
import { doubledHour } from './doubled-hour.ts';
import { duplicate } from './duplicate.ts';
import { futureOld } from './future-old.ts';
import { highLow } from './high-low.ts';
import { inactiveUse } from './inactive-use.ts';
import { intervalCount } from './interval-count.ts';
import { intervalSize } from './interval-size.ts';
import { kvarh } from './kvarh.ts';
import { levelStep } from './level-step.ts';
import { meterId } from './meter-id.ts';
import { multiplier } from './multiplier.ts';
import { negative } from './negative.ts';
import { overflow } from './overflow.ts';
import { phaseBalance } from './phase-balance.ts';
import { powerFail } from './power-fail.ts';
import { prolongedEstimate } from './prolonged-estimate.ts';
import { registerDecrease } from './register-decrease.ts';
import { reverse } from './reverse.ts';
import { sibling } from './sibling.ts';
import { spike } from './spike.ts';
import { stats } from './stats.ts';
import { sumCheck } from './sum-check.ts';
import { swappedChannels } from './swapped-channels.ts';
import { testMode } from './test-mode.ts';
import { timeMeter } from './time-meter.ts';
import { timeSystem } from './time-system.ts';
import { uom } from './uom.ts';
import { waterLeak } from './water-leak.ts';
import { weakGeneration } from './weak-generation.ts';
import { zero } from './zero.ts';
import { zeroFilledGap } from './zero-filled-gap.ts';

export const rules: readonly Rule[] = [
  timeMeter,
  timeSystem,
  meterId,
  intervalCount,
  intervalSize,
  duplicate,
  overflow,
  testMode,
  powerFail,
  sumCheck,
  spike,
  highLow,
  demandMax,
  demandStep,
  consecutiveSame,
  zero,
  negative,
  inactiveUse,
  kvarh,
  reverse,
  multiplier,
  uom,
  sibling,
  phaseBalance,
  prolongedEstimate,
  futureOld,
  stats,
  waterLeak,
  catchUp,
  zeroFilledGap,
  clockShift,
  doubledHour,
  registerDecrease,
  swappedChannels,
  levelStep,
  weakGeneration,
];

const byId = new Map(rules.map((rule) => [rule.id, rule]));
const byNumber = new Map(rules.map((rule) => [rule.number, rule]));

/** The rule of an id as rule sets write it. */
export function ruleById(id: string): Rule | undefined {
  return byId.get(id);
}

/** The rule of a number as findings hold it. */
export function ruleByNumber(number: number): Rule | undefined {
  return byNumber.get(number);
}
