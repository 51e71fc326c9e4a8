/** Topics of Sparkplug B 3.0 (clause 4.1). */
import { sparkplugErrors } from './errors.ts';

const sparkplugKinds = ['NBIRTH', 'NDATA', 'NDEATH', 'NCMD', 'DBIRTH', 'DDATA', 'DDEATH', 'DCMD'] as const;
export type SparkplugKind = (typeof sparkplugKinds)[number];

export interface SparkplugTopic {
  readonly kind: SparkplugKind;
  readonly group: string;
  readonly node: string;
  /** Of messages of devices. */
  readonly device?: string;
}

/** State of a host application; its payload is JSON. */
export interface SparkplugStateTopic {
  readonly kind: 'STATE';
  readonly host: string;
}

const NAMESPACE = 'spBv1.0';
const MAX_CHARS = 512;

/** What a topic is of. Throws SPARKPLUG_TOPIC. */
export function parseSparkplugTopic(topic: string): SparkplugTopic | SparkplugStateTopic {
  const parts = topic.length <= MAX_CHARS && !/[+#]/.test(topic) ? topic.split('/') : [];
  const isWhole = parts.length > 0 && parts.every((part) => part !== '');
  const [namespace, group = '', type, node = '', device, ...more] = parts;
  if (isWhole) {
    // version 2.2 had the state of hosts outside of the namespace
    if (namespace === 'STATE' && parts.length === 2) return { kind: 'STATE', host: group };
    if (namespace === NAMESPACE && group === 'STATE' && parts.length === 3)
      return { kind: 'STATE', host: type! };
  }
  const kind = sparkplugKinds.find((known) => known === type);
  const isOfDevice = kind?.startsWith('D') ?? false;
  const fits = (device !== undefined) === isOfDevice && more.length === 0;
  if (!isWhole || namespace !== NAMESPACE || kind === undefined || node === '' || !fits) {
    throw sparkplugErrors.SPARKPLUG_TOPIC(topic.slice(0, 120), { clause: 'Sparkplug 3.0 clause 4.1' });
  }
  return { kind, group, node, ...(device === undefined ? {} : { device }) };
}

/** The topic as text. */
export function sparkplugTopicText({ kind, group, node, device }: SparkplugTopic): string {
  return [NAMESPACE, group, kind, node, ...(device === undefined ? [] : [device])].join('/');
}
