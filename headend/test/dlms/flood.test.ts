import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FloodGate } from '../../src/dlms/flood.ts';

const limits = { perAddressPerS: 2, perAddressBurst: 3, perS: 10, burst: 12 };

describe('the gate against floods', () => {
  it('lets an address in at its rate, and turns the rest away', () => {
    const gate = new FloodGate(limits);
    const admitted = (atMs: number) => Array.from({ length: 5 }, () => gate.admits('a', atMs));
    expect(admitted(0).filter(Boolean)).toHaveLength(3);
    expect(admitted(1_000).filter(Boolean)).toHaveLength(2);
    expect(gate.admits('b', 1_000)).toBe(true);
  });

  it('turns nobody away for longer because the clock was set', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -1e9, max: 1e9 }), { maxLength: 20 }), (times) => {
        const gate = new FloodGate(limits);
        for (const atMs of times) gate.admits('a', atMs);
        const nowMs = times.at(-1) ?? 0;
        expect(gate.admits('a', nowMs + 1_000)).toBe(true);
      }),
    );
  });

  it('lets one that is charged in less often, for a bounded time, and others as before', () => {
    fc.assert(
      fc.property(fc.integer({ min: 60, max: 10_000 }), (charges) => {
        const gate = new FloodGate(limits);
        for (let i = 0; i < charges; i++) gate.charge('a', 0);
        expect(gate.admits('a', 1_000)).toBe(false);
        expect(gate.admits('b', 1_000)).toBe(true);
        expect(gate.admits('a', 2_100)).toBe(true);
      }),
    );
  });
});
