/**
 * A client of somebody else's broker (MQTT 5): every head-end of a group gets its share of the messages
 * through a shared subscription, and acknowledges one when it is stored for good.
 */
import { StoringClient, type Subscription } from './storing-client.ts';
import type { MqttSender } from './takers.ts';
import { commandTopic, mayReportFor, uplinkFilters, uplinkOf } from './topics.ts';
import type { ExternalBrokerOptions, MqttFront, MqttIdentity } from './types.ts';

/** Connects and subscribes; keeps trying with back-off when the broker is away, also at the start. */
export function startExternalFront(options: ExternalBrokerOptions): Promise<MqttFront> {
  return Promise.resolve(new ExternalFront(options));
}

class ExternalFront extends StoringClient implements MqttFront {
  readonly kind = 'external';

  constructor(options: ExternalBrokerOptions) {
    super(
      options,
      subscriptionOf(options, (to, bytes) => this.offer(to, bytes)),
    );
  }

  sendCommand(serial: string, name: string, payload: Uint8Array): Promise<void> {
    return this.publish(commandTopic(serial, name), payload);
  }

  closeChanged(): void {
    // devices are connected to the broker, with credentials of its own
  }
}

function subscriptionOf(options: ExternalBrokerOptions, answer: MqttSender['answer']): Subscription {
  const { ingest, takers = [], version, group = 'openami' } = options;
  const gateways = new Map<string, MqttIdentity>(
    (options.gateways ?? []).map((gateway) => [gateway.name, gateway]),
  );
  const shared = version === 4 ? '' : `$share/${group}/`;
  const filters = new Set([...uplinkFilters, ...takers.flatMap((taker) => taker.filters)]);
  return {
    filters: [...filters].map((filter) => shared + filter),
    take(topic, payload, redelivered) {
      const uplink = uplinkOf(topic);
      if (uplink === undefined) {
        const sender = { name: topic, redelivered, mayReport: () => true, answer };
        const taker = takers.find((one) => one.covers(topic));
        return taker && (() => taker.take(topic, payload, sender));
      }
      const { serial } = uplink;
      const gateway = gateways.get(serial) ?? { name: serial };
      const mayReport = (device: string) => mayReportFor(gateway, device);
      const input = { device: serial, payload, mayReport, redelivered, lane: serial };
      return () => ingest.accept({ source: 'mqtt', ...input });
    },
  };
}
