/**
 * What a network server says of a device, in one form whichever server it is. Times are milliseconds since
 * 1970; what a server leaves out because it is zero, false or empty is zero, false or empty here.
 */

export type NetworkServer = 'chirpstack' | 'things-stack';

export interface LorawanDevice {
  /** 16 lower-case hex digits; empty where the message does not tell it. */
  readonly devEui: string;
  /** The name it has on the server. */
  readonly name: string;
  readonly joinEui: string | null;
  readonly devAddr: string | null;
  readonly applicationId: string;
  readonly tenantId: string | null;
  /** Device profile, or brand and model. */
  readonly profile: string | null;
  readonly tags: Readonly<Record<string, string>>;
}

interface EventBase {
  readonly server: NetworkServer;
  readonly device: LorawanDevice;
  /** The same for every delivery of this message; null where the server gives none. */
  readonly deduplicationId: string | null;
  /** When the network server dealt with it; null where it does not say. */
  readonly serverMs: number | null;
}

/** One gateway's reception of the frame. */
export interface RxPath {
  /** Gateway EUI as 16 hex digits, or what the server calls it. */
  readonly gatewayId: string;
  /** dBm. */
  readonly rssiDbm: number | null;
  /** dB. */
  readonly snrDb: number | null;
  /** By the clock of the gateway; null where it has none that is set. */
  readonly gatewayMs: number | null;
  /** The time comes from the gateway's satellite receiver. */
  readonly isGpsTime: boolean;
  readonly channel: number | null;
}

export type Modulation =
  | {
      readonly kind: 'lora';
      readonly bandwidthHz: number;
      readonly spreadingFactor: number;
      /** `4/5`; null where it is not told. */
      readonly codingRate: string | null;
    }
  | { readonly kind: 'fsk'; readonly bitRate: number }
  | { readonly kind: 'lr-fhss'; readonly bandwidthHz: number; readonly codingRate: string | null };

export interface UplinkEvent extends EventBase {
  readonly type: 'up';
  readonly fPort: number;
  readonly fCnt: number;
  /** Deciphered; empty when the frame had no payload. */
  readonly bytes: Uint8Array;
  readonly confirmed: boolean;
  readonly adr: boolean;
  /** Index of the data rate in the region's table. */
  readonly dataRateIndex: number | null;
  readonly modulation: Modulation | null;
  readonly frequencyHz: number | null;
  readonly rx: readonly RxPath[];
  /** What a codec of the server made of it. */
  readonly decoded: unknown;
  /** Names the session, where the server tells: another one says that the device joined anew. */
  readonly sessionId: string | null;
}

export interface JoinEvent extends EventBase {
  readonly type: 'join';
  readonly sessionId: string | null;
}

export interface StatusEvent extends EventBase {
  readonly type: 'status';
  /** dB of the last device status request. */
  readonly marginDb: number;
  /** Null when it has external power or cannot tell. */
  readonly batteryPercent: number | null;
  readonly externalPower: boolean;
}

/** Where a downlink is. `nacked`: a confirmed one that the device did not acknowledge. */
export type DownlinkNews = 'queued' | 'sent' | 'acked' | 'nacked' | 'failed';

export interface DownlinkEvent extends EventBase {
  readonly type: 'downlink';
  readonly news: DownlinkNews;
  /**
   * Names by which the sender knows it again: the queue item of ChirpStack, correlation ids of The Things
   * Stack.
   */
  readonly ids: readonly string[];
  readonly fPort: number | null;
  readonly fCnt: number | null;
  readonly bytes: Uint8Array | null;
  readonly confirmed: boolean | null;
  readonly gatewayId: string | null;
  /** Why it failed. */
  readonly error: string | null;
}

export interface LogEvent extends EventBase {
  readonly type: 'log';
  readonly level: 'info' | 'warning' | 'error';
  /** Such as `UPLINK_MIC`. */
  readonly code: string;
  readonly description: string;
  readonly context: Readonly<Record<string, string>>;
}

export interface LocationEvent extends EventBase {
  readonly type: 'location';
  readonly latitude: number;
  readonly longitude: number;
  readonly altitudeM: number | null;
  readonly accuracyM: number | null;
  readonly source: string | null;
}

/** What a service of the server says, as it came. */
export interface ServiceEvent extends EventBase {
  readonly type: 'service';
  readonly service: string;
  readonly kind: string;
  readonly object: unknown;
}

export type LorawanEvent =
  | UplinkEvent
  | JoinEvent
  | StatusEvent
  | DownlinkEvent
  | LogEvent
  | LocationEvent
  | ServiceEvent;
