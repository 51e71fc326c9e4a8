import { OpenAmiError } from '@openami/model';
import { encode as encodeCbor } from 'cborg';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { base64UrlOf, bytesOfBase64Url } from '../../src/base64url.ts';
import { bytesOfHex } from '../../src/bytes.ts';
import {
  addDecimals,
  decimalNumber,
  decimalOfFloat32,
  decimalOfNumber,
  decimalOfNumberText,
  decimalText,
} from '../../src/decimal.ts';
import { readExactCbor } from '../../src/exact/cbor.ts';
import { readExactJson } from '../../src/exact/json.ts';
import { plainOfExact } from '../../src/exact/plain.ts';
import { type ExactLimits, ExactMap, type ExactValue, isDecimal, isList } from '../../src/exact/value.ts';

const limits: ExactLimits = {
  depth: 8,
  values: 10_000,
  fault: (fault, detail) =>
    new OpenAmiError(fault, { fault: 'peer', status: 400, title: '', hint: '' }, detail),
};
const json = (text: string) => readExactJson(text, limits);
const cbor = (hex: string) => readExactCbor(bytesOfHex(hex)!, limits);

/** As JSON.parse would give it. */
function loose(value: ExactValue): unknown {
  if (isDecimal(value)) return decimalNumber(value);
  if (isList(value)) return value.map(loose);
  if (value instanceof ExactMap)
    return Object.fromEntries(value.entries.map(([key, inner]) => [key, loose(inner)]));
  return value;
}

const tree = fc.jsonValue({ maxDepth: 4 }).filter((value) => !JSON.stringify(value).includes('__proto__'));

describe('decimals', () => {
  test('a double prints and reads as itself', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(decimalNumber(decimalOfNumber(value))).toBe(value || 0);
      }),
    );
  });

  test('a single-precision number is the shortest decimal that reads as it', () => {
    expect(decimalText(decimalOfFloat32(Math.fround(230.1)))).toBe('230.1');
    expect(decimalText(decimalOfFloat32(123_456_792))).toBe('123456792');
    fc.assert(
      fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(Math.fround(decimalNumber(decimalOfFloat32(value)))).toBe(value || 0);
      }),
    );
  });

  test('sums are exact', () => {
    const decimal = fc.record({ raw: fc.maxSafeInteger(), power: fc.integer({ min: -30, max: 30 }) });
    fc.assert(
      fc.property(decimal, decimal, (a, b) => {
        const { raw, power } = addDecimals(a, b)!;
        const at = ({ raw, power }: { raw: number | bigint; power: number }) =>
          BigInt(raw) * 10n ** BigInt(power + 30);
        expect(at({ raw, power })).toBe(at(a) + at(b));
      }),
    );
    expect(decimalText(addDecimals({ raw: 1, power: -1 }, { raw: 2, power: -1 })!)).toBe('0.3');
    expect(addDecimals({ raw: 1, power: 999 }, { raw: 1, power: -999 })).toBeUndefined();
  });

  test('numbers as JSON writes them', () => {
    expect(decimalOfNumberText('1.320067464e+09')).toEqual({ raw: 1_320_067_464, power: 0 });
    expect(decimalOfNumberText('-18446744073709551615')).toEqual({
      raw: -18_446_744_073_709_551_615n,
      power: 0,
    });
    expect(decimalOfNumberText('1e9999')).toBeUndefined();
  });
});

describe('JSON', () => {
  test('reads what JSON.parse reads', () => {
    fc.assert(
      fc.property(tree, fc.constantFrom(undefined, 2), (value, space) => {
        expect(loose(json(JSON.stringify(value, null, space)))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  test.each([
    '',
    '[1,]',
    '{"a":1,"a":2}',
    '01',
    '1.',
    '"\u0001"',
    '"\\x"',
    '[1 2]',
    '{a:1}',
    '1 2',
    'nul',
    '-',
  ])('refuses %j', (text) => {
    expect(() => json(text)).toThrow(OpenAmiError);
  });

  test('depth and count are bounded', () => {
    expect(() => json('['.repeat(9))).toThrow(expect.objectContaining({ code: 'too deep' }));
    const many = { ...limits, values: 3 };
    expect(() => readExactJson('[1,2,3]', many)).toThrow(expect.objectContaining({ code: 'too many' }));
  });
});

describe('CBOR', () => {
  test('reads what another encoder writes', () => {
    fc.assert(
      fc.property(tree, (value) => {
        expect(loose(readExactCbor(Uint8Array.from(encodeCbor(value)), limits))).toEqual(
          JSON.parse(JSON.stringify(value)),
        );
      }),
    );
  });

  test.each([
    ['c4822119 0100', '2.56'],
    ['fa43661999a', undefined],
    ['fa4366199a', '230.1'],
    ['f93e00', '1.5'],
    ['f90001', '0.000000059604645'],
    ['1bffffffffffffffff', '18446744073709551615'],
    ['3bffffffffffffffff', '-18446744073709551616'],
    ['9f01020304ff', ['1', '2', '3', '4']],
    ['7f6161626263ff', 'abc'],
    ['5f41014102ff', '0102'],
    ['f97e00', 'NaN'],
    ['c11a514b67b0', '1363896240'],
  ])('%s', (hex, expected) => {
    if (expected === undefined) expect(bytesOfHex(hex)).toBeUndefined();
    else expect(plainOfExact(cbor(hex))).toEqual(expected);
  });

  test.each([
    '',
    '82 01',
    'a2 0101 0102',
    '9bffffffffffffffff',
    '5bffffffffffffffff',
    'ff',
    '1c',
    'f8ff',
    '61ff',
    '0101',
    'c401',
    'c482c40101',
    '7f01ff',
  ])('refuses %s', (hex) => {
    expect(() => cbor(hex)).toThrow(OpenAmiError);
  });
});

test('base64 without padding, both ways', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const text = base64UrlOf(bytes);
      expect(text).toBe(Buffer.from(bytes).toString('base64url'));
      expect([...bytesOfBase64Url(text)!]).toEqual([...bytes]);
      expect([...bytesOfBase64Url(Buffer.from(bytes).toString('base64'))!]).toEqual([...bytes]);
    }),
  );
  expect(bytesOfBase64Url('a')).toBeUndefined();
  expect(bytesOfBase64Url('a*bc')).toBeUndefined();
});
