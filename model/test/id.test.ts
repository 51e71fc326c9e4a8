import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  acceleratedClock,
  commodities,
  commodityFromCim,
  commodityFromServiceKind,
  commodityTable,
  findUnit,
  isCommodity,
  ManualClock,
  nmiChecksum,
  parseNmi,
  parseSerial,
  systemClock,
} from '../src/index.ts';

const code = (name: string) => expect.objectContaining({ code: name });

describe('NMI', () => {
  it.each([
    ['2001985732', 8],
    ['2001985733', 6],
    ['QAAAVZZZZZ', 3],
    ['VAAA000065', 7],
  ])('%s has the checksum %d', (nmi, checksum) => {
    expect(nmiChecksum(nmi)).toBe(checksum);
    expect(parseNmi(`${nmi}${checksum}`)).toBe(nmi);
    expect(parseNmi(` ${nmi.toLowerCase()} `)).toBe(nmi);
    expect(() => parseNmi(`${nmi}${(checksum + 1) % 10}`)).toThrowError(code('NMI_MALFORMED'));
  });

  it.each(['', '200198573', '2OO1985732', 'I001985732', '200198573288', '20019857-2'])(
    'refuses %j',
    (text) => {
      expect(() => parseNmi(text)).toThrowError(code('NMI_MALFORMED'));
    },
  );

  it('has one right checksum', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9A-HJ-NP-Z]{10}$/), (nmi) => {
        const accepted = [...'0123456789'].filter((digit) => {
          try {
            return parseNmi(nmi + digit) === nmi;
          } catch {
            return false;
          }
        });
        expect(accepted).toEqual([String(nmiChecksum(nmi))]);
      }),
    );
  });
});

describe('serials', () => {
  it('are trimmed and composed, case kept', () => {
    expect(parseSerial('  ACME 0012b ')).toBe('ACME 0012b');
    expect(parseSerial('Za\u0308hler')).toBe('Zähler');
  });

  it.each(['', '   ', 'a\u0000b', 'a\nb', 'x'.repeat(65)])('refuse %j', (text) => {
    expect(() => parseSerial(text)).toThrowError(code('SERIAL_MALFORMED'));
  });
});

describe('clocks', () => {
  it('move by hand', () => {
    const clock = new ManualClock(1_000);
    clock.advanceMs(500);
    expect(clock.nowMs()).toBe(1_500);
    clock.setMs(7);
    expect(clock.nowMs()).toBe(7);
  });

  it('run faster than their base', () => {
    const base = new ManualClock(50);
    const clock = acceleratedClock(1_000_000, 60, base);
    expect(clock.nowMs()).toBe(1_000_000);
    base.advanceMs(1_000);
    expect(clock.nowMs()).toBe(1_060_000);
  });

  it('show the time of the machine', () => {
    const before = Date.now();
    expect(systemClock.nowMs()).toBeGreaterThanOrEqual(before);
    expect(acceleratedClock(5, 1).nowMs()).toBeGreaterThanOrEqual(5);
  });
});

describe('commodities', () => {
  it('come back from their codes', () => {
    for (const name of commodities) {
      expect(isCommodity(name)).toBe(true);
      expect(commodityFromCim(commodityTable[name].cim)).toBe(name);
      expect(commodityFromServiceKind(commodityTable[name].serviceKind)).toBe(name);
      for (const base of commodityTable[name].baseUnits) expect(findUnit(base)?.base).toBe(base);
      expect(findUnit(commodityTable[name].displayUnit)).toBeDefined();
    }
  });

  it('are not guessed', () => {
    expect(commodityFromCim(0)).toBeUndefined();
    expect(commodityFromServiceKind(99)).toBeUndefined();
    expect(isCommodity('toString')).toBe(false);
  });
});
