/** Sends what waits in a registry until it is killed: `dispatch-process.ts POSTGRES_URL`. */
import { systemClock } from '@openami/model';
import { openRegistryStore } from '@openami/store';
import { AddressFilter } from '../../src/services/hand-over/addresses.ts';
import { WebhookDispatcher } from '../../src/services/hand-over/dispatcher.ts';

const [, , url] = process.argv as [string, string, string];
const log = { info: () => undefined, warn: console.error, error: console.error };
const registry = await openRegistryStore({ url, clock: systemClock, log });
new WebhookDispatcher({
  ...{ registry, clock: systemClock, log, filter: new AddressFilter('127.0.0.1') },
  secretsOf: async () => [Buffer.alloc(32)],
}).start();
setInterval(() => undefined, 1_000);
