/**
 * `npm run fuzz -- PROTOCOL [--seconds N] [--seed S]`: damaged and random bytes through its decoders.
 * `npm run fuzz -- billing [--runs N] [--seconds N] [--seed S]`: random bills against a second rating.
 */
import { spawnSync } from 'node:child_process';
import { argumentsOf } from './arguments.mjs';
import { ensureInstalled, ensureNode, root } from './install.mjs';

ensureNode();
ensureInstalled();

const options = { seconds: { type: 'string' }, seed: { type: 'string' }, runs: { type: 'string' } };
const usage = `npm run fuzz -- PROTOCOL [--seconds N] [--seed S]
npm run fuzz -- billing [--runs N] [--seconds N] [--seed S]`;
const { positionals, values } = argumentsOf(options, usage);
const bills = positionals[0] === 'billing';
const wrong =
  Object.values(values).some((text) => !/^\d{1,9}$/.test(text)) || (values.runs !== undefined && !bills);
if (positionals.length !== 1 || wrong) {
  console.error(usage);
  process.exit(2);
}
const seconds = values.seconds ?? (bills ? undefined : '60');
const env = {
  ...process.env,
  FUZZ_PROTOCOL: positionals[0],
  ...(seconds === undefined ? {} : { FUZZ_SECONDS: seconds }),
  ...(values.seed === undefined ? {} : { FUZZ_SEED: values.seed }),
  ...(values.runs === undefined ? {} : { FUZZ_RUNS: values.runs }),
};
const command = ['node_modules/vitest/vitest.mjs', 'run', '--config', 'vitest.fuzz.config.ts'];
command.push(bills ? 'billing/test/fuzz' : 'wire/test/fuzz');
const done = spawnSync(process.execPath, command, { cwd: root, stdio: 'inherit', env });
process.exit(done.status ?? 1);
