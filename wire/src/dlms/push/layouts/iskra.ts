/** Iskraemeco AM550 with a list by position; its pushes with names need no layout. */
import type { PushLayout } from '../layout.ts';

export const iskra: PushLayout = {
  id: 'iskra-positions',
  meters: 'Iskraemeco AM550 (list by position)',
  match: {},
  lists: [
    [
      [null, 'octet-string'],
      ['0.0.96.1.0.255', 'octet-string'],
      ['0.0.0.9.1.255', 'octet-string'],
      ['0.0.0.9.2.255', 'octet-string'],
      ['1.0.1.8.0.255', 'double-long-unsigned'],
      ['1.0.2.8.0.255', 'double-long-unsigned'],
      ['1.0.3.8.0.255', 'double-long-unsigned'],
      ['1.0.4.8.0.255', 'double-long-unsigned'],
      ['1.0.1.7.0.255', 'double-long-unsigned'],
      ['1.0.2.7.0.255', 'double-long-unsigned'],
      ['1.0.3.7.0.255', 'double-long-unsigned'],
      ['1.0.4.7.0.255', 'double-long-unsigned'],
    ],
  ],
  scaling: [
    ['1.*.1|2|21|22|41|42|61|62.7.0.255', 0, 'W'],
    ['1.*.3|4|23|24|43|44|63|64.7.0.255', 0, 'var'],
    ['1.*.1|2|21|22|41|42|61|62.8.*.255', 0, 'Wh'],
    ['1.*.3|4|5|6|7|8|23|24|43|44|63|64.8.*.255', 0, 'varh'],
  ],
  samples: [
    {
      hex:
        '0f000000010c07ea030e060c1e0f00ffc400020c09060006190900ff090d393030303030303030303031370904' +
        '0c1e0f00090507ea030e0606004c4b41060000000c0600015f90060000000106000001b0060000000006000000' +
        '110600000000',
      readings: [
        ['0.0.96.1.0.255', '9000000000017', null],
        ['0.0.0.9.1.255', '0c1e0f00', null],
        ['0.0.0.9.2.255', '07ea030e06', null],
        ['1.0.1.8.0.255', 5000001, 'Wh'],
        ['1.0.2.8.0.255', 12, 'Wh'],
        ['1.0.3.8.0.255', 90000, 'varh'],
        ['1.0.4.8.0.255', 1, 'varh'],
        ['1.0.1.7.0.255', 432, 'W'],
        ['1.0.2.7.0.255', 0, 'W'],
        ['1.0.3.7.0.255', 17, 'var'],
        ['1.0.4.7.0.255', 0, 'var'],
      ],
      time: '2026-03-14T12:30:15+01:00',
    },
  ],
};
