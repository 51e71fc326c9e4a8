/** APDUs by their tag: bytes to a union told apart by `service`, and back. */
import { ByteReader, ByteWriter } from '../bytes.ts';
import { dlmsErrors } from '../errors.ts';
import { accessRequest, accessResponse } from './access.ts';
import { aare, aarq, rlre, rlrq } from './acse.ts';
import { actionRequest, actionResponse } from './action.ts';
import { confirmedServiceError, exceptionResponse } from './failure.ts';
import { generalBlockTransfer } from './gbt.ts';
import { generalCiphering, generalSigning, serviceCiphering, titledCiphering } from './general.ts';
import { getRequest, getResponse } from './get.ts';
import { initiateRequest, initiateResponse } from './initiate.ts';
import { dataNotification, eventNotificationRequest } from './notification.ts';
import type { Codec, ValueOf } from './schema.ts';
import { setRequest, setResponse } from './set.ts';
import { informationReportRequest, readRequest, readResponse, writeRequest, writeResponse } from './sn.ts';

/** Every APDU (IEC 62056-5-3 clause 8, XDLMS-APDU and ACSE-APDU): its tag and what it is made of. */
export const services = {
  'initiate-request': [1, initiateRequest],
  'read-request': [5, readRequest],
  'write-request': [6, writeRequest],
  'initiate-response': [8, initiateResponse],
  'read-response': [12, readResponse],
  'write-response': [13, writeResponse],
  'confirmed-service-error': [14, confirmedServiceError],
  'data-notification': [15, dataNotification],
  'unconfirmed-write-request': [22, writeRequest],
  'information-report-request': [24, informationReportRequest],
  'glo-initiate-request': [33, serviceCiphering],
  'glo-read-request': [37, serviceCiphering],
  'glo-write-request': [38, serviceCiphering],
  'glo-initiate-response': [40, serviceCiphering],
  'glo-read-response': [44, serviceCiphering],
  'glo-write-response': [45, serviceCiphering],
  'glo-confirmed-service-error': [46, serviceCiphering],
  'glo-unconfirmed-write-request': [54, serviceCiphering],
  'glo-information-report-request': [56, serviceCiphering],
  'ded-initiate-request': [65, serviceCiphering],
  'ded-read-request': [69, serviceCiphering],
  'ded-write-request': [70, serviceCiphering],
  'ded-initiate-response': [72, serviceCiphering],
  'ded-read-response': [76, serviceCiphering],
  'ded-write-response': [77, serviceCiphering],
  'ded-confirmed-service-error': [78, serviceCiphering],
  'ded-unconfirmed-write-request': [86, serviceCiphering],
  'ded-information-report-request': [88, serviceCiphering],
  aarq: [0x60, aarq],
  aare: [0x61, aare],
  rlrq: [0x62, rlrq],
  rlre: [0x63, rlre],
  'get-request': [192, getRequest],
  'set-request': [193, setRequest],
  'event-notification-request': [194, eventNotificationRequest],
  'action-request': [195, actionRequest],
  'get-response': [196, getResponse],
  'set-response': [197, setResponse],
  'action-response': [199, actionResponse],
  'glo-get-request': [200, serviceCiphering],
  'glo-set-request': [201, serviceCiphering],
  'glo-event-notification-request': [202, serviceCiphering],
  'glo-action-request': [203, serviceCiphering],
  'glo-get-response': [204, serviceCiphering],
  'glo-set-response': [205, serviceCiphering],
  'glo-action-response': [207, serviceCiphering],
  'ded-get-request': [208, serviceCiphering],
  'ded-set-request': [209, serviceCiphering],
  'ded-event-notification-request': [210, serviceCiphering],
  'ded-action-request': [211, serviceCiphering],
  'ded-get-response': [212, serviceCiphering],
  'ded-set-response': [213, serviceCiphering],
  'ded-action-response': [215, serviceCiphering],
  'exception-response': [216, exceptionResponse],
  'access-request': [217, accessRequest],
  'access-response': [218, accessResponse],
  'general-glo-ciphering': [219, titledCiphering],
  'general-ded-ciphering': [220, titledCiphering],
  'general-ciphering': [221, generalCiphering],
  'general-signing': [223, generalSigning],
  'general-block-transfer': [224, generalBlockTransfer],
} as const satisfies Readonly<Record<string, readonly [tag: number, codec: Codec<object>]>>;

export type Service = keyof typeof services;

type Flat<T> = { [K in keyof T]: T[K] };

/** One APDU; narrow it by `service`, and by `kind` where the service has several forms. */
export type Apdu = { [S in Service]: ApduOf<S> }[Service];

/** The APDU of one service. */
export type ApduOf<S extends Service> = Flat<{ readonly service: S } & ValueOf<(typeof services)[S][1]>>;

interface ServiceEntry {
  readonly service: Service;
  readonly clause: string;
  readonly codec: Codec<object>;
}
const byTag: (ServiceEntry | undefined)[] = [];
for (const [service, [tag, codec]] of Object.entries(services)) {
  byTag[tag] = {
    service: service as Service,
    clause: `IEC 62056-5-3 clause 8, ${service}`,
    codec,
  };
}

/** The service of a tag byte; undefined when it is none. */
export function serviceOfTag(tag: number): Service | undefined {
  return byTag[tag]?.service;
}

/**
 * The APDU that fills all of `bytes`; byte strings in it are views of `bytes`. Raises decode errors of
 * `dlmsErrors` and nothing else.
 */
export function decodeApdu(bytes: Uint8Array): Apdu {
  const reader = new ByteReader(bytes);
  const apdu = readApdu(reader);
  reader.finish();
  return apdu;
}

/**
 * The APDU that `bytes` begin with, and what follows it. Some servers send the rest of an old buffer after
 * a short answer: a client that knows its frame is whole (checked, decrypted) reads with this one.
 */
export function decodeApduAndRest(bytes: Uint8Array): { readonly apdu: Apdu; readonly rest: Uint8Array } {
  const reader = new ByteReader(bytes);
  return { apdu: readApdu(reader), rest: reader.rest() };
}

/** The bytes of the APDU that `bytes` begin with. Raises decode errors. */
export function withoutRest(bytes: Uint8Array): Uint8Array {
  const { rest } = decodeApduAndRest(bytes);
  return rest.length === 0 ? bytes : bytes.subarray(0, bytes.length - rest.length);
}

/** The APDU at the place of the reader, which is left after it. */
export function readApdu(reader: ByteReader): Apdu {
  reader.clause = 'IEC 62056-5-3 clause 8';
  const tag = reader.u8();
  const entry = byTag[tag];
  if (entry === undefined) throw reader.fail('DLMS_UNKNOWN_TAG', `no APDU has tag ${tag}`, reader.at - 1);
  reader.clause = entry.clause;
  return { service: entry.service, ...entry.codec.read(reader) } as Apdu;
}

/** The bytes of an APDU. Raises DLMS_NOT_ENCODABLE. */
export function encodeApdu(apdu: Apdu): Uint8Array<ArrayBuffer> {
  if (!Object.hasOwn(services, apdu.service)) {
    throw dlmsErrors.DLMS_NOT_ENCODABLE(`there is no service "${String(apdu.service)}"`);
  }
  const [tag, codec] = services[apdu.service];
  const writer = new ByteWriter(128);
  writer.u8(tag);
  (codec as Codec<object>).write(writer, apdu);
  return writer.finish();
}
