/** What DLMS meters send by themselves, into the pipeline. */
import type { Ingest, PushSink, ReceivedPush } from '@openami/headend';
import { findObis, formatObis, Quality, systemAccess } from '@openami/model';
import type { RegistryStore } from '@openami/store';
import type { DecodedSeries } from '@openami/wire';
import type { Logger } from '../log.ts';

export interface PushSinkOptions {
  readonly registry: RegistryStore;
  readonly ingest: Ingest;
  readonly log: Logger;
}

/** Stores the readings of pushes as registers at their time; the sender is known by its title or its name. */
export function pushSink({ registry, ingest, log }: PushSinkOptions): PushSink {
  const serialOf = async ({ systemTitle, push }: ReceivedPush): Promise<string> => {
    const found = systemTitle && (await registry.endpoints.findByTitle(systemAccess, systemTitle));
    if (!found) return push?.meter ?? systemTitle ?? '';
    return (await registry.meters.get(systemAccess, found.meterId)).serial;
  };
  return {
    async take(received) {
      const { push, receivedMs, opened } = received;
      if (push === undefined) return;
      const series = seriesOf(push, receivedMs);
      await ingest.accept({
        ...{ source: 'dlms', receivedMs, frame: opened.bytes },
        messages: [
          { device: await serialOf(received), sentMs: 0, series, events: [], rejects: [], rejectCount: 0 },
        ],
      });
    },
    refused: (error, remote) => log.warn({ code: error.code, remote }, 'A push was refused'),
  };
}

type Push = NonNullable<ReceivedPush['push']>;

/** One register reading for each number with a unit. */
function seriesOf({ readings, time }: Push, receivedMs: number): DecodedSeries[] {
  const at = time?.utcS ?? Math.floor(receivedMs / 1000);
  return readings.flatMap(({ obis, value, unit }) => {
    const name = findObis(obis);
    if (name === undefined || typeof value !== 'number' || unit === null || unit === '1') return [];
    return [
      {
        ...{ quantity: formatObis(name), unit, intervalS: 0, length: 1 },
        ...{ end: Float64Array.of(at), value: Float64Array.of(value), quality: Uint8Array.of(Quality.raw) },
      },
    ];
  });
}
