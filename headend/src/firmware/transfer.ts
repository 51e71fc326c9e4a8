/**
 * One meter's part of a firmware campaign, as a pure state machine over what the meter says of itself (image
 * transfer, class 18). Every session begins by asking it, so whatever happened before, to us or to it, a
 * session goes on from where the meter is and not from where we think it should be.
 *
 *   waiting ─▶ transferring (blocks it does not have, verify) ─▶ verified ─▶ activating ─▶ confirmed
 *
 * Confirmed means: the meter runs the version, as read from it.
 */
import { openTransferSteps, type TransferStep } from '@openami/model';
import { backOff } from '../back-off.ts';
import { bitmapText, blocksOf, emptyBitmap, missingBlocks } from './bitmap.ts';

/** What is to be brought to the meters. */
export interface FirmwareTarget {
  /** Hexadecimal; what the meter knows the image by. */
  readonly identifier: string;
  readonly bytes: number;
  /** What a meter calls the version when it runs it. */
  readonly version: string;
  /** Versions it may be put over; empty for any. */
  readonly fromVersions: readonly string[];
}

/** What a meter says. */
export interface ImageStatus {
  readonly state:
    | 'none'
    | 'initiated'
    | 'verifying'
    | 'verified'
    | 'verify-failed'
    | 'activating'
    | 'activated'
    | 'activation-failed';
  /** Of the image it has or is getting, and its length; empty and 0 where it does not tell. */
  readonly identifier: string;
  readonly imageBytes: number;
  readonly blockBytes: number;
  /** Blocks of that image, and which of them it has. */
  readonly blocks: number;
  readonly received: Uint8Array;
  /** Version that runs. */
  readonly version: string;
}

export interface TransferState {
  readonly step: TransferStep;
  /** The meter took the beginning of this transfer. */
  readonly begun: boolean;
  readonly blockBytes: number;
  readonly blocks: number;
  /** Base64 of the blocks the meter said it has. */
  readonly bitmap: string;
  /** What it said of the transfer when it was last asked. */
  readonly image: ImageStatus['state'];
  /** Version that ran when it was last asked. */
  readonly version: string;
  readonly misses: number;
  /** Since when it cannot be reached; 0 when it could be last time. */
  readonly silentSinceS: number;
  /** Times the meter found the image not valid. */
  readonly verifyFailures: number;
  readonly activations: number;
  readonly activatedAtS: number;
  readonly notBeforeS: number;
  readonly error: string | null;
}

/** What the campaign allows now. */
export interface TransferPermit {
  readonly transfer: boolean;
  readonly activate: boolean;
}

export type TransferAction =
  | { readonly do: 'confirm' | 'skip' | 'initiate' | 'verify' | 'mark-activation' | 'activate' | 'end' }
  | { readonly do: 'send'; readonly blocks: readonly number[] }
  | { readonly do: 'fail'; readonly code: string }
  | { readonly do: 'wait'; readonly untilS: number };

export type TransferOutcome = 'ok' | 'refused' | 'unsupported' | 'lost';

export type TransferEvent =
  | { readonly type: 'seen'; readonly status: ImageStatus }
  | { readonly type: 'begun' | 'confirmed' | 'skipped' | 'aborted' | 'activation-marked' }
  | { readonly type: 'failed'; readonly code: string }
  | { readonly type: 'waits'; readonly untilS: number }
  /** What came of `initiate`, `send`, `verify` or `activate`, or of asking. */
  | { readonly type: 'went'; readonly outcome: TransferOutcome };

const blocksAtOnce = 64;
const maxVerifyFailures = 2;
const maxActivations = 3;
/** How long an activation may take to show: erase, write, restart, come back. */
export const activationSettleS = 1800;
const pollS = 60;
/** Out of reach so long, a meter no longer holds up its wave. */
const silentS = 7 * 86_400;
/** Silent after it was told to activate, it is worse: the image may have broken it. */
const silentAfterActivationS = 86_400;

export const beginTransfer: TransferState = {
  ...{
    step: 'waiting',
    begun: false,
    blockBytes: 0,
    blocks: 0,
    bitmap: '',
    image: 'none',
    version: '',
    misses: 0,
    verifyFailures: 0,
  },
  ...{ activations: 0, activatedAtS: 0, notBeforeS: 0, error: null, silentSinceS: 0 },
};

const isOpen = ({ step }: TransferState) => openTransferSteps.some((each) => each === step);

/**
 * Whether the image in the meter is the one to be brought. Class 18 tells name and length only of an image
 * that was verified; before that, it is ours when the meter took its beginning from us and has as many blocks
 * for it. Should somebody else have begun another one of the same size since, the verification fails, or
 * tells its name.
 */
function isOurs(
  { begun }: TransferState,
  status: ImageStatus,
  { identifier, bytes }: FirmwareTarget,
): boolean {
  const { blockBytes, blocks } = status;
  if (status.state === 'none' || blockBytes <= 0) return false;
  // Some meters fill the last byte of their bitmap up.
  const spare = blocks - blocksOf(bytes, blockBytes);
  if (status.identifier === '') return begun && spare >= 0 && spare < 8;
  return status.identifier.toLowerCase() === identifier.toLowerCase() && status.imageBytes === bytes;
}

/** The next thing to do, given what the meter just said. */
export function decideTransfer(
  state: TransferState,
  status: ImageStatus,
  target: FirmwareTarget,
  permit: TransferPermit,
  nowS: number,
): TransferAction {
  if (!isOpen(state)) return { do: 'end' };
  if (status.version === target.version) return { do: 'confirm' };
  const settling =
    state.step === 'activating' &&
    nowS < state.activatedAtS + activationSettleS &&
    nowS >= state.activatedAtS;
  if (settling) {
    // Marked in this session and not sent yet, or sent and under way.
    return { do: 'wait', untilS: nowS + pollS };
  }
  if (!permit.transfer) return { do: 'end' };
  if (target.fromVersions.length > 0 && !target.fromVersions.includes(status.version)) return { do: 'skip' };
  if (!isOurs(state, status, target)) return { do: 'initiate' };
  switch (status.state) {
    case 'initiated': {
      const blocks = missingBlocks(status.received, blocksOf(target.bytes, status.blockBytes), blocksAtOnce);
      return blocks.length > 0 ? { do: 'send', blocks } : { do: 'verify' };
    }
    case 'verifying':
    case 'activating':
      return { do: 'wait', untilS: nowS + pollS };
    case 'verify-failed':
      if (state.verifyFailures >= maxVerifyFailures) return { do: 'fail', code: 'FIRMWARE_VERIFY' };
      return { do: 'initiate' };
    case 'verified':
      if (!permit.activate) return { do: 'end' };
      // It says that it has not begun, after all the time it takes: the order did not arrive.
      if (state.activations >= maxActivations) return { do: 'fail', code: 'FIRMWARE_ACTIVATION' };
      return { do: 'mark-activation' };
    default:
      // Activated, and yet another version runs.
      return { do: 'fail', code: 'FIRMWARE_ACTIVATION' };
  }
}

/** What follows. Events that do not belong to the state change nothing. */
export function applyTransfer(state: TransferState, event: TransferEvent, nowS: number): TransferState {
  if (!isOpen(state)) return state;
  const end = (step: TransferStep, error: string | null): TransferState => ({ ...state, step, error });
  switch (event.type) {
    case 'confirmed':
    case 'aborted':
      return end(event.type, null);
    case 'skipped':
      return end('skipped', 'FIRMWARE_SKIPPED');
    case 'failed':
      return end('failed', event.code);
    case 'begun':
      return { ...state, begun: true };
    case 'waits':
      return { ...state, notBeforeS: event.untilS };
    case 'activation-marked':
      return { ...state, step: 'activating', activations: state.activations + 1, activatedAtS: nowS };
    case 'seen':
      return seen(state, event.status);
    case 'went':
      if (event.outcome === 'ok') return { ...state, misses: 0, silentSinceS: 0, error: null };
      // An activation that was refused shows as an image that is still only verified.
      if (event.outcome !== 'lost')
        return state.step === 'activating'
          ? { ...state, activatedAtS: 0 }
          : end('failed', 'FIRMWARE_REFUSED');
      return missed(state, nowS);
  }
}

function missed(state: TransferState, nowS: number): TransferState {
  const silentSinceS = state.silentSinceS === 0 ? nowS : state.silentSinceS;
  const next = { ...state, misses: state.misses + 1, silentSinceS, error: 'COMMAND_LINK' };
  if (state.step === 'activating' && nowS - silentSinceS >= silentAfterActivationS)
    return { ...next, step: 'failed', error: 'FIRMWARE_ACTIVATION' };
  if (nowS - silentSinceS >= silentS) return { ...next, step: 'skipped' };
  return { ...next, notBeforeS: nowS + backOff(15, state.misses, 3600) };
}

function seen(state: TransferState, status: ImageStatus): TransferState {
  const { blockBytes, blocks, received, version } = status;
  const kept = received.length === emptyBitmap(blocks).length ? received : emptyBitmap(blocks);
  const verified = status.state === 'verified';
  const step = state.step === 'activating' ? 'activating' : verified ? 'verified' : 'transferring';
  return {
    ...{
      ...state,
      step,
      blockBytes,
      blocks,
      version,
      bitmap: bitmapText(kept),
      misses: 0,
      silentSinceS: 0,
      notBeforeS: 0,
    },
    image: status.state,
    // Seen again after an answer got lost, it is the same failure.
    verifyFailures:
      state.verifyFailures + (status.state === 'verify-failed' && state.image !== 'verify-failed' ? 1 : 0),
    error: null,
  };
}
