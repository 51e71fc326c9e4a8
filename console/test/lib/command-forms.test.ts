import { type ParamRecord, param } from '@openami/model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { kindOf, paramProblems, policyProblems } from '../../../headend/src/index.ts';
import { partsText } from '../../src/lib/command-words.ts';
import { draftFound, draftJson, loadable } from '../../src/lib/param-load.ts';
import { blankDraft, paramColumns, paramValue, rowSpec } from '../../src/lib/params.ts';
import { safetyChange, safetyForm } from '../../src/lib/safety-form.ts';

const at00 = { at: '00:00', script: '0.0.10.0.100.255', selector: 1 };
const active = {
  name: 'T1',
  seasons: [{ name: 'all', start: '01-01', week: 'w' }],
  weeks: [{ name: 'w', days: [1, 1, 1, 1, 1, 1, 1] }],
  days: [{ id: 1, switches: [at00] }],
};

describe('tables of parameters', () => {
  const calendar = kindOf('activity-calendar').params.fields.calendar as ParamRecord;
  const of = (name: string) => (calendar.fields[name] as { of: ParamRecord }).of;

  it('have a column for each plain value, and for each of a list that is always as long', () => {
    expect(paramColumns(rowSpec(of('seasons'))!).map(({ label }) => label)).toEqual([
      ...['Name', 'Start, MM-DD', 'Week'],
    ]);
    expect(paramColumns(rowSpec(of('weeks'))!).map(({ label }) => label)).toEqual([
      ...['Name', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'],
    ]);
    expect(rowSpec(of('days'))).toBeUndefined();
    expect(rowSpec(param.text(3))).toBeUndefined();
  });

  it.each<[kind: string, found: object, params: object]>([
    ['activity-calendar', { active, passive: null, activateAtS: null }, { calendar: active }],
    [
      'special-days',
      { days: [{ date: '****-01-01', dayId: 2 }] },
      { days: [{ date: '****-01-01', dayId: 2 }] },
    ],
    [
      'push-setup',
      { destination: 'a:1', transport: 'udp', objects: ['1/0.0.42.0.0.255/2'] },
      { obis: '0.0.25.9.0.255', destination: 'a:1', transport: 'udp', objects: ['1/0.0.42.0.0.255/2'] },
    ],
    ['control-mode', { outputOn: true, control: 'connected', mode: 4 }, { mode: 4 }],
  ])('begin with what a meter has: %s', (kind, found, params) => {
    const spec = kindOf(kind as 'special-days').params;
    const draft =
      'obis' in params ? { ...(blankDraft(spec) as object), obis: params.obis as string } : blankDraft(spec);
    const loaded = draftFound(kind, spec, draft, found as Record<string, unknown>);
    expect(loadable(kind)).toBe(true);
    expect(paramValue(spec, loaded)).toEqual(params);
    expect(JSON.parse(draftJson(spec, loaded))).toEqual(params);
    expect(paramProblems(kind as 'special-days', params)).toEqual([]);
  });

  it('are told in a few words', () => {
    expect(partsText('calendar', active)).toBe('“T1”: 1 season, 1 week, 1 day');
    expect(partsText('days', [1, 2])).toBe('2 days');
    expect(partsText('objects', ['x'])).toBe('1 item');
  });
});

describe('the form of the safety policy', () => {
  it('gives back the policy it was made of', () => {
    const moment = fc
      .integer({ min: 0, max: 71_000_000 })
      .map((minutes) => new Date(minutes * 60_000).toISOString());
    const policy = fc.record({
      ...{ fourEyesAboveMeters: fc.nat(1000), maxPerHour: fc.nat(1000), maxPerFeederPerHour: fc.nat(1000) },
      ...{ coolDownS: fc.nat(1000), maxMetersPerOrder: fc.integer({ min: 1, max: 1000 }) },
      fourEyesAlways: fc.subarray(['disconnect', 'script']),
      moratoria: fc.array(fc.record({ from: moment, until: moment, reason: fc.constantFrom('heat', 'x y') })),
      requireSignature: fc.boolean(),
      signers: fc.array(fc.record({ name: fc.string(), publicKey: fc.string() })),
    });
    fc.assert(
      fc.property(policy, (given) => {
        expect(safetyChange(safetyForm(given))).toEqual(given);
      }),
    );
  });

  it('has the limits of the head-end', () => {
    const least = { fourEyesAboveMeters: 0, fourEyesAlways: [], maxPerHour: 0, maxPerFeederPerHour: 0 };
    expect(policyProblems({ ...least, coolDownS: 0, moratoria: [], maxMetersPerOrder: 1 })).toEqual([]);
  });
});
