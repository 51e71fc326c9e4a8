/**
 * EPSEM: control byte, services each with their length, padding and code of authentication (C12.22 clause
 * 5.3.2).
 */
import { Cursor, Sink } from '../cursor.ts';
import { c12Errors } from '../errors.ts';
import { berLength, putBerLength } from '../psem/uid.ts';

export type SecurityMode = 'cleartext' | 'authenticated' | 'ciphered' | 'reserved';
export type ResponseControl = 'always' | 'on-exception' | 'never' | 'reserved';

const securityModes: readonly SecurityMode[] = ['cleartext', 'authenticated', 'ciphered', 'reserved'];
const responseControls: readonly ResponseControl[] = ['always', 'on-exception', 'never', 'reserved'];

export interface EpsemControl {
  /** Always set by the standard. */
  readonly reserved: boolean;
  readonly recoverySession: boolean;
  readonly proxyServiceUsed: boolean;
  readonly edClassIncluded: boolean;
  readonly securityMode: SecurityMode;
  readonly responseControl: ResponseControl;
}

export interface Epsem {
  readonly control: EpsemControl;
  /** Four bytes of the class of the device. */
  readonly edClass?: Uint8Array;
  /** Each a request or a response. */
  readonly services: readonly Uint8Array[];
  /** Bytes after the services. */
  readonly padding?: Uint8Array;
}

const ED_CLASS_BYTES = 4;
const MAX_SERVICES = 256;
const CLAUSE = 'C12.22 clause 5.3.2';

export const plainControl: EpsemControl = {
  reserved: true,
  recoverySession: false,
  proxyServiceUsed: false,
  edClassIncluded: false,
  securityMode: 'cleartext',
  responseControl: 'always',
};

export function readControl(byte: number): EpsemControl {
  return {
    reserved: (byte & 0x80) !== 0,
    recoverySession: (byte & 0x40) !== 0,
    proxyServiceUsed: (byte & 0x20) !== 0,
    edClassIncluded: (byte & 0x10) !== 0,
    securityMode: securityModes[(byte >> 2) & 3]!,
    responseControl: responseControls[byte & 3]!,
  };
}

export function controlByte(control: EpsemControl): number {
  return (
    (control.reserved ? 0x80 : 0) |
    (control.recoverySession ? 0x40 : 0) |
    (control.proxyServiceUsed ? 0x20 : 0) |
    (control.edClassIncluded ? 0x10 : 0) |
    (securityModes.indexOf(control.securityMode) << 2) |
    responseControls.indexOf(control.responseControl)
  );
}

/** What follows the control byte, once it is in the clear and without its code of authentication. */
export function readEpsemContent(control: EpsemControl, content: Uint8Array): Epsem {
  const cursor = new Cursor(content, CLAUSE);
  const edClass = control.edClassIncluded ? cursor.take(ED_CLASS_BYTES) : undefined;
  const services: Uint8Array[] = [];
  let padding: Uint8Array | undefined;
  while (cursor.left > 0) {
    if (cursor.bytes[cursor.at] === 0) {
      padding = cursor.rest();
      break;
    }
    if (services.length >= MAX_SERVICES) {
      throw c12Errors.C12_OVER_LIMIT(`more than ${MAX_SERVICES} services (${CLAUSE})`, { clause: CLAUSE });
    }
    services.push(cursor.take(berLength(cursor)));
  }
  return {
    control,
    ...(edClass === undefined ? {} : { edClass }),
    services,
    ...(padding === undefined ? {} : { padding }),
  };
}

/** The opposite; the control byte is not among the bytes. */
export function epsemContent({
  edClass,
  services,
  padding,
}: Omit<Epsem, 'control'>): Uint8Array<ArrayBuffer> {
  const sink = new Sink();
  if (edClass !== undefined) {
    if (edClass.length !== ED_CLASS_BYTES)
      throw c12Errors.C12_NOT_ENCODABLE('a class of a device has 4 bytes');
    sink.put(edClass);
  }
  for (const service of services) putBerLength(sink, service.length).put(service);
  if (padding !== undefined) sink.put(padding);
  return sink.done();
}
