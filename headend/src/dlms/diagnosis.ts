/** What an error of a session says of keys, counters and options: the facts for `diagnose`. */
import { OpenAmiError } from '@openami/model';
import { type Diagnosis, diagnose, type SecurityFacts, serviceErrors } from '../keys/diagnose.ts';

const acse: Readonly<Record<string, number>> = {
  'application-context-name-not-supported': 2,
  'calling-ap-title-not-recognised': 3,
  'authentication-mechanism-name-not-recognised': 11,
  'authentication-mechanism-name-required': 12,
  'authentication-failure': 13,
  'authentication-required': 14,
};
const lost = new Set(['timeout', 'closed']);

/** Undefined for what has nothing to do with security. */
export function diagnoseError(error: unknown): Diagnosis | undefined {
  if (!(error instanceof OpenAmiError)) return undefined;
  return diagnose(factsOf(error));
}

function titlesOf({ expectedTitle, seenTitle }: OpenAmiError['data']): SecurityFacts {
  return { expectedTitle: String(expectedTitle), seenTitle: String(seenTitle) };
}

function factsOf(error: OpenAmiError): SecurityFacts {
  const { code, data, fault } = error;
  const diagnostic = typeof data.diagnostic === 'string' ? acse[data.diagnostic] : undefined;
  switch (code) {
    case 'DLMS_SECURITY_TAG':
    case 'DLMS_SECURITY_PLAINTEXT':
    case 'DLMS_SECURITY_CHALLENGE':
      return data.suspect === 'system-title' ? titlesOf(data) : { tagWrong: true };
    case 'DLMS_DECIPHERING_REFUSED':
      return { serviceError: { code: serviceErrors.deciphering } };
    case 'DLMS_AUTHENTICATION_REFUSED':
      return { associationDiagnostic: acse['authentication-failure']! };
    case 'DLMS_COUNTER_REFUSED':
    case 'DLMS_NO_OTHER_COUNTER':
    case 'METER_COUNTER_JUMP': {
      const counter = typeof data.expected === 'number' ? { counter: data.expected } : {};
      return { serviceError: { code: serviceErrors.counter, ...counter } };
    }
    case 'DLMS_SECURITY_REPLAYED': {
      const received = typeof data.received === 'number' ? data.received : 0;
      return { received: { counter: received, last: received } };
    }
    case 'DLMS_SECURITY_UNSUPPORTED':
    case 'DLMS_SECURITY_TOO_WEAK':
    case 'DLMS_UNSUPPORTED':
      return diagnostic === undefined
        ? { unsupported: error.message }
        : { associationDiagnostic: diagnostic };
    case 'DLMS_ASSOCIATION_REFUSED':
      return diagnostic === undefined ? {} : { associationDiagnostic: diagnostic };
  }
  return lost.has(fault) ? { lost: true } : {};
}
