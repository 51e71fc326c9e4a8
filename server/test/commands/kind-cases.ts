/** Each kind of command with what it must change in a simulated meter, in an order that works. */
import { bytesOf, type CosemValue, elementsOf, numberOf } from '@openami/wire/dlms';
import { expect } from 'vitest';
import { nowS } from '../collection/field.ts';

type Kept = (classId: number, instance: string, attribute: number) => CosemValue | undefined;

interface KindCase {
  /** Which meter; those of one meter run one after the other. */
  readonly on: 3 | 4 | 5;
  readonly kind: string;
  readonly params?: object;
  /** What the preview says; left out where there is nothing to compare with, or it depends on the time. */
  readonly changes?: readonly string[];
  /** What is in force stays as it was for now. */
  readonly comesLater?: true;
  // biome-ignore lint/suspicious/noExplicitAny: answers are looked into freely
  readonly check: (kept: Kept, command: any) => unknown;
}

export const text = (value: CosemValue | undefined) =>
  Buffer.from((value && bytesOf(value)) ?? []).toString('latin1');
const hex = (value: CosemValue | undefined) => Buffer.from((value && bytesOf(value)) ?? []).toString('hex');
const number = (value: CosemValue | undefined) => value && numberOf(value);
const parts = (value: CosemValue | undefined) => (value && elementsOf(value)) ?? [];

const relay = [70, '0.0.96.3.10.255'] as const;
const calendarOf = [20, '0.0.13.0.0.255'] as const;
const pushOf = [40, '0.0.25.9.0.255'] as const;

/** Some time after the commands. */
export const activateAtS = nowS + 3_600;
const tariffs = '0.0.10.0.100.255';
const at00 = { at: '00:00', script: tariffs, selector: 2 };
const calendar = {
  name: 'summer',
  seasons: [
    { name: 'S', start: '04-01', week: 'ws' },
    { name: 'W', start: '10-01', week: 'ww' },
  ],
  weeks: [
    { name: 'ws', days: [1, 1, 1, 1, 1, 2, 2] },
    { name: 'ww', days: [1, 1, 1, 1, 1, 1, 2] },
  ],
  // Given out of order: a meter goes through them by time.
  days: [
    { id: 1, switches: [{ at: '22:00', script: tariffs, selector: 2 }, at00] },
    { id: 2, switches: [at00] },
  ],
};
const later = {
  ...calendar,
  name: 'later',
  weeks: [calendar.weeks[0]!, { name: 'ww', days: Array(7).fill(2) }],
};

export const kindCases: readonly KindCase[] = [
  {
    ...{ on: 5, kind: 'control-mode', params: { mode: 1 }, changes: ['mode: 1 instead of 2.'] },
    check: (kept) => expect(kept(...relay, 4)).toEqual({ type: 'enum', value: 1 }),
  },
  {
    ...{ on: 5, kind: 'disconnect', params: {}, changes: ['The supply is on and goes off.'] },
    check: (kept) => expect(kept(...relay, 2)).toEqual({ type: 'boolean', value: false }),
  },
  {
    ...{ on: 5, kind: 'arm', params: {}, changes: ['control: armed instead of disconnected.'] },
    check: (kept) => {
      expect(kept(...relay, 3)).toEqual({ type: 'enum', value: 2 });
      expect(kept(...relay, 2)).toEqual({ type: 'boolean', value: false });
    },
  },
  { ...{ on: 5, kind: 'control-mode', params: { mode: 4 } }, check: () => undefined },
  {
    ...{ on: 5, kind: 'connect', params: {}, changes: ['The supply is off and comes on.'] },
    check: (kept) => expect(kept(...relay, 2)).toEqual({ type: 'boolean', value: true }),
  },
  {
    ...{ on: 4, kind: 'activity-calendar', params: { calendar } },
    changes: [
      'The calendar is called “summer” instead of “01”.',
      'Season “S” is new: from 04-01 week “ws”.',
      'Season “W” is new: from 10-01 week “ww”.',
      'Week “ws” is new, with the days Monday 1, Tuesday 1, Wednesday 1, Thursday 1, Friday 1, Saturday 2, Sunday 2.',
      'Week “ww” is new, with the days Monday 1, Tuesday 1, Wednesday 1, Thursday 1, Friday 1, Saturday 1, Sunday 2.',
      `Day 1 is new: 22:00 script 2 of ${tariffs}, 00:00 script 2 of ${tariffs}.`,
      `Day 2 is new: 00:00 script 2 of ${tariffs}.`,
    ],
    check: (kept) => {
      expect(text(kept(...calendarOf, 2))).toBe('summer');
      expect(hex(parts(parts(kept(...calendarOf, 3))[0])[1])).toBe('ffff0401ff00000000800000');
      const [, schedule] = parts(parts(kept(...calendarOf, 5))[0]);
      const times = parts(schedule).map((one) => hex(parts(one)[0]));
      expect(times).toEqual(['00000000', '16000000']);
    },
  },
  {
    ...{ on: 4, kind: 'activity-calendar', params: { calendar: later, activateAtS } },
    comesLater: true,
    check: (kept, { after }) => {
      expect(after).toMatchObject({ active: { name: 'summer' }, passive: { name: 'later' }, activateAtS });
      expect(text(kept(...calendarOf, 2))).toBe('summer');
      expect(text(kept(...calendarOf, 6))).toBe('later');
    },
  },
  {
    ...{ on: 4, kind: 'special-days' },
    params: {
      days: [
        { date: '2026-12-25', dayId: 2 },
        { date: '****-01-01', dayId: 2 },
      ],
    },
    changes: [
      '2026-12-25 becomes a special day that follows day 2.',
      'Every 01-01 becomes a special day that follows day 2.',
    ],
    check: (kept) => {
      const days = parts(kept(11, '0.0.11.0.0.255', 2)).map((one) => hex(parts(one)[1]));
      expect(days).toEqual(['07ea0c19ff', 'ffff0101ff']);
    },
  },
  {
    ...{ on: 4, kind: 'push-setup' },
    params: {
      ...{ obis: '0.0.25.9.0.255', destination: '127.0.0.1:9', transport: 'tcp' },
      objects: ['40/0.0.25.9.0.255/2', '3/1.0.1.8.0.255/2'],
    },
    check: (kept) => {
      expect(text(parts(kept(...pushOf, 3))[1])).toBe('127.0.0.1:9');
      expect(parts(kept(...pushOf, 2))).toHaveLength(2);
    },
  },
  {
    ...{ on: 3, kind: 'clock-shift', params: { shiftS: 120 } },
    check: (_kept, { before, after }) =>
      expect(Math.round((after.driftMs - before.driftMs) / 10_000)).toBe(12),
  },
  {
    ...{ on: 3, kind: 'clock-set', params: { toleranceS: 5 } },
    check: (_kept, { before, after }) => {
      expect(before.driftMs).toBeGreaterThan(100_000);
      expect(Math.abs(after.driftMs)).toBeLessThanOrEqual(5000);
    },
  },
  {
    ...{ on: 3, kind: 'load-limit', params: { thresholdW: 4600, minOverS: 20, minUnderS: 90 } },
    check: (kept) => {
      expect([4, 6, 7].map((at) => number(kept(71, '0.0.17.0.0.255', at)))).toEqual([4600, 20, 90]);
    },
  },
  {
    ...{ on: 3, kind: 'billing-reset', params: {} },
    check: (kept, { before, after }) => {
      expect([before.resets, after.resets]).toEqual([0, 1]);
      expect(number(kept(1, '1.0.0.1.0.255', 2))).toBe(1);
    },
  },
  {
    ...{ on: 3, kind: 'script' },
    params: {
      ...{ obis: '0.0.10.0.106.255', script: 1 },
      expect: { classId: 70, obis: '0.0.96.3.10.255', attribute: 2, value: 'false' },
    },
    check: (kept) => expect(kept(...relay, 2)).toEqual({ type: 'boolean', value: false }),
  },
  {
    ...{ on: 3, kind: 'read', params: { items: [{ classId: 7, obis: '0.0.98.1.0.255', attribute: 7 }] } },
    check: (_kept, { after }) => expect(after.values).toEqual(['1']),
  },
];
