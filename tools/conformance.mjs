/**
 * `npm run conformance -- wire [--vectors FOLDER] [--output FILE]`: scores of recorded telegrams.
 * `npm run conformance -- billing [--tariffs FOLDER] [--standards FOLDER] [--output FILE]`: known bills.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { argumentsOf } from './arguments.mjs';
import { ensureInstalled, ensureNode, root } from './install.mjs';

ensureNode();
ensureInstalled();

const usage = `npm run conformance -- wire [--vectors FOLDER] [--output FILE]
npm run conformance -- billing [--tariffs FOLDER] [--standards FOLDER] [--output FILE]`;
const options = {
  // folders beside the project, which may be absent
  vectors: { type: 'string', default: process.env.OPENAMI_VECTORS || join(root, '../shared/vectors') },
  tariffs: { type: 'string', default: join(root, '../shared/data/tariffs') },
  standards: { type: 'string', default: join(root, '../shared/standards') },
  output: { type: 'string' },
};
/** What is scored: folders by their flag, each with a file that shows it is the right one. */
const scored = {
  wire: [['vectors', 'mbus/README.md', 'The recorded telegrams']],
  billing: [
    ['tariffs', 'sam_utilityrate5/cases.json', 'The tariffs with known bills'],
    ['standards', 'sam-billing/golden.json', 'The bills worked out again'],
  ],
};
const { positionals, values } = argumentsOf(options, usage);
const name = positionals[0] ?? '';
if (positionals.length !== 1 || !Object.hasOwn(scored, name)) {
  console.error(usage);
  process.exit(2);
}
for (const [flag, file, what] of scored[name]) {
  if (existsSync(join(resolve(values[flag]), file))) continue;
  console.error(`${what} are not here: name their folder with --${flag}.`);
  process.exit(2);
}
const folders = scored[name].map(([flag]) => resolve(values[flag]));
const output = resolve(values.output ?? join(root, `docs/conformance/${name}.md`));
const flags = ['--import', 'tsx', '--conditions=@openami/source'];
const command = [`server/test/conformance/${name}.ts`, ...folders, output];
const done = spawnSync(process.execPath, [...flags, ...command], { cwd: root, stdio: 'inherit' });
process.exit(done.status ?? 1);
