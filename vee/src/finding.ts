/**
 * Findings: what rules have to say, as columns. No object a finding, none a reading.
 *
 *   row k  =  rule[k]  severity[k]  first[k] … last[k]  measure[k]  limit[k]
 *
 * `first` and `last` (inclusive) are rows of a batch at ingest, slots of the context's series at day
 * close, days of the period in period rules. Words for people are made on demand (`rule.words`).
 */

/** How much a finding weighs. */
export const Severity = {
  /** Worth knowing; the value stands. */
  info: 1,
  /** The value stands until a person has looked; it is no reference for estimates. */
  suspect: 2,
  /** The value is not used: it is estimated. */
  fail: 3,
} as const;

export type SeverityName = keyof typeof Severity;
export type SeverityCode = (typeof Severity)[SeverityName];

export const severityNames = Object.keys(Severity) as readonly SeverityName[];

export class Findings {
  /** Number of the rule (rules/table.ts); never renumbered. */
  rule = new Uint8Array(16);
  severity = new Uint8Array(16);
  first = new Uint32Array(16);
  last = new Uint32Array(16);
  /** What was measured, in the rule's unit. */
  measure = new Float64Array(16);
  /** What it was held against, in the same unit. */
  limit = new Float64Array(16);
  length = 0;
  /** First row of the context being looked at. */
  since = 0;
  #rule = 0;
  #severity = 0;

  /** Findings from now on are of another batch or day: `covers`, `has` and `worst` see those only. */
  enter(): void {
    this.since = this.length;
  }

  /** Findings added from now on are of this rule. Called by whoever runs the rules. */
  begin(rule: number, severity: number): void {
    this.#rule = rule;
    this.#severity = severity;
  }

  /** A finding of the current rule, as severe as the rule set says. */
  add(first: number, last: number, measure: number, limit: number): void {
    this.addAs(this.#severity, first, last, measure, limit);
  }

  /** As `add`, of at most this severity: for rules with a milder second limit. */
  addAs(severity: number, first: number, last: number, measure: number, limit: number): void {
    const k = this.length;
    if (k === this.rule.length) this.#grow();
    this.rule[k] = this.#rule;
    this.severity[k] = Math.min(severity, this.#severity);
    this.first[k] = first;
    this.last[k] = last;
    this.measure[k] = measure;
    this.limit[k] = limit;
    this.length = k + 1;
  }

  /** True when the current context has a finding of the rule. */
  has(rule: number): boolean {
    for (let k = this.since; k < this.length; k++) if (this.rule[k] === rule) return true;
    return false;
  }

  /** True when a finding of the rule holds the row of the current context. */
  covers(row: number, rule: number): boolean {
    for (let k = this.since; k < this.length; k++) {
      if (this.rule[k] === rule && this.first[k]! <= row && this.last[k]! >= row) return true;
    }
    return false;
  }

  /** Highest severity in the current context; 0 when there is none. */
  worst(): number {
    let worst = 0;
    for (let k = this.since; k < this.length; k++) worst = Math.max(worst, this.severity[k]!);
    return worst;
  }

  /** Forgets the rows and keeps the memory. */
  clear(): void {
    this.length = 0;
    this.since = 0;
  }

  #grow(): void {
    const capacity = this.length * 2;
    this.rule = grown(this.rule, new Uint8Array(capacity));
    this.severity = grown(this.severity, new Uint8Array(capacity));
    this.first = grown(this.first, new Uint32Array(capacity));
    this.last = grown(this.last, new Uint32Array(capacity));
    this.measure = grown(this.measure, new Float64Array(capacity));
    this.limit = grown(this.limit, new Float64Array(capacity));
  }
}

function grown<T extends { set(from: T): void }>(old: T, bigger: T): T {
  bigger.set(old);
  return bigger;
}
