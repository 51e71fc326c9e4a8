/** Protection of the APDUs of one association, either side (IEC 62056-5-3 clause 5.3). */
import {
  type CipherKey,
  type Envelope,
  hasOwnForm,
  protectApdu,
  readProtected,
  unprotectApdu,
} from '../security/protect.ts';
import { securityErrors } from '../security/security-errors.ts';

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

/** Counters are the caller's, who keeps them: one sequence for each key and sender. */
export interface Counters {
  /** The next unused one, kept as used before it is returned. */
  nextCounter(): number;
  /** Raises DLMS_SECURITY_REPLAYED for one that is not above all received before, else keeps it. */
  checkReceived(counter: number): void;
}

export interface ChannelOptions extends Counters {
  readonly key: CipherKey;
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
export function overheadOf(envelope: Envelope, protection: Protection): number {
  if (!protection.authenticated && !protection.encrypted) return 0;
  const title = envelope === 'general-glo' || envelope === 'general-ded' ? 9 : 0;
  return 1 + title + 3 + 5 + (protection.authenticated ? 12 : 0);
}

export class SecureChannel {
  readonly options: ChannelOptions;
  /** Of the peer; known from AARQ, AARE or beforehand. */
  peerTitle: Uint8Array | undefined;
  #dedicated: CipherKey | undefined;
  /** Counters received under the dedicated key start anew with it. */
  #lowestDedicated = 0;

  constructor(options: ChannelOptions, peerTitle?: Uint8Array) {
    this.options = options;
    this.peerTitle = peerTitle;
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
