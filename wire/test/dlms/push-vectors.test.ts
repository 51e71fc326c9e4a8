import { describe, expect, test } from 'vitest';
import { type Apdu, decodeApdu, encodeApdu } from '../../src/dlms/apdu/apdu.ts';
import { notificationDateTime } from '../../src/dlms/apdu/notification.ts';
import { decodeUntaggedPush } from '../../src/dlms/apdu/untagged-push.ts';
import { decodeDateTime, isoOf } from '../../src/dlms/date-time.ts';
import { type CosemValue, elementsOf } from '../../src/dlms/value.ts';
import { apduXml, type Element, parseXml } from './gurux-xml.ts';
import { hasVectors, hex, toHex, vectorLines, vectorText } from './vectors.ts';

interface HanVector {
  name: string;
  meter: string;
  llc_apdu_hex: string;
  gurux_xml: string | null;
  expected: Record<string, unknown>;
}

type Notification = Extract<Apdu, { service: 'data-notification' }>;

describe.skipIf(!hasVectors)('lists of HAN ports', () => {
  const vectors = vectorLines<HanVector>('amshan-han.jsonl');

  test.each(vectors)('$meter $name is written as it came', (vector) => {
    const apdu = vector.llc_apdu_hex.slice(6);
    expect(toHex(encodeApdu(decodeApdu(hex(apdu))))).toBe(apdu);
  });

  test.each(vectors.filter((vector) => vector.gurux_xml))('$meter $name', (vector) => {
    const apdu = decodeApdu(hex(vector.llc_apdu_hex.slice(6)));
    expect(apduXml(apdu)).toEqual(parseXml(vector.gurux_xml!));
  });

  test('a date-time with the tag of an octet-string is understood', () => {
    const vector = vectors.find((entry) => !entry.gurux_xml)!;
    const apdu = decodeApdu(hex(vector.llc_apdu_hex.slice(6))) as Notification;
    const time = notificationDateTime(apdu.dateTime)!;
    expect(isoOf(decodeDateTime(time))).toBe(vector.expected.meter_datetime);
    expect(apdu.body).toEqual({
      type: 'structure',
      elements: [{ type: 'double-long-unsigned', value: vector.expected.active_power_import }],
    });
  });
});

/** Captures without ciphering; HDLC headers here are nine bytes with the flag, the tail is three. */
const captures: [name: string, apduOf: (log: string) => Uint8Array, untagged?: true][] = [
  ['raw_egd_example', hex, true],
  ['raw_sagecom_xt211', hex, true],
  ['raw_energomera', hex],
  ['hdlc_norway_han_3phase', framed],
  ['hdlc_iskra550', framed],
];

function framed(log: string): Uint8Array {
  const bytes = toHex(hex(log.replace(/#.*$/gm, '')));
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const size = (Number.parseInt(bytes.slice(at + 2, at + 6), 16) & 0x7ff) + 2;
    parts.push(bytes.slice(at + 18, at + size * 2 - 6));
    at += size * 2;
  }
  return hex(parts.join('').replace(/^e6e700/, ''));
}

describe.skipIf(!hasVectors)('captured pushes', () => {
  test.each(captures)('%s', (name, apduOf, untagged) => {
    const bytes = apduOf(vectorText(`push-dumps/${name}.log`));
    const apdu = untagged ? decodeUntaggedPush(bytes) : (decodeApdu(bytes) as Notification);
    expect(notificationXml(apdu, untagged)).toEqual(
      plain(parseXml(vectorText(`push-dumps/${name}_decoded.xml`))),
    );
    if (untagged) {
      expect(() => decodeApdu(bytes)).toThrow(expect.objectContaining({ fault: 'peer' }));
    } else {
      expect(toHex(encodeApdu(apdu))).toBe(toHex(bytes));
    }
  });
});

/** Names and units beside the values are the oracle's own reading of the codes. */
function plain(element: Element): Element {
  const { Name, Unit, ...attributes } = element.attributes;
  return { ...element, attributes, children: element.children.map(plain) };
}

/** Our notification in the element names of these captures. */
function notificationXml(apdu: Notification, untagged = false): Element {
  const time = notificationDateTime(apdu.dateTime);
  return {
    name: 'DataNotification',
    attributes: { LongInvokeId: apdu.invoke.toString(16).padStart(8, '0').toUpperCase() },
    children: [
      { name: 'DateTime', attributes: time ? { Value: timeText(time) } : {}, children: [] },
      valueXml(apdu.body, untagged),
    ],
  };
}

const names: Partial<Record<CosemValue['type'], string>> = {
  integer: 'INT8',
  long: 'INT16',
  'long-unsigned': 'UINT16',
  'double-long-unsigned': 'UINT32',
  enum: 'ENUM',
};

function valueXml(value: CosemValue, untagged: boolean): Element {
  const children = elementsOf(value);
  if (children) {
    const name = value.type === 'array' ? 'ARRAY' : 'STRUCTURE';
    if (untagged && children.length === 3) return descriptorXml(children);
    return {
      name,
      attributes: { Qty: String(children.length) },
      children: children.map((child) => valueXml(child, untagged)),
    };
  }
  if (value.type === 'null') return { name: 'NullData', attributes: {}, children: [] };
  if (value.type === 'octet-string') {
    return { name: 'OCTETSTRING', attributes: { Value: octetsText(value.value) }, children: [] };
  }
  const name = names[value.type];
  if (!name || !('value' in value)) throw new Error(`no XML for ${value.type}`);
  return { name, attributes: { Value: String(value.value) }, children: [] };
}

function descriptorXml(parts: readonly CosemValue[]): Element {
  const [classId, instance, attribute] = parts.map((part) => ('value' in part ? part.value : undefined));
  const leaf = (name: string, value: string): Element => ({
    name,
    attributes: { Value: value },
    children: [],
  });
  return {
    name: 'AttributeDescriptor',
    attributes: {},
    children: [
      leaf('ClassId', Number(classId).toString(16).padStart(4, '0').toUpperCase()),
      leaf('InstanceId', (instance as Uint8Array).join('.')),
      leaf('AttributeId', Number(attribute).toString(16).padStart(2, '0').toUpperCase()),
    ],
  };
}

function octetsText(bytes: Uint8Array): string {
  if (bytes.length === 6) return bytes.join('.');
  const year = bytes.length === 12 ? bytes[0]! * 256 + bytes[1]! : 0;
  if (year > 1990 && year < 2100) return timeText(bytes);
  return String.fromCharCode(...bytes).replace(/\0+$/, '');
}

/** The oracle prints the deviation as it is sent. */
function timeText(bytes: Uint8Array): string {
  const { deviation, hundredths } = decodeDateTime(bytes);
  const local = isoOf(decodeDateTime(bytes)).slice(0, 19).replace('T', ' ');
  const part = hundredths === 0xff ? '' : `.${String(hundredths).padStart(2, '0')}`;
  const hours = String(Math.abs(deviation) / 60).padStart(2, '0');
  return local + (deviation === -0x8000 ? '' : `${part} ${deviation < 0 ? '-' : '+'}${hours}:00`);
}
