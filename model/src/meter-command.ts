/** Commands to meters and firmware campaigns: their states, and what is known of a meter that one is for. */
import type { SecuritySuite } from './meter-key.ts';

/** How a meter is reached. */
export interface MeterEndpoint {
  readonly protocol: string;
  readonly transport: string;
  /** Who opens the connection: the meter (`inbound`) or the head-end. */
  readonly mode: 'inbound' | 'outbound';
  readonly host: string;
  readonly port: number | null;
  /** What shares a medium, for limits. */
  readonly segment: string;
  readonly concentrator: string;
  readonly clientSap: number | null;
  readonly serverSap: number | null;
  /** Physical device of its HDLC address; null where none is addressed. */
  readonly physical: number | null;
  /** Bytes of its HDLC address; null: as few as it takes. */
  readonly addressBytes: 1 | 2 | 4 | null;
  /** Device address of the sign-on of mode E, empty for any; null: the line opens in HDLC. */
  readonly modeE: string | null;
  /** Network behind a gateway that speaks the gateway protocol. */
  readonly gatewayNetwork: number;
  /** Address in that network, hexadecimal; empty: no such gateway. */
  readonly gatewayDevice: string;
  readonly auth: string;
  readonly security: string;
  readonly suite: SecuritySuite;
  /** Hexadecimal, 16 digits; empty when not known. */
  readonly systemTitle: string;
  /** Name of the meter profile (quirks). */
  readonly profile: string;
}

/** Steps of a command; what stands after `running` has ended. */
export const commandSteps = [
  ...(['draft', 'awaiting_approval', 'queued', 'running'] as const),
  ...(['confirmed', 'failed', 'expired', 'cancelled', 'voided'] as const),
] as const;
export type CommandStep = (typeof commandSteps)[number];

/** Phases of a command that runs. */
export const commandPhases = ['baseline', 'ready', 'sending', 'read-back'] as const;
export type CommandPhase = (typeof commandPhases)[number];

/** Which commands a bulk change is about. */
export type CommandScope =
  | { readonly orderId: number }
  | { readonly commandId: number }
  | { readonly usagePointId: number; readonly kinds: readonly string[] };

/** Marks of usage points whose supply is never interrupted; empty for none, or no usage point. */
export const supplyProtections = ['', 'critical', 'medical'] as const;
export type SupplyProtection = (typeof supplyProtections)[number];

/** What is known of the place a command is for. */
export interface PlaceFacts {
  readonly protection: SupplyProtection;
  readonly feederId: number | null;
}

/** The same when a command is about to leave. */
export interface SendPlace extends PlaceFacts {
  /** The meter is not at the usage point that the command was ordered for. */
  readonly isMoved: boolean;
}

/** What is known of a meter that a command is for. */
export interface MeterFacts extends PlaceFacts {
  readonly meterId: number;
  readonly serial: string;
  readonly usagePointId: number | null;
  readonly endpoint: MeterEndpoint | null;
}

/** What left already. */
export interface CommandPace {
  readonly killSwitch: boolean;
  /** Interruptions noted as sent in the hour before now. */
  readonly inLastHour: number;
  readonly ofFeederInLastHour: number;
  /** When the usage point was last interrupted; null for never. */
  readonly lastAtS: number | null;
}

/** A public key that firmware images may be signed with. */
export interface FirmwareSigner {
  readonly name: string;
  /** PEM, P-256 or P-384. */
  readonly publicKey: string;
}

export const campaignStates = ['draft', 'running', 'paused', 'halted', 'aborted', 'done'] as const;
export type CampaignState = (typeof campaignStates)[number];

/** Steps of a meter of a campaign: those with something to do, and how it may end. */
export const openTransferSteps = ['waiting', 'transferring', 'verified', 'activating'] as const;
export const transferSteps = [
  ...openTransferSteps,
  ...(['confirmed', 'failed', 'skipped', 'aborted'] as const),
] as const;
export type TransferStep = (typeof transferSteps)[number];

/** How a wave of a campaign stands. */
export interface WaveCount {
  readonly wave: number;
  readonly total: number;
  readonly failed: number;
  /** Neither confirmed, failed, skipped nor aborted. */
  readonly open: number;
}
