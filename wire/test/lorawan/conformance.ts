/** Scores against recorded frames and documented messages that lie beside the repository, when they do. */
import { existsSync, readFileSync } from 'node:fs';
import { bytesOfHex, hexOf, sameBytes } from '../../src/bytes.ts';
import {
  type ChirpstackEvent,
  checkDataMic,
  cipherPayload,
  type DataFrame,
  decodeChirpstack,
  decodePhy,
  decodeThingsStack,
  encodeThingsStackDownlink,
  joinMic,
  joinServerKeys,
  type LorawanEvent,
  sessionKeys10,
  sessionKeys11,
} from '../../src/lorawan/index.ts';
import { utf8Text } from '../../src/text.ts';

export interface Score {
  readonly set: string;
  readonly total: number;
  readonly passed: number;
  /** Every vector that does not agree, and why. */
  readonly notes: readonly string[];
}

type Json = Readonly<Record<string, unknown>>;

/** `root` is the folder of the LoRaWAN vectors; a file that is not there gives no score. */
export function scoreVectors(root: string): Score[] {
  const sets: [string, string, (content: unknown) => (string | undefined)[]][] = [
    [
      'phy-payload',
      'phy-payload.json',
      (content) => (content as Json[]).map((vector) => attempt(() => phyFault(vector))),
    ],
    ['chirpstack-v4', 'chirpstack-v4-events.json', chirpstackFaults],
    ['the-things-stack-v3', 'the-things-stack-v3-messages.json', thingsStackFaults],
  ];
  return sets
    .filter(([, file]) => existsSync(`${root}/${file}`))
    .map(([set, file, judge]) => {
      const faults = judge(JSON.parse(readFileSync(`${root}/${file}`, 'utf8')));
      const notes = faults.flatMap((fault, i) => (fault === undefined ? [] : [`${set} ${i}: ${fault}`]));
      return { set, total: faults.length, passed: faults.length - notes.length, notes };
    });
}

function attempt(run: () => string | undefined): string | undefined {
  try {
    return run();
  } catch (error) {
    return String(error);
  }
}

const bytes = (value: unknown) => (typeof value === 'string' ? bytesOfHex(value) : undefined);

/** What is wrong with a vector of frames; undefined when nothing is. */
function phyFault(vector: Json): string | undefined {
  if (vector.op === 'session-keys') return sessionFault(vector);
  const phy = bytes(vector.phy)!;
  const frame = decodePhy(phy);
  if (vector.op === 'decrypt') {
    const keys = { appSKey: bytes(vector.app_s_key), nwkSKey: bytes(vector.nwk_s_key) };
    const plain = cipherPayload(frame as DataFrame, keys, Number(vector.f_cnt_msb ?? 0));
    const expected = vector.payload_ascii ?? vector.payload_hex;
    const got = vector.payload_ascii === undefined ? hexOf(plain) : utf8Text(plain);
    return got === String(expected) ? undefined : `deciphered ${got}`;
  }
  if (vector.op !== 'mic') return `the operation ${vector.op} is not known here`;
  const isGood = micIsGood(vector, phy, frame.type);
  return isGood === vector.ok ? undefined : `integrity ${isGood}`;
}

function micIsGood(vector: Json, phy: Uint8Array, type: string): boolean {
  const mic = phy.subarray(-4);
  if (type === 'join-request' || type === 'join-accept') {
    // join-accepts of the set are opened already
    return sameBytes(joinMic(phy, bytes(vector.nwk_key ?? vector.app_key)!), mic);
  }
  if (type === 'rejoin-request') {
    return sameBytes(joinMic(phy, bytes(vector.js_int_key ?? vector.snwk_s_int_key)!), mic);
  }
  const [, conf = '0', dataRate = '0', channel = '0'] =
    /= *([0-9a-f]{4})([0-9a-f]{2})([0-9a-f]{2})/i.exec(String(vector.note ?? '')) ?? [];
  return checkDataMic(
    phy,
    decodePhy(phy) as DataFrame,
    {
      nwkSKey: bytes(vector.nwk_s_key),
      fNwkSIntKey: bytes(vector.fnwk_s_int_key),
      sNwkSIntKey: bytes(vector.snwk_s_int_key),
    },
    {
      confFCnt: Number.parseInt(conf, 16),
      dataRate: Number.parseInt(dataRate, 16),
      channel: Number.parseInt(channel, 16),
      fCntMsb: Number(vector.f_cnt_msb ?? 0),
    },
  );
}

function sessionFault(vector: Json): string | undefined {
  const numbers = {
    joinNonce: bytes(vector.app_nonce ?? vector.join_nonce)!,
    devNonce: bytes(vector.dev_nonce)!,
  };
  const keys: Json =
    vector.version === '1.1'
      ? {
          ...sessionKeys11(
            { appKey: bytes(vector.app_key)!, nwkKey: bytes(vector.nwk_key)! },
            bytes(vector.join_eui)!,
            numbers,
          ),
          ...(vector.dev_eui === undefined
            ? {}
            : joinServerKeys(bytes(vector.nwk_key)!, bytes(vector.dev_eui)!)),
        }
      : sessionKeys10(bytes(vector.app_key)!, bytes(vector.net_id)!, numbers);
  const squeeze = (name: string) => name.replaceAll('_', '').toLowerCase();
  for (const [name, key] of Object.entries(keys)) {
    const stated = Object.entries(vector).find(([each]) => squeeze(each) === squeeze(name))?.[1];
    if (stated !== undefined && stated !== hexOf(key as Uint8Array))
      return `${name} ${hexOf(key as Uint8Array)}`;
  }
  return undefined;
}

const base64 = (data: Uint8Array | null) => Buffer.from(data ?? []).toString('base64');
const ms = (time: unknown) => (typeof time === 'string' ? new Date(time).getTime() : null);

/** The first of the pairs that differs. */
function difference(pairs: Readonly<Record<string, readonly [unknown, unknown]>>): string | undefined {
  for (const [name, [got, expected]] of Object.entries(pairs)) {
    const texts = [got, expected].map((value) => JSON.stringify(value ?? null));
    if (texts[0] !== texts[1]) return `${name}: ${texts.join(' instead of ')}`;
  }
  return undefined;
}

const eventTypes: Readonly<Record<string, LorawanEvent['type']>> = {
  ...{ up: 'up', join: 'join', status: 'status', ack: 'downlink', txack: 'downlink', log: 'log' },
  ...{ location: 'location', integration: 'service' },
};

function chirpstackFaults(content: unknown): (string | undefined)[] {
  const { events } = content as { events: Record<string, Json> };
  return Object.entries(events).map(([name, body]) =>
    attempt(() => {
      const event = decodeChirpstack(JSON.stringify(body), name as ChirpstackEvent);
      const untold = decodeChirpstack(JSON.stringify(body));
      const info = body.deviceInfo as Json;
      return difference({
        type: [event.type, eventTypes[name]],
        untold: [untold, event],
        devEui: [event.device.devEui, info.devEui],
        application: [event.device.applicationId, info.applicationId],
        tags: [event.device.tags, info.tags ?? {}],
        deduplication: [event.deduplicationId, body.deduplicationId],
        time: [event.serverMs, ms(body.time)],
        devAddr: [event.device.devAddr, body.devAddr],
        ...chirpstackContent(event, body),
      });
    }),
  );
}

function chirpstackContent(event: LorawanEvent, body: Json): Record<string, readonly [unknown, unknown]> {
  if (event.type === 'up') {
    const rx = (body.rxInfo as Json[])[0]!;
    const { frequency, modulation } = body.txInfo as { frequency: number; modulation: { lora: Json } };
    return {
      data: [base64(event.bytes), body.data],
      port: [event.fPort, body.fPort],
      counter: [event.fCnt, body.fCnt ?? 0],
      gateway: [event.rx[0]?.gatewayId, rx.gatewayId],
      signal: [
        [event.rx[0]?.rssiDbm, event.rx[0]?.snrDb],
        [rx.rssi, rx.snr],
      ],
      frequency: [event.frequencyHz, frequency],
      rate: [event.dataRateIndex, body.dr],
      factor: [
        event.modulation?.kind === 'lora' && event.modulation.spreadingFactor,
        modulation.lora.spreadingFactor,
      ],
    };
  }
  if (event.type === 'status') {
    return { battery: [event.batteryPercent, body.batteryLevel], margin: [event.marginDb, body.margin] };
  }
  if (event.type === 'downlink') {
    const news = body.acknowledged === undefined ? 'sent' : 'acked';
    return {
      ids: [event.ids, [body.queueItemId]],
      counter: [event.fCnt, body.fCntDown],
      news: [event.news, news],
      gateway: [event.gatewayId, body.gatewayId],
    };
  }
  if (event.type === 'log') {
    return {
      code: [event.code, body.code],
      level: [event.level, String(body.level).toLowerCase()],
      text: [event.description, body.description],
      context: [event.context, body.context],
    };
  }
  if (event.type === 'location') {
    const { latitude, longitude, altitudeM } = event;
    return { place: [{ latitude, longitude, altitude: altitudeM }, body.location] };
  }
  if (event.type === 'service') {
    return {
      service: [event.service, body.integrationName],
      kind: [event.kind, body.eventType],
      object: [event.object, body.object],
    };
  }
  return {};
}

function thingsStackFaults(content: unknown): (string | undefined)[] {
  const messages = content as Record<string, Json>;
  const names = ['join_accept', 'uplink', 'downlink_ack', 'downlink_failed'].filter((name) => messages[name]);
  const received = names.map((name) => attempt(() => thingsStackFault(messages[name]!)));
  const push = messages.downlink_push_request;
  return push === undefined ? received : [...received, attempt(() => pushFault(push))];
}

function thingsStackFault(body: Json): string | undefined {
  const event = decodeThingsStack(JSON.stringify(body));
  const ids = body.end_device_ids as Json;
  const base = {
    devEui: [event.device.devEui.toUpperCase(), ids.dev_eui ?? ''],
    devAddr: [event.device.devAddr?.toUpperCase(), ids.dev_addr],
    deduplication: [event.deduplicationId, (body.correlation_ids as string[])[0]],
  } as const;
  if (event.type === 'up') {
    const up = body.uplink_message as Json;
    const rx = (up.rx_metadata as Json[])[0]!;
    const settings = up.settings as Json;
    return difference({
      ...base,
      data: [base64(event.bytes), up.frm_payload],
      counter: [event.fCnt, up.f_cnt],
      port: [event.fPort, up.f_port ?? 0],
      gateway: [event.rx[0]?.gatewayId.toUpperCase(), (rx.gateway_ids as Json).eui],
      signal: [
        [event.rx[0]?.rssiDbm, event.rx[0]?.snrDb],
        [rx.rssi, rx.snr],
      ],
      gatewayTime: [event.rx[0]?.gatewayMs, ms(rx.time)],
      time: [event.serverMs, ms(up.received_at)],
      frequency: [String(event.frequencyHz), settings.frequency],
      decoded: [event.decoded, up.decoded_payload],
      session: [event.sessionId, up.session_key_id],
    });
  }
  if (event.type === 'join') {
    return difference({ ...base, session: [event.sessionId, (body.join_accept as Json).session_key_id] });
  }
  if (event.type !== 'downlink') return `type ${event.type}`;
  const failed = body.downlink_failed as { downlink: Json; error: Json } | undefined;
  const downlink = failed?.downlink ?? (body.downlink_ack as Json);
  return difference({
    ...base,
    news: [event.news, failed === undefined ? 'acked' : 'failed'],
    data: [base64(event.bytes), downlink.frm_payload],
    port: [event.fPort, downlink.f_port],
    confirmed: [event.confirmed, downlink.confirmed],
    error: [event.error?.includes(String(failed?.error.name ?? '')) ?? false, failed !== undefined],
  });
}

function pushFault(request: Json): string | undefined {
  const stated = (request.downlinks as Json[])[0]!;
  const ids = request.end_device_ids as { device_id: string; application_ids: Json };
  const { payload } = encodeThingsStackDownlink({
    devEui: '0000000000000000',
    applicationId: String(ids.application_ids.application_id),
    deviceId: ids.device_id,
    id: (stated.correlation_ids as string[])[0]!,
    fPort: Number(stated.f_port),
    bytes: Buffer.from(String(stated.frm_payload), 'base64'),
    confirmed: stated.confirmed === true,
  });
  const [made] = (JSON.parse(payload) as { downlinks: Json[] }).downlinks;
  // decoded_payload is for servers that encode, which is not what we ask of them
  const names = Object.keys(stated).filter((name) => name !== 'decoded_payload');
  return difference(Object.fromEntries(names.map((name) => [name, [made?.[name], stated[name]]])));
}
