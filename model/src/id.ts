/** Names that meters and connection points carry in the field. */
import { modelErrors } from './model-errors.ts';

/** A checked national metering identifier (Australia): 10 characters, without its checksum. */
export type Nmi = string & { readonly brand: 'Nmi' };

/** A serial number or other device address in its stored form. */
export type Serial = string & { readonly brand: 'Serial' };

const NMI = /^[0-9A-HJ-NP-Z]{10}$/;

/**
 * Checksum digit of a 10-character NMI (AEMO NMI procedure): from the right, the ASCII code of every
 * second character is doubled, beginning with the last; the digits of all codes are summed and the
 * checksum fills up to the next ten.
 */
export function nmiChecksum(nmi: string): number {
  let sum = 0;
  for (let i = 0; i < nmi.length; i++) {
    const fromRight = nmi.length - 1 - i;
    let code = nmi.charCodeAt(i) * (fromRight % 2 === 0 ? 2 : 1);
    for (; code > 0; code = Math.floor(code / 10)) sum += code % 10;
  }
  return (10 - (sum % 10)) % 10;
}

/** Reads an NMI of 10 characters, or of 11 with its checksum. Raises NMI_MALFORMED. */
export function parseNmi(text: string): Nmi {
  const upper = text.trim().toUpperCase();
  const nmi = upper.slice(0, 10);
  if (!NMI.test(nmi) || upper.length > 11) {
    throw modelErrors.NMI_MALFORMED(`'${text.slice(0, 20)}' is not an NMI`);
  }
  if (upper.length === 11 && upper[10] !== String(nmiChecksum(nmi))) {
    throw modelErrors.NMI_MALFORMED(`the checksum of '${upper}' should be ${nmiChecksum(nmi)}`);
  }
  return nmi as Nmi;
}

const MAX_SERIAL_LENGTH = 64;

/**
 * A serial number or device address as it is stored and looked up: composed Unicode, no blanks at the
 * ends, case kept (some makers use it). Raises SERIAL_MALFORMED for empty, long or control characters.
 */
export function parseSerial(text: string): Serial {
  const serial = text.normalize('NFC').trim();
  if (serial === '' || serial.length > MAX_SERIAL_LENGTH || /\p{C}/u.test(serial)) {
    throw modelErrors.SERIAL_MALFORMED(`'${text.slice(0, MAX_SERIAL_LENGTH)}' is not a serial number`);
  }
  return serial as Serial;
}
