/** Decoded captures as JSON that reads by itself; `openami decode dlms` prints it. */
import type { OpenAmiError } from '@openami/model';
import { hexOf } from '../bytes.ts';
import { type Plain, renderError } from '../decode-line.ts';
import type { Apdu } from './apdu/apdu.ts';
import { nameOfLogicalName } from './cosem/obis-names.ts';
import type { HdlcAddress, HdlcFrame } from './link/hdlc-frame.ts';
import { decodeHdlcParameters } from './link/hdlc-parameters.ts';
import type { LinkFrame } from './link/sniff.ts';
import type { ApduProtection, OpenedApdu } from './open-apdu.ts';
import { type Push, readingsOfApdu, readingsOfBody } from './push/readings.ts';
import { renderApdu, renderValue } from './render.ts';
import type { Telegram } from './telegram.ts';

type Fields = { [name: string]: Plain };

/**
 * `ok` says that something was decoded and nothing of it failed. The first APDU stands at the top, others
 * in `more`.
 */
export function renderTelegram(telegram: Telegram): { readonly ok: boolean; readonly [name: string]: Plain } {
  const { carriage, frames, apdus, errors, value, modeE } = telegram;
  const good = apdus.flatMap(({ opened }) => (opened === undefined ? [] : [renderOpened(opened)]));
  const [first = {}, ...more] = good;
  const wrong = failureOf(telegram);
  return {
    ok: wrong === undefined,
    ...(wrong === undefined ? {} : { error: renderError(wrong) }),
    carriage,
    ...(frames.length === 0 ? {} : { frames: frames.map(renderFrame) }),
    ...(modeE === undefined ? {} : { modeE: { ...modeE } }),
    ...(value === undefined ? {} : { value: renderValue(value), ...renderPush(readingsOfBody(value)) }),
    ...first,
    ...(more.length === 0 ? {} : { more }),
    ...(errors.length === 0 ? {} : { [errors.every(isPartial) ? 'incomplete' : 'skipped']: texts(errors) }),
  };
}

/** What makes a capture fail: an APDU that does not open, or damage and nothing whole beside it. */
function failureOf({ apdus, frames, errors, value, modeE }: Telegram): OpenAmiError | undefined {
  const failed = apdus.find(({ error }) => error !== undefined)?.error;
  if (failed !== undefined || apdus.length > 0) return failed;
  if (value !== undefined || modeE !== undefined) return undefined;
  return errors.find((error) => frames.length === 0 || !isPartial(error));
}

/** Every frame was whole; only the other segments of an APDU are not here. */
function isPartial({ data }: OpenAmiError): boolean {
  return data.partial === true;
}

function texts(errors: readonly OpenAmiError[]): Plain {
  return errors.map(renderError);
}

function renderOpened(opened: OpenedApdu): Fields {
  const { apdu, protections, rest, quirks } = opened;
  const [outer, ...inner] = protections;
  const plaintext = plaintextOf(opened);
  const security = outer && {
    ...renderProtection(outer),
    ...(inner.length === 0 ? {} : { inside: inner.map(renderProtection) }),
    ...(plaintext === undefined ? {} : { plaintext: hexOf(plaintext) }),
  };
  return {
    service: apdu.service,
    ...(security === undefined ? {} : { security }),
    apdu: renderApdu(apdu),
    ...renderPush(readingsOfApdu(opened)),
    ...(quirks.length === 0 ? {} : { quirks }),
    ...(rest.length === 0 ? {} : { rest: hexOf(rest) }),
  };
}

function plaintextOf({ apdu, bytes, protections }: OpenedApdu): Uint8Array | undefined {
  if (!protections.some(({ opened }) => opened)) return undefined;
  const initiate = protections.at(-1)!.opened ? userInformation(apdu) : undefined;
  return initiate ?? bytes;
}

function userInformation(apdu: Apdu): Uint8Array | undefined {
  return apdu.service === 'aarq' || apdu.service === 'aare' ? apdu.userInformation : undefined;
}

function renderProtection(protection: ApduProtection): Fields {
  const { envelope, control, systemTitle, counter, opened, verified, additionalData, covers } = protection;
  return {
    envelope,
    ...(control && {
      suite: control.suite,
      policy: policyOf(control),
      authenticated: control.authenticated,
      encrypted: control.encrypted,
      key: control.broadcast ? 'broadcast' : envelope.endsWith('ded') ? 'dedicated' : 'unicast',
    }),
    ...(systemTitle === undefined ? {} : { systemTitle: hexOf(systemTitle) }),
    ...(counter === undefined ? {} : { invocationCounter: counter }),
    deciphered: opened,
    verified,
    ...(covers === undefined ? {} : { covers }),
    ...(additionalData === undefined || additionalData === 'standard' ? {} : { additionalData }),
  };
}

function policyOf({ authenticated, encrypted }: { authenticated: boolean; encrypted: boolean }): string {
  if (authenticated && encrypted) return 'authenticated-encryption';
  return authenticated ? 'authentication' : 'encryption';
}

function renderPush(push: Push | undefined): Fields {
  if (push === undefined) return {};
  const { layout, meter, time, readings } = push;
  return {
    ...(layout === undefined ? {} : { layout }),
    ...(meter === undefined ? {} : { meter }),
    ...(time === undefined ? {} : { time: time.iso, clockStatus: time.status }),
    ...(time?.utcS === undefined ? {} : { timeUtc: new Date(time.utcS * 1_000).toISOString() }),
    readings: readings.map((reading) => {
      const meaning = nameOfLogicalName(reading.obis);
      return { ...reading, ...(meaning === undefined ? {} : { meaning }) };
    }),
  };
}

function renderFrame(item: LinkFrame): Fields {
  const { link } = item;
  if (link === 'hdlc') return { link, ...renderHdlc(item.frame) };
  if (link === 'wrapper') {
    const { source, destination, apdu } = item.frame;
    return { link, source, destination, bytes: apdu.length };
  }
  const { control, address, source, destination, segment, last, part } = item.frame;
  return { link, control, address, source, destination, segment, last, bytes: part.length };
}

function renderHdlc({ control, source, destination, segmented, information }: HdlcFrame): Fields {
  const { kind, ...bits } = control;
  const negotiates = (kind === 'snrm' || kind === 'ua') && information.length > 0;
  return {
    control: kind,
    ...bits,
    source: address(source),
    destination: address(destination),
    segmented,
    bytes: information.length,
    ...(information.length > 0 ? { information: hexOf(information) } : {}),
    ...(negotiates ? parametersOf(information) : {}),
  };
}

function parametersOf(information: Uint8Array): Fields {
  try {
    return { parameters: { ...decodeHdlcParameters(information) } };
  } catch (error) {
    return { parametersError: renderError(error as OpenAmiError) };
  }
}

/** A client, or a logical device, is a number; with a physical device it is both. */
function address({ bytes, upper, lower }: HdlcAddress): Plain {
  return bytes === 1 ? upper : { logical: upper, physical: lower };
}
