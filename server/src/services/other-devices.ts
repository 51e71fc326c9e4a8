/** What takes messages of devices that do not speak OpenAMI's own form: by radio, LoRaWAN, MQTT and CoAP. */
import { type CommandDriver, type MqttTaker, telegramTaker } from '@openami/headend';
import { standardOffsetS, zoneTable } from '@openami/model';
import type { RegistryStore } from '@openami/store';
import type { Config } from '../config.ts';
import { CoapService } from './coap.ts';
import { LorawanService } from './lorawan/service.ts';
import { MappingService } from './mappings.ts';
import { type RadioOptions, RadioService } from './radio.ts';
import { RadioTcpService } from './radio-tcp.ts';
import { SparkplugService, sparkplugRoot } from './sparkplug.ts';

export interface OtherDevices {
  readonly radio: RadioService;
  readonly radioTcp: RadioTcpService;
  readonly lorawan: LorawanService;
  readonly sparkplug: SparkplugService;
  readonly mappings: MappingService;
  readonly coap: CoapService;
}

export interface OtherDevicesOptions
  extends Omit<RadioOptions, 'offsetS' | 'zone' | 'registry' | 'modelFolder'> {
  readonly config: Config;
  readonly registry: RegistryStore;
  /** Takes what ends the processes and threads that are started. */
  readonly closers: { add(name: string, close: () => void | Promise<void>): void };
}

/** Makes them; nothing listens yet. */
export async function openOtherDevices(options: OtherDevicesOptions): Promise<OtherDevices> {
  const { clock, config, closers } = options;
  const { zone } = config;
  const offsetS = standardOffsetS(zoneTable(zone), new Date(clock.nowMs()).getUTCFullYear());
  const mappings = new MappingService({ ...options, zone });
  await mappings.refresh();
  closers.add('mappings', () => mappings.close());
  const radio = new RadioService({ ...options, offsetS, zone, modelFolder: config.meterModels });
  const { models } = radio;
  const lorawan = new LorawanService({ ...options, models, offsetS, mbusKey: (name) => radio.mbusKey(name) });
  closers.add('codecs', () => lorawan.close());
  await lorawan.load();
  return {
    radio,
    radioTcp: new RadioTcpService({ ...options, radio }),
    lorawan,
    sparkplug: new SparkplugService(options),
    mappings,
    coap: new CoapService(options),
  };
}

/** What takes commands to them, by the protocol of endpoints. */
export function driversOf({
  lorawan,
  coap,
}: Pick<OtherDevices, 'lorawan' | 'coap'>): [string, CommandDriver][] {
  return [
    ['lorawan', lorawan.driver()],
    ['lwm2m', coap.driver()],
  ];
}

/** In the order in which they are asked: mappings have whatever is left. */
export function takersOf(
  { mqttTopics }: Pick<Config, 'mqttTopics'>,
  { radio, sparkplug, mappings }: Pick<OtherDevices, 'radio' | 'sparkplug' | 'mappings'>,
): MqttTaker[] {
  const topics = mqttTopics.split(',').map((topic) => topic.trim());
  return [
    telegramTaker((gateway, payload, { mayReport }) => radio.takeOrRefuse(gateway, payload, mayReport)),
    {
      filters: [],
      covers: (topic) => topic.startsWith(sparkplugRoot),
      take: (topic, payload, sender) => sparkplug.take(topic, payload, sender),
    },
    {
      filters: topics.filter((topic) => topic !== ''),
      // A topic that no mapping reads is no fault: plugs and gateways publish much besides readings.
      covers: (topic) => !topic.startsWith('openami/'),
      take: (topic, payload, sender) => mappings.take(topic, payload, sender),
    },
  ];
}
