/**
 * The state of one association on the client's side and its round trips: protection, general block
 * transfer, notifications in between, answers that come twice or late, refusals as errors.
 */
import { OpenAmiError } from '@openami/model';
import { type Apdu, type ApduOf, decodeApduAndRest, encodeApdu, withoutRest } from '../apdu/apdu.ts';
import { invokeByte } from '../apdu/common.ts';
import type { ConformanceBit } from '../apdu/initiate.ts';
import { associationErrors } from '../association/association-errors.ts';
import { acknowledge, BlockReceiver, BlockSender, type GeneralBlock } from '../association/general-blocks.ts';
import { isGeneral } from '../association/general-security.ts';
import { isCiphered, type Protection, type SecureChannel } from '../association/secure-channel.ts';
import { type Envelope, isProtected } from '../security/protect.ts';
import { securityErrors } from '../security/security-errors.ts';
import type { ShortObject } from './by-short-name.ts';
import { envelopeOf, type MeterProfile } from './meter-profile.ts';
import type { Talk } from './talk.ts';

/** Bounds of what a meter may make us do. */
export interface ClientLimits {
  /** Of one answer put together. */
  readonly maxBytes: number;
  readonly maxBlocks: number;
  /** APDUs between request and answer that are none: late answers, notifications. */
  readonly maxStray: number;
  /** Times that the missing part of a window of blocks is asked for. */
  readonly maxRepeats: number;
}

export const standardLimits: ClientLimits = {
  maxBytes: 4 << 20,
  maxBlocks: 20_000,
  maxStray: 16,
  maxRepeats: 5,
};

/**
 * Hears what the meter sends by itself between answers. `isProtected` says whether it was protected as
 * answers of the association must be: what was not may come from anybody.
 */
export type NotificationListener = (apdu: Apdu, isProtected: boolean) => void;

export type SessionState = 'idle' | 'pending' | 'associated' | 'released';

const GBT = 0xe0;

/** One association as the client sees it; `DlmsClient` holds one. */
export class ClientSession {
  readonly profile: MeterProfile;
  readonly limits: ClientLimits;
  readonly channel: SecureChannel | undefined;
  readonly protection: Protection;
  readonly onNotification: NotificationListener | undefined;
  /** Objects are known by short names; their list is read once, or was kept from before. */
  readonly isShort: boolean;
  shortObjects: readonly ShortObject[] | undefined;
  /** The transport can await further APDUs, and send without awaiting. */
  canReceive = false;
  canSend = false;
  state: SessionState = 'idle';
  conformance: ReadonlySet<ConformanceBit> = new Set();
  serverMaxPduBytes = 0xffff;
  envelope: Envelope = 'glo';
  #invoke = 0;
  #serverWindow = 1;

  constructor(options: {
    readonly profile: MeterProfile;
    readonly limits: ClientLimits;
    readonly channel?: SecureChannel;
    readonly protection: Protection;
    readonly isShort: boolean;
    readonly shortObjects?: readonly ShortObject[];
    readonly onNotification?: NotificationListener;
  }) {
    this.profile = options.profile;
    this.limits = options.limits;
    this.channel = options.channel;
    this.protection = options.protection;
    this.isShort = options.isShort;
    this.shortObjects = options.shortObjects;
    this.onNotification = options.onNotification;
  }

  get ciphered(): boolean {
    return isCiphered(this.protection);
  }

  /** Services are ciphered or signed. */
  get isProtected(): boolean {
    return this.ciphered || this.channel?.isGeneral === true;
  }

  /** Bytes that a plain APDU to the meter may have. */
  get room(): number {
    const { channel } = this;
    if (channel === undefined) return this.serverMaxPduBytes;
    // the general forms are long: where the protected APDU can be cut, it is left to that
    if (channel.isGeneral && this.supports('general-block-transfer')) return Number.MAX_SAFE_INTEGER;
    return this.serverMaxPduBytes - channel.overhead(this.envelope, this.protection);
  }

  /** Invoke id and priority of a new request. */
  nextInvoke(): number {
    if (this.profile.invokeId === 'fixed') return invokeByte(1);
    this.#invoke = (this.#invoke + 1) & 0x0f;
    return invokeByte(this.#invoke);
  }

  nextLongInvoke(): number {
    this.#invoke = (this.#invoke + 1) & 0xff_ffff;
    return this.#invoke;
  }

  /** Starts the association on the envelope of its passes, then on that of its services. */
  useEnvelope(form: 'service' | 'general'): void {
    this.envelope = envelopeOf(form, this.channel?.hasDedicated ?? false);
  }

  requireAssociated(): void {
    if (this.state !== 'associated')
      throw associationErrors.DLMS_NOT_ASSOCIATED(`the client is ${this.state}`);
  }

  supports(bit: ConformanceBit): boolean {
    return this.conformance.has(bit);
  }

  /** Sends one plain APDU, returns the answer that `expected` takes. */
  *request<T extends Apdu>(apdu: Apdu, expected: (answer: Apdu) => answer is T): Talk<T> {
    const plain = encodeApdu(apdu);
    const bytes = this.isProtected
      ? this.channel!.protectService(plain, this.envelope, this.protection)
      : plain;
    const first = yield* this.#send(bytes);
    return yield* this.#answer(first, expected);
  }

  /** Sends bytes as they are; the answer that `expected` takes. */
  *requestPlain<T extends Apdu>(bytes: Uint8Array, expected: (answer: Apdu) => answer is T): Talk<T> {
    return yield* this.#answer(yield { kind: 'exchange', apdu: bytes }, expected, true);
  }

  /** Waits for another answer to the same request: what came was that of an earlier one. */
  *#answer<T extends Apdu>(
    first: Uint8Array,
    expected: (answer: Apdu) => answer is T,
    plainIsFine = false,
  ): Talk<T> {
    let bytes = first;
    for (let stray = 0; ; stray++) {
      const apdu = this.#take(bytes[0] === GBT ? yield* this.#receiveBlocks(bytes) : bytes, plainIsFine);
      if (apdu !== undefined) {
        if (expected(apdu)) return apdu;
        if (apdu.service === 'exception-response' || apdu.service === 'confirmed-service-error') {
          throw refusal(apdu);
        }
      }
      if (!this.canReceive)
        throw associationErrors.DLMS_PROTOCOL(`answered with ${apdu?.service ?? 'an old APDU'}`);
      if (stray >= this.limits.maxStray) {
        throw associationErrors.DLMS_LIMIT(`${stray} APDUs that are no answer to the request`);
      }
      bytes = yield { kind: 'receive' };
    }
  }

  /** The plain APDU; undefined for what is to be passed over. */
  #take(bytes: Uint8Array, plainIsFine: boolean): Apdu | undefined {
    let plain = bytes;
    let isProved = false;
    const tag = bytes[0] ?? 0;
    if (isProtected(tag) || isGeneral(tag)) {
      if (this.channel === undefined) throw associationErrors.DLMS_PROTOCOL('a ciphered answer, and no keys');
      try {
        plain = this.channel.openService(
          withoutRest(bytes),
          this.profile.responseProtection ?? this.protection,
        ).apdu;
        isProved = true;
      } catch (error) {
        // an answer that came before comes again
        if (this.canReceive && error instanceof OpenAmiError && error.code === 'DLMS_SECURITY_REPLAYED')
          return undefined;
        throw error;
      }
    }
    const { apdu } = decodeApduAndRest(plain);
    if (
      apdu.service === 'data-notification' ||
      apdu.service === 'event-notification-request' ||
      apdu.service === 'information-report-request'
    ) {
      this.onNotification?.(apdu, isProved);
      return undefined;
    }
    const isRefusal = apdu.service === 'exception-response' || apdu.service === 'confirmed-service-error';
    if (this.isProtected && !isProved && !plainIsFine && !isRefusal) {
      throw securityErrors.DLMS_SECURITY_TOO_WEAK(`${apdu.service} without any protection`);
    }
    return apdu;
  }

  *#send(bytes: Uint8Array): Talk<Uint8Array> {
    if (bytes.length <= this.serverMaxPduBytes) return yield { kind: 'exchange', apdu: bytes };
    if (!this.supports('general-block-transfer')) {
      const data = { bytes: bytes.length, maxPduBytes: this.serverMaxPduBytes };
      throw associationErrors.DLMS_TOO_LONG(
        `${bytes.length} bytes, the meter takes ${this.serverMaxPduBytes}`,
        data,
      );
    }
    const sender = new BlockSender(bytes, this.serverMaxPduBytes);
    let acknowledged = 0;
    for (let rounds = 0; ; rounds++) {
      if (rounds > this.limits.maxBlocks) throw associationErrors.DLMS_LIMIT(`${rounds} rounds of blocks`);
      const window = this.canSend ? this.#serverWindow : 1;
      const blocks = sender.window(acknowledged, window, 0, this.#ownWindow);
      for (const block of blocks.slice(0, -1)) yield { kind: 'send', apdu: block };
      const answer = yield { kind: 'exchange', apdu: blocks.at(-1)! };
      if (answer[0] !== GBT) return answer;
      const block = decodeApduAndRest(answer).apdu as GeneralBlock;
      if (block.data.length > 0 || block.acknowledged >= sender.count) return answer;
      this.#serverWindow = Math.max(1, block.control.window);
      if (block.acknowledged > sender.count || block.acknowledged < acknowledged) {
        throw associationErrors.DLMS_PROTOCOL(`block ${block.acknowledged} acknowledged of ${sender.count}`);
      }
      acknowledged = block.acknowledged;
    }
  }

  get #ownWindow(): number {
    return this.canReceive ? this.profile.window : 1;
  }

  #acknowledge(number: number, acknowledged: number): Uint8Array {
    return acknowledge(number & 0xffff, acknowledged, this.#ownWindow, true);
  }

  /** Blocks of an answer; what is missing of a window is asked for again. */
  *#receiveBlocks(first: Uint8Array): Talk<Uint8Array> {
    const receiver = new BlockReceiver(this.limits.maxBytes);
    let bytes = first;
    let own = 1;
    let repeats = 0;
    let missed = false;
    for (let blocks = 0; blocks <= this.limits.maxBlocks; blocks++) {
      if (bytes[0] !== GBT) return bytes;
      const block = decodeApduAndRest(bytes).apdu as GeneralBlock;
      const before = receiver.acknowledged;
      receiver.accept(block);
      if (receiver.done) return receiver.finish();
      repeats = receiver.acknowledged > before ? 0 : repeats + 1;
      if (repeats > this.limits.maxRepeats + this.#ownWindow)
        throw associationErrors.DLMS_LIMIT('blocks without progress');
      const more = block.control.streaming && this.canReceive && !missed;
      try {
        if (more) bytes = yield { kind: 'receive' };
        else bytes = yield { kind: 'exchange', apdu: this.#acknowledge(++own, receiver.acknowledged) };
        missed = false;
      } catch (error) {
        // the end of the window, or what we said of it, was lost
        const isTimeout = error instanceof OpenAmiError && error.fault === 'timeout';
        if (!isTimeout || !this.canReceive || ++repeats > this.limits.maxRepeats) throw error;
        missed = true;
      }
    }
    throw associationErrors.DLMS_LIMIT(`more than ${this.limits.maxBlocks} blocks`);
  }
}

/** A refusal that stands instead of an answer. */
export function refusal(
  apdu: ApduOf<'exception-response'> | ApduOf<'confirmed-service-error'>,
): OpenAmiError {
  if (apdu.service === 'confirmed-service-error') {
    const { kind, value } = apdu.reason;
    const data = { of: apdu.of, kind, value };
    const text = `${apdu.of}: ${kind} ${value}`;
    if (apdu.of === 'initiate-error') return associationErrors.DLMS_ASSOCIATION_REFUSED(text, data);
    if (value === 'deciphering-error') return associationErrors.DLMS_DECIPHERING_REFUSED(text, data);
    if (kind === 'definition') return associationErrors.DLMS_OBJECT_UNDEFINED(text, data);
    if (kind === 'access') return associationErrors.DLMS_ACCESS_DENIED(text, data);
    if (kind === 'hardware-resource') return associationErrors.DLMS_TEMPORARY_FAILURE(text, data);
    if (value === 'service-unsupported') return associationErrors.DLMS_UNSUPPORTED(text, data);
    return associationErrors.DLMS_SERVICE_REFUSED(text, data);
  }
  const { state, reason } = apdu;
  const data = {
    state,
    reason: reason.kind,
    ...(reason.kind === 'invocation-counter-error' ? { expected: reason.expected } : {}),
  };
  const text = `exception-response: ${state}, ${reason.kind}`;
  if (reason.kind === 'invocation-counter-error') return associationErrors.DLMS_COUNTER_REFUSED(text, data);
  if (reason.kind === 'deciphering-error') return associationErrors.DLMS_DECIPHERING_REFUSED(text, data);
  if (reason.kind === 'service-not-supported' || state === 'service-unknown')
    return associationErrors.DLMS_UNSUPPORTED(text, data);
  if (reason.kind === 'pdu-too-long') return associationErrors.DLMS_TOO_LONG(text, data);
  return associationErrors.DLMS_SERVICE_REFUSED(text, data);
}
