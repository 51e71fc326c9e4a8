import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { frame, message, uplink } from './example.ts';

test('the example of the README runs, and is what it shows', () => {
  const nowMs = Date.UTC(2026, 2, 1, 12, 0, 1);
  const line = '70b3d5000000a1b2 port 100 00ff10 at 2026-03-01T12:00:00.100Z';
  expect(uplink(message, nowMs)).toBe(`${line}: first`);
  expect(uplink(message, nowMs)).toBe(`${line}: duplicate`);
  expect(frame()).toBe('26011bda counter 2: water');

  const readme = readFileSync(new URL('../../src/lorawan/README.md', import.meta.url), 'utf8');
  const source = readFileSync(new URL('./example.ts', import.meta.url), 'utf8');
  const shown = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code!);
  expect(shown).toHaveLength(2);
  for (const code of shown) expect(source).toContain(code);
});
