import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import {
  civilDate,
  DAY_S,
  formatInstant,
  formatWall,
  isZone,
  type LocalPolicy,
  parseDay,
  parseInstantS,
  parseLocal,
  ZONE_TABLE_END_S,
  type ZoneTable,
  zoneTable,
} from '../src/index.ts';

const zones = [
  'Europe/Berlin',
  'Europe/London',
  'Europe/Dublin',
  'Europe/Madrid',
  'America/New_York',
  'America/St_Johns',
  'America/Sao_Paulo',
  'America/Caracas',
  'Australia/Lord_Howe',
  'Australia/Sydney',
  'Asia/Kathmandu',
  'Asia/Kolkata',
  'Asia/Beirut',
  'Asia/Tehran',
  'Asia/Pyongyang',
  'Africa/Casablanca',
  'Africa/Cairo',
  'Pacific/Apia',
  'Pacific/Chatham',
  'Antarctica/Troll',
];

/** Offset by formatting a wall clock: knows nothing of transitions. */
function intlOffset(zone: string): (utcS: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    calendar: 'iso8601',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  return (utcS) => {
    const part = Object.fromEntries(format.formatToParts(utcS * 1_000).map((p) => [p.type, Number(p.value)]));
    const wall = Date.UTC(part.year!, part.month! - 1, part.day!, part.hour, part.minute, part.second);
    return wall / 1_000 - utcS;
  };
}

const zoned = (utcS: number, zone: string) =>
  Temporal.Instant.fromEpochMilliseconds(utcS * 1_000).toZonedDateTimeISO(zone);

function temporalDayStart(day: number, zone: string): number {
  const { year, month, day: dayOfMonth } = civilDate(day);
  const date = new Temporal.PlainDate(year, month, dayOfMonth);
  return date.toZonedDateTime(zone).epochMilliseconds / 1_000;
}

function temporalResolve(localS: number, zone: string, disambiguation: LocalPolicy): number | 'rejected' {
  try {
    const local = Temporal.PlainDateTime.from(formatWall(localS));
    return local.toZonedDateTime(zone, { disambiguation }).epochMilliseconds / 1_000;
  } catch {
    return 'rejected';
  }
}

function resolveOrRejected(table: ZoneTable, localS: number, policy: LocalPolicy): number | 'rejected' {
  try {
    return table.resolve(localS, policy);
  } catch (error) {
    expect(error).toMatchObject({ code: 'TIME_NOT_UNIQUE' });
    return 'rejected';
  }
}

describe.each(zones)('ZoneTable of %s against Temporal', (zone) => {
  const table = zoneTable(zone);
  const changes = [...table.at];

  it('has the offset on either side of every rule change, a second and a day away', () => {
    for (const at of changes) {
      for (const utcS of [at - DAY_S, at - 1, at, at + 1, at + DAY_S]) {
        expect(table.offsetAt(utcS), formatInstant(utcS)).toBe(zoned(utcS, zone).offsetNanoseconds / 1e9);
      }
    }
  });

  it('misses no rule change: offsets agree with Intl every third day from 1970 to 2037', () => {
    const offset = intlOffset(zone);
    for (let utcS = 0; utcS < ZONE_TABLE_END_S; utcS += 3 * DAY_S) {
      if (table.offsetAt(utcS) !== offset(utcS)) expect.fail(`${zone} ${formatInstant(utcS)}`);
    }
  });

  it('starts the days around every rule change where Temporal does', () => {
    for (const at of changes) {
      const near = table.localDayOf(at);
      for (let day = near - 1; day <= near + 2; day++) {
        expect(table.dayStart(day), `${zone} day ${day}`).toBe(temporalDayStart(day, zone));
      }
    }
  });

  it('resolves local times around every rule change as Temporal does, by each policy', () => {
    for (const at of changes) {
      const before = at + table.offsetAt(at - 1);
      const after = at + table.offsetAt(at);
      const middle = Math.floor((before + after) / 2);
      for (const wall of [Math.min(before, after) - 1, before, after, middle]) {
        for (const policy of ['earlier', 'later', 'reject'] as const) {
          const expected = temporalResolve(wall, zone, policy);
          expect(resolveOrRejected(table, wall, policy), `${formatWall(wall)} ${policy}`).toBe(expected);
        }
      }
    }
  });

  it('finds every instant again from its wall clock', () => {
    const around = changes.length > 0 ? fc.constantFrom(...changes) : fc.constant(DAY_S);
    const instants = fc.oneof(
      fc.integer({ min: 0, max: ZONE_TABLE_END_S - 1 }),
      fc.tuple(around, fc.integer({ min: -90_000, max: 90_000 })).map(([at, by]) => Math.max(0, at + by)),
    );
    fc.assert(
      fc.property(instants, (utcS) => {
        const found = table.instantsOf(table.localAt(utcS));
        expect(found).toContain(utcS);
        expect(found.length).toBeLessThanOrEqual(2);
        expect(table.firstAtOrAfter(table.localAt(utcS))).toBe(found[0]);
      }),
      { numRuns: 200 },
    );
  });

  it('gives the same answer in any order of asking', () => {
    const fresh = zoneTable(zone);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: ZONE_TABLE_END_S }), { maxLength: 20 }), (times) => {
        const forward = times.map((t) => fresh.offsetAt(t));
        const backward = [...times].reverse().map((t) => fresh.offsetAt(t));
        expect(backward.reverse()).toEqual(forward);
      }),
      { numRuns: 30 },
    );
  });
});

describe('known days', () => {
  const start = (zone: string, day: string) =>
    zoneTable(zone).format(zoneTable(zone).dayStart(parseDay(day)));

  it('starts after a midnight that does not exist', () => {
    expect(start('America/Sao_Paulo', '2018-11-04')).toBe('2018-11-04T01:00:00-02:00');
    expect(start('Asia/Beirut', '2021-03-28')).toBe('2021-03-28T01:00:00+03:00');
    expect(start('Africa/Cairo', '2014-08-01')).toBe('2014-08-01T01:00:00+03:00');
  });

  it('gives a skipped date no length', () => {
    const apia = zoneTable('Pacific/Apia');
    expect(apia.dayStart(parseDay('2011-12-30'))).toBe(apia.dayStart(parseDay('2011-12-31')));
    expect(formatInstant(apia.dayStart(parseDay('2011-12-30')))).toBe('2011-12-30T10:00:00Z');
  });

  it('names the local date of an instant', () => {
    const berlin = zoneTable('Europe/Berlin');
    expect(berlin.localDayOf(parseInstantS('2026-03-28T22:59:59Z'))).toBe(parseDay('2026-03-28'));
    expect(berlin.localDayOf(parseInstantS('2026-03-28T23:00:00Z'))).toBe(parseDay('2026-03-29'));
  });

  it('answers with no, one or two instants', () => {
    const berlin = zoneTable('Europe/Berlin');
    expect(berlin.instantsOf(parseLocal('2026-03-29T02:30'))).toEqual([]);
    expect(berlin.instantsOf(parseLocal('2026-03-29T03:00')).map(formatInstant)).toEqual([
      '2026-03-29T01:00:00Z',
    ]);
    expect(berlin.instantsOf(parseLocal('2026-10-25T02:30')).map(formatInstant)).toEqual([
      '2026-10-25T00:30:00Z',
      '2026-10-25T01:30:00Z',
    ]);
  });
});

describe('zoneTable', () => {
  it('makes a table once', () => {
    expect(zoneTable('Europe/Berlin')).toBe(zoneTable('Europe/Berlin'));
  });

  it('knows fixed offsets and UTC', () => {
    expect(zoneTable('+10:00').offsetAt(0)).toBe(36_000);
    expect(zoneTable('-03:30').format(0)).toBe('1969-12-31T20:30:00-03:30');
    expect(zoneTable('UTC').dayStart(1)).toBe(DAY_S);
    expect(zoneTable('Africa/Monrovia').format(0)).toBe('1969-12-31T23:15:30-00:44:30');
  });

  it('refuses a zone that does not exist', () => {
    expect(isZone('Europe/Berlin')).toBe(true);
    for (const zone of ['Europe/Atlantis', '', 'nonsense', '+99:00', '__proto__']) {
      expect(isZone(zone), zone).toBe(false);
      expect(() => zoneTable(zone)).toThrowError(expect.objectContaining({ code: 'ZONE_UNKNOWN' }));
    }
  });
});
