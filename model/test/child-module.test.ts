import { expect, test } from 'vitest';
import { childModule } from '../src/child-module.ts';

const loader = ['--import', 'tsx', '--conditions=@openami/source'];

test.each([
  ['file:///a/store/src/engine/engine.ts', false, 'file:///a/store/src/engine/child.ts', loader],
  ['file:///a/store/src/engine/engine.ts', true, 'file:///a/store/dist/engine/child.js', ['--liftoff-only']],
  ['file:///src/store/src/engine.ts', true, 'file:///src/store/dist/child.js', ['--liftoff-only']],
  ['file:///a/store/test/engine.ts', true, 'file:///a/store/test/child.ts', loader],
  ['file:///a/src/store/dist/engine/engine.js', false, 'file:///a/src/store/dist/engine/child.js', []],
])('the child of %s, built %s, is %s', (starter, isBuilt, url, execArgv) => {
  expect(childModule(starter, 'child', isBuilt)).toEqual({ url, execArgv });
});
