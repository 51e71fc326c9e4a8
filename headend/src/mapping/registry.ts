/**
 * Which mapping a topic belongs to. Filters lie in a trie by level; of those that cover a topic the more
 * specific come first (text before any level before the rest, from the left), and of equal ones the one that
 * was added last, so that a mapping of one's own goes before a ready-made one. The first whose `when` holds
 * has the message.
 */
import type { PushMessage } from '@openami/wire';
import { mappingErrors } from './errors.ts';
import { type Mapping, MappingPayload, type MappingResult } from './mapping.ts';
import { matchTopic, type TopicFilter } from './topic-filter.ts';

/** What a message became, and by which mapping. */
export interface Mapped {
  readonly mapping: string;
  readonly messages: readonly PushMessage[];
}

interface Candidate {
  readonly mapping: Mapping;
  readonly levels: Readonly<Record<string, string>>;
}

interface Entry {
  readonly mapping: Mapping;
  readonly filter: TopicFilter;
}

interface TrieNode {
  readonly texts: Map<string, TrieNode>;
  any: TrieNode | undefined;
  /** Filters that end here, and those that end here in `#`. */
  readonly here: Entry[];
  readonly rest: Entry[];
}

/** Topics whose candidates are remembered. */
const maxTopics = 20_000;
const maxTopicChars = 512;

function trieNode(): TrieNode {
  return { texts: new Map(), any: undefined, here: [], rest: [] };
}

export class MappingRegistry {
  readonly #mappings = new Map<string, Mapping>();
  #root = trieNode();
  #candidates = new Map<string, readonly Candidate[]>();

  /** Raises MAPPING_KNOWN. */
  add(mapping: Mapping): void {
    if (this.#mappings.has(mapping.id))
      throw mappingErrors.MAPPING_KNOWN(mapping.id, { mapping: mapping.id });
    this.#mappings.set(mapping.id, mapping);
    this.#insert(mapping);
    this.#candidates.clear();
  }

  /** False when there was none. */
  remove(id: string): boolean {
    if (!this.#mappings.delete(id)) return false;
    this.#root = trieNode();
    for (const mapping of this.#mappings.values()) this.#insert(mapping);
    this.#candidates.clear();
    return true;
  }

  get(id: string): Mapping | undefined {
    return this.#mappings.get(id);
  }

  list(): readonly Mapping[] {
    return [...this.#mappings.values()];
  }

  /** What a broker is asked for. */
  filters(): string[] {
    return [...new Set(this.list().flatMap(({ topics }) => topics.map(({ mqtt }) => mqtt)))].sort();
  }

  /** Mappings that cover a topic, the most specific first. */
  candidates(topic: string): readonly Candidate[] {
    const known = this.#candidates.get(topic);
    if (known !== undefined) return known;
    if (topic.length > maxTopicChars) return [];
    const levels = topic.split('/');
    const entries: Entry[] = [];
    collect(this.#root, levels, 0, entries);
    const found = entries.map(({ mapping, filter }) => ({
      mapping,
      levels: matchTopic(filter, levels) ?? {},
    }));
    if (this.#candidates.size >= maxTopics) this.#candidates.clear();
    this.#candidates.set(topic, found);
    return found;
  }

  /**
   * What a message on a topic says, by the first mapping it is for; undefined where there is none. Raises or
   * rejects with what `Mapping.apply` raises.
   */
  apply(
    topic: string,
    bytes: Uint8Array,
    receivedS: number,
  ): Mapped | undefined | Promise<Mapped | undefined> {
    const payload = new MappingPayload(bytes);
    return this.#first(this.candidates(topic), 0, topic, payload, receivedS);
  }

  /** What a message for a named mapping says. Raises MAPPING_UNKNOWN, and as `Mapping.apply`. */
  applyNamed(
    id: string,
    bytes: Uint8Array,
    receivedS: number,
    topic = '',
  ): MappingResult | Promise<MappingResult> {
    const mapping = this.#mappings.get(id);
    if (mapping === undefined) throw mappingErrors.MAPPING_UNKNOWN(id.slice(0, 64));
    return mapping.apply({ topic, payload: new MappingPayload(bytes), receivedS });
  }

  #first(
    candidates: readonly Candidate[],
    from: number,
    topic: string,
    payload: MappingPayload,
    receivedS: number,
  ): Mapped | undefined | Promise<Mapped | undefined> {
    for (let i = from; i < candidates.length; i++) {
      const { mapping, levels } = candidates[i]!;
      const messages = mapping.apply({ topic, payload, receivedS, levels });
      if (messages instanceof Promise) {
        return messages.then((found) =>
          found === undefined
            ? this.#first(candidates, i + 1, topic, payload, receivedS)
            : { mapping: mapping.id, messages: found },
        );
      }
      if (messages !== undefined) return { mapping: mapping.id, messages };
    }
    return undefined;
  }

  #insert(mapping: Mapping): void {
    for (const filter of mapping.topics) {
      let node = this.#root;
      let isRest = false;
      for (const { kind, text } of filter.levels) {
        if (kind === 'rest') isRest = true;
        else if (kind === 'any') node = node.any ??= trieNode();
        else {
          const next = node.texts.get(text) ?? trieNode();
          node.texts.set(text, next);
          node = next;
        }
      }
      (isRest ? node.rest : node.here).unshift({ mapping, filter });
    }
  }
}

function collect(node: TrieNode, topic: readonly string[], at: number, out: Entry[]): void {
  if (at === topic.length) out.push(...node.here);
  else {
    const text = node.texts.get(topic[at]!);
    if (text !== undefined) collect(text, topic, at + 1, out);
    if (node.any !== undefined) collect(node.any, topic, at + 1, out);
  }
  // As in MQTT, `a/#` covers `a` itself.
  out.push(...node.rest);
}
