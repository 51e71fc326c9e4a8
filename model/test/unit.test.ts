import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  convert,
  convertExact,
  countsConverter,
  findUnit,
  parseDecimal,
  parseUnit,
  rational,
  rationalToNumber,
  resolutionFor,
  roundRational,
  toCounts,
  unitForUom,
  units,
} from '../src/index.ts';

const code = (name: string) => expect.objectContaining({ code: name });
const unitNames = units.map((unit) => unit.symbol);

describe('parseUnit', () => {
  it.each([
    ['kWh', 'kWh'],
    ['KWH', 'kWh'],
    ['kW·h', 'kWh'],
    ['kW h', 'kWh'],
    ['kw-h', 'kWh'],
    ['MWH', 'MWh'],
    ['m³', 'm3'],
    ['m^3', 'm3'],
    ['M3', 'm3'],
    ['m³/h', 'm3/h'],
    ['kVArh', 'kvarh'],
    ['US GAL', 'US gal'],
    ['gal', 'US gal'],
    ['Imp_gal', 'imp gal'],
    ['CCF', 'ccf'],
    ['°C', 'degC'],
    ['DegF', 'degF'],
    ['Therms', 'therm'],
    ['litres', 'L'],
    ['l/s', 'L/s'],
    ['mA', 'mA'],
    ['%', '%'],
  ])('reads %s', (text, symbol) => {
    expect(parseUnit(text).symbol).toBe(symbol);
  });

  it('reads every symbol and display form, in any case where that is no guess', () => {
    for (const unit of units) {
      expect(parseUnit(unit.symbol)).toBe(unit);
      expect(parseUnit(unit.display)).toBe(unit);
      expect(parseUnit(unit.symbol.toLowerCase())).toBe(unit);
      expect(parseUnit(` ${unit.symbol} `)).toBe(unit);
    }
  });

  it('does not read a thousandth as a million', () => {
    for (const text of ['mWh', 'mW', 'mJ', 'mVA']) expect(findUnit(text), text).toBeUndefined();
  });

  it('names near units', () => {
    expect(() => parseUnit('kWhh')).toThrowError(/kWh/);
    expect(() => parseUnit('furlong')).toThrowError(code('UNIT_UNKNOWN'));
    expect(() => parseUnit('x'.repeat(100_000))).toThrowError(code('UNIT_UNKNOWN'));
  });

  it('answers any text with a unit or its error', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const unit = findUnit(text);
        if (unit) expect(units).toContain(unit);
        else expect(() => parseUnit(text)).toThrowError(code('UNIT_UNKNOWN'));
      }),
    );
  });
});

describe('the table', () => {
  it('has every base unit with factor 1', () => {
    for (const unit of units) {
      const base = parseUnit(unit.base);
      expect(base.dimension).toBe(unit.dimension);
      expect(base.factor).toEqual({ n: 1n, d: 1n });
    }
  });

  it('gives a CIM code and multiplier to one unit alone', () => {
    const coded = units.filter((unit) => unit.uom !== null);
    expect(new Set(coded.map((unit) => `${unit.uom}/${unit.multiplier}`)).size).toBe(coded.length);
    for (const unit of coded) expect(unitForUom(unit.uom!, unit.multiplier)).toBe(unit);
  });

  it('knows equal units by power of ten', () => {
    expect(unitForUom(72, 3)?.symbol).toBe('kWh');
    expect(unitForUom(42, -3)?.symbol).toBe('L');
    expect(unitForUom(134, 3)?.symbol).toBe('kL');
    expect(unitForUom(134, 3)).not.toBe(unitForUom(42, 0));
    expect(unitForUom(72, 1)).toBeUndefined();
    expect(unitForUom(9_999)).toBeUndefined();
  });
});

describe('convertExact', () => {
  // value, from, to, as a decimal or a fraction; from the definitions of the units.
  it.each([
    ['1', 'kWh', 'MJ', '36/10'],
    ['1', 'MWh', 'kWh', '1000/1'],
    ['1', 'GJ', 'kWh', '2500/9'],
    ['1', 'therm', 'MJ', '1054804/10000'],
    ['1', 'BTU', 'J', '105505585262/100000000'],
    ['1', 'm3', 'L', '1000/1'],
    ['1', 'ccf', 'ft3', '100/1'],
    ['1', 'ft3', 'L', '28316846592/1000000000'],
    ['231', 'US gal', 'L', '874430122104/1000000000'],
    ['1', 'imp gal', 'L', '454609/100000'],
    ['1', 'm3/h', 'L/s', '10/36'],
    ['1', 'bar', 'kPa', '100/1'],
    ['212', 'degF', 'degC', '100/1'],
    ['-40', 'degF', 'degC', '-40/1'],
    ['0', 'K', 'degC', '-27315/100'],
    ['0', 'degC', 'degF', '32/1'],
    ['0.98', '1', '%', '98/1'],
  ])('%s %s in %s is %s', (value, from, to, expected) => {
    const [n, d] = expected.split('/');
    expect(convertExact(value, from, to)).toEqual(rational(BigInt(n!), BigInt(d!)));
  });

  it('comes back to the same fraction from any unit of the dimension', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...units),
        fc.constantFrom(...units),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        (a, b, value) => {
          fc.pre(a.dimension === b.dimension);
          expect(convertExact(convertExact(value, a, b), b, a)).toEqual(parseDecimal(value));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('refuses another dimension', () => {
    expect(() => convertExact(1, 'kWh', 'm3')).toThrowError(code('UNIT_DIMENSION'));
    expect(() => convertExact(1, 'kWh', 'kW')).toThrowError(code('UNIT_DIMENSION'));
    expect(() => convertExact('1,5', 'kWh', 'Wh')).toThrowError(code('NUMBER_MALFORMED'));
  });

  it('is available as a number', () => {
    expect(convert(1.1, 'kWh', 'Wh')).toBe(1_100);
    expect(convert(68, 'degF', 'degC')).toBe(20);
    expect(convert(Number.NaN, 'degF', 'degC')).toBeNaN();
  });
});

describe('parseDecimal', () => {
  it.each(['', '.', '-', '1e', '1e99999', '0x10', '1,5', 'NaN', 'Infinity', '1 2'])('refuses %j', (text) => {
    expect(() => parseDecimal(text)).toThrowError(code('NUMBER_MALFORMED'));
  });

  it('reads every finite number as the decimal it prints as', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(rationalToNumber(parseDecimal(value))).toBe(value + 0);
      }),
      { numRuns: 500 },
    );
  });

  it('rounds a half away from zero', () => {
    expect(['0.5', '1.5', '-0.5', '-2.5', '2.4999'].map((text) => roundRational(parseDecimal(text)))).toEqual(
      [1n, 2n, -1n, -3n, 2n],
    );
  });
});

/** Values as meters send them: a few decimals, as text a person or a meter would write. */
const meterValue = fc
  .tuple(fc.integer({ min: -(10 ** 9), max: 10 ** 9 }), fc.integer({ min: 0, max: 6 }))
  .map(([digits, decimals]) => Number(`${digits}e-${decimals}`));
const anyValue = fc.oneof(
  meterValue,
  fc.double(),
  // One unit in the last place beside a meter's value: the noise of sums in binary.
  meterValue.map((value) => value * (1 + Number.EPSILON)),
  meterValue.map((value) => value / 3),
);
const resolution = fc.oneof(
  fc.constantFrom(1, 10, 100, 1_000, 10_000, 1_000_000, 0xffff_ffff),
  fc.integer({ min: 1, max: 0xffff_ffff }),
);

describe('counts', () => {
  it.each([
    [1.234, 'kWh', 1_000, 1_234],
    [0.1 + 0.2, 'kWh', 1_000, 300],
    [1.0005, 'kWh', 1_000, 1_001],
    [-1.0005, 'kWh', 1_000, -1_001],
    [1.0004999, 'kWh', 1_000, 1_000],
    [230.15, 'V', 100, 2_302],
    [0.125, 'm3', 10, 12_500],
    [1, 'MJ', 1, 277_778],
    [68, 'degF', 1, 20_000],
    [-0.0000001, 'kWh', 1_000, 0],
  ])('%d %s at resolution %d is %d', (value, unit, thousandths, count) => {
    expect(toCounts(value, unit, thousandths)).toBe(count);
    expect(countsConverter(unit, thousandths).toCounts(value)).toBe(count);
  });

  it('is the same on the fast path and on the exact one', () => {
    fc.assert(
      fc.property(fc.constantFrom(...unitNames), resolution, anyValue, (unit, thousandths, value) => {
        const fast = countsConverter(unit, thousandths).toCounts(value);
        expect(fast).toBe(toCounts(value, unit, thousandths));
        expect(Object.is(fast, -0)).toBe(false);
      }),
      { numRuns: 5_000 },
    );
  });

  it('is the same at exact halves and next to them', () => {
    const cases = fc.tuple(
      fc.constantFrom('kWh', 'MWh', 'L', 'm3', 'MJ', 'therm', 'GJ', 'V'),
      fc.constantFrom(1, 10, 1_000, 3_600),
      fc.integer({ min: -(10 ** 9), max: 10 ** 9 }),
      fc.constantFrom(0, 1, -1, 2, -2),
    );
    fc.assert(
      fc.property(cases, ([unit, thousandths, whole, ulps]) => {
        const converter = countsConverter(unit, thousandths);
        const half = converter.toUnit(whole + 0.5);
        const value = half * (1 + ulps * Number.EPSILON);
        expect(converter.toCounts(value)).toBe(toCounts(value, unit, thousandths));
      }),
      { numRuns: 3_000 },
    );
  });

  it('comes back from a count', () => {
    const counts = fc.oneof(
      fc.integer({ min: -(10 ** 12), max: 10 ** 12 }),
      fc.constantFrom(0, 1, -1, 2 ** 50, -(2 ** 50)),
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...unitNames),
        fc.constantFrom(1, 10, 1_000),
        counts,
        (unit, thousandths, count) => {
          const converter = countsConverter(unit, thousandths);
          expect(converter.toCounts(converter.toUnit(count))).toBe(count);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('reads back the decimal that was sent', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -(10 ** 12), max: 10 ** 12 }),
        fc.integer({ min: 0, max: 6 }),
        (digits, decimals) => {
          const value = Number(`${digits}e-${decimals}`) + 0;
          const converter = countsConverter('kWh', resolutionFor('kWh', decimals));
          expect(converter.toUnit(converter.toCounts(value))).toBe(value);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('answers NaN for what is not finite or cannot be counted exactly', () => {
    const converter = countsConverter('kWh', 1_000);
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e300, 2 ** 53]) {
      expect(converter.toCounts(value)).toBeNaN();
      expect(toCounts(value, 'kWh', 1_000)).toBeNaN();
    }
    expect(countsConverter('Wh', 1_000).toCounts(Number.MAX_SAFE_INTEGER)).toBe(Number.MAX_SAFE_INTEGER);
    expect(converter.toUnit(Number.NaN)).toBeNaN();
    expect(countsConverter('degF', 1).toUnit(Number.NaN)).toBeNaN();
  });

  it('refuses a unit of another dimension and a bad resolution', () => {
    expect(() => countsConverter('m3', 1_000, 'kWh')).toThrowError(code('UNIT_DIMENSION'));
    expect(countsConverter('MJ', 1_000, 'kWh').unit.symbol).toBe('MJ');
    for (const bad of [0, -1, 1.5, Number.NaN, 2 ** 32]) {
      expect(() => countsConverter('kWh', bad), String(bad)).toThrowError(code('RESOLUTION_INVALID'));
    }
  });
});

describe('resolutionFor', () => {
  it.each([
    ['kWh', 3, 1_000],
    ['kWh', 0, 1_000_000],
    ['kWh', 6, 1],
    ['kWh', 9, 1],
    ['Wh', 0, 1_000],
    ['V', 1, 100],
    ['m3', 3, 1_000],
    ['m3', 2, 10_000],
    ['GWh', 0, 1_000_000_000],
    ['MJ', 0, 1],
    ['degF', 1, 1],
  ])('%s with %d decimals: %d', (unit, decimals, expected) => {
    expect(resolutionFor(unit, decimals)).toBe(expected);
  });

  it('refuses what is no number of decimals', () => {
    expect(() => resolutionFor('kWh', 1.5)).toThrowError(code('RESOLUTION_INVALID'));
  });
});
