/** Facts known of real sets, each counted on its own; skipped where the sets are not. */
import { join } from 'node:path';
import { readFacts } from '@openami/vee';
import { describe, expect, it } from 'vitest';
import { type Input, readInput } from '../../src/vee/read-input.ts';
import { realData } from './files.ts';

const data = realData();

/** Sum of the facts of all meters. */
function factsOf({ channels }: Input) {
  const all = channels.map(({ rows, zone }) => readFacts(rows.endS, rows.value, zone));
  const total = (key: keyof (typeof all)[number]) => all.reduce((sum, one) => sum + one[key], 0);
  return {
    ...{ reads: total('reads'), decreases: total('decreases') },
    ...{ stampsTwice: total('stampsTwice'), instantsTwice: total('instantsTwice') },
    ...{ gaps2h: total('gaps2h'), gaps24h: total('gaps24h') },
    ...{ trueGaps2h: total('trueGaps2h'), trueGaps24h: total('trueGaps24h') },
  };
}

describe.skipIf(data === undefined)('DAIAD water registers, the whole file', () => {
  const file = join(data ?? '', 'water/daiad/register_reads.csv.gz');

  it('by stamps as written: 71 decreases, 63 stamps twice, 11,078 gaps over 2 h, 337 over 24 h', async () => {
    const input = await readInput([file], { commodity: 'water', zone: 'UTC' });
    expect(factsOf(input)).toMatchObject({
      ...{ reads: 550_038, decreases: 71, stampsTwice: 63, gaps2h: 11_078, gaps24h: 337 },
    });
    expect(input.refused.size).toBe(0);
  });

  it('in local time all 63 are told apart: they are the hour that came twice', async () => {
    const input = await readInput([file], { commodity: 'water', zone: 'Europe/Madrid' });
    expect(factsOf(input)).toEqual({
      ...{ reads: 550_038, decreases: 71, stampsTwice: 63, instantsTwice: 0 },
      ...{ gaps2h: 11_078, gaps24h: 337, trueGaps2h: 11_073, trueGaps24h: 337 },
    });
  });
});
