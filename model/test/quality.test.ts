import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  cimOfReason,
  hasReason,
  isQualityCode,
  methodReasons,
  nem12Methods,
  parseQuality,
  Quality,
  qualityFromCim,
  qualityFromEspi,
  qualityFromNem12,
  qualityName,
  qualityToCim,
  qualityToEspi,
  qualityToNem12,
  Reason,
  reasonNames,
  reasonsOf,
  withReason,
} from '../src/index.ts';

const unknown = expect.objectContaining({ code: 'QUALITY_UNKNOWN' });
const states = Object.values(Quality);
const anyState = fc.constantFrom(...states);
const anyFlags = fc.integer({ min: 0, max: 0xffff_ffff });

describe('names', () => {
  it('come back from every code', () => {
    for (const state of states) expect(parseQuality(qualityName(state))).toBe(state);
    expect(states.every(isQualityCode)).toBe(true);
    expect(isQualityCode(0)).toBe(false);
  });

  it('are read in any case and in the words of others', () => {
    expect(parseQuality(' VALID ')).toBe(Quality.valid);
    expect(parseQuality('Actual')).toBe(Quality.raw);
    expect(parseQuality('substituted')).toBe(Quality.estimated);
    for (const bad of ['', 'fine', '__proto__', 'constructor', 'toString']) {
      expect(() => parseQuality(bad), bad).toThrowError(unknown);
    }
    expect(() => qualityName(77)).toThrowError(unknown);
  });
});

describe('reasons', () => {
  it('are 32 different bits that a UInt32 column keeps', () => {
    expect(new Set(Object.values(Reason)).size).toBe(32);
    expect(Object.values(Reason).reduce((a, b) => a + b, 0)).toBe(0xffff_ffff);
    const column = Uint32Array.of(withReason(Reason.late, Reason.deviceError));
    expect(column[0]).toBe(0x8000_0001);
    expect(reasonsOf(column[0]!)).toEqual(['late', 'deviceError']);
  });

  it('come back from their names', () => {
    fc.assert(
      fc.property(anyFlags, (flags) => {
        const back = reasonsOf(flags).reduce((all, name) => withReason(all, Reason[name]), 0);
        expect(back).toBe(flags);
      }),
    );
  });
});

describe('CIM', () => {
  it.each([
    [Quality.raw, 0, ['1.0.0']],
    [Quality.valid, 0, ['3.0.1']],
    [Quality.estimated, Reason.linear | Reason.powerFail, ['3.8.0', '1.2.32', '3.8.1001']],
    [Quality.edited, Reason.manual, ['3.7.0', '2.4.131']],
    [Quality.missing, 0, ['2.5.259']],
    [Quality.projected, 0, ['3.12.0']],
  ])('state %d with reasons %d is %j', (quality, flags, codes) => {
    expect(qualityToCim(quality, flags)).toEqual(codes);
  });

  it('reads what others write', () => {
    expect(qualityFromCim(['1.4.2', '1.2.32'])).toEqual({
      quality: Quality.raw,
      flags: Reason.partial | Reason.powerFail,
      unknown: [],
    });
    expect(qualityFromCim(['2.0.0', '3.5.258']).quality).toBe(Quality.questionable);
    expect(qualityFromCim(['3.5.258']).quality).toBe(Quality.questionable);
    expect(qualityFromCim(['3.6.5']).quality).toBe(Quality.questionable);
    expect(qualityFromCim(['3.8.0', '3.0.1']).quality).toBe(Quality.estimated);
    expect(qualityFromCim(['3.0.0']).quality).toBe(Quality.valid);
    expect(qualityFromCim(['x', '1.2', '9.9.9', '1.1.1']).unknown).toEqual(['x', '1.2', '9.9.9', '1.1.1']);
  });

  it('brings back the state always, and every reason that has a code and may be said', () => {
    fc.assert(
      fc.property(anyState, anyFlags, (quality, flags) => {
        const back = qualityFromCim(qualityToCim(quality, flags).reverse());
        expect(qualityName(back.quality)).toBe(qualityName(quality));
        expect(back.unknown).toEqual([]);
        const measured = quality <= Quality.verified;
        for (const name of reasonNames) {
          const lost = cimOfReason[name] === null || (measured && hasReason(methodReasons, Reason[name]));
          expect(hasReason(back.flags, Reason[name]), name).toBe(hasReason(flags, Reason[name]) && !lost);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('gives no two reasons one code', () => {
    const codes = Object.values(cimOfReason).filter((code) => code !== null);
    expect(new Set(codes.map((code) => code.slice(2))).size).toBe(codes.length);
  });
});

describe('ESPI', () => {
  it('brings back the state of all but a missing reading', () => {
    fc.assert(
      fc.property(anyState, anyFlags, (quality, flags) => {
        const code = qualityToEspi(quality, flags);
        if (quality === Quality.missing) expect(code).toBeUndefined();
        else expect(qualityName(qualityFromEspi(code!)!.quality)).toBe(qualityName(quality));
      }),
    );
  });

  it('reads every code of the standard', () => {
    const known = Array.from({ length: 25 }, (_, code) => code).filter((code) => qualityFromEspi(code));
    expect(known).toEqual([0, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19]);
    expect(qualityToEspi(Quality.estimated, Reason.linear)).toBe(9);
    expect(qualityFromEspi(9)).toEqual({ quality: Quality.estimated, flags: Reason.linear });
  });
});

describe('NEM12', () => {
  it.each([
    [Quality.valid, 0, 'A', undefined],
    [Quality.estimated, Reason.linear, 'S17', 0],
    [Quality.estimated, Reason.averageLikeDay, 'S15', 0],
    [Quality.estimated, Reason.outageZero | Reason.powerFail, 'S19', 43],
    [Quality.edited, 0, 'S18', 0],
    [Quality.derived, Reason.checkMeter, 'S11', 0],
    [Quality.projected, 0, 'E20', undefined],
    [Quality.missing, Reason.late, 'N', undefined],
    [Quality.raw, Reason.powerFail, 'A', 43],
  ])('state %d with reasons %d is %s', (quality, flags, qualityMethod, reasonCode) => {
    expect(qualityToNem12(quality, flags)).toEqual({ qualityMethod, reasonCode });
  });

  it('writes F for a final substitute', () => {
    expect(qualityToNem12(Quality.estimated, Reason.likeDay, true).qualityMethod).toBe('F14');
    expect(qualityFromNem12('F14')).toEqual({
      quality: Quality.estimated,
      flags: Reason.likeDay,
      final: true,
    });
  });

  it('brings back every state the format can say', () => {
    const method = methodReasons & ~Reason.checkMeter;
    fc.assert(
      fc.property(anyState, anyFlags, (quality, flags) => {
        const { qualityMethod, reasonCode } = qualityToNem12(quality, flags);
        const back = qualityFromNem12(qualityMethod, reasonCode);
        const plain =
          quality === Quality.raw || quality === Quality.verified || quality === Quality.questionable;
        const nameless = quality === Quality.estimated && !hasReason(flags, method);
        if (!plain && !nameless) expect(qualityName(back!.quality)).toBe(qualityName(quality));
        else expect(back).toBeDefined();
      }),
      { numRuns: 500 },
    );
  });

  it('reads every method, and refuses flags and methods that do not belong together', () => {
    for (const method of Object.keys(nem12Methods)) {
      expect(qualityFromNem12(`S${method}`)?.quality).toBe(nem12Methods[Number(method)]!.quality);
    }
    for (const bad of ['', 'S', 'E', 'F', 'A14', 'N17', 'S99', 'S1', 'V', 'X', 'S145']) {
      expect(qualityFromNem12(bad), bad).toBeUndefined();
    }
    expect(qualityFromNem12('a')?.quality).toBe(Quality.valid);
    expect(qualityFromNem12('N')?.quality).toBe(Quality.missing);
  });
});
