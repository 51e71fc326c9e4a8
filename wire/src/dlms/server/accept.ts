/** Whether a meter takes an association, and its AARE (IEC 62056-5-3 clause 5.2 and 8). */

import { copyOf, sameBytes } from '../../bytes.ts';
import { mechanisms } from '../apdu/acse.ts';
import { type Apdu, type ApduOf, decodeApdu, encodeApdu } from '../apdu/apdu.ts';
import type { ConformanceBit } from '../apdu/initiate.ts';
import { isCiphered, type Protection, protections } from '../association/secure-channel.ts';
import { isProtected } from '../security/protect.ts';
import type { ServerSession } from './server-session.ts';

export interface Accepted {
  readonly isAccepted: boolean;
  readonly answer: Uint8Array;
  readonly conformance: ReadonlySet<ConformanceBit>;
  readonly clientMaxPduBytes: number;
  readonly challenges: { readonly ours: Uint8Array; readonly theirs: Uint8Array } | undefined;
}

type Diagnostic = ApduOf<'aare'>['diagnostic'];
/** Room for the smallest block of any service. */
const SMALLEST_BLOCK = 24;

/** Decides on an AARQ. Raises decode and security errors of what is in it. */
export function acceptAssociation(session: ServerSession, request: ApduOf<'aarq'>): Accepted {
  const { association, meter } = session;
  const { contextName, mechanismName = 'none' } = request;
  const ciphered = `${association.referencing}-ciphered`;
  const required = requiredBy(session);
  const needsCiphering = isCiphered(required);
  const isPlain = contextName === association.referencing && !needsCiphering && !needsGeneral(session);
  if (!isPlain && !(contextName === ciphered && association.securitySetup !== undefined)) {
    return refuse(contextName, 'application-context-name-not-supported');
  }
  if (mechanismName !== association.mechanism) {
    const isMissing = mechanismName === 'none';
    return refuse(
      contextName,
      isMissing ? 'authentication-mechanism-name-required' : 'authentication-mechanism-name-not-recognised',
    );
  }
  const title = request.callingApTitle;
  const needsTitle = contextName === ciphered || mechanisms[association.mechanism] >= mechanisms['hls-gmac'];
  if (needsTitle && title?.length !== 8) return refuse(contextName, 'calling-ap-title-not-recognized');
  const channel =
    title?.length === 8 && association.securitySetup
      ? session.openChannel(association.securitySetup, title)
      : undefined;
  session.clientTitle = title && copyOf(title);
  let information: Apdu;
  let protection: Protection = protections.none;
  const bytes = request.userInformation ?? new Uint8Array(0);
  if (isProtected(bytes[0] ?? 0)) {
    if (channel === undefined) return refuse(contextName, 'no-reason-given');
    const opened = channel.open(bytes, required);
    information = decodeApdu(opened.apdu);
    protection = opened.protection;
  } else if (needsCiphering) return refuse(contextName, 'authentication-failure');
  else information = decodeApdu(bytes);
  if (information.service !== 'initiate-request') return refuse(contextName, 'no-reason-given');
  const value = passwordOf(request);
  if (association.mechanism === 'lls') {
    const password = meter.password(association.name);
    if (password === undefined || value === undefined || !sameBytes(password, value)) {
      meter.happened('authentication-failed');
      return refuse(contextName, 'authentication-failure');
    }
  }
  return agree(session, { request, information, protection, value });
}

interface Asked {
  readonly request: ApduOf<'aarq'>;
  readonly information: ApduOf<'initiate-request'>;
  readonly protection: Protection;
  readonly value: Uint8Array | undefined;
}

function agree(session: ServerSession, { request, information, protection, value }: Asked): Accepted {
  const { association, meter } = session;
  const { description } = meter.model;
  const conformance = new Set(information.conformance.filter((bit) => description.conformance.includes(bit)));
  const seal = (plain: Uint8Array): Uint8Array =>
    isCiphered(protection) ? session.seal(plain, protection) : plain;
  const most = information.maxPduSize === 0 ? 0xffff : information.maxPduSize;
  const form = conformance.has('general-protection') ? 'general-glo' : 'glo';
  const needed = session.overhead(conformance, form, protection) + SMALLEST_BLOCK;
  const failure = initiateFailure(information.version, conformance, most, needed);
  if (failure !== undefined) {
    const error = {
      service: 'confirmed-service-error',
      of: 'initiate-error',
      reason: { kind: 'initiate', value: failure },
    } as const;
    return refuse(request.contextName, 'no-reason-given', seal(encodeApdu(error)));
  }
  const isHigh = mechanisms[association.mechanism] >= mechanisms.hls;
  if (isHigh && (value === undefined || value.length < 8 || value.length > 64)) {
    return refuse(request.contextName, 'authentication-failure');
  }
  const challenges = isHigh ? { ours: meter.env.crypto.random(32), theirs: copyOf(value!) } : undefined;
  // one that anybody could have read is none
  if (information.dedicatedKey !== undefined && protection.encrypted)
    session.useDedicated(information.dedicatedKey);
  const needsTitle = request.callingApTitle !== undefined;
  const answer = encodeApdu({
    service: 'aare',
    contextName: request.contextName,
    result: 'accepted',
    diagnostic: { kind: 'user', value: isHigh ? 'authentication-required' : 'null' },
    ...(needsTitle ? { respondingApTitle: meter.env.systemTitle } : {}),
    ...(challenges === undefined
      ? {}
      : {
          acseRequirements: { bits: 1, value: Uint8Array.of(0x80) },
          mechanismName: association.mechanism,
          authenticationValue: { kind: 'charstring', value: challenges.ours },
        }),
    userInformation: seal(session.initiateResponse({ conformance })),
  });
  return { isAccepted: true, answer, conformance, clientMaxPduBytes: most, challenges };
}

function initiateFailure(
  version: number,
  conformance: ReadonlySet<ConformanceBit>,
  most: number,
  needed: number,
): 'dlms-version-too-low' | 'incompatible-conformance' | 'pdu-size-too-short' | undefined {
  if (version < 6) return 'dlms-version-too-low';
  if (conformance.size === 0) return 'incompatible-conformance';
  return most < needed ? 'pdu-size-too-short' : undefined;
}

function needsGeneral({ association, meter }: ServerSession): boolean {
  const setup = association.securitySetup;
  return setup !== undefined && meter.keys(setup)?.general !== undefined;
}

function requiredBy({ association, meter }: ServerSession): Protection {
  const setup = association.securitySetup;
  return protections[(setup === undefined ? undefined : meter.keys(setup)?.policy) ?? 'none'];
}

function passwordOf({ authenticationValue: value }: ApduOf<'aarq'>): Uint8Array | undefined {
  if (value === undefined) return undefined;
  return value.kind === 'bitstring' ? value.value.value : value.value;
}

function refuse(
  contextName: ApduOf<'aarq'>['contextName'],
  value: Extract<Diagnostic, { kind: 'user' }>['value'],
  userInformation?: Uint8Array,
): Accepted {
  const answer = encodeApdu({
    service: 'aare',
    contextName,
    result: 'rejected-permanent',
    diagnostic: { kind: 'user', value },
    ...(userInformation ? { userInformation } : {}),
  });
  return {
    isAccepted: false,
    answer,
    conformance: new Set(),
    clientMaxPduBytes: 0xffff,
    challenges: undefined,
  };
}
