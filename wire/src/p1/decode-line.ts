/** `openami decode p1`: telegrams as JSON that reads by itself. */
import type { OpenAmiError } from '@openami/model';
import { hexOf } from '../bytes.ts';
import { decimalText } from '../decimal.ts';
import {
  type DecodedLine,
  decodedLine,
  hexField,
  hexOrText,
  type Plain,
  renderError,
  textField,
} from '../decode-line.ts';
import { readWhole } from '../frame-stream.ts';
import { utf8Bytes } from '../text.ts';
import { p1CheckText } from './encode.ts';
import { p1Errors } from './errors.ts';
import { meaningOfP1, type P1Meaning, type P1Reading } from './meaning.ts';
import { p1Key } from './sealed.ts';
import { type P1Frame, P1Stream, type P1StreamOptions } from './stream.ts';
import type { P1Record } from './telegram.ts';
import type { P1Time } from './time.ts';

/**
 * One line: `{"id":"1","text":"/ISK5…"}` or `hex`; `key` and `authenticationKey` (hex) for enciphered ones,
 * `zone` for meters elsewhere than in the Netherlands' zone, `ignoreCheck` to take altered captures. The
 * first telegram stands at the top, others in `more`; damage beside whole ones is told in `skipped`. Where
 * none is whole, what damaged ones say is shown beside the error.
 */
export function decodeP1Line(text: string): DecodedLine {
  return decodedLine(text, (line) => {
    const key = hexField(line, 'key');
    const ready = key && p1Key(key, hexField(line, 'authenticationKey'));
    const zone = textField(line, 'zone');
    const bytes = hexOrText(line, utf8Bytes);
    const ignoreCheck = line.ignoreCheck === true;
    const { frames, errors } = read(bytes, { keyFor: () => ready, ignoreCheck }, zone);
    // one that does not open, or damage and nothing whole beside it
    const closed = errors.find(({ code }) => sealed.includes(code));
    const damaged =
      errors.find(({ code }) => code === 'P1_CHECK') ?? errors[0] ?? p1Errors.P1_NOT_P1('no bytes');
    const wrong = closed ?? (frames.length > 0 ? undefined : damaged);
    const shown =
      frames.length > 0 || ignoreCheck
        ? frames
        : read(bytes, { keyFor: () => ready, ignoreCheck: true }, zone).frames;
    const [first = {}, ...more] = shown;
    return {
      ok: frames.length > 0 && wrong === undefined,
      ...(wrong === undefined ? {} : { error: renderError(wrong) }),
      ...first,
      ...(more.length === 0 ? {} : { more }),
      ...(errors.length === 0 || frames.length === 0 ? {} : { skipped: errors.map(renderError) }),
    };
  });
}

function read(
  bytes: Uint8Array,
  options: P1StreamOptions,
  zone: string | undefined,
): { readonly frames: { readonly [name: string]: Plain }[]; readonly errors: OpenAmiError[] } {
  const { frames, errors } = readWhole(new P1Stream(options), bytes);
  return { frames: frames.map((frame) => renderP1(frame, zone)), errors };
}

const sealed = ['P1_NO_KEY', 'P1_WRONG_KEY', 'P1_UNSUPPORTED'];

function renderP1(frame: P1Frame, zone: string | undefined): { readonly [name: string]: Plain } {
  const { identification, check, crc, records, opened } = frame;
  return {
    identification: { ...identification },
    check,
    ...(crc === undefined ? {} : { crc: p1CheckText(crc) }),
    ...(opened && {
      security: {
        systemTitle: hexOf(opened.systemTitle),
        invocationCounter: opened.counter,
        additionalData: opened.additionalData,
      },
    }),
    ...renderMeaning(meaningOfP1(frame, { zone })),
    records: records.map(renderRecord),
  };
}

function renderRecord({ address, obis, values, text }: P1Record): Plain {
  if (text !== undefined) return { text };
  return {
    address,
    ...(obis === undefined ? {} : { obis }),
    values: values.map(({ value, unit }) => ({ value, unit: unit ?? null })),
  };
}

function renderMeaning(meaning: P1Meaning): { readonly [name: string]: Plain } {
  const { time, thresholds, messages, powerFailures, monthDemands, readings, mbus, ...plain } = meaning;
  return {
    ...present(plain),
    ...(time && { time: renderTime(time) }),
    ...(thresholds.length === 0 ? {} : { thresholds: thresholds.map(renderReading) }),
    ...(messages.length === 0 ? {} : { messages: messages.map((message) => ({ ...message })) }),
    ...(powerFailures.length === 0
      ? {}
      : {
          powerFailures: powerFailures.map(({ end, durationS }) => ({ end: renderTime(end), durationS })),
        }),
    ...(monthDemands.length === 0
      ? {}
      : {
          monthDemands: monthDemands.map(({ month, peak, value, unit }) => ({
            ...{ month: renderTime(month), peak: renderTime(peak), value: decimalText(value), unit },
          })),
        }),
    readings: readings.map(renderReading),
    ...(mbus.length === 0
      ? {}
      : {
          mbus: mbus.map(({ readings: own, ...device }) => ({
            ...present(device),
            readings: own.map(renderReading),
          })),
        }),
  };
}

function renderReading({ obis, value, unit, sentUnit, time }: P1Reading): Plain {
  return {
    obis,
    value: decimalText(value),
    unit: unit ?? sentUnit,
    ...(time && { time: renderTime(time) }),
  };
}

function renderTime({ local, utcS }: P1Time): Plain {
  return { local, utc: new Date(utcS * 1_000).toISOString() };
}

function present(fields: Readonly<Record<string, unknown>>): { readonly [name: string]: Plain } {
  return Object.fromEntries(
    Object.entries(fields).filter((entry): entry is [string, Plain] => entry[1] !== undefined),
  );
}
