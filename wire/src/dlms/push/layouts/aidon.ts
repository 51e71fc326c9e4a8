/** Aidon on the HAN port: all lists say names, scalers and units themselves. */
import type { PushLayout } from '../layout.ts';

export const aidon: PushLayout = {
  id: 'aidon',
  meters: 'Aidon 6515, 6525, 6534, 6550 (Norway, Sweden)',
  match: { text: 'AIDON_V' },
  samples: [
    {
      hex:
        '0f00000001000105020209060101000281ff0a0b4149444f4e5f5630303031020209060000600100ff0a103733' +
        '3539393930303030303030303031020309060100010700ff060000028002020f00161b0203090601001f0700ff' +
        '10001c02020fff1621020309060100200700ff12090c02020fff1623',
      readings: [
        ['1.1.0.2.129.255', 'AIDON_V0001', null],
        ['0.0.96.1.0.255', '7359990000000001', null],
        ['1.0.1.7.0.255', 640, 'W'],
        ['1.0.31.7.0.255', 2.8, 'A'],
        ['1.0.32.7.0.255', 231.6, 'V'],
      ],
    },
  ],
};
