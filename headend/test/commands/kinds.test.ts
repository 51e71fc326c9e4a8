import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ActivityCalendar } from '../../src/commands/calendar.ts';
import type { Observation } from '../../src/commands/kind-shape.ts';
import {
  type CommandKindName,
  commandKindNames,
  differencesFrom,
  paramProblems,
} from '../../src/commands/kinds.ts';
import { defaultPolicy, maySend, needsApproval, policyProblems } from '../../src/commands/safety.ts';

const at00 = { at: '00:00', script: '0.0.10.0.100.255', selector: 1 };
const calendar: ActivityCalendar = {
  name: 'T2',
  seasons: [{ name: 'all', start: '01-01', week: 'w' }],
  weeks: [{ name: 'w', days: [1, 1, 1, 1, 1, 2, 2] }],
  days: [
    { id: 1, switches: [at00, { at: '06:00', script: '0.0.10.0.100.255', selector: 2 }] },
    { id: 2, switches: [at00] },
  ],
};
const expected = { classId: 3, obis: '1.0.1.8.0.255', attribute: 2, value: '7' };
const relay = (outputOn: boolean, control: string, mode = 4) => ({ outputOn, control, mode });
const limits = { thresholdW: 4000, minOverS: 30, minUnderS: 60 };
const push = { destination: 'hes.example.org:4059', transport: 'tcp', objects: ['1/0.0.42.0.0.255/2'] };
const loaded = (active: ActivityCalendar, passive: ActivityCalendar | null, activateAtS: number | null) => ({
  ...{ active, passive, activateAtS },
});
const older = { ...calendar, name: 'T1' };

/** Parameters; what is read when it is done; what is read when it is not; what was read before. */
const cases: [CommandKindName, object, unknown, unknown, unknown?][] = [
  ['disconnect', {}, relay(false, 'disconnected'), relay(true, 'connected')],
  ['disconnect', {}, relay(false, 'armed'), relay(true, 'connected')],
  ['connect', {}, relay(true, 'connected'), relay(false, 'armed')],
  ['arm', {}, relay(false, 'armed'), relay(false, 'disconnected')],
  ['arm', {}, relay(true, 'connected'), relay(false, 'disconnected')],
  ['control-mode', { mode: 2 }, relay(true, 'connected', 2), relay(true, 'connected', 4)],
  ['load-limit', limits, limits, { ...limits, thresholdW: 4001 }],
  ['clock-set', { toleranceS: 5 }, { driftMs: -5000 }, { driftMs: 5001 }],
  ['clock-shift', { shiftS: -60 }, { driftMs: 3000 }, { driftMs: 62_000 }, { driftMs: 62_000 }],
  ['activity-calendar', { calendar }, loaded(calendar, null, null), loaded(older, calendar, null)],
  ['activity-calendar', { calendar, activateAtS: 9 }, loaded(older, calendar, 9), loaded(older, calendar, 8)],
  ['activity-calendar', { calendar, activateAtS: 9 }, loaded(calendar, null, null), loaded(older, older, 9)],
  [
    'special-days',
    {
      days: [
        { date: '2026-12-25', dayId: 2 },
        { date: '****-01-01', dayId: 2 },
      ],
    },
    {
      days: [
        { date: '****-01-01', dayId: 2 },
        { date: '2026-12-25', dayId: 2 },
      ],
    },
    { days: [{ date: '2026-12-25', dayId: 2 }] },
  ],
  ['billing-reset', {}, { resets: 0 }, { resets: 99 }, { resets: 99 }],
  [
    'read',
    { items: [{ classId: 3, obis: '1.0.1.8.0.255', attribute: 2 }] },
    { values: ['1'] },
    { values: [] },
  ],
  ['script', { obis: '0.0.10.0.106.255', script: 1, expect: expected }, { values: ['7'] }, { values: ['8'] }],
  ['push-setup', { obis: '0.0.25.9.0.255', ...push }, push, { ...push, objects: [] }],
  ['firmware-activate', { identifier: 'A1B2', version: '2.0' }, { version: '2.0' }, { version: '1.9' }],
  ['downlink', { fPort: 10, hex: '00ff' }, { acknowledged: true }, { acknowledged: false }],
  ['downlink', { fPort: 10, data: '{"open":true}' }, { acknowledged: true }, { acknowledged: false }],
  [
    'lwm2m-write',
    { path: '/3312/0/5850', type: 'boolean', value: 'true' },
    { values: ['1'] },
    { values: [] },
  ],
  ['lwm2m-write', { path: '/1/0/1', type: 'integer', value: '60' }, { values: ['60'] }, { values: ['6'] }],
  ['lwm2m-write', { path: '/1/0/1', type: 'float', value: '1.50' }, { values: ['1.5'] }, { values: ['x'] }],
  ['lwm2m-write', { path: '/1/0/1', type: 'string', value: 'a' }, { values: ['a'] }, { values: ['1'] }],
  [
    ...(['lwm2m-execute', { path: '/3/0/4', expect: { path: '/3/0/11', value: '0' } }] as const),
    ...([{ values: ['0'] }, { values: ['8'] }] as const),
  ],
];

describe('kinds of commands', () => {
  it('are all here', () => {
    expect(new Set(cases.map(([kind]) => kind))).toEqual(new Set(commandKindNames));
  });

  it.each(cases)('%s %j is told from not done', (kind, params, done, not, before) => {
    expect(paramProblems(kind, params)).toEqual([]);
    const from = (after: unknown) =>
      differencesFrom(kind, params, (before ?? null) as Observation, after as Observation);
    expect(from(done)).toEqual([]);
    expect(from(not)).not.toEqual([]);
  });

  it('that count from before are never done without having been read before', () => {
    expect(differencesFrom('billing-reset', {}, null, { resets: 5 })).not.toEqual([]);
    expect(differencesFrom('clock-shift', { shiftS: 60 }, null, { driftMs: 60_000 })).not.toEqual([]);
  });

  it('show what of a calendar is otherwise', () => {
    const [monday, ...rest] = calendar.days;
    const later = [{ ...monday!, switches: [at00, { ...monday!.switches[1]!, at: '07:00' }] }, ...rest];
    const active = { ...calendar, days: [...later].reverse() };
    expect(differencesFrom('activity-calendar', { calendar }, null, loaded(active, null, null))).toEqual([
      { path: 'active.day.1.06:00', meter: null, wanted: '0.0.10.0.100.255 2' },
      { path: 'active.day.1.07:00', meter: '0.0.10.0.100.255 2', wanted: null },
    ]);
  });

  it.each([
    ['control-mode', { mode: 7 }, 'mode must be'],
    ['downlink', { fPort: 224, hex: '' }, 'fPort must be'],
    ['downlink', { fPort: 1, hex: 'abc' }, 'hex must look like'],
    ['downlink', { fPort: 1, hex: 'ab', data: '1' }, 'not both'],
    ['downlink', { fPort: 1, data: '{' }, 'not JSON'],
    ['lwm2m-write', { path: '/3312', type: 'boolean', value: '1' }, 'path must look like'],
    ['lwm2m-write', { path: '/3312/0/5850', type: 'boolean', value: '2' }, 'no boolean'],
    ['lwm2m-write', { path: '/1/0/1', type: 'integer', value: '1.5' }, 'no integer'],
    [
      'lwm2m-execute',
      { path: '/3/0/4', arguments: "0='a'b", expect: { path: '/3/0/11', value: '0' } },
      'arguments must look like',
    ],
    ['control-mode', { mode: 2.5 }, 'mode must be'],
    ['control-mode', {}, 'mode is missing'],
    ['disconnect', { hard: true }, 'hard is not known'],
    ['disconnect', [], 'it must be an object'],
    ['clock-shift', { shiftS: 5 }, 'more than 10 s'],
    ['firmware-activate', { identifier: 'xyz', version: '2' }, 'identifier must look like'],
    ['activity-calendar', { calendar: { ...calendar, weeks: [] } }, 'calendar.weeks must be'],
    [
      'activity-calendar',
      { calendar: { ...calendar, weeks: [{ name: 'w', days: [1, 1, 1, 1, 1, 9, 9] }] } },
      'no day 9',
    ],
    [
      'activity-calendar',
      {
        calendar: { ...calendar, days: [...calendar.days, { id: 3, switches: [{ ...at00, at: '01:00' }] }] },
      },
      '00:00',
    ],
    // the disconnect control: a supply would be cut by the clock of the meter, past all that guards one
    [
      'activity-calendar',
      {
        calendar: { ...calendar, days: [{ id: 1, switches: [{ ...at00, script: '0.0.10.0.106.255' }] }] },
      },
      'day 1 runs 0.0.10.0.106.255, which is no tariff script',
    ],
    [
      'special-days',
      {
        days: [
          { date: '2026-12-25', dayId: 1 },
          { date: '2026-12-25', dayId: 2 },
        ],
      },
      'there twice',
    ],
  ] as const)('%s refuses %j', (kind, params, words) => {
    expect(paramProblems(kind, params).join('; ')).toContain(words);
  });

  it('say what is wrong with anything, and never raise', () => {
    fc.assert(
      fc.property(fc.constantFrom(...commandKindNames), fc.jsonValue(), (kind, params) => {
        for (const problem of paramProblems(kind, params)) expect(problem).not.toBe('');
      }),
    );
  });
});

describe('the safety policy', () => {
  const place = { protection: '', feederId: 1, isMoved: false } as const;
  const pace = { killSwitch: false, inLastHour: 0, ofFeederInLastHour: 0, lastAtS: null };
  const policy = { ...defaultPolicy, moratoria: [{ fromS: 100, untilS: 200, reason: 'heat' }] };

  it.each([
    ['disconnect', { protection: 'medical' }, {}, 50, 'COMMAND_PROTECTED', null],
    ['script', { protection: 'critical' }, { killSwitch: true }, 50, 'COMMAND_PROTECTED', null],
    ['connect', {}, { killSwitch: true }, 50, 'COMMAND_KILLED', 110],
    ['disconnect', {}, {}, 100, 'COMMAND_MORATORIUM', 200],
    ['disconnect', {}, { lastAtS: 300 }, 400, 'COMMAND_COOL_DOWN', 3900],
    ['load-limit', {}, { inLastHour: 60 }, 400, 'COMMAND_RATE', 460],
    ['disconnect', {}, { ofFeederInLastHour: 20 }, 400, 'COMMAND_RATE', 460],
  ] as const)('holds %s back: %j %j at %d', (kind, where, what, nowS, code, retryAtS) => {
    const verdict = maySend(kind, policy, { ...place, ...where }, { ...pace, ...what }, nowS);
    expect(verdict).toEqual({ allowed: false, code, retryAtS });
  });

  it('lets pass what is within it', () => {
    expect(maySend('disconnect', policy, place, pace, 200)).toEqual({ allowed: true });
    const full = { ...pace, inLastHour: 1000, lastAtS: 150 };
    expect(maySend('connect', policy, { ...place, protection: 'critical' }, full, 150)).toEqual({
      allowed: true,
    });
    expect(maySend('read', policy, place, { ...full, killSwitch: true }, 150)).toEqual({ allowed: true });
  });

  it('asks for a second person by kind and by number', () => {
    // none of the ways to cut a supply is open to one person alone
    for (const kind of ['disconnect', 'load-limit', 'script'] as const)
      expect(needsApproval(kind, policy, 1), kind).toBe(true);
    expect(needsApproval('connect', policy, 10)).toBe(false);
    expect(needsApproval('connect', policy, 11)).toBe(true);
    expect(needsApproval('read', policy, 5000)).toBe(false);
    expect(policyProblems({ ...policy, moratoria: [{ fromS: 2, untilS: 1, reason: 'x' }] })).not.toEqual([]);
    expect(policyProblems({ ...policy, fourEyesAlways: ['explode'] })).not.toEqual([]);
  });
});
