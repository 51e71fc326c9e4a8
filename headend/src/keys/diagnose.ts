/**
 * From what a session saw to what is wrong: a wrong key, a wrong system title, a counter problem and an
 * unsupported option look alike at first ("the meter does not answer as it should") and ask for different
 * work. Pure.
 */
import { maxInvocationCounter, type OpenAmiError } from '@openami/model';
import { meterKeyErrors } from './errors.ts';
import type { MeterOutcome } from './rotation.ts';

/** What was seen, as far as it was. */
export interface SecurityFacts {
  /** The link broke, or time ran out. */
  readonly lost?: boolean;
  /** System titles as hex: registered, and as the meter gave it in its AARE or ciphered APDU. */
  readonly expectedTitle?: string;
  readonly seenTitle?: string;
  /** The authentication tag of what the meter sent did not fit. */
  readonly tagWrong?: boolean;
  /**
   * Without regard to the tag, the deciphered bytes began as an APDU does: then the encryption key is right
   * and the authentication key is not, which goes into the tag alone.
   */
  readonly deciphersToApdu?: boolean;
  /** Counter the meter sent, and the highest received before. */
  readonly received?: { readonly counter: number; readonly last: number };
  /** Diagnostic of a rejecting AARE, acse-service-user (IEC 62056-5-3, ACSE). */
  readonly associationDiagnostic?: number;
  /** service-error of an ExceptionResponse, with the counter the meter expects where it gives one. */
  readonly serviceError?: { readonly code: number; readonly counter?: number };
  /** The meter names another suite, policy or mechanism than was asked for. */
  readonly unsupported?: string;
}

const diagnostics = {
  contextUnknown: 2,
  callingTitleUnknown: 3,
  mechanismUnknown: 11,
  mechanismRequired: 12,
  authenticationFailed: 13,
  authenticationRequired: 14,
} as const;
/** Codes of service-error (IEC 62056-5-3, ExceptionResponse). */
export const serviceErrors = { notSupported: 2, deciphering: 5, counter: 6 } as const;

export interface Diagnosis {
  readonly outcome: Exclude<MeterOutcome, 'ok' | 'refused'>;
  readonly error: OpenAmiError;
}

/** Undefined when nothing in the facts is wrong. The surest sign comes first. */
export function diagnose(facts: SecurityFacts): Diagnosis | undefined {
  const { expectedTitle, seenTitle, received, serviceError, unsupported } = facts;
  if (expectedTitle !== undefined && seenTitle !== undefined && !sameTitle(expectedTitle, seenTitle)) {
    return titleWrong(`registered is ${expectedTitle}, the meter answers as ${seenTitle}`);
  }
  if (facts.associationDiagnostic === diagnostics.callingTitleUnknown) {
    return titleWrong('the meter does not know the system title of the head-end');
  }
  if (serviceError?.code === serviceErrors.counter) {
    const { counter } = serviceError;
    const known = counter !== undefined && counter <= maxInvocationCounter;
    return found('counter', 'METER_COUNTER_STALE', known ? `it expects above ${counter}` : undefined);
  }
  if (facts.tagWrong) return keyWrong(facts.deciphersToApdu);
  // Only once the tag was right does the counter say anything: it is in the clear.
  if (received !== undefined && received.counter <= received.last) {
    return found('counter', 'METER_COUNTER_REPLAYED', `${received.counter} after ${received.last}`);
  }
  if (unsupported !== undefined) return found('unsupported', 'METER_OPTION_UNSUPPORTED', unsupported);
  return fromRefusal(facts) ?? (facts.lost ? found('lost', 'METER_LINK_LOST') : undefined);
}

function fromRefusal({ associationDiagnostic, serviceError }: SecurityFacts): Diagnosis | undefined {
  switch (associationDiagnostic) {
    case diagnostics.contextUnknown:
      return found('unsupported', 'METER_OPTION_UNSUPPORTED', 'the application context, such as ciphering');
    case diagnostics.mechanismUnknown:
    case diagnostics.mechanismRequired:
      return found('unsupported', 'METER_OPTION_UNSUPPORTED', 'the authentication mechanism');
    case diagnostics.authenticationRequired:
      return found('unsupported', 'METER_OPTION_UNSUPPORTED', 'access without authentication');
    case diagnostics.authenticationFailed:
      return found('wrong-key', 'METER_KEY_WRONG', 'the meter refused the authentication');
  }
  if (serviceError?.code === serviceErrors.deciphering) {
    return found('wrong-key', 'METER_KEY_WRONG', 'the meter cannot decipher the request');
  }
  if (serviceError?.code === serviceErrors.notSupported) {
    return found('unsupported', 'METER_OPTION_UNSUPPORTED', 'the service');
  }
  return undefined;
}

function keyWrong(deciphersToApdu: boolean | undefined): Diagnosis {
  const detail = deciphersToApdu
    ? 'the encryption key fits, the authentication key does not'
    : 'the encryption key does not fit, or the message was altered';
  return found('wrong-key', 'METER_KEY_WRONG', detail);
}

function titleWrong(detail: string): Diagnosis {
  return found('wrong-title', 'METER_TITLE_WRONG', detail);
}

function found(outcome: Diagnosis['outcome'], code: keyof typeof meterKeyErrors, detail?: string): Diagnosis {
  return { outcome, error: meterKeyErrors[code](detail) };
}

function sameTitle(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
