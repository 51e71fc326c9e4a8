/** What the neighbours of a generator made: the yardstick for one that is weak or dead. */
import { readFile } from 'node:fs/promises';
import { type PeersTotal, totalsOf } from '@openami/vee';
import { serverErrors } from '../../errors.ts';
import { griddedRows } from './channel-grid.ts';
import { factsOf } from './judge.ts';
import type { RatedBy } from './read-as.ts';
import type { InputChannel } from './read-input.ts';

/** Rated power by meter, from a small CSV file with a header. Throws VEE_SETS. */
export async function ratedPower(path: string, { meter, kw }: RatedBy): Promise<ReadonlyMap<string, number>> {
  const text = await readFile(path, 'utf8').catch((error: Error) => {
    throw serverErrors.VEE_SETS(`rated: ${error.message}`);
  });
  const [head, ...rows] = text.split(/\r?\n/).map((line) => line.split(','));
  const [meterAt, kwAt] = [head!.indexOf(meter), head!.indexOf(kw)];
  if (meterAt < 0 || kwAt < 0) throw serverErrors.VEE_SETS(`rated: ${path} has no columns ${meter}, ${kw}`);
  const rated = rows.map((cells): [string, number] => [cells[meterAt] ?? '', Number(cells[kwAt])]);
  return new Map(rated.filter(([, power]) => power > 0));
}

/** For each meter with a rated power, what the median of the others would have made of it. */
export function peersOf(
  channels: readonly InputChannel[],
  rated: ReadonlyMap<string, number>,
): ReadonlyMap<string, PeersTotal> {
  const yields = channels
    .filter(({ meter }) => rated.has(meter))
    .map((channel) => {
      const { series, grid } = griddedRows(channel, factsOf(channel), channel.rows);
      const perKw = (firstDay: number): number => {
        const total = totalsOf({ grid, series }, firstDay).reduce((sum, day) => sum + day, 0);
        return (total * channel.resolution) / rated.get(channel.meter)!;
      };
      return { channel, perKw };
    });
  return new Map(
    yields.map(({ channel }) => [
      channel.meter,
      (firstDay) => {
        const others = yields
          .filter((other) => other.channel !== channel)
          .map(({ perKw }) => perKw(firstDay))
          .filter((perKw) => !Number.isNaN(perKw))
          .sort((a, b) => a - b);
        const median = others[Math.floor(others.length / 2)];
        return median === undefined ? undefined : (median * rated.get(channel.meter)!) / channel.resolution;
      },
    ]),
  );
}
