/** A process that reserves counters as fast as it can and says which, until it is killed. */
import { systemAccess } from '@openami/model';
import { openRegistryStore } from '../../src/postgres/index.ts';

const [url, meterId] = process.argv.slice(2);
const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
const store = await openRegistryStore({ url: url!, clock: { nowMs: () => 0 }, log: quiet });
const key = { meterId: Number(meterId), kind: 'guek', version: 1 } as const;
for (let n = 0; ; n++) {
  const block = 1 + (n % 7);
  process.send!(await store.counters.reserve(systemAccess, key, block));
}
