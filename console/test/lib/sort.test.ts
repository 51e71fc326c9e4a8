import { describe, expect, it } from 'vitest';
import { nextSortState, sortRows } from '../../src/lib/sort.ts';

describe('sorting of a list', () => {
  it('reads numbers in texts, leaves equals as they were, and turns round', () => {
    const rows = ['M10', 'm2', 'M2', 'Äther', 'a'];
    expect(sortRows(rows, (row) => row, false)).toEqual(['a', 'Äther', 'm2', 'M2', 'M10']);
    expect(sortRows(rows, (row) => row, true)).toEqual(['M10', 'm2', 'M2', 'Äther', 'a']);
    expect(sortRows([3, -1, 20], (row) => row, false)).toEqual([-1, 3, 20]);
    expect(rows[0]).toBe('M10');
  });

  it('goes round: up, down, as it came', () => {
    const up = nextSortState(undefined, 'name');
    const down = nextSortState(up, 'name');
    expect([up, down, nextSortState(down, 'name'), nextSortState(down, 'size')]).toEqual([
      ...[{ id: 'name', descending: false }, { id: 'name', descending: true }, undefined],
      { id: 'size', descending: false },
    ]);
  });
});
