/** The example runs, and what the README shows is in it. */
import { readFileSync } from 'node:fs';
import { expect, test, vi } from 'vitest';

const text = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');

test('the example of the README', async () => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  await import('../../examples/c12.ts');
  expect(log.mock.calls).toEqual([['OA-C12-0001', '1-0:1.8.0*255', 34_567_000, 'Wh']]);
  log.mockRestore();
  const [, shown] = /```ts\n([\s\S]*?)```/.exec(text('../../src/c12/README.md'))!;
  expect(text('../../examples/c12.ts')).toContain(shown);
});
