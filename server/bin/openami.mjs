#!/usr/bin/env node
/** The `openami` command: in a source checkout it first brings the build up to date. */
import { existsSync } from 'node:fs';

const tool = new URL('../../tools/build.mjs', import.meta.url);
if (existsSync(tool)) {
  const { ensureBuilt } = await import(tool.href);
  await ensureBuilt({ ui: ['demo', 'serve'].includes(process.argv[2]) });
}
await import(new URL('../dist/cli/main.js', import.meta.url).href);
