// data table
/** Decade 7: history and events (C12.19 clause 9.8). */
import { reference } from './configuration-tables.ts';
import {
  array,
  binary,
  bits,
  type Condition,
  type Field,
  flag,
  ltime,
  of,
  record,
  type Size,
  set,
  type TableDefinition,
  u8,
  u16,
  u32,
  when,
} from './language.ts';

/** Since the second version of the standard. */
const isSecond: Condition = (scope) => scope.number(0, 'STD_VERSION_NO') > 1;

const limits = record({
  LOG_FLAGS: bits(1, {
    EVENT_NUMBER_FLAG: 0,
    HIST_DATE_TIME_FLAG: 1,
    HIST_SEQ_NBR_FLAG: 2,
    HIST_INHIBIT_OVF_FLAG: 3,
    EVENT_INHIBIT_OVF_FLAG: 4,
  }),
  NBR_STD_EVENTS: u8,
  NBR_MFG_EVENTS: u8,
  HIST_DATA_LENGTH: u8,
  EVENT_DATA_LENGTH: u8,
  NBR_HISTORY_ENTRIES: u16,
  NBR_EVENT_ENTRIES: u16,
  EXT_LOG_FLAGS: when(isSecond, u8),
  NBR_PROGRAM_TABLES: when(isSecond, u16),
});

const monitored = record({
  STD_EVENTS_MONITORED_FLAGS: set(of(71, 'NBR_STD_EVENTS')),
  MFG_EVENTS_MONITORED_FLAGS: set(of(71, 'NBR_MFG_EVENTS')),
  STD_TBLS_MONITORED_FLAGS: set(of(0, 'DIM_STD_TBLS_USED')),
  MFG_TBLS_MONITORED_FLAGS: set(of(0, 'DIM_MFG_TBLS_USED')),
  STD_PROC_MONITORED_FLAGS: set(of(0, 'DIM_STD_PROC_USED')),
  MFG_PROC_MONITORED_FLAGS: set(of(0, 'DIM_MFG_PROC_USED')),
});

const hasNumber = flag(71, 'LOG_FLAGS.EVENT_NUMBER_FLAG');

function log(count: Size, entry: Readonly<Record<string, Field>>): TableDefinition['type'] {
  return record({
    LIST_STATUS: bits(1, { ORDER: 0, OVERFLOW_FLAG: 1, LIST_TYPE: 2, INHIBIT_OVERFLOW_FLAG: 3 }),
    NBR_VALID_ENTRIES: u16,
    LAST_ENTRY_ELEMENT: u16,
    LAST_ENTRY_SEQ_NBR: u32,
    NBR_UNREAD_ENTRIES: u16,
    ENTRIES: array(count, record(entry)),
  });
}

export const logTables: readonly TableDefinition[] = [
  { id: 70, name: 'DIM_LOG_TBL', type: limits },
  { id: 71, name: 'ACT_LOG_TBL', type: limits },
  {
    id: 72,
    name: 'EVENTS_ID_TBL',
    type: record({
      STD_EVENTS_SUPPORTED: set(of(71, 'NBR_STD_EVENTS')),
      MFG_EVENTS_SUPPORTED: set(of(71, 'NBR_MFG_EVENTS')),
    }),
  },
  { id: 73, name: 'HISTORY_LOG_CTRL_TBL', type: monitored },
  {
    id: 74,
    name: 'HISTORY_LOG_DATA_TBL',
    type: log(of(71, 'NBR_HISTORY_ENTRIES'), {
      TIME: when(flag(71, 'LOG_FLAGS.HIST_DATE_TIME_FLAG'), ltime),
      EVENT_NUMBER: when(hasNumber, u16),
      SEQ_NBR: when(flag(71, 'LOG_FLAGS.HIST_SEQ_NBR_FLAG'), u16),
      USER_ID: u16,
      CODE: reference,
      ARGUMENT: binary(of(71, 'HIST_DATA_LENGTH')),
    }),
  },
  { id: 75, name: 'EVENT_LOG_CTRL_TBL', type: monitored },
  {
    id: 76,
    name: 'EVENT_LOG_DATA_TBL',
    type: log(of(71, 'NBR_EVENT_ENTRIES'), {
      TIME: ltime,
      EVENT_NUMBER: when(hasNumber, u16),
      SEQ_NBR: u16,
      USER_ID: u16,
      CODE: reference,
      ARGUMENT: binary(of(71, 'EVENT_DATA_LENGTH')),
    }),
  },
];
