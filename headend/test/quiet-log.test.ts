import { describe, expect, it } from 'vitest';
import { QuietLog } from '../src/quiet-log.ts';

function logAt() {
  const lines: { readonly data: object; readonly message: string }[] = [];
  const time = { nowMs: 0 };
  const quiet = new QuietLog(
    { warn: (data, message) => void lines.push({ data, message }), error: () => {} },
    { nowMs: () => time.nowMs },
  );
  return { quiet, lines, time };
}

describe('the quiet log', () => {
  it('writes one line a kind and peer in a time, with the count of those left out', () => {
    const { quiet, lines, time } = logAt();
    for (let i = 0; i < 1_000; i++) {
      quiet.warn('refused', { peer: 'a' }, 'a');
      quiet.warn('refused', { peer: 'b' }, 'b');
    }
    expect(lines).toHaveLength(2);
    time.nowMs = 10_000;
    quiet.warn('refused', { peer: 'a' }, 'a');
    expect(lines[2]).toEqual({ data: { peer: 'a', suppressed: 999 }, message: 'refused' });
  });

  it('gives many peers one line together, and each its own again later', () => {
    const { quiet, lines, time } = logAt();
    for (let i = 0; i < 50_000; i++) quiet.warn('refused', {}, `peer ${i}`);
    expect(lines.length).toBeLessThan(500);
    time.nowMs = 10_000;
    const before = lines.length;
    for (let i = 0; i < 100; i++) quiet.warn('refused', {}, `later ${i}`);
    expect(lines.length - before).toBe(100);
  });

  it('is not silent because the clock was set back', () => {
    const { quiet, lines, time } = logAt();
    time.nowMs = 1e9;
    quiet.warn('refused', {});
    time.nowMs = 0;
    quiet.warn('refused', {});
    expect(lines).toHaveLength(2);
  });
});
