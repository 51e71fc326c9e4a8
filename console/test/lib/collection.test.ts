import type { ServiceLevelItem } from '@openami/server/contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePlan } from '../../../headend/src/index.ts';
import { gapLayout } from '../../src/lib/gaps.ts';
import { planAtFirst, planDraft, planOf, spanWords } from '../../src/lib/plan-form.ts';
import { heatOf, shadeOf, troubledLevels, worstOf } from '../../src/lib/service-level.ts';

const level = (state: 'met' | 'onCourse' | 'atRisk' | 'breached', deadline: string) => ({
  ...{ share: 0.95, deadline, needed: 95, inTime: 90, lost: 0, toCome: 5, state },
});
const item = (
  day: string,
  plan: string,
  levels: ServiceLevelItem['levels'],
  present = 90,
): ServiceLevelItem => ({
  ...{ day, plan, expected: 100, present, levels },
});

describe('service level as a heat map', () => {
  const items = [
    item('2026-03-30', 'b', [level('met', '2026-03-31T08:00:00Z'), level('atRisk', '2026-04-01T00:00:00Z')]),
    item('2026-03-29', 'a', [level('breached', '2026-03-30T08:00:00Z')]),
    item('2026-03-30', 'a', [level('atRisk', '2026-03-31T08:00:00Z')]),
  ];

  it('has a row a plan and a column a day, with holes where nothing was read', () => {
    const { days, rows } = heatOf(items);
    expect(days).toEqual(['2026-03-29', '2026-03-30']);
    expect(rows.map(({ plan, cells }) => [plan, ...cells.map((cell) => cell?.day)])).toEqual([
      ['a', '2026-03-29', '2026-03-30'],
      ['b', undefined, '2026-03-30'],
    ]);
  });

  it('says the worst of a day, and lists what can still be saved first', () => {
    expect(items.map(worstOf)).toEqual(['atRisk', 'breached', 'atRisk']);
    expect(worstOf({ levels: [] })).toBeUndefined();
    expect(troubledLevels(items).map(({ plan, level }) => `${level.state} ${plan}`)).toEqual([
      ...['atRisk a', 'atRisk b', 'breached a'],
    ]);
  });

  it('shades more with more that is there, and full only when nothing is missing', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), fc.nat(10_000), (expected, gap) => {
        const present = Math.max(0, expected - gap);
        const shade = shadeOf({ expected, present });
        expect(shade === 5).toBe(present === expected);
        if (present > 0) expect(shade).toBeGreaterThanOrEqual(shadeOf({ expected, present: present - 1 }));
      }),
    );
  });
});

describe('gaps on a time axis', () => {
  it('puts every gap inside the axis, in the row of what it is of', () => {
    const gap = (obis: string, from: string, to: string, entries: number) => ({
      ...{ plan: 'p', kind: 'profile' as const, obis: [obis], from, to, entries },
    });
    const layout = gapLayout([
      gap('1', '2026-03-30T00:00:00Z', '2026-03-30T06:00:00Z', 24),
      gap('1', '2026-03-30T18:00:00Z', '2026-03-31T00:00:00Z', 24),
      gap('2', '2026-03-30T12:00:00Z', '2026-03-30T12:15:00Z', 1),
    ])!;
    expect(layout.rows.map(({ name, entries }) => [name, entries])).toEqual([
      ['profile 1', 48],
      ['profile 2', 1],
    ]);
    expect(layout.rows[0]!.spans).toEqual([
      { from: 0, to: 0.25 },
      { from: 0.75, to: 1 },
    ]);
    expect(gapLayout([])).toBeUndefined();
  });
});

describe('reading plans as forms', () => {
  const plan = {
    meters: { commodity: ['electricity'], model: ['A1', 'B2'], attributes: { route: ['7', '8'] } },
    read: [
      { kind: 'profile', obis: ['1-0:99.1.0*255'], period: 900, zone: '+01:00' },
      { kind: 'registers', obis: ['1-0:1.8.0*255', '1-0:2.8.0*255'], period: 'day' },
    ],
    every: { each: 'day', delayS: 300, spreadS: 3600 },
    due: { after: 'day', levels: [{ share: 0.995, withinS: 28_800 }] },
    value: 1.5,
  };

  it('loses nothing on the way through a form, also what the form does not show', () => {
    expect(planOf(planDraft(plan), plan)).toEqual(plan);
    expect(planOf(planDraft(planAtFirst), planAtFirst)).toEqual(planAtFirst);
  });

  it('begins with a plan that the head-end takes', () => {
    expect(parsePlan({ ...planOf(planDraft(planAtFirst), planAtFirst), code: 'p' }).code).toBe('p');
  });

  it('takes a single code and leaves out what a stored plan leaves out', () => {
    const short = {
      ...plan,
      read: [{ kind: 'events', obis: '0-0:99.98.0*255', period: 'day' }],
      every: { each: 900 },
    };
    expect(planOf(planDraft(short), short)).toMatchObject({
      read: [{ kind: 'events', obis: ['0-0:99.98.0*255'], period: 'day' }],
      every: { each: 900, delayS: 0, spreadS: 0 },
    });
  });

  it('says spans as people do', () => {
    expect([900, 28_800, 86_400, 172_800, 61].map(spanWords)).toEqual([
      '15 min',
      '8 h',
      '24 h',
      '2 d',
      '61 s',
    ]);
  });
});
