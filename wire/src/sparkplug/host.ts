/**
 * The receiving side of Sparkplug B 3.0: what births say is kept, so that data by alias has names, types and
 * units; sequence numbers are checked, and a rebirth is asked for where one is needed.
 *
 *   NBIRTH seq n ─▶ DBIRTH n+1 ─▶ DDATA n+2 ─▶ …     255 is followed by 0
 *      └ a message is missing: metrics by alias are not trusted until the next NBIRTH
 *
 * Bounded: the node that was silent longest gives way to a new one.
 */
import type { OpenAmiError } from '@openami/model';
import { sparkplugErrors } from './errors.ts';
import {
  decodeSparkplug,
  defaultPayloadLimits,
  encodeSparkplug,
  type PayloadLimits,
  type SparkplugMetric,
  type SparkplugPayload,
  type SparkplugValue,
  sparkplugTypes,
  sparkplugValue,
} from './payload.ts';
import { propertiesOf, type SparkplugProperties } from './properties.ts';
import { type SparkplugStateTopic, type SparkplugTopic, sparkplugTopicText } from './topic.ts';

/** A metric with what its birth says of it. */
export interface SparkplugReading {
  /** Empty where the alias is not known. */
  readonly name: string;
  readonly alias?: number | bigint;
  readonly datatype: number;
  /** Milliseconds since 1970, of the metric or else of the payload. */
  readonly timestampMs?: number | bigint;
  readonly isHistorical: boolean;
  readonly isTransient: boolean;
  /** Absent where it is null. */
  readonly value?: SparkplugValue;
  /** Property of the metric or of its birth. */
  readonly unit?: string;
  /** Property of the metric: 192 is good, 0 bad, 500 stale. */
  readonly quality?: number;
  /** Why the value cannot be told. */
  readonly error?: OpenAmiError;
}

/** What became of a message. */
export interface SparkplugTaken {
  readonly topic: SparkplugTopic;
  readonly payload: SparkplugPayload;
  readonly readings: readonly SparkplugReading[];
  /** What is wrong with the message as a whole; its readings may stand all the same. */
  readonly faults: readonly OpenAmiError[];
  /** To be published, when there is one. */
  readonly rebirth?: { readonly topic: string; readonly payload: Uint8Array<ArrayBuffer> };
  /** A death certificate of a session before the present one: it says nothing. */
  readonly isStale: boolean;
}

export interface SparkplugLimits extends PayloadLimits {
  readonly nodes: number;
  readonly devicesPerNode: number;
  /** Metrics that births of a node and its devices state. */
  readonly metricsPerNode: number;
  /** Metrics of all nodes. */
  readonly metricsKept: number;
  /** Least time between two requests for a rebirth to a node. */
  readonly rebirthMs: number;
}

export const defaultSparkplugLimits: SparkplugLimits = {
  ...defaultPayloadLimits,
  ...{
    nodes: 10_000,
    devicesPerNode: 1_000,
    metricsPerNode: 50_000,
    metricsKept: 1_000_000,
    rebirthMs: 60_000,
  },
};

/** What a birth states of a metric. */
interface Stated {
  readonly name: string;
  readonly datatype: number;
  readonly properties: SparkplugProperties;
}

/** Metrics of a birth certificate. */
interface Born {
  readonly byName: Map<string, Stated>;
  readonly byAlias: Map<string, Stated>;
}

interface Node {
  /** Of the node itself; undefined until its birth. */
  own: Born | undefined;
  readonly devices: Map<string, Born>;
  bdSeq: number | bigint | undefined;
  /** The next sequence number; undefined where none was told. */
  next: number | undefined;
  /** No message was missed since the last birth. */
  isTrusted: boolean;
  metrics: number;
  rebirthAskedMs: number;
}

const REBIRTH = 'Node Control/Rebirth';
const BD_SEQ = 'bdSeq';
/** Metrics with longer names are not kept, and so not known by their aliases. */
const MAX_NAME_CHARS = 512;

export class SparkplugHost {
  readonly #limits: SparkplugLimits;
  /** In the order in which they were heard of last. */
  readonly #nodes = new Map<string, Node>();
  #metrics = 0;

  constructor(limits: Partial<SparkplugLimits> = {}) {
    this.#limits = { ...defaultSparkplugLimits, ...limits };
  }

  /** Nodes and metrics that are kept. */
  get kept(): { readonly nodes: number; readonly metrics: number } {
    return { nodes: this.#nodes.size, metrics: this.#metrics };
  }

  /** Takes a message that came at `receivedMs`. Throws `sparkplugErrors` when its payload cannot be read. */
  take(topic: SparkplugTopic, bytes: Uint8Array, receivedMs: number): SparkplugTaken {
    const payload = decodeSparkplug(bytes, this.#limits);
    const faults: OpenAmiError[] = [];
    const born = this.#follow(topic, payload, faults);
    if (born === 'stale') return { topic, payload, readings: [], faults, isStale: true };
    const readings = (payload.metrics ?? []).map((metric) => readingOf(metric, payload, born));
    const unknown = readings.find(({ name }) => name === '');
    const isData = topic.kind === 'NDATA' || topic.kind === 'DDATA';
    const wanted = isData && (faults.some(needsBirth) || unknown !== undefined);
    const rebirth = wanted ? this.#rebirth(topic, receivedMs) : undefined;
    return { topic, payload, readings, faults, isStale: false, ...(rebirth && { rebirth }) };
  }

  /** What births hold for the metrics of this message; undefined where none does. */
  #follow(
    topic: SparkplugTopic,
    payload: SparkplugPayload,
    faults: OpenAmiError[],
  ): Born | 'stale' | undefined {
    const { kind, device } = topic;
    if (kind === 'NCMD' || kind === 'DCMD') return undefined;
    if (kind === 'NBIRTH') return this.#nodeBorn(topic, payload, faults);
    const node = this.#nodes.get(keyOf(topic));
    if (kind === 'NDEATH') return this.#nodeDied(topic, node, payload);
    if (node === undefined) {
      faults.push(noBirth(keyOf(topic)));
      // remembered, so that it is asked for its birth now and then only
      this.#touch(keyOf(topic), { ...newNode(), isTrusted: false });
      return undefined;
    }
    this.#touch(keyOf(topic), node);
    this.#checkSequence(node, payload, faults);
    if (kind === 'DBIRTH') return this.#deviceBorn(node, device!, payload, faults);
    if (kind === 'DDEATH') {
      this.#forgetDevice(node, device!);
      return undefined;
    }
    const born = device === undefined ? node.own : node.devices.get(device);
    if (born === undefined) faults.push(noBirth(device ?? topic.node));
    return node.isTrusted ? born : born && { byName: born.byName, byAlias: new Map() };
  }

  #nodeBorn(topic: SparkplugTopic, payload: SparkplugPayload, faults: OpenAmiError[]): Born {
    const key = keyOf(topic);
    const before = this.#nodes.get(key);
    if (before !== undefined) this.#forget(key, before);
    const node = newNode();
    this.#touch(key, node);
    node.own = this.#born(node, payload, faults);
    node.next = sequenceOf(payload, faults);
    node.bdSeq = bdSeqOf(payload);
    return node.own;
  }

  #deviceBorn(
    node: Node,
    device: string,
    payload: SparkplugPayload,
    faults: OpenAmiError[],
  ): Born | undefined {
    this.#forgetDevice(node, device);
    if (node.devices.size >= this.#limits.devicesPerNode) {
      faults.push(sparkplugErrors.SPARKPLUG_LIMIT(`${node.devices.size} devices`));
      return bornOf(payload.metrics ?? []);
    }
    const born = this.#born(node, payload, faults);
    node.devices.set(device, born);
    return born;
  }

  /** A certificate names the session that ended: one of another session came late. */
  #nodeDied(topic: SparkplugTopic, node: Node | undefined, payload: SparkplugPayload): 'stale' | undefined {
    const bdSeq = bdSeqOf(payload);
    const isOther = node?.bdSeq !== undefined && bdSeq !== undefined && node.bdSeq !== bdSeq;
    if (isOther) return 'stale';
    if (node !== undefined) this.#forget(keyOf(topic), node);
    return undefined;
  }

  #born(node: Node, { metrics = [] }: SparkplugPayload, faults: OpenAmiError[]): Born {
    const room = this.#limits.metricsPerNode - node.metrics;
    if (metrics.length > room) faults.push(sparkplugErrors.SPARKPLUG_LIMIT(`more than ${room} metrics`));
    const born = bornOf(metrics.slice(0, Math.max(0, room)));
    const count = born.byName.size;
    node.metrics += count;
    this.#metrics += count;
    this.#makeRoom();
    return born;
  }

  #checkSequence(node: Node, payload: SparkplugPayload, faults: OpenAmiError[]): void {
    const expected = node.next;
    node.next = sequenceOf(payload, faults);
    if (expected === undefined || node.next === undefined || payload.seq === expected) return;
    const found = Number(payload.seq);
    node.isTrusted = false;
    faults.push(
      sparkplugErrors.SPARKPLUG_SEQUENCE(`${found} instead of ${expected}`, {
        ...{ clause: 'Sparkplug 3.0 clause 6.4.4', expected, found },
      }),
    );
  }

  #forgetDevice(node: Node, device: string): void {
    const count = node.devices.get(device)?.byName.size ?? 0;
    node.devices.delete(device);
    node.metrics -= count;
    this.#metrics -= count;
  }

  #forget(key: string, node: Node): void {
    this.#nodes.delete(key);
    this.#metrics -= node.metrics;
  }

  #touch(key: string, node: Node): void {
    this.#nodes.delete(key);
    this.#nodes.set(key, node);
    this.#makeRoom();
  }

  #makeRoom(): void {
    while (this.#nodes.size > this.#limits.nodes || this.#metrics > this.#limits.metricsKept) {
      const [key, node] = this.#nodes.entries().next().value!;
      if (this.#nodes.size === 1) return;
      this.#forget(key, node);
    }
  }

  #rebirth(topic: SparkplugTopic, receivedMs: number): SparkplugTaken['rebirth'] {
    const node = this.#nodes.get(keyOf(topic));
    // a clock that was set back must not keep anybody from being asked
    if (node === undefined || Math.abs(receivedMs - node.rebirthAskedMs) < this.#limits.rebirthMs)
      return undefined;
    node.rebirthAskedMs = receivedMs;
    return rebirthRequest(topic.group, topic.node, receivedMs);
  }
}

/** Asks an edge node for its births (clause 5.9). */
function rebirthRequest(
  group: string,
  node: string,
  atMs: number,
): { readonly topic: string; readonly payload: Uint8Array<ArrayBuffer> } {
  const metric = { name: REBIRTH, timestamp: atMs, datatype: sparkplugTypes.boolean, booleanValue: true };
  return {
    topic: sparkplugTopicText({ kind: 'NCMD', group, node }),
    payload: encodeSparkplug({ timestamp: atMs, metrics: [metric] }),
  };
}

/** Whether a host is there; version 2.2 wrote a word. Throws SPARKPLUG_STATE. */
export function parseSparkplugState(
  { host }: SparkplugStateTopic,
  text: string,
): { readonly host: string; readonly online: boolean; readonly timestampMs?: number } {
  if (text === 'ONLINE' || text === 'OFFLINE') return { host, online: text === 'ONLINE' };
  let state: unknown;
  try {
    state = text.length > 1_000 ? undefined : JSON.parse(text);
  } catch {
    state = undefined;
  }
  const { online, timestamp } = (state ?? {}) as { online?: unknown; timestamp?: unknown };
  if (typeof online !== 'boolean') throw sparkplugErrors.SPARKPLUG_STATE(host);
  return { host, online, ...(typeof timestamp === 'number' ? { timestampMs: timestamp } : {}) };
}

function newNode(): Node {
  return {
    ...{ own: undefined, devices: new Map(), bdSeq: undefined, next: undefined, isTrusted: true, metrics: 0 },
    rebirthAskedMs: Number.NEGATIVE_INFINITY,
  };
}

/** Groups and nodes have no slash. */
function keyOf({ group, node }: SparkplugTopic): string {
  return `${group}/${node}`;
}

/** The sequence number that comes next. */
function sequenceOf({ seq }: SparkplugPayload, faults: OpenAmiError[]): number | undefined {
  if (typeof seq === 'number' && seq < 256) return (seq + 1) % 256;
  const clause = 'Sparkplug 3.0 clause 6.4.4';
  faults.push(sparkplugErrors.SPARKPLUG_NO_SEQUENCE(seq === undefined ? undefined : `${seq}`, { clause }));
  return undefined;
}

function bdSeqOf({ metrics = [] }: SparkplugPayload): number | bigint | undefined {
  const metric = metrics.find(({ name }) => name === BD_SEQ);
  return metric?.longValue ?? metric?.intValue;
}

function bornOf(metrics: readonly SparkplugMetric[]): Born {
  const born: Born = { byName: new Map(), byAlias: new Map() };
  for (const metric of metrics) {
    const { name, alias, datatype = 0 } = metric;
    if (name === undefined || name === '' || name.length > MAX_NAME_CHARS) continue;
    const stated = { name, datatype, properties: propertiesOf(metric) };
    born.byName.set(name, stated);
    if (alias !== undefined) born.byAlias.set(String(alias), stated);
  }
  return born;
}

function readingOf(
  metric: SparkplugMetric,
  payload: SparkplugPayload,
  born: Born | undefined,
): SparkplugReading {
  const { alias, name = '' } = metric;
  const stated = name === '' ? born?.byAlias.get(String(alias)) : born?.byName.get(name);
  const datatype = metric.datatype || stated?.datatype || 0;
  const own = propertiesOf(metric);
  const unit = own.unit ?? stated?.properties.unit;
  const timestampMs = metric.timestamp ?? payload.timestamp;
  const known = {
    ...{ name: name === '' ? (stated?.name ?? '') : name, datatype },
    ...{ isHistorical: metric.isHistorical ?? false, isTransient: metric.isTransient ?? false },
    ...(alias === undefined ? {} : { alias }),
    ...(timestampMs === undefined ? {} : { timestampMs }),
    ...(unit === undefined ? {} : { unit }),
    ...(own.quality === undefined ? {} : { quality: own.quality }),
  };
  if (known.name === '') {
    const clause = 'Sparkplug 3.0 clause 6.4.5';
    return { ...known, error: sparkplugErrors.SPARKPLUG_ALIAS(`alias ${alias ?? 'missing'}`, { clause }) };
  }
  const value = tried(() => sparkplugValue(metric, datatype));
  return value instanceof Error ? { ...known, error: value } : { ...known, ...(value && { value }) };
}

function tried<T>(run: () => T): T | OpenAmiError {
  try {
    return run();
  } catch (error) {
    return error as OpenAmiError;
  }
}

function noBirth(name: string): OpenAmiError {
  return sparkplugErrors.SPARKPLUG_NO_BIRTH(name.slice(0, 120), { clause: 'Sparkplug 3.0 clause 5.4' });
}

function needsBirth({ code }: OpenAmiError): boolean {
  return code === 'SPARKPLUG_NO_BIRTH' || code === 'SPARKPLUG_SEQUENCE';
}
