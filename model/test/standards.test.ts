/** Our code tables against the standards' own, where the shared folder is beside the checkout. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  Accumulation,
  cimOfReason,
  cimOfState,
  commodities,
  commodityTable,
  eventName,
  Flow,
  Kind,
  kindWords,
  measuringPeriods,
  Phase,
  phaseWords,
  units,
} from '../src/index.ts';

const folder = new URL('../../../shared/standards/cim/', import.meta.url);
const present = existsSync(folder);
if (!present) console.warn('skipped: the code tables of the standards are not beside this checkout');

type Table = Record<string, string>;
const read = (name: string) => JSON.parse(readFileSync(new URL(name, folder), 'utf8'));

describe.skipIf(!present)('codes of the standards', () => {
  it('know every quality code we send, but for our own estimation methods', () => {
    const { system, index } = read('reading-quality-codes.json') as {
      system: Table;
      index: Record<string, Table>;
    };
    for (const code of [...Object.values(cimOfState), ...Object.values(cimOfReason)]) {
      if (code === null || /\.8\.1\d{3}$/.test(code)) continue;
      const [who, category, number] = code.split('.');
      expect(system, code).toHaveProperty(who!);
      expect(Object.keys(index[category!] ?? {}), code).toContain(number!);
    }
  });

  it('know every reading type code we send', () => {
    const { tables } = read('reading-type-code-tables.json') as { tables: Record<string, Table> };
    const has = (table: string, codes: Iterable<number | string>) => {
      for (const code of codes)
        expect(Object.keys(tables[table]!), `${table} ${code}`).toContain(String(code));
    };
    has('AccumulationKind', Object.values(Accumulation));
    has('FlowDirectionKind', Object.values(Flow));
    has('MeasurementKind', [...Object.values(Kind), ...Object.keys(kindWords)]);
    has('PhaseCodeKind', [...Object.values(Phase), ...Object.keys(phaseWords)]);
    has(
      'CommodityKind',
      commodities.map((name) => commodityTable[name].cim),
    );
    has(
      'TimeAttributeKind',
      measuringPeriods.map((row) => row.code),
    );
    has(
      'UnitSymbolKind',
      units.flatMap((unit) => (unit.uom === null ? [] : [unit.uom])),
    );
  });

  it('name every field of end-device events alike', () => {
    const { domain, subDomain, eventOrAction } = read('end-device-event-codes.json') as Record<string, Table>;
    for (const [number] of Object.entries(domain!).filter(([each]) => each !== '0')) {
      for (const action of Object.keys(eventOrAction!)) {
        const code = `0.${number}.0.${action}`;
        expect(eventName(code), code).not.toBe(code);
      }
    }
    for (const number of Object.keys(subDomain!).filter((each) => each !== '0'))
      expect(eventName(`0.26.${number}.85`)).not.toBe(`0.26.${number}.85`);
  });
});
