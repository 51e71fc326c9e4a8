/** What is known of a meter becomes its state, and what is missing has a name and a hint. */
import { type CommissioningRecord, commodities } from '@openami/model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commissioningProtocols, demandsFor, usualDemands } from '../../src/commissioning/demands.ts';
import { beginCommissioning } from '../../src/commissioning/machine.ts';
import { findingsOf, type MeterSight, observeMeter } from '../../src/commissioning/observe.ts';

const nowS = 2_000_000_000;
const hourS = 3_600;
const demands = demandsFor([], { commodity: 'water', protocol: 'wmbus' });
const nothing: MeterSight = {
  ...{ isInUse: true, keyedS: null, installedS: null, heard: null, lastReadS: null, day: null },
  ...{ startIndex: null, registerIndex: null, gateway: '' },
};
const heard: NonNullable<MeterSight['heard']> = {
  ...{ lastS: nowS - 60, verdict: 'read', code: '', gateways: ['roof'], rssiDbm: -70 },
};
const installed = { ...nothing, keyedS: nowS - 9 * hourS, installedS: nowS - 8 * hourS };
const well: MeterSight = {
  ...{ ...installed, heard, lastReadS: nowS - 60, day: { present: 96, expected: 96 } },
};

function look(sight: MeterSight, record: CommissioningRecord = beginCommissioning(nowS - 10 * hourS)) {
  const after = observeMeter(record, sight, demands, nowS);
  return {
    state: after.state,
    after,
    codes: findingsOf(after, sight, demands, nowS).map(({ code }) => code),
  };
}

describe('what is seen of a meter', () => {
  it.each<[string, MeterSight, string, string[]]>([
    ['delivered without a key', nothing, 'delivered', ['COMMISSION_KEY_MISSING', 'COMMISSION_NOT_INSTALLED']],
    ['keyed', { ...nothing, keyedS: nowS }, 'keyed', ['COMMISSION_NOT_INSTALLED']],
    ['heard in the store room', { ...nothing, heard }, 'keyed', ['COMMISSION_NOT_INSTALLED']],
    ['installed', installed, 'installed', ['COMMISSION_NEVER_HEARD']],
    ['heard', { ...installed, heard }, 'heard', ['COMMISSION_NOT_READ']],
    [
      'heard before it was built in',
      { ...installed, heard: { ...heard, lastS: nowS - 9 * hourS } },
      'installed',
      ['COMMISSION_NEVER_HEARD'],
    ],
    ['read', { ...well, day: null }, 'reading', ['COMMISSION_DAY_INCOMPLETE']],
    [
      'read in part',
      { ...well, day: { present: 9, expected: 96 } },
      'reading',
      ['COMMISSION_DAY_INCOMPLETE'],
    ],
    [
      'read on a day that owed nothing',
      { ...well, day: { present: 0, expected: 0 } },
      'reading',
      ['COMMISSION_DAY_INCOMPLETE'],
    ],
    ['well', well, 'commissioned', []],
    [
      'with a wrong key',
      { ...installed, heard: { ...heard, verdict: 'wrong-key' } },
      'failed',
      ['COMMISSION_KEY_WRONG'],
    ],
    [
      'that cannot be read',
      { ...installed, heard: { ...heard, verdict: 'unreadable', code: 'CODEC_NONE' } },
      'heard',
      ['COMMISSION_UNREADABLE'],
    ],
    ['weak', { ...well, heard: { ...heard, rssiDbm: -108 } }, 'reading', ['COMMISSION_SIGNAL_WEAK']],
    ['elsewhere', { ...well, gateway: 'cellar' }, 'reading', ['COMMISSION_OTHER_GATEWAY']],
    ['under its gateway', { ...well, gateway: 'roof' }, 'commissioned', []],
    [
      'beyond its start index',
      { ...well, startIndex: 3, registerIndex: 23.5 },
      'failed',
      ['COMMISSION_START_IMPLAUSIBLE'],
    ],
    [
      'below its start index',
      { ...well, startIndex: 3, registerIndex: 2.9 },
      'failed',
      ['COMMISSION_START_IMPLAUSIBLE'],
    ],
    ['at its start index', { ...well, startIndex: 3, registerIndex: 3.1 }, 'commissioned', []],
    ['removed', { ...well, isInUse: false }, 'decommissioned', []],
  ])('%s', (_, sight, state, codes) => {
    expect(look(sight)).toMatchObject({ state, codes });
  });

  it('is late once the demand is over, and counted anew from a retry', () => {
    const since = { ...installed, keyedS: nowS - 15 * hourS, installedS: nowS - 13 * hourS };
    const { after } = look(since, beginCommissioning(nowS - 20 * hourS));
    expect(findingsOf(after, since, demands, nowS)).toMatchObject([
      { isLate: true, detail: 'waits 13 h of 12 h' },
    ]);
    const again = { ...after, waitS: nowS - hourS };
    expect(findingsOf(again, since, demands, nowS)).toMatchObject([{ isLate: false }]);
  });

  it('heals by itself: the right key, the place, the day', () => {
    const wrong = look({ ...installed, heard: { ...heard, verdict: 'wrong-key' } });
    const right = look(well, wrong.after);
    expect(right.state).toBe('commissioned');
    const moved = look(nothing, look(installed).after);
    expect(moved.state).toBe('delivered');
    const gone = look({ ...well, isInUse: false }, right.after);
    expect(look(well, gone.after)).toMatchObject({ state: 'commissioned' });
  });

  const sights = fc.record({
    isInUse: fc.boolean(),
    keyedS: fc.option(fc.integer({ min: 0, max: nowS })),
    installedS: fc.option(fc.integer({ min: 0, max: nowS * 2 })),
    heard: fc.option(
      fc.record({
        lastS: fc.integer({ min: 0, max: nowS }),
        verdict: fc.constantFrom('read', 'plain', 'no-key', 'wrong-key', 'unreadable'),
        code: fc.constantFrom('', 'MBUS_NO_KEY'),
        gateways: fc.subarray(['roof', 'cellar/stick']),
        rssiDbm: fc.option(fc.integer({ min: -130, max: -30 })),
      }),
    ),
    lastReadS: fc.option(fc.integer({ min: 0, max: nowS * 2 })),
    day: fc.option(fc.record({ present: fc.nat(96), expected: fc.nat(96) })),
    startIndex: fc.option(fc.integer({ min: 0, max: 50 })),
    registerIndex: fc.option(fc.integer({ min: 0, max: 50 })),
    gateway: fc.constantFrom('', 'cellar'),
  }) as fc.Arbitrary<MeterSight>;

  it('says what is missing of every meter that is not there yet, and looking twice changes nothing', () => {
    fc.assert(
      fc.property(fc.array(sights, { minLength: 1, maxLength: 6 }), (list) => {
        let record = beginCommissioning(nowS - 1_000);
        for (const [i, sight] of list.entries()) {
          const atS = nowS + i;
          record = observeMeter(record, sight, demands, atS);
          expect(observeMeter(record, sight, demands, atS)).toBe(record);
          const isThere = record.state === 'commissioned' || record.state === 'decommissioned';
          const found = findingsOf(record, sight, demands, atS);
          if (isThere) expect(found).toEqual([]);
          else expect(found.length).toBeGreaterThan(0);
          const { installed: placeS, heard: heardS } = record.marks;
          if (placeS !== undefined && heardS !== undefined && record.state === 'heard')
            expect(heardS).toBeLessThanOrEqual(atS);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('demands', () => {
  it('are complete for every commodity and protocol, and a later rule goes before', () => {
    const names = Object.keys(usualDemands[0]!).sort();
    for (const commodity of commodities)
      for (const protocol of commissioningProtocols)
        expect(Object.keys(demandsFor([], { commodity, protocol })).sort()).toEqual(names);
    const own = [{ commodity: 'gas', heardWithinH: 1 } as const];
    expect(demandsFor(own, { commodity: 'gas', protocol: 'wmbus' })).toMatchObject({
      heardWithinH: 1,
      isKeyed: true,
    });
    expect(demandsFor(own, { commodity: 'water', protocol: 'wmbus' }).heardWithinH).toBe(12);
  });
});
