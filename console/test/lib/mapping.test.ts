import { describe, expect, it } from 'vitest';
import {
  initialMapping,
  mappingOption,
  mappingProblems,
  mappingToSend,
  reduceMapping,
} from '../../src/lib/mapping.ts';

const column = (index: number, name: string, role: string) => ({
  index,
  name,
  role,
  confidence: 1,
  samples: [],
});

const columns = [
  column(0, 'meter', 'device'),
  column(1, 'stamp', 'time'),
  column(2, 'import [kWh]', 'value'),
  column(3, 'note', 'ignore'),
  column(4, 'note', 'ignore'),
];
const proposed = {
  version: 1,
  delimiter: ';',
  nulls: ['NA'],
  device: 'meter',
  time: { column: 'stamp', pattern: 'iso', zone: 'UTC', label: 'end' },
  values: [{ column: 'import [kWh]', kind: 'interval', unit: 'kWh' }],
  intervalS: 900,
};
const start = () => initialMapping(columns, proposed);

describe('mapping editor', () => {
  it('sends back what was proposed when nothing was changed', () => {
    expect(mappingToSend(start())).toEqual(proposed);
    expect(mappingProblems(start())).toEqual([]);
  });

  it('moves a part that only one column can play', () => {
    const state = reduceMapping(start(), { type: 'role', index: 3, role: 'device' });
    expect(state.roles).toEqual({ 0: 'ignore', 1: 'time', 2: 'value', 3: 'device', 4: 'ignore' });
    // Two columns are called "note": only the place tells them apart.
    expect(mappingToSend(state).device).toBe(3);
  });

  it('keeps what it does not know and the settings of columns that stay', () => {
    const state = reduceMapping(start(), { type: 'role', index: 4, role: 'value' });
    expect(mappingToSend(state)).toEqual({
      ...proposed,
      values: [proposed.values[0], { column: 4, kind: 'interval', unit: 'kWh', device: undefined }],
    });
  });

  it('expands the wildcard of a wide file once a column is changed', () => {
    const wide = [column(0, 't', 'time'), column(1, 'A', 'value'), column(2, 'B', 'value')];
    const base = {
      ...proposed,
      time: { column: 't', pattern: 'iso' },
      values: [{ column: '*', kind: 'mean', unit: 'kW' }],
    };
    const state = reduceMapping(initialMapping(wide, base), { type: 'role', index: 2, role: 'ignore' });
    expect(mappingToSend(state).values).toEqual([{ column: 'A', kind: 'mean', unit: 'kW' }]);
    expect(mappingToSend(state)).not.toHaveProperty('device');
  });

  it('edits options at every depth and takes them away when emptied', () => {
    let state = reduceMapping(start(), { type: 'option', path: 'time.zone', value: 'Europe/Berlin' });
    state = reduceMapping(state, { type: 'option', path: 'values.kind', value: 'register' });
    state = reduceMapping(state, { type: 'option', path: 'intervalS', value: undefined });
    expect(mappingOption(state, 'time.zone')).toBe('Europe/Berlin');
    expect(mappingOption(state, 'values.kind')).toBe('register');
    expect(mappingToSend(state)).not.toHaveProperty('intervalS');
    expect(mappingProblems(state)).toEqual([]);
  });

  it('says what keeps the import from running', () => {
    let state = reduceMapping(start(), { type: 'role', index: 1, role: 'ignore' });
    state = reduceMapping(state, { type: 'role', index: 2, role: 'ignore' });
    state = reduceMapping(state, { type: 'option', path: 'intervalS', value: undefined });
    expect(mappingProblems(state)).toHaveLength(3);
  });

  it('stands a proposal that is missing or broken', () => {
    for (const mapping of [null, 'text', [], { values: 'no', time: 5 }]) {
      const state = reduceMapping(initialMapping(columns, mapping), {
        type: 'role',
        index: 3,
        role: 'value',
      });
      expect(mappingToSend(state).values).toHaveLength(2);
    }
  });
});
