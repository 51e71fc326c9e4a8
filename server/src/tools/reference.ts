/** `npm run reference`: writes docs/reference from the code (openapi.json, errors.md). */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ErrorSpec, errorCatalogue } from '@openami/model';
// these declare errors too; the packages that a server always loads come with it
import '@openami/billing';
import '@openami/sim';
import '@openami/wire/c12';
import '@openami/wire/iec62056-21';
import '@openami/wire/p1';
import '@openami/wire/sml';
import { startServer } from '../compose.ts';
import { loadConfig } from '../config.ts';
import { createLog } from '../log.ts';

/** The OpenAPI document as text, from a server that is started for it. */
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

const faults: Readonly<Record<ErrorSpec['fault'], string>> = {
  ours: 'a fault of this program',
  caller: 'the request or the data',
  peer: 'a device, broker or engine',
  timeout: 'time ran out',
  closed: 'it was shut down',
};

/** Every declared error as a Markdown table: code, status, fault, what it means, what to do. */
export function errorsText(): string {
  const rows = [...errorCatalogue]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([code, { status, fault, title, hint }]) =>
        `| \`${code}\` | ${status} | ${faults[fault]} | ${title} | ${hint} |`,
    );
  return [
    '# Errors',
    '',
    'Every error carries a stable code: in API answers (`code` of the problem), on the command line, in',
    'reject files and beside rejected readings. The status is that of an HTTP answer.',
    '',
    '| code | status | whose fault | what it means | what to do |',
    '|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

const folder = process.argv[2];
if (folder && process.argv[1]?.includes('reference')) {
  await writeFile(join(folder, 'openapi.json'), await openApiText());
  await writeFile(join(folder, 'errors.md'), errorsText());
}
