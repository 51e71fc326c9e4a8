import type { OpenAmiError } from '@openami/model';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Apdu,
  decodeApdu,
  decodeApduAndRest,
  encodeApdu,
  serviceOfTag,
  services,
} from '../../src/dlms/apdu/apdu.ts';
import { invokeByte, longInvoke } from '../../src/dlms/apdu/common.ts';
import { conformanceBits } from '../../src/dlms/apdu/initiate.ts';
import { decodeBentPush } from '../../src/dlms/apdu/untagged-push.ts';
import { goldenApdus } from './golden-apdus.ts';
import { value } from './values.ts';
import { hex, toHex, vectorLines } from './vectors.ts';

describe('golden APDUs', () => {
  test.each(goldenApdus)('%s', (text, apdu) => {
    expect(decodeApdu(hex(text))).toEqual(apdu);
    expect(toHex(encodeApdu(apdu))).toBe(text);
  });

  test('every service is among them, under its tag', () => {
    expect(new Set(goldenApdus.map(([, { service }]) => service))).toEqual(new Set(Object.keys(services)));
    for (const [text, { service }] of goldenApdus) expect(serviceOfTag(hex(text)[0]!)).toBe(service);
    expect(serviceOfTag(0)).toBeUndefined();
  });
});

test('conformance: all bits, and the tag of one byte that old meters write', () => {
  const all = decodeApdu(hex('0800065f1f0400ffffff04c80007'));
  expect(all).toMatchObject({ conformance: conformanceBits });
  expect(toHex(encodeApdu(all))).toBe('0800065f1f0400ffffff04c80007');
  expect(decodeApdu(hex('0800065f0400ffffff04c80007'))).toEqual(all);
});

test('names of ACSE that are not in the lists are kept', () => {
  const text = '600da10b060960857405080163aabb';
  expect(decodeApdu(hex(text))).toMatchObject({ contextName: 'oid-60857405080163aabb' });
  expect(toHex(encodeApdu(decodeApdu(hex(text))))).toBe(text);
});

test('what follows an APDU is told, and refused where it must not be', () => {
  const { apdu, rest } = decodeApduAndRest(hex('c501c100c501'));
  expect(apdu).toMatchObject({ service: 'set-response', result: 'success' });
  expect(toHex(rest)).toBe('c501');
  expect(() => decodeApdu(hex('c501c100c501'))).toThrow(
    expect.objectContaining({
      code: 'DLMS_TRAILING_BYTES',
      data: { clause: expect.stringContaining('set-response'), offset: 4 },
    }),
  );
});

test.each([
  ['a tag that is none', '00', 'DLMS_UNKNOWN_TAG'],
  ['a form that does not exist', 'c007c1', 'DLMS_UNKNOWN_TAG'],
  ['a presence flag that is none', 'c001c100080000010000ff0202', 'DLMS_BAD_VALUE'],
  ['an ACSE field twice', '6312800100800100', 'DLMS_TRUNCATED'],
  ['an ACSE field twice, whole', '6306800100800100', 'DLMS_UNKNOWN_TAG'],
  ['an ACSE field that is none', '63039f0100', 'DLMS_UNKNOWN_TAG'],
  ['an AARQ without its context', '6000', 'DLMS_BAD_VALUE'],
  ['a list longer than its bytes', 'c403c184ffffffff00', 'DLMS_TRUNCATED'],
  ['a conformance block of two bytes', '0800065f1f0200ffff04c80007', 'DLMS_BAD_LENGTH'],
  ['nothing', '', 'DLMS_TRUNCATED'],
])('%s', (_, text, code) => {
  expect(() => decodeApdu(hex(text))).toThrow(expect.objectContaining({ code, fault: 'peer' }));
});

test.each([
  [{ service: 'get-request', kind: 'next', invoke: 256, block: 1 }],
  [{ service: 'get-request', kind: 'last', invoke: 1, block: 1 }],
  [{ service: 'set-response', kind: 'normal', invoke: 1, result: 'well' }],
  [{ service: 'set-response', kind: 'normal', invoke: 1, result: 'code-256' }],
  [{ service: 'toString' }],
  [{ service: 'aarq', contextName: 'no-name' }],
  [
    {
      service: 'general-block-transfer',
      control: { last: false, streaming: false, window: 64 },
      number: 1,
      acknowledged: 0,
      data: hex(''),
    },
  ],
  [
    {
      service: 'action-request',
      kind: 'normal',
      invoke: 1,
      method: { classId: 70, instance: '0.0.96.3.10', method: 1 },
    },
  ],
  [
    {
      service: 'action-request',
      kind: 'normal',
      invoke: 1,
      method: { classId: 70, instance: '0.0.96.3.10.256', method: 1 },
    },
  ],
])('%j cannot be written', (apdu) => {
  expect(() => encodeApdu(apdu as never)).toThrow(
    expect.objectContaining({ code: 'DLMS_NOT_ENCODABLE', fault: 'caller' }),
  );
});

test('invoke ids with their flags', () => {
  expect(invokeByte(1)).toBe(0xc1);
  expect(invokeByte(17, false, false)).toBe(1);
  expect(longInvoke(0x123, { highPriority: true, confirmed: true })).toBe(0xc000_0123);
  expect(longInvoke(1, { selfDescriptive: true, breakOnError: true })).toBe(0x3000_0001);
});

test('any value comes back inside its services', () => {
  fc.assert(
    fc.property(value, (given) => {
      const notification = {
        service: 'data-notification',
        invoke: 1,
        dateTime: new Uint8Array(0),
        body: given,
      } as const;
      expect(decodeApdu(encodeApdu(notification))).toEqual(notification);
    }),
  );
});

/** Same numbers from the same seed (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b_79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Bytes with one changed or the end cut off. */
function damaged(bytes: Uint8Array, next: () => number): Uint8Array {
  if (next() < 0.3) return bytes.slice(0, Math.floor(next() * bytes.length));
  const out = bytes.slice();
  out[Math.floor(next() * out.length)]! ^= 1 + Math.floor(next() * 255);
  return out;
}

/** What is wrong with how damaged bytes are decoded; plain comparisons, there are many of them. */
function fault(decode: (bytes: Uint8Array) => Apdu, bytes: Uint8Array): string | undefined {
  try {
    const written = encodeApdu(decode(bytes));
    const again = encodeApdu(decodeApdu(written));
    return toHex(again) === toHex(written) ? undefined : `${toHex(bytes)} changes when it is written`;
  } catch (error) {
    const { code, fault: whose } = error as OpenAmiError;
    return /^DLMS_/.test(code) && whose === 'peer' ? undefined : `${toHex(bytes)} raises ${error}`;
  }
}

const decodePush = (bytes: Uint8Array) => decodeBentPush(bytes).apdu;

/** Time of a decode, the better of two: the machine has other work. */
function decodeMs(bytes: Uint8Array): number {
  const once = (): number => {
    const started = performance.now();
    for (const decode of [decodeApdu, decodePush]) fault(decode, bytes);
    return performance.now() - started;
  };
  return Math.min(once(), once());
}

test('damaged APDUs raise decode errors or are written as what they say, in bounded time', () => {
  const recorded = [
    ...vectorLines<{ llc_apdu_hex: string }>('amshan-han.jsonl').map((line) => line.llc_apdu_hex.slice(6)),
    ...vectorLines<{ kind: string; hex: string }>('apdu.jsonl')
      .filter(({ kind }) => kind === 'apdu')
      .map((line) => line.hex),
  ];
  let slowestMs = 0;
  for (const [i, text] of [...goldenApdus.map(([golden]) => golden), ...recorded].entries()) {
    const next = random(i + 1);
    for (let round = 0; round < 200; round++) {
      const bytes = damaged(hex(text), next);
      for (const decode of [decodeApdu, decodePush]) {
        const found = fault(decode, bytes);
        if (found !== undefined) expect.fail(found);
      }
      if (round < 20) slowestMs = Math.max(slowestMs, decodeMs(bytes));
    }
  }
  expect(slowestMs).toBeLessThan(50);
}, 120_000);

test('a profile buffer of a day is decoded in well under 0.2 ms', () => {
  const row = '0204 090c07e30c100108000000ffc400 1106 06000005ed 0600000654'.replaceAll(' ', '');
  const bytes = hex(`c401c1000160${row.repeat(96)}`);
  const roundMs = (): number => {
    const started = performance.now();
    for (let i = 0; i < 5; i++) decodeApdu(bytes);
    return (performance.now() - started) / 5;
  };
  // the best of many short rounds: the machine has other work
  expect(Math.min(...Array.from({ length: 300 }, roundMs))).toBeLessThan(0.2);
});
