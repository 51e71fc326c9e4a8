/** Looks again and again whether days were closed that customers want to be told of. */
import { type RoundOptions, Rounds } from '../rounds.ts';
import { type AlertParts, lookAtUsage } from './alerts.ts';

const everyMs = 30_000;

/** Begins; the returned function stops after the round that is under way. */
export function startUsageAlerts(parts: AlertParts & Pick<RoundOptions, 'log'>): () => Promise<void> {
  return new Rounds({ what: 'Usage that customers are told of', log: parts.log, everyMs }, () =>
    lookAtUsage(parts),
  ).start();
}
