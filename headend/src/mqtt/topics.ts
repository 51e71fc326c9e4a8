/**
 * Topics: `openami/v1/{serial}/readings`, `openami/v1/{serial}/events`, `openami/v1/{gateway}/telegrams`
 * up, and `openami/v1/{serial}/commands/#` down.
 */
import { defaultPushLimits } from '@openami/wire';
import type { MqttIdentity } from './types.ts';

const topicRoot = 'openami/v1/';
const wildcard = /[+#]/;
/** What an external broker is asked for, below the shared group. */
const uplinkKinds = ['readings', 'events'] as const;
export const uplinkFilters: readonly string[] = uplinkKinds.map((kind) => `${topicRoot}+/${kind}`);
const telegrams = 'telegrams';
export const telegramFilter = `${topicRoot}+/${telegrams}`;

/** Who a message is of, and what it holds. */
export interface Uplink {
  readonly serial: string;
  readonly kind: (typeof uplinkKinds)[number];
}

/** Characters of a serial, as many as the `meter` of a message may have. */
const serialChars = defaultPushLimits.nameChars;

/** What an uplink topic says; undefined when it is none. */
export function uplinkOf(topic: string): Uplink | undefined {
  const { serial = '', rest } = partsOf(topic);
  const kind = uplinkKinds.find((one) => one === rest);
  return kind === undefined ? undefined : { serial, kind };
}

/** The gateway of a topic of telegrams; undefined when it is none. */
export function telegramGateway(topic: string): string | undefined {
  const { serial, rest } = partsOf(topic);
  return rest === telegrams ? serial : undefined;
}

/** Serial and what follows it in a topic of ours. */
function partsOf(topic: string): { readonly serial?: string; readonly rest?: string } {
  if (!topic.startsWith(topicRoot)) return {};
  const end = topic.indexOf('/', topicRoot.length);
  if (end <= topicRoot.length || end - topicRoot.length > serialChars) return {};
  const serial = topic.slice(topicRoot.length, end);
  return wildcard.test(serial) ? {} : { serial, rest: topic.slice(end + 1) };
}

/** Serial of a command filter such as `openami/v1/OA1/commands/#`; undefined when it is none. */
export function commandSerial(filter: string): string | undefined {
  const { serial, rest } = partsOf(filter);
  return rest?.startsWith('commands/') ? serial : undefined;
}

/** Topic of a command; `name` is one level. */
export function commandTopic(serial: string, name: string): string {
  return `${topicRoot}${serial}/commands/${name}`;
}

/** True when an identity may report for a serial and hear its commands. */
export function mayReportFor(identity: MqttIdentity, serial: string): boolean {
  if (serial === identity.name) return true;
  for (const pattern of identity.reportsFor ?? []) {
    if (pattern === serial) return true;
    if (pattern.endsWith('*') && serial.startsWith(pattern.slice(0, -1))) return true;
  }
  return false;
}

/**
 * The identity of a credential that lists MQTT filters it may publish to: `openami/v1/+/readings` lets it
 * report for every meter, `openami/v1/OA1/#` for one. Filters of other topics are for messages of other
 * people's devices, and `#` is for all.
 */
export function identityOfFilters(name: string, publish: readonly string[]): MqttIdentity {
  const reportsFor = new Set<string>();
  const topics = publish.filter((filter) => filter !== '' && filter.split('/')[0] !== 'openami');
  for (const filter of publish) {
    const [first, second, level] = filter.split('/');
    // names of other people's devices have slashes
    const serial = level !== '#' && filter.endsWith('/#') ? filter.slice(topicRoot.length, -2) : level;
    if (first === '#' || (first === 'openami' && second === '#')) reportsFor.add('*');
    else if (first === 'openami' && second === 'v1' && serial) {
      reportsFor.add(serial === '+' || serial === '#' ? '*' : serial);
    }
  }
  return { name, reportsFor: [...reportsFor], topics };
}
