/** How a model of meter departs from the standard or from what is usual: data, one profile a model. */
import type { ConformanceBit } from '../apdu/initiate.ts';
import type { Protection } from '../association/secure-channel.ts';
import type { CaptureObject } from '../cosem/objects.ts';
import { clockObject } from '../cosem/profile.ts';
import type { DeviationQuirk } from '../date-time.ts';
import type { Envelope } from '../security/protect.ts';

export interface MeterProfile {
  readonly deviation: DeviationQuirk;
  /** Minutes east of UTC of a clock whose deviation is missing or ignored. */
  readonly localOffsetMinutes?: number;
  /** What null means in a column of values. */
  readonly nullValue: 'missing' | 'unchanged';
  /** Order of the rows as the meter sends them. */
  readonly sortOrder: 'oldest-first' | 'newest-first';
  /** What a range is asked by. */
  readonly sortObject: CaptureObject;
  /** How rows of a profile are chosen; `none` reads all of it. */
  readonly selection: 'range' | 'entry' | 'none';
  /** How the bounds of a range are written. */
  readonly rangeTime: 'octet-string' | 'date-time';
  /** Most attributes in one request with a list; 1 where lists are not supported. */
  readonly listItems: number;
  /** Largest APDU we say we take. */
  readonly maxPduBytes: number;
  /** Largest APDU it takes, where what it says is not to be believed. */
  readonly serverMaxPduBytes?: number;
  readonly conformance: readonly ConformanceBit[];
  /** The association has the context of ciphering although nothing is ciphered. */
  readonly cipheredContext: boolean;
  /** Form of protected APDUs: under a tag of their service, or in the general form with the title. */
  readonly envelope: 'service' | 'general';
  /** The same in passes 3 and 4 of HLS. */
  readonly hlsEnvelope: 'service' | 'general';
  /** A key for this association alone, sent in the AARQ; only where that is encrypted. */
  readonly dedicatedKey: boolean;
  /** The least protection of its answers; left out, that of the requests. */
  readonly responseProtection?: Protection;
  /** Additional authenticated data that is not the standard's. */
  readonly additionalData?: Uint8Array;
  readonly release: 'with-user-information' | 'plain' | 'none';
  readonly invokeId: 'rising' | 'fixed';
  /** Bytes of our challenge, 8 to 64. */
  readonly challengeBytes: number;
  /** The current association, and the object that holds the counter it last saw from us. */
  readonly association: string;
  readonly counter: string;
  /** Blocks we take at once in general block transfer. */
  readonly window: number;
}

export const standardConformance: readonly ConformanceBit[] = [
  'general-protection',
  'general-block-transfer',
  'block-transfer-with-get-or-read',
  'block-transfer-with-set-or-write',
  'block-transfer-with-action',
  'multiple-references',
  'access',
  'get',
  'set',
  'selective-access',
  'event-notification',
  'action',
];

export const shortNameConformance: readonly ConformanceBit[] = [
  'general-protection',
  'general-block-transfer',
  'read',
  'write',
  'block-transfer-with-get-or-read',
  'block-transfer-with-set-or-write',
  'multiple-references',
  'information-report',
  'parameterized-access',
];

export const standardMeter: MeterProfile = {
  deviation: 'standard',
  nullValue: 'missing',
  sortOrder: 'oldest-first',
  sortObject: clockObject,
  selection: 'range',
  rangeTime: 'octet-string',
  listItems: 16,
  maxPduBytes: 0xffff,
  conformance: standardConformance,
  cipheredContext: false,
  envelope: 'service',
  hlsEnvelope: 'service',
  dedicatedKey: false,
  release: 'with-user-information',
  invokeId: 'rising',
  // one block: whether a maker means ECB or CBC by mechanism 2, and some take no other length
  challengeBytes: 16,
  association: '0.0.40.0.0.255',
  counter: '0.0.43.1.0.255',
  window: 1,
};

/** The envelope of the APDUs of an association. */
export function envelopeOf(form: 'service' | 'general', dedicated: boolean): Envelope {
  if (form === 'general') return dedicated ? 'general-ded' : 'general-glo';
  return dedicated ? 'ded' : 'glo';
}
