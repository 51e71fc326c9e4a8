/**
 * The messages that readings came in. Validation, an edit or an estimate gives a reading a newer revision, so
 * a message is looked for along the revisions of the reading, from the one that is asked about backwards.
 */
import { type AccessContext, groupBy } from '@openami/model';
import type { HeardFrame, Readings } from '@openami/store';
import type { AppContext } from '../../context.ts';

/** A version of a reading. `value` counts `resolution`. */
export interface Version {
  readonly value: number;
  readonly resolution: number;
  readonly quality: number;
  /** Second it is of. */
  readonly revision: number;
}

/** A reading as it is known at some time. */
export interface KnownReading extends Version {
  readonly meter: number;
  readonly channel: number;
  readonly endS: number;
}

/** The version that came in messages, and these; the version asked about and none where none is kept. */
export interface CameIn {
  readonly version: Version;
  readonly frames: readonly HeardFrame[];
}

/** Of each reading; two queries, however many they are. Throws OUT_OF_SCOPE. */
export async function framesBehind(
  { store }: Pick<AppContext, 'store'>,
  ctx: AccessContext,
  readings: readonly KnownReading[],
): Promise<CameIn[]> {
  if (readings.length === 0) return [];
  const replaced = await store.readings.replaced(ctx, distinct(readings, 'channel'), spanOf(readings), {
    asOf: readings.reduce((newest, { revision }) => Math.max(newest, revision), 0),
  });
  const before = groupBy(versionsOf(replaced), keyOf);
  const chains = readings.map((one) => lookedAt(one, before.get(keyOf(one)) ?? []));
  const seconds = [...new Set(chains.flat().map(({ revision }) => revision))];
  const frames = await store.evidence.framesIn(ctx, distinct(readings, 'meter'), seconds);
  const heard = groupBy(frames, ({ meter, receivedMs }) => `${meter} ${Math.floor(receivedMs / 1_000)}`);
  return readings.map((one, i) => {
    const at = ({ revision }: Version) => heard.get(`${one.meter} ${revision}`);
    const version = chains[i]!.find((candidate) => at(candidate) !== undefined);
    return version === undefined ? { version: one, frames: [] } : { version, frames: at(version)! };
  });
}

/**
 * Versions of a reading up to the one that is known, in the order in which their messages are looked for: the
 * newest value first. Of versions in a row with one value, the first brought it and the others judged it.
 */
export function lookedAt(known: Version, replaced: readonly Version[]): Version[] {
  const runs: Version[][] = [];
  for (const version of [...replaced.filter(({ revision }) => revision < known.revision), known]) {
    const last = runs.at(-1)?.at(-1);
    if (last?.value === version.value && last.resolution === version.resolution) runs.at(-1)!.push(version);
    else runs.push([version]);
  }
  return runs.reverse().flat();
}

function versionsOf(rows: Readings): (Version & Pick<KnownReading, 'channel' | 'endS'>)[] {
  return Array.from({ length: rows.length }, (_, i) => ({
    ...{ channel: rows.channel[i]!, endS: rows.end[i]!, value: rows.value[i]! },
    ...{ resolution: rows.resolution[i]!, quality: rows.quality[i]!, revision: rows.revision[i]! },
  }));
}

function keyOf({ channel, endS }: Pick<KnownReading, 'channel' | 'endS'>): string {
  return `${channel} ${endS}`;
}

function distinct(readings: readonly KnownReading[], what: 'channel' | 'meter'): number[] {
  return [...new Set(readings.map((one) => one[what]))];
}

function spanOf(readings: readonly KnownReading[]): { fromS: number; toS: number } {
  return readings.reduce(
    ({ fromS, toS }, { endS }) => ({ fromS: Math.min(fromS, endS - 1), toS: Math.max(toS, endS) }),
    { fromS: readings[0]!.endS, toS: 0 },
  );
}
