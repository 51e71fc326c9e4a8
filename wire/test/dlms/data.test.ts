import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeData, encodeData, MAX_DEPTH } from '../../src/dlms/data.ts';
import { dlmsErrors } from '../../src/dlms/errors.ts';
import { type CosemValue, dataTags, numberOf } from '../../src/dlms/value.ts';
import { compactArray, value } from './values.ts';
import { hex, toHex } from './vectors.ts';

const golden: [string, CosemValue][] = [
  ['00', { type: 'null' }],
  ['ff', { type: 'dont-care' }],
  ['0301', { type: 'boolean', value: true }],
  ['0300', { type: 'boolean', value: false }],
  ['03ff', { type: 'boolean', value: true, octet: 255 }],
  ['040aff40', { type: 'bit-string', bits: 10, value: hex('ff40') }],
  ['05ffffffff', { type: 'double-long', value: -1 }],
  ['06ffffffff', { type: 'double-long-unsigned', value: 0xffff_ffff }],
  ['073fc00000', { type: 'floating-point', value: 1.5 }],
  ['090c07e30c100108000000ffc400', { type: 'octet-string', value: hex('07e30c100108000000ffc400') }],
  ['0a024142', { type: 'visible-string', value: hex('4142') }],
  ['0c02c3a4', { type: 'utf8-string', value: hex('c3a4') }],
  ['0d99', { type: 'bcd', value: 0x99 }],
  ['0ffe', { type: 'integer', value: -2 }],
  ['108000', { type: 'long', value: -32768 }],
  ['11c8', { type: 'unsigned', value: 200 }],
  ['12ffff', { type: 'long-unsigned', value: 65535 }],
  ['148000000000000000', { type: 'long64', value: -(2n ** 63n) }],
  ['15ffffffffffffffff', { type: 'long64-unsigned', value: 2n ** 64n - 1n }],
  ['161e', { type: 'enum', value: 30 }],
  ['1741bc0000', { type: 'float32', value: 23.5 }],
  ['183ff8000000000000', { type: 'float64', value: 1.5 }],
  ['1907e30c100108000000ffc400', { type: 'date-time', value: hex('07e30c100108000000ffc400') }],
  ['1a07e30c1001', { type: 'date', value: hex('07e30c1001') }],
  ['1b08000000', { type: 'time', value: hex('08000000') }],
  ['1cff', { type: 'delta-integer', value: -1 }],
  ['1dffff', { type: 'delta-long', value: -1 }],
  ['1effffffff', { type: 'delta-double-long', value: -1 }],
  ['1f80', { type: 'delta-unsigned', value: 128 }],
  ['208000', { type: 'delta-long-unsigned', value: 0x8000 }],
  ['2180000000', { type: 'delta-double-long-unsigned', value: 0x8000_0000 }],
  ['0100', { type: 'array', elements: [] }],
  [
    '0202110109023132',
    {
      type: 'structure',
      elements: [
        { type: 'unsigned', value: 1 },
        { type: 'octet-string', value: hex('3132') },
      ],
    },
  ],
  [
    '13120600010002fffe',
    {
      type: 'compact-array',
      description: { type: 'long-unsigned' },
      elements: [
        { type: 'long-unsigned', value: 1 },
        { type: 'long-unsigned', value: 2 },
        { type: 'long-unsigned', value: 0xfffe },
      ],
    },
  ],
];

describe('golden values', () => {
  test.each(golden)('%s', (text, expected) => {
    expect(decodeData(hex(text))).toEqual(expected);
    expect(toHex(encodeData(expected))).toBe(text);
  });

  test('every type of the standard is among them', () => {
    expect(new Set(golden.map(([, expected]) => expected.type))).toEqual(new Set(Object.keys(dataTags)));
  });

  test('a compact array of structures with strings and arrays of a stated size', () => {
    const text = '1302020901000211 09 02aabb0102 01cc0304'.replaceAll(' ', '');
    const row = (octets: string, ...numbers: number[]): CosemValue => ({
      type: 'structure',
      elements: [
        { type: 'octet-string', value: hex(octets) },
        { type: 'array', elements: numbers.map((number) => ({ type: 'unsigned', value: number })) },
      ],
    });
    const decoded = decodeData(hex(text));
    expect(decoded).toEqual({
      type: 'compact-array',
      description: {
        type: 'structure',
        fields: [{ type: 'octet-string' }, { type: 'array', count: 2, element: { type: 'unsigned' } }],
      },
      elements: [row('aabb', 1, 2), row('cc', 3, 4)],
    });
    expect(toHex(encodeData(decoded))).toBe(text);
  });
});

test('any value comes back', () => {
  for (const arbitrary of [value, compactArray]) {
    fc.assert(
      fc.property(arbitrary, (given) => {
        expect(decodeData(encodeData(given))).toEqual(given);
      }),
    );
  }
});

test('any bytes decode or raise a decode error, and what decodes is written as the same value', () => {
  const tags = fc.constantFrom(...Object.values(dataTags));
  const anything = fc
    .array(fc.oneof({ arbitrary: tags, weight: 3 }, fc.integer({ min: 0, max: 255 })), { maxLength: 60 })
    .map((list) => Uint8Array.from(list));
  fc.assert(
    fc.property(anything, (given) => {
      try {
        const decoded = decodeData(given);
        expect(decodeData(encodeData(decoded))).toEqual(decoded);
      } catch (error) {
        expect(error).toMatchObject({
          code: expect.stringMatching(/^DLMS_/),
          data: { clause: expect.any(String) },
        });
      }
    }),
    { numRuns: 3_000 },
  );
});

describe('hostile bytes', () => {
  const codeOf = (text: string): unknown => {
    try {
      return decodeData(hex(text));
    } catch (error) {
      return (error as { code: string }).code;
    }
  };

  test.each([
    ['nested beyond the limit', `${'0201'.repeat(MAX_DEPTH + 1)}00`, 'DLMS_TOO_DEEP'],
    ['nested without end', '0201'.repeat(20_000), 'DLMS_TOO_DEEP'],
    ['type descriptions nested without end', `13${'010001'.repeat(20_000)}`, 'DLMS_TOO_DEEP'],
    ['four billion elements', '0184ffffffff00', 'DLMS_TRUNCATED'],
    ['a string longer than the bytes', '0982ffff00', 'DLMS_TRUNCATED'],
    ['an indefinite length', '098000', 'DLMS_BAD_LENGTH'],
    ['a length of nine bytes', '0989010203040506070809', 'DLMS_BAD_LENGTH'],
    ['a compact array of nothing with contents', '13000201 02', 'DLMS_BAD_LENGTH'],
    ['a compact array that unfolds', `13${'01ffff'.repeat(3)}000100`, 'DLMS_OVER_LIMIT'],
    ['a compact array of compact arrays', '1313110100', 'DLMS_UNKNOWN_TAG'],
    ['a type that does not exist', '0800', 'DLMS_UNKNOWN_TAG'],
    ['bytes after the end', '0000', 'DLMS_TRAILING_BYTES'],
    ['nothing', '', 'DLMS_TRUNCATED'],
  ])('%s', (_, text, code) => expect(codeOf(text)).toBe(code));

  test('the limit itself is allowed', () => {
    const text = `${'0201'.repeat(MAX_DEPTH)}00`;
    expect(toHex(encodeData(decodeData(hex(text))))).toBe(text);
  });

  test('the worst of 64 KiB costs little', () => {
    const bomb = Uint8Array.from([
      ...hex('1302ff'),
      ...new Uint8Array(0xff - 1),
      0x11,
      ...hex('82f000'),
      ...new Uint8Array(0xf000),
    ]);
    const before = performance.now();
    expect(() => decodeData(bomb)).toThrow();
    expect(performance.now() - before).toBeLessThan(200);
  });
});

test.each([
  ['integer', 128],
  ['unsigned', -1],
  ['long', 40_000],
  ['long-unsigned', 65_536],
  ['double-long', 2 ** 31],
  ['double-long-unsigned', -1],
  ['enum', 256],
  ['unsigned', 1.5],
  ['unsigned', Number.NaN],
] as const)('%s does not take %d', (type, number) => {
  expect(() => encodeData({ type, value: number })).toThrow(
    expect.objectContaining({ code: 'DLMS_NOT_ENCODABLE' }),
  );
});

test('a value that is not what the compact array says is refused', () => {
  const description = { type: 'unsigned' } as const;
  const elements: CosemValue[] = [{ type: 'integer', value: 1 }];
  expect(() => encodeData({ type: 'compact-array', description, elements })).toThrow(
    expect.objectContaining({ code: 'DLMS_NOT_ENCODABLE' }),
  );
  expect(dlmsErrors.DLMS_NOT_ENCODABLE().fault).toBe('caller');
});

test('numbers of any width, where exact', () => {
  expect(numberOf({ type: 'long64-unsigned', value: 2n ** 53n - 1n })).toBe(2 ** 53 - 1);
  expect(numberOf({ type: 'long64-unsigned', value: 2n ** 53n })).toBeUndefined();
  expect(numberOf({ type: 'octet-string', value: hex('01') })).toBeUndefined();
  expect(numberOf({ type: 'integer', value: -3 })).toBe(-3);
});
