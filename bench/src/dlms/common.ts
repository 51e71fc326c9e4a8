/** What the parts of the DLMS benchmark share. */
import type { ReadingStore } from '@openami/store';
import type { MetersProcess } from './process.ts';

/** What a part works with. */
export interface Surroundings {
  readonly meters: MetersProcess;
  readonly store: ReadingStore;
  readonly progress: (line: string) => void;
}

export const zone = 'Europe/Berlin';
export const installed = { installedFrom: 0, installedUntil: Number.POSITIVE_INFINITY };

/** Processes whose time is counted. */
export function pidsOf({ meters, store }: Surroundings): Record<string, number> {
  return { headend: process.pid, meters: meters.pid, store: store.engine.status().pid };
}

/** Runs work `times`, so many at once; in the timed part until it says `false`. */
export async function inLanes(lanes: number, times: number, work: () => Promise<unknown>): Promise<void> {
  let left = times;
  const lane = async (): Promise<void> => {
    while (left-- > 0) if ((await work()) === false) return;
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}
