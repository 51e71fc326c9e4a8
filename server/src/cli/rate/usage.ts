/** Usage from CSV: rows of one channel on a regular grid, or a bare column of numbers. */
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { sameBase, type UsageSegment } from '@openami/billing';
import { type Commodity, findUnit, formatInstant, Quality } from '@openami/model';
import { serverErrors } from '../../errors.ts';
import { firstBytes, unpacked } from '../../imports/spool.ts';
import { isMade } from '../../services/billing/usage.ts';
import { loadSet, type Note } from '../vee/load-sets.ts';
import type { InputChannel } from '../vee/read-input.ts';

export interface UsageAs {
  readonly zone: string;
  readonly commodity: Commodity;
  /** Unit of the tariff: what columns without one are in. */
  readonly unit: string;
}

/** The channel of a file. Throws RATE_USAGE, VEE_INPUT_EMPTY. */
export async function readChannel(path: string, as: UsageAs, note: Note): Promise<InputChannel> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile()) throw serverErrors.USAGE(`${path} is not a file`);
  const header = await headerOf(path);
  const unit = unitIn(header);
  if (/^["']?[0-9]/.test(header)) note(`${path} has no header: stamps are taken as ends of intervals`);
  const set = {
    ...{ name: path, paths: [path], zone: as.zone, commodity: as.commodity, values: 'interval' as const },
    ...(unit !== undefined && { unit }),
  };
  const input = await loadSet(set, note);
  for (const { line, detail, value } of input.rejects) note(`${path} line ${line}: ${detail} ${value}`);
  const [channel, ...others] = input.channels;
  if (channel === undefined || others.length > 0)
    throw serverErrors.RATE_USAGE(`${path} holds ${input.channels.length} channels, one is wanted`);
  if (!sameBase(channel.unit, as.unit))
    throw serverErrors.RATE_USAGE(`${path} is in ${channel.unit}, the tariff in ${as.unit}`);
  return channel;
}

async function headerOf(path: string): Promise<string> {
  const stream = createReadStream(path);
  const bytes = await firstBytes(unpacked(stream), HEADER_BYTES).finally(() => stream.destroy());
  const [header = ''] = new TextDecoder().decode(bytes).split(/[\r\n]/, 1);
  return header;
}

/** Energy or volume that a header names by its unit alone, as in `end,kWh`. */
function unitIn(header: string): string | undefined {
  const units = header.split(/[,;\t]/).map((cell) => findUnit(cell.trim().replace(/^"(.*)"$/, '$1')));
  return units.find((unit) => unit?.base === 'Wh' || unit?.base === 'L')?.symbol;
}

const HEADER_BYTES = 4_096;

/** Start and length of a grid. */
export interface Grid {
  readonly startS: number;
  readonly intervalS: number;
  readonly length: number;
}

/** The grid that holds the rows of all channels. Throws RATE_USAGE. */
export function gridOf(channels: readonly InputChannel[]): Grid {
  const [{ intervalS }] = channels as [InputChannel];
  if (channels.some((channel) => channel.intervalS !== intervalS))
    throw serverErrors.RATE_USAGE('what is drawn and what is fed in have intervals of different lengths');
  let [startS, endS] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { rows } of channels) {
    for (const s of rows.endS) {
      startS = Math.min(startS, s - intervalS);
      endS = Math.max(endS, s);
    }
  }
  const length = Math.ceil((endS - startS) / intervalS);
  if (length > MAX_INTERVALS)
    throw serverErrors.RATE_USAGE(`${length} intervals; at most ${MAX_INTERVALS} are rated at once`);
  return { startS, intervalS, length };
}

const MAX_INTERVALS = 2_000_000;

/**
 * Rows on a grid; what is not there is missing, and of several of one time the last is taken, which is said.
 * Throws RATE_USAGE for a stamp beside the grid.
 */
export function segmentOf(
  { rows, resolution }: InputChannel,
  { startS, intervalS, length }: Grid,
  note: Note,
): UsageSegment {
  const twice: number[] = [];
  const counts = new Float64Array(length).fill(Number.NaN);
  const estimated = new Uint8Array(length);
  for (let i = 0; i < rows.endS.length; i++) {
    const at = (rows.endS[i]! - startS) / intervalS - 1;
    if (!Number.isInteger(at))
      throw serverErrors.RATE_USAGE(`${formatInstant(rows.endS[i]!)} is not on the grid of ${intervalS} s`);
    const quality = rows.quality[i]!;
    if (quality === Quality.missing) continue;
    if (!Number.isNaN(counts[at]!) && counts[at] !== rows.value[i]) twice.push(rows.endS[i]!);
    counts[at] = rows.value[i]!;
    estimated[at] = isMade(quality) ? 1 : 0;
  }
  if (twice.length > 0)
    note(
      `${twice.length} rows say something else of a time that another row is of, the first of the interval ` +
        `that ends at ${formatInstant(twice[0]!)}: the last row is taken`,
    );
  return { startS, intervalS, step: resolution, counts, estimated };
}

const NUMBER = /^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/;

/** A bare column of numbers, one a line; a header is passed over. Throws RATE_USAGE. */
export async function readColumn(path: string): Promise<string[]> {
  const bytes = await readFile(path).catch(() => {
    throw serverErrors.USAGE(`${path} is not a file`);
  });
  const text = bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes).toString() : bytes.toString();
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  while (lines.at(-1) === '') lines.pop();
  if (lines.length > 0 && !NUMBER.test(lines[0]!)) lines.shift();
  const wrong = lines.findIndex((line) => !NUMBER.test(line));
  if (wrong < 0 && lines.length > 0) return lines;
  throw serverErrors.RATE_USAGE(
    wrong < 0
      ? `${path} is empty`
      : `${path}: "${lines[wrong]!.slice(0, 40)}" is no number; a bare column is wanted`,
  );
}
