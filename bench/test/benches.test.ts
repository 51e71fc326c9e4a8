import { describe, expect, it } from 'vitest';
import { type BenchResult, benchDlms, benches } from '../src/index.ts';

const quiet = { progress: () => undefined };

function expectAboveZero(result: BenchResult, figures: readonly string[]): void {
  for (const figure of figures) expect(result[figure], figure).toBeGreaterThan(0);
}

/** Benches are run small: that they measure something, and count what they stored; the figures are for people. */
describe('benches', () => {
  it('ingest compares the writer with the bare engine', async () => {
    const result = await benches.ingest!({ ...quiet, rows: 50_000 });
    expectAboveZero(result, ['readingsPerSecond', 'engineReadingsPerSecond', 'ratio', 'rssMb']);
  }, 120_000);

  it('query reads months back', async () => {
    const result = await benches.query!({ ...quiet, rows: 200_000, queries: 40 });
    expect(result.p99Ms).toBeGreaterThanOrEqual(result.p50Ms as number);
  }, 120_000);

  it('mqtt stores as many readings as it acknowledged messages', async () => {
    const result = await benches.mqtt!({ ...quiet, seconds: 1 });
    expect(result.messagesPerSecond).toBeGreaterThan(0);
  }, 120_000);

  it('dlms stores what sessions read and meters push', async () => {
    const small = { seconds: 1, meters: 20, lanes: 8, pushes: 2_000, inboundMeters: 50 };
    const result = await benchDlms({ ...quiet, ...small });
    expectAboveZero(result, [
      'sessionsPerSecond',
      'apdusPerSecond',
      'bareSessionsPerSecond',
      'ratio',
      'pushesPerSecond',
      'barePushesPerSecond',
      'pushRatio',
      'rssMb',
    ]);
    expect(result.inboundSessions).toBe(50);
  }, 120_000);

  it('vee runs rules, stores what they passed, closes a day and settles corrections', async () => {
    const result = await benches.vee!({ ...quiet, rows: 50_000 });
    expectAboveZero(result, [
      'readingsPerSecondPerCore',
      'ingestReadingsPerSecond',
      'ratio',
      'closeSeconds',
      'closeEstimatedReadings',
      'correctionP50Ms',
    ]);
    expect(result.closeUnreconciled).toBe(0);
  }, 120_000);
});
