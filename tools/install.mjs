/** Makes sure node_modules is what package-lock.json says; runs `npm ci` when it is not. */
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

const floor = [20, 19];

export function ensureNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > floor[0] || (major === floor[0] && minor >= floor[1])) return;
  console.error(`OpenAMI needs Node ${floor.join('.')} or newer; this is ${process.versions.node}.`);
  console.error('Install a current LTS release of Node and run the command again.');
  process.exit(2);
}

export function ensureInstalled() {
  const lock = join(root, 'package-lock.json');
  const installed = join(root, 'node_modules', '.package-lock.json');
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return;
  console.error(
    'Installing dependencies (about 700 MB on disk, most of it the embedded ClickHouse engine) …',
  );
  const started = Date.now();
  // one string for the shell, which Windows needs to find npm; no part of it comes from outside
  const done = spawnSync('npm ci --no-audit --no-fund --loglevel=error', {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: true,
  });
  if (done.status !== 0) {
    console.error('npm ci failed: see the lines above. A proxy or an offline machine is the usual cause.');
    process.exit(1);
  }
  console.error(`Installed in ${Math.round((Date.now() - started) / 1000)} s.`);
}
