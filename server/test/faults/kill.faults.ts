/** The long fault test: `npm run test:faults`; FAULT_ROUNDS shortens it. */
import { expect, it } from 'vitest';
import { faultRounds } from './rounds.ts';

const rounds = Number(process.env.FAULT_ROUNDS ?? 40);

it(`keeps every acknowledged reading exactly once through ${rounds} kills`, async () => {
  const report = await faultRounds({ rounds });
  console.log(report);
  expect(report).toMatchObject({ lost: 0, twice: 0, foreign: 0 });
  expect(report.acknowledged).toBeGreaterThan(rounds * 500);
  expect(report.engineKills).toBe(Math.floor(rounds / 2));
}, 3_600_000);
