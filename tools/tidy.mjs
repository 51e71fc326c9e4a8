/**
 * The rules of the house that no linter knows: file and line length, the arrows between workspaces,
 * calls that have a better way, words that must not be in the repository. Prints every breach.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './install.mjs';

const maxLines = 400;
const maxColumns = 110;

/** Which workspaces each may import; `server` composes everything. */
const arrows = {
  model: [],
  wire: ['model'],
  headend: ['model', 'wire'],
  store: ['model'],
  exchange: ['model'],
  vee: ['model'],
  billing: ['model'],
  sim: ['model', 'wire'],
  bench: ['model', 'wire', 'store', 'headend', 'exchange', 'sim', 'vee'],
  console: ['model', 'server'],
  // shared parts of the user interface
  portal: ['model', 'server', 'console'],
  server: ['model', 'wire', 'headend', 'store', 'exchange', 'vee', 'billing', 'sim', 'bench'],
};

/** Lines that may not be written, and what to write instead. */
const banned = [
  [
    /\bDate\.now\(\)/,
    ['model', 'wire', 'exchange', 'vee', 'billing'],
    'take a Clock or a time as a parameter',
  ],
  [
    /\bMath\.random\(\)/,
    ['model', 'wire', 'exchange', 'sim', 'vee', 'billing'],
    'take a generator seeded by the caller',
  ],
  [/\bfrom 'node:/, ['model', 'wire', 'vee', 'billing'], 'these run in browsers too: hand the thing in'],
  [/\bBuffer\b/, ['model', 'wire', 'vee', 'billing'], 'use Uint8Array'],
  [/\.only\(/, ['*'], 'a focused test hides all others'],
  [/@ts-ignore|@ts-nocheck/, ['*'], 'use a type, or @ts-expect-error with the reason'],
];

const problems = [];
const report = (file, line, text) => problems.push(`${file}${line ? `:${line}` : ''} ${text}`);

const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
});
for (const file of listed.split('\n').filter((name) => name && existsSync(join(root, name)))) check(file);
checkManifests();

if (problems.length > 0) {
  console.error(problems.join('\n'));
  console.error(`${problems.length} breaches of the house rules (tools/tidy.mjs says why each is one).`);
  process.exit(1);
}

function check(file) {
  if (!/\.(ts|tsx|mjs|css)$/.test(file)) return;
  const text = readFileSync(join(root, file), 'utf8');
  const lines = text.split('\n');
  const workspace = file.split('/')[0];
  const isTest = file.includes('/test/');
  const isData = /^(\/\*\*[\s\S]*?\*\/\s*)?\/\/ data table/m.test(text.slice(0, 2000));
  if (lines.length - 1 > maxLines && !isData && !isTest)
    report(file, 0, `has ${lines.length - 1} lines; split it by what a reader looks for (limit ${maxLines})`);
  lines.forEach((line, index) => {
    if (line.length > maxColumns && !isTest && !isData && !/https?:|data:|\sd="/.test(line))
      report(file, index + 1, `is ${line.length} columns wide (limit ${maxColumns})`);
    for (const [pattern, where, instead] of banned) {
      // this list itself, and the one place the clock comes from
      if (file === 'tools/tidy.mjs' || file === 'model/src/clock.ts') continue;
      const applies = where.includes('*') || (where.includes(workspace) && file.includes('/src/'));
      if (applies && pattern.test(line) && !/^\s*(\*|\/\/)/.test(line))
        report(file, index + 1, `${pattern}: ${instead}`);
    }
  });
}

function checkManifests() {
  for (const [name, allowed] of Object.entries(arrows)) {
    const path = join(root, name, 'package.json');
    if (!existsSync(path)) continue;
    const manifest = JSON.parse(readFileSync(path, 'utf8'));
    const wanted = { ...manifest.dependencies, ...manifest.devDependencies };
    for (const dependency of Object.keys(wanted)) {
      const target = dependency.startsWith('@openami/') ? dependency.slice('@openami/'.length) : '';
      if (target && !allowed.includes(target))
        report(`${name}/package.json`, 0, `must not depend on ${target}`);
    }
    for (const part of ['README.md', 'src', 'test']) {
      if (!existsSync(join(root, name, part))) report(name, 0, `has no ${part}`);
    }
  }
}
