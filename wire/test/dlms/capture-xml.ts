/** Notifications in the element names of the decoded captures. */
import type { ApduOf } from '../../src/dlms/apdu/apdu.ts';
import { notificationDateTime } from '../../src/dlms/apdu/notification.ts';
import { decodeDateTime, isoOf } from '../../src/dlms/date-time.ts';
import { type CosemValue, elementsOf } from '../../src/dlms/value.ts';
import type { Element } from './gurux-xml.ts';

/** Names and units beside the values are the oracle's own reading of the codes. */
export function plain(element: Element): Element {
  const { Name, Unit, ...attributes } = element.attributes;
  return { ...element, attributes, children: element.children.map(plain) };
}

/** Our notification in the element names of these captures. */
export function notificationXml(apdu: ApduOf<'data-notification'>, untagged = false): Element {
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
  'visible-string': 'VISIBLESTRING',
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
  const text = value.value instanceof Uint8Array ? String.fromCharCode(...value.value) : String(value.value);
  return { name, attributes: { Value: text }, children: [] };
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
