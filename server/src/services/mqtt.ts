/** The MQTT front of this server: the embedded broker, or a client of an external one. */
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import {
  type Ingest,
  identityOfFilters,
  type MqttFront,
  type MqttIdentity,
  startEmbeddedBroker,
  startExternalFront,
} from '@openami/headend';
import { type Clock, systemAccess } from '@openami/model';
import type { RegistryStore } from '@openami/store';
import type { Config } from '../config.ts';
import { serverErrors } from '../errors.ts';
import type { Logger } from '../log.ts';

export interface MqttServices {
  readonly config: Config;
  readonly registry: RegistryStore;
  readonly ingest: Ingest;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Starts what the configuration asks for: the TLS listener too, when there is a certificate. */
export async function startMqtt(services: MqttServices): Promise<MqttFront[]> {
  const { config, registry, ingest, clock, log } = services;
  if (config.mqttBrokerUrl !== '') {
    const { url, username, password } = splitUrl(config.mqttBrokerUrl);
    return [await startExternalFront({ ingest, log, clock, url, username, password })];
  }
  const verify = verifier(registry);
  const fronts: MqttFront[] = [];
  const { mqttHost: host, mqttPort, mqttTlsPort, mqttTlsCert, mqttTlsKey } = config;
  const tls = mqttTlsCert === '' ? undefined : certificate(mqttTlsCert, mqttTlsKey);
  try {
    fronts.push(await startEmbeddedBroker({ ingest, log, clock, verify, host, port: mqttPort }));
    if (tls) {
      fronts.push(await startEmbeddedBroker({ ingest, log, clock, verify, host, port: mqttTlsPort, tls }));
    }
    return fronts;
  } catch (error) {
    for (const front of fronts) await front.close();
    throw error;
  }
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

function verifier(
  registry: RegistryStore,
): (username: string, password: string) => Promise<MqttIdentity | undefined> {
  return async (username, password) => {
    const known = await registry.credentials.verify(systemAccess, username, password);
    if (!known) return undefined;
    const { username: name, publish, version } = known;
    return { ...identityOfFilters(name, publish), version };
  };
}

/**
 * Closes connections whose credential was disabled or issued anew since they came: asked for after a change
 * made here, and again and again for those that other servers make.
 */
export class CredentialWatch {
  readonly #credentials: RegistryStore['credentials'];
  readonly #fronts: readonly MqttFront[];
  #cursor: string | undefined;

  constructor(credentials: RegistryStore['credentials'], fronts: readonly MqttFront[]) {
    this.#credentials = credentials;
    this.#fronts = fronts;
  }

  async check(): Promise<void> {
    if (this.#fronts.length === 0) return;
    const { cursor, changed } = await this.#credentials.changedSince(systemAccess, this.#cursor);
    this.#cursor = cursor;
    const versions = new Map<string, string | undefined>();
    for (const { username, enabled, version } of changed)
      versions.set(username, enabled ? version : undefined);
    for (const front of this.#fronts) front.closeChanged(versions);
  }
}

/** The topic filter a credential keeps for a serial pattern; `identityOfFilters` reads it. */
export function topicOf(pattern: string): string {
  return `openami/v1/${pattern}/#`;
}

function splitUrl(text: string): { url: string; username?: string; password?: string } {
  const url = new URL(text);
  const username = decodeURIComponent(url.username);
  const password = decodeURIComponent(url.password);
  url.username = '';
  url.password = '';
  return { url: url.href, ...(username ? { username } : {}), ...(password ? { password } : {}) };
}
