/** The short fault test: the server is killed once, its engine once. The long one is kill.faults.ts. */
import { expect, it } from 'vitest';
import { faultRounds } from './rounds.ts';

it('keeps every acknowledged reading exactly once through a kill of the server and of its engine', async () => {
  const report = await faultRounds({ rounds: 2, messagesPerSecond: 1000, maxLifeMs: 1500 });
  expect(report).toMatchObject({ lost: 0, twice: 0, foreign: 0 });
  expect(report.acknowledged).toBeGreaterThan(500);
}, 180_000);
