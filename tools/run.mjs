/**
 * `npm run demo` and its like: installs and builds what is missing, then runs an `openami` verb.
 * `--vitest NAME` runs the long test suite of that name instead (`test/NAME/*.NAME.ts`).
 */
import { spawn } from 'node:child_process';
import { ensureBuilt } from './build.mjs';
import { ensureInstalled, ensureNode, root } from './install.mjs';

ensureNode();
ensureInstalled();
await ensureBuilt({ ui: true });

const args = process.argv.slice(2);
const command =
  args[0] === '--vitest'
    ? ['node_modules/vitest/vitest.mjs', 'run', '--config', `vitest.${args[1]}.config.ts`, ...args.slice(2)]
    : ['server/bin/openami.mjs', ...args];
const child = spawn(process.execPath, command, { cwd: root, stdio: 'inherit' });
// Ctrl-C reaches the child through the terminal's process group; `kill` reaches only us, so pass it on
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
process.on('SIGINT', () => {});
child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
