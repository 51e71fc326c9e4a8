/**
 * Reads a rule set from data (a YAML or JSON file, parsed by the caller). Everything that is wrong is
 * said at once, each with its place, so that a person can mend the file in one go.
 */
import { commodities, isCommodity, parseDay } from '@openami/model';
import { veeErrors } from './errors.ts';
import { severityNames } from './finding.ts';
import type { Eligibility, EstimateFacts, GroupStep, RuleGroup, RuleSet } from './rule-set.ts';
import { ruleById, rules } from './rules/table.ts';

type Data = Readonly<Record<string, unknown>>;

const KINDS = ['delivered', 'received', 'net', 'reactive', 'level'];
const MAX_PROBLEMS = 20;
/** A set without an end holds for ever. */
const FOR_EVER = Number.MAX_SAFE_INTEGER;

/** Collects what is wrong, with its place. */
class Problems {
  readonly list: { readonly path: string; readonly message: string }[] = [];

  add(path: string, message: string): void {
    this.list.push({ path, message });
  }

  record(value: unknown, place: string): Data {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Data;
    this.add(place, 'must be a mapping');
    return {};
  }

  array(value: unknown, place: string): readonly unknown[] {
    if (Array.isArray(value)) return value;
    this.add(place, 'must be a list');
    return [];
  }

  text(value: unknown, place: string): string {
    if (typeof value === 'string' && value !== '') return value;
    this.add(place, 'must be a text');
    return '';
  }

  number(value: unknown, place: string, min: number, max: number): number {
    if (typeof value === 'number' && value >= min && value <= max) return value;
    this.add(place, `must be a number from ${min} to ${max}`);
    return min;
  }

  known(data: Data, names: readonly string[], place = ''): void {
    for (const name of Object.keys(data)) {
      if (!names.includes(name))
        this.add(place ? `${place}.${name}` : name, `is not known; known are ${names.join(', ')}`);
    }
  }

  ruleName(value: unknown, place: string): string {
    const name = this.text(value, place);
    if (name !== '' && ruleById(name) === undefined)
      this.add(place, `no rule '${name}'; rules are ${rules.map((rule) => rule.id).join(', ')}`);
    return name;
  }
}

/** Reads a rule set. Raises VEE_RULE_SET_INVALID with all that is wrong. */
export function readRuleSet(value: unknown): RuleSet {
  const problems = new Problems();
  const data = problems.record(value, 'rule set');
  problems.known(data, ['id', 'version', 'title', 'effectiveFrom', 'effectiveTo', 'groups']);
  const effectiveFrom = dateOf(data.effectiveFrom, 0, 'effectiveFrom', problems);
  const effectiveTo = dateOf(data.effectiveTo, FOR_EVER, 'effectiveTo', problems);
  if (effectiveTo <= effectiveFrom) problems.add('effectiveTo', 'must be later than effectiveFrom');
  const set: RuleSet = {
    id: problems.text(data.id, 'id'),
    version: problems.number(data.version ?? 1, 'version', 1, 1e9),
    title: data.title === undefined ? '' : problems.text(data.title, 'title'),
    effectiveFrom,
    effectiveTo,
    groups: problems.array(data.groups, 'groups').map((group, i) => groupOf(group, `groups[${i}]`, problems)),
  };
  if (problems.list.length === 0) return set;
  const errors = problems.list.slice(0, MAX_PROBLEMS);
  const shown = errors.map(({ path, message }) => `${path}: ${message}`).join('; ');
  throw veeErrors.VEE_RULE_SET_INVALID(shown, { errors });
}

function dateOf(value: unknown, otherwise: number, place: string, problems: Problems): number {
  if (value === undefined || value === null) return otherwise;
  try {
    if (typeof value === 'string') return parseDay(value);
  } catch {
    // said below, with its place
  }
  problems.add(place, 'must be a date such as 2026-01-31');
  return otherwise;
}

function groupOf(value: unknown, place: string, problems: Problems): RuleGroup {
  const data = problems.record(value, place);
  problems.known(data, ['id', 'when', 'steps', 'estimates'], place);
  return {
    id: data.id === undefined ? place : problems.text(data.id, `${place}.id`),
    when: eligibilityOf(data.when ?? {}, `${place}.when`, problems),
    steps: problems
      .array(data.steps ?? (data.estimates && []), `${place}.steps`)
      .map((step, i) => stepOf(step, `${place}.steps[${i}]`, problems)),
    ...(data.estimates === undefined
      ? {}
      : { estimates: estimateFactsOf(data.estimates, `${place}.estimates`, problems) }),
  };
}

function estimateFactsOf(value: unknown, place: string, problems: Problems): EstimateFacts {
  const data = problems.record(value, place);
  problems.known(data, ['holidays', 'exclude', 'temperature'], place);
  const days = (name: 'holidays' | 'exclude') =>
    data[name] === undefined
      ? {}
      : {
          [name]: problems
            .array(data[name], `${place}.${name}`)
            .map((day, i) => dateOf(day ?? '', 0, `${place}.${name}[${i}]`, problems)),
        };
  const { temperature } = data;
  return {
    ...{ ...days('holidays'), ...days('exclude') },
    ...(temperature === undefined
      ? {}
      : { temperature: problems.number(temperature, `${place}.temperature`, 1, 2 ** 32 - 1) }),
  };
}

function eligibilityOf(value: unknown, place: string, problems: Problems): Eligibility {
  const data = problems.record(value, place);
  const lists = ['commodity', 'kind', 'class', 'meterType'];
  problems.known(data, [...lists, 'minIntervalS', 'maxIntervalS'], place);
  const when: Record<string, unknown> = {};
  for (const name of lists) {
    if (data[name] === undefined) continue;
    const list = Array.isArray(data[name]) ? data[name] : [data[name]];
    when[name] = list.map((entry) => problems.text(entry, `${place}.${name}`));
    for (const entry of when[name] as string[]) checkWord(name, entry, place, problems);
  }
  for (const name of ['minIntervalS', 'maxIntervalS']) {
    if (data[name] !== undefined) when[name] = problems.number(data[name], `${place}.${name}`, 0, 1e7);
  }
  return when as Eligibility;
}

function checkWord(name: string, entry: string, place: string, problems: Problems): void {
  if (name === 'commodity' && !isCommodity(entry))
    problems.add(`${place}.commodity`, `'${entry}' is none of ${commodities.join(', ')}`);
  if (name === 'kind' && !KINDS.includes(entry))
    problems.add(`${place}.kind`, `'${entry}' is none of ${KINDS.join(', ')}`);
}

function stepOf(value: unknown, place: string, problems: Problems): GroupStep {
  if (typeof value === 'string') return { rule: problems.ruleName(value, place) };
  const data = problems.record(value, place);
  if (data.stop !== undefined) return stopOf(data, place, problems);
  problems.known(data, ['rule', 'on', 'severity', 'parameters'], place);
  const rule = problems.ruleName(data.rule, `${place}.rule`);
  const severity = data.severity as GroupStepSeverity;
  if (severity !== undefined && !severityNames.includes(severity))
    problems.add(`${place}.severity`, `is none of ${severityNames.join(', ')}`);
  if (data.on !== undefined && typeof data.on !== 'boolean')
    problems.add(`${place}.on`, 'must be true or false');
  const parameters = parametersOf(rule, data.parameters ?? {}, `${place}.parameters`, problems);
  return { rule, ...(data.on === undefined ? {} : { on: data.on === true }), severity, parameters };
}

type GroupStepSeverity = (typeof severityNames)[number] | undefined;

function stopOf(data: Data, place: string, problems: Problems): GroupStep {
  const names = (list: unknown, at: string) =>
    problems.array(list, at).map((name, i) => problems.ruleName(name, `${at}[${i}]`));
  if (data.stop === 'clean') {
    problems.known(data, ['stop', 'passed'], place);
    return { stop: 'clean', passed: names(data.passed, `${place}.passed`) };
  }
  if (data.stop !== 'pattern') problems.add(`${place}.stop`, 'must be clean or pattern');
  problems.known(data, ['stop', 'of', 'days', 'within'], place);
  return {
    stop: 'pattern',
    of: names(data.of, `${place}.of`),
    days: problems.number(data.days, `${place}.days`, 1, 1_000),
    within: problems.number(data.within, `${place}.within`, 1, 1_000),
  };
}

function parametersOf(
  ruleId: string,
  value: unknown,
  place: string,
  problems: Problems,
): Readonly<Record<string, number>> {
  const data = problems.record(value, place);
  const specs = ruleById(ruleId)?.parameters ?? {};
  const values: Record<string, number> = {};
  for (const [name, given] of Object.entries(data)) {
    const spec = Object.hasOwn(specs, name) ? specs[name] : undefined;
    if (spec === undefined) {
      const known = Object.keys(specs).join(', ');
      problems.add(
        `${place}.${name}`,
        known ? `is not known; known are ${known}` : 'the rule has no parameters',
      );
    } else values[name] = problems.number(given, `${place}.${name}`, spec.min, spec.max);
  }
  return values;
}
