/**
 * Messages as ChirpStack v4 publishes them: `application/APPLICATION/device/DEVEUI/event/EVENT`, JSON with
 * zero values left out, and the commands it takes.
 */
import type { LorawanDevice } from './lorawan-plan.ts';
import {
  bandwidthHz,
  base64Of,
  bytesOfBase64,
  frequencyHz,
  jsonOf,
  type NetworkServerMessages,
  spreadingFactorOf,
} from './network-server.ts';

export interface ChirpstackOptions {
  /** A UUID, in topics and messages. */
  readonly application: string;
}

const TENANT = '52f14cd4-c6f1-4fbd-8f87-4025e1d49242';
const REGION = 'eu868';
const DR_OF_SF7 = 5;

export function chirpstackMessages({ application }: ChirpstackOptions): NetworkServerMessages {
  const topic = ({ devEui }: LorawanDevice, event: string): string =>
    `application/${application}/device/${devEui}/event/${event}`;
  const base = (device: LorawanDevice, atMs: number, serial: number) => ({
    deduplicationId: uuidOf(device.devEui, serial),
    time: new Date(atMs).toISOString(),
    deviceInfo: {
      ...{ tenantId: TENANT, tenantName: 'Town', applicationId: application, applicationName: 'water' },
      deviceProfileId: uuidOf('profile', 1),
      ...{ deviceProfileName: 'HN-LoRa', deviceName: device.name, devEui: device.devEui },
      ...{ deviceClassEnabled: 'CLASS_A', tags: {} },
    },
  });
  return {
    commandFilter: `application/${application}/device/+/command/down`,
    up(device, { fCnt, fPort, bytes, confirmed, devAddr, atMs, serial }) {
      const spreadingFactor = spreadingFactorOf(device);
      const message = {
        ...base(device, atMs, serial),
        ...{ devAddr, adr: true, dr: DR_OF_SF7 + 7 - spreadingFactor, fCnt, fPort },
        ...{ ...(confirmed ? { confirmed } : {}), data: base64Of(bytes) },
        rxInfo: device.heardBy.map(({ gatewayEui, rssiDbm, snrDb }, i) => ({
          ...{ gatewayId: gatewayEui, uplinkId: serial * 8 + i, gwTime: new Date(atMs).toISOString() },
          nsTime: new Date(atMs + 120).toISOString(),
          ...{ rssi: rssiDbm, snr: snrDb, channel: 2, context: 'AAAAAA==', crcStatus: 'CRC_OK' },
          metadata: { region_config_id: REGION, region_common_name: 'EU868' },
        })),
        txInfo: {
          frequency: frequencyHz,
          modulation: { lora: { bandwidth: bandwidthHz, spreadingFactor, codeRate: 'CR_4_5' } },
        },
        regionConfigId: REGION,
      };
      return { topic: topic(device, 'up'), payload: JSON.stringify(message) };
    },
    join(device, { devAddr, atMs, serial }) {
      const message = { ...base(device, atMs, serial), devAddr, regionConfigId: REGION };
      return { topic: topic(device, 'join'), payload: JSON.stringify(message) };
    },
    news(device, word, { id }, { fCnt, atMs, serial }) {
      if (word === 'queued') return undefined;
      const of = { ...base(device, atMs, serial), queueItemId: id, fCntDown: fCnt };
      const { gatewayEui: gatewayId } = device.heardBy[0]!;
      const message =
        word === 'sent' ? { ...of, downlinkId: serial, gatewayId } : { ...of, acknowledged: true };
      return { topic: topic(device, word === 'sent' ? 'txack' : 'ack'), payload: JSON.stringify(message) };
    },
    commandOf(commandTopic, payload) {
      const [, devEui] =
        /^application\/[^/]+\/device\/([0-9a-f]{16})\/command\/down$/.exec(commandTopic) ?? [];
      const order = jsonOf(payload) as Record<string, unknown> | undefined;
      if (devEui === undefined || typeof order?.fPort !== 'number') return undefined;
      const { id, fPort, confirmed, data } = order;
      return {
        device: (one) => one.devEui === devEui,
        replace: false,
        downlinks: [
          { id: String(id ?? ''), fPort, bytes: bytesOfBase64(data), confirmed: confirmed === true },
        ],
      };
    },
  };
}

/** A UUID that follows from a name and a number. */
function uuidOf(name: string, serial: number): string {
  const hex = Buffer.from(name.padEnd(8, '-').slice(-8)).toString('hex');
  const count = serial.toString(16).padStart(12, '0').slice(-12);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8000-${count}`;
}
