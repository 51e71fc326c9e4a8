import { decodeWmbus } from '@openami/wire/mbus';
import { meaningOfP1, P1Stream } from '@openami/wire/p1';
import { readingsOfSml, SmlStream } from '@openami/wire/sml';
import { describe, expect, it } from 'vitest';
import { p1Corpus, smlCorpus, wirelessCorpus } from '../src/decode/telegrams.ts';
import { type BenchResult, benchDecode, benchDlms, benches } from '../src/index.ts';

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
    const result = await benches.mqtt!({ ...quiet, seconds: 0.4 });
    expect(result.messagesPerSecond).toBeGreaterThan(0);
  }, 120_000);

  it('dlms stores what sessions read and meters push', async () => {
    const small = { seconds: 0.4, meters: 20, lanes: 8, pushes: 2_000, inboundMeters: 50 };
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

  it('decode reads telegrams, and stores as many uplinks as it acknowledged', async () => {
    const result = await benchDecode({ ...quiet, seconds: 0.4, meters: 32, devices: 500 });
    expectAboveZero(result, [
      'bareAesPerSecond',
      'wmbusPerSecond',
      'wmbusRatio',
      'wmbusNamedPerSecond',
      'wmbusModelsPerSecond',
      'smlPerSecond',
      'p1PerSecond',
      'uplinksPerSecond',
      'uplinkBarePerSecond',
      'uplinksStored',
    ]);
    expect(result.wmbusRatio).toBeLessThan(1);
    expect(Object.keys(await benchDecode({ ...quiet, part: 'wire', seconds: 0.1, meters: 8 }))).not.toContain(
      'uplinksStored',
    );
  }, 120_000);

  it('decodes what it made: every telegram is whole, opens, and says what its meter measures', () => {
    const { telegrams, keys, sealed } = wirelessCorpus(3);
    for (const [n, bytes] of telegrams.entries()) {
      const telegram = decodeWmbus(bytes, { keyFor: ({ id }) => keys.get(id) });
      expect(telegram).toMatchObject({ security: 'decrypted', content: 'records' });
      expect(sealed[n]!.bytes.length % 16).toBe(0);
      expect(telegram.records).toHaveLength(7);
    }
    const files = smlCorpus(300).map((bytes) => new SmlStream().push(bytes));
    expect(files.every(([first]) => readingsOfSml(first!.frame!)[0]!.readings.length === 11)).toBe(true);
    const ports = p1Corpus(300).map((bytes) => new P1Stream().push(bytes));
    expect(ports.every(([first]) => first!.frame?.check === 'ok')).toBe(true);
    expect(meaningOfP1(ports[7]![0]!.frame!)).toMatchObject({ version: '50', mbus: [{ channel: 1 }] });
  });

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
