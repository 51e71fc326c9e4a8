/** Facts known of real sets, each counted on its own; skipped where the sets are not. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ABSENT, isMeasured, readFacts } from '@openami/vee';
import { describe, expect, it } from 'vitest';
import { Judge, ruleSetOf } from '../../../src/cli/vee/judge.ts';
import type { JudgedChannel } from '../../../src/cli/vee/judged.ts';
import { loadSet, planSets } from '../../../src/cli/vee/load-sets.ts';
import { peersOf } from '../../../src/cli/vee/peers.ts';
import { type Input, readInput } from '../../../src/cli/vee/read-input.ts';
import { realData } from './files.ts';

const data = realData();

const file = () => join(data!, 'water/daiad/register_reads.csv.gz');

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
  it('by stamps as written: 71 decreases, 63 stamps twice, 11,078 gaps over 2 h, 337 over 24 h', async () => {
    const input = await readInput([file()], { commodity: 'water', zone: 'UTC' });
    expect(factsOf(input)).toMatchObject({
      ...{ reads: 550_038, decreases: 71, stampsTwice: 63, gaps2h: 11_078, gaps24h: 337 },
    });
    expect(input.refusedRows).toBe(0);
  });

  it('in local time all 63 are told apart: they are the hour that came twice', async () => {
    const input = await readInput([file()], { commodity: 'water', zone: 'Europe/Madrid' });
    expect(factsOf(input)).toEqual({
      ...{ reads: 550_038, decreases: 71, stampsTwice: 63, instantsTwice: 0 },
      ...{ gaps2h: 11_078, gaps24h: 337, trueGaps2h: 11_073, trueGaps24h: 337 },
    });
  });
});

describe.skipIf(data === undefined)('DAIAD water intervals', () => {
  it('made from registers add up to the registers to the litre, meter by meter, and none is negative', async () => {
    const channels = await judged('DAIAD households');
    expect(channels).toHaveLength(75);
    for (const { channel, raw, registerAdvance, findings } of channels) {
      expect(
        raw.value.reduce((sum, value) => sum + value, 0),
        channel.meter,
      ).toBe(registerAdvance);
      expect(raw.value.every((value) => value >= 0)).toBe(true);
      const { decreases } = readFacts(channel.rows.endS, channel.rows.value, channel.zone);
      expect(findings.filter(({ rule }) => rule === 'register-decrease')).toHaveLength(decreases);
      expect(findings.filter(({ rule }) => rule === 'duplicate')).toEqual([]);
    }
  }, 120_000);
});

describe.skipIf(data === undefined)('DAIAD water intervals, estimated', () => {
  it('of meters with many gaps still add up to the litre, within every piece of their registers', async () => {
    const input = await readInput([file()], { commodity: 'water', zone: 'Europe/Madrid' });
    const judge = new Judge(await ruleSetOf(undefined), 1_760_000_000);
    for (const meter of ['w01', 'w06', 'w51']) {
      const channel = input.channels.find((one) => one.meter === meter)!;
      const { raw, final, registerAdvance, methods } = judge.judge(channel, { intervalMinutes: 60 });
      let made = 0;
      // slots that no register bounds lie beside breaks: what is estimated there is beyond the registers
      for (let i = 0; i < final.value.length; i++) if (raw.quality[i] !== ABSENT) made += final.value[i]!;
      expect([meter, made]).toEqual([meter, registerAdvance]);
      expect(methods.size).toBeGreaterThan(100);
      expect(Math.min(...final.value)).toBeGreaterThanOrEqual(0);
    }
  }, 120_000);
});

/** A described set of the sets file, judged. */
async function judged(name: string) {
  const sets = fileURLToPath(new URL('../../../../docs/conformance/vee-sets.yaml', import.meta.url));
  const planned = await planSets(data!, {}, sets, () => undefined);
  const set = planned.find((one) => one.name === name)!;
  const input = await loadSet(set, () => undefined);
  const judge = new Judge(await ruleSetOf(undefined), 1_760_000_000);
  const peers = set.ratedKw ? peersOf(input.channels, set.ratedKw) : undefined;
  return input.channels.map((channel) =>
    judge.judge(channel, {
      estimate: false,
      ...(set.intervalMinutes ? { intervalMinutes: set.intervalMinutes } : {}),
      ...(peers?.has(channel.meter) ? { peers: peers.get(channel.meter)! } : {}),
    }),
  );
}

/** Days that findings of a rule span, by meter. */
function daysOf(channels: readonly JudgedChannel[], rule: string): Map<string, number> {
  return new Map(
    channels.map(({ channel, findings }) => [
      channel.meter,
      findings
        .filter((found) => found.rule === rule)
        .reduce((days, { fromS, toS }) => days + Math.round((toS - fromS) / 86_400), 0),
    ]),
  );
}

describe.skipIf(data === undefined)('CityLearn homes', () => {
  it('cl22-15, whose load is stuck, is flagged, and no other', async () => {
    const days = daysOf(await judged('CityLearn homes, load'), 'consecutive-same');
    expect(days.get('cl22-15')).toBeGreaterThan(200);
    for (const [meter, n] of days) if (meter !== 'cl22-15') expect(n, meter).toBeLessThan(10);
  });

  it('cl22-15 and cl22-14, whose panels are dead and weak, are flagged most of the year', async () => {
    const days = daysOf(await judged('CityLearn homes, panels'), 'weak-generation');
    for (const [meter, n] of days) {
      if (meter === 'cl22-15' || meter === 'cl22-14') expect(n, meter).toBeGreaterThan(240);
      else expect(n, meter).toBeLessThan(100);
    }
  });
});

describe.skipIf(data === undefined)('Cambridge buildings', () => {
  it('zeros of meters that never rest are gaps: no value is left as it came', async () => {
    const channels = await judged('Cambridge estate, electricity');
    const gaps = channels.flatMap(({ channel, raw, final, findings }) =>
      findings
        .filter((found) => found.rule === 'zero-filled-gap')
        .map((found) => ({ meter: channel.meter, raw, final, found })),
    );
    expect(new Set(gaps.map(({ meter }) => meter)).size).toBeGreaterThan(40);
    for (const { raw, final, found } of gaps) {
      for (let s = found.fromS; s < found.toS; s += 3_600) {
        const slot = (s - raw.startS) / 3_600;
        expect(raw.value[slot]).toBe(0);
        expect(isMeasured(final.quality[slot]!)).toBe(false);
      }
    }
  }, 120_000);
});
