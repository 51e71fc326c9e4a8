import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wavesOf } from '../../../headend/src/firmware/campaign.ts';
import { blockCells, missingWords, receivedBlocks } from '../../src/lib/blocks.ts';
import { groupCounts, usualWaves, waveGroups, waveSizes } from '../../src/lib/waves.ts';

const bits = fc.array(fc.boolean(), { maxLength: 3000 });
const textOf = (blocks: readonly boolean[]) => {
  const bytes = new Uint8Array(Math.ceil(blocks.length / 8));
  blocks.forEach((has, i) => {
    if (has) bytes[i >> 3]! |= 0x80 >> (i & 7);
  });
  return Buffer.from(bytes).toString('base64');
};

describe('map of blocks', () => {
  it('shows exactly the blocks that the bitmap has', () => {
    fc.assert(
      fc.property(bits, (blocks) => {
        expect(receivedBlocks(textOf(blocks), blocks.length)).toEqual(blocks);
      }),
    );
  });

  it('puts every block into one cell, and loses none', () => {
    fc.assert(
      fc.property(bits, fc.integer({ min: 1, max: 960 }), (blocks, most) => {
        const cells = blockCells(blocks, most);
        expect(cells.length).toBeLessThanOrEqual(most);
        expect(cells.reduce((sum, cell) => sum + cell.count, 0)).toBe(blocks.length);
        expect(cells.reduce((sum, cell) => sum + cell.received, 0)).toBe(blocks.filter(Boolean).length);
      }),
    );
  });

  it('says what is missing', () => {
    expect(missingWords([])).toBe('No transfer has begun.');
    expect(missingWords([true, true])).toBe('No block is missing.');
    expect(missingWords([true, false, false, true, false])).toBe(
      '2 runs are missing, the first from block 1.',
    );
    expect(missingWords([false])).toBe('1 run is missing, the first from block 0.');
  });
});

describe('waves', () => {
  it('sizes them as the head-end deals the meters out', () => {
    const plan = (waves: readonly { name: string; upTo: number }[]) => ({
      waves,
      haltRate: 0,
      fromVersions: [],
    });
    const growing = fc
      .uniqueArray(fc.integer({ min: 1, max: 9_999 }), { maxLength: 5 })
      .map((ends) => [...ends.sort((a, b) => a - b), 10_000].map((upTo, i) => ({ name: `w${i}`, upTo })));
    fc.assert(
      fc.property(growing, fc.integer({ min: 1, max: 4000 }), (waves, meters) => {
        const dealt = wavesOf(plan(waves), meters);
        expect(waveSizes(waves, meters)).toEqual(
          waves.map((_, i) => dealt.filter((wave) => wave === i).length),
        );
      }),
    );
    expect(waveSizes(usualWaves, 10_000)).toEqual([1, 99, 900, 9000]);
  });

  it('counts every meter once', () => {
    expect(groupCounts({ confirmed: 1 })).toEqual([1, 0, 0, 0, 0]);
    expect(groupCounts({ failed: 1, transferring: 1, activating: 3 })).toEqual([0, 4, 0, 1, 0]);
    expect(groupCounts({ waiting: 1, skipped: 2, aborted: 3 })).toEqual([0, 0, 1, 0, 5]);
    expect(groupCounts({})).toHaveLength(waveGroups.length);
  });
});
