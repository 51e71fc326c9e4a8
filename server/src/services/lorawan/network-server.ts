/** Messages of network servers, from bytes to events; and a client of the broker of one. */
import { type IngestLog, StoringClient } from '@openami/headend';
import type { DownlinkSender } from '@openami/headend/lorawan';
import { OpenAmiError } from '@openami/model';
import {
  type ChirpstackEvent,
  chirpstackFilter,
  type DownlinkOrder,
  decodeChirpstack,
  decodeThingsStack,
  encodeChirpstackDownlink,
  encodeThingsStackDownlink,
  type LorawanEvent,
  lorawanErrors,
  type NetworkServer,
  parseChirpstackTopic,
  parseThingsStackTopic,
  thingsStackFilter,
} from '@openami/wire/lorawan';
import type { Config } from '../../config.ts';
import { splitUrl } from '../broker-url.ts';

/** A message as it came, and what is known of it beside its text. */
export interface ServerMessage {
  readonly server: NetworkServer;
  readonly body: Uint8Array;
  /** The connection it came by. */
  readonly sender: string;
  readonly event?: ChirpstackEvent;
  /** Of the topic: what the text says must fit. */
  readonly devEui?: string;
  /** As downlinks need it: that of the topic has the tenant. Absent: it came by a webhook. */
  readonly applicationId?: string;
}

/** What stands behind the broker that is configured. */
export const serverOfBroker = ({ lorawanMqttKind }: Pick<Config, 'lorawanMqttKind'>): NetworkServer =>
  lorawanMqttKind === 'chirpstack' ? 'chirpstack' : 'things-stack';

/** Raises errors of `lorawanErrors`. */
export function eventOfMessage(message: ServerMessage): LorawanEvent {
  const { server, body, event: kind, applicationId } = message;
  const event = server === 'chirpstack' ? decodeChirpstack(body, kind) : decodeThingsStack(body);
  const { device } = event;
  if (device.devEui === '') throw lorawanErrors.LORAWAN_BAD_FIELD('the DevEUI is missing');
  if (message.devEui !== undefined && message.devEui !== device.devEui)
    throw lorawanErrors.LORAWAN_BAD_FIELD(`the topic is of ${message.devEui}, the message of another device`);
  return applicationId === undefined ? event : { ...event, device: { ...device, applicationId } };
}

/** The event of a message that was kept, whichever server it came from; undefined for what is none. */
export function eventOfKept(body: Uint8Array): LorawanEvent | undefined {
  for (const decode of [decodeChirpstack, decodeThingsStack]) {
    try {
      return decode(body);
    } catch (error) {
      if (!(error instanceof OpenAmiError)) throw error;
    }
  }
  return undefined;
}

/** What a topic says of a message; undefined for topics that are not of devices. */
function messageOfTopic(server: NetworkServer, topic: string) {
  if (server === 'chirpstack') return parseChirpstackTopic(topic);
  const { applicationId, deviceId } = parseThingsStackTopic(topic) ?? {};
  return applicationId === undefined ? undefined : { applicationId, sender: deviceId! };
}

export interface BrokerOptions {
  readonly config: Config;
  readonly log: IngestLog;
  readonly clock: { nowMs(): number };
  /** Resolves when it is stored. */
  readonly take: (message: ServerMessage) => Promise<unknown>;
}

/** How long the broker may take to take a downlink. */
const publishMs = 10_000;

export interface ServerBroker {
  readonly client: StoringClient;
  readonly send: DownlinkSender;
}

/**
 * A client of the broker that the configuration names; undefined for none. In MQTT 3.1.1, which all of them
 * speak, and in a session of its own: what comes while nobody is here waits for us there.
 */
export function connectBroker({ config, log, clock, take }: BrokerOptions): ServerBroker | undefined {
  if (config.lorawanMqttUrl === '') return undefined;
  const server = serverOfBroker(config);
  const application = config.lorawanMqttApplication;
  const filter = server === 'chirpstack' ? chirpstackFilter(application) : thingsStackFilter(application);
  const login = { ...splitUrl(config.lorawanMqttUrl), clientId: config.lorawanMqttClientId };
  const client = new StoringClient(
    { ...login, version: 4, log, clock },
    {
      filters: [filter],
      take(topic, body) {
        const of = messageOfTopic(server, topic);
        return of && (() => take({ server, body, sender: of.applicationId, ...of }));
      },
    },
  );
  return { client, send: senderOf(client, server) };
}

function senderOf(client: StoringClient, server: NetworkServer): DownlinkSender {
  const encode = server === 'chirpstack' ? encodeChirpstackDownlink : encodeThingsStackDownlink;
  return async (order: DownlinkOrder) => {
    try {
      const { topic, payload } = encode(order);
      return { outcome: await within(client.publish(topic, payload)) };
    } catch (error) {
      if (!(error instanceof OpenAmiError)) throw error;
      const outcome = error.code === 'MQTT_NOT_CONNECTED' ? 'not-sent' : 'refused';
      return { outcome, detail: error.message };
    }
  };
}

/** A connection that breaks may leave a message without an answer: the server may have it, or not. */
async function within(published: Promise<void>): Promise<'ok' | 'lost'> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'lost'>((done) => {
    timer = setTimeout(() => done('lost'), publishMs);
  });
  try {
    return await Promise.race([published.then(() => 'ok' as const), late]);
  } finally {
    clearTimeout(timer);
    published.catch(() => undefined);
  }
}
