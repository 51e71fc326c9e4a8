/** Edge nodes of Sparkplug B: births are kept, data become readings, rebirths are asked for. */
import { type Ingest, type MqttSender, type Presence, QuietLog } from '@openami/headend';
import { type Clock, OpenAmiError } from '@openami/model';
import {
  parseSparkplugTopic,
  SparkplugHost,
  type SparkplugTaken,
  sparkplugToPush,
} from '@openami/wire/sparkplug';
import type { Logger } from '../log.ts';

export interface SparkplugServiceOptions {
  readonly ingest: Pick<Ingest, 'accept' | 'refuse'>;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Topics of Sparkplug B begin with this. */
export const sparkplugRoot = 'spBv1.0/';

/** Whether this host is there, for nodes that wait for their primary host. One server a name. */
export function sparkplugPresence(host: string): Presence {
  return {
    topic: `${sparkplugRoot}STATE/${host}`,
    message: (online, timestamp) => JSON.stringify({ online, timestamp }),
  };
}

export class SparkplugService {
  readonly counters = { taken: 0, stale: 0, faults: 0, rebirths: 0, refused: 0 };
  readonly #options: SparkplugServiceOptions;
  readonly #log: QuietLog;
  readonly #host = new SparkplugHost();
  /** A message that could not be stored is handed in again: its sequence number is right only once. */
  readonly #told = new WeakMap<Uint8Array, SparkplugTaken | 'none'>();

  constructor(options: SparkplugServiceOptions) {
    this.#options = options;
    this.#log = new QuietLog(options.log, options.clock);
  }

  get kept(): { readonly nodes: number; readonly metrics: number } {
    return this.#host.kept;
  }

  /** Rejects when it is to be sent again; what cannot be read is kept with its reason. */
  async take(topic: string, payload: Uint8Array, sender: MqttSender): Promise<void> {
    const { ingest, clock } = this.#options;
    const receivedMs = clock.nowMs();
    const { name, mayReport, redelivered } = sender;
    const from = { source: 'mqtt', device: name, sender: name, lane: name, receivedMs } as const;
    let taken: SparkplugTaken | 'none';
    try {
      taken = this.#told.get(payload) ?? this.#follow(topic, payload, receivedMs, sender);
    } catch (error) {
      if (!(error instanceof OpenAmiError)) throw error;
      this.counters.refused += 1;
      await ingest.refuse(error, { ...from, payload });
      return;
    }
    this.#told.set(payload, taken);
    const message = taken === 'none' ? undefined : sparkplugToPush(taken, { receivedMs });
    if (message === undefined || message.series.length + message.rejectCount === 0) return;
    this.counters.taken += 1;
    await ingest.accept({ ...from, messages: [message], frame: payload, mayReport, redelivered });
  }

  #follow(
    text: string,
    payload: Uint8Array,
    receivedMs: number,
    sender: MqttSender,
  ): SparkplugTaken | 'none' {
    const topic = parseSparkplugTopic(text);
    if (topic.kind === 'STATE') return 'none';
    const taken = this.#host.take(topic, payload, receivedMs);
    if (taken.isStale) this.counters.stale += 1;
    for (const { code, message } of taken.faults) {
      this.counters.faults += 1;
      this.#log.warn('Sparkplug message with a fault', { topic: text.slice(0, 128), code, error: message });
    }
    if (taken.rebirth !== undefined) {
      this.counters.rebirths += 1;
      sender.answer(taken.rebirth.topic, taken.rebirth.payload);
    }
    return taken;
  }
}
