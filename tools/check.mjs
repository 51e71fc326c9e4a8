/** `npm run check`: types, lint and format, unused code, house rules. Stops at the first failure. */
import { spawnSync } from 'node:child_process';
import { ensureInstalled, root } from './install.mjs';

ensureInstalled();

const steps = [
  ['types', ['node_modules/typescript/bin/tsc', '-b']],
  ['lint and format', ['node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.']],
  ['unused code', ['node_modules/knip/bin/knip.js']],
  ['house rules', ['tools/tidy.mjs']],
];

for (const [title, command] of steps) {
  const started = Date.now();
  const done = spawnSync(process.execPath, command, { cwd: root, encoding: 'utf8' });
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  if (done.status !== 0) {
    process.stdout.write(`${done.stdout}${done.stderr}`);
    console.log(`✗ ${title} (${seconds} s)`);
    process.exit(1);
  }
  console.log(`✓ ${title} (${seconds} s)`);
}
