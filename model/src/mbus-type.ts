/**
 * What an M-Bus data record measures: device type, value information and data information to a CIM
 * reading type (EN 13757-3 tables, as data in mbus-type-table.ts).
 */
import type { Commodity } from './commodity.ts';
import { difAggregates, mbusMedia, type VifTable, vifRows } from './mbus-type-table.ts';
import { Accumulation, Flow, Kind, type ReadingType, readingTypeFor } from './reading-type.ts';
import { parseUnit, type Unit } from './unit.ts';

/** The fields of a data record that say what it holds. */
export interface MbusRecordType {
  /** Device type of the header, e.g. 7 for water. */
  readonly medium: number;
  readonly table: VifTable;
  /** VIF or first VIFE, extension bit cleared. */
  readonly vif: number;
  /** DIF function field: 0 momentary, 1 maximum, 2 minimum, 3 during an error. */
  readonly function: number;
  readonly tariff: number;
  /** 0 the present value; others are values of the past. */
  readonly storage: number;
  /** Only what flows back is counted (VIFE 3C): energy fed in, volume going backwards. */
  readonly received?: boolean;
  /** CIM phase of a value at one phase (VIFE FC 01 to FC 04). */
  readonly phase?: number;
}

export interface MbusMeaning {
  readonly readingType: ReadingType;
  readonly unit: Unit;
  /** value in `unit` = raw × 10^powerOfTen */
  readonly powerOfTen: number;
}

/** Commodity of a device type (medium) of M-Bus; undefined for types that are no meter of one of ours. */
export function commodityOfMbusMedium(medium: number): Commodity | undefined {
  return mbusMedia[medium];
}

/**
 * Meaning of a record, for a channel with `intervalS` (0: register). Undefined for media and value
 * information that are not in the tables, for values of the past, and for values during an error.
 */
export function meaningOfMbus(record: MbusRecordType, intervalS = 0): MbusMeaning | undefined {
  const commodity = mbusMedia[record.medium];
  const aggregate = difAggregates[record.function];
  const row = vifRows.find(
    (entry) => entry.table === record.table && entry.first <= record.vif && record.vif <= entry.last,
  );
  if (!commodity || !row || aggregate === null || aggregate === undefined || record.storage !== 0) {
    return undefined;
  }
  const unit = parseUnit(row.unit);
  const units = row.unit === 'count';
  const accumulates = row.kind === Kind.energy || row.kind === Kind.volume || units;
  const extreme = aggregate !== 0;
  return {
    readingType: readingTypeFor({
      commodity,
      kind: extreme && row.kind === Kind.power ? Kind.demand : row.kind,
      unit,
      flow: record.received && row.flow === Flow.delivered ? Flow.received : row.flow,
      phase: record.phase,
      tou: record.tariff,
      measuringPeriodS: accumulates ? intervalS : 0,
      aggregate,
      accumulation: extreme ? Accumulation.indicating : units ? Accumulation.bulkQuantity : undefined,
    }),
    unit,
    powerOfTen: row.power + record.vif - row.first,
  };
}
