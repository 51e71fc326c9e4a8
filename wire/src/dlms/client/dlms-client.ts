/** A client of one meter: associations and services over an injected transport. */
import type {
  AccessSelection,
  AttributeDescriptor,
  DataAccessResult,
  GetDataResult,
  MethodDescriptor,
} from '../apdu/common.ts';
import { associationErrors } from '../association/association-errors.ts';
import type { GeneralSecurity } from '../association/general-security.ts';
import {
  type Counters,
  type ProtectionName,
  protections,
  SecureChannel,
} from '../association/secure-channel.ts';
import { decodeObjectList, type ObjectListEntry } from '../cosem/objects.ts';
import type { Profile } from '../cosem/profile.ts';
import type { DlmsCrypto } from '../security/crypto.ts';
import { type CipherKey, cipherKey } from '../security/protect.ts';
import type { SecuritySuite } from '../security/suite.ts';
import { type CosemValue, numberOf } from '../value.ts';
import {
  type AccessItem,
  type AccessOutcome,
  type ActionItem,
  type ActionOutcome,
  access,
  invokeMany,
  invokeOne,
} from './action.ts';
import {
  type Agreement,
  type AssociateContext,
  type Authentication,
  associate,
  release,
} from './associate.ts';
import { ASSOCIATION_NAME, type ShortObject, shortObjects } from './by-short-name.ts';
import { type GetItem, getMany, getOne } from './get.ts';
import { type MeterProfile, shortNameConformance, standardMeter } from './meter-profile.ts';
import { describeProfile, type ProfileDescription, type ProfileRange, readProfile } from './read-profile.ts';
import { type ClientLimits, ClientSession, type NotificationListener, standardLimits } from './session.ts';
import { type SetItem, setMany, setOne } from './set.ts';
import { readMany, readShort, type ShortItem, writeMany } from './short-names.ts';
import { type DlmsTransport, drive, type Signal, type Talk } from './talk.ts';

export interface ClientSecurity {
  readonly suite: SecuritySuite;
  readonly protection: ProtectionName;
  readonly encryptionKey: Uint8Array;
  readonly authenticationKey: Uint8Array;
  readonly counters: Counters;
  /** Services in general-ciphering or general-signing; answers in less are refused. */
  readonly general?: GeneralSecurity;
}

export interface DlmsClientOptions {
  readonly crypto: DlmsCrypto;
  readonly referencing?: 'logical-name' | 'short-name';
  readonly authentication?: Authentication;
  readonly security?: ClientSecurity;
  /** Ours, 8 bytes: needed for ciphering and for mechanisms 5, 6 and 7. */
  readonly systemTitle?: Uint8Array;
  /** The meter's, where it is known: an answer of another one is refused. */
  readonly serverTitle?: Uint8Array;
  readonly profile?: Partial<MeterProfile>;
  readonly limits?: Partial<ClientLimits>;
  /** What the meter sends by itself between answers. */
  readonly onNotification?: NotificationListener;
  /** What `listShortObjects` gave for this model before. */
  readonly shortObjects?: readonly ShortObject[];
}

/**
 * One request at a time: a call waits for the one before. Every call raises typed errors only: those of
 * associations, security and decoding, and what the transport raises.
 */
export class DlmsClient {
  readonly session: ClientSession;
  readonly #transport: DlmsTransport;
  readonly #context: AssociateContext;
  #last: Promise<unknown> = Promise.resolve();

  constructor(transport: DlmsTransport, options: DlmsClientOptions) {
    this.#transport = transport;
    const {
      crypto,
      security,
      referencing = 'logical-name',
      authentication = { mechanism: 'none' },
    } = options;
    const { systemTitle: title, serverTitle } = options;
    const key =
      security && cipherKey(crypto, security.suite, security.encryptionKey, security.authenticationKey);
    const profile = {
      ...standardMeter,
      ...(referencing === 'short-name' ? { conformance: shortNameConformance } : {}),
      ...options.profile,
    };
    this.session = new ClientSession({
      profile,
      limits: { ...standardLimits, ...options.limits },
      protection: protections[security?.protection ?? 'none'],
      isShort: referencing === 'short-name',
      ...(options.shortObjects ? { shortObjects: options.shortObjects } : {}),
      ...(options.onNotification ? { onNotification: options.onNotification } : {}),
      ...(key && title ? { channel: channelOf(crypto, key, title, security!, profile, serverTitle) } : {}),
    });
    const needsChannel = this.session.ciphered || security?.general !== undefined;
    if (needsChannel && this.session.channel === undefined) {
      throw associationErrors.DLMS_MODEL('ciphering needs a system title of the client');
    }
    if (security?.general?.key !== undefined && !this.session.protection.authenticated) {
      throw associationErrors.DLMS_MODEL('general-ciphering needs authentication');
    }
    this.session.canReceive = transport.receive !== undefined;
    this.session.canSend = transport.send !== undefined;
    this.#context = {
      session: this.session,
      crypto,
      referencing,
      authentication,
      suite: security?.suite ?? 0,
      title,
      serverTitle,
      key,
      nextCounter: security && (() => security.counters.nextCounter()),
    };
  }

  associate(signal?: Signal): Promise<Agreement> {
    return this.#run(() => associate(this.#context), signal, false);
  }

  release(signal?: Signal): Promise<void> {
    return this.#run(() => release(this.#context), signal, false);
  }

  get(attribute: AttributeDescriptor, selection?: AccessSelection, signal?: Signal): Promise<CosemValue> {
    const item: GetItem = selection === undefined ? { attribute } : { attribute, selection };
    return this.#run(() => getOne(this.session, item), signal);
  }

  /** One result an attribute; errors of single ones are results. */
  getMany(items: readonly GetItem[], signal?: Signal): Promise<GetDataResult[]> {
    return this.#run(() => getMany(this.session, items), signal);
  }

  set(attribute: AttributeDescriptor, value: CosemValue, signal?: Signal): Promise<void> {
    return this.#run(() => setOne(this.session, { attribute, value }), signal);
  }

  setMany(items: readonly SetItem[], signal?: Signal): Promise<DataAccessResult[]> {
    return this.#run(() => setMany(this.session, items), signal);
  }

  invoke(
    method: MethodDescriptor,
    parameters?: CosemValue,
    signal?: Signal,
  ): Promise<CosemValue | undefined> {
    const item: ActionItem = parameters === undefined ? { method } : { method, parameters };
    return this.#run(() => invokeOne(this.session, item), signal);
  }

  invokeMany(items: readonly ActionItem[], signal?: Signal): Promise<readonly ActionOutcome[]> {
    return this.#run(() => invokeMany(this.session, items), signal);
  }

  access(items: readonly AccessItem[], signal?: Signal): Promise<AccessOutcome[]> {
    return this.#run(() => access(this.session, items), signal);
  }

  /** Short names as they are: one variable, with the parameter of selective access or of a method. */
  read(item: ShortItem, signal?: Signal): Promise<CosemValue> {
    return this.#run(() => readShort(this.session, item), signal);
  }

  readMany(items: readonly ShortItem[], signal?: Signal): Promise<GetDataResult[]> {
    return this.#run(() => readMany(this.session, items), signal);
  }

  writeMany(
    items: readonly (ShortItem & { readonly value: CosemValue })[],
    signal?: Signal,
  ): Promise<DataAccessResult[]> {
    return this.#run(() => writeMany(this.session, items), signal);
  }

  /** What a profile captures; keep it, it is the same tomorrow and for all meters set up alike. */
  describeProfile(instance: string, signal?: Signal): Promise<ProfileDescription> {
    return this.#run(() => describeProfile(this.session, instance), signal);
  }

  /** Rows in columns, oldest first; all of the buffer without a range. */
  readProfile(description: ProfileDescription, range?: ProfileRange, signal?: Signal): Promise<Profile> {
    return this.#run(() => readProfile(this.session, description, range), signal);
  }

  /** Objects of the association with logical names and what it may do with each. */
  listObjects(signal?: Signal): Promise<ObjectListEntry[]> {
    const attribute = { classId: 15, instance: this.session.profile.association, attribute: 2 };
    return this.#run(() => decoded(getOne(this.session, { attribute }), decodeObjectList), signal);
  }

  /** The list of the association with short names, as it is: base name, class, version, logical name. */
  listShortNames(signal?: Signal): Promise<CosemValue> {
    return this.#run(() => readShort(this.session, { name: ASSOCIATION_NAME + 8 }), signal);
  }

  /** Objects of the association with short names; keep the list for the next client of this model. */
  listShortObjects(signal?: Signal): Promise<readonly ShortObject[]> {
    return this.#run(() => shortObjects(this.session), signal);
  }

  /** The counter the meter last saw from the client this association may tell of; the next is one more. */
  readCounter(signal?: Signal): Promise<number> {
    const attribute = { classId: 1, instance: this.session.profile.counter, attribute: 2 };
    return this.#run(() => decoded(getOne(this.session, { attribute }), counterOf), signal);
  }

  #run<T>(talk: () => Talk<T>, signal?: Signal, needsAssociation = true): Promise<T> {
    const work = async (): Promise<T> => {
      if (needsAssociation) this.session.requireAssociated();
      return await drive(talk(), this.#transport, signal);
    };
    const done = this.#last.then(work, work);
    this.#last = done.catch(() => {});
    return done;
  }
}

function* decoded<T>(talk: Talk<CosemValue>, decode: (value: CosemValue) => T): Talk<T> {
  return decode(yield* talk);
}

function counterOf(value: CosemValue): number {
  const counter = numberOf(value);
  if (counter === undefined || !Number.isInteger(counter) || counter < 0) {
    throw associationErrors.DLMS_PROTOCOL(`the counter object holds ${value.type}`);
  }
  return counter;
}

function channelOf(
  crypto: DlmsCrypto,
  key: CipherKey,
  ownTitle: Uint8Array,
  { counters, general }: ClientSecurity,
  { additionalData }: MeterProfile,
  serverTitle: Uint8Array | undefined,
): SecureChannel {
  return new SecureChannel(
    {
      key,
      ownTitle,
      nextCounter: () => counters.nextCounter(),
      checkReceived: (counter) => counters.checkReceived(counter),
      ...(additionalData === undefined ? {} : { additionalData }),
      ...(general === undefined ? {} : { general, crypto }),
    },
    serverTitle,
  );
}
