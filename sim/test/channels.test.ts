import {
  describeReadingType,
  parseObis,
  parseReadingType,
  parseUnit,
  quantityKey,
  readingTypeProblems,
} from '@openami/model';
import { describe, expect, it } from 'vitest';
import { buildWorld, ChannelKinds } from '../src/index.ts';

describe('ChannelKinds', () => {
  it.each(Object.entries(ChannelKinds))('%s is named alike by OBIS code and reading type', (_, kind) => {
    const type = parseReadingType(kind.readingType);
    expect(readingTypeProblems(type)).toEqual([]);
    expect(describeReadingType(type)).not.toBe('');
    parseObis(kind.obis);
    expect(quantityKey(kind.readingType)).toBe(quantityKey(kind.obis));
  });

  it.each(Object.entries(ChannelKinds))(
    '%s has a resolution that is what one count stands for',
    (_, kind) => {
      const unit = parseUnit(kind.unit);
      // Thousandths of the base unit in one unit, divided by the counts in one unit.
      const thousandths = { kWh: 1_000_000, V: 1000, m3: 1_000_000, L: 1000 }[kind.unit]!;
      expect(unit).toBeDefined();
      expect(kind.resolution).toBe(thousandths / kind.countsPerUnit);
    },
  );

  it('lets no two channels of a meter share quantity and interval length', () => {
    const world = buildWorld({ seed: 1, usagePoints: 300 });
    for (const meter of world.meters) {
      const names = meter.channels.map((index) => {
        const { kind } = world.channels[index]!;
        return `${quantityKey(kind.obis)} ${kind.intervalS}`;
      });
      expect(new Set(names).size).toBe(names.length);
    }
  });
});
