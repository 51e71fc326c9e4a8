/** A mapping file made ready: expressions compiled, words and units looked up, topics parsed. */
import { findUnit, isZone, Quality } from '@openami/model';
import { Value } from 'typebox/value';
import { mappingErrors } from './errors.ts';
import { type Expression, ExpressionSet } from './expression/expression.ts';
import { type EventRule, MappingFile, type SeriesRule, type TimeRule, type WordRule } from './schema.ts';
import type { TimeForm } from './time.ts';
import { fixedNames, levelNames, parseTopicFilter, type TopicFilter } from './topic-filter.ts';

/** A text, or the expression that gives it. */
export type Word = string | Expression;

export interface TimePlan {
  readonly value: Expression;
  readonly form: TimeForm;
  /** undefined: that of the head-end. */
  readonly zone: string | undefined;
}

export interface SeriesPlan {
  /** Where it stands in the file, for the detail of a rejection. */
  readonly place: string;
  readonly quantity: Word;
  readonly unit: Word;
  readonly value: Expression;
  readonly intervalS: number;
  readonly time: TimePlan | undefined;
  readonly newestFirst: boolean;
  /** Code of the model, or what gives its name. */
  readonly quality: number | Expression;
  readonly when: Expression | undefined;
}

export interface EventPlan {
  readonly place: string;
  readonly code: Word;
  readonly when: Expression;
  readonly time: TimePlan | undefined;
  readonly detail: Expression | undefined;
}

export interface MappingPlan {
  readonly topics: readonly TopicFilter[];
  readonly isText: boolean;
  readonly ignore: ReadonlySet<string>;
  readonly when: Expression | undefined;
  readonly each: Expression | undefined;
  readonly device: Expression;
  readonly time: TimePlan | undefined;
  readonly sent: TimePlan | undefined;
  readonly series: readonly SeriesPlan[];
  readonly events: readonly EventPlan[];
  /** Evaluated apart on the message. */
  readonly messageApart: readonly string[];
  /** Evaluated apart on each item. */
  readonly itemApart: readonly string[];
}

const maxComplaints = 10;

/** A mapping file whose form was checked. Raises MAPPING_MALFORMED, naming each field that is wrong. */
export function checkedFile(file: unknown): MappingFile {
  if (Value.Check(MappingFile, file)) return file;
  const complaints = new Map<string, string>();
  for (const { instancePath, message } of Value.Errors(MappingFile, file)) {
    const known = complaints.get(instancePath);
    // A field that may not be there is reported twice, the second time as itself.
    if (message !== 'schema is false') complaints.set(instancePath, known === undefined ? message : known);
  }
  const lines = [...complaints].map(([path, message]) => `${path === '' ? 'the mapping' : path} ${message}`);
  throw mappingErrors.MAPPING_MALFORMED(lines.slice(0, maxComplaints).join('; '));
}

/** Raises MAPPING_EXPRESSION, MAPPING_TOPIC, MAPPING_UNIT, MAPPING_MALFORMED. */
export function planOf(file: MappingFile): MappingPlan {
  const topics = (file.topics ?? []).map(parseTopicFilter);
  if (topics.length === 0 && file.http !== true) {
    throw mappingErrors.MAPPING_MALFORMED('neither `topics` nor `http`: nothing would ever come to it');
  }
  const parameters = Object.keys(file.parameters ?? {});
  const taken = parameters.find(
    (name) => fixedNames.includes(name) || topics.some((topic) => levelNames(topic).includes(name)),
  );
  if (taken !== undefined)
    throw mappingErrors.MAPPING_MALFORMED(`parameters.${taken}: the name means something else`);
  const names = new Set([...fixedNames, ...topics.flatMap(levelNames), ...parameters]);
  if (file.device === undefined && !names.has('device')) {
    throw mappingErrors.MAPPING_MALFORMED('`device` is missing, and no topic has a level {device}');
  }
  const message = new ExpressionSet(names);
  const item = new ItemPlanner(new ExpressionSet(names));
  return {
    topics,
    isText: file.payload === 'text',
    ignore: new Set((file.ignore ?? []).map((text) => text.trim().toLowerCase())),
    when: file.when === undefined ? undefined : message.add(file.when, 'when'),
    each: file.each === undefined ? undefined : message.add(file.each, 'each'),
    device: item.expressions.add(file.device ?? '$device', 'device'),
    time: item.time(file.time, 'time'),
    sent: item.time(file.sent, 'sent'),
    series: file.series.map((rule, i) => item.series(rule, `series[${i}]`)),
    events: (file.events ?? []).map((rule, i) => item.event(rule, `events[${i}]`)),
    messageApart: message.apart,
    itemApart: item.expressions.apart,
  };
}

class ItemPlanner {
  readonly expressions: ExpressionSet;

  constructor(expressions: ExpressionSet) {
    this.expressions = expressions;
  }

  time(rule: TimeRule | undefined, place: string): TimePlan | undefined {
    if (rule === undefined) return undefined;
    const { value, as = 'auto', zone } = typeof rule === 'string' ? { value: rule } : rule;
    if (zone !== undefined && !isZone(zone)) {
      throw mappingErrors.MAPPING_MALFORMED(`${place}.zone: '${zone}' is no time zone`);
    }
    return { value: this.expressions.add(value, place), form: as, zone };
  }

  series(rule: SeriesRule, place: string): SeriesPlan {
    const { unit, quality } = rule;
    if (typeof unit === 'string' && findUnit(unit) === undefined) {
      throw mappingErrors.MAPPING_UNIT(`${place}.unit: '${unit}' is not known`);
    }
    return {
      place,
      quantity: this.#word(rule.quantity, `${place}.quantity`),
      unit: this.#word(unit, `${place}.unit`),
      value: this.expressions.add(rule.value, `${place}.value`),
      intervalS: rule.interval ?? 0,
      time: this.time(rule.time, `${place}.time`),
      newestFirst: rule.order === 'newest-first',
      quality: this.#quality(quality, `${place}.quality`),
      when: this.#optional(rule.when, `${place}.when`),
    };
  }

  event(rule: EventRule, place: string): EventPlan {
    return {
      place,
      code: this.#word(rule.code, `${place}.code`),
      when: this.expressions.add(rule.when, `${place}.when`),
      time: this.time(rule.time, `${place}.time`),
      detail: this.#optional(rule.detail, `${place}.detail`),
    };
  }

  #word(rule: WordRule, place: string): Word {
    return typeof rule === 'string' ? rule : this.expressions.add(rule.expr, place);
  }

  #optional(source: string | undefined, place: string): Expression | undefined {
    return source === undefined ? undefined : this.expressions.add(source, place);
  }

  #quality(rule: WordRule | undefined, place: string): number | Expression {
    if (rule === undefined) return Quality.raw;
    if (typeof rule !== 'string') return this.expressions.add(rule.expr, place);
    const code = qualityOf(rule);
    if (code === undefined) throw mappingErrors.MAPPING_UNIT(`${place}: '${rule}' is no quality`);
    return code;
  }
}

const qualityCodes = new Map<unknown, number>(Object.entries(Quality));

/** Code of a quality's name; undefined where there is none of it. */
export function qualityOf(name: unknown): number | undefined {
  return qualityCodes.get(name);
}
