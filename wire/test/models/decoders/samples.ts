/** One telegram or more of every decoder, with what it says. */
import type { FlatValue } from '../../../src/mbus/values.ts';
import {
  bcd,
  type Day,
  frame,
  headed,
  le,
  meter,
  na1,
  na1Key,
  packed,
  prios,
  typeG,
  walkBy,
} from './made.ts';

export interface Sample {
  readonly decoder: string;
  readonly telegram: Uint8Array;
  readonly key?: typeof na1Key;
  readonly values: Readonly<Record<string, FlatValue>>;
}

const newYear: Day = { year: 2025, month: 12, day: 31 };
const may: Day = { year: 2026, month: 5, day: 31 };

/** Number 26 271828 (of 26 bits) and the letters F, G, H of five bits each, in the bytes of an address. */
const plate = (): ReturnType<typeof meter> => {
  const number = 26_271_828;
  const letters = (6 << 10) | (7 << 5) | 8;
  const high = (number >> 24) | ((letters & 7) << 5);
  const id = [high, (number >> 16) & 255, (number >> 8) & 255, number & 255]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('');
  return meter('SAP', (letters >> 3) & 255, (letters >> 11) & 15, id);
};

const izarHead = [0x83, 0xe0 | 17, 0x06, 0x13];
const izarContent = [...le(54_321, 4), ...le(50_000, 4), ...typeG(may)];
/** The number is in the bytes of version and type, and they are in those of the number. */
const swapped = meter('DME', 0x27, 0x18, '28310778');

const izar: readonly Sample[] = [
  {
    decoder: 'izar',
    telegram: prios(plate(), 0xa2, izarHead, izarContent),
    values: {
      id: plate().id,
      media: 'water',
      prefix: 'F26GH',
      serial_number: '271828',
      manufacture_year: '2026',
      total_m3: 54.321,
      last_month_total_m3: 50,
      last_month_measure_date: '2026-05-31',
      remaining_battery_life_y: 8.5,
      current_alarms: 'general_alarm',
      previous_alarms: 'leakage,sensor_fraud',
      transmit_period_s: 32,
    },
  },
  {
    decoder: 'izarv2',
    telegram: prios(swapped, 0xa1, [0x03, 0x80, 0x41, 0x12], izarContent.slice(0, 4)),
    values: {
      id: '18272831',
      media: 'water',
      total_m3: 5.4321,
      battery_y: 0,
      transmit_period_s: 32,
      status: 'LEAKAGE PREV_MECHANICAL_FRAUD UNDERFLOW',
    },
  },
];

const apator: readonly Sample[] = [
  {
    decoder: 'apator162',
    telegram: headed(
      meter('APA', 0x05, 0x07),
      [
        ...[0x2f, 0x2f, 0x0f, 1, 2, 3, 4, 5, 6, 7],
        ...[0x43, 0x10, 0x10, 0x73, 1, ...new Array(16).fill(0x10), 0x10, ...le(1_234_567, 4)],
        ...[0xa0, 1, 2, 3, 4, 0xff, 0xff, 0x12, 0x34],
      ],
      { configuration: 0x8500 },
    ),
    values: { total_m3: 1234.567 },
  },
  {
    decoder: 'apator162',
    telegram: headed(meter('APA', 0x05, 0x07), [0x0f, 1, 2, 3, 4, 5, 6, 7, 0xff, 0xff, 0x12, 0x34]),
    values: {},
  },
  {
    decoder: 'apator08',
    telegram: frame(meter('APT', 0x03, 0x03), 0xa0, [...le(30_001, 4), 1, 2]),
    values: { total_m3: 10.000333 },
  },
  {
    decoder: 'apator172',
    telegram: frame(meter('APT', 0x04, 0x11), 0xa0, [...le(602, 4), 1, 2]),
    values: { media: 'water', total_m3: 200.666667 },
  },
  {
    decoder: 'apatoreitn',
    telegram: frame(meter('APT', 0x04, 0x08), 0xb6, [
      ...[2, 0x77, 0x77, 0xa0, ...le(packed({ year: 2016, month: 5, day: 1 }) & 255, 1), 0, 0],
      ...[...le(812, 2), ...le(packed(may) & 0x3fff, 2), ...le(97, 2), ...le(packed(newYear), 2)],
      ...[...le(18.5 * 256, 2), ...le(20.25 * 256, 2)],
    ]),
    values: {
      current_hca: 97,
      previous_hca: 812,
      current_date: '2025-12-31',
      season_start_date: '2016-05-01',
      esb_date: '2026-05-31',
      status: 'SEAL_BROKEN',
      temp_room_avg_c: 20.25,
      temp_room_prev_avg_c: 18.5,
    },
  },
  {
    decoder: 'apatoreitn40',
    telegram: frame(meter('APA', 0x0d, 0x08), 0xa0, [
      ...[0, 0, ...le(packed({ year: 2000, month: 6, day: 1 }), 2), ...le(0xfff8, 2), ...le(20 * 16 + 4, 2)],
      ...Array.from({ length: 20 }, (_, i) => le(100 + i, 2)).flat(),
      ...[...le(packed(may), 2), 3, 0, 0x11, 0],
    ]),
    values: {
      season_start_date: '2000-06-01',
      temp_radiator_c: -0.5,
      temp_room_c: 20.25,
      current_month_hca: 100,
      previous_month_hca: 101,
      ...Object.fromEntries(
        Array.from({ length: 14 }, (_, i) => [
          `previous_month_${String(i + 2).padStart(2, '0')}_hca`,
          102 + i,
        ]),
      ),
      current_hca: 116,
      previous_hca: 117,
      previous_2y_hca: 118,
      previous_3y_hca: 119,
      current_date: '2026-05-31',
      status: 'LOW_BATTERY SENSOR_RADIATOR_OPEN',
    },
  },
  {
    decoder: 'apatorna1',
    key: na1Key,
    telegram: na1({
      volume: 7_654_321,
      step: 1,
      seconds: Date.UTC(2026, 2, 29, 12, 15) / 1000,
      ageH: 700,
      less: 4_321,
      now: 0x88,
      ever: 0x01,
    }),
    values: {
      total_m3: 76_543.21,
      meter_datetime: '2026-03-29 12:15',
      historic_m3: 76_500,
      historic_datetime: '2026-02-28 08:15',
      historic_age_h: 700,
      frame_status: 'SUMMER_TIME WRONG_TEMPERATURE',
      current_status: 'LEAK MINIMUM_FLOW',
      historic_status: 'BATTERY_LIFETIME_THRESHOLD_EXCEEDED',
    },
  },
];

/** Day and month without the year, as Techem sends today. */
const today = (month: number, day: number): number[] => le((day << 4) | (month << 9), 2);

const techem: readonly Sample[] = [
  {
    decoder: 'mkradio3',
    telegram: frame(meter('TCH', 0x74, 0x72), 0xa2, [
      6,
      ...[...le(packed(newYear), 2), ...le(456, 2), ...today(3, 29), ...le(44, 2), 0, 0],
    ]),
    values: {
      media: 'cold water',
      total_m3: 50,
      target_m3: 45.6,
      current_date: '2026-03-29',
      prev_date: '2025-12-31',
    },
  },
  {
    decoder: 'mkradio3a',
    telegram: frame(meter('TCH', 0x50, 0x72), 0xa2, [
      ...[0x0c, 0, ...le(packed({ year: 2026, month: 2, day: 16 }), 2), ...le(9_001, 3), 0],
      ...Array.from({ length: 12 }, (_, i) => [2 * i + 1, 2 * i + 2, 0]).flat(),
    ]),
    values: {
      media: 'cold water',
      total_m3: 900.1,
      target_m3: 0.3,
      target_date: '2026-02-16',
      ...Object.fromEntries(
        ['feb', 'jan', 'dec', 'nov', 'oct', 'sep', 'aug', 'jul', 'jun', 'may', 'apr', 'mar'].map(
          (name, age) => [`last_${name}_m3`, (4 * age + 3) / 10],
        ),
      ),
    },
  },
  {
    decoder: 'mkradio4',
    telegram: frame(meter('TCH', 0x95, 0x62), 0xa2, [6, 0, 0, ...le(1_007, 2), 0, 0, ...le(93, 2), 0]),
    values: { media: 'warm water', total_m3: 110, target_m3: 100.7 },
  },
  {
    decoder: 'compact5',
    telegram: frame(meter('TCH', 0x45, 0x43), 0xa1, [0, 0, 0, ...le(70_000, 3), 0, ...le(1_234, 3), 0]),
    values: { media: 'heat', total_kwh: 71_234, current_kwh: 1_234, previous_kwh: 70_000 },
  },
  {
    decoder: 'vario451',
    telegram: frame(meter('TCH', 0x27, 0xc3), 0xa2, [0, 0, 0, ...le(3_600, 2), 0, 0, ...le(10, 2)]),
    values: { media: 'heat', total_kwh: 1_002.777778, current_kwh: 2.777778, previous_kwh: 1_000 },
  },
  {
    decoder: 'fhkvdataiii',
    telegram: frame(meter('TCH', 0x94, 0x80), 0xa2, [
      ...[0x0f, ...le(packed(newYear), 2), ...le(412, 2), ...today(12, 31), ...le(37, 2), 9],
      ...[...le(2_104, 2), ...le(3_987, 2), 0, 0],
    ]),
    values: {
      media: 'heat cost allocator',
      current_hca: 37,
      current_date: '2026-12-31',
      previous_hca: 412,
      previous_date: '2025-12-31',
      temp_room_c: 21.04,
      temp_radiator_c: 39.87,
    },
  },
  {
    decoder: 'fhkvdataiii',
    telegram: frame(meter('TCH', 0x69, 0x80), 0xa0, [
      ...[0x11, ...le(packed(newYear), 2), ...le(412, 2), ...le(0, 2), ...le(37, 2)],
      ...[...le(2_104, 2), ...le(0xff9c, 2)],
    ]),
    values: {
      media: 'heat cost allocator',
      current_hca: 37,
      current_date: '2026-12-01',
      previous_hca: 412,
      previous_date: '2025-12-31',
      temp_room_c: 21.04,
      temp_radiator_c: -1,
    },
  },
  ...(
    [
      [0x00, 'OK'],
      [0x01, 'SMOKE'],
      [0x80, 'DEFECT'],
      [0x24, 'STATUS_24'],
    ] as const
  ).map(([state, status]) => ({
    decoder: 'tsd2',
    telegram: frame(meter('TCH', 0x76, 0xf0), 0xa0, [state, ...le(packed(newYear), 2), 0]),
    values: { media: 'smoke detector', status, prev_date: '2025-12-31' },
  })),
];

const monthNames = 'January February March April May June July August September October November December';

const bmeters: readonly Sample[] = [
  {
    decoder: 'hydrodigit',
    telegram: headed(meter('BMT', 0x13, 0x07), [
      ...[0x0c, 0x13, ...bcd(271_828, 4), 0x0f, 0x97, 0x37],
      ...[0xa1, 0x25, 0x11, 0x30, 0x26, 0x02, 0x29, ...le(15, 4)],
      ...Array.from({ length: 12 }, (_, i) => le(i === 6 ? 0xffffff : 100 * i + 7, 3)).flat(),
    ]),
    values: {
      contents: 'BACKFLOW BATTERY_VOLTAGE FRAUD_DATE LEAK_DATE MONTHLY_DATA',
      voltage_v: 2.65,
      fraud_type: 'MAGNETIC_FRAUD_ATTEMPT MODULE_REMOVED',
      fraud_date: '2025-11-30',
      leak_date: null,
      backflow_m3: 0.015,
      ...Object.fromEntries(
        monthNames.split(' ').map((name, i) => [`${name}_total_m3`, i === 6 ? 0 : (100 * i + 7) / 100]),
      ),
    },
  },
  {
    decoder: 'hydrodigit',
    telegram: headed(meter('BMT', 0x17, 0x06), [0x0f, 0x00]),
    values: { contents: '' },
  },
  {
    decoder: 'hydroclimav2',
    telegram: headed(
      meter('BMP', 0x53, 0x08),
      [
        ...[0x03, 0x6e, 5, 0, 0, 0x0f, 0x10, ...le(0x21, 2), 1, 2, 3, 4, ...le(2_015, 2), ...le(0x8000, 2)],
        ...[5, 6, 7, 8, ...le(1_807, 2), ...le(0xff38, 2), 9, 9, ...le(70_000, 3)],
      ],
      { status: 0x04 },
    ),
    values: {
      average_ambient_temperature_c: 20.15,
      max_ambient_temperature_c: null,
      average_ambient_temperature_last_month_c: 18.07,
      average_heater_temperature_last_month_c: -2,
      total_consumption_hca: 70_000,
      status: 'ERROR_FLAGS_21 POWER_LOW',
    },
  },
  {
    decoder: 'hydroclimav2',
    telegram: headed(meter('BMP', 0x85, 0x08), [
      ...[0x0f, 0x11, 0, 0, 1, 2, 3, 4, 5, 6, ...le(3_001, 2), ...le(2_001, 2), ...le(2_501, 2), 7, 8],
      ...[...le(3_100, 2), ...le(1_900, 2), ...[11, 22, 33, 44].flatMap((units) => le(units, 2))],
      ...[...le(2_020, 2), ...le(0x8000, 2), ...le(2_040, 2), ...new Array(9).fill(1), ...le(77_777, 3)],
    ]),
    values: {
      average_heater_temperature_c: 30.01,
      average_ambient_temperature_c: 20.01,
      max_ambient_temperature_c: 25.01,
      average_heater_temperature_last_month_c: 31,
      average_ambient_temperature_last_month_c: 19,
      consumption_at_set_date_1_hca: 11,
      consumption_at_set_date_2_hca: 22,
      consumption_at_set_date_3_hca: 33,
      consumption_at_set_date_4_hca: 44,
      ambient_temperature_at_set_date_1_c: 20.2,
      ambient_temperature_at_set_date_2_c: null,
      ambient_temperature_at_set_date_3_c: 20.4,
      total_consumption_hca: 77_777,
      status: 'OK',
    },
  },
  {
    decoder: 'hydroclima',
    telegram: headed(meter('BMP', 0x53, 0x08), [0x2f, 0x2f, 0x0f, 0x9d, 1, 2, 3]),
    values: {},
  },
  {
    decoder: 'rfmtx1',
    telegram: headed(
      meter('BMT', 0x05, 0x07),
      [
        // row 3 of the masks and the access number
        ...[0, 0, ...bcd(31_415_926, 4)].map(
          (byte, i) => byte ^ 0x53 ^ [0x8e, 0x7d, 0x79, 0x07, 0x4a, 0x16][i]!,
        ),
        ...new Array(7).fill(0),
        ...[0x59, 0x15, 0x12, 0x29, 0x03, 0x26, 0, 0],
      ],
      { access: 0x53, configuration: 0x1006 },
    ),
    values: { total_m3: 31_415.926, meter_datetime: '2026-03-29 12:15' },
  },
  {
    decoder: 'rfmtx1',
    telegram: headed(meter('BMT', 0x05, 0x07), [0x0c, 0x13, 1, 2, 3, 4]),
    values: {},
  },
];

const volumes = walkBy(0x13, [123_456, 100_001, 120_002], [newYear, may], [300, 200, 0x8000]);

const others: readonly Sample[] = [
  {
    decoder: 'bfw240radio',
    telegram: headed(meter('BFW', 0x02, 0x08), [
      ...[0x2f, 0x2f, 9, 9, 0x12, 0x34, 0x01, 0x02, 9, 9],
      ...Array.from({ length: 9 }, (_, i) => [18 - 2 * i, 0x21, 17 - 2 * i]).flat(),
      ...[0x29, 0x03, 0x26],
    ]),
    values: {
      current_hca: 258,
      prev_hca: 0x1234,
      ...Object.fromEntries(
        Array.from({ length: 18 }, (_, i) => [
          `prev_${String(i + 1).padStart(2, '0')}_hca`,
          (i % 2 === 0 ? 256 : 512) + i + 1,
        ]),
      ),
      device_date: '2026-03-29',
    },
  },
  {
    decoder: 'gwfwater',
    telegram: headed(meter('GWF', 0x3c, 0x07), [0x0f, 1, 0x48, 0x51], { status: 0x10 }),
    values: { status: 'BACKFLOW BROKEN_PIPE TEMPORARY_ERROR', battery_y: 5, power_mode: 'SAVING' },
  },
  {
    decoder: 'gwfwater',
    telegram: headed(meter('GWF', 0x3c, 0x07), [0x0f, 0x1b, 0x48, 0x51]),
    values: { status: 'UNKNOWN_MFCT_STATUS_1B', battery_y: null },
  },
  {
    decoder: 'gwfgas',
    telegram: headed(meter('GWF', 0x00, 0x03), [0x0f, 1, 0, 0x50]),
    values: { status: 'OK' },
  },
  {
    decoder: 'zenner0b',
    telegram: headed(meter('ZRI', 0x0b, 0x16), [
      0x0f,
      ...le(0xa0, 4),
      ...le(256_128, 4),
      ...le(2_560_064, 4),
    ]),
    values: { status: 'STATUS_A0', target_m3: 1.0005, total_m3: 10.00025 },
  },
  {
    decoder: 'qwaterv2',
    telegram: frame(meter('QDS', 0x16, 0x06), 0x78, volumes),
    values: {
      total_m3: 123.456,
      target_year_date: '2025-12-31',
      target_year_m3: 100.001,
      target_date: '2026-05-31',
      target_m3: 120.002,
      volume_delta_2_m3: 0.3,
      volume_delta_3_m3: 0.2,
      volume_delta_4_m3: null,
    },
  },
  {
    decoder: 'qwater',
    telegram: frame(meter('QDS', 0x16, 0x07), 0x78, volumes),
    values: {
      total_m3: 123.456,
      due_date: '2025-12-31',
      due_date_m3: 100.001,
      due_17_date: '2026-05-31',
      due_17_date_m3: 120.002,
    },
  },
  {
    decoder: 'qheat',
    telegram: frame(meter('QDS', 0x23, 0x04), 0x78, walkBy(0x0d, [720, 360, 36], [newYear, may], [])),
    values: {
      total_energy_consumption_kwh: 20,
      last_year_date: '2025-12-31',
      last_year_energy_consumption_kwh: 10,
      last_month_date: '2026-05-31',
      last_month_energy_consumption_kwh: 1,
    },
  },
  {
    decoder: 'qheatv2',
    telegram: frame(meter('QDS', 0x48, 0x04), 0x78, walkBy(0x06, [720, 360, 700], [newYear, may], [5])),
    values: {
      total_kwh: 720,
      target_year_date: '2025-12-31',
      target_year_kwh: 360,
      target_date: '2026-05-31',
      target_kwh: 700,
      energy_delta_2_kwh: 5,
    },
  },
  {
    decoder: 'qcaloric',
    telegram: frame(meter('QDS', 0x34, 0x08), 0x78, walkBy(0x6e, [97, 270, 90], [newYear, may], [])),
    values: {
      current_consumption_hca: 97,
      set_date: '2025-12-31',
      consumption_at_set_date_hca: 270,
      set_date_1: '2025-12-31',
      consumption_at_set_date_1_hca: 270,
      set_date_17: '2026-05-31',
      consumption_at_set_date_17_hca: 90,
    },
  },
  {
    decoder: 'qcaloric',
    telegram: frame(
      meter('QDS', 0x36, 0x08),
      0x78,
      [0x0d, 0xff, 0x5f, 12, 0, 0x82, 0x43, 0, 0x35, 1, 2, 3, 4, 5, 6, 7],
    ),
    values: {},
  },
];

export const samples: readonly Sample[] = [...izar, ...apator, ...techem, ...bmeters, ...others];
