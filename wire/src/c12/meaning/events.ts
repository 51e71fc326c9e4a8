/** Entries of the history and event logs (tables 74 and 76), and what they are in CIM (IEC 61968-9). */
import { fieldOf, isClockTime, type TableRecord, type Tables } from '../tables/value.ts';
import { newestFirst } from './list-order.ts';

export interface LogEntry {
  /** 74 history, 76 events. */
  readonly table: 74 | 76;
  /** By the clock of the device; null where it tells none. */
  readonly clockS: number | null;
  /** Code of the standard, or of the manufacturer. */
  readonly code: number;
  readonly isManufacturer: boolean;
  readonly userId: number;
  readonly argument: Uint8Array;
  readonly sequence?: number;
  /** CIM code of an event that is known and matters to others. */
  readonly cim?: string;
}

/** Event codes of the standard (C12.19 annex B) to CIM. Of a change of time, what tells the new one. */
const cimOfCode: Readonly<Record<number, string>> = {
  1: '3.26.0.47',
  2: '3.26.0.216',
  4: '3.36.114.24',
  6: '3.36.114.24',
  11: '3.7.83.24',
  20: '3.8.0.215',
  32: '3.7.19.242',
  33: '3.7.19.243',
  36: '3.7.83.24',
  37: '3.7.0.79',
  38: '3.21.0.79',
  39: '3.18.0.85',
  40: '3.18.0.85',
  41: '3.18.0.85',
  42: '3.36.0.79',
  43: '3.21.67.79',
  44: '3.2.0.150',
  46: '3.8.0.139',
  47: '3.12.0.257',
  48: '3.21.93.219',
};

/** Entries of both logs that are valid, oldest first. */
export function logEntriesOf(tables: Tables): readonly LogEntry[] {
  return ([74, 76] as const).flatMap((id) => {
    const log = tables.get(id);
    const entries = log?.ENTRIES as readonly TableRecord[] | undefined;
    if (log === undefined || entries === undefined) return [];
    const order = newestFirst(
      entries.length,
      Number(log.NBR_VALID_ENTRIES),
      Number(log.LAST_ENTRY_ELEMENT),
      fieldOf(log, 'LIST_STATUS.ORDER') === true,
    );
    return order.reverse().map((element) => entryOf(id, entries[element]!));
  });
}

function entryOf(table: 74 | 76, entry: TableRecord): LogEntry {
  const code = Number(fieldOf(entry, 'CODE.NBR'));
  const isManufacturer = fieldOf(entry, 'CODE.MFG_FLAG') === true;
  const cim = isManufacturer ? undefined : cimOfCode[code];
  return {
    table,
    clockS: isClockTime(entry.TIME) ? entry.TIME.seconds : null,
    code,
    isManufacturer,
    userId: Number(entry.USER_ID),
    argument: entry.ARGUMENT as Uint8Array,
    ...(typeof entry.SEQ_NBR === 'number' ? { sequence: entry.SEQ_NBR } : {}),
    ...(cim === undefined ? {} : { cim }),
  };
}
