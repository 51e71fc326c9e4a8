/** One item of a message to one push message: every value that can be read, and why the others cannot. */
import { Quality } from '@openami/model';
import {
  type DecodedSeries,
  defaultPushLimits,
  type PushEvent,
  type PushMessage,
  type PushReject,
} from '@openami/wire';
import { titleOf } from '../errors.ts';
import { mappingErrors } from './errors.ts';
import { type Scope, valueIn } from './expression/expression.ts';
import { charge, ExpressionFault, truth } from './expression/values.ts';
import {
  type EventPlan,
  type MappingPlan,
  qualityOf,
  type SeriesPlan,
  type TimePlan,
  type Word,
} from './plan.ts';
import { readTime } from './time.ts';

/** Rejects described one by one; more are counted. */
const describedRejects = 1_000;
const { nameChars, detailChars } = defaultPushLimits;
const decimal = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?$/;

type RejectCode =
  | 'MAPPING_DEVICE'
  | 'MAPPING_VALUE'
  | 'MAPPING_TIME'
  | 'MAPPING_QUALITY'
  | 'MAPPING_NAME'
  | 'MAPPING_EVALUATION';

/** What is left of the values one message may have. */
export interface ValueBudget {
  left: number;
}

/** Rows of a series while they are gathered. */
interface Rows {
  readonly end: number[];
  readonly value: number[];
  readonly quality: number[];
}

export class ItemReader {
  readonly #plan: MappingPlan;
  readonly #scope: Scope;
  readonly #receivedS: number;
  readonly #zone: string;
  readonly #budget: ValueBudget;
  readonly #rejects: PushReject[] = [];
  #rejectCount = 0;
  #itemTimeS: number | undefined;

  constructor(plan: MappingPlan, scope: Scope, receivedS: number, zone: string, budget: ValueBudget) {
    this.#plan = plan;
    this.#scope = scope;
    this.#receivedS = receivedS;
    this.#zone = zone;
    this.#budget = budget;
  }

  /** Raises MAPPING_TOO_MANY, StepsUsedUp. */
  read(): PushMessage {
    const { series: plans, events: eventPlans, sent } = this.#plan;
    const device = this.#device();
    const series: DecodedSeries[] = [];
    const events: PushEvent[] = [];
    if (device !== '') {
      for (const plan of plans) {
        const { place, quantity } = plan;
        this.#caught(place, () => this.#series(plan, series), typeof quantity === 'string' ? quantity : '');
      }
      for (const plan of eventPlans) this.#caught(plan.place, () => this.#event(plan, events));
    }
    const sentS = sent === undefined ? 0 : this.#caught('sent', () => this.#sentS(sent));
    const rejects = this.#rejects;
    return { device, sentMs: (sentS ?? 0) * 1_000, series, events, rejects, rejectCount: this.#rejectCount };
  }

  /** What a part says; one whose expression fails is rejected and the others stand. */
  #caught<T>(place: string, read: () => T, quantity = ''): T | undefined {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof ExpressionFault)) throw error;
      this.#reject(quantity, 0, undefined, 'MAPPING_EVALUATION', `${place}: ${error.code} ${error.message}`);
      return undefined;
    }
  }

  #device(): string {
    const value = this.#caught('device', () => valueIn(this.#plan.device, this.#scope));
    const name = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value;
    if (typeof name === 'string' && name !== '' && name.length <= nameChars) return name;
    this.#reject('', 0, value, 'MAPPING_DEVICE', 'device');
    return '';
  }

  #series(plan: SeriesPlan, out: DecodedSeries[]): void {
    charge(2);
    if (plan.when !== undefined && truth(valueIn(plan.when, this.#scope)) !== true) return;
    const given = valueIn(plan.value, this.#scope);
    if (this.#isNothing(given)) return;
    const quantity = this.#word(plan.quantity, `${plan.place}.quantity`);
    const unit = this.#word(plan.unit, `${plan.place}.unit`);
    if (quantity === undefined || unit === undefined) return;
    const quality = this.#quality(plan, quantity);
    const rows: Rows = { end: [], value: [], quality: [] };
    if (Array.isArray(given)) this.#history(plan, quantity, given, quality, rows);
    else this.#row(plan, quantity, this.#timeS(plan.time), given, quality, rows);
    if (rows.end.length === 0) return;
    out.push({
      quantity,
      unit,
      intervalS: plan.intervalS,
      end: Float64Array.from(rows.end),
      value: Float64Array.from(rows.value),
      quality: Uint8Array.from(rows.quality),
      length: rows.end.length,
    });
  }

  #history(
    plan: SeriesPlan,
    quantity: string,
    values: readonly unknown[],
    quality: number,
    rows: Rows,
  ): void {
    const times = plan.time === undefined ? undefined : valueIn(plan.time.value, this.#scope);
    const { intervalS, newestFirst, place } = plan;
    if (Array.isArray(times) ? times.length !== values.length : intervalS === 0 && values.length > 1) {
      const said = Array.isArray(times) ? `${times.length} times` : 'no time for each, and no interval';
      this.#reject(quantity, 0, undefined, 'MAPPING_TIME', `${place}: ${values.length} values, ${said}`);
      return;
    }
    // When it came says nothing about values of the past: a time of their own has to be one.
    const single = plan.time === undefined ? this.#timeS(undefined) : this.#pastS(times, plan.time);
    for (let n = 0; n < values.length; n++) {
      const i = newestFirst ? values.length - 1 - n : n;
      const stepped = single + (newestFirst ? -i : i) * intervalS;
      const end = Array.isArray(times) ? this.#pastS(times[i], plan.time!) : stepped;
      this.#row(plan, quantity, end, values[i], quality, rows);
    }
  }

  #row(plan: SeriesPlan, quantity: string, endS: number, given: unknown, quality: number, rows: Rows): void {
    charge(2);
    this.#budget.left -= 1;
    if (this.#budget.left < 0) throw mappingErrors.MAPPING_TOO_MANY('values');
    const isMissing = this.#isNothing(given);
    // Of an interval it is worth keeping that the device has no value.
    if (isMissing && plan.intervalS === 0) return;
    const value = isMissing ? Number.NaN : numberOf(given);
    if (Number.isNaN(endS)) {
      this.#reject(quantity, 0, given, 'MAPPING_TIME', `${plan.place}, value ${rows.end.length}`);
    } else if (Number.isNaN(value) && !isMissing) {
      this.#reject(quantity, endS, given, 'MAPPING_VALUE', `${plan.place}.value`);
    } else {
      rows.end.push(endS);
      rows.value.push(quality === Quality.missing ? Number.NaN : value);
      rows.quality.push(isMissing ? Quality.missing : quality);
    }
  }

  #event(plan: EventPlan, out: PushEvent[]): void {
    if (truth(valueIn(plan.when, this.#scope)) !== true) return;
    const code = this.#word(plan.code, `${plan.place}.code`);
    if (code === undefined) return;
    const at = this.#timeS(plan.time);
    if (Number.isNaN(at)) {
      this.#reject('', 0, code, 'MAPPING_TIME', plan.place);
      return;
    }
    const detail = plan.detail === undefined ? '' : valueIn(plan.detail, this.#scope);
    const text = typeof detail === 'string' || typeof detail === 'number' ? String(detail) : '';
    out.push({ code, at, detail: text.slice(0, detailChars) });
  }

  /** Whole seconds of a rule, else of the item, else when it was received; NaN where it cannot be read. */
  #timeS(own: TimePlan | undefined): number {
    if (own !== undefined) return this.#ruleS(own);
    const { time } = this.#plan;
    this.#itemTimeS ??= time === undefined ? Math.floor(this.#receivedS) : this.#ruleS(time);
    return this.#itemTimeS;
  }

  #ruleS(rule: TimePlan): number {
    const given = valueIn(rule.value, this.#scope);
    const readS = this.#isNothing(given) ? 0 : this.#clockS(given, rule);
    return readS === 0 ? Math.floor(this.#receivedS) : readS;
  }

  #pastS(given: unknown, rule: TimePlan): number {
    return this.#clockS(given, rule) || Number.NaN;
  }

  /** Whole seconds; 0 where the clock was not set, NaN where it is no time. */
  #clockS(given: unknown, { form, zone }: TimePlan): number {
    charge(typeof given === 'number' ? 1 : 10);
    return Math.floor(readTime(given, form, zone ?? this.#zone, this.#receivedS));
  }

  /** The device's clock; 0 where it does not tell or was not set. */
  #sentS(rule: TimePlan): number {
    const given = valueIn(rule.value, this.#scope);
    if (this.#isNothing(given)) return 0;
    const readS = this.#clockS(given, rule);
    if (!Number.isNaN(readS)) return readS;
    this.#reject('', 0, given, 'MAPPING_TIME', 'sent');
    return 0;
  }

  #word(word: Word, place: string): string | undefined {
    if (typeof word === 'string') return word;
    const value = valueIn(word, this.#scope);
    if (typeof value === 'string' && value !== '' && value.length <= nameChars) return value;
    this.#reject('', 0, value, 'MAPPING_NAME', place);
    return undefined;
  }

  #quality({ quality, place }: SeriesPlan, quantity: string): number {
    if (typeof quality === 'number') return quality;
    const name = valueIn(quality, this.#scope);
    if (name === undefined) return Quality.raw;
    const code = qualityOf(name);
    if (code !== undefined) return code;
    this.#reject(quantity, 0, name, 'MAPPING_QUALITY', `${place}.quality`);
    return Quality.questionable;
  }

  /** True for nothing, null and the texts that stand for it. */
  #isNothing(value: unknown): boolean {
    if (value === undefined || value === null) return true;
    return typeof value === 'string' && this.#plan.ignore.has(value.trim().toLowerCase());
  }

  #reject(quantity: string, end: number, value: unknown, code: RejectCode, place: string): void {
    charge(20);
    this.#rejectCount += 1;
    if (this.#rejects.length >= describedRejects) return;
    const detail = `${place}: ${titleOf(code)}`;
    this.#rejects.push({ quantity, end: Math.max(0, end), value: shortText(value), code, detail });
  }
}

/** A number, or a text that is one; NaN for anything else. */
function numberOf(value: unknown): number {
  if (typeof value === 'number') return Number.isFinite(value) ? value : Number.NaN;
  if (typeof value !== 'string' || value.length > 40) return Number.NaN;
  const text = value.trim();
  const number = decimal.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(number) ? number : Number.NaN;
}

/** At most 80 characters of a value; nothing is ''. */
function shortText(value: unknown): string {
  if (value === undefined) return '';
  if (typeof value === 'string') return value.slice(0, 80);
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? '[...]' : '{...}';
  return String(value);
}
