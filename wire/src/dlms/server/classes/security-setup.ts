/** Security setup (class 64): policy, new keys wrapped or agreed. */
import { protections } from '../../association/secure-channel.ts';
import { agreeKey, keyIds, offerKeyAgreement } from '../../security/key-agreement.ts';
import { isWeaker } from '../../security/protect.ts';
import { isSecuritySuite, type SecuritySuite, securitySuites } from '../../security/suite.ts';
import { bytesOf, type CosemValue, elementsOf, numberOf } from '../../value.ts';
import { type ActionAnswer, type Behaviour, denied, done, mismatch, type Place } from '../behaviour.ts';
import { array, enumerated, octets, structure } from '../make.ts';
import type { KeySet } from '../meter-state.ts';

type Policy = KeySet['policy'];

/** Version 0: none, authenticated, encrypted, both. Then bits for requests (2, 3) and responses (5, 6). */
const codes: Readonly<Record<Policy, readonly [number, number]>> = {
  none: [0, 0],
  auth: [1, 0x24],
  encrypt: [2, 0x48],
  'auth-encrypt': [3, 0x6c],
};

export const securitySetup: Behaviour = {
  read({ meter, object, session }, attribute) {
    const keys = meter.keys(object.instance);
    if (keys === undefined) return undefined;
    if (attribute === 2) return enumerated(codes[keys.policy][object.version === 0 ? 0 : 1]);
    if (attribute === 3) return enumerated(keys.suite);
    if (attribute === 4) return octets(session?.clientTitle ?? new Uint8Array(0));
    if (attribute === 5) return octets(meter.env.systemTitle);
    return undefined;
  },

  /** Another suite comes into force with the keys of it that follow in the same association. */
  write({ meter, object, session }, attribute, value) {
    const keys = meter.keys(object.instance);
    if (attribute !== 3 || keys === undefined) return undefined;
    const suite = numberOf(value);
    if (suite === undefined || !isSecuritySuite(suite)) return 'other-reason';
    if (suite < keys.suite || session === undefined) return 'read-write-denied';
    meter.kept.set(object, { suite, session } satisfies PendingSuite);
    return 'success';
  },

  invoke(place, method, parameter) {
    const keys = place.meter.keys(place.object.instance);
    if (keys === undefined) return { result: 'object-unavailable' };
    if (method === 1) return activatePolicy(place, keys, parameter);
    if (method === 2) return transferKeys(place, keys, parameter);
    if (method === 3 && place.object.version > 0) return agreeKeys(place, keys, parameter);
    return { result: 'other-reason' };
  },
};

/** A policy can only become stronger. */
function activatePolicy({ meter, object }: Place, keys: KeySet, parameter: CosemValue): ActionAnswer {
  const code = numberOf(parameter);
  const form = object.version === 0 ? 0 : 1;
  const policy = (Object.keys(codes) as Policy[]).find((name) => codes[name][form] === code);
  if (policy === undefined) return mismatch;
  if (isWeaker(protections[policy], protections[keys.policy])) return denied;
  meter.replaceKeys(object.instance, { ...keys, policy });
  meter.happened('policy-changed');
  return done;
}

interface PendingSuite {
  readonly suite: SecuritySuite;
  readonly session: NonNullable<Place['session']>;
}

function suiteToCome({ meter, object, session }: Place, { suite }: KeySet): SecuritySuite {
  const pending = meter.kept.get(object) as PendingSuite | undefined;
  return pending !== undefined && pending.session === session ? pending.suite : suite;
}

/**
 * All of the keys or none: one that does not unwrap leaves the old ones. The next association uses them. A
 * suite whose keys have another length needs all that are in use.
 */
function transferKeys(place: Place, keys: KeySet, parameter: CosemValue): ActionAnswer {
  const { meter, object } = place;
  if (keys.master === undefined) return denied;
  const suite = suiteToCome(place, keys);
  const { keyBytes } = securitySuites[suite];
  const entries = elementsOf(parameter) ?? [];
  if (entries.length === 0) return mismatch;
  let changed: KeySet = { ...keys, suite };
  for (const entry of entries) {
    const [id, wrapped] = elementsOf(entry) ?? [];
    const bytes = wrapped && bytesOf(wrapped);
    if (id === undefined || bytes === undefined) return mismatch;
    const key = bytes.length === keyBytes + 8 ? meter.env.crypto.unwrapKey(keys.master, bytes) : undefined;
    if (key === undefined) return { result: 'other-reason' };
    const next = withKey(changed, numberOf(id), key);
    if (next === undefined) return mismatch;
    changed = next;
  }
  const inUse = [changed.unicast, changed.authentication, changed.master];
  if (inUse.some((key) => key !== undefined && key.length > 0 && key.length !== keyBytes)) return denied;
  if (changed.broadcast !== undefined && changed.broadcast.length !== keyBytes) delete changed.broadcast;
  meter.kept.delete(object);
  meter.replaceKeys(object.instance, changed);
  meter.happened('keys-changed');
  return done;
}

function withKey(keys: KeySet, id: number | undefined, key: Uint8Array): KeySet | undefined {
  if (id === keyIds.unicast) return { ...keys, unicast: key };
  if (id === keyIds.broadcast) return { ...keys, broadcast: key };
  if (id === keyIds.authentication) return { ...keys, authentication: key };
  return id === keyIds.master ? { ...keys, master: key } : undefined;
}

function agreeKeys({ meter, object, session }: Place, keys: KeySet, parameter: CosemValue): ActionAnswer {
  const { signingKey, clientPublicKey, suite } = keys;
  const clientTitle = session?.clientTitle;
  if (suite === 0 || !signingKey || !clientPublicKey || clientTitle === undefined) return denied;
  const { crypto, systemTitle } = meter.env;
  let changed = keys;
  const returned: CosemValue[] = [];
  for (const entry of elementsOf(parameter) ?? []) {
    const [id, signed] = elementsOf(entry) ?? [];
    const keyId = id && numberOf(id);
    const bytes = signed && bytesOf(signed);
    if (keyId === undefined || bytes === undefined) return mismatch;
    try {
      const offer = offerKeyAgreement(crypto, suite, keyId, signingKey);
      const key = agreeKey(crypto, suite, {
        keyId,
        privateKey: offer.privateKey,
        signed: bytes,
        verificationKey: clientPublicKey,
        clientTitle,
        serverTitle: systemTitle,
      });
      const next = withKey(changed, keyId, key);
      if (next === undefined) return mismatch;
      changed = next;
      returned.push(structure(enumerated(keyId), octets(offer.signed)));
    } catch {
      return { result: 'other-reason' };
    }
  }
  if (changed === keys) return mismatch;
  meter.replaceKeys(object.instance, changed);
  meter.happened('keys-changed');
  return { result: 'success', returned: array(returned) };
}
