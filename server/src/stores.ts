/**
 * Opens both stores at once. Apart from the composition, which loads much more code: the engines come up
 * while that is loaded.
 */
import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Clock } from '@openami/model';
import { openReadingStore, openRegistryStore, type ReadingStore, type RegistryStore } from '@openami/store';
import type { Config } from './config.ts';
import { serverErrors } from './errors.ts';
import type { Logger } from './log.ts';

export interface Stores {
  readonly registry: RegistryStore;
  readonly store: ReadingStore;
}

/** The stores of a configuration, both at once. */
export async function openStores(config: Config, clock: Clock, log: Logger): Promise<Stores> {
  prepareFolder(config.dataDir);
  const { dataDir, clickhouseUrl, clickhouseCluster, postgresUrl, frameRetentionDays } = config;
  const registryOpens = openRegistryStore({
    dataDir,
    clock,
    log,
    ...(postgresUrl ? { url: postgresUrl } : {}),
  });
  const opened = await Promise.allSettled([
    registryOpens,
    openReadingStore({
      dataDir: join(dataDir, 'clickhouse'),
      clock,
      log,
      // the lease comes later, and another server may write until then
      fenced: true,
      visible: async (access) => (await registryOpens).channels.inScope(access),
      retention: { frameDays: frameRetentionDays },
      ...(clickhouseUrl ? { url: clickhouseUrl } : {}),
      ...(clickhouseCluster ? { cluster: clickhouseCluster } : {}),
    }),
  ]);
  const [registry, store] = opened;
  if (registry.status === 'fulfilled' && store.status === 'fulfilled') {
    return { registry: registry.value, store: store.value };
  }
  if (registry.status === 'fulfilled') await registry.value.close();
  if (store.status === 'fulfilled') await store.value.close();
  throw (registry.status === 'rejected' ? registry : (store as PromiseRejectedResult)).reason;
}

/** Makes the data folder, and finds out before the engines do when it cannot be written. */
function prepareFolder(dataDir: string): void {
  try {
    makeFolders(dataDir);
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw serverErrors.DATA_DIR(`${dataDir}: ${(error as NodeJS.ErrnoException).code}`, {}, error);
  }
}

/** Level by level: where a parent takes no folders (/proc), the recursive call of Node never comes back. */
function makeFolders(path: string): void {
  if (existsSync(path)) return;
  if (dirname(path) !== path) makeFolders(dirname(path));
  try {
    mkdirSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
