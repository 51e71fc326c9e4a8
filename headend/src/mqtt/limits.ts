import type { MqttCounters, MqttLimits } from './types.ts';

export const defaultMqttLimits: MqttLimits = {
  packetBytes: 1024 * 1024,
  connections: 100_000,
  connectionsPerAddress: 20_000,
  keepaliveS: 3_600,
  connectTimeoutMs: 10_000,
  drainTimeoutMs: 30_000,
  loginFailures: 10,
  loginWindowMs: 60_000,
  subscriptions: 1_000,
  receiveMaximum: 2_000,
};

/** Bytes of the first packet, before anybody logged in. */
export const connectPacketBytes = 16 * 1024;

/** Characters of a client id, and of a topic filter. */
export const nameChars = 256;

export function newMqttCounters(): MqttCounters {
  return {
    connections: 0,
    connectionsRefused: 0,
    loginsFailed: 0,
    loginsLimited: 0,
    versionsRefused: 0,
    published: 0,
    acknowledged: 0,
    unacknowledged: 0,
    denied: 0,
    redelivered: 0,
    retained: 0,
    errors: 0,
  };
}
