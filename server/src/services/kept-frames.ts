/** Frames that were kept as evidence, handed to the ingest once more. */
import type { AccessContext, Frame, Source } from '@openami/model';
import type { EvidenceFilter, ReadingStore } from '@openami/store';

/** As many frames of one device are read again at most. */
export const mostReplayed = 20_000;
const framesAtOnce = 1_000;
/** Frames whose readings are on their way to the disk at once: one fsync serves them all. */
const storedAtOnce = 100;

/** The newest frames of a source, the newest first. */
export async function keptFrames(
  evidence: Pick<ReadingStore['evidence'], 'frames'>,
  ctx: AccessContext,
  { source, ...of }: Pick<EvidenceFilter, 'device' | 'meters'> & { readonly source: Source },
  most = mostReplayed,
): Promise<Frame[]> {
  const found: Frame[] = [];
  const limit = Math.min(framesAtOnce, most);
  for (let beforeMs: number | undefined; found.length < most; ) {
    const page = await evidence.frames(ctx, { ...of, limit, ...(beforeMs ? { beforeMs } : {}) });
    found.push(...page.filter((frame) => frame.source === source));
    if (page.length < limit) break;
    beforeMs = page.at(-1)!.receivedMs;
  }
  return found.slice(0, most);
}

/** Readings on their way to the disk, so many at once at most. */
export class Storing {
  #works: Promise<unknown>[] = [];

  /** Rejects with what any of those before it came to. */
  async add(work: Promise<unknown>): Promise<void> {
    // that it fails is told by the next wait, which may be later
    work.catch(() => undefined);
    this.#works.push(work);
    if (this.#works.length >= storedAtOnce) await this.done();
  }

  async done(): Promise<void> {
    await Promise.all(this.#works.splice(0));
  }
}
