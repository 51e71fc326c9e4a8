/** What is known of a connection to the embedded broker. */
import type { Socket } from 'node:net';
import type { Client } from 'aedes';
import { topicCheck } from './takers.ts';
import { mayReportFor } from './topics.ts';
import type { MqttIdentity } from './types.ts';

export class Session {
  readonly client: Client;
  readonly socket: Socket;
  readonly address: string;
  /** Counted among the connections: it is logged in. */
  counted = false;
  /** Filters it listens to, and the serials whose commands they are for. */
  readonly filters = new Map<string, string | undefined>();
  #identity: MqttIdentity | undefined;
  #allows = topicCheck([]);

  constructor(client: Client, socket: Socket, address: string) {
    this.client = client;
    this.socket = socket;
    this.address = address;
  }

  get identity(): MqttIdentity | undefined {
    return this.#identity;
  }

  /** It is logged in as. */
  be(identity: MqttIdentity): void {
    this.#identity = identity;
    this.#allows = topicCheck(identity.topics ?? []);
  }

  readonly mayReport = (device: string): boolean =>
    this.#identity !== undefined && mayReportFor(this.#identity, device);

  /** Whether its credential names a topic that is none of ours. */
  allows(topic: string): boolean {
    return this.#allows(topic);
  }

  /** Publishes to this connection and to no other, where it listens. */
  answer(topic: string, payload: Uint8Array): void {
    if (!this.allows(topic) || !topicCheck([...this.filters.keys()])(topic)) return;
    const packet = { cmd: 'publish', qos: 0, retain: false, dup: false } as const;
    this.client.publish({ ...packet, topic, payload: Buffer.from(payload) }, () => undefined);
  }
}
