/**
 * A mapping at work: one message of a device or gateway becomes push messages for the ingest pipeline.
 *
 *   bytes ─ size, depth, JSON ─▶ when ─▶ each ─▶ item ─ device, time, series, events ─▶ PushMessage
 *
 * Expressions that are evaluated at once make no promise and wait for nothing; where a mapping has others,
 * those are evaluated apart first, for all items together, and what follows is the same.
 */
import { OpenAmiError } from '@openami/model';
import { isDeeperThan, type PushMessage, utf8Text } from '@openami/wire';
import { mappingErrors } from './errors.ts';
import type { ApartEvaluator } from './expression/apart.ts';
import { type Scope, valueIn } from './expression/expression.ts';
import { allowSteps, ExpressionFault, StepsUsedUp, truth, type Variables } from './expression/values.ts';
import { ItemReader } from './item-reader.ts';
import { defaultMappingLimits, type MappingLimits } from './limits.ts';
import { checkedFile, type MappingPlan, planOf } from './plan.ts';
import type { MappingFile } from './schema.ts';
import { matchTopic, type TopicFilter } from './topic-filter.ts';

export interface MappingOptions {
  /** IANA zone of local times for which the mapping names none; default UTC. */
  readonly zone?: string;
  readonly limits?: Partial<MappingLimits>;
  /** Values of the parameters of mappings, where they are not the defaults. By id of the mapping. */
  readonly parameters?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Evaluates what is not evaluated at once; shared by all mappings. */
  readonly apart: ApartEvaluator;
}

/** A message as it came. */
export interface MappingInput {
  /** '' when it came without one. */
  readonly topic: string;
  readonly payload: MappingPayload;
  readonly receivedS: number;
  /** Named levels of the topic where they are known already. */
  readonly levels?: Readonly<Record<string, string>>;
}

/** Push messages for `ingest.accept`, or undefined where the message is not for this mapping. */
export type MappingResult = readonly PushMessage[] | undefined;

/** The bytes of a message, read once for all mappings that look at it. */
export class MappingPayload {
  readonly bytes: Uint8Array;
  #json: { readonly value: unknown } | undefined;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** Raises MAPPING_TOO_LARGE, MAPPING_NOT_JSON. */
  text({ payloadBytes }: MappingLimits): string {
    if (this.bytes.length > payloadBytes) {
      throw mappingErrors.MAPPING_TOO_LARGE(`${this.bytes.length} bytes; at most ${payloadBytes}`);
    }
    const text = utf8Text(this.bytes);
    if (text === undefined) throw mappingErrors.MAPPING_NOT_JSON('not UTF-8');
    return text;
  }

  /** Raises MAPPING_TOO_LARGE, MAPPING_TOO_DEEP, MAPPING_NOT_JSON. */
  json(limits: MappingLimits): unknown {
    if (this.#json !== undefined) return this.#json.value;
    const text = this.text(limits);
    if (isDeeperThan(this.bytes, limits.depth)) {
      throw mappingErrors.MAPPING_TOO_DEEP(`more than ${limits.depth} levels`);
    }
    try {
      this.#json = { value: JSON.parse(text) };
    } catch (error) {
      throw mappingErrors.MAPPING_NOT_JSON(error instanceof Error ? error.message.slice(0, 200) : undefined);
    }
    return this.#json.value;
  }
}

export class Mapping {
  readonly id: string;
  readonly file: MappingFile;
  readonly topics: readonly TopicFilter[];
  /** Whether all of it is evaluated at once, so that `apply` never waits. */
  readonly isDirect: boolean;
  readonly #plan: MappingPlan;
  readonly #limits: MappingLimits;
  readonly #zone: string;
  readonly #apart: ApartEvaluator;
  readonly #parameters: Variables;

  /**
   * Of a file, or the same as another mapping with other options. Raises MAPPING_MALFORMED,
   * MAPPING_EXPRESSION, MAPPING_TOPIC, MAPPING_UNIT.
   */
  constructor(file: unknown, options: MappingOptions) {
    const same = file instanceof Mapping ? file : undefined;
    this.file = same?.file ?? checkedFile(file);
    this.id = this.file.id;
    this.#plan = same === undefined ? planOf(this.file) : same.#plan;
    this.topics = this.#plan.topics;
    this.isDirect = this.#plan.messageApart.length + this.#plan.itemApart.length === 0;
    this.#limits = { ...defaultMappingLimits, ...options.limits };
    this.#zone = options.zone ?? 'UTC';
    this.#apart = options.apart;
    const set = options.parameters?.[this.id] ?? {};
    this.#parameters = Object.fromEntries(
      Object.entries(this.file.parameters ?? {}).map(([name, parameter]) => [
        name,
        set[name] ?? parameter.default,
      ]),
    );
  }

  /**
   * What a message says; one that is not JSON is not for a mapping that has a condition. Raises (or rejects
   * with) errors of `mappingErrors`: MAPPING_TOO_LARGE, MAPPING_NOT_JSON, MAPPING_TOO_DEEP, MAPPING_TOO_MANY,
   * MAPPING_STEPS, MAPPING_CONDITION, MAPPING_BUSY. Values that cannot be read are rejects of their push
   * message.
   */
  apply(input: MappingInput): MappingResult | Promise<MappingResult> {
    const scope = this.#scope(input);
    if (scope === undefined) return undefined;
    if (!this.isDirect) return this.#applyApart(scope, input.receivedS);
    return this.#counted(() => {
      const items = this.#items(scope);
      return items && this.#read(items, input.receivedS);
    });
  }

  async #applyApart(scope: Scope, receivedS: number): Promise<MappingResult> {
    const { messageApart, itemApart } = this.#plan;
    if (messageApart.length > 0) [scope.results] = await this.#apart.evaluate(this.id, messageApart, [scope]);
    const items = this.#counted(() => this.#items(scope));
    if (items === undefined) return undefined;
    if (itemApart.length > 0 && items.length > 0) {
      const results = await this.#apart.evaluate(this.id, itemApart, items);
      for (const [i, item] of items.entries()) item.results = results[i];
    }
    return this.#counted(() => this.#read(items, receivedS));
  }

  /** Runs what counts its steps. */
  #counted<T>(run: () => T): T {
    allowSteps(this.#limits.steps);
    try {
      return run();
    } catch (error) {
      if (error instanceof StepsUsedUp)
        throw mappingErrors.MAPPING_STEPS(`more than ${this.#limits.steps} steps`);
      throw error;
    }
  }

  #scope({ topic, payload, receivedS, levels }: MappingInput): Scope | undefined {
    const { isText, when } = this.#plan;
    let input: unknown;
    try {
      input = isText ? payload.text(this.#limits).trim() : payload.json(this.#limits);
    } catch (error) {
      // Filters as broad as `zigbee2mqtt/#` also cover plain texts, such as who is online.
      if (when !== undefined && error instanceof OpenAmiError && error.code === 'MAPPING_NOT_JSON')
        return undefined;
      throw error;
    }
    const named = levels ?? this.#levels(topic);
    const variables = { ...this.#parameters, ...named, topic, received: receivedS, message: input, $: input };
    return { input, variables };
  }

  #levels(topic: string): Record<string, string> {
    const texts = topic.split('/');
    for (const filter of this.topics) {
      const levels = matchTopic(filter, texts);
      if (levels !== undefined) return levels;
    }
    return {};
  }

  /** The scopes of the items, or undefined where the message is not for this mapping. */
  #items(scope: Scope): Scope[] | undefined {
    const { when, each } = this.#plan;
    // A condition that fails on a message of another form does not hold for it.
    if (when !== undefined && this.#tried(() => truth(valueIn(when, scope)) === true) !== true)
      return undefined;
    if (each === undefined) return [scope];
    const found = this.#tried(() => valueIn(each, scope), 'each');
    if (found === undefined) return undefined;
    const items: readonly unknown[] = Array.isArray(found) ? found : [found];
    if (items.length > this.#limits.items) {
      throw mappingErrors.MAPPING_TOO_MANY(`${items.length} meters; at most ${this.#limits.items}`);
    }
    return items.map((input) => ({ input, variables: { ...scope.variables, $: input } }));
  }

  /** The value, or undefined where the expression fails; with `place` it is an error. */
  #tried<T>(read: () => T, place?: string): T | undefined {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof ExpressionFault)) throw error;
      if (place === undefined) return undefined;
      throw mappingErrors.MAPPING_CONDITION(`${place}: ${error.code} ${error.message}`);
    }
  }

  #read(items: readonly Scope[], receivedS: number): PushMessage[] {
    const budget = { left: this.#limits.values };
    return items.map((scope) => new ItemReader(this.#plan, scope, receivedS, this.#zone, budget).read());
  }
}

/** True for the errors a mapping raises on a message. */
export function isMappingError(error: unknown): error is OpenAmiError {
  return error instanceof OpenAmiError && error.code.startsWith('MAPPING_');
}
