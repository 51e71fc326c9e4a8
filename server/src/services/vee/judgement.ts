/** From findings of a closed day to exceptions that a person looks at. */
import { formatDay } from '@openami/model';
import type { ExceptionFinding, JudgedDay } from '@openami/store';
import { type ClosedDay, endOf, type Findings, ruleByNumber, Severity, severityNames } from '@openami/vee';
import type { BookedChannel } from './channel-book.ts';
import { installedAt } from './channel-facts.ts';

/** Gaps that were filled well and are shorter than this are nobody's work. */
const longGapS = 86_400;
const hourS = 3_600;

/** What a closed day leaves for people; findings hold slots of the window that began at `startS`. */
export function judgedDay(
  channel: BookedChannel,
  day: number,
  startS: number,
  closed: ClosedDay,
  findings: Findings,
): JudgedDay {
  const { facts, around } = channel;
  const at = installedAt(around, startS + closed.from * facts.intervalS);
  const byRule = new Map<string, ExceptionFinding>();
  for (let k = findings.since; k < findings.length; k++) {
    const rule = ruleByNumber(findings.rule[k]!);
    if (rule === undefined || !needsPerson(rule.id, findings, k, closed, facts.intervalS)) continue;
    const found = exceptionOf(channel, startS, closed, findings, k, rule.id);
    const known = byRule.get(rule.id);
    byRule.set(rule.id, known ? together(known, found) : found);
  }
  return {
    channelId: facts.channel,
    meterId: facts.meter,
    usagePointId: at?.usagePointId ?? null,
    day: formatDay(day),
    findings: [...byRule.values()],
  };
}

/** Suspect and failing findings, but for gaps that estimates have filled. */
function needsPerson(
  rule: string,
  { severity, first, last }: Findings,
  k: number,
  closed: ClosedDay,
  intervalS: number,
): boolean {
  if (severity[k]! < Severity.suspect) return false;
  if (rule !== 'interval-count') return true;
  const slots = last[k]! - first[k]! + 1;
  if (slots * intervalS >= longGapS) return true;
  for (let i = first[k]!; i <= last[k]!; i++) if (closed.quality[i - closed.from] === 0) return true;
  return false;
}

function exceptionOf(
  { facts }: BookedChannel,
  startS: number,
  closed: ClosedDay,
  findings: Findings,
  k: number,
  rule: string,
): ExceptionFinding {
  const grid = { startS, intervalS: facts.intervalS };
  // A finding may begin before the day; its exception is of the day.
  const first = Math.min(Math.max(findings.first[k]!, closed.from), closed.to - 1);
  const last = Math.min(Math.max(findings.last[k]!, first), closed.to - 1);
  const hour = Math.round(hourS / facts.intervalS);
  let counts = 0;
  for (let i = first - closed.from; i <= last - closed.from; i++) {
    // What a clock puts into another hour is lost to nobody: at stake is what changes hours.
    if (rule !== 'clock-shift') counts += Math.abs(closed.value[i]!);
    else if (i >= hour) counts += Math.abs(closed.value[i]! - closed.value[i - hour]!) / 2;
  }
  const measure = findings.measure[k]!;
  return {
    rule,
    severity: severityNames[findings.severity[k]! - 1]!,
    firstEnd: endOf(grid, first),
    lastEnd: endOf(grid, last),
    measure: Number.isFinite(measure) ? measure : 0,
    limitValue: Number.isFinite(findings.limit[k]!) ? findings.limit[k]! : 0,
    effect: Math.round(counts * facts.resolution),
  };
}

/** Two findings of one rule on one day are one exception over both. */
function together(a: ExceptionFinding, b: ExceptionFinding): ExceptionFinding {
  const worse = severityNames.indexOf(b.severity) > severityNames.indexOf(a.severity) ? b : a;
  return {
    ...worse,
    firstEnd: Math.min(a.firstEnd, b.firstEnd),
    lastEnd: Math.max(a.lastEnd, b.lastEnd),
    effect: a.effect + b.effect,
  };
}
