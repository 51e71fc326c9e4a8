/** The MQTT front of this server: the embedded broker, or a client of an external one. */
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { createSecureContext } from 'node:tls';
import {
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
import type { DeviceCa } from './device-ca.ts';

export interface MqttServices {
  readonly config: Config;
  readonly registry: RegistryStore;
  readonly ingest: Ingest;
  readonly clock: Clock;
  readonly log: Logger;
  readonly takers: readonly MqttTaker[];
  readonly deviceCa: Pick<DeviceCa, 'rootPem' | 'serverPair'>;
}

/** Starts what the configuration asks for: the TLS listener too, when there is a certificate. */
export async function startMqtt(services: MqttServices): Promise<MqttFront[]> {
  const { config, registry, ingest, clock, log, takers } = services;
  const common = { ingest, log, clock, takers };
  if (config.mqttBrokerUrl !== '') {
    const { url, username, password } = splitUrl(config.mqttBrokerUrl);
    return [await startExternalFront({ ...common, url, username, password })];
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
      fronts.push(await startEmbeddedBroker({ ...common, verify, host, port, ...byCertificate }));
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
  const pair =
    mqttTlsCert === 'auto' ? await deviceCa.serverPair(known) : certificate(mqttTlsCert, mqttTlsKey);
  return { ...pair, ca: await deviceCa.rootPem() };
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
