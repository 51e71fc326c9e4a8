/** Objects of the residential meter, in the order of its object list. */
// data table
import type { ObjectDescription } from '../description.ts';
import { profileObject, pushSetupObject, registerObject, scriptTable } from './usual-objects.ts';

const relay = '0.0.96.3.10.255';
const info = (instance: string, text: string): ObjectDescription => ({
  class: 1,
  instance,
  public: true,
  values: { 2: { 'visible-string': text } },
  rights: { manage: { 2: 'r' } },
});
const status = (instance: string): ObjectDescription => ({
  class: 1,
  instance,
  values: { 2: { unsigned: 0 } },
  rights: { manage: { 2: 'r' } },
});
const counter = (instance: string): ObjectDescription => ({
  class: 1,
  instance,
  public: true,
  values: { 2: { 'double-long-unsigned': 0 } },
  rights: { manage: { 2: 'r' } },
});
const eventLog = (instance: string, code: string): ObjectDescription => ({
  class: 7,
  version: 1,
  instance,
  captures: [
    [8, '0.0.1.0.0.255', 2, 0],
    [1, code, 2, 0],
  ],
  values: {
    4: { 'double-long-unsigned': 0 },
    5: { enum: 1 },
    6: { capture: [0, '0.0.0.0.0.0', 0, 0] },
    8: { 'double-long-unsigned': 200 },
  },
});
/** The last Sunday of a month at an hour, both hex. */
const lastSunday = (month: string, hour: string): string => `ffff${month}fe07${hour}000000800000`;
const schedule = (instance: string, table: string, id: number): ObjectDescription => ({
  class: 22,
  instance,
  values: {
    2: { structure: [{ 'logical-name': table }, { 'long-unsigned': id }] },
    3: { enum: 1 },
    4: { array: [] },
  },
});

export const residentialObjects: readonly ObjectDescription[] = [
  info('0.0.42.0.0.255', 'OAM0000000000001'),
  info('0.0.96.1.0.255', '00000001'),
  info('1.0.0.2.0.255', '1.0.0'),
  {
    class: 8,
    instance: '0.0.1.0.0.255',
    public: true,
    values: {
      3: { long: -60 },
      5: { 'octet-string': lastSunday('03', '02') },
      6: { 'octet-string': lastSunday('0a', '03') },
      7: { integer: 60 },
      8: { boolean: true },
      9: { enum: 1 },
    },
  },
  registerObject('1.0.1.8.0.255', 'double-long-unsigned', 0, 30),
  registerObject('1.0.1.8.1.255', 'double-long-unsigned', 0, 30),
  registerObject('1.0.1.8.2.255', 'double-long-unsigned', 0, 30),
  registerObject('1.0.2.8.0.255', 'double-long-unsigned', 0, 30),
  registerObject('1.0.1.7.0.255', 'double-long-unsigned', 0, 27),
  registerObject('1.0.32.7.0.255', 'long-unsigned', -1, 35),
  registerObject('1.0.31.7.0.255', 'long-unsigned', -2, 33),
  {
    class: 4,
    instance: '1.0.1.6.0.255',
    values: {
      2: { 'double-long-unsigned': 0 },
      3: { 'scaler-unit': [0, 27] },
      4: { unsigned: 0 },
      5: { 'octet-string': '' },
    },
  },
  {
    class: 5,
    instance: '1.0.1.4.0.255',
    values: {
      2: { 'double-long-unsigned': 0 },
      3: { 'double-long-unsigned': 0 },
      4: { 'scaler-unit': [0, 27] },
      5: { unsigned: 0 },
      6: { 'octet-string': '' },
      7: { 'octet-string': '' },
      8: { 'double-long-unsigned': 900 },
      9: { 'long-unsigned': 1 },
    },
  },
  status('0.0.96.10.1.255'),
  profileObject('1.0.99.1.0.255', 900, 5_760, [
    [1, '0.0.96.10.1.255', 2, 0],
    [3, '1.0.1.8.0.255', 2, 0],
    [3, '1.0.2.8.0.255', 2, 0],
  ]),
  profileObject('1.0.99.2.0.255', 86_400, 400, [
    [1, '0.0.96.10.1.255', 2, 0],
    [3, '1.0.1.8.1.255', 2, 0],
    [3, '1.0.1.8.2.255', 2, 0],
  ]),
  profileObject('0.0.98.1.0.255', 0, 36, [
    [3, '1.0.1.8.0.255', 2, 0],
    [3, '1.0.2.8.0.255', 2, 0],
  ]),
  {
    class: 1,
    instance: '1.0.0.1.0.255',
    values: { 2: { 'double-long-unsigned': 0 } },
    rights: { manage: { 2: 'r' } },
  },
  scriptTable('0.0.10.0.1.255', [1, 7, '0.0.98.1.0.255', 2]),
  status('0.0.96.11.0.255'),
  status('0.0.96.11.1.255'),
  status('0.0.96.11.2.255'),
  eventLog('0.0.99.98.0.255', '0.0.96.11.0.255'),
  eventLog('0.0.99.98.1.255', '0.0.96.11.1.255'),
  eventLog('0.0.99.98.2.255', '0.0.96.11.2.255'),
  {
    class: 70,
    instance: relay,
    values: { 2: { boolean: true }, 3: { enum: 1 }, 4: { enum: 2 } },
  },
  scriptTable('0.0.10.0.106.255', [1, 70, relay, 1], [2, 70, relay, 2]),
  {
    class: 71,
    instance: '0.0.17.0.0.255',
    values: {
      2: { structure: [{ 'long-unsigned': 3 }, { 'logical-name': '1.0.1.7.0.255' }, { integer: 2 }] },
      3: { 'double-long-unsigned': 0 },
      4: { 'double-long-unsigned': 0 },
      5: { 'double-long-unsigned': 0 },
      6: { 'double-long-unsigned': 60 },
      7: { 'double-long-unsigned': 60 },
      8: { structure: [{ 'long-unsigned': 0 }, { 'octet-string': '' }, { 'double-long-unsigned': 0 }] },
      9: { array: [] },
      10: { boolean: false },
      11: {
        structure: [
          { structure: [{ 'logical-name': '0.0.10.0.106.255' }, { 'long-unsigned': 1 }] },
          { structure: [{ 'logical-name': '0.0.10.0.106.255' }, { 'long-unsigned': 2 }] },
        ],
      },
    },
  },
  schedule('0.0.15.0.1.255', '0.0.10.0.106.255', 1),
  scriptTable('0.0.10.0.107.255', [1, 18, '0.0.44.0.0.255', 4]),
  schedule('0.0.15.0.2.255', '0.0.10.0.107.255', 1),
  scriptTable('0.0.10.0.108.255', [1, 40, '0.0.25.9.0.255', 1]),
  schedule('0.0.15.0.4.255', '0.0.10.0.108.255', 1),
  {
    class: 20,
    instance: '0.0.13.0.0.255',
    values: {
      2: { 'octet-string': '3031' },
      3: { array: [] },
      4: { array: [] },
      5: { array: [] },
      6: { 'octet-string': '3031' },
      7: { array: [] },
      8: { array: [] },
      9: { array: [] },
      10: { 'octet-string': 'ffffffffffffffffff8000ff' },
    },
  },
  { class: 11, instance: '0.0.11.0.0.255', values: { 2: { array: [] } } },
  {
    class: 18,
    instance: '0.0.44.0.0.255',
    values: { 2: { 'double-long-unsigned': 256 }, 5: { boolean: true } },
  },
  pushSetupObject('0.0.25.9.0.255', [
    [1, '0.0.42.0.0.255', 2, 0],
    [8, '0.0.1.0.0.255', 2, 0],
    [3, '1.0.1.8.0.255', 2, 0],
  ]),
  { class: 64, version: 1, instance: '0.0.43.0.1.255', values: { 6: { array: [] } } },
  { class: 64, version: 1, instance: '0.0.43.0.2.255', values: { 6: { array: [] } } },
  counter('0.0.43.1.0.255'),
  counter('0.0.43.1.1.255'),
  {
    class: 41,
    instance: '0.0.25.0.0.255',
    values: {
      2: { 'long-unsigned': 4059 },
      3: { 'octet-string': '000019010fff' },
      4: { 'long-unsigned': 1400 },
      5: { unsigned: 1 },
      6: { 'long-unsigned': 600 },
    },
  },
];
