/** What a person moves is weighed as one edit, however many it is made of. */
import { Quality } from '@openami/model';
import type { EditRow } from '@openami/store';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { movedBy } from '../../src/services/vee/edit-weight.ts';

const row = (end: number, value: number): EditRow => ({
  ...{ end, value, resolution: 1_000, quality: Quality.edited, flags: 0, revision: 0 },
});
const slots = 6;
const values = fc.array(fc.integer({ min: 0, max: 1_000 }), { minLength: slots, maxLength: slots });
const parts = fc.array(fc.tuple(fc.nat(slots - 1), fc.integer({ min: 0, max: 1_000 })), {
  ...{ minLength: 1, maxLength: 20 },
});

/** The same by hand: what stood at first against what stands at last. */
function play(start: readonly number[], changes: readonly (readonly [number, number])[]) {
  const standing = [...start];
  const edits = changes.map(([slot, to]) => {
    const edit = { before: [row(slot, standing[slot]!)], after: [row(slot, to)], decidedBy: '' };
    standing[slot] = to;
    return edit;
  });
  const moved = standing.reduce((sum, value, i) => sum + Math.abs(value - start[i]!) * 1_000, 0);
  return { edits, moved };
}

it('is the difference between the first and the last, in any number of parts', () => {
  fc.assert(
    fc.property(values, parts, (start, changes) => {
      const { edits, moved } = play(start, changes);
      const last = edits.at(-1)!;
      expect(movedBy(edits.slice(0, -1), last.before, last.after)).toBe(moved);
    }),
  );
});

it('begins anew where a second person let an edit through', () => {
  const [first, second] = play([100, 100], [[0, 900] as const, [1, 900] as const]).edits;
  expect(movedBy([first!], second!.before, second!.after)).toBe(1_600_000);
  const seen = { ...first!, decidedBy: 'bea' };
  expect(movedBy([seen], second!.before, second!.after)).toBe(800_000);
  expect(movedBy([seen], [row(0, 900)], [row(0, 850)])).toBe(50_000);
});
