/** Sagemcom XT211 and others of the Czech and Slovak networks: descriptors without a tag, no scalers. */
import type { PushLayout } from '../layout.ts';

export const sagemcom: PushLayout = {
  id: 'sagemcom-xt211',
  meters: 'Sagemcom XT211, ZPA and others (Czech Republic)',
  match: { quirk: 'untagged-descriptors' },
  scaling: [
    ['1.*.1|2|21|22|41|42|61|62.7.0.255', 0, 'W'],
    ['1.*.3|4|23|24|43|44|63|64.7.0.255', 0, 'var'],
    ['1.*.1|2|21|22|41|42|61|62.8.*.255', 0, 'Wh'],
    ['1.*.3|4|5|6|7|8|23|24|43|44|63|64.8.*.255', 0, 'varh'],
    ['0.*.17.0.0.255', 0, 'W'],
  ],
  samples: [
    {
      hex:
        '0f0000000100020216010106020200010000600101ff02090a3531303030303030313702020046000060030aff' +
        '031601020200470000110000ff030600000000020200010000600e00ff0209025432020200030100010700ff02' +
        '06000007a4020200030100010801ff0206000e7ac5',
      readings: [
        ['0.0.96.1.1.255', '5100000017', null],
        ['0.0.96.3.10.255', 1, null],
        ['0.0.17.0.0.255', 0, 'W'],
        ['0.0.96.14.0.255', 'T2', null],
        ['1.0.1.7.0.255', 1956, 'W'],
        ['1.0.1.8.1.255', 948933, 'Wh'],
      ],
    },
  ],
};
