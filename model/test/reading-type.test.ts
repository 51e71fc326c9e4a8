import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  Accumulation,
  canonicalReadingType,
  describeReadingType,
  Flow,
  formatReadingType,
  isReadingType,
  Kind,
  meaningOfMbus,
  measuringPeriodCode,
  measuringPeriodS,
  Phase,
  parseReadingType,
  readingTypeFields,
  readingTypeFor,
  readingTypeProblems,
  readingTypes,
  unitOfReadingType,
} from '../src/index.ts';

const malformed = expect.objectContaining({ code: 'READING_TYPE_MALFORMED' });

describe('parseReadingType', () => {
  it('names the 18 fields', () => {
    expect(parseReadingType('8.8.0.6.1.1.8.0.0.0.0.2.0.0.128.3.38.0')).toMatchObject({
      macroPeriod: 8,
      aggregate: 8,
      accumulation: 6,
      flow: 1,
      commodity: 1,
      kind: 8,
      tou: 2,
      phase: 128,
      multiplier: 3,
      unit: 38,
      currency: 0,
    });
  });

  it('comes back to its text', () => {
    const fields = fc.tuple(
      ...readingTypeFields.map((name) => fc.integer({ min: name === 'multiplier' ? -30 : 0, max: 65_535 })),
    );
    fc.assert(
      fc.property(fields, (values) => {
        const text = values.join('.');
        expect(formatReadingType(parseReadingType(text))).toBe(text);
      }),
    );
  });

  it.each(['', '1.2.3', '0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.3.72', '0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.3.72.0.0'])(
    'refuses %j',
    (text) => {
      expect(isReadingType(text)).toBe(false);
      expect(() => parseReadingType(text)).toThrowError(malformed);
    },
  );

  it('refuses fields that are no whole numbers in range', () => {
    const good = readingTypes.delivered15Min.split('.');
    for (const bad of ['-1', '1.5', 'x', '', '65536', '1e3', '+1', ' 1']) {
      const text = [...good.slice(0, 4), bad, ...good.slice(5)].join('.');
      expect(isReadingType(text), text).toBe(false);
    }
  });
});

describe('readingTypeFor', () => {
  const text = (spec: Parameters<typeof readingTypeFor>[0]) => formatReadingType(readingTypeFor(spec));

  it('builds the usual ones', () => {
    const energy = { commodity: 'electricity', kind: Kind.energy, unit: 'kWh' } as const;
    expect(text({ ...energy, measuringPeriodS: 900 })).toBe(readingTypes.delivered15Min);
    expect(text({ ...energy, measuringPeriodS: 1_800, flow: Flow.received })).toBe(
      readingTypes.received30Min,
    );
    expect(text(energy)).toBe(readingTypes.deliveredRegister);
    expect(text({ ...energy, macroPeriod: 11 })).toBe(readingTypes.deliveredDailyRegister);
    expect(text({ ...energy, unit: 'kvarh', measuringPeriodS: 900, flow: Flow.lagging })).toBe(
      readingTypes.reactiveLagging15Min,
    );
    expect(text({ commodity: 'electricity', kind: Kind.voltage, unit: 'V', phase: Phase.a })).toBe(
      readingTypes.voltagePhaseA,
    );
    expect(
      text({
        commodity: 'electricity',
        kind: Kind.demand,
        unit: 'kW',
        macroPeriod: 8,
        aggregate: 8,
        accumulation: Accumulation.indicating,
      }),
    ).toBe(readingTypes.maximumDemand);
    expect(text({ commodity: 'gas', kind: Kind.volume, unit: 'm3', measuringPeriodS: 3_600 })).toBe(
      readingTypes.gas60Min,
    );
    expect(text({ commodity: 'water', kind: Kind.volume, unit: 'L' })).toBe(readingTypes.waterRegister);
    expect(text({ commodity: 'heat', kind: Kind.energy, unit: 'kWh' })).toBe(readingTypes.heatRegister);
  });

  it('keeps unit, commodity and known interval lengths', () => {
    const type = readingTypeFor({ commodity: 'heat', kind: Kind.energy, unit: 'MWh', measuringPeriodS: 300 });
    expect(unitOfReadingType(type)?.symbol).toBe('MWh');
    expect(measuringPeriodS(type)).toBe(300);
    expect(measuringPeriodCode(777)).toBe(0);
  });

  it('refuses a unit CIM has no code for', () => {
    expect(() => text({ commodity: 'heat', kind: Kind.energy, unit: 'Gcal' })).toThrowError(malformed);
  });
});

describe('words', () => {
  it.each([
    [readingTypes.delivered15Min, '15-minute energy delivered, kWh'],
    [readingTypes.received60Min, '60-minute energy received, kWh'],
    [readingTypes.deliveredRegister, 'energy delivered register, kWh'],
    [readingTypes.reactiveLagging15Min, '15-minute reactive energy lagging, kvarh'],
    [readingTypes.maximumDemand, 'monthly maximum demand delivered, kW'],
    [readingTypes.voltagePhaseA, 'voltage phase A, V'],
    [readingTypes.gas60Min, '60-minute gas volume, m³'],
    [readingTypes.water60Min, '60-minute water volume, L'],
    [readingTypes.heatRegister, 'heat energy register, kWh'],
    ['0.0.0.1.1.1.12.0.0.0.0.2.0.0.0.3.72.0', 'energy delivered register rate 2, kWh'],
  ])('%s: %s', (text, words) => {
    expect(describeReadingType(parseReadingType(text))).toBe(words);
  });

  it('has no doubts about the constants, and tells what it does not know', () => {
    for (const text of Object.values(readingTypes))
      expect(readingTypeProblems(parseReadingType(text))).toEqual([]);
    expect(readingTypeProblems(parseReadingType('0.0.99.4.1.99.999.0.0.0.0.0.0.0.77.3.999.0'))).toHaveLength(
      5,
    );
  });

  it('are found for any reading type', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(300), { minLength: 18, maxLength: 18 }), (fields) => {
        expect(describeReadingType(parseReadingType(fields.join('.'))).length).toBeGreaterThan(0);
      }),
    );
  });
});

describe('vendor variants', () => {
  const canonical = (text: string) => formatReadingType(canonicalReadingType(parseReadingType(text)));

  it.each([
    ['0.0.2.9.1.1.12.0.0.0.0.0.0.0.0.3.72.0', readingTypes.delivered15Min],
    ['0.12.2.4.1.1.12.0.0.0.0.0.0.0.769.3.72.0', readingTypes.delivered15Min],
    ['0.0.2.4.1.2.12.0.0.0.0.0.0.0.0.3.72.0', readingTypes.delivered15Min],
    ['0.0.0.9.19.1.12.0.0.0.0.0.0.0.224.3.72.0', readingTypes.receivedRegister],
    ['0.0.0.12.0.1.54.0.0.0.0.0.0.0.129.0.29.0', readingTypes.voltagePhaseA],
  ])('%s is %s', (variant, text) => {
    expect(canonical(variant)).toBe(text);
  });

  it('leaves a register that is read every 15 minutes a register', () => {
    const profile = '0.0.2.1.1.1.12.0.0.0.0.0.0.0.0.3.72.0';
    expect(canonical(profile)).toBe(profile);
  });

  it('leaves the canonical as they are, and need one pass', () => {
    for (const text of Object.values(readingTypes)) expect(canonical(text)).toBe(text);
    fc.assert(
      fc.property(fc.array(fc.nat(250), { minLength: 18, maxLength: 18 }), (fields) => {
        const once = canonical(fields.join('.'));
        expect(canonical(once)).toBe(once);
      }),
    );
  });
});

describe('meaningOfMbus', () => {
  const water = { medium: 7, table: 'primary', vif: 0x13, function: 0, tariff: 0, storage: 0 } as const;

  it.each([
    [water, 'water volume register, m³', -3],
    [{ ...water, medium: 3, vif: 0x14 }, 'gas volume register, m³', -2],
    [{ ...water, medium: 4, vif: 0x06 }, 'heat energy register, Wh', 3],
    [{ ...water, medium: 4, vif: 0x0f }, 'heat energy register, J', 7],
    [{ ...water, medium: 2, vif: 0x03, tariff: 1 }, 'energy delivered register rate 1, Wh', 0],
    [{ ...water, medium: 4, vif: 0x5a }, 'heat temperature, °C', -1],
    [{ ...water, medium: 4, table: 'fb', vif: 0x00 }, 'heat energy register, MWh', -1],
    [{ ...water, medium: 2, table: 'fd', vif: 0x48 }, 'voltage, V', -1],
    [{ ...water, medium: 2, vif: 0x2b, function: 1 }, 'maximum demand delivered, W', 0],
    [{ ...water, medium: 2, vif: 0x03, received: true }, 'energy received register, Wh', 0],
    [{ ...water, received: true, table: 'fd', vif: 0x48, medium: 2 }, 'voltage, V', -1],
    [{ ...water, medium: 2, table: 'fd', vif: 0x48, phase: 64 }, 'voltage phase B, V', -1],
    [{ ...water, medium: 8, vif: 0x6e }, 'heat reading register, count', 0],
    [{ ...water, medium: 2, table: 'fb', vif: 0x05 }, 'apparent energy delivered register, kVAh', 1],
    [{ ...water, medium: 2, table: 'fb', vif: 0x17 }, 'reactive power lagging, kvar', 0],
    [{ ...water, medium: 2, table: 'fb', vif: 0x36 }, 'apparent power delivered, kVA', -1],
    [{ ...water, medium: 2, table: 'fb', vif: 0x2e }, 'frequency, Hz', -1],
    [{ ...water, table: 'fb', vif: 0x21 }, 'water volume register, ft³', -1],
  ] as const)('%j is %s', (record, words, powerOfTen) => {
    const meaning = meaningOfMbus(record);
    expect(describeReadingType(meaning!.readingType)).toBe(words);
    expect(meaning!.powerOfTen).toBe(powerOfTen);
  });

  it('is a delta on a channel with intervals', () => {
    expect(describeReadingType(meaningOfMbus(water, 3_600)!.readingType)).toBe('60-minute water volume, m³');
  });

  it('has none for the past, for errors and for what is not in the tables', () => {
    expect(meaningOfMbus({ ...water, storage: 1 })).toBeUndefined();
    expect(meaningOfMbus({ ...water, function: 3 })).toBeUndefined();
    expect(meaningOfMbus({ ...water, medium: 200 })).toBeUndefined();
    expect(meaningOfMbus({ ...water, vif: 0x7f })).toBeUndefined();
    expect(meaningOfMbus({ ...water, function: 9 })).toBeUndefined();
  });
});
