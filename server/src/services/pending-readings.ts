/**
 * Delivers readings that were written with a change of the registry (an exchange of meters) to the reading
 * store. They are taken away after they are stored, so a delivery may come twice: what the store has had
 * already, or has a newer version of, is left as it is.
 */
import { Quality, ReadingBatch, systemAccess } from '@openami/model';
import type { PendingReading, ReadingStore, RegistryStore } from '@openami/store';
import type { Logger } from '../log.ts';
import { InTurn } from './in-turn.ts';
import type { LastHeard } from './last-heard.ts';

interface PendingReadingsParts {
  readonly registry: Pick<RegistryStore, 'pendingReadings'>;
  readonly store: Pick<ReadingStore, 'writer' | 'readings'>;
  readonly heard: Pick<LastHeard, 'note'>;
  readonly log: Pick<Logger, 'warn'>;
  /** Throws where this server may not write readings: another one delivers. */
  readonly requireWriter: () => void;
}

/** A caller waits so long for the delivery of what it brought; after that it is told of the change alone. */
const waitMs = 3_000;

const seconds = (at: Date): number => Math.floor(at.getTime() / 1000);

export class PendingReadings {
  readonly #parts: PendingReadingsParts;
  readonly #turn = new InTurn();

  constructor(parts: PendingReadingsParts) {
    this.#parts = parts;
  }

  /** Delivers what waits. Rejects with what the stores raise; what was not stored still waits. */
  deliver(): Promise<void> {
    return this.#turn.run(() => this.#round());
  }

  /** The same for a caller who has something else to answer: never rejects, waits some seconds at most. */
  async deliverSoon(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const longEnough = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, waitMs);
    });
    await Promise.race([this.deliver().catch((error: unknown) => this.note(error)), longEnough]);
    clearTimeout(timer);
  }

  /** That it failed is not lost: it is tried again. */
  note(error: unknown): void {
    this.#parts.log.warn({ err: error }, 'Readings of an exchange of meters wait to be stored');
  }

  async #round(): Promise<void> {
    const { registry, store, heard, requireWriter } = this.#parts;
    for (;;) {
      const waiting = await registry.pendingReadings.list(systemAccess);
      if (waiting.length === 0) return;
      requireWriter();
      const readings = new ReadingBatch(waiting.length);
      for (const one of waiting) {
        const { channelId, at, count, resolution, received } = one;
        if (await this.#isSettled(one)) continue;
        const single = new ReadingBatch(1);
        single.push(channelId, seconds(at), count, resolution, Quality.edited, 0);
        await store.writer.commit({ readings: single, receivedMs: received.getTime() });
        readings.append(single);
      }
      heard.note(readings.channel, readings.end, readings.length);
      const ids = waiting.map(({ id }) => id);
      await registry.pendingReadings.remove(systemAccess, ids);
    }
  }

  /** The store has had this very reading, or one that came after it. */
  async #isSettled({ channelId, at, count, resolution, received }: PendingReading): Promise<boolean> {
    const all = await this.#parts.store.readings.revisions(systemAccess, channelId, seconds(at));
    for (let row = 0; row < all.length; row++) {
      const revision = all.revision[row]!;
      if (revision > seconds(received)) return true;
      const same = all.value[row] === count && all.resolution[row] === resolution;
      if (same && all.quality[row] === Quality.edited && revision === seconds(received)) return true;
    }
    return false;
  }
}
