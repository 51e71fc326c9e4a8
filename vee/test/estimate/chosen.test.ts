/** Methods that a person chose. */
import { Reason } from '@openami/model';
import { describe, expect, it } from 'vitest';
import { estimateGaps, findGaps, type LadderOptions } from '../../src/index.ts';
import { dayStart, type Life, life, lose, registerAt } from './support.ts';

/** A home of 70 days without the slots [from, to). */
function without(home: Life, from: number, to: number) {
  lose(home, from, to);
  return (options: LadderOptions, more: object = {}) =>
    estimateGaps({ ...home.context, ...more }, findGaps(home.context, from, to), options);
}

describe('a method that a person chose', () => {
  it('zero is zero, whatever a register says, and no outage', () => {
    const home = life();
    const from = dayStart(home, 45) + 4;
    const register = registerAt(home, [dayStart(home, 45), dayStart(home, 46)]);
    const [made] = without(home, from, from + 8)({ only: 'zero' }, { register });
    expect([...made!.value]).toEqual(new Array(8).fill(0));
    expect(made).toMatchObject({ method: 'zero', registerScaled: false, registerConflict: false, flags: 0 });
    const outages = [{ from: register.atS[0]!, to: register.atS[1]! }];
    const [dead] = without(home, from, from + 8)({}, { outages });
    expect(dead!.flags & Reason.outageZero).not.toBe(0);
  });
});
