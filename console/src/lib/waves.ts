/** Waves of a campaign: how many meters each has, and how its meters stand. Pure. */

export interface Wave {
  readonly name: string;
  /** Hundredths of a percent of all meters, this wave and those before it. */
  readonly upTo: number;
}

/** What comes first of a new campaign: one meter, then ever more. */
export const usualWaves: readonly Wave[] = [
  { name: 'canary', upTo: 1 },
  { name: '1 %', upTo: 100 },
  { name: '10 %', upTo: 1000 },
  { name: 'all', upTo: 10_000 },
];

/** Meters of each wave: a wave reaches at least one meter, and those before it count. */
export function waveSizes(waves: readonly Wave[], meters: number): number[] {
  let before = 0;
  return waves.map(({ upTo }) => {
    const end = Math.min(meters, Math.max(1, Math.floor((meters * upTo) / 10_000), before));
    const size = end - before;
    before = end;
    return size;
  });
}

/** How meters stand, in the groups that are drawn. */
export const waveGroups = ['confirmed', 'under way', 'waiting', 'failed', 'left as it is'] as const;
type WaveGroup = (typeof waveGroups)[number];

const groupOf: Readonly<Record<string, WaveGroup>> = {
  confirmed: 'confirmed',
  transferring: 'under way',
  verified: 'under way',
  activating: 'under way',
  waiting: 'waiting',
  failed: 'failed',
  skipped: 'left as it is',
  aborted: 'left as it is',
};

/** One number a group, in the order of `waveGroups`. */
export function groupCounts(counts: Readonly<Record<string, number>>): number[] {
  const sums = new Map<WaveGroup, number>();
  for (const [state, count] of Object.entries(counts)) {
    const group = groupOf[state] ?? 'waiting';
    sums.set(group, (sums.get(group) ?? 0) + count);
  }
  return waveGroups.map((group) => sums.get(group) ?? 0);
}
