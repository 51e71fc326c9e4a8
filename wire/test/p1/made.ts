/** Telegrams of simulated meters. */
import type { DataSet } from '../../src/iec62056-21/data-set.ts';
import { encodeP1, type P1ToSend, p1HexText, p1TimeText } from '../../src/p1/index.ts';
import { one } from '../iec62056-21/data-sets.ts';

export const nowS = Date.UTC(2026, 2, 3, 10, 15, 0) / 1_000;
export const meterId = 'E0099000123456726';
export const gasId = 'G0099000765432126';

export const householdRecords: readonly DataSet[] = [
  one('1-3:0.2.8', '50'),
  one('0-0:1.0.0', p1TimeText(nowS, false)),
  one('0-0:96.1.1', p1HexText(meterId)),
  one('1-0:1.8.1', '001234.567', 'kWh'),
  one('1-0:1.8.2', '000020.001', 'kWh'),
  one('1-0:2.8.1', '000000.000', 'kWh'),
  one('0-0:96.14.0', '0002'),
  one('1-0:1.7.0', '00.428', 'kW'),
  one('0-0:17.0.0', '017.2', 'kW'),
  one('0-0:96.3.10', '1'),
  one('0-0:96.7.21', '00004'),
  {
    address: '1-0:99.97.0',
    values: [
      { value: '2' },
      { value: '0-0:96.7.19' },
      { value: p1TimeText(nowS - 90_000, false) },
      { value: '0000000240', unit: 's' },
      { value: '250705120000S' },
      { value: '0000000301', unit: 's' },
    ],
  },
  {
    address: '0-0:98.1.0',
    values: [
      { value: '2' },
      { value: '1-0:1.6.0' },
      { value: '1-0:1.6.0' },
      { value: '260201000000W' },
      { value: '260117181500W' },
      { value: '04.329', unit: 'kW' },
      { value: '260301000000W' },
      { value: '260222070000W' },
      { value: '03.011', unit: 'kW' },
    ],
  },
  {
    address: '1-0:1.6.0',
    values: [{ value: '260302074500W' }, { value: '02.250', unit: 'kW' }],
  },
  one('0-0:96.13.0', p1HexText('water off on friday')),
  one('1-0:1.4.0', '00.333', 'kW'),
  one('1-0:32.7.0', '230.1', 'V'),
  one('1-0:31.4.0', '999', 'A'),
  one('0-1:24.1.0', '003'),
  one('0-1:96.1.0', p1HexText(gasId)),
  {
    address: '0-1:24.2.1',
    values: [{ value: p1TimeText(nowS - 900, false) }, { value: '00321.500', unit: 'm3' }],
  },
  one('0-1:24.4.0', '1'),
  one('0-2:24.1.0', '007'),
  one('0-2:96.1.0', ''),
  {
    address: '0-2:24.2.1',
    values: [{ value: p1TimeText(nowS - 300, false) }, { value: '00012.345', unit: 'm3' }],
  },
];

export const household: P1ToSend = {
  identification: { maker: 'OAM', baudCode: '5', text: '\\2SIM-1' },
  records: householdRecords,
};

export const householdBytes: Uint8Array<ArrayBuffer> = encodeP1(household);

/** A telegram of version 2 with a gas meter, as bytes: no encoder writes this form. */
export const oldText = [
  '/OAM5 SIM0',
  '',
  '0-0:96.1.1(4F414D31)',
  '1-0:1.8.1(00185.000*kWh)',
  '0-1:24.1.0(3)',
  '0-1:96.1.0(4741533031)',
  '0-1:24.3.0(120517020000)(08)(60)(1)(0-1:24.2.1)(m3)',
  '(00124.477)',
  '0-1:24.4.0(1)',
  '!',
  '',
].join('\r\n');
