/** Every layout reads its own samples, and is the one chosen for them. */
import { describe, expect, test } from 'vitest';
import { decodeTelegram, pushLayouts, readingsOfApdu } from '../../../src/dlms/index.ts';
import { hex } from '../vectors.ts';

const samples = pushLayouts.flatMap(({ id, samples }) =>
  samples.map((sample, i) => ({ name: `${id} ${i + 1}`, id, sample })),
);

describe('layouts', () => {
  test.each(samples)('$name', ({ id, sample }) => {
    const { apdus } = decodeTelegram(hex(sample.hex));
    const push = readingsOfApdu(apdus[0]!.opened!)!;
    expect(push.layout).toBe(id);
    expect(push.readings.map(({ obis, value, unit }) => [obis, value, unit])).toEqual(sample.readings);
    expect(push.time?.iso).toBe(sample.time);
  });

  test('ids differ and every layout has a sample', () => {
    expect(new Set(pushLayouts.map(({ id }) => id)).size).toBe(pushLayouts.length);
    for (const { samples: own, id } of pushLayouts) expect(own, id).not.toHaveLength(0);
  });
});
