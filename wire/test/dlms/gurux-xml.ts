/**
 * Writes our APDUs in the element names of the Gurux translator, so that its XML is an oracle for every
 * field; and reads XML into a tree, so that blanks do not matter.
 */

import { type Apdu, decodeApdu } from '../../src/dlms/apdu/apdu.ts';
import { conformanceBits } from '../../src/dlms/apdu/initiate.ts';
import { logicalNameBytes } from '../../src/dlms/apdu/schema.ts';
import type { CosemValue } from '../../src/dlms/value.ts';
import { toHex } from './vectors.ts';

export interface Element {
  name: string;
  attributes: Record<string, string>;
  children: Element[];
}

const element = (name: string, value?: string, children: Element[] = []): Element => ({
  name,
  attributes: value === undefined ? {} : { Value: value },
  children,
});
const group = (name: string, ...children: Element[]): Element => element(name, undefined, children);
const qty = (name: string, children: Element[]): Element => ({
  name,
  attributes: { Qty: number(children.length, 1) },
  children,
});
const number = (value: number | bigint, bytes: number): string =>
  BigInt.asUintN(bytes * 8, BigInt(value))
    .toString(16)
    .padStart(bytes * 2, '0')
    .toUpperCase();
const bytes = (value: Uint8Array): string => toHex(value).toUpperCase();
/** `hardware-fault` as `HardwareFault`. */
const camel = (name: string): string =>
  name
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');

const numberElements: Record<string, [string, number]> = {
  integer: ['Int8', 1],
  unsigned: ['UInt8', 1],
  long: ['Int16', 2],
  'long-unsigned': ['UInt16', 2],
  'double-long': ['Int32', 4],
  'double-long-unsigned': ['UInt32', 4],
  enum: ['Enum', 1],
};

export function dataXml(value: CosemValue): Element {
  const known = numberElements[value.type];
  if (known && 'value' in value) return element(known[0], number(value.value as number, known[1]));
  switch (value.type) {
    case 'null':
      return element('None');
    case 'array':
      return qty('Array', value.elements.map(dataXml));
    case 'structure':
      return qty('Structure', value.elements.map(dataXml));
    case 'octet-string':
      return element('OctetString', bytes(value.value));
    case 'visible-string':
      return element('String', String.fromCharCode(...value.value));
    default:
      throw new Error(`no XML for ${value.type}`);
  }
}

/** The XML of an APDU. */
export function apduXml(apdu: Apdu): Element {
  switch (apdu.service) {
    case 'aarq':
    case 'aare':
    case 'rlre':
    case 'initiate-request':
    case 'initiate-response':
      return associationXml(apdu);
    case 'get-request':
    case 'get-response':
      return getXml(apdu);
    case 'set-request':
    case 'set-response':
      return setXml(apdu);
    case 'action-request':
    case 'action-response':
      return actionXml(apdu);
    case 'data-notification':
      return group(
        'DataNotification',
        element('LongInvokeIdAndPriority', number(apdu.invoke, 4)),
        element('DateTime', bytes(apdu.dateTime)),
        group('NotificationBody', group('DataValue', dataXml(apdu.body))),
      );
    case 'general-glo-ciphering':
      return group(
        'GeneralGloCiphering',
        element('SystemTitle', bytes(apdu.systemTitle)),
        element('CipheredService', bytes(apdu.content)),
      );
    case 'glo-initiate-request':
      return element('glo_InitiateRequest', bytes(apdu.content));
    default:
      throw new Error(`no XML for ${apdu.service}`);
  }
}

type Of<S extends Apdu['service']> = Extract<Apdu, { service: S }>;

const contexts: Record<string, string> = {
  'logical-name': 'LN',
  'short-name': 'SN',
  'logical-name-ciphered': 'LN_WITH_CIPHERING',
};
const mechanismNames: Record<string, string> = { lls: 'Low', hls: 'High', 'hls-gmac': 'HighGmac' };
const userDiagnostics: Record<string, string> = {
  null: '00',
  'application-context-name-not-supported': '02',
  'authentication-failure': '0D',
  'authentication-required': '0E',
};

function associationXml(
  apdu: Of<'aarq' | 'aare' | 'rlre' | 'initiate-request' | 'initiate-response'>,
): Element {
  switch (apdu.service) {
    case 'rlre':
      return group('ReleaseResponse', element('Reason', camel(apdu.reason!)));
    case 'initiate-request':
      return initiateXml('InitiateRequest', 'Proposed', apdu);
    case 'initiate-response':
      return initiateXml('InitiateResponse', 'Negotiated', apdu);
    case 'aarq': {
      const out = group('AssociationRequest');
      out.children.push(element('ApplicationContextName', contexts[apdu.contextName]));
      if (apdu.callingApTitle) out.children.push(element('CallingAPTitle', bytes(apdu.callingApTitle)));
      authenticationXml(out, apdu, 'SenderACSERequirements', 'CallingAuthentication');
      if (apdu.userInformation) out.children.push(apduXml(decodeApdu(apdu.userInformation)));
      return out;
    }
    case 'aare': {
      const out = group('AssociationResponse');
      const results: Record<string, string> = { accepted: '00', 'rejected-permanent': '01' };
      out.children.push(
        element('ApplicationContextName', contexts[apdu.contextName]),
        element('AssociationResult', results[apdu.result]),
        group(
          'ResultSourceDiagnostic',
          element(
            apdu.diagnostic.kind === 'user' ? 'ACSEServiceUser' : 'ACSEServiceProvider',
            userDiagnostics[apdu.diagnostic.value],
          ),
        ),
      );
      if (apdu.respondingApTitle)
        out.children.push(element('RespondingAPTitle', bytes(apdu.respondingApTitle)));
      authenticationXml(out, apdu, 'ResponderACSERequirement', 'RespondingAuthentication');
      if (apdu.userInformation) out.children.push(apduXml(decodeApdu(apdu.userInformation)));
      return out;
    }
  }
}

function authenticationXml(
  out: Element,
  apdu: Of<'aarq' | 'aare'>,
  requirements: string,
  authentication: string,
): void {
  if (apdu.acseRequirements) {
    const { bits, value } = apdu.acseRequirements;
    if (bits !== 1 && bits !== 2) throw new Error(`${bits} requirement bits`);
    out.children.push(element(requirements, String(value[0]! >> 7)));
  }
  if (apdu.mechanismName) out.children.push(element('MechanismName', mechanismNames[apdu.mechanismName]));
  if (apdu.authenticationValue?.kind === 'charstring') {
    out.children.push(element(authentication, bytes(apdu.authenticationValue.value)));
  }
}

function initiateXml(
  name: string,
  prefix: string,
  apdu: Of<'initiate-request' | 'initiate-response'>,
): Element {
  const out = group(name);
  if (apdu.service === 'initiate-request' && apdu.dedicatedKey) {
    out.children.push(element('DedicatedKey', bytes(apdu.dedicatedKey)));
  }
  const order = conformanceBits.filter((bit) => apdu.conformance.includes(bit));
  out.children.push(
    element(`${prefix}DlmsVersionNumber`, number(apdu.version, 1)),
    group(
      `${prefix}Conformance`,
      ...order.map((bit) => ({ name: 'ConformanceBit', attributes: { Name: camel(bit) }, children: [] })),
    ),
    element(`${prefix}MaxPduSize`, number(apdu.maxPduSize, 2)),
  );
  if (apdu.service === 'initiate-response') out.children.push(element('VaaName', number(apdu.vaaName, 2)));
  return out;
}

const invokeXml = (invoke: number): Element => element('InvokeIdAndPriority', number(invoke, 1));
const blockXml = (value: number): Element => element('BlockNumber', number(value, 4));

function descriptorXml(
  name: string,
  member: string,
  classId: number,
  instance: string,
  index: number,
): Element {
  return group(
    name,
    element('ClassId', number(classId, 2)),
    element('InstanceId', bytes(logicalNameBytes(instance))),
    element(member, number(index, 1)),
  );
}

type Result = Extract<Of<'get-response'>, { kind: 'normal' }>['result'];

const resultXml = (result: Result): Element =>
  result.kind === 'data'
    ? group('Data', dataXml(result.value))
    : element('DataAccessError', camel(result.value));

function getXml(apdu: Of<'get-request' | 'get-response'>): Element {
  if (apdu.service === 'get-request') {
    if (apdu.kind === 'next') {
      const parts = [invokeXml(apdu.invoke), blockXml(apdu.block)];
      return group('GetRequest', group('GetRequestForNextDataBlock', ...parts));
    }
    if (apdu.kind !== 'normal') throw new Error(`no XML for ${apdu.kind}`);
    const { classId, instance, attribute } = apdu.attribute;
    const inner = group(
      'GetRequestNormal',
      invokeXml(apdu.invoke),
      descriptorXml('AttributeDescriptor', 'AttributeId', classId, instance, attribute),
    );
    if (apdu.selection) {
      inner.children.push(
        group(
          'AccessSelection',
          element('AccessSelector', number(apdu.selection.selector, 1)),
          group('AccessParameters', dataXml(apdu.selection.parameters)),
        ),
      );
    }
    return group('GetRequest', inner);
  }
  switch (apdu.kind) {
    case 'normal':
      return group(
        'GetResponse',
        group('GetResponseNormal', invokeXml(apdu.invoke), group('Result', resultXml(apdu.result))),
      );
    case 'with-list':
      return group(
        'GetResponse',
        group('GetResponseWithList', invokeXml(apdu.invoke), qty('Result', apdu.results.map(resultXml))),
      );
    case 'with-block': {
      const { last, number: block, result } = apdu.block;
      return group(
        'GetResponse',
        group(
          'GetResponsewithDataBlock',
          invokeXml(apdu.invoke),
          group(
            'Result',
            element('LastBlock', last ? '01' : '00'),
            blockXml(block),
            group(
              'Result',
              result.kind === 'raw'
                ? element('RawData', bytes(result.value))
                : element('DataAccessResult', camel(result.value)),
            ),
          ),
        ),
      );
    }
  }
}

function setXml(apdu: Of<'set-request' | 'set-response'>): Element {
  if (apdu.service === 'set-request' && apdu.kind === 'with-block') {
    return group(
      'SetRequest',
      group(
        'SetRequestWithDataBlock',
        invokeXml(apdu.invoke),
        group(
          'DataBlock',
          element('LastBlock', apdu.block.last ? '01' : '00'),
          blockXml(apdu.block.number),
          element('RawData', bytes(apdu.block.raw)),
        ),
      ),
    );
  }
  if (apdu.service === 'set-response' && apdu.kind === 'block') {
    return group('SetResponse', group('SetResponseDataBlock', invokeXml(apdu.invoke), blockXml(apdu.block)));
  }
  throw new Error(`no XML for ${apdu.service} ${apdu.kind}`);
}

function actionXml(apdu: Of<'action-request' | 'action-response'>): Element {
  if (apdu.kind !== 'normal') throw new Error(`no XML for ${apdu.service} ${apdu.kind}`);
  if (apdu.service === 'action-request') {
    const { classId, instance, method } = apdu.method;
    const inner = group(
      'ActionRequestNormal',
      invokeXml(apdu.invoke),
      descriptorXml('MethodDescriptor', 'MethodId', classId, instance, method),
    );
    if (apdu.parameters) inner.children.push(group('MethodInvocationParameters', dataXml(apdu.parameters)));
    return group('ActionRequest', inner);
  }
  const inner = group(
    'ActionResponseNormal',
    invokeXml(apdu.invoke),
    element('Result', camel(apdu.outcome.result)),
  );
  if (apdu.outcome.returned) inner.children.push(group('ReturnParameters', resultXml(apdu.outcome.returned)));
  return group('ActionResponse', inner);
}

/** Elements and attributes of XML without text, namespaces or anything else. */
export function parseXml(text: string): Element {
  const root = group('');
  const open = [root];
  const clean = text.replace(/<\?[^>]*\?>|<!--[\s\S]*?-->/g, '');
  for (const [, closing, name, rest, empty] of clean.matchAll(
    /<(\/?)([\w:]+)((?:\s+\w+="[^"]*")*)\s*(\/?)>/g,
  )) {
    if (closing) {
      const top = open.pop();
      if (top?.name !== name) throw new Error(`</${name}> closes <${top?.name}>`);
      continue;
    }
    const attributes = Object.fromEntries(
      [...rest!.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, value]) => [key!, value!]),
    );
    const child: Element = { name: name!, attributes, children: [] };
    open.at(-1)!.children.push(child);
    if (!empty) open.push(child);
  }
  if (open.length !== 1 || root.children.length !== 1) throw new Error('not one element');
  return root.children[0]!;
}
