import { describe, expect, test } from 'vitest';
import { bytesOfHex, hexOf } from '../../src/bytes.ts';
import {
  decodeMbus,
  decodeMbusLine,
  decodeWmbus,
  decodeWmbusLine,
  encodeRecords,
  encodeWiredFrame,
  encodeWiredTelegram,
  Formats,
  formatSignature,
  MbusLineState,
  manufacturerCode,
  manufacturerOf,
  mediumName,
  numberOf,
  statusFlags,
} from '../../src/mbus/index.ts';
import { codeOf, key, keyBytes, noon, water, waterRecords, waterTelegram } from './made.ts';

const long = (ci: number, hex: string): Uint8Array =>
  encodeWiredFrame({ kind: 'long', control: 0x08, address: 9, ci, data: bytesOfHex(hex)! });

test('a wired telegram says whose it is and what it holds', () => {
  const bytes = encodeWiredTelegram(
    { meter: water, accessNumber: 17, status: 0x04, payload: encodeRecords(waterRecords) },
    9,
  );
  const [telegram, ...more] = decodeMbus(bytes);
  expect(more).toEqual([]);
  expect(telegram).toMatchObject({
    carriage: 'wired',
    primaryAddress: 9,
    ci: 0x72,
    meter: water,
    accessNumber: 17,
    status: 4,
    security: 'none',
    moreFollows: false,
  });
  expect(telegram!.records.map(numberOf)).toEqual([417.25, undefined, 401, undefined, 0.086, 0.012, 0]);
});

test('a wired telegram in mode 5', () => {
  const payload = encodeRecords(waterRecords);
  const bytes = encodeWiredTelegram(
    { meter: water, accessNumber: 1, payload, security: { mode: 5, key } },
    9,
  );
  expect(decodeMbus(bytes, { key })[0]!.records).toHaveLength(waterRecords.length);
  expect(codeOf(() => decodeMbus(bytes))).toBe('MBUS_NO_KEY');
});

test('names of makers and of device types', () => {
  expect(manufacturerOf(manufacturerCode('OAM'))).toBe('OAM');
  expect(manufacturerOf(0x2c2d)).toBe('KAM');
  expect([2, 3, 4, 6, 7, 8, 0x16, 0x1a, 0x77].map(mediumName)).toEqual([
    'electricity',
    'gas',
    'heat',
    'warm water',
    'water',
    'heat cost allocation',
    'cold water',
    'smoke detector',
    'reserved',
  ]);
});

test('conditions of a status byte', () => {
  expect(statusFlags(0)).toEqual([]);
  expect(statusFlags(0x27)).toEqual(['ALARM', 'POWER_LOW', 'UNKNOWN_20']);
  expect(statusFlags(0x1a)).toEqual(['ERROR', 'PERMANENT_ERROR', 'TEMPORARY_ERROR']);
});

describe('other contents of wired frames', () => {
  test('high byte first', () => {
    const telegram = decodeMbus(long(0x76, '26000417 3c2d 03 07 11 00 0000 0413 00065de2'))[0]!;
    expect(telegram.meter).toMatchObject({ id: '26000417', version: 3, type: 7 });
    expect(numberOf(telegram.records[0]!)).toBe(417.25);
  });

  test('fixed data: two counters, binary or in digits', () => {
    // water, m3 × 10^-3: 29, and heat in kWh: 05
    const digits = decodeMbus(long(0x73, '17040026 05 00 e9 7e 50724100 00104000'))[0]!;
    expect(digits).toMatchObject({ content: 'fixed', meter: { id: '26000417', type: 7 }, accessNumber: 5 });
    expect(digits.records.map(({ head }) => [head.quantity, head.unit, head.storage])).toEqual([
      ['volume', 'm3', 0],
      ['volume', 'm3', 1],
    ]);
    expect(digits.records.map(numberOf)).toEqual([417.25, 401]);
    const binary = decodeMbus(long(0x73, '17040026 05 01 05 3f 10270000 01000000'))[0]!;
    expect(binary.records.map((record) => [numberOf(record), record.head.unit])).toEqual([
      [10_000_000, 'Wh'],
      [1, ''],
    ]);
    expect(codeOf(() => decodeMbus(long(0x73, '17040026 05 01 05 3f 102700')))).toBe('MBUS_TRUNCATED');
  });

  test('an application error and an alarm', () => {
    expect(decodeMbus(long(0x70, '08'))[0]).toMatchObject({ content: 'application-error', report: 8 });
    expect(decodeMbus(long(0x71, '03'))[0]).toMatchObject({ content: 'alarm', report: 3 });
    expect(decodeMbusLine({ hex: hexOf(long(0x70, '08')) }).report).toEqual({
      code: 8,
      name: 'application too busy',
    });
  });

  test('what is not known is kept', () => {
    const line = decodeMbusLine({ id: 7, hex: hexOf(long(0xc3, 'aabb')) });
    expect(line).toMatchObject({ id: 7, ok: true, content: 'other', payload: 'aabb' });
    expect(decodeMbusLine({ hex: hexOf(long(0xa1, 'aabb')) })).toMatchObject({
      ok: true,
      content: 'manufacturer',
      manufacturerData: 'aabb',
    });
  });
});

describe('compact frames', () => {
  const records = encodeRecords(waterRecords.slice(0, 3));
  const full = waterTelegram({ payload: records, header: 'none' });
  const telegram = decodeWmbus(full);
  const signature = formatSignature(telegram.records);
  const compactOf = (crcFlip = 0): Uint8Array => {
    const values = telegram.records.flatMap(({ data }) => [...data]);
    // the CRC of the whole frame, as the full frame would have it
    const crc = crcOf(records) ^ crcFlip;
    const body = [0x79, signature & 255, signature >> 8, crc & 255, crc >> 8, ...values];
    return Uint8Array.from([9 + body.length, ...full.subarray(1, 10), ...body]);
  };

  test('are read once a full frame has been', () => {
    const formats = new Formats();
    expect(codeOf(() => decodeWmbus(compactOf(), { formats }))).toBe('MBUS_UNKNOWN_FORMAT');
    decodeWmbus(full, { formats });
    expect(decodeWmbus(compactOf(), { formats }).records.map(numberOf)).toEqual([417.25, undefined, 401]);
    expect(codeOf(() => decodeWmbus(compactOf(1), { formats }))).toBe('MBUS_CHECKSUM');
  });

  test('are written as they are read, encrypted or not', () => {
    const security = { mode: 5, key } as const;
    for (const [header, given] of [['none', {}] as const, ['short', { security }] as const]) {
      const formats = new Formats();
      const options = { formats, keyFor: () => key };
      decodeWmbus(waterTelegram({ payload: records, header, ...given }), options);
      const compact = waterTelegram({ payload: records, header, frame: 'compact', ...given });
      expect(decodeWmbus(compact, options).records.map(numberOf)).toEqual([417.25, undefined, 401]);
    }
    expect(hexOf(waterTelegram({ payload: records, header: 'none', frame: 'compact' }))).toBe(
      hexOf(compactOf()),
    );
  });

  test('formats kept are bounded', () => {
    const formats = new Formats(2);
    decodeWmbus(full, { formats });
    for (const hex of ['0413', '0405']) formats.learnHeads(bytesOfHex(hex)!);
    expect(formats.get(signature)).toBeUndefined();
  });

  test('lines of one run share what they learn', () => {
    const state = new MbusLineState();
    const compact = hexOf(compactOf());
    const before = decodeWmbusLine({ hex: compact }, state);
    expect(before).toMatchObject({ ok: true, records: [], incomplete: { code: 'MBUS_UNKNOWN_FORMAT' } });
    expect(decodeWmbusLine({ hex: [hexOf(full), compact] }, state).values).toMatchObject({
      total_m3: 417.25,
    });
  });
});

function crcOf(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) {
    for (let bit = 7; bit >= 0; bit--) {
      const one = ((crc >> 15) ^ (byte >> bit)) & 1;
      crc = ((crc << 1) & 0xffff) ^ (one ? 0x3d65 : 0);
    }
  }
  return crc ^ 0xffff;
}

describe('lines', () => {
  test('a telegram in words', () => {
    const line = decodeWmbusLine({ id: 'a', hex: hexOf(waterTelegram({ format: 'a', status: 8 })) });
    expect(line).toMatchObject({
      id: 'a',
      ok: true,
      carriage: 'wireless',
      control: 'SND-NR',
      format: 'a',
      manufacturer: 'OAM',
      meter: '26000417',
      version: 3,
      media: 'water',
      statusFlags: ['PERMANENT_ERROR'],
      security: 'none',
    });
    expect((line.records as unknown[])[0]).toMatchObject({
      quantity: 'volume',
      unit: 'm3',
      value: 417.25,
      raw: 417_250,
      power: -3,
      function: 'instantaneous',
      storage: 0,
    });
    expect(line.values).toEqual({
      media: 'water',
      id: '26000417',
      status: 'PERMANENT_ERROR',
      total_m3: 417.25,
      meter_datetime: '2026-03-29 12:15',
      target_m3: 401,
      target_date: '2025-12-31',
      volume_flow_m3h: 0.086,
      total_backward_m3: 0.012,
    });
  });

  test('keys in hex; errors with their code and the meter', () => {
    const hex = hexOf(waterTelegram({ security: { mode: 5, key } }));
    expect(decodeWmbusLine({ hex, key: hexOf(keyBytes) }).security).toBe('decrypted');
    expect(decodeWmbusLine({ id: 1, hex })).toMatchObject({
      id: 1,
      ok: false,
      error: { code: 'MBUS_NO_KEY', data: { meter: '26000417', manufacturer: 'OAM' } },
    });
    for (const bad of ['xyz', '0011']) {
      expect(decodeWmbusLine({ hex, key: bad })).toMatchObject({
        ok: false,
        error: { code: 'MBUS_BAD_KEY' },
      });
    }
    expect(decodeWmbusLine({ hex: 'nonsense' })).toMatchObject({ error: { code: 'DECODE_BAD_FIELD' } });
    expect(decodeMbusLine({ hex: '' })).toMatchObject({ ok: false, error: { code: 'MBUS_TRUNCATED' } });
    expect(decodeMbusLine({ hex: 'e5' })).toEqual({ id: null, ok: true, records: [] });
  });

  test.each([
    ['', 'DECODE_LINE_EMPTY'],
    ['[1]', 'DECODE_NOT_JSON'],
    ['{"id"', 'DECODE_NOT_JSON'],
    ['{"id":1}', 'DECODE_BAD_FIELD'],
    ['{"id":1,"hex":[5]}', 'DECODE_BAD_FIELD'],
    ['{"id":{},"hex":"e5"}', 'DECODE_BAD_FIELD'],
    ['{"id":9007199254740993,"hex":"e5"}', 'DECODE_BAD_FIELD'],
    ['{"hex":"e5","key":5}', 'DECODE_BAD_FIELD'],
    ['{"hex":"e5","format":"c"}', 'DECODE_BAD_FIELD'],
  ])('a line %s', (text, code) => {
    expect(decodeWmbusLine(text)).toMatchObject({ ok: false, error: { code } });
  });

  test('a line of JSON', () => {
    const hex = hexOf(waterTelegram({ format: 'b' }));
    expect(decodeWmbusLine(JSON.stringify({ id: 'x', hex, format: 'b' }))).toMatchObject({
      id: 'x',
      ok: true,
      format: 'b',
    });
    expect(decodeMbusLine('{"id":3,"hex":"e5"}')).toEqual({ id: 3, ok: true, records: [] });
  });

  test('of a readout in several frames the last stands at the top', () => {
    const frame = (value: number, tail: string): string => {
      const payload = encodeRecords([{ quantity: 'energy', unit: 'Wh', power: 3, field: 'int32', value }]);
      const bytes = Uint8Array.from([...payload, ...bytesOfHex(tail)!]);
      return hexOf(encodeWiredTelegram({ meter: { ...water, type: 2 }, accessNumber: 1, payload: bytes }, 9));
    };
    const line = decodeMbusLine({ hex: frame(1, '1f') + frame(2, '') });
    expect(line.values).toMatchObject({ total_energy_consumption_kwh: 2 });
    expect(line.before).toMatchObject([{ moreFollows: true, values: { total_energy_consumption_kwh: 1 } }]);
  });

  test('records that cannot be read end a wireless telegram, and refuse a wired one', () => {
    const payload = Uint8Array.from([...encodeRecords(waterRecords.slice(0, 1)), 0x04, 0x13, 0x01]);
    const wireless = decodeWmbusLine({ hex: hexOf(waterTelegram({ payload })) });
    expect(wireless).toMatchObject({
      ok: true,
      incomplete: { code: 'MBUS_TRUNCATED' },
      payload: hexOf(payload),
    });
    expect(wireless.values).toMatchObject({ total_m3: 417.25 });
    const wired = encodeWiredTelegram({ meter: water, accessNumber: 1, payload }, 9);
    expect(decodeMbusLine({ hex: hexOf(wired) })).toMatchObject({
      ok: false,
      error: { code: 'MBUS_TRUNCATED' },
    });
  });

  test('a number beyond 2^53 is text as well, exactly', () => {
    const payload = encodeRecords([
      { quantity: 'energy', unit: 'Wh', power: -3, field: 'int64', value: 2n ** 60n + 1n },
    ]);
    const { records } = decodeWmbusLine({ hex: hexOf(waterTelegram({ payload })) });
    expect((records as unknown[])[0]).toMatchObject({
      raw: '1152921504606846977',
      exact: '1152921504606846.977',
    });
  });
});

test('summer time is said', () => {
  const payload = encodeRecords([
    { quantity: 'date-time', field: 'int32', value: { ...noon, summerTime: true } },
  ]);
  const { records } = decodeWmbusLine({ hex: hexOf(waterTelegram({ payload })) });
  expect((records as unknown[])[0]).toMatchObject({ value: '2026-03-29T12:15:00', summerTime: true });
});
