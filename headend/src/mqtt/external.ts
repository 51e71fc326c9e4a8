/**
 * A client of somebody else's broker (MQTT 5): every head-end of a group gets its share of the messages
 * through a shared subscription, and acknowledges one when it is stored for good.
 */
import { StoringClient, type Subscription } from './storing-client.ts';
import { commandTopic, mayReportFor, uplinkFilters, uplinkOf } from './topics.ts';
import type { ExternalBrokerOptions, MqttFront, MqttIdentity } from './types.ts';

/** Connects and subscribes; keeps trying with back-off when the broker is away, also at the start. */
export function startExternalFront(options: ExternalBrokerOptions): Promise<MqttFront> {
  return Promise.resolve(new ExternalFront(options));
}

class ExternalFront extends StoringClient implements MqttFront {
  readonly kind = 'external';

  constructor(options: ExternalBrokerOptions) {
    super(options, subscriptionOf(options));
  }

  sendCommand(serial: string, name: string, payload: Uint8Array): Promise<void> {
    return this.publish(commandTopic(serial, name), payload);
  }

  closeChanged(): void {
    // devices are connected to the broker, with credentials of its own
  }
}

function subscriptionOf(options: ExternalBrokerOptions): Subscription {
  const { ingest, takeTelegrams, version, group = 'openami' } = options;
  const gateways = new Map<string, MqttIdentity>(
    (options.gateways ?? []).map((gateway) => [gateway.name, gateway]),
  );
  return {
    filters: version === 4 ? uplinkFilters : uplinkFilters.map((filter) => `$share/${group}/${filter}`),
    take(topic, payload, redelivered) {
      const uplink = uplinkOf(topic);
      if (uplink === undefined) return undefined;
      const { serial, kind } = uplink;
      if (kind === 'telegrams') return async () => takeTelegrams?.(serial, payload);
      const gateway = gateways.get(serial) ?? { name: serial };
      const mayReport = (device: string) => mayReportFor(gateway, device);
      const input = { device: serial, payload, mayReport, redelivered, lane: serial };
      return () => ingest.accept({ source: 'mqtt', ...input });
    },
  };
}
