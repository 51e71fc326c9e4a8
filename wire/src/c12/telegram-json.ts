/** Decoded captures and tables as JSON that reads by itself; `openami decode c12` prints it. */
import { hexOf } from '../bytes.ts';
import { decimalNumber } from '../decimal.ts';
import { type Plain, renderError } from '../decode-line.ts';
import { asciiText } from '../text.ts';
import { type AuthenticationValue, aeQualifierBits, type C1222Message } from './c1222/acse.ts';
import type { Opened } from './c1222/secure.ts';
import { responseWords } from './psem/codes.ts';
import { type Feature, type ResponseBody, registrationInfoBits } from './psem/response.ts';
import { connectionTypeBits, nodeTypeBits, type ServiceRequest } from './psem/service.ts';
import type { TableData } from './psem/table-data.ts';
import type { Uid } from './psem/uid.ts';
import { isClockTime, isDecimal, type TableValue } from './tables/value.ts';
import type { C12Telegram, DecodedMessage, DecodedService } from './telegram.ts';

type Fields = { [name: string]: Plain };

/** `ok` says that something was decoded and nothing of it failed. */
export function renderC12(telegram: C12Telegram): { readonly ok: boolean; readonly [name: string]: Plain } {
  const { carriage, messages, errors, acknowledged, refused, repeated } = telegram;
  const failed = messages
    .flatMap(({ error, services }) => [error, ...services.map((service) => service.error)])
    .find((error) => error !== undefined);
  const wrong = failed ?? errors[0];
  return {
    ok: wrong === undefined,
    ...(wrong === undefined ? {} : { error: renderError(wrong) }),
    carriage,
    messages: messages.map(renderMessage),
    ...(carriage === 'c12.18' ? { acknowledged, refused, repeated } : {}),
    ...(errors.length === 0 ? {} : { skipped: errors.map(renderError) }),
  };
}

function renderMessage({ message, opened, packet, packets, services, error }: DecodedMessage): Fields {
  return {
    ...(message === undefined ? {} : renderAcse(message)),
    ...(opened === undefined ? {} : renderEpsem(opened)),
    ...(packet === undefined
      ? {}
      : {
          identity: packet.identity,
          toggle: packet.toggle,
          dataFormat: packet.dataFormat,
          packets: packets ?? 1,
        }),
    services: services.map(renderService),
    ...(error === undefined ? {} : { error: renderError(error) }),
  };
}

function renderAcse(message: C1222Message): Fields {
  const out: Fields = {};
  const title = (name: string, value: Uid | undefined) => {
    if (value !== undefined) out[name] = value.text;
  };
  title('asoContext', message.asoContext);
  title('calledApTitle', message.calledApTitle);
  if (message.calledApInvocationId) out.calledApInvocationId = hexOf(message.calledApInvocationId.bytes);
  title('callingApTitle', message.callingApTitle);
  if (message.callingAeQualifier !== undefined) {
    out.callingAeQualifier = bitNames(message.callingAeQualifier, aeQualifierBits);
  }
  if (message.callingApInvocationId) out.callingApInvocationId = hexOf(message.callingApInvocationId.bytes);
  title('mechanismName', message.mechanismName);
  if (message.authentication !== undefined) out.authentication = renderAuthentication(message.authentication);
  if (message.userInformation?.indirectReference !== undefined) {
    out.indirectReference = message.userInformation.indirectReference;
  }
  if (message.unknown.length > 0) {
    out.unknown = message.unknown.map(({ tag, content }) => ({ tag, content: hexOf(content) }));
  }
  return out;
}

function renderAuthentication(value: AuthenticationValue): Fields {
  const { mechanism } = value;
  if (mechanism === 'c12.22') {
    return {
      mechanism,
      ...(value.keyId === undefined ? {} : { keyId: value.keyId }),
      ...(value.iv === undefined ? {} : { iv: hexOf(value.iv) }),
    };
  }
  return { mechanism, ...(mechanism === 'c12.21' ? { step: value.step } : {}), data: hexOf(value.data) };
}

function renderEpsem({ epsem, mac, verified }: Opened): Fields {
  const { control, edClass, padding } = epsem;
  return {
    securityMode: control.securityMode,
    responseControl: control.responseControl,
    ...(control.recoverySession ? { recoverySession: true } : {}),
    ...(control.proxyServiceUsed ? { proxyServiceUsed: true } : {}),
    ...(edClass === undefined ? {} : { edClass: hexOf(edClass) }),
    ...(padding === undefined ? {} : { padding: hexOf(padding) }),
    ...(mac === undefined ? {} : { mac: hexOf(mac) }),
    ...(verified === undefined ? {} : { verified }),
  };
}

function renderService({ bytes, request, response, answers, table, error }: DecodedService): Fields {
  return {
    ...(request === undefined ? {} : renderRequest(request)),
    ...(response === undefined
      ? {}
      : {
          response: response.name,
          means: responseWords(response.code),
          ...(answers === undefined ? {} : { answers: answers.service }),
          ...renderBody(response.body),
        }),
    ...(request === undefined && response === undefined ? { bytes: hexOf(bytes) } : {}),
    ...(table === undefined
      ? {}
      : { decoded: { table: table.id, name: table.name, value: renderTableValue(table.value) } }),
    ...(error === undefined ? {} : { error: renderError(error) }),
  };
}

/** A request as JSON. */
export function renderRequest(request: ServiceRequest): Fields {
  const { service } = request;
  const out: Fields = { request: service };
  if ('table' in request) out.table = request.table;
  if ('offset' in request) out.offset = request.offset;
  if ('index' in request) out.index = request.index;
  if ('count' in request) out.count = request.count;
  if ('content' in request) Object.assign(out, tableFields(request.content));
  switch (service) {
    case 'logon':
      out.userId = request.userId;
      Object.assign(out, octets('user', request.user));
      if (request.idleTimeoutS !== undefined) out.idleTimeoutS = request.idleTimeoutS;
      break;
    case 'security':
      Object.assign(out, octets('password', request.password));
      if (request.userId !== undefined) out.userId = request.userId;
      break;
    case 'register':
      out.nodeType = bitNames(request.nodeType, nodeTypeBits);
      out.connectionType = bitNames(request.connectionType, connectionTypeBits);
      out.deviceClass = hexOf(request.deviceClass);
      out.apTitle = request.apTitle.text;
      out.serialNumber = request.serialNumber.text;
      Object.assign(out, octets('nativeAddress', request.nativeAddress));
      out.periodS = request.periodS;
      if (request.domainPattern !== undefined)
        Object.assign(out, octets('domainPattern', request.domainPattern));
      break;
    case 'deregister':
    case 'resolve':
      out.apTitle = request.apTitle.text;
      break;
    case 'trace':
      out.apTitles = request.apTitles.map(({ text }) => text);
      break;
    case 'negotiate':
      Object.assign(out, {
        packetBytes: request.packetBytes,
        packets: request.packets,
        baudCodes: request.baudCodes,
      });
      break;
    case 'timing-setup':
      Object.assign(out, {
        trafficS: request.trafficS,
        interCharacterS: request.interCharacterS,
        responseS: request.responseS,
        retries: request.retries,
      });
      break;
    case 'wait':
      out.seconds = request.seconds;
      break;
    case 'authenticate':
      out.data = hexOf(request.data);
      break;
    case 'unknown':
      out.code = request.code;
      out.data = hexOf(request.data);
      break;
  }
  return out;
}

function tableFields({ data, checksum, checksumMatches }: TableData): Fields {
  return { dataCount: data.length, data: hexOf(data), checksum, checksumMatches };
}

function renderBody(body: ResponseBody): Fields {
  switch (body.of) {
    case 'nothing':
      return {};
    case 'identify':
      return {
        standard: ['C12.18', 'reserved', 'C12.21', 'C12.22'][body.standard] ?? 'reserved',
        version: body.version,
        revision: body.revision,
        features: body.features.map(renderFeature),
      };
    case 'table':
      return tableFields(body);
    case 'register':
      return {
        apTitle: body.apTitle.text,
        delayS: body.delayS,
        periodS: body.periodS,
        info: bitNames(body.info, registrationInfoBits),
      };
    case 'resolve':
      return octets('address', body.address);
    case 'trace':
      return { apTitles: body.apTitles.map(({ text }) => text) };
    case 'bytes':
      return { bytes: hexOf(body.bytes) };
    case 'authenticate':
      return { data: hexOf(body.data) };
    default: {
      const { of: _, ...fields } = body;
      return { ...fields };
    }
  }
}

function renderFeature(feature: Feature): Fields {
  const out: Fields = {};
  for (const [name, value] of Object.entries(feature) as [
    string,
    string | number | boolean | Uint8Array | Uid,
  ][]) {
    if (value instanceof Uint8Array) Object.assign(out, octets(name, value));
    else out[name] = typeof value === 'object' ? value.text : value;
  }
  return out;
}

/** Bytes as hex, and as text where they are some. */
function octets(name: string, bytes: Uint8Array): Fields {
  const text = withoutFill(asciiText(bytes)).replace(/^\0+/, '');
  return { [name]: hexOf(bytes), ...(/^[ -~]+$/.test(text) ? { [`${name}Text`]: text } : {}) };
}

/** Without the zeros and blanks at its end. */
function withoutFill(text: string): string {
  let end = text.length;
  while (end > 0 && (text[end - 1] === '\0' || text[end - 1] === ' ')) end--;
  return text.slice(0, end);
}

function bitNames(value: number, names: readonly string[]): string[] {
  const out: string[] = [];
  for (let bit = 0; bit < 8; bit++) if ((value >> bit) & 1) out.push(names[bit] ?? `bit-${bit}`);
  return out;
}

/**
 * A value of a table as JSON: numbers with a scale as `{value, raw, power}`, bytes as hex, times as ISO
 * without a zone.
 */
export function renderTableValue(value: TableValue): Plain {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'string') return withoutFill(value);
  if (typeof value !== 'object') return Number.isNaN(value) ? null : value;
  if (value instanceof Uint8Array) return hexOf(value);
  if (Array.isArray(value)) return (value as readonly TableValue[]).map(renderTableValue);
  if (isClockTime(value)) return value.seconds === null ? null : isoOf(value.seconds);
  if (isDecimal(value)) {
    const raw = typeof value.raw === 'bigint' ? value.raw.toString() : finite(value.raw);
    if (value.power === 0) return raw;
    return { value: finite(decimalNumber(value)), raw, power: value.power };
  }
  return Object.fromEntries(
    Object.entries(value as { readonly [name: string]: TableValue }).map(([name, one]) => [
      name,
      renderTableValue(one),
    ]),
  );
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function isoOf(seconds: number): string {
  return new Date(seconds * 1_000).toISOString().slice(0, 19);
}
