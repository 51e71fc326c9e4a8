import { describe, expect, test } from 'vitest';
import { decodeApduAndRest, encodeApdu } from '../../src/dlms/apdu/apdu.ts';
import { type CosemDateTime, decodeDateTime } from '../../src/dlms/date-time.ts';
import { type CosemValue, elementsOf } from '../../src/dlms/value.ts';
import { apdusOf, attributesOf, type ReadAttribute, transcript } from './dialogue.ts';
import { hasVectors, toHex } from './vectors.ts';

/** A release answer of the Java server whose two outer lengths are short. */
const BROKEN_RELEASE = '6311800100be0f040e0800065f1f040000001004000007';

describe.skipIf(!hasVectors)('recorded dialogues', () => {
  test.each([
    ['gxc_hdlc_ln_gmac_ae', 690, 0],
    ['gxc_hdlc_ln_high', 28, 1],
    ['gxc_hdlc_ln_none', 678, 2],
    ['gxc_hdlc_modee_none', 24, 1],
    ['gxc_wrapper_ln_gmac_ae_sel', 34, 0],
    ['gxc_wrapper_ln_low', 678, 2],
    ['gxj_hdlc_ln_low', 374, 0],
    ['gxj_wrapper_ln_none', 57, 0],
    ['gxjsim_hdlc_ln_none', 74, 0],
  ])('%s: every APDU is written as it came', (name, count, withRest) => {
    const said = apdusOf(transcript(name)).filter(({ bytes }) => toHex(bytes) !== BROKEN_RELEASE);
    let rests = 0;
    for (const { bytes } of said) {
      const { apdu, rest } = decodeApduAndRest(bytes);
      rests += rest.length > 0 ? 1 : 0;
      expect(toHex(encodeApdu(apdu)) + toHex(rest)).toBe(toHex(bytes));
    }
    expect([said.length, rests]).toEqual([count, withRest]);
  });

  test.each([
    ['gxc_hdlc_ln_none', 165],
    ['gxc_wrapper_ln_low', 163],
    ['gxj_hdlc_ln_low', 111],
  ])('%s: attributes are what the client printed', (name, comparable) => {
    const { values_printed_by_client: printed, ...rest } = transcript(name);
    const text = new Map<string, string>();
    for (const { class_id, ln, attributes } of printed) {
      for (const [index, value] of Object.entries(attributes)) text.set(`${class_id} ${ln} ${index}`, value);
    }
    let compared = 0;
    for (const read of attributesOf(apdusOf({ ...rest, values_printed_by_client: printed }))) {
      const wanted = text.get(`${read.classId} ${read.instance} ${read.attribute}`);
      const got = wanted === undefined ? [] : spellings(read);
      if (got.length === 0) continue;
      expect(got, `${read.classId} ${read.instance} ${read.attribute}`).toContain(wanted);
      compared++;
    }
    expect(compared).toBe(comparable);
  });
});

/**
 * What the client prints in words of its own: object lists and names of ACSE, scaled registers, dates with
 * wildcards, network addresses, radio and account objects.
 */
const ownWords = new Set<string | number>([
  '15.2',
  '15.4',
  '15.6',
  '3.2',
  '8.5',
  '8.6',
  '20.10',
  42,
  43,
  47,
  48,
  91,
  92,
  111,
  151,
]);

/** How the client may print the value; nothing where it prints its own reading of a structure. */
function spellings({ classId, attribute, value }: ReadAttribute): string[] {
  if (value === undefined) return [];
  if (ownWords.has(classId) || ownWords.has(`${classId}.${attribute}`)) return [];
  if ('value' in value) {
    if (value.value instanceof Uint8Array) return octetSpellings(value.value);
    return value.type === 'boolean' ? [value.value ? 'True' : 'False'] : [String(value.value)];
  }
  return leavesOf(value);
}

function leavesOf(value: CosemValue): string[] {
  const elements = elementsOf(value);
  if (!elements?.every((element) => 'value' in element && typeof element.value === 'number')) return [];
  const numbers = elements.map((element) => ('value' in element ? (element.value as number) : 0));
  // a scaler is printed as its power of ten
  return [
    numbers.join(', '),
    numbers.join(' '),
    `${10 ** numbers[0]!}, ${numbers[1]}`,
    `${10 ** numbers[0]!}.0, ${numbers[1]}`,
  ];
}

function octetSpellings(bytes: Uint8Array): string[] {
  const out = [
    bytes.join('.'),
    bytes.join(' '),
    String.fromCharCode(...bytes),
    Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0').toUpperCase()).join(' '),
  ];
  if (bytes.length === 12) out.push(clockText(decodeDateTime(bytes)));
  return out;
}

function clockText({ year, month, day, hour, minute, second }: CosemDateTime): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${two(month)}/${two(day)}/${two(year % 100)} ${two(hour)}:${two(minute)}:${two(second)}`;
}
