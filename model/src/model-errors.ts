/** Errors of the shared nouns: a text or a number that does not mean what it should. */
import { defineErrors } from './errors.ts';

export const modelErrors = defineErrors({
  UNIT_UNKNOWN: {
    fault: 'caller',
    status: 422,
    title: 'The unit is not known.',
    hint: 'Use one of the units named in the message, or a unit of the unit reference.',
  },
  UNIT_DIMENSION: {
    fault: 'caller',
    status: 422,
    title: 'The unit measures something else than the channel does.',
    hint: 'Send the reading in a unit of the same dimension, or map the column to another channel.',
  },
  NUMBER_MALFORMED: {
    fault: 'caller',
    status: 422,
    title: 'The text is not a decimal number.',
    hint: 'Write digits with an optional sign, decimal point and exponent, such as -12.5 or 1e3.',
  },
  RESOLUTION_INVALID: {
    fault: 'caller',
    status: 422,
    title: 'The resolution is not a whole number of thousandths from 1 to 4294967295.',
    hint: 'Give the resolution as whole thousandths of the base unit, such as 1000 for 1 Wh.',
  },
  QUALITY_UNKNOWN: {
    fault: 'caller',
    status: 422,
    title: 'The quality is not known.',
    hint: 'Use a quality state such as raw, valid or estimated, or a CIM code such as 3.8.0.',
  },
  ZONE_UNKNOWN: {
    fault: 'caller',
    status: 422,
    title: 'The time zone is not known.',
    hint: 'Use an IANA name such as Europe/Berlin, or a fixed offset such as +10:00.',
  },
  TIME_MALFORMED: {
    fault: 'caller',
    status: 422,
    title: 'The time stamp is not ISO 8601.',
    hint: 'Write it as 2026-03-29T02:15:00+01:00 or 2026-03-29T01:15:00Z.',
  },
  TIME_NOT_UNIQUE: {
    fault: 'caller',
    status: 422,
    title: 'The local time does not exist or exists twice in its zone.',
    hint: 'Send the time with its UTC offset, or choose whether the earlier or the later one is meant.',
  },
  CALENDAR_INVALID: {
    fault: 'caller',
    status: 422,
    title: 'The calendar argument is out of range.',
    hint: 'Check the interval length, anchor day or hour named in the message.',
  },
  READING_TYPE_MALFORMED: {
    fault: 'caller',
    status: 422,
    title: 'The CIM reading type is malformed.',
    hint: 'Give 18 whole numbers joined by dots, such as 0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.3.72.0.',
  },
  OBIS_MALFORMED: {
    fault: 'caller',
    status: 422,
    title: 'The OBIS code is malformed.',
    hint: 'Write it as 1-0:1.8.0*255, 1.8.0, 1.0.1.8.0.255 or 0100010800FF.',
  },
  CURRENCY_UNKNOWN: {
    fault: 'caller',
    status: 422,
    title: 'The currency is not known.',
    hint: 'Use an ISO 4217 code such as EUR or 978.',
  },
  CURRENCY_MISMATCH: {
    fault: 'ours',
    status: 500,
    title: 'Amounts of two currencies were mixed.',
    hint: 'Convert to one currency before adding or comparing.',
  },
  MONEY_INVALID: {
    fault: 'caller',
    status: 422,
    title: 'The amount cannot be computed exactly.',
    hint: 'Give a finite decimal amount; round it before it is allocated.',
  },
  NMI_MALFORMED: {
    fault: 'caller',
    status: 422,
    title: 'The national metering identifier is malformed.',
    hint: 'Give 10 characters of 0-9 and A-Z without O and I, with or without the right checksum digit.',
  },
  SERIAL_MALFORMED: {
    fault: 'caller',
    status: 422,
    title: 'The serial number or device address is malformed.',
    hint: 'Give 1 to 64 printable characters.',
  },
});
