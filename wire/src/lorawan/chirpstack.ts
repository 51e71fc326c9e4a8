/**
 * Events and commands of ChirpStack v4 as JSON: over MQTT
 * `application/APPLICATION/device/DEVEUI/event/EVENT` and `…/command/down`, over HTTP `POST ?event=EVENT`.
 * The shapes are those of `integration.proto`; zero values are left out on the wire.
 */
import { checkOrder, type DownlinkOrder, type Publication } from './downlink-order.ts';
import { lorawanErrors } from './errors.ts';
import type {
  DownlinkEvent,
  LogEvent,
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
  listOf,
  numberOf,
  objectOf,
  orNull,
  payloadOf,
  textOf,
  textsOf,
  timeOf,
} from './fields.ts';

/** Events in the words of the topics. */
export const chirpstackEvents = [
  'up',
  'join',
  'status',
  'ack',
  'txack',
  'log',
  'location',
  'integration',
] as const;
export type ChirpstackEvent = (typeof chirpstackEvents)[number];

export interface ChirpstackTopic {
  readonly applicationId: string;
  readonly devEui: string;
  readonly event: ChirpstackEvent;
}

const topicShape = /^(?:.*\/)?application\/([^/]{1,128})\/device\/([0-9a-f]{16})\/event\/([a-z]{1,16})$/i;

/** The parts of an event topic, also under a prefix; undefined for other topics. */
export function parseChirpstackTopic(topic: string): ChirpstackTopic | undefined {
  const [, applicationId, devEui, name] = topicShape.exec(topic.slice(0, 512)) ?? [];
  const event = chirpstackEvents.find((each) => each === name);
  if (applicationId === undefined || devEui === undefined || event === undefined) return undefined;
  return { applicationId, devEui: devEui.toLowerCase(), event };
}

/** What to subscribe to: the events of all devices, or of those of one application. */
export const chirpstackFilter = (applicationId = '+') => `application/${applicationId}/device/+/event/+`;

/**
 * An event. Without `event` (topic or query) it is told from the fields. Throws LORAWAN_NOT_JSON,
 * LORAWAN_MESSAGE_TOO_LARGE, LORAWAN_BAD_FIELD, LORAWAN_UNKNOWN_MESSAGE.
 */
export function decodeChirpstack(
  message: Uint8Array | string | Fields,
  event?: ChirpstackEvent,
): LorawanEvent {
  const fields = fieldsOf(message);
  if (fields.deviceInfo === undefined) throw lorawanErrors.LORAWAN_UNKNOWN_MESSAGE('there is no deviceInfo');
  return readers[event ?? eventOf(fields)](fields);
}

/** Which event it is, by what only it has. */
export function eventOf(fields: Fields): ChirpstackEvent {
  const has = (...names: string[]) => names.some((name) => fields[name] !== undefined);
  if (has('integrationName')) return 'integration';
  if (has('location')) return 'location';
  if (has('level', 'code', 'description')) return 'log';
  if (has('downlinkId', 'gatewayId')) return 'txack';
  if (has('queueItemId', 'acknowledged')) return 'ack';
  if (has('rxInfo', 'data', 'fPort', 'fCnt', 'txInfo', 'dr')) return 'up';
  if (has('margin', 'batteryLevel', 'batteryLevelUnavailable', 'externalPowerSource')) return 'status';
  return has('devAddr') ? 'join' : 'status';
}

const baseOf = (fields: Fields) => ({
  server: 'chirpstack' as const,
  device: deviceOf(fields),
  deduplicationId: orNull(textOf(fields, 'deduplicationId')),
  serverMs: timeOf(fields, 'time'),
});

function deviceOf(fields: Fields): LorawanDevice {
  const info = objectOf(fields, 'deviceInfo');
  return {
    devEui: euiOf(info, 'devEui', 8),
    name: textOf(info, 'deviceName'),
    joinEui: null,
    devAddr: orNull(euiOf(fields, 'devAddr', 4)),
    applicationId: textOf(info, 'applicationId'),
    tenantId: orNull(textOf(info, 'tenantId')),
    profile: orNull(textOf(info, 'deviceProfileName')),
    tags: textsOf(info, 'tags'),
  };
}

const readers: Readonly<Record<ChirpstackEvent, (fields: Fields) => LorawanEvent>> = {
  up: uplinkOf,
  join: (fields) => ({ type: 'join', ...baseOf(fields), sessionId: orNull(euiOf(fields, 'devAddr', 4)) }),
  status: (fields) => ({
    type: 'status',
    ...baseOf(fields),
    marginDb: numberOf(fields, 'margin') ?? 0,
    batteryPercent:
      flagOf(fields, 'batteryLevelUnavailable') || flagOf(fields, 'externalPowerSource')
        ? null
        : (numberOf(fields, 'batteryLevel') ?? 0),
    externalPower: flagOf(fields, 'externalPowerSource'),
  }),
  ack: (fields) => downlinkOf(fields, flagOf(fields, 'acknowledged') ? 'acked' : 'nacked'),
  txack: (fields) => downlinkOf(fields, 'sent'),
  log: (fields) => ({
    type: 'log',
    ...baseOf(fields),
    level: levels[textOf(fields, 'level')] ?? 'info',
    code: textOf(fields, 'code') || 'UNKNOWN',
    description: textOf(fields, 'description'),
    context: textsOf(fields, 'context'),
  }),
  location: (fields) => {
    const location = objectOf(fields, 'location');
    return {
      type: 'location',
      ...baseOf(fields),
      latitude: numberOf(location, 'latitude') ?? 0,
      longitude: numberOf(location, 'longitude') ?? 0,
      altitudeM: numberOf(location, 'altitude'),
      accuracyM: numberOf(location, 'accuracy'),
      source: orNull(textOf(location, 'source')),
    };
  },
  integration: (fields) => ({
    type: 'service',
    ...baseOf(fields),
    service: textOf(fields, 'integrationName'),
    kind: textOf(fields, 'eventType'),
    object: fields.object ?? null,
  }),
};

const levels: Readonly<Record<string, LogEvent['level']>> = {
  INFO: 'info',
  WARNING: 'warning',
  ERROR: 'error',
};

function uplinkOf(fields: Fields): UplinkEvent {
  const radio = objectOf(fields, 'txInfo');
  return {
    type: 'up',
    ...baseOf(fields),
    fPort: countOf(fields, 'fPort', 255),
    fCnt: countOf(fields, 'fCnt', 0xffff_ffff),
    bytes: payloadOf(fields, 'data'),
    confirmed: flagOf(fields, 'confirmed'),
    adr: flagOf(fields, 'adr'),
    dataRateIndex: countOf(fields, 'dr', 255),
    modulation: modulationOf(objectOf(radio, 'modulation')),
    frequencyHz: numberOf(radio, 'frequency'),
    rx: listOf(fields, 'rxInfo').map(pathOf),
    decoded: fields.object ?? null,
    sessionId: orNull(euiOf(fields, 'devAddr', 4)),
  };
}

function pathOf(rx: Fields): RxPath {
  return {
    gatewayId: textOf(rx, 'gatewayId').toLowerCase(),
    rssiDbm: numberOf(rx, 'rssi') ?? 0,
    snrDb: numberOf(rx, 'snr') ?? 0,
    gatewayMs: timeOf(rx, 'gwTime') ?? timeOf(rx, 'time'),
    isGpsTime: textOf(rx, 'timeSinceGpsEpoch') !== '',
    channel: countOf(rx, 'channel', 255),
  };
}

function modulationOf(modulation: Fields): Modulation | null {
  const { lora, fsk, lrFhss } = modulation;
  if (lora !== undefined) {
    const fields = objectOf(modulation, 'lora');
    return {
      kind: 'lora',
      bandwidthHz: numberOf(fields, 'bandwidth') ?? 0,
      spreadingFactor: numberOf(fields, 'spreadingFactor') ?? 0,
      codingRate: codingRateOf(fields),
    };
  }
  if (fsk !== undefined)
    return { kind: 'fsk', bitRate: numberOf(objectOf(modulation, 'fsk'), 'datarate') ?? 0 };
  if (lrFhss === undefined) return null;
  const fields = objectOf(modulation, 'lrFhss');
  return {
    kind: 'lr-fhss',
    bandwidthHz: numberOf(fields, 'operatingChannelWidth') ?? 0,
    codingRate: codingRateOf(fields),
  };
}

/** `CR_4_5` as `4/5`. */
function codingRateOf(fields: Fields): string | null {
  const name = textOf(fields, 'codeRate');
  const [, data, all] = /^CR_(?:LI_)?(\d)_(\d)$/.exec(name) ?? [];
  return data === undefined ? orNull(name || textOf(fields, 'codeRateLegacy')) : `${data}/${all}`;
}

function downlinkOf(fields: Fields, news: DownlinkEvent['news']): DownlinkEvent {
  return {
    type: 'downlink',
    ...baseOf(fields),
    news,
    ids: [textOf(fields, 'queueItemId')].filter((id) => id !== ''),
    fPort: null,
    fCnt: countOf(fields, 'fCntDown', 0xffff_ffff),
    bytes: null,
    confirmed: news === 'sent' ? null : true,
    gatewayId: orNull(textOf(fields, 'gatewayId').toLowerCase()),
    error: null,
  };
}

/** The command that puts a downlink into the device's queue. Throws LORAWAN_BAD_FIELD. */
export function encodeChirpstackDownlink(order: DownlinkOrder): Publication {
  checkOrder(order);
  const { devEui, applicationId, id, fPort, bytes, confirmed } = order;
  return {
    topic: `application/${applicationId}/device/${devEui}/command/down`,
    payload: JSON.stringify({ devEui, id, confirmed, fPort, data: base64Of(bytes) }),
  };
}
