/** The example of the README runs. */
import { readFileSync } from 'node:fs';
import { expect, test, vi } from 'vitest';

const text = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');

test('what the README shows', async () => {
  const printed: string[] = [];
  const log = vi
    .spyOn(console, 'log')
    .mockImplementation((...parts) => void printed.push(parts.join(' ').trim()));
  await import('./example.ts');
  log.mockRestore();
  expect(printed).toEqual([
    'volume 417.25 m3',
    'date-time 2026-03-29T12:15:00',
    'volume 401 m3',
    'date 2025-12-31',
    'volume-flow 0.086 m3/h',
    'volume 0.012 m3',
    'error-flags 0',
    '2025-12-31',
  ]);
  const shown = /```ts\n([\s\S]*?)```/.exec(text('../../src/mbus/README.md'))![1];
  expect(text('./example.ts').split('// example\n')[1]).toBe(shown);
});
