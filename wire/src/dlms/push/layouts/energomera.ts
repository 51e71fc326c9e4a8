/** Energomera with the object list of its push setup in front; what it sends are identities and events. */
import type { PushLayout } from '../layout.ts';

export const energomera: PushLayout = {
  id: 'energomera',
  meters: 'Energomera CE208, CE308',
  match: { text: 'EMR' },
  samples: [
    {
      hex:
        '0f000000010c07ea030e060c1e0f00ff4c0002040104020412002809060000190900ff0f021200000204120001' +
        '090600002a0000ff0f02120000020412000109060000600100ff0f02120000020412000109060000616200ff0f' +
        '021200000910454d5230313730303030303030303137090f3031323430303030303030303031370600000010',
      readings: [
        ['0.0.42.0.0.255', 'EMR0170000000017', null],
        ['0.0.96.1.0.255', '012400000000017', null],
        ['0.0.97.98.0.255', 16, null],
      ],
      time: '2026-03-14T12:30:15+03:00',
    },
  ],
};
