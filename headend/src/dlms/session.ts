/**
 * One session with one meter: link, association, work, release. When a ciphered association fails in a way
 * that a stale invocation counter can cause, the counter the meter has seen is read through its public
 * client, and if it is not below ours, the association is opened again above it.
 */
import { type MeterKey, OpenAmiError } from '@openami/model';
import {
  type Agreement,
  type Apdu,
  type Authentication,
  associationErrors,
  DlmsClient,
  type DlmsClientOptions,
  type DlmsCrypto,
  type DlmsTransport,
  encodeApdu,
  type MeterProfile,
  type ProtectionName,
  type SecuritySuite,
} from '@openami/wire/dlms';
import { believable, risingCounters, type SendCounters } from './counters.ts';
import type { Addresses, LinkSource } from './endpoint.ts';
import { dlmsFieldErrors } from './errors.ts';
import type { DlmsLink } from './link.ts';
import { nodeCrypto } from './node-crypto.ts';
import type { LogKeys, SessionLog } from './session-log.ts';

/** Keys of one meter, asked for when a session needs them. */
export interface MeterKeys {
  /** Global unicast encryption key (GUEK). */
  readonly encryptionKey: Uint8Array;
  /** Authentication key (GAK); empty for the few meters without one. */
  readonly authenticationKey: Uint8Array;
}

export interface Ciphering {
  readonly suite: SecuritySuite;
  readonly protection: ProtectionName;
  keys(): MeterKeys | Promise<MeterKeys>;
  readonly counters: SendCounters;
  /** Raises for a counter of the meter that is not above what was received; default: within the session. */
  readonly checkReceived?: (counter: number) => void;
}

/** Everything it takes to open an association of a meter. */
export interface MeterAccess {
  readonly source: LinkSource;
  readonly addresses: Addresses;
  readonly referencing?: 'logical-name' | 'short-name';
  readonly authentication?: Authentication;
  readonly ciphering?: Ciphering;
  /** Ours, 8 bytes. */
  readonly systemTitle?: Uint8Array;
  /** The meter's, where it is known: another one is refused. */
  readonly serverTitle?: Uint8Array;
  /** The keys that an open association proves, and all of the meter; without material. */
  readonly keys?: { readonly used: readonly MeterKey[]; readonly all: readonly MeterKey[] };
  readonly profile?: Partial<MeterProfile>;
  /** Where the counter can be read without keys; `false` where it cannot. Default client 16. */
  readonly publicClient?: Addresses | false;
  readonly crypto?: DlmsCrypto;
}

export interface SessionOptions {
  readonly signal?: AbortSignal;
  /** Keeps what is said; left out, nothing is kept. */
  readonly log?: SessionLog;
  /** What the meter sent where an answer was due; left out, it goes the way of `onUnsolicited`. */
  readonly onNotification?: (apdu: Apdu) => void;
  /** An APDU that came between requests, as it came. */
  readonly onUnsolicited?: (apdu: Uint8Array) => void;
  /** Every APDU of the meter as it came, for evidence. */
  readonly onReceived?: (apdu: Uint8Array) => void;
}

export type Stage = 'connect' | 'associate' | 'work' | 'release';

/** How a session went. */
export type SessionOutcome<T> =
  | { readonly ok: true; readonly value: T; readonly stats: SessionStats }
  | { readonly ok: false; readonly error: OpenAmiError; readonly stage: Stage; readonly stats: SessionStats };

export interface SessionStats {
  readonly durationMs: number;
  readonly apdusSent: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  /** The counter of the meter that ours was raised above. */
  readonly recoveredAbove?: number;
}

const PUBLIC_CLIENT = 16;
const releaseMs = 3_000;

/** An open association. */
export class MeterSession {
  readonly client: DlmsClient;
  readonly agreement: Agreement;
  readonly #link: DlmsLink;
  readonly #note: (text: string) => void;

  constructor(client: DlmsClient, agreement: Agreement, link: DlmsLink, note: (text: string) => void) {
    this.client = client;
    this.agreement = agreement;
    this.#link = link;
    this.#note = note;
  }

  /** Releases and closes; what fails in it is noted, since the work is done. */
  async close(): Promise<void> {
    try {
      // some meters never answer a release
      this.#link.patienceMs = releaseMs;
      if (this.#link.isOpen) await this.client.release();
    } catch (error) {
      this.#note(`release: ${(error as Error).message}`);
    }
    await this.#link.close();
  }

  /** Closes without a release: the dialogue is lost. */
  abandon(error?: OpenAmiError): void {
    this.#link.abandon(error);
  }
}

interface Tally {
  apdusSent: number;
  bytesSent: number;
  bytesReceived: number;
  recoveredAbove?: number;
  stage: Stage;
}

/** Runs work in an association of its own. Rejects for faults of the program alone, with the link closed. */
export async function runSession<T>(
  access: MeterAccess,
  work: (session: MeterSession) => Promise<T>,
  options: SessionOptions = {},
): Promise<SessionOutcome<T>> {
  const startedMs = performance.now();
  const tally: Tally = { apdusSent: 0, bytesSent: 0, bytesReceived: 0, stage: 'connect' };
  const stats = (): SessionStats => {
    const { stage: _, ...counts } = tally;
    return { durationMs: performance.now() - startedMs, ...counts };
  };
  let session: MeterSession | undefined;
  try {
    session = await open(access, options, tally);
    tally.stage = 'work';
    const value = await work(session);
    tally.stage = 'release';
    await session.close();
    return { ok: true, value, stats: stats() };
  } catch (thrown) {
    const error = typed(thrown, options.signal);
    if (error === undefined) {
      // left open it would hold the meter, and the line it shares with others
      session?.abandon();
      throw thrown;
    }
    const { stage } = tally;
    // after a time-out or a cut the place in the dialogue is lost; a refusal leaves it whole
    if (error.fault === 'peer' || error.fault === 'caller') await session?.close();
    else session?.abandon(error);
    options.log?.note(`${error.code}: ${error.message}`, performance.now());
    return { ok: false, error, stage, stats: stats() };
  }
}

/** Opens a session that the caller closes. Raises what links, associations and security raise. */
export function openSession(access: MeterAccess, options: SessionOptions = {}): Promise<MeterSession> {
  return open(access, options, { apdusSent: 0, bytesSent: 0, bytesReceived: 0, stage: 'connect' });
}

async function open(access: MeterAccess, options: SessionOptions, tally: Tally): Promise<MeterSession> {
  const keys = await access.ciphering?.keys();
  try {
    return await attempt(access, keys, options, tally);
  } catch (error) {
    const { ciphering } = access;
    if (ciphering === undefined || tally.stage !== 'associate' || !mayBeStale(error)) throw error;
    const used = await counterOfMeter(access, error, options, tally);
    if (used === undefined) throw error;
    const before = ciphering.counters.reserve();
    // the meter has seen no higher one than ours: it refused for another reason, and a second try with a
    // wrong password or key may lock us out
    if (used < before && error.code !== 'DLMS_COUNTER_REFUSED') throw error;
    await ciphering.counters.continueAbove(used);
    tally.recoveredAbove = used;
    options.log?.note(`the meter has seen counter ${used}; going on above it`, performance.now());
    return await attempt(access, keys, options, tally);
  }
}

async function attempt(
  access: MeterAccess,
  keys: MeterKeys | undefined,
  options: SessionOptions,
  tally: Tally,
): Promise<MeterSession> {
  tally.stage = 'connect';
  const { signal, log } = options;
  const link = await access.source.open(access.addresses, signal);
  try {
    const { onUnsolicited: own } = link;
    const unsolicited = (apdu: Uint8Array): void => {
      own?.(apdu);
      options.onUnsolicited?.(apdu);
    };
    link.onUnsolicited = unsolicited;
    tally.stage = 'associate';
    // a push that comes in place of an answer is none the less one
    const notified = options.onNotification ?? ((apdu: Apdu) => unsolicited(encodeApdu(apdu)));
    const client = new DlmsClient(watched(link, tally, options), clientOptions(access, keys, notified));
    const agreement = await client.associate(signal);
    return new MeterSession(client, agreement, link, (text) => log?.note(text, performance.now()));
  } catch (error) {
    // the meter may hold an association for us that a release would not match: closing the link ends it
    await link.close();
    throw error;
  }
}

function clientOptions(
  { authentication, ciphering, profile, referencing, systemTitle, serverTitle, crypto }: MeterAccess,
  keys: MeterKeys | undefined,
  onNotification: (apdu: Apdu) => void,
): DlmsClientOptions {
  return {
    crypto: crypto ?? nodeCrypto,
    authentication,
    profile,
    referencing,
    systemTitle,
    serverTitle,
    onNotification,
    security: ciphering && {
      suite: ciphering.suite,
      protection: ciphering.protection,
      ...keys!,
      counters: {
        nextCounter: () => ciphering.counters.reserve(),
        checkReceived: ciphering.checkReceived ?? risingCounters(),
      },
    },
  };
}

/** Refusals, silence and a closed link: meters differ in how they say that a counter is stale. */
function mayBeStale(error: unknown): error is OpenAmiError {
  return error instanceof OpenAmiError && staleCodes.has(error.code);
}

const staleCodes = new Set([
  'DLMS_COUNTER_REFUSED',
  'DLMS_ASSOCIATION_REFUSED',
  'DLMS_AUTHENTICATION_REFUSED',
  'DLMS_DECIPHERING_REFUSED',
  'DLMS_SERVICE_REFUSED',
  'DLMS_TIMEOUT',
  'DLMS_CLOSED',
  'DLMS_LINK_TIMEOUT',
]);

/** What the meter has seen from us; undefined where it does not tell, or is not to be asked. */
async function counterOfMeter(
  access: MeterAccess,
  refused: OpenAmiError,
  options: SessionOptions,
  tally: Tally,
): Promise<number | undefined> {
  const { expected } = refused.data;
  // some mean the last they saw, some the next: one counter more or less does not matter
  if (typeof expected === 'number') return believable(expected);
  const addresses = access.publicClient ?? { client: PUBLIC_CLIENT, server: access.addresses.server };
  if (addresses === false) return undefined;
  const { signal, log } = options;
  const counter = access.profile?.counter;
  const { source, crypto } = access;
  const reader: MeterAccess = {
    source,
    addresses,
    crypto,
    profile: counter === undefined ? {} : { counter },
  };
  let session: MeterSession | undefined;
  try {
    session = await attempt(reader, undefined, options, tally);
    const used = await session.client.readCounter(signal);
    await session.close();
    return believable(used);
  } catch (error) {
    session?.abandon();
    log?.note(`counter through the public client: ${(error as Error).message}`, performance.now());
    if (refused.code !== 'DLMS_COUNTER_REFUSED') return undefined;
    throw dlmsFieldErrors.DLMS_NO_OTHER_COUNTER((error as Error).message, {}, error);
  }
}

/** Counts and keeps what goes over a link. */
function watched(
  link: DlmsLink,
  tally: Tally,
  { log, onReceived }: Pick<SessionOptions, 'log' | 'onReceived'>,
): DlmsTransport {
  const sent = (apdu: Uint8Array): void => {
    tally.apdusSent++;
    tally.bytesSent += apdu.length;
    log?.said('client', apdu, performance.now());
  };
  const received = (apdu: Uint8Array): Uint8Array => {
    tally.bytesReceived += apdu.length;
    log?.said('server', apdu, performance.now());
    onReceived?.(apdu);
    return apdu;
  };
  const exchange: DlmsTransport['exchange'] = (request, signal) => {
    sent(request);
    return link.exchange(request, signal).then(received);
  };
  if (link.receive === undefined || link.send === undefined) return { exchange };
  return {
    exchange,
    receive: (signal) => link.receive!(signal).then(received),
    send: (apdu) => {
      sent(apdu);
      link.send!(apdu);
    },
  };
}

/** Undefined for a fault of the program. */
function typed(thrown: unknown, signal: AbortSignal | undefined): OpenAmiError | undefined {
  if (thrown instanceof OpenAmiError) return thrown;
  return signal?.aborted ? associationErrors.DLMS_CLOSED('given up by the caller', {}, thrown) : undefined;
}

/** Keys to read a log with; the meter's title is learnt from the AARE. */
export async function logKeys(access: MeterAccess): Promise<LogKeys | undefined> {
  const { ciphering, crypto = nodeCrypto, systemTitle, serverTitle, profile } = access;
  if (ciphering === undefined) return undefined;
  return {
    crypto,
    suite: ciphering.suite,
    ...(await ciphering.keys()),
    clientTitle: systemTitle,
    serverTitle,
    additionalData: profile?.additionalData,
  };
}
