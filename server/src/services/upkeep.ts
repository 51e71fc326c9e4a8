/** What a worker tidies away: each work at the start and then every hour, one after the other. */
import type { Logger } from '../log.ts';

const everyMs = 3_600_000;

export type UpkeepWorks = Readonly<Record<string, () => Promise<unknown>>>;

/** Begins; the returned function stops after the work that is under way. */
export function startUpkeep(works: UpkeepWorks, log: Pick<Logger, 'warn'>): () => Promise<void> {
  let stopping = false;
  const round = async () => {
    for (const [name, work] of Object.entries(works)) {
      if (stopping) return;
      try {
        await work();
      } catch (error) {
        log.warn({ err: error, work: name }, 'Upkeep failed; it is tried again in an hour');
      }
    }
  };
  let rounds = round();
  const timer = setInterval(() => {
    rounds = rounds.then(round);
  }, everyMs).unref();
  return async () => {
    stopping = true;
    clearInterval(timer);
    await rounds;
  };
}
