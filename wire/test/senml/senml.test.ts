import { findUnit, OpenAmiError } from '@openami/model';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesOfHex } from '../../src/bytes.ts';
import { decimalText } from '../../src/decimal.ts';
import {
  decodeSenml,
  decodeSenmlLine,
  encodeSenml,
  resolveSenml,
  senmlToPush,
  splitSenmlName,
  timeOfSenml,
  unitOfSenml,
  unitOfSum,
} from '../../src/senml/index.ts';
import { utf8Bytes } from '../../src/text.ts';
import { goldenCbor, goldenPacks, records } from './made.ts';

const pack = (value: unknown) => decodeSenml(utf8Bytes(JSON.stringify(value)));
const push = (value: unknown, options = {}) =>
  senmlToPush(pack(value), { receivedS: 2_000_000_000, ...options });
const code = (name: string) => expect.objectContaining({ code: name });
const rows = (messages: ReturnType<typeof senmlToPush>) =>
  messages.flatMap(({ device, series }) =>
    series.flatMap(({ quantity, unit, end, value }) =>
      Array.from(end, (at, i) => [device, quantity, at, value[i], unit]),
    ),
  );

describe('packs', () => {
  test.each(['json', 'cbor'] as const)('%s comes back as it was', (format) => {
    fc.assert(
      fc.property(records, (made) => {
        const decoded = decodeSenml(encodeSenml(format, made));
        expect(decoded.format).toBe(format);
        expect(normal(decoded.records)).toEqual(normal(made));
      }),
    );
  });

  test('CBOR: whole numbers beyond 64 bits are doubles, what no double holds is refused', () => {
    const cbor = (v: string) => encodeSenml('cbor', decodeSenml(utf8Bytes(`[{"n":"a","v":${v}}]`)).records);
    const back = (v: string) => decodeSenml(cbor(v)).records[0]!.value;
    const number = (raw: number | bigint, power = 0) => ({ type: 'number', number: { raw, power } });
    expect(back('18446744073709551615')).toEqual(number(2n ** 64n - 1n));
    expect(back('100000000000000000000000000000')).toEqual(number(1, 29));
    expect(() => cbor('1e999')).toThrow(code('SENML_NOT_FINITE'));
    const nan = [{ name: 'a', value: { type: 'notFinite' as const, number: Number.NaN } }];
    for (const format of ['json', 'cbor'] as const) {
      expect(() => encodeSenml(format, nan)).toThrow(code('SENML_NOT_FINITE'));
    }
  });

  test('CBOR: decimal fractions and single precision are decimals', () => {
    const [message] = senmlToPush(decodeSenml(bytesOfHex(goldenCbor[0]!)!), { receivedS: 0 });
    expect(rows([message!])).toEqual([
      ['OA2000001', '1-0:1.8.0*255', 1_774_746_000, 1234.567, 'kWh'],
      ['OA2000001', '1-0:32.7.0*255', 1_774_746_000, 230.1, 'V'],
    ]);
  });

  test.each([
    [[], 'SENML_EMPTY'],
    [{ n: 'a', v: 1 }, 'SENML_MALFORMED'],
    [[1], 'SENML_BAD_FIELD'],
    [[{ n: 'a', v: '1' }], 'SENML_BAD_FIELD'],
    [[{ n: 'a', vb: 1 }], 'SENML_BAD_FIELD'],
    [[{ n: 'a', vd: '*' }], 'SENML_BAD_FIELD'],
    [[{ n: 'a', v: 1, vs: 'x' }], 'SENML_NO_VALUE'],
    [[{ n: 'a', v: 1, bver: 0 }], 'SENML_BAD_FIELD'],
    [[{ n: 'a', v: 1, new_: 1 }], 'SENML_MUST_UNDERSTAND'],
    [[{ n: 'x'.repeat(600), v: 1 }], 'SENML_BAD_FIELD'],
  ])('%j is refused: %s', (value, expected) => {
    expect(() => pack(value)).toThrow(code(expected));
  });

  test('XML, text without an end and too much are told apart', () => {
    expect(() => decodeSenml(utf8Bytes('<sensml/>'))).toThrow(code('SENML_UNSUPPORTED'));
    expect(() => decodeSenml(utf8Bytes('[{"n":"a"'))).toThrow(code('SENML_TRUNCATED'));
    expect(() => decodeSenml(new Uint8Array(9), { limits: { bytes: 8 } })).toThrow(code('SENML_TOO_LARGE'));
    const three = utf8Bytes('[{"n":"a","v":1},{"v":1},{"v":1}]');
    expect(() => decodeSenml(three, { limits: { records: 2 } })).toThrow(code('SENML_TOO_LARGE'));
  });

  test('fields nobody knows are kept, not read', () => {
    const [record] = pack([{ n: 'a', v: 1, x: 'y' }]).records;
    expect(record!.others).toEqual([{ label: 'x', value: 'y' }]);
  });
});

describe('what records mean', () => {
  const resolve = (value: unknown) => resolveSenml(pack(value));

  test('bases hold until the next, and are added exactly', () => {
    const made = resolve([
      { bn: 'd:', bt: 1_774_746_000, bu: 'V', bv: 200.1, n: 'a', v: 30.2, t: 0.5 },
      { n: 'b', u: 'A', v: -0.1, t: -10 },
      { bn: 'e:', bv: 0, n: 'c', vs: 'text' },
      { bs: 10, n: 'd', s: 0.25 },
    ]);
    expect(made.map(({ name, unit, time }) => [name, unit, decimalText(time)])).toEqual([
      ['d:a', 'V', '1774746000.5'],
      ['d:b', 'A', '1774745990'],
      ['e:c', 'V', '1774746000'],
      ['e:d', 'V', '1774746000'],
    ]);
    expect(made.map(({ value }) => value?.type === 'number' && decimalText(value.number))).toEqual([
      '230.3',
      '200.0',
      false,
      false,
    ]);
    expect(decimalText(made[3]!.sum!)).toBe('10.25');
  });

  test('times below 2^28 are from now', () => {
    const [past, now, absolute] = resolve([
      { n: 'a', v: 1, t: -5 },
      { n: 'a', v: 1 },
      { n: 'a', v: 1, t: 268_435_456 },
    ]);
    expect([past!, now!, absolute!].map((one) => timeOfSenml(one, 1_000))).toEqual([995, 1_000, 268_435_456]);
    const [edge] = resolve([{ n: 'a', v: 1, t: 268_435_455 }]);
    expect(edge!.isRelative).toBe(true);
  });

  test('a record of bases alone is no measurement, a base value alone is one', () => {
    expect(resolve([{ bn: 'a', bu: 'V' }, { v: 1 }])).toHaveLength(1);
    const [only] = resolve([{ bn: 'a', bv: 5 }]);
    expect(only!.value).toEqual({ type: 'number', number: { raw: 5, power: 0 } });
  });

  test.each([
    [[{ n: 'a' }], 'SENML_NO_VALUE'],
    [[{ v: 1 }], 'SENML_BAD_NAME'],
    [[{ n: '-a', v: 1 }], 'SENML_BAD_NAME'],
    [[{ n: 'a b', v: 1 }], 'SENML_BAD_NAME'],
    [[{ n: '/3/0/9', v: 1 }], 'SENML_BAD_NAME'],
    [[{ n: 'a', v: 1, bver: 11 }], 'SENML_VERSION'],
    [[{ n: 'a', v: 1, bver: 9 }], 'SENML_VERSION'],
    [
      [
        { n: 'a', v: 1 },
        { v: 1, n: 'b', bver: 26 },
      ],
      'SENML_VERSION',
    ],
    [
      [
        { n: 'a', v: 1, bver: 10 },
        { v: 1, n: 'b', bver: 26 },
      ],
      'SENML_VERSION',
    ],
  ])('%j: %s', (value, expected) => {
    expect(() => resolve(value)).toThrow(code(expected));
  });

  test('secondary units by their version', () => {
    expect(
      resolve([
        { bver: 26, n: 'a', v: 1, u: 'kWh' },
        { n: 'b', v: 2 },
      ]),
    ).toHaveLength(2);
  });
});

describe('as messages', () => {
  test('meter and quantity by the name, registers by their times', () => {
    expect(rows(senmlToPush(decodeSenml(utf8Bytes(goldenPacks[0]!)), { receivedS: 0 }))).toEqual([
      ['OA2000001', '1-0:1.8.0*255', 1_774_746_000, 1234.567, 'kWh'],
      ['OA2000001', '1-0:2.8.0*255', 1_774_746_000, 0.25, 'kWh'],
      ['OA2000001', '1-0:32.7.0*255', 1_774_745_940, 230.1, 'V'],
    ]);
  });

  test('the sum of a power is an energy', () => {
    const made = push([{ bn: 'm/', n: '1-0:1.7.0', u: 'W', v: 120, s: 3_600_000 }]);
    expect(rows(made)).toEqual([
      ['m', '1-0:1.7.0*255', 2_000_000_000, 120, 'W'],
      ['m', '1-0:1.8.0*255', 2_000_000_000, 3_600_000, 'J'],
    ]);
    expect(rows(push([{ n: 'm/8-0:2.0.0', u: 'l/s', s: 7.5 }]))).toEqual([
      ['m', '8-0:1.0.0*255', 2_000_000_000, 7.5, 'L'],
    ]);
    expect(rows(push([{ n: 'm/q', u: 'var', s: 7_200 }]))).toEqual([
      ['m', 'q.sum', 2_000_000_000, 2, 'varh'],
    ]);
  });

  test('numbers without a unit of readings are rejected, the others stand', () => {
    const [message] = push([
      { bn: 'm/', n: 'a', v: 1 },
      { n: 'b', u: 'cd', v: 2 },
      { n: 'c', u: 'V', v: 3 },
      { n: 'd', vs: 'x' },
    ]);
    expect(message!.rejects.map(({ quantity, value, code }) => [quantity, value, code])).toEqual([
      ['a', '1', 'SENML_NO_UNIT'],
      ['b', '2', 'SENML_NO_UNIT'],
    ]);
    expect(message!.series.map(({ quantity }) => quantity)).toEqual(['c']);
  });

  test('what is not finite is rejected', () => {
    const cbor = bytesOfHex('81a300616101615602f97e00')!;
    const [message] = senmlToPush(decodeSenml(cbor), { receivedS: 0 });
    expect(message!.rejects).toMatchObject([{ code: 'SENML_NOT_FINITE', value: 'NaN' }]);
    expect(push([{ n: 'm/a', u: 'V', v: 1e300 }])[0]!.series).toHaveLength(1);
    const huge = senmlToPush(decodeSenml(utf8Bytes('[{"n":"a","u":"ms","v":1e999}]')), { receivedS: 0 });
    expect(huge[0]!.rejects).toMatchObject([{ code: 'SENML_NOT_FINITE' }]);
  });

  test('numbers far apart are added, converted and refused without another error', () => {
    const made = (v: string) => utf8Bytes(`[{"bn":"m/","bv":1e300,"u":"ms","n":"a","v":${v}}]`);
    const [message] = senmlToPush(decodeSenml(made('1e-300')), { receivedS: 0 });
    expect(message!.series[0]!.value[0]).toBe(1e297);
    expect(() => senmlToPush(decodeSenml(made('1e-999')), { receivedS: 0 })).toThrow(code('SENML_BAD_FIELD'));
  });

  test('names longer than readings have are rejected', () => {
    const [message] = push([{ n: `m/${'q'.repeat(200)}`, u: 'V', v: 1 }]);
    expect(message).toMatchObject({ device: 'm', series: [], rejects: [{ code: 'PUSH_WRONG_TYPE' }] });
    const [other] = push([{ bn: `${'m'.repeat(200)}/`, n: 'q', u: 'V', v: 1 }]);
    expect(other).toMatchObject({ device: 'm'.repeat(128), series: [], rejectCount: 1 });
  });

  test('several rows of a quantity are one series; the meter may be known or renamed', () => {
    const made = [
      { bn: 'urn:dev:mac:01:', n: 'v', u: 'V', v: 1, t: -1 },
      { n: 'v', u: 'V', v: 2 },
    ];
    expect(push(made)[0]!.series).toHaveLength(1);
    expect(
      rows(push(made, { deviceOf: (prefix: string) => prefix.slice(-2) })).map(([device]) => device),
    ).toEqual(['01', '01']);
    expect(rows(push([{ n: '1-0:1.8.0', u: 'Wh', v: 1 }], { device: 'OA5' }))[0]!.slice(0, 2)).toEqual([
      'OA5',
      '1-0:1.8.0*255',
    ]);
  });

  test.each([
    ['OA1/', 'OA1/1-0:1.8.0', 'OA1', '1-0:1.8.0'],
    ['', 'OA1/1-0:1.8.0', 'OA1', '1-0:1.8.0'],
    ['', 'OA1:1-0:1.8.0', 'OA1', '1-0:1.8.0'],
    ['OA1-', 'OA1-1-0:1.8.0', 'OA1-', '1-0:1.8.0'],
    [
      'urn:dev:mac:0024befffe804ff1:',
      'urn:dev:mac:0024befffe804ff1:power',
      'urn:dev:mac:0024befffe804ff1',
      'power',
    ],
    ['', 'urn:dev:ow:10e2073a01080063:voltage', 'urn:dev:ow:10e2073a01080063', 'voltage'],
    ['gateway/', 'gateway/OA7/1-0:1.8.0', 'gateway/OA7', '1-0:1.8.0'],
    ['', 'voltage', '', 'voltage'],
    ['', '1-0:1.8.0', '', '1-0:1.8.0'],
    ['alone', 'alone', '', 'alone'],
  ])('base name "%s", name "%s"', (baseName, name, prefix, quantity) => {
    expect(splitSenmlName({ name, baseName })).toEqual({ prefix, quantity });
  });

  test('every unit of the table is one of ours', () => {
    const [registered, secondary] = [
      's A K Hz Pa J W V Cel m3 l m3/s l/s count / % %RH %EL EL VA VAs var vars',
      'ms min h MHz kW kVA kvar Wh kWh varh kvarh VAh kVAh mV mA hPa /100 /1000',
    ];
    for (const unit of `${registered} ${secondary}`.split(' ')) {
      expect(findUnit(unitOfSenml(unit)!.unit), unit).toBeDefined();
    }
    expect(rows(push([{ n: 'm/a', u: 'VAs', v: 7_200 }]))[0]!.slice(3)).toEqual([2, 'VAh']);
    expect(rows(push([{ n: 'm/a', u: 'MHz', v: 0.00005 }]))[0]!.slice(3)).toEqual([50, 'Hz']);
    expect(unitOfSenml('lm')).toBeUndefined();
    expect(unitOfSum('V')).toBeUndefined();
    expect(unitOfSum('MHz')).toBeUndefined();
  });
});

test('lines', () => {
  const line = JSON.parse(JSON.stringify(decodeSenmlLine(JSON.stringify({ id: 1, text: goldenPacks[1] }))));
  expect(line).toMatchObject({ id: 1, ok: true, format: 'json' });
  expect(line.records).toMatchObject([
    { name: 'urn:dev:os:32473-7:power', unit: 'W', value: '120', sum: '3600000', time: '1774746000' },
    { flag: true, secondsFromNow: '0' },
    { text: '2.1' },
    { data: '010203' },
  ]);
  expect(decodeSenmlLine('{"id":"x","hex":"00"}')).toMatchObject({
    id: 'x',
    ok: false,
    error: { code: 'SENML_MALFORMED' },
  });
  expect(decodeSenmlLine('{"id":"x"}')).toMatchObject({ ok: false, error: { code: 'DECODE_BAD_FIELD' } });
});

test('damage gives our errors and nothing else', () => {
  const golden = [...goldenPacks.map(utf8Bytes), ...goldenCbor.map((hex) => bytesOfHex(hex)!)];
  fc.assert(
    fc.property(fc.constantFrom(...golden), fc.nat(), fc.nat(255), fc.nat(), (bytes, at, byte, cut) => {
      const damaged = bytes.slice(0, cut % 4 === 0 ? cut % bytes.length : bytes.length);
      damaged[at % Math.max(1, damaged.length)] = byte;
      try {
        senmlToPush(decodeSenml(damaged), { receivedS: 0 });
      } catch (error) {
        expect(error).toBeInstanceOf(OpenAmiError);
        expect((error as OpenAmiError).code).toMatch(/^SENML_/);
      }
    }),
    { numRuns: 3_000 },
  );
});

function normal(made: unknown): unknown {
  return JSON.parse(JSON.stringify(made, (_, value) => (value instanceof Uint8Array ? [...value] : value)));
}
