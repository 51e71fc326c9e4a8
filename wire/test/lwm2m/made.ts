/** Payloads of the device object as the standard prints them, and of meters of our own. */
export interface GoldenPayload {
  readonly format: number;
  readonly path: readonly number[];
  readonly hex?: string;
  readonly text?: string;
}

/** Core 1.0 clause 6.4.3.1: the device object, its instance read. */
export const deviceTlv =
  'c800144f70656e204d6f62696c6520416c6c69616e6365c801164c69676874776569676874204d324d20436c69656e74' +
  'c80209333435303030313233c303312e30860641000141010588070842000ed842011388870841007d42010384c10964c10a0f' +
  '830b410000c40d5182428fc60e2b30323a3030c11055';

export const goldenPayloads: readonly GoldenPayload[] = [
  { format: 11_542, path: [3, 0], hex: deviceTlv },
  // water meter, 12.345 m3 in double precision, at 5518
  { format: 11_542, path: [3424], hex: '080012c8010840' + '28b0a3d70a3d71e4158e69c87990' },
  {
    format: 11_543,
    path: [3, 0],
    text: '{"bn":"/3/0/","bt":1774746000,"e":[{"n":"9","v":80,"t":-5},{"n":"0","sv":"ACME"}]}',
  },
  {
    format: 110,
    path: [],
    text: '[{"bn":"/10243/0/","bt":1774746000,"n":"14","v":1234.567},{"n":"6","v":-0.25},{"n":"4","v":230.1}]',
  },
  {
    format: 112,
    path: [],
    hex: '82a3216a2f31303234332f302f2f00623134022 0a20061360 2fb3fd0000000000000'.replaceAll(' ', ''),
  },
  { format: 11_544, path: [], hex: 'a1192803a100a20e19303904fa4366199a' },
  { format: 0, path: [3, 0, 9], text: '80' },
  { format: 42, path: [5, 0, 0], hex: '010203' },
  { format: 60, path: [3, 0, 9], hex: '1850' },
];
