import { describe, expect, test } from 'vitest';
import { type Apdu, decodeApdu, encodeApdu } from '../../src/dlms/apdu/apdu.ts';
import { notificationDateTime } from '../../src/dlms/apdu/notification.ts';
import { decodeBentPush } from '../../src/dlms/apdu/untagged-push.ts';
import { decodeDateTime, isoOf } from '../../src/dlms/date-time.ts';
import { notificationXml, plain } from './capture-xml.ts';
import { apduXml, parseXml } from './gurux-xml.ts';
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
    const apdu = untagged ? decodeBentPush(bytes).apdu : (decodeApdu(bytes) as Notification);
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
