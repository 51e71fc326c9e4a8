/** Protection of the APDUs of one association, either side (IEC 62056-5-3 clause 5.3). */

import { copyOf, sameBytes } from '../../bytes.ts';
import { services } from '../apdu/apdu.ts';
import type { DlmsCrypto } from '../security/crypto.ts';
import type { GeneralHeader } from '../security/general-ciphering.ts';
import {
  type CipherKey,
  type Envelope,
  hasOwnForm,
  isProtected,
  isWeaker,
  protectApdu,
  readProtected,
  unprotectApdu,
} from '../security/protect.ts';
import { securityErrors } from '../security/security-errors.ts';
import {
  type GeneralParty,
  type GeneralSecurity,
  generalOverhead,
  isGeneral,
  openGeneral,
  openSigned,
  sealGeneral,
  signGeneral,
} from './general-security.ts';

const EMPTY = new Uint8Array(0);
/** What a meter sends by itself. */
const notifications: ReadonlySet<number> = new Set([
  services['data-notification'][0],
  services['event-notification-request'][0],
  services['information-report-request'][0],
]);

/** A transaction id that was never used: the invocation counter, which never is twice. */
function transactionId(counter: number): Uint8Array {
  const id = new Uint8Array(8);
  new DataView(id.buffer).setUint32(4, counter);
  return id;
}

/** Raises DLMS_SECURITY_REPLAYED for an id that we would not make. */
function counterOf(id: Uint8Array): number {
  const [a, b, c, d, ...low] = id;
  if (id.length !== 8 || a! + b! + c! + d! > 0) {
    throw securityErrors.DLMS_SECURITY_REPLAYED('a transaction id that does not count');
  }
  return low.reduce((sum, byte) => sum * 256 + byte, 0);
}

/** What is done to an APDU; neither is plain. */
export interface Protection {
  readonly authenticated: boolean;
  readonly encrypted: boolean;
}

export const protections = {
  none: { authenticated: false, encrypted: false },
  auth: { authenticated: true, encrypted: false },
  encrypt: { authenticated: false, encrypted: true },
  'auth-encrypt': { authenticated: true, encrypted: true },
} as const satisfies Readonly<Record<string, Protection>>;
export type ProtectionName = keyof typeof protections;

/** Whether anything is done to an APDU. */
export function isCiphered({ authenticated, encrypted }: Protection): boolean {
  return authenticated || encrypted;
}

/** Counters are the caller's, who keeps them: one sequence for each key and sender. */
export interface Counters {
  /** The next unused one, kept as used before it is returned. */
  nextCounter(): number;
  /** Raises DLMS_SECURITY_REPLAYED for one that is not above all received before, else keeps it. */
  checkReceived(counter: number): void;
}

export interface ChannelOptions extends Counters {
  readonly key: CipherKey;
  /** Services in general-ciphering or general-signing; less is not taken. */
  readonly general?: GeneralSecurity;
  /** Needed for `general`. */
  readonly crypto?: DlmsCrypto;
  /** A server answers under the transaction id of the request, a client makes one of its own. */
  readonly isServer?: boolean;
  readonly broadcastKey?: CipherKey;
  readonly ownTitle: Uint8Array;
  /** Additional data of a meter that departs from the standard. */
  readonly additionalData?: Uint8Array;
}

export interface Opened {
  readonly apdu: Uint8Array;
  readonly envelope: Envelope;
  readonly protection: Protection;
}

/** Bytes that protection adds at most: tag, length, title, security header, authentication tag. */
function overheadOf(envelope: Envelope, protection: Protection): number {
  if (!isCiphered(protection)) return 0;
  const title = envelope === 'general-glo' || envelope === 'general-ded' ? 9 : 0;
  return 1 + title + 3 + 5 + (protection.authenticated ? 12 : 0);
}

/** The keys of one association at one side, with the title of the other side and what was agreed with it. */
export class SecureChannel {
  readonly options: ChannelOptions;
  /** Of the peer; known from AARQ, AARE or beforehand. */
  peerTitle: Uint8Array | undefined;
  #dedicated: CipherKey | undefined;
  /** Of the request that is under way. */
  #transactionId: Uint8Array = EMPTY;
  /** Counters received under the dedicated key start anew with it. */
  #lowestDedicated = 0;

  constructor(options: ChannelOptions, peerTitle?: Uint8Array) {
    this.options = options;
    this.peerTitle = peerTitle;
  }

  /** Services go in the general forms. */
  get isGeneral(): boolean {
    return this.options.general !== undefined;
  }

  /** Bytes that `protectService` adds at most. */
  overhead(envelope: Envelope, protection: Protection): number {
    const { general, key } = this.options;
    const inner = general?.key === undefined ? overheadOf(envelope, protection) : 0;
    return general === undefined
      ? inner
      : inner + generalOverhead(general, key.suite, isCiphered(protection));
  }

  /** A service: as `protect`, or in the general forms where the association has them. */
  protectService(apdu: Uint8Array, wanted: Envelope, protection: Protection): Uint8Array {
    const { general, nextCounter, isServer, ownTitle } = this.options;
    const ciphered = isCiphered(protection);
    if (general === undefined) return ciphered ? this.protect(apdu, wanted, protection) : apdu;
    if (this.peerTitle === undefined) throw securityErrors.DLMS_SECURITY_NO_TITLE();
    if (!isServer) this.#transactionId = transactionId(nextCounter());
    const header: GeneralHeader = {
      ...{ transactionId: this.#transactionId, originator: ownTitle, recipient: this.peerTitle },
      ...{ dateTime: EMPTY, otherInformation: EMPTY },
    };
    let bytes = apdu;
    if (ciphered) {
      bytes =
        general.key === undefined
          ? this.protect(apdu, wanted, protection)
          : sealGeneral(this.#party(general), apdu, header, { ...protection, counter: nextCounter() });
    }
    return general.signing === undefined ? bytes : signGeneral(this.#party(general), bytes, header);
  }

  /**
   * A service as `protectService` made it. In an association with the general forms nothing less is taken,
   * but for what a meter sends by itself.
   */
  openService(bytes: Uint8Array, required: Protection): Opened {
    const { general } = this.options;
    if (general === undefined) return this.open(bytes, required);
    if (!isGeneral(bytes[0] ?? 0)) {
      const opened = this.open(bytes, required);
      if (notifications.has(opened.apdu[0]!)) return opened;
      throw securityErrors.DLMS_SECURITY_TOO_WEAK('not in a general form');
    }
    const party = this.#party(general);
    const signed = general.signing === undefined ? undefined : openSigned(party, bytes, this.peerTitle);
    const inner = signed?.content ?? bytes;
    if (general.key !== undefined) {
      if (!isGeneral(inner[0] ?? 0)) throw securityErrors.DLMS_SECURITY_TOO_WEAK('not in general-ciphering');
      const { apdu, control, counter, header } = openGeneral(party, inner, this.peerTitle);
      if (isWeaker(control, required)) throw securityErrors.DLMS_SECURITY_TOO_WEAK('general-ciphering');
      this.#takeTransaction(header, signed?.header);
      this.options.checkReceived(counter);
      return { apdu, envelope: 'general-glo', protection: control };
    }
    if (isProtected(inner[0] ?? 0)) {
      const opened = this.open(inner, required);
      this.#takeTransaction(signed!.header);
      return opened;
    }
    if (isCiphered(required)) throw securityErrors.DLMS_SECURITY_TOO_WEAK('signed, and not ciphered');
    this.#takeTransaction(signed!.header);
    // Nothing in it counts but the transaction.
    if (this.options.isServer) this.options.checkReceived(counterOf(signed!.header.transactionId));
    return { apdu: inner, envelope: 'glo', protection: protections.none };
  }

  /** Raises DLMS_SECURITY_REPLAYED for an answer to another request, DLMS_SECURITY_TAG for two headers. */
  #takeTransaction({ transactionId: id }: GeneralHeader, outer?: GeneralHeader): void {
    if (outer !== undefined && !sameBytes(id, outer.transactionId)) {
      throw securityErrors.DLMS_SECURITY_TAG('signed and ciphered under two transaction ids');
    }
    if (this.options.isServer) this.#transactionId = copyOf(id);
    else if (!sameBytes(id, this.#transactionId)) {
      throw securityErrors.DLMS_SECURITY_REPLAYED('an answer to another transaction');
    }
  }

  #party(general: GeneralSecurity): GeneralParty {
    const { crypto, key, ownTitle } = this.options;
    return { crypto: crypto!, suite: key.suite, key, ownTitle, general };
  }

  useDedicated(key: CipherKey | undefined): void {
    this.#dedicated = key;
    this.#lowestDedicated = 0;
  }

  get hasDedicated(): boolean {
    return this.#dedicated !== undefined;
  }

  /** In the general form where the service has no ciphered form of its own. */
  protect(apdu: Uint8Array, wanted: Envelope, protection: Protection): Uint8Array {
    const isOwn = wanted === 'glo' || wanted === 'ded';
    const envelope = !isOwn || hasOwnForm(wanted, apdu[0]!) ? wanted : (`general-${wanted}` as const);
    const key = this.#keyOf(envelope);
    const { authenticated, encrypted } = protection;
    return protectApdu(apdu, key, {
      envelope,
      authenticated,
      encrypted,
      systemTitle: this.options.ownTitle,
      counter: this.options.nextCounter(),
    });
  }

  /** The plain APDU; its tag and then its counter are checked. */
  open(bytes: Uint8Array, required?: Protection): Opened {
    const sealed = readProtected(bytes);
    const { control, counter } = sealed.content;
    const key = control.broadcast ? this.options.broadcastKey : this.#keyOf(sealed.envelope);
    if (key === undefined) throw securityErrors.DLMS_SECURITY_UNSUPPORTED('no broadcast key');
    const { apdu } = unprotectApdu(sealed, key, {
      ...(this.peerTitle === undefined ? {} : { systemTitle: this.peerTitle }),
      ...(this.options.additionalData === undefined ? {} : { additionalData: this.options.additionalData }),
      ...(required === undefined ? {} : { required }),
    });
    if (key === this.#dedicated) {
      if (counter < this.#lowestDedicated) {
        const data = { received: counter, lowest: this.#lowestDedicated };
        throw securityErrors.DLMS_SECURITY_REPLAYED(`counter ${counter} under the dedicated key`, data);
      }
      this.#lowestDedicated = counter + 1;
    } else this.options.checkReceived(counter);
    return { apdu, envelope: sealed.envelope, protection: control };
  }

  #keyOf(envelope: Envelope): CipherKey {
    if (envelope === 'glo' || envelope === 'general-glo') return this.options.key;
    if (this.#dedicated === undefined) {
      throw securityErrors.DLMS_SECURITY_UNSUPPORTED('dedicated key, and none was agreed');
    }
    return this.#dedicated;
  }
}
