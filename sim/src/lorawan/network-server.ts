/** What a simulated network server says and hears, whichever it is. */
import type { LorawanDevice } from './lorawan-plan.ts';

/** One frame as the network server has it. */
interface SentFrame {
  readonly fCnt: number;
  readonly fPort: number;
  readonly bytes: Uint8Array;
  readonly confirmed: boolean;
  /** Eight hexadecimal digits. */
  readonly devAddr: string;
  /** When it was heard, ms since 1970. */
  readonly atMs: number;
  /** Counts what is published, so that a repeat has another name. */
  readonly serial: number;
}

interface Session {
  readonly devAddr: string;
  readonly atMs: number;
  readonly serial: number;
}

/** A downlink in the queue of a device. */
export interface QueuedDownlink {
  /** The name its news are told by. */
  readonly id: string;
  readonly fPort: number;
  readonly bytes: Uint8Array;
  readonly confirmed: boolean;
}

/** What became of it. */
export type DownlinkWord = 'queued' | 'sent' | 'acked';

export interface ServerPublication {
  readonly topic: string;
  readonly payload: string;
}

interface DownlinkCommand {
  readonly device: (one: LorawanDevice) => boolean;
  /** In place of what is queued. */
  readonly replace: boolean;
  readonly downlinks: readonly QueuedDownlink[];
}

export interface NetworkServerMessages {
  /** Topic of downlink commands. */
  readonly commandFilter: string;
  up(device: LorawanDevice, frame: SentFrame): ServerPublication;
  join(device: LorawanDevice, session: Session): ServerPublication;
  /** Undefined where this server says nothing of it. */
  news(
    device: LorawanDevice,
    word: DownlinkWord,
    downlink: QueuedDownlink,
    session: Session & { readonly fCnt: number },
  ): ServerPublication | undefined;
  /** The command of a message; undefined for what is none. */
  commandOf(topic: string, payload: Uint8Array): DownlinkCommand | undefined;
}

/** By strength, as adaptive data rates choose it. */
export function spreadingFactorOf({ heardBy }: LorawanDevice): number {
  const { snrDb } = heardBy[0]!;
  return Math.max(7, Math.min(12, 9 - Math.floor(snrDb / 3)));
}

export const frequencyHz = 868_100_000;
export const bandwidthHz = 125_000;

/** A text of JSON; undefined for anything else. */
export function jsonOf(payload: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(payload));
  } catch {
    return undefined;
  }
}

export const base64Of = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
export const bytesOfBase64 = (text: unknown): Uint8Array =>
  new Uint8Array(typeof text === 'string' ? Buffer.from(text, 'base64') : []);
