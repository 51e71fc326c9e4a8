/** Looks again and again whether days were closed that customers want to be told of. */
import type { Logger } from '../../log.ts';
import { type AlertParts, lookAtUsage } from './alerts.ts';

const everyMs = 30_000;

/** Begins; the returned function stops after the round that is under way. */
export function startUsageAlerts(
  parts: AlertParts & { readonly log: Pick<Logger, 'warn'> },
): () => Promise<void> {
  let round = Promise.resolve();
  let busy = false;
  const timer = setInterval(() => {
    if (busy) return;
    busy = true;
    round = lookAtUsage(parts)
      .then(() => undefined)
      .catch((error: unknown) => {
        parts.log.warn({ err: error }, 'Usage could not be looked at for alerts; it is tried again');
      })
      .finally(() => {
        busy = false;
      });
  }, everyMs).unref();
  return async () => {
    clearInterval(timer);
    await round;
  };
}
