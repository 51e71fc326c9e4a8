/**
 * Topics: `openami/v1/{serial}/readings`, `openami/v1/{serial}/events`, `openami/v1/{gateway}/telegrams`
 * up, and `openami/v1/{serial}/commands/#` down.
 */
import { defaultPushLimits } from '@openami/wire';
import type { MqttIdentity } from './types.ts';

const topicRoot = 'openami/v1/';
const wildcard = /[+#]/;
/** What an external broker is asked for, below the shared group. */
const uplinkKinds = ['readings', 'events', 'telegrams'] as const;
export const uplinkFilters: readonly string[] = uplinkKinds.map((kind) => `${topicRoot}+/${kind}`);

/** Who a message is of, and what it holds. */
export interface Uplink {
  readonly serial: string;
  readonly kind: (typeof uplinkKinds)[number];
}

/** Characters of a serial, as many as the `meter` of a message may have. */
const serialChars = defaultPushLimits.nameChars;

/** What an uplink topic says; undefined when it is none. */
export function uplinkOf(topic: string): Uplink | undefined {
  if (!topic.startsWith(topicRoot)) return undefined;
  const end = topic.indexOf('/', topicRoot.length);
  if (end <= topicRoot.length || end - topicRoot.length > serialChars) return undefined;
  const kind = uplinkKinds.find((one) => one === topic.slice(end + 1));
  const serial = topic.slice(topicRoot.length, end);
  return kind === undefined || wildcard.test(serial) ? undefined : { serial, kind };
}

/** Serial of a command filter such as `openami/v1/OA1/commands/#`; undefined when it is none. */
export function commandSerial(filter: string): string | undefined {
  if (!filter.startsWith(topicRoot)) return undefined;
  const [serial, kind, ...rest] = filter.slice(topicRoot.length).split('/');
  if (!serial || kind !== 'commands' || rest.length === 0) return undefined;
  return wildcard.test(serial) ? undefined : serial;
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
 * report for every meter, `openami/v1/OA1/#` for one. Filters of other topics give nothing.
 */
export function identityOfFilters(name: string, publish: readonly string[]): MqttIdentity {
  const reportsFor = new Set<string>();
  for (const filter of publish) {
    const [first, second, serial] = filter.split('/');
    if (first === '#' || (first === 'openami' && second === '#')) reportsFor.add('*');
    else if (first === 'openami' && second === 'v1' && serial) {
      reportsFor.add(serial === '+' || serial === '#' ? '*' : serial);
    }
  }
  return { name, reportsFor: [...reportsFor] };
}
