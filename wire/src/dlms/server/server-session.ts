/**
 * One client address of a meter: its association, protection of requests and answers, general block
 * transfer, long transfers under way.
 */
import { OpenAmiError } from '@openami/model';
import { copyOf } from '../../bytes.ts';
import { type applicationContexts, mechanisms } from '../apdu/acse.ts';
import { type Apdu, type ApduOf, decodeApdu, decodeApduAndRest, encodeApdu } from '../apdu/apdu.ts';
import type { ConformanceBit } from '../apdu/initiate.ts';
import { acknowledge, BlockReceiver, BlockSender, type GeneralBlock } from '../association/general-blocks.ts';
import { isGeneral } from '../association/general-security.ts';
import { isCiphered, type Protection, protections, SecureChannel } from '../association/secure-channel.ts';
import { MAX_COUNTER } from '../security/counter.ts';
import { answerHls, checkHls, type HlsMechanism, type HlsProof } from '../security/hls.ts';
import { cipherKey, type Envelope, isProtected } from '../security/protect.ts';
import { securityErrors } from '../security/security-errors.ts';
import { type Accepted, acceptAssociation } from './accept.ts';
import type { AssociationDescription } from './description.ts';
import { MAX_REQUEST_BYTES } from './limits.ts';
import type { KeySet, MeterState } from './meter-state.ts';
import { LongNameServices } from './services-ln.ts';
import { ShortNameServices } from './services-sn.ts';

/** The way back to the client. */
export interface ServerLink {
  readonly clientSap: number;
  /** Sends an APDU before the one that is returned; without it blocks go one at a time. */
  send?(apdu: Uint8Array): void;
}

const GBT = 0xe0;
const AARQ = 0x60;
const RLRQ = 0x62;

type Reason = ApduOf<'exception-response'>['reason'];

/** A refusal that stands instead of an answer. */
function exception(
  reason: Reason,
  state: ApduOf<'exception-response'>['state'] = 'service-not-allowed',
): Uint8Array {
  return encodeApdu({ service: 'exception-response', state, reason });
}

/** What a meter holds for one client address. */
export class ServerSession {
  readonly meter: MeterState;
  readonly association: AssociationDescription;
  state: 'none' | 'pending' | 'associated' = 'none';
  contextName: keyof typeof applicationContexts | undefined;
  conformance: ReadonlySet<ConformanceBit> = new Set();
  clientMaxPduBytes = 0xffff;
  clientTitle: Uint8Array | undefined;
  /** Protection of the request being answered. */
  #protection: Protection = protections.none;
  #envelope: Envelope = 'glo';
  #channel: SecureChannel | undefined;
  #keys: KeySet | undefined;
  #lowest = 0;
  #challenges: { readonly ours: Uint8Array; readonly theirs: Uint8Array } | undefined;
  #incoming: BlockReceiver | undefined;
  #outgoing: { readonly sender: BlockSender; readonly received: number } | undefined;
  #ownBlocks = 0;
  readonly #longNames: LongNameServices;
  readonly #shortNames: ShortNameServices;

  constructor(meter: MeterState, association: AssociationDescription) {
    this.meter = meter;
    this.association = association;
    this.#longNames = new LongNameServices(this);
    this.#shortNames = new ShortNameServices(this);
  }

  /** association_status: 0 none, 1 pending, 2 associated. */
  get stateCode(): number {
    return { none: 0, pending: 1, associated: 2 }[this.state];
  }

  /** Bytes a plain answer may have. */
  get room(): number {
    const channel = this.#channel;
    if (channel?.isGeneral && this.conformance.has('general-block-transfer')) return Number.MAX_SAFE_INTEGER;
    const most = Math.min(this.clientMaxPduBytes, this.meter.model.description.maxPduBytes);
    return most - (channel?.overhead(this.#envelope, this.#responseProtection) ?? 0);
  }

  /** Answers an APDU; undefined when there is nothing to say. */
  handle(bytes: Uint8Array, link: ServerLink): Uint8Array | undefined {
    const { takesBytes = Number.POSITIVE_INFINITY } = this.meter.model.quirks;
    if (bytes.length === 0 || bytes.length > takesBytes) return undefined;
    if (bytes[0] === GBT) return this.#block(bytes, link);
    const answer = this.#answer(bytes);
    if (
      answer === undefined ||
      answer.length <= this.clientMaxPduBytes ||
      !this.conformance.has('general-block-transfer')
    ) {
      return answer;
    }
    return this.#sendBlocks(answer, 0, 1, link);
  }

  /** Ends the association: released, disconnected, or the meter lost power. */
  close(): void {
    this.state = 'none';
    this.#channel = undefined;
    this.#challenges = undefined;
    this.#incoming = undefined;
    this.#outgoing = undefined;
    this.#longNames.reset();
    this.#shortNames.reset();
  }

  #answer(bytes: Uint8Array): Uint8Array | undefined {
    try {
      if (bytes[0] === AARQ) return this.#associate(bytes);
      if (bytes[0] === RLRQ) return this.#release(bytes);
      if (this.state === 'none') return exception({ kind: 'operation-not-possible' });
      return this.#service(bytes);
    } catch (error) {
      return refusalOf(error, this.#lowest);
    }
  }

  #associate(bytes: Uint8Array): Uint8Array {
    this.close();
    const request = decodeApduAndRest(bytes).apdu as ApduOf<'aarq'>;
    const accepted = acceptAssociation(this, request);
    this.conformance = accepted.conformance;
    this.clientMaxPduBytes = accepted.clientMaxPduBytes;
    this.contextName = request.contextName as keyof typeof applicationContexts;
    this.#challenges = accepted.challenges;
    if (accepted.isAccepted) this.state = accepted.challenges === undefined ? 'associated' : 'pending';
    else this.#channel = undefined;
    return accepted.answer;
  }

  /** Makes the keys of the association ready for the title of a client; they stay until it ends. */
  openChannel(setup: string, clientTitle: Uint8Array): SecureChannel {
    const { key, broadcast } = this.meter.cipherKeys(setup);
    const keys = this.meter.keys(setup)!;
    const { name } = this.association;
    this.#keys = keys;
    this.#lowest = this.meter.lowest.get(name) ?? 0;
    this.clientTitle = copyOf(clientTitle);
    const checkReceived = (counter: number): void => {
      if (counter < this.#lowest) {
        const data = { received: counter, lowest: this.#lowest };
        throw securityErrors.DLMS_SECURITY_REPLAYED(
          `counter ${counter}, lowest accepted ${this.#lowest}`,
          data,
        );
      }
      this.#lowest = counter + 1;
      // counters of a key that was replaced meanwhile say nothing of the new one
      if (this.meter.keys(setup)?.unicast === keys.unicast) this.meter.lowest.set(name, this.#lowest);
    };
    const { systemTitle: ownTitle, nextCounter } = this.meter.env;
    const general = keys.general && { general: keys.general, crypto: this.meter.env.crypto };
    const counters = { nextCounter: () => nextCounter.call(this.meter.env), checkReceived };
    const options = { key, ownTitle, isServer: true, ...counters, ...general };
    this.#channel = new SecureChannel(
      broadcast ? { ...options, broadcastKey: broadcast } : options,
      this.clientTitle,
    );
    return this.#channel;
  }

  /** Bytes that protection of services will add to those a client must take. */
  overhead(conformance: ReadonlySet<ConformanceBit>, envelope: Envelope, protection: Protection): number {
    if (this.#channel === undefined) return 0;
    const isCut = this.#channel.isGeneral && conformance.has('general-block-transfer');
    return isCut ? 0 : this.#channel.overhead(envelope, protection);
  }

  /** Protects what stands in an AARE. */
  seal(plain: Uint8Array, protection: Protection): Uint8Array {
    return this.#channel!.protect(plain, 'glo', protection);
  }

  useDedicated(key: Uint8Array): void {
    const { suite, authentication } = this.#keys!;
    this.#channel!.useDedicated(cipherKey(this.meter.env.crypto, suite, key, authentication));
  }

  #release(bytes: Uint8Array): Uint8Array {
    const { userInformation } = decodeApduAndRest(bytes).apdu as ApduOf<'rlrq'>;
    const channel = this.#channel;
    let sealed: Uint8Array | undefined;
    if (userInformation !== undefined && channel !== undefined && isProtected(userInformation[0] ?? 0)) {
      const { protection } = channel.open(userInformation);
      sealed = channel.protect(this.initiateResponse(), 'glo', protection);
    }
    this.close();
    return encodeApdu({ service: 'rlre', reason: 'normal', ...(sealed ? { userInformation: sealed } : {}) });
  }

  initiateResponse(accepted?: Pick<Accepted, 'conformance'>): Uint8Array {
    return encodeApdu({
      service: 'initiate-response',
      version: 6,
      conformance: [...(accepted?.conformance ?? this.conformance)],
      maxPduSize: this.meter.model.description.maxPduBytes,
      vaaName: this.association.referencing === 'short-name' ? -0x600 : 7,
    });
  }

  get #required(): Protection {
    const setup = this.association.securitySetup;
    const policy = setup === undefined ? undefined : this.meter.keys(setup)?.policy;
    return protections[policy ?? 'none'];
  }

  /** Answers are protected as the requests, and at least as the policy wants. */
  get #responseProtection(): Protection {
    const { authenticated, encrypted } = this.#required;
    return {
      authenticated: authenticated || this.#protection.authenticated,
      encrypted: encrypted || this.#protection.encrypted,
    };
  }

  #service(bytes: Uint8Array): Uint8Array | undefined {
    const required = this.#required;
    let plain = bytes;
    this.#protection = protections.none;
    const isGeneralForm = isGeneral(bytes[0]!);
    if (isGeneralForm || isProtected(bytes[0]!)) {
      if (this.#channel === undefined) return exception({ kind: 'deciphering-error' });
      // a general form that was not set up is none that could be opened
      if (isGeneralForm && !this.#channel.isGeneral) return exception({ kind: 'operation-not-possible' });
      const opened = this.#channel.openService(bytes, required);
      plain = opened.apdu;
      this.#protection = opened.protection;
      this.#envelope = opened.envelope;
    } else if (isCiphered(required) || this.#channel?.isGeneral)
      return exception({ kind: 'operation-not-possible' });
    const answer = this.#dispatch(decodeApdu(plain));
    const protection = this.#responseProtection;
    if (answer === undefined || this.#channel === undefined) return answer;
    return this.#channel.protectService(answer, this.#envelope, protection);
  }

  #dispatch(apdu: Apdu): Uint8Array | undefined {
    if (this.state === 'pending' && !this.#isProof(apdu))
      return exception({ kind: 'operation-not-possible' });
    const isList = 'kind' in apdu && apdu.kind === 'with-list';
    if (isList && this.meter.model.quirks.refusesLists) {
      return exception({ kind: 'service-not-supported' }, 'service-unknown');
    }
    const short = this.association.referencing === 'short-name';
    switch (apdu.service) {
      case 'get-request':
        if (!short) return this.#longNames.get(apdu);
        break;
      case 'set-request':
        if (!short) return this.#longNames.set(apdu);
        break;
      case 'action-request':
        if (!short) return this.#longNames.action(apdu);
        break;
      case 'access-request':
        if (!short) return this.#longNames.access(apdu);
        break;
      case 'read-request':
        if (short) return this.#shortNames.read(apdu);
        break;
      case 'write-request':
      case 'unconfirmed-write-request':
        if (short) return this.#shortNames.write(apdu);
        break;
    }
    return exception({ kind: 'service-not-supported' }, 'service-unknown');
  }

  /** Before the client has proved itself it may only do that. */
  #isProof(apdu: Apdu): boolean {
    if (apdu.service === 'action-request') {
      if (apdu.kind === 'with-block') return true;
      const isOne = apdu.kind === 'normal' || apdu.kind === 'first-block';
      return isOne ? apdu.method.classId === 15 && apdu.method.method === 1 : apdu.kind === 'next';
    }
    return apdu.service === 'read-request' && this.#shortNames.isProof(apdu);
  }

  /** Pass 3 checked and pass 4; undefined for a wrong answer, after which the client associates anew. */
  answerChallenge(answer: Uint8Array): Uint8Array | undefined {
    const challenges = this.#challenges;
    if (this.state !== 'pending' || challenges === undefined) return undefined;
    // a challenge is for one answer
    this.state = 'none';
    this.#challenges = undefined;
    const { crypto, systemTitle } = this.meter.env;
    const keys = this.#keys;
    const secret = this.meter.password(this.association.name);
    const setup = this.association.securitySetup;
    const shared = {
      mechanism: mechanisms[this.association.mechanism] as HlsMechanism,
      ...(secret === undefined ? {} : { secret }),
      ...(setup === undefined || keys === undefined
        ? {}
        : { key: this.#channel!.options.key, suite: keys.suite }),
    };
    const clientTitle = this.clientTitle ?? new Uint8Array(0);
    const theirs: HlsProof = {
      ...shared,
      challenge: challenges.ours,
      ownChallenge: challenges.theirs,
      ownTitle: clientTitle,
      otherTitle: systemTitle,
      ...(keys?.clientPublicKey ? { signatureKey: keys.clientPublicKey } : {}),
    };
    try {
      checkHls(crypto, theirs, answer);
    } catch {
      this.meter.happened('authentication-failed');
      return undefined;
    }
    this.state = 'associated';
    return answerHls(crypto, {
      ...shared,
      challenge: challenges.theirs,
      ownChallenge: challenges.ours,
      ownTitle: systemTitle,
      otherTitle: clientTitle,
      ...(shared.mechanism === 5 ? { counter: this.meter.env.nextCounter() } : {}),
      ...(keys?.signingKey ? { signatureKey: keys.signingKey } : {}),
    });
  }

  /** A block of a request, or word of how far the client has ours. */
  #block(bytes: Uint8Array, link: ServerLink): Uint8Array | undefined {
    let block: GeneralBlock;
    try {
      block = decodeApduAndRest(bytes).apdu as GeneralBlock;
    } catch (error) {
      return refusalOf(error, 0);
    }
    if (this.state === 'none' || !this.conformance.has('general-block-transfer')) {
      return exception({ kind: 'operation-not-possible' });
    }
    const out = this.#outgoing;
    if (out !== undefined && block.data.length === 0) {
      if (block.acknowledged < out.sender.count)
        return this.#window(block.acknowledged, block.control.window, link);
      this.#outgoing = undefined;
      return undefined;
    }
    if (block.number === 1) this.#incoming = new BlockReceiver(MAX_REQUEST_BYTES);
    const incoming = this.#incoming;
    if (incoming === undefined) return exception({ kind: 'operation-not-possible' });
    try {
      incoming.accept(block);
    } catch (error) {
      this.#incoming = undefined;
      return refusalOf(error, 0);
    }
    if (!incoming.done) {
      if (block.control.streaming) return undefined;
      return acknowledge(++this.#ownBlocks & 0xffff, incoming.acknowledged, link.send ? 8 : 1, false);
    }
    this.#incoming = undefined;
    this.#ownBlocks = 0;
    const answer = this.#answer(incoming.finish());
    if (answer === undefined) return undefined;
    return this.#sendBlocks(answer, incoming.acknowledged, block.control.window, link);
  }

  #sendBlocks(answer: Uint8Array, received: number, window: number, link: ServerLink): Uint8Array {
    try {
      this.#outgoing = { sender: new BlockSender(answer, this.clientMaxPduBytes), received };
    } catch {
      return exception({ kind: 'pdu-too-long' });
    }
    return this.#window(0, window, link)!;
  }

  #window(acknowledged: number, window: number, link: ServerLink): Uint8Array | undefined {
    const { sender, received } = this.#outgoing!;
    const blocks = sender.window(acknowledged, link.send ? window : 1, received, 1);
    for (const block of blocks.slice(0, -1)) link.send!(block);
    return blocks.at(-1);
  }
}

/** What a peer is told of an error of its request. */
function refusalOf(error: unknown, lowest: number): Uint8Array {
  if (!(error instanceof OpenAmiError)) throw error;
  if (error.code === 'DLMS_SECURITY_REPLAYED') {
    return exception({ kind: 'invocation-counter-error', expected: Math.min(lowest, MAX_COUNTER) });
  }
  if (error.code === 'DLMS_SECURITY_TOO_WEAK') return exception({ kind: 'operation-not-possible' });
  if (error.code.startsWith('DLMS_SECURITY_')) return exception({ kind: 'deciphering-error' });
  if (error.code === 'DLMS_UNKNOWN_TAG')
    return exception({ kind: 'service-not-supported' }, 'service-unknown');
  return exception({ kind: 'other-reason' });
}
