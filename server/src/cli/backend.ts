/**
 * What verbs that work on the data talk to: the server that runs on the data folder, else one of their own
 * for the time of the verb. Either way over the same HTTP API.
 */
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

/** Finds or starts the server of a data folder. */
async function openBackend(config: Config): Promise<Backend> {
  const found = await runningServer(config.dataDir);
  if (found) return { client: found.client, running: true, close: async () => undefined };
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
