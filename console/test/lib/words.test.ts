import { Quality } from '@openami/model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Profile } from '../../src/lib/decimate.ts';
import {
  channelName,
  decimalsOf,
  formatAgo,
  formatCompact,
  formatCounted,
  formatDateTimeZone,
  formatFixed,
  formatReading,
  formatShare,
  formatValue,
} from '../../src/lib/format.ts';
import { hexDump, payloadBytes, payloadText } from '../../src/lib/payload.ts';
import { qualityLooks } from '../../src/lib/quality.ts';
import { summarise } from '../../src/lib/summary.ts';
import { dayNumber, dayStart } from '../../src/lib/zone.ts';

const zone = 'Europe/Berlin';

describe('numbers', () => {
  it('never call a day with a missing reading complete', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e7 }), fc.integer({ min: 1, max: 1e7 }), (a, b) => {
        const [present, expected] = [Math.min(a, b), Math.max(a, b)];
        expect(formatShare(present / expected, 2) === '100 %').toBe(present === expected);
      }),
    );
  });

  it('write millions as M and keep small values apart', () => {
    expect(formatCompact(812_345_678)).toBe('812.35M');
    expect(formatCompact(99_999)).toBe('99,999');
    expect(formatValue(0.123, 'kWh')).toBe('0.123 kWh');
    expect(formatValue(undefined)).toBe('–');
  });

  it('of one column have their points below each other, and lose nothing', () => {
    expect([29_197, 13.19, 0.1].map((v) => formatFixed(v, 2))).toEqual(['29,197.00', '13.19', '0.10']);
    expect(formatReading(29_316.773, 'kWh')).toBe('29,316.773 kWh');
    expect(formatReading(0.000_001, 'kWh')).toBe('0.000001 kWh');
    const counts = fc.array(fc.integer({ min: -1e9, max: 1e9 }), { minLength: 1 });
    fc.assert(
      fc.property(counts, fc.integer({ min: 0, max: 6 }), (whole, places) => {
        const values = whole.map((n) => n / 10 ** places);
        const digits = decimalsOf(values);
        expect(digits).toBeLessThanOrEqual(places);
        for (const [i, v] of values.entries()) {
          const text = formatFixed(v, digits);
          expect(Math.round(Number(text.replaceAll(',', '')) * 10 ** places) + 0).toBe(whole[i]! + 0);
          expect(text.split('.')[1]?.length ?? 0).toBe(digits);
        }
      }),
    );
  });

  it('are counted in words', () => {
    expect([0, 1, 1200].map((n) => formatCounted(n, 'reading'))).toEqual([
      '0 readings',
      '1 reading',
      '1,200 readings',
    ]);
  });
});

describe('channels', () => {
  it('are named without the unit', () => {
    const channel = { alias: 'import', description: 'energy delivered, kWh', unit: 'kWh' };
    expect(channelName(channel)).toBe('Energy delivered');
    expect(channelName({ ...channel, description: '' })).toBe('Import');
  });
});

describe('times', () => {
  it('tell the doubled hour apart', () => {
    const first = Date.parse('2026-10-25T00:30:00Z');
    expect(formatDateTimeZone(first, zone)).toBe('25 Oct 2026, 02:30 GMT+2');
    expect(formatDateTimeZone(first + 3_600_000, zone)).toBe('25 Oct 2026, 02:30 GMT+1');
  });

  it('count from the moment handed in', () => {
    const now = Date.parse('2026-04-01T12:00:00Z');
    expect(formatAgo(now - 10_000, now)).toBe('just now');
    expect(formatAgo(now - 240_000, now)).toBe('4 min ago');
    expect(formatAgo(now + 7_200_000, now)).toBe('in 2 h');
    const day = 86_400_000;
    expect([59, 60, 365, 730, 731, 2521].map((days) => formatAgo(now - days * day, now))).toEqual([
      ...['59 d ago', '1 months ago', '11 months ago', '23 months ago', '2 years ago', '6 years ago'],
    ]);
  });
});

describe('quality', () => {
  it('has a look for every stored code, each with its own letter and colour', () => {
    expect(new Set(qualityLooks.map((l) => l.code))).toEqual(new Set(Object.values(Quality)));
    for (const field of ['letter', 'colour', 'rank', 'label'] as const) {
      expect(new Set(qualityLooks.map((l) => l[field])).size).toBe(qualityLooks.length);
    }
  });
});

describe('payloads', () => {
  it('any bytes survive base64 and are dumped whole', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        const base64 = btoa(String.fromCharCode(...bytes));
        expect([...payloadBytes(base64, 'base64')]).toEqual([...bytes]);
        const dumped = hexDump(bytes).match(/(?<=^.{8} {2}.*)\b[0-9a-f]{2}\b(?=.*\|)/gm);
        expect(hexDump(bytes).split('\n').filter(Boolean)).toHaveLength(Math.ceil(bytes.length / 16));
        if (bytes.length > 0) expect(dumped?.length).toBeGreaterThanOrEqual(bytes.length);
      }),
    );
  });

  it('lay out JSON and refuse to show bytes as text', () => {
    expect(payloadText(new TextEncoder().encode('{"a":1}'))).toEqual({ text: '{\n  "a": 1\n}', json: true });
    expect(payloadText(new Uint8Array([0xff, 0xfe]))).toBeUndefined();
    expect(payloadText(new Uint8Array([0x41, 0x00]))).toBeUndefined();
  });
});

describe('summary', () => {
  const from = dayStart(zone, dayNumber('2026-03-29'));
  const to = dayStart(zone, dayNumber('2026-03-30'));
  const day = (n: number, skip: number): Profile => ({
    end: Float64Array.from({ length: n }, (_, i) => from + (i + 1) * 900).filter((_, i) => i !== skip),
    value: new Float64Array(n).fill(0.5).subarray(skip >= 0 ? 1 : 0),
    quality: new Uint8Array(n).fill(Quality.valid).subarray(skip >= 0 ? 1 : 0),
    intervalS: 900,
  });

  it('finds nothing missing on a complete day of 23 hours', () => {
    const text = summarise({ unit: 'kWh', intervalS: 900 }, day(92, -1), { from, to }, zone, []);
    expect(text).toContain('46 kWh');
    expect(text).toContain('no interval missing');
  });

  it('counts the one that is missing', () => {
    const text = summarise({ unit: 'kWh', intervalS: 900 }, day(92, 40), { from, to }, zone, []);
    expect(text).toContain('1 of 92 intervals missing');
  });

  it('does not add up volts', () => {
    const text = summarise({ unit: 'V', intervalS: 900 }, day(92, -1), { from, to }, zone, []);
    expect(text).toMatch(/^Between 0.5 V and 0.5 V .* mean 0.5 V/);
  });

  it('compares with the same number of whole days before', () => {
    const item = (d: string, total: number) => ({
      day: d,
      total,
      max: 1,
      count: 92,
      expected: 92,
      estimated: 0,
    });
    const days = [item('2026-03-28', 40), item('2026-03-29', 46)];
    const text = summarise({ unit: 'kWh', intervalS: 900 }, day(92, -1), { from, to }, zone, days);
    expect(text).toContain('15 % above the period before');
  });
});
