import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FaultPlay, type MeterFault } from '../../src/dlms/meter-faults.ts';

/** What becomes of each APDU of associations of these lengths. */
function play(faults: readonly MeterFault[], associations: readonly number[]): string[] {
  const script = new FaultPlay(faults);
  return associations.flatMap((apdus) => Array.from({ length: apdus }, (_, at) => script.fateOf(at + 1)));
}

describe('faults by script', () => {
  it('happen after so many APDUs of an association, or of all there ever were, as often as they say', () => {
    const kind = fc.constantFrom('reboot' as const, 'silent' as const, 'cut' as const);
    const associations = fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 12 });
    fc.assert(
      fc.property(
        kind,
        fc.nat(30),
        fc.integer({ min: 1, max: 3 }),
        associations,
        (of, afterApdus, times, sizes) => {
          const within = play([{ kind: of, afterApdus, times }], sizes);
          const places = sizes.flatMap((apdus) => Array.from({ length: apdus }, (_, at) => at + 1));
          const hit = places.flatMap((at, i) => (at > afterApdus ? [i] : [])).slice(0, times);
          expect(within.flatMap((fate, i) => (fate === 'answered' ? [] : [i]))).toEqual(hit);
          const ever = play([{ kind: of, afterApdus, times, ofAll: true }], sizes);
          const later = places.map((_, i) => i).slice(afterApdus, afterApdus + times);
          expect(ever.flatMap((fate, i) => (fate === of ? [i] : []))).toEqual(later);
        },
      ),
    );
  });
});
