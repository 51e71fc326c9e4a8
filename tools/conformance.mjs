/** `npm run conformance -- wire [--vectors FOLDER] [--output FILE]`: scores of recorded telegrams. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { argumentsOf } from './arguments.mjs';
import { ensureInstalled, ensureNode, root } from './install.mjs';

ensureNode();
ensureInstalled();

const usage = 'npm run conformance -- wire [--vectors FOLDER] [--output FILE]';
const options = {
  // a folder beside the project, which may be absent
  vectors: { type: 'string', default: process.env.OPENAMI_VECTORS || join(root, '../shared/vectors') },
  output: { type: 'string', default: join(root, 'docs/conformance/wire.md') },
};
const { positionals, values } = argumentsOf(options, usage);
if (positionals.length !== 1 || positionals[0] !== 'wire') {
  console.error(usage);
  process.exit(2);
}
const vectors = resolve(values.vectors);
if (!existsSync(join(vectors, 'mbus/README.md'))) {
  console.error('The recorded telegrams are not here: name their folder with --vectors or OPENAMI_VECTORS.');
  process.exit(2);
}
const flags = ['--import', 'tsx', '--conditions=@openami/source'];
const command = ['server/test/conformance/wire.ts', vectors, resolve(values.output)];
const done = spawnSync(process.execPath, [...flags, ...command], { cwd: root, stdio: 'inherit' });
process.exit(done.status ?? 1);
