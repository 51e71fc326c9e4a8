/** A single-phase household meter with relay, as a utility would order one. */
// data table
import type { MeterDescription, ObjectDescription } from '../description.ts';

const energy = (instance: string): ObjectDescription => ({
  class: 3,
  instance,
  values: { 2: { 'double-long-unsigned': 0 }, 3: { 'scaler-unit': [0, 30] } },
});
const measured = (instance: string, type: string, scaler: number, unit: number): ObjectDescription => ({
  class: 3,
  instance,
  values: { 2: { [type]: 0 }, 3: { 'scaler-unit': [scaler, unit] } },
});
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
const profile = (
  instance: string,
  periodS: number,
  entries: number,
  captures: ObjectDescription['captures'],
): ObjectDescription => ({
  class: 7,
  version: 1,
  instance,
  captures: [[8, '0.0.1.0.0.255', 2, 0], ...captures!],
  values: {
    4: { 'double-long-unsigned': periodS },
    5: { enum: 1 },
    6: { capture: [8, '0.0.1.0.0.255', 2, 0] },
    8: { 'double-long-unsigned': entries },
  },
});
const lastSunday = (month: string): string => `ffff${month}fe0702000000800000`;
const relayScripts = { class: 70, instance: '0.0.96.3.10.255' };
const relayScript = (id: number, method: number) => ({
  structure: [
    { 'long-unsigned': id },
    {
      array: [
        {
          structure: [
            { enum: 2 },
            { 'long-unsigned': relayScripts.class },
            { 'logical-name': relayScripts.instance },
            { integer: method },
            { integer: 0 },
          ],
        },
      ],
    },
  ],
});
const schedule = (instance: string, table: string, id: number): ObjectDescription => ({
  class: 22,
  instance,
  values: {
    2: { structure: [{ 'logical-name': table }, { 'long-unsigned': id }] },
    3: { enum: 1 },
    4: { array: [] },
  },
});

const objects: readonly ObjectDescription[] = [
  info('0.0.42.0.0.255', 'OAM0000000000001'),
  info('0.0.96.1.0.255', '00000001'),
  info('1.0.0.2.0.255', '1.0.0'),
  {
    class: 8,
    instance: '0.0.1.0.0.255',
    public: true,
    values: {
      3: { long: -60 },
      5: { 'octet-string': lastSunday('03') },
      6: { 'octet-string': lastSunday('0a').replace('0702', '0703') },
      7: { integer: 60 },
      8: { boolean: true },
      9: { enum: 1 },
    },
  },
  energy('1.0.1.8.0.255'),
  energy('1.0.1.8.1.255'),
  energy('1.0.1.8.2.255'),
  energy('1.0.2.8.0.255'),
  measured('1.0.1.7.0.255', 'double-long-unsigned', 0, 27),
  measured('1.0.32.7.0.255', 'long-unsigned', -1, 35),
  measured('1.0.31.7.0.255', 'long-unsigned', -2, 33),
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
  profile('1.0.99.1.0.255', 900, 5_760, [
    [1, '0.0.96.10.1.255', 2, 0],
    [3, '1.0.1.8.0.255', 2, 0],
    [3, '1.0.2.8.0.255', 2, 0],
  ]),
  profile('1.0.99.2.0.255', 86_400, 400, [
    [1, '0.0.96.10.1.255', 2, 0],
    [3, '1.0.1.8.1.255', 2, 0],
    [3, '1.0.1.8.2.255', 2, 0],
  ]),
  profile('0.0.98.1.0.255', 0, 36, [
    [3, '1.0.1.8.0.255', 2, 0],
    [3, '1.0.2.8.0.255', 2, 0],
  ]),
  {
    class: 1,
    instance: '1.0.0.1.0.255',
    values: { 2: { 'double-long-unsigned': 0 } },
    rights: { manage: { 2: 'r' } },
  },
  {
    class: 9,
    instance: '0.0.10.0.1.255',
    values: {
      2: {
        array: [
          {
            structure: [
              { 'long-unsigned': 1 },
              {
                array: [
                  {
                    structure: [
                      { enum: 2 },
                      { 'long-unsigned': 7 },
                      { 'logical-name': '0.0.98.1.0.255' },
                      { integer: 2 },
                      { integer: 0 },
                    ],
                  },
                ],
              },
            ],
          },
        ],
      },
    },
  },
  status('0.0.96.11.0.255'),
  status('0.0.96.11.1.255'),
  status('0.0.96.11.2.255'),
  eventLog('0.0.99.98.0.255', '0.0.96.11.0.255'),
  eventLog('0.0.99.98.1.255', '0.0.96.11.1.255'),
  eventLog('0.0.99.98.2.255', '0.0.96.11.2.255'),
  {
    class: 70,
    instance: '0.0.96.3.10.255',
    values: { 2: { boolean: true }, 3: { enum: 1 }, 4: { enum: 2 } },
  },
  {
    class: 9,
    instance: '0.0.10.0.106.255',
    values: { 2: { array: [relayScript(1, 1), relayScript(2, 2)] } },
  },
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
  {
    class: 9,
    instance: '0.0.10.0.107.255',
    values: {
      2: {
        array: [
          {
            structure: [
              { 'long-unsigned': 1 },
              {
                array: [
                  {
                    structure: [
                      { enum: 2 },
                      { 'long-unsigned': 18 },
                      { 'logical-name': '0.0.44.0.0.255' },
                      { integer: 4 },
                      { integer: 0 },
                    ],
                  },
                ],
              },
            ],
          },
        ],
      },
    },
  },
  schedule('0.0.15.0.2.255', '0.0.10.0.107.255', 1),
  {
    class: 9,
    instance: '0.0.10.0.108.255',
    values: {
      2: {
        array: [
          {
            structure: [
              { 'long-unsigned': 1 },
              {
                array: [
                  {
                    structure: [
                      { enum: 2 },
                      { 'long-unsigned': 40 },
                      { 'logical-name': '0.0.25.9.0.255' },
                      { integer: 1 },
                      { integer: 0 },
                    ],
                  },
                ],
              },
            ],
          },
        ],
      },
    },
  },
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
  {
    class: 40,
    instance: '0.0.25.9.0.255',
    values: {
      2: {
        array: [
          { capture: [1, '0.0.42.0.0.255', 2, 0] },
          { capture: [8, '0.0.1.0.0.255', 2, 0] },
          { capture: [3, '1.0.1.8.0.255', 2, 0] },
        ],
      },
      3: { structure: [{ enum: 0 }, { 'octet-string': '' }, { enum: 0 }] },
      4: { array: [] },
      5: { 'long-unsigned': 0 },
      6: { unsigned: 3 },
      7: { 'long-unsigned': 60 },
    },
  },
  { class: 64, version: 1, instance: '0.0.43.0.1.255', values: { 6: { array: [] } } },
  { class: 64, version: 1, instance: '0.0.43.0.2.255', values: { 6: { array: [] } } },
  {
    class: 1,
    instance: '0.0.43.1.0.255',
    public: true,
    values: { 2: { 'double-long-unsigned': 0 } },
    rights: { manage: { 2: 'r' } },
  },
  {
    class: 1,
    instance: '0.0.43.1.1.255',
    public: true,
    values: { 2: { 'double-long-unsigned': 0 } },
    rights: { manage: { 2: 'r' } },
  },
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

export const residentialMeter = {
  name: 'residential, single phase, relay',
  maxPduBytes: 4_096,
  conformance: [
    'general-protection',
    'general-block-transfer',
    'read',
    'write',
    'unconfirmed-write',
    'parameterized-access',
    'block-transfer-with-get-or-read',
    'block-transfer-with-set-or-write',
    'block-transfer-with-action',
    'multiple-references',
    'data-notification',
    'access',
    'get',
    'set',
    'selective-access',
    'action',
  ],
  associations: [
    {
      name: 'public',
      clientSap: 16,
      mechanism: 'none',
      referencing: 'logical-name',
      level: 'public',
      instance: '0.0.40.0.1.255',
    },
    {
      name: 'reading',
      clientSap: 2,
      mechanism: 'lls',
      referencing: 'logical-name',
      level: 'read',
      instance: '0.0.40.0.2.255',
      securitySetup: '0.0.43.0.2.255',
      counter: '0.0.43.1.1.255',
    },
    {
      name: 'management',
      clientSap: 1,
      mechanism: 'hls-gmac',
      referencing: 'logical-name',
      level: 'manage',
      instance: '0.0.40.0.3.255',
      securitySetup: '0.0.43.0.1.255',
      counter: '0.0.43.1.0.255',
    },
  ],
  objects,
  events: {
    'power-down': { log: '0.0.99.98.0.255', code: 1 },
    'power-up': { log: '0.0.99.98.0.255', code: 2 },
    'clock-set': { log: '0.0.99.98.0.255', code: 5 },
    'calendar-activated': { log: '0.0.99.98.0.255', code: 9 },
    'image-verified': { log: '0.0.99.98.0.255', code: 17 },
    'image-activated': { log: '0.0.99.98.0.255', code: 18 },
    'image-refused': { log: '0.0.99.98.0.255', code: 51 },
    'policy-changed': { log: '0.0.99.98.0.255', code: 47 },
    'keys-changed': { log: '0.0.99.98.0.255', code: 48 },
    'terminal-cover-opened': { log: '0.0.99.98.1.255', code: 40 },
    'terminal-cover-closed': { log: '0.0.99.98.1.255', code: 41 },
    'meter-cover-opened': { log: '0.0.99.98.1.255', code: 44 },
    'authentication-failed': { log: '0.0.99.98.1.255', code: 46 },
    'relay-disconnected': { log: '0.0.99.98.2.255', code: 62 },
    'relay-connected': { log: '0.0.99.98.2.255', code: 63 },
    'relay-ready': { log: '0.0.99.98.2.255', code: 59 },
    'limit-exceeded': { log: '0.0.99.98.2.255', code: 65 },
    'limit-restored': { log: '0.0.99.98.2.255', code: 66 },
  },
} as const satisfies MeterDescription;
