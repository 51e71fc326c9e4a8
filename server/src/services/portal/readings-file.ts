/** Own readings as a file: only of the time that an agreement holds and its meters hung there. */
import { type SeriesChunk, writeCsv, writeGreenButton } from '@openami/exchange';
import { DAY_S, zoneTable } from '@openami/model';
import type { BilledAgreement, ReadingStore } from '@openami/store';
import { daysAsked } from '../../http/days.ts';
import { billedChannels, type ClippedChannel } from '../billing/billed-channels.ts';
import { seriesOf } from '../export.ts';
import type { Own } from './own.ts';

const mostDays = 800;
const windowS = 100 * DAY_S;

export interface FileAsked {
  readonly from: string;
  readonly to: string;
  readonly format: 'csv' | 'greenbutton';
}

/** Text of the file in parts. Raises VALIDATION_FAILED, FILE_VALUE_UNWRITABLE before the first. */
export async function* readingsFile(
  { store }: { readonly store: Pick<ReadingStore, 'readings'> },
  own: Own,
  agreement: BilledAgreement,
  { from, to, format }: FileAsked,
  nowS: number,
): AsyncGenerator<string, void, undefined> {
  const { fromDay, toDay } = daysAsked(from, to, mostDays);
  const table = zoneTable(agreement.zone);
  const fromS = Math.max(table.dayStart(fromDay), Math.ceil(agreement.fromS));
  const toS = Math.min(table.dayStart(toDay), agreement.untilS ?? Number.POSITIVE_INFINITY, nowS);
  const channels = billedChannels(agreement, fromS, Math.max(fromS, toS));
  const clips = [...channels.import, ...channels.export].filter((clip) => clip.toS > clip.fromS);
  const chunks = chunksOf(store, own, clips);
  if (format === 'csv') yield* writeCsv(chunks, { zone: agreement.zone });
  else {
    const { commodity, zone, usagePoint } = agreement;
    const devices = [...new Set(clips.map(({ channel }) => channel.serial))];
    const points = devices.map((device) => ({ device, title: usagePoint, commodity, zone }));
    yield* writeGreenButton(points, chunks, { updatedS: nowS });
  }
}

async function* chunksOf(
  store: Pick<ReadingStore, 'readings'>,
  { ctx }: Own,
  clips: readonly ClippedChannel[],
): AsyncGenerator<SeriesChunk> {
  for (const { channel, fromS, toS } of clips) {
    const { serial, obis, readingType, unit, intervalS } = channel;
    const head = {
      ...{ device: serial, quantity: obis || 'usage', unit, intervalS },
      ...(readingType !== '' && { readingType }),
    };
    for (let at = fromS; at < toS; at += windowS) {
      const rows = await store.readings.profile(ctx, channel.channelId, {
        ...{ fromS: at, toS: Math.min(at + windowS, toS) },
      });
      if (rows.length > 0) yield seriesOf(rows, head);
    }
  }
}
