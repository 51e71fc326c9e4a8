/**
 * Errors of files. `FILE_*`, `XML_*`, CSV_MAPPING_INVALID, CSV_COLUMN_MISSING, ESPI_NOT_FOUND, and
 * NEM_HEADER_MISSING at the start of a file, end the import; the others refuse one row, cell or record
 * and the import goes on.
 */
import { defineErrors, type ErrorSpec } from '@openami/model';

const bad = (title: string, hint: string): ErrorSpec => ({ fault: 'caller', status: 422, title, hint });

export const exchangeErrors = defineErrors({
  FILE_EMPTY: bad('The file has no content.', 'Check the export that made it and send it again.'),
  FILE_GZIP_TRUNCATED: bad(
    'The gzip file ends too early.',
    'Send the file again; what was read before the cut is kept.',
  ),
  FILE_GZIP_BROKEN: bad('The gzip file is damaged.', 'Send the file again; what was read before is kept.'),
  FILE_SERIES_LIMIT: bad(
    'The file names more series than the import allows.',
    'Check the device column of the mapping, or split the file.',
  ),
  FILE_VALUE_UNWRITABLE: bad(
    'The readings cannot be written in this format.',
    'Choose another format, or export the series apart.',
  ),
  FILE_JSON_TOO_LARGE: bad(
    'The JSON file is larger than the limit.',
    'Split it, or send it as a table with a header row.',
  ),
  ROW_JSON: bad(
    'An object of the file is not valid JSON.',
    'Check the export that made it; others are taken.',
  ),
  ROW_METER_MISSING: bad(
    'The row names no meter.',
    'Fill its serial number, its DevEUI, or the text of its label.',
  ),
  ROW_LABEL: bad(
    'The label is none that is known, or contradicts the row.',
    'Scan it again: LW:D0:JoinEUI:DevEUI:ProfileID…, or maker and number.',
  ),
  ROW_EUI: bad(
    'An EUI has not 16 hexadecimal digits.',
    'Write DevEUI and JoinEUI in full, leading zeros too.',
  ),
  ROW_COMMODITY: bad(
    'The commodity is none of electricity, gas, water and heat.',
    'Correct it, or leave it out and choose one for the whole list.',
  ),
  ROW_START_INDEX: bad(
    'The start index is no number of m³ or kWh.',
    'Write a decimal number with a point, such as 12.345.',
  ),
  CSV_MAPPING_INVALID: bad('The column mapping is not valid.', 'Preview the file and correct the mapping.'),
  CSV_COLUMN_MISSING: bad(
    'A column that the mapping names is not in the file.',
    'Preview the file and correct the mapping.',
  ),
  CSV_QUOTE_BROKEN: bad(
    'A quoted cell does not end, or goes on after its closing quote.',
    'Double the quotes inside the cell, or set another quote character in the mapping.',
  ),
  CSV_RECORD_TOO_LONG: bad(
    'A line is longer than the limit.',
    'Check the delimiter and line ends of the file.',
  ),
  CSV_CELL_COUNT: bad(
    'A row has not as many cells as the header.',
    'Quote cells that hold the delimiter; check for a cut last line.',
  ),
  ROW_TEXT_BROKEN: bad('The row is not valid text in its encoding.', 'Save the file as UTF-8.'),
  ROW_DEVICE_MISSING: bad('The row names no device.', 'Fill the device column.'),
  ROW_TIME_INVALID: bad(
    'The time stamp cannot be read.',
    'Set the pattern of the time column in the mapping.',
  ),
  ROW_TIME_RANGE: bad(
    'The time stamp is before 1970 or after 2105.',
    'Correct the time stamp or the pattern of the time column.',
  ),
  ROW_TIME_NONEXISTENT: bad(
    'The local time was skipped when the clocks went forward.',
    'Export with UTC offsets, or set "skipped" to "shift" in the mapping.',
  ),
  ROW_TIME_AMBIGUOUS: bad(
    'The local time happened twice when the clocks went back.',
    'Export with UTC offsets, or set "doubled" to "order" in the mapping.',
  ),
  ROW_ZONE_MISSING: bad(
    'The time stamp has no offset and the mapping no zone.',
    'Set the zone of the file in the mapping, e.g. Europe/Berlin.',
  ),
  ROW_ZONE_UNKNOWN: bad(
    'The time zone is not known.',
    'Use an IANA name such as Europe/Berlin, UTC, or +10:00.',
  ),
  ROW_INTERVAL_INVALID: bad(
    'The interval length is not a whole number of seconds above zero.',
    'Correct the interval column, or set the interval in the mapping.',
  ),
  ROW_RATE_UNIT: bad(
    'A mean value is in a unit that is no rate.',
    'Use kW, L/s, m3/h or another unit of a rate.',
  ),
  ROW_VALUE_INVALID: bad('The value is not a number.', 'Check the decimal mark in the mapping.'),
  ROW_VALUE_INFINITE: bad('The value is infinite or too large.', 'Correct the value at its source.'),
  ROW_VALUE_NEGATIVE: bad(
    'The value is negative where only zero and above is allowed.',
    'Send received energy as a series of its own.',
  ),
  ROW_QUALITY_UNKNOWN: bad('The quality is not known.', 'Use the quality names of the documentation.'),
  NEM_HEADER_MISSING: bad(
    'The file does not begin with a 100 record.',
    'Send the whole NEM12 or NEM13 file.',
  ),
  NEM_RECORD_UNKNOWN: bad('The record indicator is not known.', 'Use records 100 to 900 of the MDFF.'),
  NEM_RECORD_ORDER: bad(
    'The record stands where it may not.',
    'Keep the order 100, 200, 300, 400, 500, 900.',
  ),
  NEM_RECORD_INVALID: bad(
    'A field of the record is not valid.',
    'Correct the record and send the file again.',
  ),
  NEM_VALUE_COUNT: bad(
    'The 300 record has not one value for each interval of the day.',
    'Check the interval length of the 200 record.',
  ),
  NEM_QUALITY_INVALID: bad(
    'The quality flag, method or reason code is not valid.',
    'Use A, E, F, N, S or V; E, F and S with a method of two digits.',
  ),
  NEM_RANGE_INVALID: bad(
    'The 400 records do not cover the day from the first to the last interval.',
    'Give ranges without gap or overlap, from 1 to the number of intervals.',
  ),
  NEM_NMI_CHECKSUM: bad('The checksum of the NMI is wrong.', 'Check the NMI; its readings are kept out.'),
  NEM_NO_READINGS: bad('The file holds no readings.', 'Check with the sender whether data is missing.'),
  NEM_END_MISSING: bad(
    'The file has no 900 record at its end.',
    'It may be cut: compare it with the sender.',
  ),
  XML_MALFORMED: bad('The XML is not well-formed.', 'Send the file again as the sender made it.'),
  XML_FORBIDDEN: bad(
    'The XML has a document type or entities of its own.',
    'Remove the DOCTYPE: no file that is taken here needs one.',
  ),
  XML_LIMIT: bad('The XML is nested or sized beyond the limit.', 'Split the file.'),
  ESPI_NOT_FOUND: bad('There is no Green Button data in the file.', 'Send an Atom feed with ESPI content.'),
  ESPI_LINK_BROKEN: bad(
    'An IntervalBlock leads to no MeterReading or ReadingType.',
    'Send the whole feed: UsagePoint, MeterReading, ReadingType and IntervalBlock.',
  ),
  ESPI_READING_INVALID: bad(
    'The IntervalReading is not valid.',
    'Give timePeriod and value as whole numbers.',
  ),
  ESPI_TYPE_INVALID: bad(
    'The ReadingType is not valid.',
    'Give uom and powerOfTenMultiplier of the ESPI schema.',
  ),
});
