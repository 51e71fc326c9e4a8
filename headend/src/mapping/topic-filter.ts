/** Topic filters with named levels: `tele/{device}/SENSOR` is `tele/+/SENSOR` to a broker. */
import { mappingErrors } from './errors.ts';

/** A level: text, any one (a name or '' for `+`), or the rest (`#`). */
type Level = { readonly kind: 'text' | 'any' | 'rest'; readonly text: string };

export interface TopicFilter {
  readonly source: string;
  /** As brokers know it. */
  readonly mqtt: string;
  readonly levels: readonly Level[];
}

const maxLevels = 16;
const named = /^\{([a-z][a-zA-Z0-9]{0,30})\}$/;
/** What every expression may name besides the levels of topics. */
export const fixedNames: readonly string[] = ['topic', 'received', 'message'];

/** Raises MAPPING_TOPIC. */
export function parseTopicFilter(source: string): TopicFilter {
  const texts = source.split('/');
  const wrong = (what: string) => mappingErrors.MAPPING_TOPIC(`'${source}': ${what}`, { topic: source });
  if (source === '' || texts.length > maxLevels) throw wrong(`1 to ${maxLevels} levels`);
  if (texts[0]!.startsWith('$')) throw wrong('topics of the broker itself begin with $');
  const names = new Set<string>();
  const levels = texts.map((text, i): Level => {
    if (text === '#' && i === texts.length - 1) return { kind: 'rest', text: '' };
    if (text === '+') return { kind: 'any', text: '' };
    const name = named.exec(text)?.[1];
    if (name === undefined) {
      if (/[+#{}]/.test(text)) throw wrong(`level '${text}' is no text, +, # at the end or {name}`);
      return { kind: 'text', text };
    }
    if (names.has(name) || fixedNames.includes(name)) throw wrong(`the name {${name}} is taken`);
    names.add(name);
    return { kind: 'any', text: name };
  });
  const mqtt = levels
    .map(({ kind, text }) => (kind === 'text' ? text : kind === 'any' ? '+' : '#'))
    .join('/');
  return { source, mqtt, levels };
}

/** Names of the levels of a filter. */
export function levelNames(filter: TopicFilter): string[] {
  return filter.levels.filter(({ kind, text }) => kind === 'any' && text !== '').map(({ text }) => text);
}

/** Named levels of a topic that the filter covers; undefined where it does not. */
export function matchTopic(
  filter: TopicFilter,
  topic: readonly string[],
): Record<string, string> | undefined {
  const { levels } = filter;
  const out: Record<string, string> = {};
  for (let i = 0; i < levels.length; i++) {
    const { kind, text } = levels[i]!;
    if (kind === 'rest') return out;
    const level = topic[i];
    if (level === undefined || (kind === 'text' && level !== text)) return undefined;
    if (kind === 'any' && text !== '') out[text] = level;
  }
  return topic.length === levels.length ? out : undefined;
}
