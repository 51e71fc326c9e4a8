/** The CoAP front: devices that report SenML, and LwM2M devices that register and are read. */
import type { OpenAmiError } from '@openami/model';
import type { Lwm2mModels, Lwm2mRegistration, Lwm2mResource } from '@openami/wire/lwm2m';
import type { IngestInput, IngestLog, RefusedInput } from '../ingest/types.ts';
import type { MqttIdentity } from '../mqtt/types.ts';

export interface CoapPeer {
  readonly address: string;
  readonly port: number;
}

/** Who sent something, as far as it can be told. */
export interface CoapSender extends CoapPeer {
  /** The name it registers by. */
  readonly endpoint?: string;
}

/** As for MQTT: its name is the meter, and others it may report for. */
export type CoapIdentity = Omit<MqttIdentity, 'version'>;

/** Whose a sender is; undefined: nobody's. May wait. An address is worth what its network vouches for. */
export type CoapIdentify = (sender: CoapSender) => Promise<CoapIdentity | undefined>;

/** The part of the ingest pipeline that is needed; who wires it adds the source. */
export interface CoapIngest {
  /** Resolves once the messages are stored for good. */
  accept(input: Omit<IngestInput, 'source'>): Promise<unknown>;
  /** Keeps what could not be read, with its reason. */
  refuse(error: OpenAmiError, input: Omit<RefusedInput, 'source'>): Promise<unknown>;
}

export interface CoapLimits {
  readonly datagramBytes: number;
  /** Datagrams of one address a second, in the mean and at once. */
  readonly datagramsPerS: number;
  readonly datagramBurst: number;
  /** Message ids that are remembered, so that a repeat is answered and not taken again. */
  readonly remembered: number;
  readonly rememberedMs: number;
  /** Requests between arrival and answer. */
  readonly underWay: number;
  readonly underWayPerAddress: number;
  /** Of a body in blocks. */
  readonly bodyBytes: number;
  readonly bodies: number;
  readonly bodiesPerAddress: number;
  readonly bodyIdleMs: number;
  readonly devices: number;
  readonly devicesPerAddress: number;
  /** Requests that may wait for a device that sleeps. */
  readonly waitingPerDevice: number;
  readonly observationsPerDevice: number;
  /** Requests to devices that await an answer. */
  readonly requests: number;
  /** An answer that takes longer is confirmed first and sent by itself. */
  readonly piggybackMs: number;
  readonly ackTimeoutMs: number;
  readonly retransmits: number;
  /** For an answer after its confirmation. */
  readonly responseMs: number;
  /** A path that was not notified of for so long is observed anew with the next update of the device. */
  readonly observeAgainMs: number;
  /** How long a sleeping device listens after it was heard. */
  readonly awakeMs: number;
  /** Between two looks for lifetimes that are over. */
  readonly sweepMs: number;
  /** Senders nobody knows, of an address in `identifyWindowMs`, until it waits. */
  readonly identifyFailures: number;
  readonly identifyWindowMs: number;
}

export interface CoapCounters {
  datagrams: number;
  /** Over the rate of their address. */
  datagramsDropped: number;
  malformed: number;
  requests: number;
  duplicates: number;
  /** Answered 2.xx to a report, after the fsync. */
  acknowledged: number;
  /** Answered 5.03: the device sends again. */
  unacknowledged: number;
  /** Senders nobody knows, or that may not. */
  denied: number;
  busy: number;
  retransmits: number;
  timeouts: number;
  notifications: number;
  devices: number;
  observations: number;
}

/** A device that is registered. */
export interface CoapDevice {
  readonly registration: Lwm2mRegistration;
  readonly identity: CoapIdentity;
  readonly peer: CoapPeer;
}

export interface CoapFrontOptions {
  readonly ingest: CoapIngest;
  readonly identify: CoapIdentify;
  readonly log: IngestLog;
  readonly clock: { nowMs(): number };
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 5683; 0 takes a free one. */
  readonly port?: number;
  /** Where SenML is posted or put; default `/senml`. */
  readonly senmlPath?: string;
  readonly models?: Lwm2mModels;
  readonly limits?: Partial<CoapLimits>;
  /** From 0 to 1, for times of retransmission; default Math.random. */
  readonly random?: () => number;
}

/** What changes a device; `path` is of a resource, such as `/3312/0/5850`. */
export type Lwm2mOrder =
  | {
      readonly do: 'write';
      readonly path: string;
      readonly type: 'string' | 'integer' | 'float' | 'boolean' | 'time';
      /** In the text format (Core 1.1 clause 7.4.1). */
      readonly value: string;
    }
  | { readonly do: 'execute'; readonly path: string; readonly arguments: string };

export interface CoapFront {
  readonly url: string;
  readonly counters: CoapCounters;
  /** The device of this endpoint name, when it is registered. */
  device(endpoint: string): CoapDevice | undefined;
  /**
   * Reads a path of a device, takes its readings, and gives all that was read. Waits until a sleeping device
   * is heard. Raises COAP_NOT_REGISTERED, COAP_BUSY, COAP_TIMEOUT, COAP_REFUSED, and what decoding raises.
   */
  read(endpoint: string, path: string): Promise<readonly Lwm2mResource[]>;
  /**
   * Writes or executes a resource, once, when the device listens. `onBegin` is called before the first byte
   * leaves; nothing leaves after the signal. Raises as `read`.
   */
  tell(
    endpoint: string,
    order: Lwm2mOrder,
    how: { readonly signal: AbortSignal; readonly onBegin: () => void },
  ): Promise<void>;
  /** Ends a registration (a credential changed, say): the device registers and is identified anew. */
  forget(endpoint: string): void;
  /** Answers no more, lets what is under way be stored and answered, closes. */
  close(): Promise<void>;
}
