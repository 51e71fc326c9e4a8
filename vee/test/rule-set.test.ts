import { commodities } from '@openami/model';
import { describe, expect, it } from 'vitest';
import {
  parametersOf,
  presetNames,
  presetRuleSet,
  type RuleSet,
  readRuleSet,
  ruleById,
  ruleSetOn,
  rules,
  selectRules,
} from '../src/index.ts';
import { facts } from './support.ts';

function problemsOf(data: unknown): string[] {
  try {
    readRuleSet(data);
  } catch (error) {
    expect(error).toMatchObject({ code: 'VEE_RULE_SET_INVALID', fault: 'caller' });
    const { errors } = (error as { data: { errors: { path: string; message: string }[] } }).data;
    return errors.map(({ path, message }) => `${path}: ${message}`);
  }
  return [];
}

describe('a rule set', () => {
  it('says all that is wrong at once, each with its place', () => {
    const problems = problemsOf({
      id: 'x',
      version: 0,
      effectiveFrom: '2026-02-30',
      colour: 'blue',
      groups: [
        {
          when: { commodity: ['steam'], kind: 'delivered' },
          steps: ['spice', { rule: 'spike', parameters: { limit: -1, sigma: 2 } }],
        },
        { steps: [{ rule: 'zero', severity: 'bad', on: 'yes' }, { stop: 'never' }, 5] },
        { steps: 'spike' },
        { estimates: { holidays: ['2026-13-01', 5], exclude: 'none', wind: 3 } },
      ],
    });
    const places = problems.map((text) => text.slice(0, text.indexOf(': ')));
    expect(places).toEqual([
      'colour',
      'effectiveFrom',
      'version',
      'groups[0].when.commodity',
      'groups[0].steps[0]',
      'groups[0].steps[1].parameters.limit',
      'groups[0].steps[1].parameters.sigma',
      'groups[1].steps[0].severity',
      'groups[1].steps[0].on',
      'groups[1].steps[1].stop',
      'groups[1].steps[1].of',
      'groups[1].steps[1].days',
      'groups[1].steps[1].within',
      'groups[1].steps[2]',
      'groups[1].steps[2].rule',
      'groups[2].steps',
      'groups[3].estimates.wind',
      'groups[3].estimates.holidays[0]',
      'groups[3].estimates.holidays[1]',
      'groups[3].estimates.exclude',
    ]);
    expect(problems.find((text) => text.includes('sigma'))).toContain('known are limit, floor, least, known');
  });

  it('is refused whatever else it is', () => {
    for (const data of [
      undefined,
      null,
      7,
      'spike',
      [],
      {},
      { id: 'x', groups: [null] },
      { __proto__: null },
    ]) {
      expect(problemsOf(data).length).toBeGreaterThan(0);
    }
  });

  it('lets later groups change parameters and severity, turn rules off, and keeps the order', () => {
    const set = readRuleSet({
      id: 'x',
      groups: [
        { steps: ['negative', { rule: 'spike', parameters: { limit: 3 } }, 'zero'] },
        { when: { commodity: 'water' }, steps: [{ rule: 'zero', on: false }] },
        {
          when: { maxIntervalS: 900 },
          steps: [{ rule: 'spike', severity: 'info', parameters: { floor: 7 } }],
        },
      ],
    });
    const quarter = selectRules(set, facts());
    expect(quarter.day.map((step) => ('stop' in step ? step.stop : step.number))).toEqual([17, 11, 16]);
    expect(quarter.day[1]).toMatchObject({ severity: 1, parameters: { limit: 3, floor: 7, least: 1_000 } });
    const water = selectRules(set, facts({ commodity: 'water', intervalS: 3_600 }));
    expect(water.day).toHaveLength(2);
    expect(water.day[1]).toMatchObject({ severity: 3, parameters: { limit: 3, floor: 500 } });
  });

  it('says what estimates of the channels of its groups know besides', () => {
    const set = readRuleSet({
      id: 'x',
      groups: [
        { steps: [], estimates: { holidays: ['1970-01-02'], exclude: ['1970-01-09'], temperature: 7 } },
        { when: { commodity: 'gas' }, estimates: { holidays: ['1970-01-03'], temperature: 8 } },
      ],
    });
    const of = (commodity: 'gas' | 'water') => {
      const { holidays, excludedDays, temperature } = selectRules(set, facts({ commodity }));
      return [[...holidays], [...excludedDays], temperature];
    };
    expect(of('water')).toEqual([[1], [8], 7]);
    expect(of('gas')).toEqual([[1, 2], [8], 8]);
    expect(problemsOf({ id: 'x', groups: [{}] })).toEqual(['groups[0].steps: must be a list']);
    expect(problemsOf({ id: 'x', groups: [{ estimates: { temperature: 'cold' } }] })).toHaveLength(1);
  });

  it('leaves out rules that have nothing to say of the channel', () => {
    const register = selectRules(presetRuleSet('default'), facts({ intervalS: 0 }));
    expect(register.ingest.some(({ rule }) => rule.id === 'register-decrease')).toBe(true);
    expect(register.ingest.some(({ rule }) => rule.id === 'negative')).toBe(false);
    const net = selectRules(presetRuleSet('default'), facts({ kind: 'net' }));
    expect(net.ingest.some(({ rule }) => rule.id === 'negative')).toBe(false);
  });

  it('is in force from its first day to the day before its last, the higher version first', () => {
    const set = (version: number, from: string, to?: string): RuleSet =>
      readRuleSet({ id: 'x', version, effectiveFrom: from, effectiveTo: to, groups: [] });
    const sets = [set(1, '1970-01-02', '1970-01-11'), set(2, '1970-01-06')];
    expect([0, 1, 4, 5, 9, 10].map((day) => ruleSetOn(sets, day)?.version)).toEqual([
      undefined,
      1,
      1,
      2,
      2,
      2,
    ]);
    expect(() => set(1, '2026-01-02', '2026-01-02')).toThrow(/later/);
  });
});

describe('presets', () => {
  it('are valid, and the default asks every rule of the channels it is for', () => {
    for (const name of presetNames) {
      const set = presetRuleSet(name);
      expect(set.id).toBe(name);
      for (const commodity of commodities) selectRules(set, facts({ commodity }));
    }
    const asked = new Set(
      presetRuleSet('default').groups[0]!.steps.map((step) => 'rule' in step && step.rule),
    );
    expect([...asked].sort()).toEqual(rules.map((rule) => rule.id).sort());
  });

  it('of California keeps the spike rule as it is written', () => {
    const spike = selectRules(presetRuleSet('california'), facts()).day.find(
      (step) => 'number' in step && step.number === 11,
    );
    expect(spike).toMatchObject({ parameters: parametersOf(ruleById('spike')!) });
    expect(spike).toMatchObject({
      parameters: { limit: 1.8, floor: 500, least: 1_000, known: 0, failAbove: 0 },
    });
  });
});
