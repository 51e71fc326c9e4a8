/** The MQTT front of this server: the embedded broker, or a client of an external one. */
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { createSecureContext } from 'node:tls';
import {
  type EmbeddedFront,
  type Ingest,
  identityOfFilters,
  type MqttFront,
  type MqttIdentity,
  type MqttTaker,
  type MqttVerifier,
  startEmbeddedBroker,
  startExternalFront,
} from '@openami/headend';
import { type Clock, systemAccess } from '@openami/model';
import type { DeviceCredential, RegistryStore } from '@openami/store';
import type { Config } from '../config.ts';
import { serverErrors } from '../errors.ts';
import type { Logger } from '../log.ts';
import { splitUrl } from './broker-url.ts';
import type { DeviceCa, ServerPair } from './device-ca.ts';
import { sparkplugPresence } from './sparkplug.ts';

export interface MqttServices {
  readonly config: Config;
  readonly registry: RegistryStore;
  readonly ingest: Ingest;
  readonly clock: Clock;
  readonly log: Logger;
  readonly takers: readonly MqttTaker[];
  readonly deviceCa: Pick<DeviceCa, 'rootPem' | 'serverPair' | 'isDue'>;
  /** How often a certificate of our own making is looked at; default an hour. */
  readonly renewEveryMs?: number;
}

const hourMs = 3_600_000;

/** Starts what the configuration asks for: the TLS listener too, when there is a certificate. */
export async function startMqtt(services: MqttServices): Promise<MqttFront[]> {
  const { config, registry, ingest, clock, log, takers } = services;
  const common = { ingest, log, clock, takers };
  if (config.mqttBrokerUrl !== '') {
    const { url, username, password } = splitUrl(config.mqttBrokerUrl);
    const presence = config.sparkplugHost === '' ? {} : { presence: sparkplugPresence(config.sparkplugHost) };
    return [await startExternalFront({ ...common, ...presence, url, username, password })];
  }
  const verify = verifier(registry);
  const fronts: MqttFront[] = [];
  const { mqttHost: host, mqttPort, mqttTlsPort } = config;
  const tls = await tlsOf(services);
  try {
    fronts.push(await startEmbeddedBroker({ ...common, verify, host, port: mqttPort }));
    if (tls) {
      const byCertificate = { tls, verifyCertificate: certificateVerifier(registry) };
      const port = mqttTlsPort;
      const front = await startEmbeddedBroker({ ...common, verify, host, port, ...byCertificate });
      fronts.push(tls.names ? renewed(front, tls, services) : front);
    }
    return fronts;
  } catch (error) {
    for (const front of fronts) await front.close();
    throw error;
  }
}

/** Of the listener with TLS, which knows devices by their certificates too; undefined for none. */
async function tlsOf({ config, deviceCa }: MqttServices) {
  const { mqttHost, mqttTlsCert, mqttTlsKey, mqttTlsNames } = config;
  if (mqttTlsCert === '') return undefined;
  const given = mqttTlsNames.split(',').map((name) => name.trim());
  const names = [...given, mqttHost, hostname(), 'localhost', '127.0.0.1'];
  const known = [...new Set(names)].filter((name) => name !== '' && name !== '0.0.0.0' && name !== '::');
  const ca = await deviceCa.rootPem();
  if (mqttTlsCert !== 'auto') return { ...certificate(mqttTlsCert, mqttTlsKey), ca, names: undefined };
  return { ...(await deviceCa.serverPair(known)), ca, names: known };
}

/** The front with a certificate that never ends: another one is made while enough of it is left. */
function renewed(
  front: EmbeddedFront,
  first: ServerPair & { readonly ca: string; readonly names: readonly string[] },
  { deviceCa, log, renewEveryMs = hourMs }: MqttServices,
): MqttFront {
  let pair: ServerPair = first;
  let renewing: Promise<void> | undefined;
  const renew = async () => {
    pair = await deviceCa.serverPair(first.names);
    front.renewTls({ cert: pair.cert, key: pair.key, ca: first.ca });
    log.info({ url: front.url }, 'Certificate of the MQTT listener renewed');
  };
  const timer = setInterval(() => {
    if (!deviceCa.isDue(pair)) return;
    renewing ??= renew()
      .catch((error: unknown) => log.warn({ err: error }, 'Certificate of the MQTT listener not renewed yet'))
      .finally(() => {
        renewing = undefined;
      });
  }, renewEveryMs);
  timer.unref();
  const close = front.close.bind(front);
  front.close = async () => {
    clearInterval(timer);
    await renewing;
    await close();
  };
  return front;
}

/** Both files, once it is sure that they are a certificate and its key. */
function certificate(certPath: string, keyPath: string): { cert: Buffer; key: Buffer } {
  try {
    const pair = { cert: readFileSync(certPath), key: readFileSync(keyPath) };
    createSecureContext(pair);
    return pair;
  } catch (error) {
    throw serverErrors.CERTIFICATE((error as Error).message, {}, error);
  }
}

function verifier(registry: RegistryStore): MqttVerifier {
  return async (username, password) =>
    identityOf(await registry.credentials.verify(systemAccess, username, password));
}

function certificateVerifier(registry: RegistryStore) {
  return async (fingerprint: string) => {
    const known = await registry.certificates.verify(systemAccess, fingerprint);
    const identity = identityOf(known);
    return identity && { ...identity, endsMs: known!.notAfter.getTime() };
  };
}

function identityOf(known: DeviceCredential | undefined): MqttIdentity | undefined {
  if (!known) return undefined;
  const { username: name, publish, version } = known;
  return { ...identityOfFilters(name, publish), version };
}

/** Where devices are connected with credentials. */
type Changeable = Pick<MqttFront, 'closeChanged'>;

/**
 * Closes connections whose credential was disabled or issued anew since they came: asked for after a change
 * made here, and again and again for those that other servers make.
 */
export class CredentialWatch {
  readonly #credentials: RegistryStore['credentials'];
  readonly #fronts: () => readonly Changeable[];
  #cursor: string | undefined;

  constructor(credentials: RegistryStore['credentials'], fronts: () => readonly Changeable[]) {
    this.#credentials = credentials;
    this.#fronts = fronts;
  }

  async check(): Promise<void> {
    const fronts = this.#fronts();
    if (fronts.length === 0) return;
    const { cursor, changed } = await this.#credentials.changedSince(systemAccess, this.#cursor);
    this.#cursor = cursor;
    const versions = new Map<string, string | undefined>();
    for (const { username, enabled, version } of changed)
      versions.set(username, enabled ? version : undefined);
    for (const front of fronts) front.closeChanged(versions);
  }
}

/** The topic filter a credential keeps for a serial pattern; `identityOfFilters` reads it. */
export function topicOf(pattern: string): string {
  return `openami/v1/${pattern}/#`;
}
