import type { CoapCounters, CoapLimits } from './types.ts';

/** Times are those of RFC 7252 clause 4.8 (EXCHANGE_LIFETIME, MAX_TRANSMIT_WAIT, ACK_TIMEOUT). */
export const defaultCoapLimits: CoapLimits = {
  datagramBytes: 4_096,
  datagramsPerS: 500,
  datagramBurst: 1_000,
  remembered: 100_000,
  rememberedMs: 247_000,
  underWay: 2_000,
  underWayPerAddress: 500,
  bodyBytes: 64 * 1024,
  bodies: 500,
  bodiesPerAddress: 50,
  bodyIdleMs: 93_000,
  devices: 100_000,
  devicesPerAddress: 20_000,
  waitingPerDevice: 16,
  observationsPerDevice: 32,
  requests: 5_000,
  piggybackMs: 1_000,
  ackTimeoutMs: 2_000,
  retransmits: 4,
  responseMs: 60_000,
  observeAgainMs: 6 * 3_600_000,
  awakeMs: 93_000,
  sweepMs: 10_000,
  identifyFailures: 20,
  identifyWindowMs: 60_000,
};

export function newCoapCounters(): CoapCounters {
  return {
    datagrams: 0,
    datagramsDropped: 0,
    malformed: 0,
    requests: 0,
    duplicates: 0,
    acknowledged: 0,
    unacknowledged: 0,
    denied: 0,
    busy: 0,
    retransmits: 0,
    timeouts: 0,
    notifications: 0,
    devices: 0,
    observations: 0,
  };
}
