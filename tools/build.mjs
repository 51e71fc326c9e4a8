/**
 * Builds what is out of date: TypeScript to `dist` in every workspace, and the apps for browsers.
 * Nobody has to remember it: the CLI, the demo and the tests call `ensureBuilt` first, and it costs
 * some milliseconds when nothing changed.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureInstalled, ensureNode, root } from './install.mjs';

const cache = join(root, '.cache');
const lock = join(cache, 'build.lock');
/** What runs in browsers. */
const apps = ['console', 'portal'];
const workspaces = JSON.parse(await readText(join(root, 'package.json'))).workspaces;

/** Builds when a source is newer than the last build; `ui` includes the browser apps. */
export async function ensureBuilt({ ui = false } = {}) {
  const jobs = staleJobs(ui);
  if (jobs.length === 0) return;
  await locked(() => {
    for (const job of staleJobs(ui)) run(job);
  });
}

function staleJobs(ui) {
  const base = newest([join(root, 'tsconfig.base.json'), join(root, 'package-lock.json')]);
  const code = workspaces.filter((name) => !apps.includes(name));
  const sources = code.flatMap((name) => [join(root, name, 'src'), join(root, name, 'package.json')]);
  const jobs = [];
  const server = {
    title: 'Compiling TypeScript',
    stamp: join(cache, 'server.stamp'),
    command: ['node_modules/typescript/bin/tsc', '-b', ...code],
  };
  if (Math.max(base, newest(sources)) > newest([server.stamp]) || !existsSync(join(root, 'server/dist')))
    jobs.push(server);
  if (!ui) return jobs;
  for (const name of apps) {
    // the portal is made of parts of the console
    const inputs = [...new Set([name, 'console'])].flatMap((one) =>
      ['src', 'public', 'index.html', 'vite.config.ts', 'package.json'].map((file) => `${one}/${file}`),
    );
    const app = {
      title: `Building the ${name}`,
      stamp: join(cache, `${name}.stamp`),
      command: ['node_modules/vite/bin/vite.js', 'build', name, '--logLevel', 'warn'],
    };
    const files = [...inputs, 'model/src'].map((path) => join(root, path)).filter((path) => existsSync(path));
    if (newest(files) > newest([app.stamp]) || !existsSync(join(root, name, 'dist/index.html')))
      jobs.push(app);
  }
  return jobs;
}

function run({ title, command, stamp }) {
  if (!existsSync(join(root, command[0]))) return; // an installation without build tools ships its dist
  const started = Date.now();
  process.stderr.write(`${title} … `);
  const done = spawnSync(process.execPath, command, { cwd: root, stdio: ['ignore', 2, 2] });
  if (done.status !== 0) {
    console.error(`\n${title} failed: see the lines above.`);
    process.exit(1);
  }
  writeFileSync(stamp, '');
  process.stderr.write(`${((Date.now() - started) / 1000).toFixed(1)} s\n`);
}

/** Newest modification time (ms) of the given files and of everything below the given folders. */
function newest(paths) {
  let latest = 0;
  for (const path of paths) {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (!stat) continue;
    if (!stat.isDirectory()) latest = Math.max(latest, stat.mtimeMs);
    else latest = Math.max(latest, stat.mtimeMs, newest(readdirSync(path).map((name) => join(path, name))));
  }
  return latest;
}

async function locked(work) {
  mkdirSync(cache, { recursive: true });
  for (let waitedMs = 0; ; waitedMs += 100) {
    try {
      mkdirSync(lock);
      break;
    } catch {
      // a build that was killed leaves its lock: after two minutes it is nobody's
      if (waitedMs > 120_000) rmSync(lock, { recursive: true, force: true });
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  const release = () => rmSync(lock, { recursive: true, force: true });
  process.once('exit', release);
  try {
    work();
  } finally {
    release();
    process.removeListener('exit', release);
  }
}

async function readText(path) {
  const { readFile } = await import('node:fs/promises');
  return readFile(path, 'utf8');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  ensureNode();
  ensureInstalled();
  await ensureBuilt({ ui: true });
}
