/**
 * Opening and closing an association from the client's side (IEC 62056-5-3 clause 5): AARQ and AARE,
 * passes 3 and 4 of high level security, release.
 */
import { OpenAmiError } from '@openami/model';
import { mechanisms } from '../apdu/acse.ts';
import { type Apdu, type ApduOf, decodeApdu, encodeApdu } from '../apdu/apdu.ts';
import { associationErrors } from '../association/association-errors.ts';
import { shortMethod } from '../association/short-name-offsets.ts';
import type { DlmsCrypto } from '../security/crypto.ts';
import { answerHls, checkHls, type HlsMechanism, type HlsProof, isEcho } from '../security/hls.ts';
import { type CipherKey, checkSender, cipherKey, isProtected } from '../security/protect.ts';
import { securityErrors } from '../security/security-errors.ts';
import { type SecuritySuite, securitySuites } from '../security/suite.ts';
import type { CosemValue } from '../value.ts';
import { invokeOne } from './action.ts';
import { ASSOCIATION_NAME } from './by-short-name.ts';
import { type ClientSession, refusal } from './session.ts';
import { readShort } from './short-names.ts';
import type { Talk } from './talk.ts';

export type Authentication =
  | { readonly mechanism: 'none' }
  | { readonly mechanism: 'lls'; readonly password: Uint8Array }
  /** Mechanism 6 needs both system titles. */
  | { readonly mechanism: 'hls' | 'hls-md5' | 'hls-sha1' | 'hls-sha256'; readonly secret: Uint8Array }
  | { readonly mechanism: 'hls-gmac' }
  | {
      readonly mechanism: 'hls-ecdsa';
      readonly privateKey: Uint8Array;
      readonly serverPublicKey: Uint8Array;
    };

export interface AssociateContext {
  readonly session: ClientSession;
  readonly crypto: DlmsCrypto;
  readonly referencing: 'logical-name' | 'short-name';
  readonly authentication: Authentication;
  readonly suite: SecuritySuite;
  readonly title: Uint8Array | undefined;
  readonly serverTitle: Uint8Array | undefined;
  readonly key: CipherKey | undefined;
  readonly nextCounter: (() => number) | undefined;
}

/** What the meter agreed to. */
export interface Agreement {
  readonly conformance: readonly string[];
  readonly serverMaxPduBytes: number;
  readonly serverTitle: Uint8Array | undefined;
}

const EMPTY = new Uint8Array(0);

/** Opens the association. Raises the errors of associations and of security. */
export function* associate(context: AssociateContext): Talk<Agreement> {
  const { session, authentication } = context;
  session.state = 'idle';
  session.channel?.useDedicated(undefined);
  session.useEnvelope('service');
  const isHigh = mechanisms[authentication.mechanism] >= mechanisms.hls;
  const challenge = isHigh ? context.crypto.random(session.profile.challengeBytes) : undefined;
  const dedicated = dedicatedKey(context);
  const initiate = initiateRequest(context, dedicated);
  const request = encodeApdu(aarqOf(context, challenge, initiate));
  const isAare = (answer: Apdu): answer is ApduOf<'aare'> & Apdu => answer.service === 'aare';
  const answer = yield* session.requestPlain(request, isAare);
  const agreed = acceptAare(context, answer);
  session.conformance = new Set(agreed.conformance);
  session.serverMaxPduBytes = session.profile.serverMaxPduBytes ?? (agreed.maxPduSize || 0xffff);
  if (dedicated !== undefined) session.channel!.useDedicated(dedicated.ready);
  if (isHigh) {
    session.state = 'pending';
    session.useEnvelope(session.profile.hlsEnvelope);
    yield* prove(context, challenge!, answer);
  }
  session.useEnvelope(session.profile.envelope);
  session.state = 'associated';
  return {
    conformance: agreed.conformance,
    serverMaxPduBytes: session.serverMaxPduBytes,
    serverTitle: session.channel?.peerTitle ?? context.serverTitle,
  };
}

/** None where the request that carries it is not encrypted: it would be known to who listens. */
function dedicatedKey(
  context: AssociateContext,
): { readonly bytes: Uint8Array; readonly ready: CipherKey } | undefined {
  const { session, crypto, suite, key } = context;
  if (!session.profile.dedicatedKey || !session.protection.encrypted || key === undefined) return undefined;
  const bytes = crypto.random(securitySuites[suite].keyBytes);
  return { bytes, ready: cipherKey(crypto, suite, bytes, key.authenticationKey) };
}

function initiateRequest(
  { session }: AssociateContext,
  dedicated?: { readonly bytes: Uint8Array },
): Uint8Array {
  const plain = encodeApdu({
    service: 'initiate-request',
    dedicatedKey: dedicated?.bytes,
    responseAllowed: true,
    version: 6,
    conformance: session.profile.conformance,
    maxPduSize: session.profile.maxPduBytes,
  });
  return session.ciphered ? session.channel!.protect(plain, 'glo', session.protection) : plain;
}

function aarqOf(
  { session, referencing, authentication, title }: AssociateContext,
  challenge: Uint8Array | undefined,
  userInformation: Uint8Array,
): ApduOf<'aarq'> & Apdu {
  const { mechanism } = authentication;
  const ciphered = session.isProtected || session.profile.cipheredContext;
  const value = mechanism === 'lls' ? authentication.password : challenge;
  return {
    service: 'aarq',
    contextName: ciphered ? `${referencing}-ciphered` : referencing,
    ...(title === undefined ? {} : { callingApTitle: title }),
    ...(mechanism === 'none'
      ? {}
      : {
          acseRequirements: { bits: 1, value: Uint8Array.of(0x80) },
          mechanismName: mechanism,
          authenticationValue: { kind: 'charstring', value: value! },
        }),
    userInformation,
  };
}

function acceptAare(context: AssociateContext, aare: ApduOf<'aare'>): ApduOf<'initiate-response'> {
  const { session, authentication } = context;
  const { result, diagnostic } = aare;
  if (result !== 'accepted') {
    const reason = userInformationOf(context, aare, true);
    const data = {
      result,
      diagnostic: diagnostic.value,
      ...(reason ? { reason: reason.service === 'confirmed-service-error' ? reason.reason : undefined } : {}),
    };
    const text = `${result}: ${diagnostic.value}`;
    if (diagnostic.value === 'authentication-failure')
      throw associationErrors.DLMS_AUTHENTICATION_REFUSED(text, data);
    if (diagnostic.value.endsWith('name-not-supported') || diagnostic.value.endsWith('name-not-recognised')) {
      throw associationErrors.DLMS_UNSUPPORTED(text, data);
    }
    throw associationErrors.DLMS_ASSOCIATION_REFUSED(text, data);
  }
  const { respondingApTitle } = aare;
  if (session.channel !== undefined && respondingApTitle?.length === 8) {
    // the title is part of every nonce: one that was known beforehand must be the one of this meter
    if (context.serverTitle === undefined) session.channel.peerTitle = respondingApTitle.slice();
    else checkSender(context.serverTitle, respondingApTitle);
  }
  if (mechanisms[authentication.mechanism] >= mechanisms.hls && aare.authenticationValue === undefined) {
    throw associationErrors.DLMS_PROTOCOL('AARE without a challenge');
  }
  const agreed = userInformationOf(context, aare, false);
  if (agreed?.service === 'confirmed-service-error') throw refusal(agreed);
  if (agreed?.service !== 'initiate-response')
    throw associationErrors.DLMS_PROTOCOL('AARE without initiate-response');
  return agreed;
}

function userInformationOf(
  { session }: AssociateContext,
  aare: ApduOf<'aare'>,
  isRefused: boolean,
): Apdu | undefined {
  const bytes = aare.userInformation;
  if (bytes === undefined || bytes.length === 0) return undefined;
  if (!isProtected(bytes[0]!)) {
    const apdu = decodeApdu(bytes);
    if (session.ciphered && !isRefused && apdu.service === 'initiate-response') {
      throw securityErrors.DLMS_SECURITY_TOO_WEAK('initiate-response without any protection');
    }
    return apdu;
  }
  if (session.channel === undefined) throw associationErrors.DLMS_PROTOCOL('a ciphered AARE, and no keys');
  const required = session.profile.responseProtection ?? session.protection;
  return decodeApdu(session.channel.open(bytes, required).apdu);
}

/** Passes 3 and 4: we answer the meter's challenge, it answers ours. */
function* prove(context: AssociateContext, own: Uint8Array, aare: ApduOf<'aare'>): Talk<void> {
  const { session, crypto, authentication, title = EMPTY } = context;
  const theirs = aare.authenticationValue!;
  const stoc = theirs.kind === 'bitstring' ? theirs.value.value : theirs.value;
  if (stoc.length < 8 || stoc.length > 64)
    throw associationErrors.DLMS_PROTOCOL(`a challenge of ${stoc.length} bytes`);
  const serverTitle = session.channel?.peerTitle ?? context.serverTitle ?? aare.respondingApTitle ?? EMPTY;
  const mechanism = mechanisms[authentication.mechanism] as HlsMechanism;
  // a meter that gives our own challenge back would have us answer it for him
  if (isEcho(mechanism, stoc, own)) throw associationErrors.DLMS_PROTOCOL('the challenge is our own');
  const shared = {
    mechanism,
    suite: context.suite,
    ...('secret' in authentication ? { secret: authentication.secret } : {}),
    ...(context.key === undefined ? {} : { key: context.key }),
  };
  const ours: HlsProof = {
    ...shared,
    challenge: stoc,
    ownChallenge: own,
    ownTitle: title,
    otherTitle: serverTitle,
    ...(mechanism === 5 && context.nextCounter ? { counter: context.nextCounter() } : {}),
    ...('privateKey' in authentication ? { signatureKey: authentication.privateKey } : {}),
  };
  const returned = yield* reply(context, { type: 'octet-string', value: answerHls(crypto, ours) });
  if (returned?.type !== 'octet-string')
    throw associationErrors.DLMS_PROTOCOL('pass 4 without an octet-string');
  const proof: HlsProof = {
    ...shared,
    challenge: own,
    ownChallenge: stoc,
    ownTitle: serverTitle,
    otherTitle: title,
    ...('serverPublicKey' in authentication ? { signatureKey: authentication.serverPublicKey } : {}),
  };
  // its counter is older than that of the APDU around it; a fresh challenge cannot be replayed
  checkHls(crypto, proof, returned.value);
}

function* reply(
  { session, referencing }: AssociateContext,
  parameters: CosemValue,
): Talk<CosemValue | undefined> {
  const method = { classId: 15, instance: session.profile.association, method: 1 };
  try {
    if (referencing === 'logical-name') return yield* invokeOne(session, { method, parameters });
    const name = ASSOCIATION_NAME + shortMethod(12, 8)!;
    return yield* readShort(session, { name, parameter: parameters });
  } catch (error) {
    if (!(error instanceof OpenAmiError) || !('result' in error.data)) throw error;
    const { data } = error;
    throw associationErrors.DLMS_AUTHENTICATION_REFUSED(`pass 3: ${data.result}`, data, error);
  }
}

/** Closes the association. What the meter answers does not matter: it is over on this side in any case. */
export function* release(context: AssociateContext): Talk<void> {
  const { session } = context;
  const { profile, ciphered } = session;
  const was = session.state;
  session.state = 'released';
  if (profile.release === 'none' || was === 'idle' || was === 'released') return;
  const withInformation = profile.release === 'with-user-information' && ciphered;
  const request = encodeApdu({
    service: 'rlrq',
    reason: 'normal',
    ...(withInformation ? { userInformation: initiateRequest(context) } : {}),
  });
  try {
    const isRlre = (answer: Apdu): answer is ApduOf<'rlre'> & Apdu => answer.service === 'rlre';
    yield* session.requestPlain(request, isRlre);
  } catch (error) {
    // some meters refuse the release or garble its answer, and release all the same
    if (!(error instanceof OpenAmiError) || error.fault !== 'peer') throw error;
  } finally {
    session.channel?.useDedicated(undefined);
  }
}
