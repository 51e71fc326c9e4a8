/** `npm run fuzz -- PROTOCOL [--seconds N] [--seed S]`: damaged and random bytes through its decoders. */
import { spawnSync } from 'node:child_process';
import { argumentsOf } from './arguments.mjs';
import { ensureInstalled, ensureNode, root } from './install.mjs';

ensureNode();
ensureInstalled();

const options = { seconds: { type: 'string', default: '60' }, seed: { type: 'string' } };
const usage = 'npm run fuzz -- PROTOCOL [--seconds N] [--seed S]';
const { positionals, values } = argumentsOf(options, usage);
const wrong = [values.seconds, values.seed ?? '0'].some((text) => !/^\d{1,9}$/.test(text));
if (positionals.length !== 1 || wrong) {
  console.error(usage);
  process.exit(2);
}
const env = { ...process.env, FUZZ_PROTOCOL: positionals[0], FUZZ_SECONDS: values.seconds };
if (values.seed !== undefined) env.FUZZ_SEED = values.seed;
const command = ['node_modules/vitest/vitest.mjs', 'run', '--config', 'vitest.fuzz.config.ts'];
const done = spawnSync(process.execPath, command, { cwd: root, stdio: 'inherit', env });
process.exit(done.status ?? 1);
