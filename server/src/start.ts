/** A start as a command makes it: the engines come up while the program's code is loaded. */
import { systemClock } from '@openami/model';
import type { ComposeOptions, RunningServer } from './compose.ts';
import { openStores } from './stores.ts';

/** Starts a server; throws what `startServer` throws. */
export async function launchServer(options: Omit<ComposeOptions, 'stores'>): Promise<RunningServer> {
  const stores = openStores(options.config, options.clock ?? systemClock, options.log);
  // awaited by the composition; until then a failure must not count as unhandled
  stores.catch(() => undefined);
  const { startServer } = await import('./compose.ts');
  return startServer({ ...options, stores });
}
