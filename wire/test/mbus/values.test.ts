/** Flat names, and pushes, of what records say. */
import { findObis, readingTypeOfObis } from '@openami/model';
import { describe, expect, test } from 'vitest';
import { bytesOfHex } from '../../src/bytes.ts';
import {
  decodeMbus,
  decodeWmbus,
  encodeRecords,
  encodeWiredFrame,
  type FlatValue,
  type MbusTelegram,
  type RecordToSend,
  toPush,
  valuesOf,
} from '../../src/mbus/index.ts';
import { noon, water, waterRecords, waterTelegram } from './made.ts';

const telegramOf = (records: readonly RecordToSend[], type = 7, status = 0): MbusTelegram =>
  decodeWmbus(waterTelegram({ meter: { ...water, type }, payload: encodeRecords(records), status }));

const named = (records: readonly RecordToSend[], type = 7): Record<string, FlatValue> => {
  const { media: _, id: __, status: ___, ...rest } = valuesOf(telegramOf(records, type));
  return rest;
};

const kwh = { quantity: 'energy', unit: 'Wh', power: 3, field: 'int32' } as const;
const m3 = { quantity: 'volume', unit: 'm3', power: -3, field: 'int32' } as const;
const day = { quantity: 'date', field: 'int16' } as const;
const on = (year: number, month: number, date: number) => ({
  ...noon,
  type: 'G' as const,
  year,
  month,
  day: date,
});

describe('names', () => {
  test.each<[string, number, RecordToSend, Record<string, FlatValue>]>([
    ['water', 7, { ...m3, value: 1234 }, { total_m3: 1.234 }],
    [
      'water that ran back',
      7,
      { ...m3, value: 2, modifiers: ['negative-only'] },
      { total_backward_m3: 0.002 },
    ],
    ['at the due date', 7, { ...m3, value: 900, storage: 1 }, { target_m3: 0.9 }],
    ['in history', 7, { ...m3, value: 900, storage: 2 }, { consumption_at_history_1_m3: 0.9 }],
    ['heat', 4, { ...kwh, value: 77 }, { total_energy_consumption_kwh: 77 }],
    ['heat in GJ', 4, { ...kwh, unit: 'J', power: 7, value: 36 }, { total_energy_consumption_kwh: 100 }],
    ['volume of heat', 4, { ...m3, value: 5 }, { total_volume_m3: 0.005 }],
    ['a sub-unit', 4, { ...m3, value: 5, subunit: 2 }, { total_volume_subunit2_m3: 0.005 }],
    [
      'power of heat',
      4,
      { quantity: 'power', unit: 'W', power: 2, field: 'int16', value: 33 },
      { power_kw: 3.3 },
    ],
    [
      'its maximum',
      4,
      { quantity: 'power', unit: 'W', power: 2, field: 'int16', value: 33, function: 'maximum' },
      { max_power_kw: 3.3 },
    ],
    [
      'power drawn',
      2,
      { quantity: 'power', unit: 'W', power: 0, field: 'int16', value: 295 },
      { current_power_consumption_kw: 0.295 },
    ],
    [
      'power fed in',
      2,
      { quantity: 'power', unit: 'W', power: 0, field: 'int16', value: 9, modifiers: ['negative-only'] },
      { current_power_production_kw: 0.009 },
    ],
    ['a tariff', 2, { ...kwh, value: 8, tariff: 2 }, { total_energy_consumption_tariff_2_kwh: 8 }],
    [
      'fed in',
      2,
      { ...kwh, value: 8, tariff: 1, modifiers: ['negative-only'] },
      { total_energy_production_tariff_1_kwh: 8 },
    ],
    [
      'a phase',
      2,
      { quantity: 'voltage', unit: 'V', power: -1, field: 'int16', value: 2305, modifiers: ['phase-l2'] },
      { voltage_at_phase_2_v: 230.5 },
    ],
    [
      'a flow and its maximum',
      7,
      { quantity: 'volume-flow', unit: 'm3/h', power: -3, field: 'int16', value: 495, function: 'maximum' },
      { max_flow_m3h: 0.495 },
    ],
    [
      'units of heat',
      8,
      { quantity: 'heat-cost-allocation', unit: 'hca', field: 'int16', value: 9 },
      { current_consumption_hca: 9 },
    ],
    [
      'a room',
      0x1b,
      { quantity: 'external-temperature', unit: 'degC', power: -2, field: 'int16', value: 2125 },
      { current_temperature_c: 21.25 },
    ],
    ['hours', 4, { quantity: 'on-time', unit: 'd', field: 'int16', value: 2 }, { on_time_h: 48 }],
    [
      'no date',
      7,
      { ...day, value: { ...on(2000, 1, 1), month: 0, day: 0 }, storage: 1 },
      { target_date: null },
    ],
    [
      'the next due date',
      7,
      { ...day, value: on(2026, 12, 31), storage: 1, modifiers: ['future'] },
      { next_target_date: '2026-12-31' },
    ],
    [
      'a number with zeros',
      7,
      { quantity: 'fabrication-number', field: 'bcd8', value: 4711 },
      { fabrication_no: '00004711' },
    ],
    ['a value that is none', 7, { ...m3, value: -(2n ** 31n) }, { total_m3: null }],
    ['what has no usual name', 7, { ...m3, value: 1, modifiers: ['per-hour', 'average'] }, {}],
  ])('%s', (_, type, record, values) => expect(named([record], type)).toEqual(values));

  test('conditions of the header and error flags', () => {
    const flags = (value: number, field: RecordToSend['field'] = 'int16'): RecordToSend => ({
      quantity: 'error-flags',
      field,
      value,
    });
    expect(valuesOf(telegramOf([flags(0)])).status).toBe('OK');
    expect(valuesOf(telegramOf([flags(0x0800)], 7, 4)).status).toBe('ERROR_FLAGS_800 POWER_LOW');
    expect(valuesOf(telegramOf([{ ...flags(2), modifiers: ['standard-conform'] }])).status).toBe(
      'ERROR_FLAGS_2',
    );
    expect(valuesOf(telegramOf([{ ...flags(2), storage: 1 }])).status).toBe('OK');
    expect(valuesOf(telegramOf([flags(0.5, 'real32')])).status).toBe('OK');
    expect(valuesOf(telegramOf([flags(2 ** 40, 'int64')])).status).toBe('ERROR_FLAGS_10000000000');
  });
});

describe('pushes', () => {
  const receivedS = Date.UTC(2026, 2, 29, 10, 20) / 1000;
  const rows = (telegram: MbusTelegram, offsetS?: number) =>
    toPush(telegram, offsetS === undefined ? { receivedS } : { receivedS, offsetS }).series.map(
      ({ quantity, unit, end, value }) => [
        quantity,
        unit,
        ...Array.from(
          end,
          (seconds, i) => `${new Date(seconds * 1000).toISOString().slice(0, 16)} ${value[i]}`,
        ),
      ],
    );

  test('at the time of the meter, the past at its date', () => {
    const telegram = telegramOf(waterRecords);
    const push = toPush(telegram, { receivedS, offsetS: 3600 });
    expect([push.device, push.sentMs]).toEqual(['26000417', Date.UTC(2026, 2, 29, 11, 15)]);
    expect(rows(telegram, 3600)).toEqual([
      ['8-0:1.0.0*255', 'm3', '2025-12-31T23:00 401', '2026-03-29T11:15 417.25'],
      ['8-0:2.0.0*255', 'm3/h', '2026-03-29T11:15 0.086'],
      ['0.0.0.1.19.9.58.0.0.0.0.0.0.0.0.0.42.0', 'm3', '2026-03-29T11:15 0.012'],
    ]);
  });

  test('when it came, where the meter tells no time that is one', () => {
    const bad = { quantity: 'date-time', field: 'int32', value: { ...noon, valid: false } } as const;
    expect(rows(telegramOf([{ ...m3, value: 1000 }, bad]))).toEqual([
      ['8-0:1.0.0*255', 'm3', '2026-03-29T10:20 1'],
    ]);
  });

  test('electricity: tariffs, feeding in, phases', () => {
    const volt = { quantity: 'voltage', unit: 'V', power: -1, field: 'int16', value: 2305 } as const;
    const telegram = telegramOf(
      [
        { ...kwh, value: 10 },
        { ...kwh, value: 7, tariff: 1 },
        { ...kwh, value: 3, modifiers: ['negative-only'] },
        { ...volt, modifiers: ['phase-l2'] },
        { quantity: 'reactive-energy', unit: 'varh', power: 3, field: 'int32', value: 5 },
      ],
      2,
    );
    expect(rows(telegram).map(([quantity, unit, row]) => `${quantity} ${unit} ${row!.slice(17)}`)).toEqual([
      '1-0:1.8.0*255 Wh 10000',
      '1-0:1.8.1*255 Wh 7000',
      '1-0:2.8.0*255 Wh 3000',
      '1-0:52.7.0*255 V 230.5',
      '1-0:3.8.0*255 varh 5000',
    ]);
  });

  test('units of heat are counted', () => {
    const [row] = rows(
      telegramOf([{ quantity: 'heat-cost-allocation', unit: 'hca', field: 'int16', value: 9 }], 8),
    );
    expect(row!.slice(1)).toEqual(['count', '2026-03-29T10:20 9']);
  });

  test('what is left out: past values without a date, sub-units, flaws, other VIFEs', () => {
    const telegram = telegramOf([
      { ...m3, value: 1, storage: 3 },
      { ...m3, value: 1, subunit: 1 },
      { ...m3, value: -(2n ** 31n) },
      { ...m3, value: 1, modifiers: ['average'] },
      { ...m3, value: 1, function: 'error' },
      { quantity: 'fabrication-number', field: 'bcd8', value: 4711 },
    ]);
    expect(rows(telegram)).toEqual([]);
  });

  test('a compact profile is as many register readings', () => {
    const hex = '82046c4132 8b046e030200 8d04ee13 0e 3bfe 990000 520000 100000 ffffff';
    const meter = { ...water, type: 8 };
    const telegram = decodeWmbus(waterTelegram({ meter, payload: bytesOfHex(hex)! }));
    expect(rows(telegram)[0]!.slice(2)).toEqual([
      '2025-11-02T00:00 10',
      '2025-12-02T00:00 52',
      '2026-01-02T00:00 99',
      '2026-02-02T00:00 203',
    ]);
  });

  test('counters of fixed data', () => {
    const data = bytesOfHex('17040026 05 00 e9 7e 50724100 00104000')!;
    const frame = encodeWiredFrame({ kind: 'long', control: 0x08, address: 1, ci: 0x73, data });
    expect(rows(decodeMbus(frame)[0]!)).toEqual([['8-0:1.0.0*255', 'm3', '2026-03-29T10:20 417.25']]);
  });

  test('codes are those the model knows', () => {
    for (const [quantity] of rows(telegramOf(waterRecords)).slice(0, 2)) {
      expect(readingTypeOfObis(findObis(quantity!)!)).toBeDefined();
    }
  });
});
