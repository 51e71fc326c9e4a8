/**
 * Decoding, in processor time of one core: telegrams made before, one after the other. Then LoRaWAN uplinks
 * over MQTT through a sandboxed codec to the disk, on all cores.
 */
import { loadMeterModels } from '@openami/headend';
import { decodeWmbus, valuesOf } from '@openami/wire/mbus';
import { meaningOfP1, P1Stream } from '@openami/wire/p1';
import { readingsOfSml, SmlStream } from '@openami/wire/sml';
import { ownCpuSeconds } from '../cpu.ts';
import { type BenchOptions, type BenchResult, progressOf } from '../types.ts';
import { p1Corpus, smlCorpus, wirelessCorpus } from './telegrams.ts';
import { benchUplinks } from './uplinks.ts';

export interface DecodeBenchOptions extends BenchOptions {
  /** Of each kind; default 1,024. */
  readonly meters?: number;
  /** LoRaWAN devices; default 10,000. */
  readonly devices?: number;
}

export const decodeParts = ['wire', 'uplinks'] as const;

/**
 * Figures, in telegrams a second and core: wmbusPerSecond, bareAesPerSecond, wmbusRatio, wmbusNamedPerSecond
 * (named by the rules for all meters), wmbusModelsPerSecond (by models), smlPerSecond, p1PerSecond; and those
 * of `benchUplinks`.
 */
export async function benchDecode(options: DecodeBenchOptions = {}): Promise<BenchResult> {
  const { part, seconds = 6, devices } = options;
  const progress = progressOf(options);
  const wire = part === 'uplinks' ? {} : wireFigures({ ...options, seconds: seconds / 4 }, progress);
  const uplinks = part === 'wire' ? {} : await benchUplinks({ seconds, devices, progress });
  return { ...wire, ...uplinks };
}

function wireFigures(
  { seconds = 1.5, meters = 1_024 }: DecodeBenchOptions,
  progress: (line: string) => void,
): BenchResult {
  const figures: Record<string, number> = {};
  const measure = <T>(name: string, corpus: readonly T[], work: (one: T) => unknown): void => {
    progress(name);
    figures[`${name}PerSecond`] = perCoreSecond(corpus, work, seconds);
  };
  const { telegrams, keys, sealed } = wirelessCorpus(meters);
  const models = loadMeterModels();
  const decode = (bytes: Uint8Array) => decodeWmbus(bytes, { keyFor: ({ id }) => keys.get(id) });
  const values = models.valuesOf(decode(telegrams[0]!));
  if (values.total_m3 !== 417.25) throw new Error(`decoded ${JSON.stringify(values)}`);
  measure('bareAes', sealed, ({ key, iv, bytes }) => key.decryptCbc(iv, bytes.slice(), 0, bytes.length));
  measure('wmbus', telegrams, decode);
  measure('wmbusNamed', telegrams, (bytes) => valuesOf(decode(bytes)));
  measure('wmbusModels', telegrams, (bytes) => models.valuesOf(decode(bytes)));
  const sml = new SmlStream();
  measure('sml', smlCorpus(meters), (bytes) => {
    for (const { frame } of sml.push(bytes)) readingsOfSml(frame!);
  });
  const p1 = new P1Stream();
  measure('p1', p1Corpus(meters), (bytes) => {
    for (const { frame } of p1.push(bytes)) meaningOfP1(frame!);
  });
  const ratio = Number((figures.wmbusPerSecond! / figures.bareAesPerSecond!).toFixed(3));
  return { ...figures, wmbusRatio: ratio, wmbusBytes: telegrams[0]!.length };
}

/** How often a second of processor time `work` is done; what other processes use does not count. */
function perCoreSecond<T>(corpus: readonly T[], work: (one: T) => unknown, seconds: number): number {
  const round = (): number => {
    for (const one of corpus) work(one);
    return corpus.length;
  };
  for (const warm = ownCpuSeconds() + seconds / 5; ownCpuSeconds() < warm; ) round();
  let count = 0;
  const start = ownCpuSeconds();
  while (ownCpuSeconds() < start + seconds) count += round();
  return Math.round(count / (ownCpuSeconds() - start));
}
