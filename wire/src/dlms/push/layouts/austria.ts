/** The customer interface of Austrian networks: names and scalers, the meter number at the end unnamed. */
import type { PushLayout } from '../layout.ts';

export const austria: PushLayout = {
  id: 'austria',
  meters: 'Kaifa MA309, Sagemcom T210-D (Netz NÖ, EVN)',
  match: { names: ['1.0.1.8.0.255', '1.0.2.8.0.255', '1.0.13.7.0.255'] },
  lastText: '0.0.96.1.0.255',
  samples: [
    {
      hex:
        '0f000000010c07ea030e060c1e0f00ffc400020e090c07ea030e060c1e0f00ffc40009060100010800ff060000' +
        '328902020f00161e09060100020800ff060000000302020f00161e09060100200700ff12092102020fff162309' +
        '0601000d0700ff10fc1a02020ffd16ff090c313831323230303030303137',
      readings: [
        ['1.0.1.8.0.255', 12937, 'Wh'],
        ['1.0.2.8.0.255', 3, 'Wh'],
        ['1.0.32.7.0.255', 233.7, 'V'],
        ['1.0.13.7.0.255', -0.998, '1'],
        ['0.0.96.1.0.255', '181220000017', null],
      ],
      time: '2026-03-14T12:30:15+01:00',
    },
  ],
};
