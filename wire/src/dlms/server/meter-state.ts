/** One meter: what it keeps of its own on top of its model, its clock, its logs, its keys. */
import { copyOf } from '../../bytes.ts';
import type { AccessSelection, DataAccessResult } from '../apdu/common.ts';
import { associationErrors } from '../association/association-errors.ts';
import type { GeneralSecurity } from '../association/general-security.ts';
import { type Protection, type ProtectionName, protections } from '../association/secure-channel.ts';
import { encodeData } from '../data.ts';
import type { DlmsCrypto } from '../security/crypto.ts';
import { type CipherKey, cipherKey, protectApdu } from '../security/protect.ts';
import type { SecuritySuite } from '../security/suite.ts';
import { type CosemValue, numberOf } from '../value.ts';
import type { ActionAnswer, Place } from './behaviour.ts';
import { behaviours } from './classes/behaviours.ts';
import type { ModelObject, ServerModel } from './model.ts';
import type { ServerSession } from './server-session.ts';

/** Rows of a profile, oldest first, by rising time. */
export interface ProfileSource {
  /** Rows there are now. */
  count(): number;
  /** Seconds since 1970 UTC. */
  timeS(row: number): number;
  /** Raw value of a column (place among the capture objects); NaN for none. */
  value(row: number, column: number): number;
}

/** Keys of one security setup. */
export interface KeySet {
  suite: SecuritySuite;
  policy: ProtectionName;
  unicast: Uint8Array;
  authentication: Uint8Array;
  broadcast?: Uint8Array;
  master?: Uint8Array;
  /** Mechanism 7 and key agreement: our private key, and the public one of the client. */
  readonly signingKey?: Uint8Array;
  readonly clientPublicKey?: Uint8Array;
  /** Services are taken in general-ciphering or general-signing only, and answered so. */
  readonly general?: GeneralSecurity;
}

export interface MeterSecrets {
  /** Password or HLS secret by association name. */
  readonly passwords?: Readonly<Record<string, Uint8Array>>;
  /** By instance of the security setup. */
  readonly keys?: Readonly<Record<string, Readonly<KeySet>>>;
}

export type MeterEvent =
  | {
      readonly type: 'push';
      readonly instance: string;
      readonly destination: CosemValue;
      readonly apdu: Uint8Array;
    }
  | {
      readonly type: 'event';
      readonly name: string;
      readonly log: string;
      readonly code: number;
      readonly timeS: number;
    }
  | {
      readonly type: 'image';
      readonly instance: string;
      readonly identifier: Uint8Array;
      readonly bytes: Uint8Array;
    };

/** What a meter is given: time, counters, measured values, and who listens. */
export interface MeterEnvironment {
  readonly crypto: DlmsCrypto;
  readonly systemTitle: Uint8Array;
  /** True time, seconds since 1970 UTC; the meter's clock may be off. */
  nowS(): number;
  /** The next invocation counter of the meter, under any of its keys. */
  nextCounter(): number;
  readonly secrets?: MeterSecrets;
  /** Measured rows of a profile. */
  series?(instance: string): ProfileSource | undefined;
  /** Measured value of an attribute. */
  value?(classId: number, instance: string, attribute: number): number | undefined;
  verifyImage?(identifier: Uint8Array, image: Uint8Array): boolean;
  /** False for a relay that does not move although it was told to; the meter takes it for moved. */
  movesRelay?(instance: string): boolean;
  onEvent?(event: MeterEvent): void;
}

interface LogRow {
  readonly timeS: number;
  value(column: number): number;
}

const NULL_BYTES = Uint8Array.of(0);
const LOG_ROWS = 256;

/** Values, keys, logs and clock of one meter; everything else is in the model it shares with others. */
export class MeterState {
  readonly model: ServerModel;
  readonly env: MeterEnvironment;
  /** What differs from the model, by object and attribute. */
  readonly #values = new Map<number, CosemValue>();
  readonly #logs = new Map<string, LogRow[]>();
  readonly #keys = new Map<string, KeySet>();
  readonly #ready = new Map<
    string,
    { readonly of: KeySet; readonly key: CipherKey; readonly broadcast?: CipherKey }
  >();
  readonly #passwords = new Map<string, Uint8Array>();
  /** Lowest counter still taken, by association. */
  readonly lowest = new Map<string, number>();
  /** What classes keep, by object: an image being received, a threshold being watched. */
  readonly kept = new Map<ModelObject, unknown>();
  /** How far the meter's clock is off. */
  clockOffsetS = 0;
  #tickedS = Number.NaN;

  constructor(model: ServerModel, env: MeterEnvironment) {
    this.model = model;
    this.env = env;
    for (const [instance, keys] of Object.entries(env.secrets?.keys ?? {}))
      this.#keys.set(instance, { ...keys });
    for (const [name, secret] of Object.entries(env.secrets?.passwords ?? {}))
      this.#passwords.set(name, secret);
  }

  /** Seconds since 1970 UTC by the meter's own clock. */
  get nowS(): number {
    return this.env.nowS() + this.clockOffsetS;
  }

  password(association: string): Uint8Array | undefined {
    return this.#passwords.get(association);
  }

  setPassword(association: string, secret: Uint8Array): void {
    this.#passwords.set(association, copyOf(secret));
  }

  keys(setup: string): KeySet | undefined {
    return this.#keys.get(setup);
  }

  /** Takes other keys; a new unicast key starts its counters anew. */
  replaceKeys(setup: string, keys: KeySet): void {
    const isNew = this.#keys.get(setup)?.unicast !== keys.unicast;
    this.#keys.set(setup, keys);
    this.#ready.delete(setup);
    if (!isNew) return;
    for (const one of this.model.description.associations) {
      if (one.securitySetup === setup) this.lowest.delete(one.name);
    }
  }

  /** Keys made ready once. Raises DLMS_MODEL when the setup has none. */
  cipherKeys(setup: string): { readonly key: CipherKey; readonly broadcast?: CipherKey } {
    const known = this.#ready.get(setup);
    if (known !== undefined) return known;
    const of = this.#keys.get(setup);
    if (of === undefined) throw associationErrors.DLMS_MODEL(`no keys for ${setup}`);
    const make = (bytes: Uint8Array): CipherKey =>
      cipherKey(this.env.crypto, of.suite, bytes, of.authentication);
    const ready = { of, key: make(of.unicast), ...(of.broadcast ? { broadcast: make(of.broadcast) } : {}) };
    this.#ready.set(setup, ready);
    return ready;
  }

  /** Protects what the meter sends by itself under the unicast key of a setup. Raises DLMS_MODEL. */
  seal(setup: string, apdu: Uint8Array, protection: Protection = protections['auth-encrypt']): Uint8Array {
    const { systemTitle } = this.env;
    const counter = this.env.nextCounter();
    return protectApdu(apdu, this.cipherKeys(setup).key, {
      ...protection,
      envelope: 'general-glo',
      systemTitle,
      counter,
    });
  }

  /** The value kept, or that of the model. */
  value(object: ModelObject, attribute: number): CosemValue | undefined {
    return this.#values.get(keyOf(object, attribute)) ?? object.initial[attribute];
  }

  numberAt(object: ModelObject, attribute: number): number | undefined {
    const value = this.value(object, attribute);
    return value && numberOf(value);
  }

  /** Keeps a value, with bytes of its own: views of a request do not outlive it. */
  keep(object: ModelObject, attribute: number, value: CosemValue): void {
    this.#values.set(keyOf(object, attribute), copied(value));
  }

  /** The encoded value of an attribute, whoever asks. */
  read(
    object: ModelObject,
    attribute: number,
    selection?: AccessSelection,
    session?: ServerSession,
  ): Uint8Array | DataAccessResult {
    if (attribute < 1 || attribute > object.class.attributes.length) return 'object-undefined';
    const behaviour = behaviours[object.classId];
    if (selection !== undefined && object.classId !== 7) return 'other-reason';
    const own = behaviour?.read?.(placeOf(this, object, session), attribute, selection);
    if (own instanceof Uint8Array || typeof own === 'string') return own;
    if (own !== undefined) return encodeData(own);
    const kept = this.#values.get(keyOf(object, attribute));
    if (kept !== undefined) return encodeData(kept);
    const initial = object.initial[attribute];
    if (initial === undefined) return NULL_BYTES;
    object.encoded[attribute] ??= encodeData(initial);
    return object.encoded[attribute];
  }

  write(
    object: ModelObject,
    attribute: number,
    value: CosemValue,
    session?: ServerSession,
  ): DataAccessResult {
    if (attribute < 1 || attribute > object.class.attributes.length) return 'object-undefined';
    const result = behaviours[object.classId]?.write?.(placeOf(this, object, session), attribute, value);
    if (result !== undefined) return result;
    const before = this.value(object, attribute);
    const type =
      before === undefined || before.type === 'null'
        ? object.class.attributes[attribute - 1]!.type
        : before.type;
    if (type !== 'any' && value.type !== type) return 'type-unmatched';
    this.keep(object, attribute, value);
    return 'success';
  }

  invoke(object: ModelObject, method: number, parameter: CosemValue, session?: ServerSession): ActionAnswer {
    if (method < 1 || method > object.class.methods.length) return { result: 'object-undefined' };
    const answer = behaviours[object.classId]?.invoke?.(placeOf(this, object, session), method, parameter);
    return answer ?? { result: 'other-reason' };
  }

  /** Notes that something happened: in the log of it, and to who listens. */
  happened(name: string): void {
    const entry = this.model.description.events?.[name];
    if (entry === undefined) return;
    const { log, code } = entry;
    const timeS = Math.floor(this.nowS);
    this.note(log, { timeS, value: () => code });
    this.env.onEvent?.({ type: 'event', name, log, code, timeS });
  }

  /** Adds a row to a profile that is filled by what happens. */
  note(instance: string, row: LogRow): void {
    const rows = this.#logs.get(instance) ?? [];
    rows.push(row);
    if (rows.length > LOG_ROWS) rows.shift();
    this.#logs.set(instance, rows);
  }

  /** Rows of a profile: measured, or what was noted. */
  rows(instance: string): ProfileSource {
    const series = this.env.series?.(instance);
    if (series !== undefined) return series;
    const rows = this.#logs.get(instance) ?? [];
    return {
      count: () => rows.length,
      timeS: (row) => rows[row]!.timeS,
      value: (row, column) => rows[row]!.value(column),
    };
  }

  clearLog(instance: string): void {
    this.#logs.delete(instance);
  }

  /** Lets schedules and watches run up to now. */
  tick(): void {
    const nowS = this.nowS;
    const beforeS = Number.isNaN(this.#tickedS) ? nowS : this.#tickedS;
    this.#tickedS = nowS;
    if (nowS <= beforeS) return;
    for (const object of this.model.objects) {
      behaviours[object.classId]?.tick?.(placeOf(this, object), beforeS, nowS);
    }
  }
}

function keyOf(object: ModelObject, attribute: number): number {
  return object.index * 64 + attribute;
}

function placeOf(meter: MeterState, object: ModelObject, session?: ServerSession): Place {
  return session === undefined ? { meter, object } : { meter, object, session };
}

/** The value with bytes of its own. */
function copied(value: CosemValue): CosemValue {
  if ('elements' in value) return { ...value, elements: value.elements.map(copied) } as CosemValue;
  if ('value' in value && value.value instanceof Uint8Array) {
    return { ...value, value: copyOf(value.value) } as CosemValue;
  }
  return value;
}
