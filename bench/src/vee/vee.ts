/**
 * Validation and estimation: rules alone, ingest with rules to durable, the close of a day, a late
 * correction.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openReadingStore } from '@openami/store';
import { Findings, presetRuleSet, selectRules, Validator } from '@openami/vee';
import { ingestRounds } from '../ingest.ts';
import { peakRssMb } from '../rss.ts';
import { type BenchOptions, type BenchResult, progressOf, silentLog, systemTime } from '../types.ts';
import { closeAll } from './close-all.ts';
import { timeCorrections } from './correct.ts';
import { factsOf } from './load.ts';
import { timeRules } from './rules.ts';

const rulesRows = 20_000_000;
const ingestRows = 16_000_000;
const closeChannels = 100_000;
const corrections = 40;

/** Ingest rules over each batch, then the writer; a run of the bare engine between. */
async function veeIngest(rows: number, progress: (line: string) => void): Promise<Record<string, number>> {
  const dataDir = await mkdtemp(join(tmpdir(), 'openami-bench-'));
  const store = await openReadingStore({ dataDir, clock: systemTime, log: silentLog });
  try {
    const facts = { ...factsOf(1), resolution: 100_000 };
    const state = { facts, selection: selectRules(presetRuleSet('default'), facts) };
    const validator = new Validator();
    const findings = new Findings();
    const nowS = Math.floor(systemTime.nowMs() / 1_000);
    const told = await ingestRounds(store, rows, progress, (readings) => {
      findings.clear();
      validator.validateBatch(readings, () => state, nowS, findings);
    });
    return {
      ingestReadingsPerSecond: Math.round(told.rows / told.writerSeconds),
      engineReadingsPerSecond: Math.round(told.rows / told.bareSeconds),
      ratio: Math.round((told.bareSeconds / told.writerSeconds) * 1_000) / 1_000,
      ...(await timeCorrections(store, Math.min(corrections, Math.ceil(rows / 10_000)))),
      rssMb: peakRssMb(process.pid, store.engine.status().pid),
    };
  } finally {
    await store.close();
    await rm(dataDir, { recursive: true, force: true });
  }
}

/** Figures: readingsPerSecondPerCore, ingestReadingsPerSecond, engineReadingsPerSecond, ratio, … */
export async function benchVee(options: BenchOptions = {}): Promise<BenchResult> {
  const progress = progressOf(options);
  const rules = timeRules(options.rows ?? rulesRows);
  const perSecond = (seconds: number): number => Math.round(rules.readings / seconds);
  progress(`rules: ${(perSecond(rules.ingestSeconds + rules.daySeconds) / 1e6).toFixed(1)} M readings/s`);
  const ingest = await veeIngest(options.rows ?? ingestRows, progress);
  const close = await closeAll(
    Math.max(200, Math.min(closeChannels, Math.round((options.rows ?? ingestRows) / 96))),
  );
  return {
    readings: rules.readings,
    readingsPerSecondPerCore: perSecond(rules.ingestSeconds + rules.daySeconds),
    ingestRulesPerSecond: perSecond(rules.ingestSeconds),
    dayRulesPerSecond: perSecond(rules.daySeconds),
    ...ingest,
    ...close,
  };
}
