/** `npm test`: installs what is missing, builds, checks, runs every test, closes with one line of counts. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBuilt } from './build.mjs';
import { ensureInstalled, ensureNode, root } from './install.mjs';

ensureNode();
ensureInstalled();
await ensureBuilt({ ui: true });

// processes that tests start run what was just built
const env = { ...process.env, RUN_BUILT_CHILDREN: '1' };
const node = (args) =>
  spawnSync(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'] });

const checks = node(['tools/check.mjs']);
if (checks.status !== 0) process.exit(1);

const report = join(root, '.cache', 'test-report.json');
mkdirSync(join(root, '.cache'), { recursive: true });
rmSync(report, { force: true });
const outputs = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
const run = node(['node_modules/vitest/vitest.mjs', 'run', ...outputs, ...process.argv.slice(2)]);

const {
  numPassedTests: passed,
  numFailedTests: failed,
  numPendingTests: skipped,
} = JSON.parse(readFileSync(report, 'utf8'));
console.log(`\n${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exit(run.status ?? 1);
