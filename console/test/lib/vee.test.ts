import type { ExceptionGroupItem, ExceptionItem, KpiRow } from '@openami/server/contract';
import { describe, expect, it } from 'vitest';
import { errorAt, insertAt } from '../../src/lib/formula.ts';
import { membersText, readMembers } from '../../src/lib/group-members.ts';
import { kpiBar, kpiBase, meterSpan, withinWords } from '../../src/lib/kpi.ts';
import { pathParts, readText, writeText } from '../../src/lib/places.ts';
import { isReason, lastReason, offered, readRemembered, remember } from '../../src/lib/reasons.ts';
import {
  chunks,
  formatAmount,
  formatChange,
  groupKey,
  groupTitle,
  openIds,
  spanOf,
  workDays,
} from '../../src/lib/work-list.ts';

const group: ExceptionGroupItem = {
  ...{ kind: 'missing', action: '', day: '2026-11-24', cause: 'concentrator', name: 'DC-2', meters: 48 },
  lastDay: '2026-11-24',
  ...{ population: 50, weight: 1, severity: 'fail', rules: [], effect: 1, baseUnit: 'Wh', exceptions: [1] },
  total: 1,
};
const one = (id: number, more: Partial<ExceptionItem> = {}) =>
  ({
    id,
    channelId: 1,
    day: '2026-01-01',
    effect: 5,
    state: 'open',
    firstEnd: 10,
    lastEnd: 20,
    ...more,
  }) as ExceptionItem;

describe('the work list', () => {
  it('names groups by their cause', () => {
    expect(groupTitle(group)).toBe('Concentrator DC-2 · 48 of 50 meters · missing · 24 Nov');
    const meter = { ...group, cause: 'meter', name: 'V7', meters: 1, population: 1, kind: 'value' } as const;
    expect(groupTitle(meter)).toBe('Meter V7 · values · 24 Nov');
    expect(groupTitle({ ...group, cause: 'time', name: '' })).toContain(
      'Everywhere at once · 48 of 50 meters',
    );
    expect(groupTitle({ ...meter, lastDay: '2026-12-02' })).toBe('Meter V7 · values · 24 Nov – 2 Dec');
    expect(groupKey(group)).toBe('missing|2026-11-24|concentrator|DC-2');
  });

  it('puts exceptions of a channel and day together, what weighs most first', () => {
    const days = workDays([
      one(1, { effect: 2 }),
      one(2, { channelId: 2, effect: 9 }),
      one(3, { effect: 7, state: 'accepted', firstEnd: 5 }),
    ]);
    expect(days.map(({ key, effect, exceptions }) => [key, effect, exceptions.map(({ id }) => id)])).toEqual([
      ['2/2026-01-01', 9, [2]],
      ['1/2026-01-01', 7, [3, 1]],
    ]);
    expect(openIds(days[1]!.exceptions)).toEqual([1]);
    expect(spanOf(days[1]!.exceptions)).toEqual({ first: 5, last: 20 });
    expect(spanOf([])).toBeUndefined();
    expect(chunks([1, 2, 3], 2)).toEqual([[1, 2], [3]]);
  });

  it.each([
    [168_335, 'Wh', '168 kWh'],
    [999, 'Wh', '999 Wh'],
    [2_500_000, 'varh', '2.5 Mvarh'],
    [12_300, 'L', '12.3 m³'],
    [0, 'Wh', '0 Wh'],
    [5, '', '5'],
  ])('writes %d %s as %s', (value, unit, text) => expect(formatAmount(value, unit)).toBe(text));

  it('writes changes with their sign', () => {
    expect([1_500, -320, 0].map((value) => formatChange(value, 'Wh'))).toEqual([
      '+1.5 kWh',
      '−320 Wh',
      'no change',
    ]);
  });
});

describe('reasons', () => {
  it('are remembered by decision, the last first and six at most', () => {
    const known = ['a1a', 'b2b', 'c3c', 'd4d', 'e5e', 'f6f', 'g7g', 'b2b '].reduce(
      (before, reason) => remember(before, 'reject', reason),
      {},
    );
    expect(offered(known, 'reject')).toEqual(['b2b', 'g7g', 'f6f', 'e5e', 'd4d', 'c3c']);
    expect(lastReason(known, 'reject')).toBe('b2b');
    expect(lastReason(known, 'accept')).toBe('');
    expect(offered({}, 'accept').length).toBeGreaterThan(0);
    expect(isReason('  ab ')).toBe(false);
  });

  it('that were stored are read with care', () => {
    expect(readRemembered('{"accept":["x"],"reject":[1],"other":["y"]}')).toEqual({ accept: ['x'] });
    for (const text of [null, '', 'no', '[]', 'null', '7']) expect(readRemembered(text)).toEqual({});
  });
});

describe('places in a text', () => {
  const yaml =
    'id: x\ngroups:\n  - steps:\n      - spike\n      - rule: zero\n        parameters:\n          most: 9\n';

  it('are found in YAML and in JSON, as far as they are there', () => {
    expect(pathParts('groups[0].steps[1].parameters.most')).toEqual([
      'groups',
      0,
      'steps',
      1,
      'parameters',
      'most',
    ]);
    const { lineOf, value } = readText(yaml);
    expect(lineOf('groups[0].steps[1].parameters.most')).toBe(7);
    expect(lineOf('groups[0].steps[1].severity')).toBe(5);
    expect(lineOf('title')).toBeUndefined();
    expect(readText(writeText(value, 'yaml')).value).toEqual(value);
    const json = readText(writeText(value, 'json'));
    expect(json.value).toEqual(value);
    expect(json.lineOf('groups[0].steps[0]')).toBe(6);
  });

  it('of what cannot be read are said', () => {
    const { problems, value } = readText('id: x\n  groups: [\n');
    expect(value).toBeUndefined();
    expect(problems[0]!.line).toBeGreaterThan(0);
  });
});

describe('formulas', () => {
  it('show where they are wrong', () => {
    expect(errorAt([{ path: 'formula[12]' }])).toBe(12);
    expect(errorAt([{ path: 'body/unit' }])).toBeUndefined();
  });

  it.each([
    ['', 0, 0, '#1', '#1'],
    ['#1', 2, 2, '#2', '#1 + #2'],
    ['#1 - ', 5, 5, '#2', '#1 - #2'],
    ['net(#1, #2)', 4, 6, 'sum(street)', 'net(sum(street), #2)'],
  ])('take a piece: %s', (formula, from, to, piece, text) => {
    expect(insertAt(formula, from, to, piece).text).toBe(text);
  });
});

describe('members of a group', () => {
  it('are lines that come back as they were', () => {
    const text = '#412\n413 2026-01-01\n414, 2026-01-01T06:00:00Z, 2026-06-30\n';
    const { members, bad } = readMembers(text);
    expect(bad).toEqual([]);
    expect(members.map(({ channelId }) => channelId)).toEqual([412, 413, 414]);
    expect(members[0]).toMatchObject({ validFrom: '1970-01-01T00:00:00.000Z', validUntil: null });
    expect(readMembers(membersText(members)).members).toEqual(members);
  });

  it('that cannot be read are named by their line', () => {
    expect(readMembers('x\n\n1 2026-13-01\n1 2026-02-01 2026-01-01\n1 2 3 4').bad).toEqual([1, 3, 4, 5]);
  });
});

describe('service levels', () => {
  const row: KpiRow = {
    ...{ key: '2026-03-25', meters: 4, expected: 200, measured: 180, questionable: 3, estimated: 15 },
    ...{ edited: 1, missing: 4, exceptions: 2, readRate: 0.9, estimationRate: 0.075 },
  };

  it('are bars of shares that the axis does not hide', () => {
    expect(kpiBar(row, 'day')).toMatchObject({ label: '25 Mar', values: [0.9, 0.005, 0.075, 0.02] });
    expect(kpiBar({ ...row, expected: 0, measured: 0 }, 'route').values[0]).toBe(0);
    expect(kpiBase([row])).toBeCloseTo(0.8);
    expect(kpiBase([{ ...row, readRate: null }])).toBeCloseTo(0.9);
    expect(kpiBase([{ ...row, readRate: 0.02 }])).toBe(0);
  });

  it('are opened by day and by value', () => {
    expect(meterSpan('2026-03-31')).toEqual({ from: '2026-03-31', to: '2026-04-01' });
    expect(withinWords('route=DC-7')).toBe('only route DC-7');
  });
});
