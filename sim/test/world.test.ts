import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildWorld, FaultShares, truthOf, worldKinds, worldRows } from '../src/index.ts';

const world = buildWorld({ seed: 7, usagePoints: 1000 });

describe('buildWorld', () => {
  it('gives the same bytes for the same seed and others for another', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 10, max: 120 }), (seed, usagePoints) => {
        const text = (s: number) => {
          const w = buildWorld({ seed: s, usagePoints });
          return JSON.stringify([worldRows(w), truthOf(w)]);
        };
        expect(text(seed)).toBe(text(seed));
        expect(text(seed)).not.toBe(text(seed + 1));
      }),
      { numRuns: 15 },
    );
  });

  it('has the commodities in their shares and the change to summer time inside its history', () => {
    const count = (commodity: string) => world.usagePoints.filter((p) => p.commodity === commodity).length;
    expect([count('electricity'), count('gas'), count('water'), count('heat')]).toEqual([620, 130, 200, 50]);
    expect(world.transformers).toHaveLength(40);
    const withPv = world.homes.filter((home) => home.pv !== undefined).length / 620;
    expect(withPv).toBeGreaterThan(0.15);
    expect(withPv).toBeLessThan(0.25);
    const lengths = new Set<number>();
    for (let day = world.firstDay; day < world.endDay; day++) {
      lengths.add((world.days.start(day + 1) - world.days.start(day)) / 3600);
    }
    expect([...lengths].sort()).toEqual([23, 24]);
  });

  it('deals each fault to its share of meters, at most one a meter', () => {
    const truth = truthOf(world);
    expect(truth.thefts).toHaveLength(Math.round(620 * FaultShares.theft));
    expect(truth.wrongClocks).toHaveLength(Math.round(620 * FaultShares.wrongClock));
    expect(truth.deadMeters).toHaveLength(Math.round(620 * FaultShares.dead));
    expect(truth.exchanges).toHaveLength(Math.round(620 * FaultShares.exchange));
    expect(truth.leaks.length).toBeGreaterThanOrEqual(4);
    const faulty = [...truth.thefts, ...truth.wrongClocks, ...truth.deadMeters, ...truth.stuckMeters];
    expect(new Set(faulty.map((fault) => fault.meter)).size).toBe(faulty.length);
  });

  it('refuses options it cannot build', () => {
    expect(() => buildWorld({ seed: 1, usagePoints: 3 })).toThrow(
      expect.objectContaining({ code: 'SIM_OPTIONS' }),
    );
    for (const start of ['soon', '2026-02-30']) {
      expect(() => buildWorld({ seed: 1, start })).toThrow(expect.objectContaining({ code: 'SIM_OPTIONS' }));
    }
    expect(() => buildWorld({ seed: 1, zone: 'Mars/Base' })).toThrow(
      expect.objectContaining({ code: 'ZONE_UNKNOWN' }),
    );
  });
});

describe('worldRows', () => {
  const rows = worldRows(world);
  const keys: Record<string, (row: Record<string, unknown>) => string> = {
    premises: (r) => String(r.code),
    'network-nodes': (r) => String(r.code),
    'usage-points': (r) => String(r.code),
    meters: (r) => String(r.serial),
    channels: (r) => `${r.serial}/${r.alias}`,
    installations: (r) => `${r.serial}/${r.validFrom}`,
    customers: (r) => String(r.code),
    accounts: (r) => String(r.number),
    agreements: (r) => String(r.code),
  };

  it('has unique natural keys in every kind', () => {
    for (const kind of worldKinds) {
      const all = rows[kind].map((row) => keys[kind]!(row));
      expect(new Set(all).size, kind).toBe(all.length);
    }
  });

  it('refers only to rows that come before', () => {
    const codes = (kind: (typeof worldKinds)[number]) => new Set(rows[kind].map((row) => keys[kind]!(row)));
    const [premises, nodes, points, meters] = [
      codes('premises'),
      codes('network-nodes'),
      codes('usage-points'),
      codes('meters'),
    ];
    const seen = new Set<unknown>([null]);
    for (const node of rows['network-nodes']) {
      expect(seen.has(node.parentCode)).toBe(true);
      seen.add(node.code);
    }
    for (const point of rows['usage-points']) {
      expect(premises.has(String(point.premiseCode))).toBe(true);
      if (point.nodeCode !== null) expect(nodes.has(String(point.nodeCode))).toBe(true);
    }
    for (const channel of rows.channels) expect(meters.has(String(channel.serial))).toBe(true);
    for (const at of rows.installations) expect(points.has(String(at.usagePointCode))).toBe(true);
  });

  it('never has two meters at one usage point at a time', () => {
    const untilOf = new Map<unknown, string>();
    const sorted = [...rows.installations].sort((a, b) =>
      String(a.validFrom).localeCompare(String(b.validFrom)),
    );
    for (const { usagePointCode, validFrom, validUntil } of sorted) {
      const before = untilOf.get(usagePointCode);
      if (before !== undefined) expect(before <= String(validFrom)).toBe(true);
      untilOf.set(usagePointCode, validUntil === null ? 'z' : String(validUntil));
    }
  });
});
