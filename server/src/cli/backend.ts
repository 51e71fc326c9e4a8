/**
 * What verbs that work on the data talk to: the server that runs on the data folder, else one of their own
 * for the time of the verb. Either way over the same HTTP API.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import { launchServer } from '../start.ts';
import { ApiClient, runningServer } from './client.ts';
import { quietLog } from './config.ts';

export interface Backend {
  readonly client: ApiClient;
  /** True when a server was already running. */
  readonly running: boolean;
  close(): Promise<void>;
}

/** Whoever meant a system that is there should hear that another one is made. */
function tellNew({ dataDir, postgresUrl }: Config): void {
  if (postgresUrl !== '' || existsSync(join(dataDir, 'postgres'))) return;
  const where = 'the demo is in data/demo (--data-dir data/demo), others where OPENAMI_DATA_DIR says';
  process.stderr.write(`Nothing is in ${dataDir} yet: a new system is made there; ${where}.\n`);
}

/** Finds or starts the server of a data folder. */
async function openBackend(config: Config): Promise<Backend> {
  const found = await runningServer(config.dataDir);
  if (found) return { client: found.client, running: true, close: async () => undefined };
  tellNew(config);
  const own: Config = { ...config, host: '127.0.0.1', port: 0, roles: ['worker', 'api'] };
  const server = await launchServer({ config: own, log: quietLog() });
  const client = new ApiClient(server.url, server.context.localToken);
  return { client, running: false, close: () => server.close() };
}

/** Runs work against the backend and closes it whatever happens. */
export async function withBackend<T>(config: Config, work: (backend: Backend) => Promise<T>): Promise<T> {
  const backend = await openBackend(config);
  try {
    return await work(backend);
  } finally {
    await backend.close();
  }
}
