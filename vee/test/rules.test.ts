import { describe, expect, it } from 'vitest';
import {
  Findings,
  parametersOf,
  type Rule,
  rules,
  type Selection,
  severityNames,
  Validator,
} from '../src/index.ts';

/** A selection of one rule with its defaults. */
function only(rule: Rule): Selection {
  const bound = { severity: rule.severity, parameters: parametersOf(rule) };
  return {
    ingest: rule.stage === 'ingest' ? [{ rule, ...bound }] : [],
    day: rule.stage === 'day' ? [{ number: rule.number, check: rule.check, ...bound }] : [],
    period: rule.stage === 'period' ? [{ rule, ...bound }] : [],
    ...{ holidays: new Set(), excludedDays: new Set(), temperature: undefined },
  };
}

/** Findings of a rule on its worked example. */
function runExample(rule: Rule): Findings {
  const findings = new Findings();
  const validator = new Validator();
  if (rule.stage === 'ingest') {
    const { facts, batch, statistics, collection, nowS } = rule.example.context();
    const state = { facts, selection: only(rule), statistics };
    validator.validateBatch(batch, () => state, nowS, findings, collection);
  } else if (rule.stage === 'day') validator.validateDay(rule.example.context(), only(rule), findings);
  else validator.validatePeriod(rule.example.context(), only(rule), findings);
  return findings;
}

function listed(findings: Findings) {
  return Array.from({ length: findings.length }, (_, k) => ({
    first: findings.first[k],
    last: findings.last[k],
    severity: severityNames[findings.severity[k]! - 1],
  }));
}

describe('every rule', () => {
  it('has a number and an id of its own, and parameters whose defaults are in range', () => {
    expect(new Set(rules.map((rule) => rule.number)).size).toBe(rules.length);
    expect(new Set(rules.map((rule) => rule.id)).size).toBe(rules.length);
    for (const rule of rules) {
      expect(rule.id).toMatch(/^[a-z]+(-[a-z]+)*$/);
      for (const spec of Object.values(rule.parameters)) {
        expect(spec.default).toBeGreaterThanOrEqual(spec.min);
        expect(spec.default).toBeLessThanOrEqual(spec.max);
      }
    }
  });

  for (const rule of rules) {
    it(`${rule.id}: ${rule.example.story}`, () => {
      const findings = runExample(rule);
      expect(listed(findings)).toEqual(rule.example.expected);
      expect(rule.applies(rule.example.context().facts)).toBe(true);
      const words = rule.words(findings.measure[0]!, findings.limit[0]!, rule.example.context().facts);
      expect(words).toMatch(/^[A-Z0-9-].*[.?]$/);
      expect(words).not.toMatch(/NaN|undefined|Infinity/);
    });
  }
});

describe('zero-filled-gap', () => {
  const rule = rules.find(({ id }) => id === 'zero-filled-gap')! as Rule & { stage: 'day' };
  const found = (returnS: number) => {
    const day = rule.example.context();
    const findings = new Findings();
    // hours 13 and 14 are zero
    const returns = [day.series.startS + day.from * 3_600 + returnS];
    new Validator().validateDay({ ...day, returns }, only(rule), findings);
    return findings.length;
  };

  it('takes zeros up to a return of the supply as measured', () => {
    expect([14.5, 15, 15.5, 16].map((hour) => found(hour * 3_600))).toEqual([0, 0, 0, 0]);
    expect([13, 14, 16.1, 20].map((hour) => found(hour * 3_600))).toEqual([1, 1, 1, 1]);
  });
});
