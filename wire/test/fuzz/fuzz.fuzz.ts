/**
 * `npm run fuzz -- dlms [--seconds N] [--seed S]`: golden inputs damaged and random bytes through every
 * decoder. Anything but an error of ours, or a run of more than 50 ms of processor time, is a failure and
 * printed with what repeats it.
 */
import { writeSync } from 'node:fs';
import { OpenAmiError } from '@openami/model';
import { expect, test } from 'vitest';
import { hexOf } from '../../src/bytes.ts';
import { seeded } from '../dlms/link/made.ts';
import type { Target } from './target.ts';
import { seeds, targets } from './targets.ts';

const protocol = process.env.FUZZ_PROTOCOL ?? 'dlms';
const seconds = Number(process.env.FUZZ_SECONDS ?? 60);
const firstSeed = Number(process.env.FUZZ_SEED ?? Math.floor(performance.timeOrigin % 2 ** 31));
const MAX_CPU_MS = 50;
const MAX_FAILURES = 10;

test(`${protocol}, ${seconds} s from seed ${firstSeed}`, { timeout: (seconds + 60) * 1_000 }, () => {
  const all = targets[protocol];
  expect(
    all,
    `there is no fuzz for "${protocol}"; there is ${Object.keys(targets).join(', ')}`,
  ).toBeDefined();
  const golden = seeds(protocol);
  const until = performance.now() + seconds * 1_000;
  const failures: string[] = [];
  let seed = firstSeed;
  let runs = 0;
  for (; performance.now() < until && failures.length < MAX_FAILURES; seed = (seed + 1) >>> 0) {
    const bytes = input(golden, seed);
    for (const target of all!) {
      runs++;
      // a slow one is run again: a collector or a neighbour may have come between
      const fault = faultOf(target, bytes, seed) && faultOf(target, bytes, seed);
      if (fault === undefined) continue;
      failures.push(`${target.name}: ${fault}\n  --seed ${seed}  ${hexOf(bytes)}`);
    }
  }
  writeSync(1, `${runs} runs, seeds ${firstSeed} to ${seed - 1}, ${failures.length} failures\n`);
  expect(failures.join('\n')).toBe('');
});

/** What is wrong with a run; undefined when nothing is. */
function faultOf(target: Target, bytes: Uint8Array, seed: number): string | undefined {
  const start = process.cpuUsage();
  try {
    target.run(bytes.slice(), seeded(seed));
  } catch (error) {
    if (!(error instanceof OpenAmiError)) return error instanceof Error ? error.stack : String(error);
  }
  const { user, system } = process.cpuUsage(start);
  const cpuMs = (user + system) / 1_000;
  return cpuMs > MAX_CPU_MS ? `${cpuMs.toFixed(0)} ms` : undefined;
}

/** Bytes of a seed: golden ones damaged in some places, two of them joined, or random. */
function input(golden: readonly Uint8Array[], seed: number): Uint8Array {
  const pick = seeded(seed ^ 0x5bd1_e995);
  const kind = pick(8);
  const any = () => golden[pick(golden.length)]!;
  if (kind === 0) return Uint8Array.from({ length: pick(600) }, () => pick(256));
  if (kind === 1) {
    // what likes to be taken for lengths, tags and flags
    const likely = [0x7e, 0x7d, 0xa0, 0x68, 0x00, 0x01, 0x02, 0x09, 0x13, 0x0f, 0x82, 0xff];
    const start = [0x0f, 0xc4, 0x7e, 0x68, 0xdb, 0xe0, 0x01, 0x02][pick(8)]!;
    return Uint8Array.from({ length: 1 + pick(3_000) }, (_, i) => (i === 0 ? start : likely[pick(12)]!));
  }
  const base = kind === 2 ? Uint8Array.from([...any(), ...any()]) : any().slice();
  const cut = pick(4) === 0 ? base.slice(0, pick(base.length + 1)) : base;
  for (let i = pick(6); i > 0 && cut.length > 0; i--) cut[pick(cut.length)] = pick(256);
  return cut;
}
