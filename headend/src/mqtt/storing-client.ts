/**
 * A client of somebody else's broker that acknowledges a message when it is stored for good.
 *
 * mqtt.js handles one message after the other and would wait for each commit before it takes the next.
 * So its PUBACK is caught on the way out and held back until the commit, while it goes on reading; Receive
 * Maximum tells the broker how many may be under way. A PUBACK belongs to the connection its message came
 * in on: after a reconnect the broker numbers anew, and the old one is dropped.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type IClientOptions,
  type IPublishPacket,
  type MqttClient,
  connect as mqttConnect,
  type Packet,
} from 'mqtt';
import { mqttErrors } from '../errors.ts';
import { QuietLog } from '../quiet-log.ts';
import { defaultMqttLimits, newMqttCounters } from './limits.ts';
import type { ForeignBroker, MqttLimits } from './types.ts';

/** What is subscribed to, and what becomes of it. */
export interface Subscription {
  readonly filters: readonly string[];
  /**
   * Takes a message; resolves when it is stored, and is called again when it rejects. Undefined: not for us.
   */
  take(topic: string, payload: Uint8Array, redelivered: boolean): (() => Promise<unknown>) | undefined;
}

type SendPacket = (packet: Packet, done?: (error?: Error) => void, ...rest: unknown[]) => void;
/** The one inner part of mqtt.js this relies on. */
type Inner = { _sendPacket: SendPacket };

const firstRetryMs = 250;
const lastRetryMs = 30_000;
const sessionExpiryS = 86_400;

/** Connects and subscribes; keeps trying with back-off when the broker is away, also at the start. */
export class StoringClient {
  readonly counters = newMqttCounters();
  readonly #options: ForeignBroker;
  readonly #subscription: Subscription;
  readonly #limits: MqttLimits;
  readonly #log: QuietLog;
  readonly #client: MqttClient;
  readonly #send: SendPacket;
  /** Messages of this connection that wait for their commit, by message id. */
  #held = new Map<number, Promise<boolean>>();
  #connection = 0;
  #underWay = 0;
  /** Goes on reading when messages under way are fewer again. */
  #waiting: (() => void)[] = [];
  #retryMs = firstRetryMs;
  readonly #closing = new AbortController();
  #presentSinceMs = 0;
  #isTelling = false;

  constructor(options: ForeignBroker, subscription: Subscription) {
    this.#options = options;
    this.#subscription = subscription;
    this.#limits = { ...defaultMqttLimits, ...options.limits };
    this.#log = new QuietLog(options.log, options.clock);
    this.#client = mqttConnect(options.url, this.#clientOptions());
    this.#client.handleMessage = (packet, done) => this.#message(packet, done);
    const inner = this.#client as unknown as Inner;
    if (typeof inner._sendPacket !== 'function') throw new Error('the inner parts of mqtt.js have changed');
    this.#send = inner._sendPacket.bind(this.#client);
    inner._sendPacket = (packet, done, ...rest) => {
      if (packet.cmd === 'puback') this.#acknowledge(packet.messageId ?? 0, done);
      else this.#send(packet, done, ...rest);
    };
    this.#watch();
  }

  get url(): string {
    return this.#options.url;
  }

  connected(): boolean {
    return this.#client.connected;
  }

  /** Resolves when the broker has it. Raises MQTT_NOT_CONNECTED: then it cannot have it. */
  async publish(topic: string, payload: Uint8Array | string): Promise<void> {
    if (!this.#client.connected) throw mqttErrors.MQTT_NOT_CONNECTED(this.#options.url);
    await this.#client.publishAsync(topic, Buffer.from(payload as string), { qos: 1 });
  }

  /** Sends once and at most once; dropped while the broker is away. */
  offer(topic: string, payload: Uint8Array): void {
    if (this.#client.connected) this.#client.publish(topic, Buffer.from(payload), { qos: 0 });
  }

  async close(): Promise<void> {
    this.#closing.abort();
    while (this.#underWay > 0 && this.#client.connected) await pauseMs(10);
    // a client that leaves by itself has no will
    await this.#tell(false);
    await this.#client.endAsync(!this.#client.connected);
  }

  /** Says that it is there, or goes; a failure is told, and the will is left. */
  async #tell(isOnline: boolean): Promise<void> {
    const { presence } = this.#options;
    if (presence === undefined || !this.#client.connected) return;
    const message = presence.message(isOnline, this.#presentSinceMs);
    try {
      await this.#client.publishAsync(presence.topic, message, { qos: 1, retain: true });
    } catch (error) {
      this.#log.warn('MQTT presence not told', { topic: presence.topic, error: String(error) });
    }
  }

  /** The will of the next connection. */
  #will(): IClientOptions['will'] {
    const { presence, clock } = this.#options;
    if (presence === undefined) return undefined;
    this.#presentSinceMs = clock.nowMs();
    const payload = Buffer.from(presence.message(false, this.#presentSinceMs));
    return { topic: presence.topic, payload, qos: 1, retain: true };
  }

  #clientOptions(): IClientOptions {
    const { username, password, clientId, tls, version = 5 } = this.#options;
    const properties = {
      receiveMaximum: this.#limits.receiveMaximum,
      maximumPacketSize: this.#limits.packetBytes,
      sessionExpiryInterval: clientId === undefined ? 0 : sessionExpiryS,
    };
    return {
      ...{ username, password, ...tls, protocolVersion: version },
      ...(version === 5 ? { properties } : {}),
      clientId: clientId ?? `openami-${randomUUID()}`,
      clean: clientId === undefined,
      reconnectPeriod: firstRetryMs,
      connectTimeout: this.#limits.connectTimeoutMs,
      ...(this.#options.presence === undefined ? {} : { will: this.#will() }),
      // Subscribed on every connect below, where a refusal is seen and logged.
      resubscribe: false,
      queueQoSZero: false,
    } as IClientOptions;
  }

  #watch(): void {
    const client = this.#client;
    client.on('connect', () => {
      this.#retryMs = firstRetryMs;
      client.options.reconnectPeriod = firstRetryMs;
      this.counters.connections = 1;
      void this.#tell(true);
      // Of what the broker retained it sends nothing (MQTT 5 retain handling); see `#message`.
      const own = this.#options.presence?.topic;
      client.subscribe(
        [...this.#subscription.filters, ...(own === undefined ? [] : [own])],
        { qos: 1, rh: 2 },
        (error, granted) => {
          const refused = granted?.filter(({ qos }) => qos >= 128) ?? [];
          if (!error && refused.length === 0) return;
          this.counters.errors += 1;
          this.#log.warn('MQTT broker refused the subscription', { error: error?.message, refused });
        },
      );
    });
    client.on('close', () => {
      this.counters.connections = 0;
      this.#connection += 1;
      this.#held = new Map();
      if (this.#options.presence !== undefined) client.options.will = this.#will();
      // mqtt.js waits the same time before every try; this makes it wait longer each time.
      this.#retryMs = Math.min(this.#retryMs * 2, lastRetryMs);
      client.options.reconnectPeriod = Math.round(this.#retryMs * (0.75 + Math.random() / 2));
    });
    client.on('error', (error) => {
      this.counters.errors += 1;
      this.#log.warn('MQTT broker connection failed', { url: this.#options.url, error: error.message });
    });
  }

  /** A message came; its PUBACK passes `#acknowledge` as soon as `done` is called. */
  #message(packet: IPublishPacket, done: (error?: Error) => void): void {
    const topic = packet.topic.toString();
    if (topic === this.#options.presence?.topic) {
      this.#heardOfItself(packet);
      done();
      return;
    }
    const take = this.#subscription.take(topic, packet.payload as Uint8Array, packet.dup);
    if (packet.dup) this.counters.redelivered += 1;
    // What a broker before MQTT 5 retained it repeats to each new subscription, and a reading that was taken
    // when it was sent would be taken again with each start.
    if (packet.retain) this.counters.retained += 1;
    if (take === undefined || packet.retain) {
      if (take === undefined) this.counters.denied += 1;
      this.#hold(packet, Promise.resolve(true));
      done();
      return;
    }
    this.counters.published += 1;
    this.#underWay += 1;
    const stored = this.#store(take).finally(() => {
      this.#underWay -= 1;
      this.#waiting.shift()?.();
    });
    this.#hold(packet, stored);
    // A broker that ignores Receive Maximum, or sends QoS 0, is held back by not reading.
    if (this.#underWay <= this.#limits.receiveMaximum) done();
    else this.#waiting.push(done);
  }

  /** Another of the same name went, or an old connection of ours was lost just now: we are still there. */
  #heardOfItself(packet: IPublishPacket): void {
    this.#hold(packet, Promise.resolve(true));
    const isGone = /"online"\s*:\s*false/.test(String(packet.payload));
    // by two subscriptions it comes twice
    if (!isGone || this.#isTelling || this.#closing.signal.aborted) return;
    this.#isTelling = true;
    void this.#tell(true).finally(() => {
      this.#isTelling = false;
    });
  }

  #hold(packet: IPublishPacket, stored: Promise<boolean>): void {
    if (packet.qos > 0 && packet.messageId !== undefined) this.#held.set(packet.messageId, stored);
  }

  /** Tries until it is stored: the broker would send it again only after a reconnect. */
  async #store(take: () => Promise<unknown>): Promise<boolean> {
    for (let waitMs = firstRetryMs; ; waitMs = Math.min(waitMs * 2, lastRetryMs)) {
      try {
        await take();
        return true;
      } catch (error) {
        const { code, message } = error as Error & { code?: string };
        this.counters.unacknowledged += 1;
        this.#log.warn('MQTT message not stored; not acknowledged', { code, error: message });
        if (this.#closing.signal.aborted || code === 'INGEST_CLOSED') return false;
        if (!(await pauseMs(waitMs, this.#closing.signal))) return false;
      }
    }
  }

  /** Sends the PUBACK when the message is stored, on the connection it came in on. */
  #acknowledge(messageId: number, done?: (error?: Error) => void): void {
    const connection = this.#connection;
    const stored = this.#held.get(messageId);
    done?.();
    stored?.then((isStored) => {
      if (!isStored || connection !== this.#connection) return;
      this.#held.delete(messageId);
      this.counters.acknowledged += 1;
      this.#send({ cmd: 'puback', messageId, reasonCode: 0 } as Packet, () => undefined);
    });
  }
}

/** True after the whole time, false at once when it is cut short. */
function pauseMs(ms: number, signal?: AbortSignal): Promise<boolean> {
  return sleep(ms, true, { signal }).catch(() => false);
}
