/** Steps that may be taken again, on a machine so busy that the registry does not answer in time. */
import { setTimeout as delay } from 'node:timers/promises';
import { OpenAmiError } from '@openami/model';

const tries = 10;

/** Takes a step until the registry answers, ten times at most. Raises what the step raises. */
export async function whenAvailable<T>(step: () => Promise<T>, pauseMs = 3_000): Promise<T> {
  for (let left = tries; ; left--) {
    try {
      return await step();
    } catch (error) {
      const busy = error instanceof OpenAmiError && error.code === 'REGISTRY_UNAVAILABLE';
      if (!busy || left === 1) throw error;
      await delay(pauseMs);
    }
  }
}
