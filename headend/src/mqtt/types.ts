/** The MQTT front: one interface, an embedded broker or a client of somebody else's. */
import type { SecureContextOptions } from 'node:tls';
import type { Ingest, IngestLog } from '../ingest/types.ts';
import type { MqttTaker } from './takers.ts';

/** Who a connection is after its credentials were checked. */
export interface MqttIdentity {
  /** The user name: a meter's serial or a gateway's name. */
  readonly name: string;
  /**
   * Serials it may report for, besides `name`: exact, or with one `*` at the end (`OA10*`), or `*`.
   * A gateway has some, a meter none.
   */
  readonly reportsFor?: readonly string[];
  /** Filters of topics it may publish to that are none of OpenAMI's: `zigbee2mqtt/#`. */
  readonly topics?: readonly string[];
  /** Of its credential when it was checked; see `closeChanged`. */
  readonly version?: string;
  /** When its certificate ends, by the real time: its connection ends with it. */
  readonly endsMs?: number;
}

/** Checks a user name and secret; undefined: wrong. Compare in constant time; may wait. */
export type MqttVerifier = (username: string, password: string) => Promise<MqttIdentity | undefined>;

export interface MqttLimits {
  readonly packetBytes: number;
  readonly connections: number;
  /** Connections of one address. */
  readonly connectionsPerAddress: number;
  /** Seconds; a client with a longer keep-alive, or none, is held to this one. */
  readonly keepaliveS: number;
  readonly connectTimeoutMs: number;
  /** A client that reads nothing for so long is dropped. */
  readonly drainTimeoutMs: number;
  /** Wrong logins of a user from one address in `loginWindowMs` until it waits; of an address, tenfold. */
  readonly loginFailures: number;
  readonly loginWindowMs: number;
  readonly subscriptions: number;
  /** External broker: messages it may have under way to us (MQTT 5 Receive Maximum). */
  readonly receiveMaximum: number;
}

export interface MqttCounters {
  connections: number;
  connectionsRefused: number;
  loginsFailed: number;
  loginsLimited: number;
  /** Clients of MQTT 5, which the embedded broker does not speak. */
  versionsRefused: number;
  published: number;
  /** Acknowledged, after the fsync. */
  acknowledged: number;
  /** Not acknowledged because the store failed: the client sends again. */
  unacknowledged: number;
  /** Publishes and subscriptions against the ACL. */
  denied: number;
  redelivered: number;
  /** Published as retained: taken once and not retained; by an external broker: repeated and not taken. */
  retained: number;
  errors: number;
}

/** The embedded broker, running. */
export interface EmbeddedFront extends MqttFront {
  /** Certificate and key for connections from now on; those that are open stay. Only with TLS. */
  renewTls(tls: SecureContextOptions): void;
}

/** Either front, running. */
export interface MqttFront {
  readonly kind: 'embedded' | 'external';
  /** Where devices connect, e.g. `mqtt://127.0.0.1:1883`. */
  readonly url: string;
  readonly counters: MqttCounters;
  /** False while the external broker is out of reach. */
  connected(): boolean;
  /** Sends a command to a device: topic `openami/v1/{serial}/commands/{name}`, QoS 1. */
  sendCommand(serial: string, name: string, payload: Uint8Array): Promise<void>;
  /**
   * Closes connections of user names whose credential has another version now, or none (undefined). Those to
   * an external broker are its own.
   */
  closeChanged(versions: ReadonlyMap<string, string | undefined>): void;
  /** Stops taking messages, lets those under way be stored and acknowledged, closes. */
  close(): Promise<void>;
}

interface MqttOptions {
  readonly ingest: Ingest;
  /** Of topics that are none of OpenAMI's readings and events: the first that covers a topic has it. */
  readonly takers?: readonly MqttTaker[];
  readonly log: IngestLog;
  readonly clock: { nowMs(): number };
  readonly limits?: Partial<MqttLimits>;
}

export interface EmbeddedBrokerOptions extends MqttOptions {
  readonly verify: MqttVerifier;
  /**
   * Who a client certificate of `tls.ca` is for, by its SHA-256 fingerprint in lower-case hex; undefined for
   * one that is revoked or unknown. Without it certificates are not asked for.
   */
  readonly verifyCertificate?: (fingerprint: string) => Promise<MqttIdentity | undefined>;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 1883; 0 takes a free one. */
  readonly port?: number;
  /** TLS when given (`key`, `cert`, `ca`, ...). */
  readonly tls?: SecureContextOptions;
}

/** A broker that is not ours, and how to log in. */
export interface ForeignBroker extends Pick<MqttOptions, 'log' | 'clock' | 'limits'> {
  /** `mqtt://`, `mqtts://`, `ws://` or `wss://`, without user and password. */
  readonly url: string;
  readonly username?: string;
  readonly password?: string;
  /** Default a random one; keep it stable to keep the session of the broker. */
  readonly clientId?: string;
  /** 4 for a broker without MQTT 5. Default 5. */
  readonly version?: 4 | 5;
  readonly tls?: { readonly ca?: string | Uint8Array; readonly cert?: string; readonly key?: string };
  readonly presence?: Presence;
}

/**
 * What a client says of itself: retained at the broker, by its own word when it comes and goes, and by the
 * broker's (the will) when it is lost.
 */
export interface Presence {
  readonly topic: string;
  /** JSON with `online`. `atMs` is the same in the will and in the word that follows it. */
  message(online: boolean, atMs: number): string;
}

/** With MQTT 3.1.1 there is no shared subscription, so one head-end only. */
export interface ExternalBrokerOptions extends ForeignBroker, MqttOptions {
  /** Name of the shared subscription group, default `openami`. */
  readonly group?: string;
  /** Senders whose messages may name other meters than their topic does. */
  readonly gateways?: readonly MqttIdentity[];
}
