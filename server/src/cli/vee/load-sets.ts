/**
 * What `openami vee score` is given, file by file: sets of meters of one kind, each read when it is its
 * turn.
 */
import { basename, dirname, join, relative } from 'node:path';
import { groupBy, OpenAmiError } from '@openami/model';
import { checkClock, checkSpacing } from './clock-check.ts';
import { csvFiles, matching } from './find-files.ts';
import { ratedPower } from './peers.ts';
import { type ReadAs, readSets, type SetSpec } from './read-as.ts';
import { commodityInPath, type Input, readInput, requireChannels } from './read-input.ts';
import { readTemperature, type Temperature } from './temperature.ts';

export interface PlannedSet extends Omit<SetSpec, 'files'> {
  /** Full paths. */
  readonly paths: readonly string[];
  /** Rated power of generators in kW, by meter. */
  readonly ratedKw?: ReadonlyMap<string, number>;
  /** Outside temperature. */
  readonly weather?: Temperature;
}

/** What a person should know besides the figures. */
export type Note = (text: string) => void;

/** The sets of an input: as a sets file names them, else files of one kind and folder together. */
export async function planSets(
  path: string,
  as: ReadAs,
  setsFile: string | undefined,
  note: Note,
): Promise<PlannedSet[]> {
  const files = await csvFiles(path);
  if (setsFile !== undefined) return describedSets(path, files, setsFile, note);
  const alone = files.length === 1;
  const named = files.filter((file) => (as.commodity ?? commodityInPath(file)) !== undefined);
  if (named.length === 0)
    note('No path names a commodity: taken as electricity (--commodity says otherwise).');
  else if (named.length < files.length)
    note(
      `${files.length - named.length} files whose path names no commodity were left out (see --commodity).`,
    );
  if (as.zone === undefined) note('No --timezone: stamps without an offset, and days, are taken as UTC.');
  const kindOf = (file: string): string =>
    alone ? file : join(dirname(file), basename(file).replace(/\d{4,}/g, '*'));
  return [...groupBy(named.length === 0 ? files : named, kindOf)].map(([kind, paths]) => ({
    ...as,
    name: alone ? basename(kind) : relative(path, kind),
    commodity: as.commodity ?? commodityInPath(kind) ?? 'electricity',
    paths,
  }));
}

async function describedSets(
  folder: string,
  files: readonly string[],
  setsFile: string,
  note: Note,
): Promise<PlannedSet[]> {
  const planned: PlannedSet[] = [];
  for (const { files: patterns, ...set } of await readSets(setsFile)) {
    const paths = patterns.flatMap((pattern) => matching(files, folder, pattern));
    const ratedKw = set.rated ? await ratedPower(join(folder, set.rated.file), set.rated) : undefined;
    const weather = set.temperature && (await readTemperature(folder, set.temperature));
    const more = { ...(ratedKw ? { ratedKw } : {}), ...(weather ? { weather } : {}) };
    if (paths.length > 0) planned.push({ ...set, ...more, paths });
    else note(`${set.name}: ${patterns.join(', ')} is not there: left out.`);
  }
  return planned;
}

/** Reads a set. Throws what reading throws, VEE_INPUT_EMPTY, VEE_INTERVAL. */
export async function loadSet(set: PlannedSet, note: Note): Promise<Input> {
  const input = await readInput(set.paths, set);
  requireChannels(input, set.name);
  for (const text of input.notes) note(`${set.name}: ${text}`);
  for (const channel of input.channels) checkSpacing(channel);
  const clock = checkClock(input, input.channels[0]!.zone);
  if (clock !== undefined) note(`${set.name}: ${clock}`);
  return input;
}

/** The same of a set among others: one that cannot be read is left out, and said. */
export async function loadIfReadable(set: PlannedSet, note: Note): Promise<Input | undefined> {
  try {
    return await loadSet(set, note);
  } catch (error) {
    if (!(error instanceof OpenAmiError)) throw error;
    note(`${set.name} was left out: ${error.code}: ${error.message}`);
    return undefined;
  }
}
