/** Records made from a seed, with every kind of field. */
import fc from 'fast-check';
import type { SenmlRecord } from '../../src/senml/index.ts';

const number = fc.record({
  raw: fc.integer({ min: -1_000_000_000, max: 1_000_000_000 }),
  power: fc.integer({ min: -4, max: 0 }),
});
/** Without zeros at the end, which a double does not remember. */
const decimal = number.map(({ raw, power }) => {
  let [size, places] = [raw, power];
  while (places < 0 && size % 10 === 0) {
    size /= 10;
    places += 1;
  }
  return { raw: size || 0, power: places };
});
const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9:._/-]{0,10}$/);
const value: fc.Arbitrary<NonNullable<SenmlRecord['value']>> = fc.oneof(
  decimal.map((number) => ({ type: 'number' as const, number })),
  fc.string().map((text) => ({ type: 'text' as const, text })),
  fc.constantFrom('10:2', '0:65535').map((text) => ({ type: 'link' as const, text })),
  fc.boolean().map((flag) => ({ type: 'flag' as const, flag })),
  fc.uint8Array({ maxLength: 20 }).map((data) => ({ type: 'data' as const, data })),
);

export const records: fc.Arbitrary<SenmlRecord[]> = fc.array(
  fc.record(
    {
      name,
      value,
      baseName: name,
      baseTime: decimal,
      baseUnit: fc.constantFrom('kWh', 'V'),
      baseValue: decimal,
      baseSum: decimal,
      unit: fc.constantFrom('W', 'l', 'Cel'),
      sum: decimal,
      time: decimal,
      updateTime: decimal,
    },
    { requiredKeys: ['name', 'value'] },
  ),
  { minLength: 1, maxLength: 8 },
);

export const goldenPacks: readonly string[] = [
  '[{"bn":"OA2000001/","bt":1774746000,"bu":"kWh","bver":10,"n":"1-0:1.8.0","v":1234.567},{"n":"1-0:2.8.0","v":0.25},{"n":"1-0:32.7.0","u":"V","v":230.1,"t":-60}]',
  '[{"bn":"urn:dev:os:32473-7:","n":"power","u":"W","v":120,"s":3600000,"t":1774746000},{"n":"valve","vb":true},{"n":"firmware","vs":"2.1"},{"n":"raw","vd":"AQID"}]',
  '[{"n":"OA1/8-0:1.0.0","u":"m3","v":12.345,"x":[{"deep":1}],"ut":3600}]',
];
export const goldenCbor: readonly string[] = [
  // {-2:"OA2000001/", -3:1774746000, 0:"1-0:1.8.0", 1:"kWh", 2: 4([-3, 1234567])}, {0:"1-0:32.7.0",1:"V",2:230.1 (single)}
  '82a5216a4f41323030303030312f221a69c87990006931 2d303a312e382e30016 36b5768 02c482221a0012d687a3006a312d303a33322e372e300161 5602fa4366199a'.replaceAll(
    ' ',
    '',
  ),
];
