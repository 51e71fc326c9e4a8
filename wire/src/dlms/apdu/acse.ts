/**
 * ACSE in BER (IEC 62056-5-3 clause 8, ISO/IEC 15954): AARQ, AARE, RLRQ, RLRE. `userInformation` is an
 * xDLMS APDU, an InitiateRequest or its answer, plain or ciphered; decode it with `decodeApdu`.
 */
import {
  berBits,
  berBytes,
  berFields,
  berInteger,
  berIntegerOrOctets,
  berNamed,
  berObjectName,
  berOctets,
  explicit,
} from './ber.ts';
import type { Codec } from './schema.ts';

/** Object identifiers 2.16.756.5.8.1.x: which names are used, and whether APDUs may be ciphered. */
export const applicationContexts = {
  'logical-name': 1,
  'short-name': 2,
  'logical-name-ciphered': 3,
  'short-name-ciphered': 4,
} as const;

/** Object identifiers 2.16.756.5.8.2.x: how the peers prove who they are. */
export const mechanisms = {
  none: 0,
  lls: 1,
  hls: 2,
  'hls-md5': 3,
  'hls-sha1': 4,
  'hls-gmac': 5,
  'hls-sha256': 6,
  'hls-ecdsa': 7,
} as const;

const contextName = berObjectName([0x60, 0x85, 0x74, 0x05, 0x08, 0x01], applicationContexts);
const mechanismName = berObjectName([0x60, 0x85, 0x74, 0x05, 0x08, 0x02], mechanisms);

/** Associate-result. */
const associationResult = berNamed({ accepted: 0, 'rejected-permanent': 1, 'rejected-transient': 2 });

const userDiagnostic = explicit(
  0x02,
  berNamed({
    null: 0,
    'no-reason-given': 1,
    'application-context-name-not-supported': 2,
    'calling-ap-title-not-recognized': 3,
    'calling-ap-invocation-identifier-not-recognized': 4,
    'calling-ae-qualifier-not-recognized': 5,
    'calling-ae-invocation-identifier-not-recognized': 6,
    'called-ap-title-not-recognized': 7,
    'called-ap-invocation-identifier-not-recognized': 8,
    'called-ae-qualifier-not-recognized': 9,
    'called-ae-invocation-identifier-not-recognized': 10,
    'authentication-mechanism-name-not-recognised': 11,
    'authentication-mechanism-name-required': 12,
    'authentication-failure': 13,
    'authentication-required': 14,
  }),
);
const providerDiagnostic = explicit(
  0x02,
  berNamed({ null: 0, 'no-reason-given': 1, 'no-common-acse-version': 2 }),
);

/** A choice of two or more context tags: `{kind, value}`. */
function tagged<const V extends Readonly<Record<string, readonly [number, Codec<unknown>]>>>(
  variants: V,
): Codec<TaggedOf<V>> {
  const entries = Object.entries(variants) as [string, readonly [number, Codec<unknown>]][];
  return {
    read(reader) {
      const tag = reader.peek();
      const found = entries.find(([, variant]) => variant[0] === tag);
      if (found === undefined) throw reader.fail('DLMS_UNKNOWN_TAG', `choice ${tag}`);
      return { kind: found[0], value: explicit(tag, found[1][1]).read(reader) } as TaggedOf<V>;
    },
    write(writer, { kind, value }) {
      const [tag, codec] = variants[kind] as readonly [number, Codec<unknown>];
      explicit(tag, codec).write(writer, value);
    },
  };
}
type TaggedOf<V extends Readonly<Record<string, readonly [number, Codec<unknown>]>>> = {
  [K in keyof V]: { readonly kind: K; readonly value: V[K][1] extends Codec<infer T> ? T : never };
}[keyof V];

const diagnostic = tagged({ user: [0xa1, userDiagnostic], provider: [0xa2, providerDiagnostic] });

/** Authentication-value: a password or challenge is a `charstring`. */
const authenticationValue = tagged({
  charstring: [0x80, berBytes],
  bitstring: [0x81, berBits],
  external: [0x82, berBytes],
  other: [0xa3, berBytes],
});

export const aarq = berFields({
  protocolVersion: [0x80, berBits],
  contextName: [0xa1, explicit(0x06, contextName), true],
  calledApTitle: [0xa2, berOctets],
  calledAeQualifier: [0xa3, berOctets],
  calledApInvocationId: [0xa4, berInteger],
  calledAeInvocationId: [0xa5, berInteger],
  callingApTitle: [0xa6, berOctets],
  callingAeQualifier: [0xa7, berOctets],
  callingApInvocationId: [0xa8, berInteger],
  callingAeInvocationId: [0xa9, berInteger],
  acseRequirements: [0x8a, berBits],
  mechanismName: [0x8b, mechanismName],
  authenticationValue: [0xac, authenticationValue],
  implementationInformation: [0xbd, berOctets],
  userInformation: [0xbe, berOctets],
});

export const aare = berFields({
  protocolVersion: [0x80, berBits],
  contextName: [0xa1, explicit(0x06, contextName), true],
  result: [0xa2, explicit(0x02, associationResult), true],
  diagnostic: [0xa3, diagnostic, true],
  respondingApTitle: [0xa4, berOctets],
  respondingAeQualifier: [0xa5, berOctets],
  respondingApInvocationId: [0xa6, berIntegerOrOctets],
  respondingAeInvocationId: [0xa7, berInteger],
  acseRequirements: [0x88, berBits],
  mechanismName: [0x89, mechanismName],
  authenticationValue: [0xaa, authenticationValue],
  implementationInformation: [0xbd, berOctets],
  userInformation: [0xbe, berOctets],
});

export const rlrq = berFields({
  reason: [0x80, berNamed({ normal: 0, urgent: 1, 'user-defined': 30 })],
  userInformation: [0xbe, berOctets],
});

export const rlre = berFields({
  reason: [0x80, berNamed({ normal: 0, 'not-finished': 1, 'user-defined': 30 })],
  userInformation: [0xbe, berOctets],
});
