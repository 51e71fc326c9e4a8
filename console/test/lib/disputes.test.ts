import { describe, expect, it } from 'vitest';
import { dueWords, stepped } from '../../src/lib/dispute-words.ts';

describe('disputes in words', () => {
  const due = (state: 'open' | 'answered', hours: number) =>
    dueWords(
      { state, dueAt: new Date(1_000 * 86_400_000 + hours * 3_600_000).toISOString() },
      1_000 * 86_400_000,
    );

  it('say how long is left, how late it is, and nothing once answered', () => {
    expect([due('open', 73), due('open', 25), due('open', 2), due('open', -50)]).toEqual([
      ...['3 days left', '1 day left', 'less than a day left', '2 days late'],
    ]);
    expect(due('answered', -50)).toBe('');
  });

  it('are walked within the list', () => {
    expect([stepped(-1, 1, 3), stepped(2, 1, 3), stepped(0, -1, 3), stepped(-1, 1, 0)]).toEqual([0, 2, 0, 0]);
  });
});
