/**
 * One MQTT connection of a meter or a concentrator. Publishes at QoS 1; what is not acknowledged when
 * the connection breaks is sent again on the next one. Reconnects with growing pauses.
 */
import { connect, type MqttClient } from 'mqtt';

export interface LinkOptions {
  /** `mqtt://host:port` */
  readonly url: string;
  /** Empty with a broker that asks nobody. */
  readonly username: string;
  readonly password: string;
  /** Default: after the user name. */
  readonly clientId?: string;
  /** What the broker publishes when the connection breaks; asked for before each connect. */
  readonly will?: () => { readonly topic: string; readonly payload: Uint8Array };
  /** Asked for after each connect. */
  readonly subscribe?: readonly string[];
  readonly onMessage?: (topic: string, payload: Uint8Array) => void;
  /** After each connect, once the subscriptions are there. */
  readonly onConnect?: () => void;
  /** Messages under way; more are refused and must be offered again. */
  readonly inFlight: number;
}

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;

export class Link {
  readonly username: string;
  reconnects = 0;
  lastError = '';
  readonly #client: MqttClient;
  readonly #limit: number;
  #underWay = 0;

  constructor(options: LinkOptions) {
    this.username = options.username;
    this.#limit = options.inFlight;
    const { username, password } = options;
    const firstWill = willOf(options);
    const client = connect(options.url, {
      clientId: options.clientId ?? `sim-${username}`,
      ...(username === '' ? {} : { username, password }),
      ...(firstWill ? { will: firstWill } : {}),
      protocolVersion: 4,
      clean: true,
      keepalive: 120,
      queueQoSZero: false,
      reconnectPeriod: FIRST_PAUSE_MS,
      connectTimeout: 20_000,
    });
    client.on('connect', () => {
      client.options.reconnectPeriod = FIRST_PAUSE_MS;
      const { subscribe = [], onConnect } = options;
      if (subscribe.length === 0) onConnect?.();
      else client.subscribe([...subscribe], { qos: 1 }, () => onConnect?.());
    });
    client.on('message', (topic, payload) => options.onMessage?.(topic, new Uint8Array(payload)));
    client.on('reconnect', () => {
      this.reconnects++;
      const nextWill = willOf(options);
      if (nextWill !== undefined) client.options.will = nextWill;
      const pause = Math.min(LONGEST_PAUSE_MS, (client.options.reconnectPeriod ?? FIRST_PAUSE_MS) * 2);
      client.options.reconnectPeriod = pause;
    });
    // Reported through stats(): a client without a listener would end the program.
    client.on('error', (error) => {
      this.lastError = error.message;
    });
    this.#client = client;
  }

  get connected(): boolean {
    return this.#client.connected;
  }

  get underWay(): number {
    return this.#underWay;
  }

  /** True when a message can be taken now. */
  ready(): boolean {
    return this.#client.connected && this.#underWay < this.#limit;
  }

  /** Sends; `done` is told whether the broker acknowledged. False: not taken, offer it again later. */
  publish(topic: string, payload: Uint8Array, done: (acknowledged: boolean) => void): boolean {
    if (!this.ready()) return false;
    this.#underWay++;
    this.#client.publish(topic, bufferOf(payload), { qos: 1 }, (error) => {
      this.#underWay--;
      done(error === undefined || error === null);
    });
    return true;
  }

  /** Waits for the first connection, or the time-out. */
  async opened(timeoutMs: number): Promise<boolean> {
    if (this.#client.connected) return true;
    return new Promise((resolve) => {
      const timer = setTimeout(() => settle(false), timeoutMs);
      const settle = (connected: boolean): void => {
        clearTimeout(timer);
        this.#client.off('connect', onConnect);
        resolve(connected);
      };
      const onConnect = (): void => settle(true);
      this.#client.on('connect', onConnect);
    });
  }

  /** Closes without waiting for what is under way: the meters keep it. */
  async close(): Promise<void> {
    await this.#client.endAsync(true);
  }
}

function willOf({ will }: LinkOptions) {
  const wanted = will?.();
  return (
    wanted && ({ topic: wanted.topic, payload: bufferOf(wanted.payload), qos: 1, retain: false } as const)
  );
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
