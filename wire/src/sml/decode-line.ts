/** `openami decode sml`: captures of an optical port as JSON that reads by itself. */
import { hexOf } from '../bytes.ts';
import { decimalText } from '../decimal.ts';
import { type DecodedLine, decodedLine, hexOfLine, type Plain, renderError } from '../decode-line.ts';
import { readWhole } from '../frame-stream.ts';
import { asciiText } from '../text.ts';
import { smlErrors } from './errors.ts';
import type { SmlMessage } from './file.ts';
import { obisText, readingsOfSml, type SmlReading, type SmlReadings } from './readings.ts';
import type { SmlValue } from './tlv.ts';
import { decodeSmlFile, type SmlFile, SmlStream } from './transport.ts';

/**
 * One line, `{"id":"1","hex":"1b1b1b1b01010101…"}`, with any number of files in it, or messages without
 * transport. `ok` says that a whole file was found; damage beside it is told in `skipped`, and `ignoreCheck`
 * reads damaged files, too.
 */
export function decodeSmlLine(text: string): DecodedLine {
  return decodedLine(text, (line) => {
    const bytes = hexOfLine(line);
    const options = { ignoreCheck: line.ignoreCheck === true };
    if (bytes[0] === MESSAGE) return { ok: true, files: [renderFile(decodeSmlFile(bytes, options))] };
    const { frames, errors } = readWhole(new SmlStream(options), bytes);
    const files = frames.map(renderFile);
    // the most telling of what was skipped, where nothing is whole
    const wrong =
      files.length > 0
        ? undefined
        : (errors.find(({ code }) => code === 'SML_CHECK') ?? errors[0] ?? smlErrors.SML_NOT_SML('no bytes'));
    return {
      ok: files.length > 0,
      ...(wrong === undefined ? {} : { error: renderError(wrong) }),
      files,
      ...(errors.length === 0 ? {} : { skipped: errors.map(renderError) }),
    };
  });
}

/** A list of six, which every message is. */
const MESSAGE = 0x76;

function renderFile(file: SmlFile): Plain {
  return {
    bytes: file.bytes,
    ...(file.check === undefined ? {} : { check: file.check }),
    messages: file.messages.map(renderMessage),
    lists: readingsOfSml(file).map(renderReadings),
  };
}

function renderMessage({ transactionId, groupNo, abortOnError, body, check }: SmlMessage): Plain {
  const fields = Object.entries(body).filter(([name]) => name !== 'entries' && name !== 'periods');
  return {
    transactionId: hexOf(transactionId),
    groupNo,
    abortOnError,
    check,
    ...Object.fromEntries(fields.map(([name, field]) => [name, plainOf(field)])),
  };
}

function renderReadings({ server, intervalS, time, readings }: SmlReadings): Plain {
  return {
    server: { ...server },
    ...(intervalS === 0 ? {} : { intervalS }),
    ...(time === undefined ? {} : { time: plainOf(time) }),
    readings: readings.map(renderReading),
  };
}

/** The value as sent is beside the one that was meant: `raw`, `scaler`. */
function renderReading(reading: SmlReading): Plain {
  const { obis, sent, value, unit, unitCode, status, time, signature, quirk } = reading;
  return {
    obis,
    ...(value === undefined ? {} : { value: decimalText(value) }),
    unit,
    ...(unitCode === undefined ? {} : { unitCode }),
    ...renderSent(sent),
    ...(value === undefined ? {} : { scaler: value.power }),
    ...(status === undefined ? {} : { status: plainOf(status) }),
    ...(time === undefined ? {} : { time: plainOf(time) }),
    ...(signature === undefined ? {} : { signature: hexOf(signature) }),
    ...(quirk === undefined ? {} : { quirk }),
  };
}

function renderSent(sent: SmlValue): { readonly [name: string]: Plain } {
  switch (sent.type) {
    case 'octets':
      return { type: 'octets', octets: hexOf(sent.octets), ...textOf(sent.octets) };
    case 'list':
      return { type: 'list', elements: plainOf(sent.elements) };
    case 'boolean':
      return { type: 'boolean', raw: sent.value };
    default:
      return { type: `${sent.type === 'integer' ? 'i' : 'u'}${8 * sent.bytes}`, raw: plainOf(sent.value) };
  }
}

function textOf(octets: Uint8Array): { readonly text?: string } {
  const isText = octets.length > 0 && octets.every((byte) => byte >= 0x20 && byte < 0x7f);
  return isText ? { text: asciiText(octets) } : {};
}

/** Fields of messages: bytes as hex, integers beyond 2^53 as text. */
function plainOf(value: unknown, name = ''): Plain {
  if (value instanceof Uint8Array) return name === 'objName' ? obisText(value) : hexOf(value);
  if (typeof value === 'bigint') return String(value);
  if (Array.isArray(value)) return value.map((item) => plainOf(item));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).flatMap(([key, field]) =>
        field === undefined ? [] : [[key, plainOf(field, key)]],
      ),
    );
  }
  return value as Plain;
}
