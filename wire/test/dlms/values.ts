/** Arbitrary COSEM values and APDUs. */
import fc from 'fast-check';
import type { BytesType, CosemValue, NumberType, TypeDescription } from '../../src/dlms/value.ts';

const ranges: Partial<Record<NumberType, [min: number, max: number]>> = {
  'double-long': [-0x8000_0000, 0x7fff_ffff],
  'double-long-unsigned': [0, 0xffff_ffff],
  bcd: [0, 255],
  integer: [-128, 127],
  long: [-0x8000, 0x7fff],
  unsigned: [0, 255],
  'long-unsigned': [0, 0xffff],
  enum: [0, 255],
  'delta-integer': [-128, 127],
  'delta-long': [-0x8000, 0x7fff],
  'delta-double-long': [-0x8000_0000, 0x7fff_ffff],
  'delta-unsigned': [0, 255],
  'delta-long-unsigned': [0, 0xffff],
  'delta-double-long-unsigned': [0, 0xffff_ffff],
};

export const bytes = (max = 20): fc.Arbitrary<Uint8Array> => fc.uint8Array({ maxLength: max });
const fixed = (size: number) => fc.uint8Array({ minLength: size, maxLength: size });

/** One arbitrary for each simple type, by name. */
const scalars: Record<string, fc.Arbitrary<CosemValue>> = {
  null: fc.constant({ type: 'null' }),
  'dont-care': fc.constant({ type: 'dont-care' }),
  boolean: fc
    .integer({ min: 0, max: 255 })
    .map((octet) =>
      octet > 1 ? { type: 'boolean', value: true, octet } : { type: 'boolean', value: octet === 1 },
    ),
  'bit-string': fc
    .tuple(fixed(4), fc.integer({ min: 25, max: 32 }))
    .map(([value, bits]) => ({ type: 'bit-string', bits, value })),
  long64: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value) => ({ type: 'long64', value })),
  'long64-unsigned': fc
    .bigInt({ min: 0n, max: 2n ** 64n - 1n })
    .map((value) => ({ type: 'long64-unsigned', value })),
  float32: fc.float({ noNaN: true }).map((value) => ({ type: 'float32', value })),
  'floating-point': fc.float({ noNaN: true }).map((value) => ({ type: 'floating-point', value })),
  float64: fc.double().map((value) => ({ type: 'float64', value })),
  'octet-string': bytesValue('octet-string', fc.uint8Array({ maxLength: 300 })),
  'visible-string': bytesValue('visible-string', bytes()),
  'utf8-string': bytesValue('utf8-string', bytes()),
  'date-time': bytesValue('date-time', fixed(12)),
  date: bytesValue('date', fixed(5)),
  time: bytesValue('time', fixed(4)),
};
for (const [type, [min, max]] of Object.entries(ranges)) {
  scalars[type] = fc.integer({ min, max }).map((value) => ({ type: type as NumberType, value }));
}

function bytesValue(type: BytesType, of: fc.Arbitrary<Uint8Array>): fc.Arbitrary<CosemValue> {
  return of.map((value) => ({ type, value }));
}

const scalarTypes = Object.keys(scalars);
export const scalar: fc.Arbitrary<CosemValue> = fc.oneof(...Object.values(scalars));

const description: fc.Arbitrary<TypeDescription> = fc.letrec<{ any: TypeDescription }>((tie) => ({
  any: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(...scalarTypes).map((type) => ({ type }) as TypeDescription),
    fc
      .tuple(fc.integer({ min: 1, max: 3 }), tie('any'))
      .map(([count, element]) => ({ type: 'array', count, element }) as const),
    fc
      .array(tie('any'), { minLength: 1, maxLength: 4 })
      .map((fields) => ({ type: 'structure', fields }) as const),
  ),
})).any;

function described(of: TypeDescription): fc.Arbitrary<CosemValue> {
  if (of.type === 'array') {
    return fc
      .tuple(...Array.from({ length: of.count }, () => described(of.element)))
      .map((elements) => ({ type: 'array', elements }));
  }
  if (of.type === 'structure') {
    return fc.tuple(...of.fields.map(described)).map((elements) => ({ type: 'structure', elements }));
  }
  return scalars[of.type]!;
}

/** Compact arrays whose elements have a size. */
export const compactArray: fc.Arbitrary<CosemValue> = description.chain((of) => {
  const withSize: TypeDescription = { type: 'structure', fields: [{ type: 'unsigned' }, of] };
  return fc
    .array(described(withSize), { maxLength: 5 })
    .map((elements) => ({ type: 'compact-array', description: withSize, elements }));
});

/** Any value. */
export const value: fc.Arbitrary<CosemValue> = fc.letrec<{ any: CosemValue }>((tie) => ({
  any: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar,
    compactArray,
    fc
      .tuple(fc.constantFrom('array' as const, 'structure' as const), fc.array(tie('any'), { maxLength: 6 }))
      .map(([type, elements]) => ({ type, elements })),
  ),
})).any;
