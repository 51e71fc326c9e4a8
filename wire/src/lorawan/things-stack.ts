/**
 * Messages of The Things Stack v3 as JSON: over MQTT `v3/APPLICATION@TENANT/devices/DEVICE/up` and so on, and
 * as bodies of webhooks. Empty fields are left out on the wire; 64-bit numbers are texts.
 */
import { checkOrder, type DownlinkOrder, type Publication } from './downlink-order.ts';
import { lorawanErrors } from './errors.ts';
import type {
  DownlinkEvent,
  DownlinkNews,
  LorawanDevice,
  LorawanEvent,
  Modulation,
  RxPath,
  UplinkEvent,
} from './event.ts';
import {
  base64Of,
  countOf,
  euiOf,
  type Fields,
  fieldsOf,
  flagOf,
  isFields,
  listOf,
  numberOf,
  objectOf,
  orNull,
  payloadOf,
  textOf,
  textsOf,
  timeOf,
} from './fields.ts';

export interface ThingsStackTopic {
  /** `application@tenant`, without a tenant on a server of one's own. */
  readonly applicationId: string;
  readonly deviceId: string;
  /** `up`, `join`, `down/ack`, `service/data`, `location/solved` … */
  readonly kind: string;
}

const kinds =
  'up|join|down/(?:queued|sent|ack|nack|failed|queue-invalidated)|service/data|location/solved|up/normalized';
const topicShape = new RegExp(`^v3/([^/]{1,128})/devices/([^/]{1,128})/(${kinds})$`);

/** The parts of a topic; undefined for others, such as those that we publish to. */
export function parseThingsStackTopic(topic: string): ThingsStackTopic | undefined {
  const [, applicationId, deviceId, kind] = topicShape.exec(topic.slice(0, 512)) ?? [];
  if (applicationId === undefined || deviceId === undefined || kind === undefined) return undefined;
  return { applicationId, deviceId, kind };
}

/** What to subscribe to for one application (`application@tenant`). */
export const thingsStackFilter = (applicationId = '+') => `v3/${applicationId}/devices/+/#`;

/** What a webhook says in its headers. */
export interface WebhookHeaders {
  readonly domain: string | null;
  /** May be used for downlinks, as a bearer token. */
  readonly apiKey: string | null;
  readonly pushUrl: string | null;
  readonly replaceUrl: string | null;
}

/** Headers of a webhook, named in any case. */
export function readWebhookHeaders(headers: Readonly<Record<string, unknown>>): WebhookHeaders {
  const lower = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  const header = (name: string) => {
    const value = lower.get(name);
    return typeof value === 'string' && value !== '' && value.length <= 2_048 ? value : null;
  };
  return {
    domain: header('x-tts-domain'),
    apiKey: header('x-downlink-apikey'),
    pushUrl: header('x-downlink-push'),
    replaceUrl: header('x-downlink-replace'),
  };
}

const MAX_IDS = 16;

const downlinkNews: Readonly<Record<string, DownlinkNews>> = {
  downlink_queued: 'queued',
  downlink_sent: 'sent',
  downlink_ack: 'acked',
  downlink_nack: 'nacked',
  downlink_failed: 'failed',
};

/**
 * A message. Throws LORAWAN_NOT_JSON, LORAWAN_MESSAGE_TOO_LARGE, LORAWAN_BAD_FIELD, LORAWAN_UNKNOWN_MESSAGE.
 */
export function decodeThingsStack(message: Uint8Array | string | Fields): LorawanEvent {
  const fields = fieldsOf(message);
  if (!isFields(fields.end_device_ids)) {
    throw lorawanErrors.LORAWAN_UNKNOWN_MESSAGE('there are no end_device_ids');
  }
  const kind = Object.keys(fields).find((name) => readers.has(name) && isFields(fields[name]));
  if (kind === undefined) throw lorawanErrors.LORAWAN_UNKNOWN_MESSAGE('no content of a known kind');
  return readers.get(kind)!(fields, objectOf(fields, kind));
}

type Reader = (fields: Fields, content: Fields) => LorawanEvent;

const readers: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['uplink_message', uplinkOf],
  [
    'join_accept',
    (fields, content) => ({
      type: 'join',
      ...baseOf(fields, timeOf(content, 'received_at')),
      sessionId: orNull(textOf(content, 'session_key_id')),
    }),
  ],
  ...Object.entries(downlinkNews).map(([name, news]): [string, Reader] => [
    name,
    (fields, content) => downlinkOf(fields, content, news),
  ]),
  ['location_solved', locationOf],
  [
    'service_data',
    (fields, content) => ({
      type: 'service',
      ...baseOf(fields),
      service: textOf(content, 'service'),
      kind: 'service_data',
      object: content.data ?? null,
    }),
  ],
  ...['uplink_normalized', 'downlink_queue_invalidated'].map((kind): [string, Reader] => [
    kind,
    (fields, content) => ({ type: 'service', ...baseOf(fields), service: '', kind, object: content }),
  ]),
]);

const idsOf = (fields: Fields): readonly string[] => {
  const { correlation_ids: ids } = fields;
  return Array.isArray(ids) ? ids.filter((id) => typeof id === 'string').slice(0, MAX_IDS) : [];
};

function baseOf(fields: Fields, serverMs: number | null = null) {
  const ids = idsOf(fields);
  return {
    server: 'things-stack' as const,
    device: deviceOf(fields),
    deduplicationId: ids.find((id) => id.startsWith('as:up:')) ?? ids[0] ?? null,
    serverMs: serverMs ?? timeOf(fields, 'received_at'),
  };
}

function deviceOf(fields: Fields): LorawanDevice {
  const ids = objectOf(fields, 'end_device_ids');
  const application = objectOf(ids, 'application_ids');
  const up = objectOf(fields, 'uplink_message');
  const version = objectOf(up, 'version_ids');
  const model = [textOf(version, 'brand_id'), textOf(version, 'model_id')].filter((name) => name !== '');
  return {
    devEui: euiOf(ids, 'dev_eui', 8),
    name: textOf(ids, 'device_id'),
    joinEui: orNull(euiOf(ids, 'join_eui', 8)),
    devAddr: orNull(euiOf(ids, 'dev_addr', 4)),
    applicationId: textOf(application, 'application_id'),
    tenantId: orNull(textOf(objectOf(up, 'network_ids'), 'tenant_id')),
    profile: orNull(model.join('/')),
    tags: textsOf(fields, 'attributes'),
  };
}

function uplinkOf(fields: Fields, up: Fields): UplinkEvent {
  const settings = objectOf(up, 'settings');
  const index = numberOf(settings, 'data_rate_index');
  return {
    type: 'up',
    ...baseOf(fields, timeOf(up, 'received_at')),
    fPort: countOf(up, 'f_port', 255),
    fCnt: countOf(up, 'f_cnt', 0xffff_ffff),
    bytes: payloadOf(up, 'frm_payload'),
    confirmed: flagOf(up, 'confirmed'),
    adr: flagOf(up, 'adr'),
    dataRateIndex: index,
    modulation: modulationOf(settings),
    frequencyHz: numberOf(settings, 'frequency'),
    rx: listOf(up, 'rx_metadata').map(pathOf),
    decoded: up.decoded_payload ?? null,
    sessionId: orNull(textOf(up, 'session_key_id')),
  };
}

function pathOf(rx: Fields): RxPath {
  const ids = objectOf(rx, 'gateway_ids');
  const gps = timeOf(rx, 'gps_time');
  return {
    gatewayId: euiOf(ids, 'eui', 8) || textOf(ids, 'gateway_id'),
    rssiDbm: numberOf(rx, 'rssi') ?? numberOf(rx, 'channel_rssi'),
    snrDb: numberOf(rx, 'snr') ?? 0,
    gatewayMs: gps ?? timeOf(rx, 'time'),
    isGpsTime: gps !== null,
    channel: countOf(rx, 'channel_index', 255),
  };
}

function modulationOf(settings: Fields): Modulation | null {
  const rate = objectOf(settings, 'data_rate');
  const lora = objectOf(rate, 'lora');
  const codingRate = orNull(textOf(lora, 'coding_rate') || textOf(settings, 'coding_rate'));
  if (rate.lora !== undefined) {
    return {
      kind: 'lora',
      bandwidthHz: numberOf(lora, 'bandwidth') ?? 0,
      spreadingFactor: numberOf(lora, 'spreading_factor') ?? 0,
      codingRate,
    };
  }
  if (rate.fsk !== undefined)
    return { kind: 'fsk', bitRate: numberOf(objectOf(rate, 'fsk'), 'bit_rate') ?? 0 };
  if (rate.lrfhss === undefined) return null;
  const fhss = objectOf(rate, 'lrfhss');
  return {
    kind: 'lr-fhss',
    bandwidthHz: numberOf(fhss, 'operating_channel_width') ?? 0,
    codingRate: orNull(textOf(fhss, 'coding_rate')),
  };
}

function downlinkOf(fields: Fields, content: Fields, news: DownlinkNews): DownlinkEvent {
  const downlink = news === 'failed' ? objectOf(content, 'downlink') : content;
  const error = objectOf(content, 'error');
  const ids = [...idsOf(downlink), ...idsOf(fields)];
  return {
    type: 'downlink',
    ...baseOf(fields),
    news,
    ids: [...new Set(ids)].slice(0, MAX_IDS),
    fPort: countOf(downlink, 'f_port', 255),
    fCnt: countOf(downlink, 'f_cnt', 0xffff_ffff),
    bytes: payloadOf(downlink, 'frm_payload'),
    confirmed: flagOf(downlink, 'confirmed'),
    gatewayId: null,
    error: orNull(
      [textOf(error, 'name'), textOf(error, 'message_format')].filter((text) => text !== '').join(': '),
    ),
  };
}

function locationOf(fields: Fields, content: Fields): LorawanEvent {
  const location = objectOf(content, 'location');
  return {
    type: 'location',
    ...baseOf(fields),
    latitude: numberOf(location, 'latitude') ?? 0,
    longitude: numberOf(location, 'longitude') ?? 0,
    altitudeM: numberOf(location, 'altitude'),
    accuracyM: numberOf(location, 'accuracy'),
    source: orNull(textOf(location, 'source') || textOf(content, 'service')),
  };
}

export type DownlinkMode = 'push' | 'replace';

/** Body of a downlink request, as published and as posted to the URLs of a webhook. */
export function thingsStackDownlinks(orders: readonly DownlinkOrder[]): string {
  for (const order of orders) checkOrder(order);
  return JSON.stringify({
    downlinks: orders.map(({ id, fPort, bytes, confirmed }) => ({
      f_port: fPort,
      frm_payload: base64Of(bytes),
      confirmed,
      priority: 'NORMAL',
      correlation_ids: [id],
    })),
  });
}

/** A downlink put behind the queue of the device, or in place of it. Throws LORAWAN_BAD_FIELD. */
export function encodeThingsStackDownlink(order: DownlinkOrder, mode: DownlinkMode = 'push'): Publication {
  const { applicationId, deviceId } = order;
  if (deviceId === undefined) throw lorawanErrors.LORAWAN_BAD_FIELD('deviceId is missing');
  const payload = thingsStackDownlinks([order]);
  return { topic: `v3/${applicationId}/devices/${deviceId}/down/${mode}`, payload };
}
