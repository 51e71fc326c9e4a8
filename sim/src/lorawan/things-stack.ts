/**
 * Messages as The Things Stack v3 publishes them: `v3/APPLICATION@TENANT/devices/DEVICE/up` and so on, JSON,
 * and the downlinks it takes.
 */
import type { LorawanDevice } from './lorawan-plan.ts';
import {
  bandwidthHz,
  base64Of,
  bytesOfBase64,
  type DownlinkWord,
  frequencyHz,
  jsonOf,
  type NetworkServerMessages,
  spreadingFactorOf,
} from './network-server.ts';

export interface ThingsStackOptions {
  /** `application@tenant`, without a tenant on a server of one's own. */
  readonly application: string;
}

const words: Readonly<Record<DownlinkWord, readonly [topic: string, field: string]>> = {
  queued: ['down/queued', 'downlink_queued'],
  sent: ['down/sent', 'downlink_sent'],
  acked: ['down/ack', 'downlink_ack'],
};

export function thingsStackMessages({ application }: ThingsStackOptions): NetworkServerMessages {
  const [applicationId = '', tenant = ''] = application.split('@');
  const topic = ({ name }: LorawanDevice, kind: string): string =>
    `v3/${application}/devices/${name}/${kind}`;
  const base = (device: LorawanDevice, devAddr: string, atMs: number, serial: number) => ({
    end_device_ids: {
      device_id: device.name,
      application_ids: { application_id: applicationId },
      dev_eui: device.devEui.toUpperCase(),
      join_eui: device.joinEui.toUpperCase(),
      dev_addr: devAddr.toUpperCase(),
    },
    correlation_ids: [`as:up:${nameOf(serial)}`, `gs:uplink:${nameOf(serial + 1)}`],
    received_at: nanoTime(atMs + 250),
  });
  return {
    commandFilter: `v3/${application}/devices/+/down/+`,
    up(device, { fCnt, fPort, bytes, confirmed, devAddr, atMs, serial }) {
      const lora = {
        bandwidth: bandwidthHz,
        spreading_factor: spreadingFactorOf(device),
        coding_rate: '4/5',
      };
      const message = {
        ...base(device, devAddr, atMs, serial),
        uplink_message: {
          ...{ session_key_id: base64Of(Buffer.from(devAddr, 'hex')), f_port: fPort },
          ...{ ...(fCnt === 0 ? {} : { f_cnt: fCnt }), frm_payload: base64Of(bytes) },
          rx_metadata: device.heardBy.map(({ gatewayEui, rssiDbm, snrDb }) => ({
            gateway_ids: { gateway_id: `gateway-${gatewayEui.slice(-1)}`, eui: gatewayEui.toUpperCase() },
            ...{ time: nanoTime(atMs), timestamp: (atMs * 1_000) % 2 ** 32, rssi: rssiDbm },
            ...{ channel_rssi: rssiDbm, snr: snrDb, uplink_token: 'CiIK', received_at: nanoTime(atMs + 40) },
          })),
          settings: { data_rate: { lora }, frequency: String(frequencyHz), time: nanoTime(atMs) },
          received_at: nanoTime(atMs + 45),
          ...(confirmed ? { confirmed } : {}),
          consumed_airtime: '0.061696s',
          network_ids: {
            net_id: '000013',
            ...(tenant === '' ? {} : { tenant_id: tenant }),
            cluster_id: 'eu1',
          },
        },
      };
      return { topic: topic(device, 'up'), payload: JSON.stringify(message) };
    },
    join(device, { devAddr, atMs, serial }) {
      const join = { session_key_id: base64Of(Buffer.from(devAddr, 'hex')), received_at: nanoTime(atMs) };
      const message = { ...base(device, devAddr, atMs, serial), join_accept: join };
      return { topic: topic(device, 'join'), payload: JSON.stringify(message) };
    },
    news(device, word, { id, fPort, bytes, confirmed }, { devAddr, fCnt, atMs, serial }) {
      const [kind, field] = words[word];
      const downlink = {
        ...{ f_port: fPort, ...(fCnt === 0 ? {} : { f_cnt: fCnt }), frm_payload: base64Of(bytes) },
        ...{ ...(confirmed ? { confirmed } : {}), priority: 'NORMAL', correlation_ids: [id] },
      };
      const { correlation_ids: own, ...rest } = base(device, devAddr, atMs, serial);
      const message = { ...rest, correlation_ids: [id, ...own], [field]: downlink };
      return { topic: topic(device, kind), payload: JSON.stringify(message) };
    },
    commandOf(commandTopic, payload) {
      const [, name, mode] = /^v3\/[^/]+\/devices\/([^/]+)\/down\/(push|replace)$/.exec(commandTopic) ?? [];
      const body = jsonOf(payload) as { readonly downlinks?: unknown } | undefined;
      if (name === undefined || !Array.isArray(body?.downlinks)) return undefined;
      return {
        device: (one) => one.name === name,
        replace: mode === 'replace',
        downlinks: body.downlinks.flatMap((one: Record<string, unknown> | null) => {
          if (typeof one?.f_port !== 'number') return [];
          const ids: readonly unknown[] = Array.isArray(one.correlation_ids) ? one.correlation_ids : [];
          const bytes = bytesOfBase64(one.frm_payload);
          return [{ id: String(ids[0] ?? ''), fPort: one.f_port, bytes, confirmed: one.confirmed === true }];
        }),
      };
    },
  };
}

/** Times have nanoseconds. */
function nanoTime(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000000Z');
}

/** As correlation ids look: 26 letters and digits. */
function nameOf(serial: number): string {
  return `01SIM${serial.toString(32).toUpperCase().padStart(21, '0')}`;
}
