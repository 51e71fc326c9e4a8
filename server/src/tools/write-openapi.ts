/** Writes the OpenAPI document to the file named as argument: `docs/reference/openapi.json`. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServer } from '../compose.ts';
import { loadConfig } from '../config.ts';
import { createLog } from '../log.ts';

/** The document as text, from a server that is started for it. */
export async function openApiText(): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), 'openami-openapi-'));
  const config = loadConfig({ OPENAMI_DATA_DIR: dataDir, OPENAMI_PORT: '0', OPENAMI_ROLES: 'api' });
  const server = await startServer({ config, log: createLog('error') });
  try {
    return `${JSON.stringify(server.app.swagger(), null, 2)}\n`;
  } finally {
    await server.close();
    await rm(dataDir, { recursive: true, force: true });
  }
}

const target = process.argv[2];
if (target && process.argv[1]?.includes('write-openapi')) await writeFile(target, await openApiText());
