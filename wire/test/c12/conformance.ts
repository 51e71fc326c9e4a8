/** How captures of C12.22 beside the repository agree with their logs, field by field. */
import { hexOf } from '../../src/bytes.ts';
import { readControl } from '../../src/c12/c1222/epsem.ts';
import {
  type C1222Message,
  connectionTypeBits,
  type DecodedMessage,
  type DecodedService,
  decodeC12,
  type EpsemControl,
  type Feature,
  nodeTypeBits,
  registrationInfoBits,
  responseName,
  type ServiceRequest,
  type TableData,
} from '../../src/c12/index.ts';
import { type Capture, captures, logBytes } from './captures.ts';

export interface Score {
  readonly set: string;
  readonly total: number;
  readonly passed: number;
  readonly notes: string[];
}

/** Addresses, ports and protocol stand before what the logs say of a message. */
const CONNECTION_FIELDS = 5;
const NONE = '-';

/** One score a capture: messages whose fields in all logs agree. */
export function scoreVectors(root: string): Score[] {
  return captures(`${root}/c1222`).map(scoreCapture);
}

export function bytesOf(capture: Capture): Uint8Array {
  return Uint8Array.from(capture.segments.flatMap(({ bytes }) => [...bytes]));
}

function scoreCapture(capture: Capture): Score {
  const notes: string[] = [];
  const { messages } = decodeC12(bytesOf(capture), { unverified: true });
  let total = 0;
  let passed = 0;
  for (const [log, rows] of capture.logs) {
    const build = builders[log];
    if (build === undefined) {
      notes.push(`${capture.name}: log ${log} is not compared`);
      continue;
    }
    const made = messages.flatMap(build);
    for (let i = 0; i < Math.max(rows.length, made.length); i++) {
      total++;
      const wanted = rows[i]?.slice(CONNECTION_FIELDS);
      if (wanted !== undefined && made[i] !== undefined && same(wanted, made[i]!)) passed++;
      else
        notes.push(
          `${capture.name}, ${log}, row ${i + 1}: log ${wanted?.join(' | ')}; here ${made[i]?.join(' | ')}`,
        );
    }
  }
  return { set: capture.name, total, passed, notes };
}

/** Sets are logged in any order. */
function same(wanted: readonly string[], made: readonly string[]): boolean {
  const sorted = (text: string) => text.split(',').sort().join();
  return wanted.length === made.length && wanted.every((field, i) => sorted(field) === sorted(made[i]!));
}

type Row = (string | undefined)[];
const row = (fields: Row): string[] =>
  fields.map((field) => (field === undefined || field === '' ? NONE : field));

const elementNames: Readonly<Record<number, string>> = {
  161: 'Application Context',
  162: 'Called AP Title',
  164: 'Called AP Invocation ID',
  166: 'Calling AP Title',
  167: 'Calling Application Entity Qualifier',
  168: 'Calling AP Invocation ID',
  172: 'Calling Authentication Value',
  139: 'Mechanism Name',
  190: 'User Information',
};

const requestNames: Readonly<Record<string, string>> = {
  identify: 'Ident',
  read: 'Full Read',
  'read-default': 'Partial Read Default',
  'read-offset': 'Partial Read Offset',
  write: 'Full Write',
  'write-offset': 'Partial Write Offset',
};

function serviceName({ request, response }: DecodedService): string {
  if (response !== undefined) return `RESP:${responseName(response.code).toUpperCase()}`;
  if (request === undefined) return 'Unknown Code';
  if (request.service === 'read-index') return `REQ:Partial Read ${request.index.length}`;
  if (request.service === 'write-index') return `REQ:Partial Write ${request.index.length}`;
  const { service } = request;
  return `REQ:${requestNames[service] ?? service[0]!.toUpperCase() + service.slice(1)}`;
}

function flags(
  value: number,
  names: readonly string[],
  renamed: Readonly<Record<string, string>> = {},
): string {
  return names
    .filter((_, bit) => (value >> bit) & 1)
    .map((name) => (renamed[name] ?? name).toUpperCase().replaceAll('-', '_'))
    .join();
}

const bytesText = (value: { readonly bytes: Uint8Array } | undefined) => value && logBytes(value.bytes);

const authenticationNames: Readonly<Record<string, string>> = {
  'c12.22': 'C1222',
  'c12.21': 'C1221',
  'octet-aligned': 'OCTET',
};

function qualifier({ callingAeQualifier }: C1222Message): string | undefined {
  return callingAeQualifier === undefined
    ? undefined
    : flags(callingAeQualifier, ['test', 'urgent', 'notification']);
}

const builders: Readonly<Record<string, (message: DecodedMessage) => string[][]>> = {
  c1222: ({ message, services, opened }) => {
    if (message === undefined) return [];
    const { userInformation } = message;
    const ciphered = ((userInformation?.octets[0] ?? 0) >> 2) % 4 === 2;
    return [
      row([
        message.order.map((tag) => elementNames[tag] ?? 'Unknown Element').join(),
        ciphered ? 'T' : 'F',
        opened === undefined ? undefined : services.map(serviceName).join(),
        message.asoContext?.text,
        message.calledApTitle?.text,
        message.callingApTitle?.text,
        qualifier(message),
        message.mechanismName?.text,
        message.authentication && authenticationNames[message.authentication.mechanism],
        bytesText(message.calledApInvocationId),
        bytesText(message.callingApInvocationId),
      ]),
    ];
  },
  c1222_user_information: ({ message, opened, services }) => {
    const octets = message?.userInformation?.octets;
    if (message === undefined || octets === undefined) return [];
    const control = readControl(octets[0] ?? 0);
    const isCiphered = control.securityMode === 'ciphered';
    return [
      row([
        message.userInformation?.indirectReference?.toString(),
        opened?.epsem.padding && logBytes(opened.epsem.padding),
        control.securityMode === 'cleartext' ? undefined : logBytes(octets.subarray(-4)),
        controlNames(control),
        opened?.epsem.edClass && logBytes(opened.epsem.edClass),
        isCiphered ? logBytes(octets.subarray(1, -4)) : undefined,
        isCiphered ? undefined : services.map(serviceName).join(),
      ]),
    ];
  },
  c1222_identification_service: ({ services }) =>
    services.flatMap(({ request, response }) => {
      if (request?.service === 'identify')
        return [row(['Req', ...Array.from({ length: 9 }, () => undefined)])];
      if (response?.body.of !== 'identify') return [];
      const { body } = response;
      const find = <F extends Feature['feature']>(name: F) =>
        body.features.find((one): one is Feature & { feature: F } => one.feature === name);
      const session = find('session-control');
      const identity = find('device-identity');
      return [
        row([
          'Resp',
          `ANSI ${['C12.18', '', 'C12.21', 'C12.22'][body.standard]}`,
          String(body.version),
          String(body.revision),
          uidOf(find('security-mechanism')),
          session && (session.sessions > 0 ? 'T' : 'F'),
          session && (session.sessionless ? 'T' : 'F'),
          uidOf(find('device-class')),
          identity?.format.toString(),
          identity && logBytes(identity.identity),
        ]),
      ];
    }),
  c1222_logon_security_service: ({ services }) =>
    services.flatMap(({ request, response, answers }) => {
      if (request?.service === 'logon') {
        const { userId, user, idleTimeoutS } = request;
        return [row(['Req', 'Logon', String(userId), undefined, logBytes(user), idleTimeoutS?.toString()])];
      }
      if (request?.service === 'security') {
        return [
          row([
            'Req',
            'Security',
            request.userId?.toString(),
            logBytes(request.password),
            undefined,
            undefined,
          ]),
        ];
      }
      if (response?.code !== 0) return [];
      if (answers?.service === 'security')
        return [row(['Resp', 'Security', ...Array.from({ length: 4 }, () => undefined)])];
      if (answers?.service !== 'logon') return [];
      const timeout = response.body.of === 'logon' ? String(response.body.idleTimeoutS) : undefined;
      return [row(['Resp', 'Logon', undefined, undefined, undefined, timeout])];
    }),
  c1222_wait_service: ({ services }) =>
    services.flatMap(({ request, response, answers }) => {
      if (request?.service === 'wait') return [['Req', String(request.seconds)]];
      return answers?.service === 'wait' && response?.code === 0 ? [['Resp', NONE]] : [];
    }),
  c1222_resolve_service: ({ services }) =>
    services.flatMap(({ request, response }) => {
      if (request?.service === 'resolve') return [['Req', request.apTitle.text, NONE]];
      return response?.body.of === 'resolve' ? [['Resp', NONE, logBytes(response.body.address)]] : [];
    }),
  c1222_trace_service: ({ services }) =>
    services.flatMap(({ request, response }) => {
      if (request?.service === 'trace') return [['Req', request.apTitles.map(({ text }) => text).join()]];
      return response?.body.of === 'trace'
        ? [['Resp', response.body.apTitles.map(({ text }) => text).join()]]
        : [];
    }),
  c1222_dereg_reg_service: ({ services }) => services.flatMap(registrationRows),
  c1222_read_write_service: ({ services }) => services.flatMap(readWriteRows),
  c1222_service_error: ({ services }) =>
    services.flatMap(({ response, answers }) => {
      if (response === undefined || response.code === 0) return [];
      const { body } = response;
      const limit = body.of === 'limit' ? String(body.maxBytes) : undefined;
      return [
        row([
          answers && serviceName({ bytes: new Uint8Array(0), request: answers }),
          `RESP:${response.name.toUpperCase()}`,
          response.name === 'rqtl' ? limit : undefined,
          response.name === 'rstl' ? limit : undefined,
          body.of === 'bytes' ? logBytes(body.bytes) : undefined,
        ]),
      ];
    }),
  c1222_authentication_value: ({ message }) => {
    const value = message?.authentication;
    if (value === undefined) return [];
    const step = (name: string) =>
      value.mechanism === 'c12.21' && value.step === name ? logBytes(value.data) : undefined;
    return [
      row([
        { 'c12.22': 'C12.22', 'c12.21': 'C12.21', 'octet-aligned': 'OCTET_ALINGED', unknown: 'UNKNOWN' }[
          value.mechanism
        ],
        indirectReference(message),
        value.mechanism === 'octet-aligned' ? logBytes(value.data) : undefined,
        value.mechanism === 'c12.22' ? value.keyId?.toString() : undefined,
        value.mechanism === 'c12.22' && value.iv ? String(Number.parseInt(hexOf(value.iv), 16)) : undefined,
        step('identification'),
        step('request'),
        step('response'),
      ]),
    ];
  },
};

/** Whether the authentication value says that its reference is 0. */
function indirectReference(message: C1222Message | undefined): string {
  const content = message?.elements.get(0xac);
  return content !== undefined && hexOf(content.subarray(2, 5)) === '020100' ? 'T' : 'F';
}

function uidOf(feature: { readonly uid: { readonly text: string } } | undefined): string | undefined {
  return feature?.uid.text;
}

function controlNames(control: EpsemControl): string {
  const response = {
    always: 'ALWAYS_RESPOND',
    'on-exception': 'RESPOND_ON_EXCEPTION',
    never: 'NEVER_RESPOND',
  };
  const security = {
    cleartext: 'CLEARTEXT',
    authenticated: 'CLEARTEXT_WITH_AUTHENTICATION',
    ciphered: 'CIPHERTEXT_WITH_AUTHENTICATION',
  };
  const out: string[] = [];
  if (control.responseControl !== 'reserved')
    out.push(`RESPONSE_CONTROL_${response[control.responseControl]}`);
  if (control.securityMode !== 'reserved') out.push(`SECURITY_MODE_${security[control.securityMode]}`);
  if (control.edClassIncluded) out.push('ED_CLASS_INCLUDED');
  if (control.proxyServiceUsed) out.push('PROXY_SERVICE_USED');
  if (control.recoverySession) out.push('RECOVERY_SESSION');
  return out.join();
}

function registrationRows({ request, response, answers }: DecodedService): string[][] {
  const nothing = (count: number): undefined[] => Array.from({ length: count }, () => undefined);
  if (request?.service === 'register') {
    const { domainPattern } = request;
    return [
      row([
        'Req',
        'register_req',
        flags(request.nodeType, nodeTypeBits, { 'my-domain-pattern': 'my-domain-pattern-flag' }),
        flags(request.connectionType, connectionTypeBits),
        relativeText(request.deviceClass),
        request.apTitle.text,
        request.serialNumber.text,
        logBytes(request.nativeAddress),
        domainPattern && logBytes(domainPattern),
        String(request.periodS),
        ...nothing(2),
      ]),
    ];
  }
  if (request?.service === 'deregister') {
    return [row(['Req', 'deregister_req', ...nothing(3), request.apTitle.text, ...nothing(6)])];
  }
  if (response?.body.of === 'register') {
    const { body } = response;
    return [
      row([
        'Resp',
        'register_resp_ok',
        ...nothing(3),
        body.apTitle.text,
        ...nothing(3),
        String(body.periodS),
        String(body.delayS),
        flags(body.info, registrationInfoBits),
      ]),
    ];
  }
  if (answers?.service === 'deregister' && response?.code === 0) {
    return [row(['Resp', 'deregister_resp_ok', ...nothing(10)])];
  }
  return [];
}

/** The class of a device is the content of a relative identifier. */
function relativeText(bytes: Uint8Array): string {
  let out = '';
  let value = 0;
  for (const byte of bytes) {
    value = value * 128 + (byte & 0x7f);
    if (byte >= 0x80) continue;
    out += `.${value}`;
    value = 0;
  }
  return out;
}

const readWriteNames: Readonly<Partial<Record<ServiceRequest['service'], string>>> = {
  read: 'full-read',
  'read-default': 'pread-default',
  'read-index': 'pread',
  'read-offset': 'pread-offset',
  write: 'full-write',
  'write-index': 'pwrite',
  'write-offset': 'pwrite-offset',
};

function readWriteRows({ request, response }: DecodedService): string[][] {
  const content = (data: TableData | undefined): Row =>
    data === undefined
      ? [undefined, undefined, undefined]
      : [String(data.data.length), logBytes(data.data), String(data.checksum)];
  const name = request && readWriteNames[request.service];
  if (request !== undefined && name !== undefined) {
    const own = 'content' in request ? request.content : undefined;
    return [
      row([
        'Req',
        name,
        'table' in request ? String(request.table) : undefined,
        'offset' in request ? String(request.offset) : undefined,
        'index' in request ? request.index.join('.') : undefined,
        request.service === 'read-index' ? String(request.count) : undefined,
        ...content(own),
        request.service === 'read-offset' ? String(request.count) : undefined,
      ]),
    ];
  }
  if (response?.body.of !== 'table') return [];
  return [
    row([
      'Resp',
      'readresp-ok',
      ...Array.from({ length: 4 }, () => undefined),
      ...content(response.body),
      undefined,
    ]),
  ];
}
