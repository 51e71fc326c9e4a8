/** Kaifa on the HAN port: Norway by position, Sweden with names; neither says scalers. */
import type { DataType } from '../../value.ts';
import type { ListElement, PushLayout } from '../layout.ts';

const strings = (...names: string[]): ListElement[] => names.map((name) => [name, 'octet-string']);
const numbers = (...names: string[]): ListElement[] =>
  names.map((name) => [name, 'double-long-unsigned' satisfies DataType]);

const head = [
  ...strings('1.1.0.2.129.255', '0.0.96.1.0.255', '0.0.96.1.7.255'),
  ...numbers('1.0.1.7.0.255', '1.0.2.7.0.255', '1.0.3.7.0.255', '1.0.4.7.0.255'),
];
const onePhase = numbers('1.0.31.7.0.255', '1.0.32.7.0.255');
const threePhases = [
  ...numbers('1.0.31.7.0.255', '1.0.51.7.0.255', '1.0.71.7.0.255'),
  ...numbers('1.0.32.7.0.255', '1.0.52.7.0.255', '1.0.72.7.0.255'),
];
const hourly = [
  ...strings('0.0.1.0.0.255'),
  ...numbers('1.0.1.8.0.255', '1.0.2.8.0.255', '1.0.3.8.0.255', '1.0.4.8.0.255'),
];
const scaling: PushLayout['scaling'] = [
  ['1.0.31|51|71.7.0.255', -3, 'A'],
  ['1.0.32|52|72.7.0.255', -1, 'V'],
  ['1.*.1|2|21|22|41|42|61|62.7.0.255', 0, 'W'],
  ['1.*.3|4|23|24|43|44|63|64.7.0.255', 0, 'var'],
  ['1.*.1|2|21|22|41|42|61|62.8.*.255', 0, 'Wh'],
  ['1.*.3|4|5|6|7|8|23|24|43|44|63|64.8.*.255', 0, 'varh'],
];

/** The short list that comes every few seconds: the power alone. */
export const kaifaPower: PushLayout = {
  id: 'kaifa-power',
  meters: 'Kaifa MA105, MA304, MA309 (Norway, list 1)',
  match: {},
  lists: [numbers('1.0.1.7.0.255')],
  scaling,
  samples: [
    {
      hex: '0f000000010c07ea030e060c1e0f00800000020106000004d2',
      readings: [['1.0.1.7.0.255', 1234, 'W']],
      time: '2026-03-14T12:30:15',
    },
  ],
};

export const kaifa: PushLayout = {
  id: 'kaifa',
  meters: 'Kaifa MA105, MA304, MA309 (Norway, lists 2 and 3; Sweden)',
  match: { text: 'KFM_' },
  lists: [
    [...head, ...onePhase],
    [...head, ...threePhases],
    [...head, ...onePhase, ...hourly],
    [...head, ...threePhases, ...hourly],
  ],
  scaling,
  samples: [
    {
      hex:
        '0f000000010c07ea030e060c1e0f00800000020909074b464d5f30303109103730303030303030303030303030' +
        '303109084d4131303548324506000002bc0600000000060000000506000000000600000c2106000008fd',
      readings: [
        ['1.1.0.2.129.255', 'KFM_001', null],
        ['0.0.96.1.0.255', '7000000000000001', null],
        ['0.0.96.1.7.255', 'MA105H2E', null],
        ['1.0.1.7.0.255', 700, 'W'],
        ['1.0.2.7.0.255', 0, 'W'],
        ['1.0.3.7.0.255', 5, 'var'],
        ['1.0.4.7.0.255', 0, 'var'],
        ['1.0.31.7.0.255', 3.105, 'A'],
        ['1.0.32.7.0.255', 230.1, 'V'],
      ],
      time: '2026-03-14T12:30:15',
    },
    {
      hex:
        '0f0000000100020809060100000281ff09074b464d5f30303109060100010700ff060000002909060100340700' +
        'ff06000008fb09060100030800ff060000004d',
      readings: [
        ['1.0.0.2.129.255', 'KFM_001', null],
        ['1.0.1.7.0.255', 41, 'W'],
        ['1.0.52.7.0.255', 229.9, 'V'],
        ['1.0.3.8.0.255', 77, 'varh'],
      ],
    },
  ],
};
