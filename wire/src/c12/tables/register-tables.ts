// data table
/** Decade 2: registers, demands and their selection (C12.19 clause 9.3). */
import {
  array,
  bits,
  flag,
  ni1,
  ni2,
  of,
  record,
  type Scope,
  set,
  stime,
  type TableDefinition,
  time,
  u8,
  u16,
  when,
} from './language.ts';

const limits = record({
  REG_FUNC1_FLAGS: bits(1, {
    SEASON_INFO_FIELD_FLAG: 0,
    DATE_TIME_FIELD_FLAG: 1,
    DEMAND_RESET_CTR_FLAG: 2,
    DEMAND_RESET_LOCK_FLAG: 3,
    CUM_DEMAND_FLAG: 4,
    CONT_CUM_DEMAND_FLAG: 5,
    TIME_REMAINING_FLAG: 6,
  }),
  REG_FUNC2_FLAGS: bits(1, {
    SELF_READ_INHIBIT_OVERFLOW_FLAG: 0,
    SELF_READ_SEQ_NBR_FLAG: 1,
    DAILY_SELF_READ_FLAG: 2,
    WEEKLY_SELF_READ_FLAG: 3,
    SELF_READ_DEMAND_RESET: [4, 5],
  }),
  NBR_SELF_READS: u8,
  NBR_SUMMATIONS: u8,
  NBR_DEMANDS: u8,
  NBR_COIN_VALUES: u8,
  NBR_OCCUR: u8,
  NBR_TIERS: u8,
  NBR_PRESENT_DEMANDS: u8,
  NBR_PRESENT_VALUES: u8,
});

const summations = of(21, 'NBR_SUMMATIONS');
const demands = of(21, 'NBR_DEMANDS');
const coincidents = of(21, 'NBR_COIN_VALUES');
const occurrences = of(21, 'NBR_OCCUR');
const hasTimes = flag(21, 'REG_FUNC1_FLAGS.DATE_TIME_FIELD_FLAG');

const dataBlock = record({
  SUMMATIONS: array(summations, ni1),
  DEMANDS: array(
    demands,
    record({
      EVENT_TIME: when(hasTimes, array(occurrences, stime)),
      CUM_DEMAND: when(flag(21, 'REG_FUNC1_FLAGS.CUM_DEMAND_FLAG'), ni1),
      CONT_CUM_DEMAND: when(flag(21, 'REG_FUNC1_FLAGS.CONT_CUM_DEMAND_FLAG'), ni1),
      DEMAND: array(occurrences, ni2),
    }),
  ),
  COINCIDENTS: array(coincidents, record({ COINCIDENT_VALUES: array(occurrences, ni2) })),
});

const registers = {
  NBR_DEMAND_RESETS: when(flag(21, 'REG_FUNC1_FLAGS.DEMAND_RESET_CTR_FLAG'), u8),
  TOT_DATA_BLOCK: dataBlock,
  TIER_DATA_BLOCK: array(of(21, 'NBR_TIERS'), dataBlock),
};

const registerInfo = {
  END_DATE_TIME: when(hasTimes, stime),
  SEASON: when(flag(21, 'REG_FUNC1_FLAGS.SEASON_INFO_FIELD_FLAG'), u8),
};

const demandSetBytes = (scope: Scope) => Math.floor((scope.number(21, 'NBR_DEMANDS') + 7) / 8);

export const registerTables: readonly TableDefinition[] = [
  { id: 20, name: 'DIM_REGS_TBL', type: limits },
  { id: 21, name: 'ACT_REGS_TBL', type: limits },
  {
    id: 22,
    name: 'DATA_SELECTION_TBL',
    type: record({
      SUMMATION_SELECT: array(summations, u8),
      DEMAND_SELECT: array(demands, u8),
      MIN_OR_MAX_FLAGS: set(demandSetBytes),
      COINCIDENT_SELECT: array(coincidents, u8),
      COIN_DEMAND_ASSOC: array(coincidents, u8),
    }),
  },
  { id: 23, name: 'CURRENT_REG_DATA_TBL', type: record(registers) },
  { id: 24, name: 'PREVIOUS_SEASON_DATA_TBL', type: record({ ...registerInfo, ...registers }) },
  { id: 25, name: 'PREVIOUS_DEMAND_RESET_DATA_TBL', type: record({ ...registerInfo, ...registers }) },
  {
    id: 26,
    name: 'SELF_READ_DATA_TBL',
    type: record({
      LIST_STATUS: bits(1, { ORDER: 0, OVERFLOW_FLAG: 1, LIST_TYPE: 2, INHIBIT_OVERFLOW_FLAG: 3 }),
      NBR_VALID_ENTRIES: u8,
      LAST_ENTRY_ELEMENT: u8,
      LAST_ENTRY_SEQ_NBR: u16,
      NBR_UNREAD_ENTRIES: u8,
      SELF_READS_ENTRIES: array(
        of(21, 'NBR_SELF_READS'),
        record({
          SELF_READ_SEQ_NBR: when(flag(21, 'REG_FUNC2_FLAGS.SELF_READ_SEQ_NBR_FLAG'), u16),
          ...registerInfo,
          ...registers,
        }),
      ),
    }),
  },
  {
    id: 27,
    name: 'PRESENT_REGISTER_SELECT_TBL',
    type: record({
      PRESENT_DEMAND_SELECT: array(of(21, 'NBR_PRESENT_DEMANDS'), u8),
      PRESENT_VALUE_SELECT: array(of(21, 'NBR_PRESENT_VALUES'), u8),
    }),
  },
  {
    id: 28,
    name: 'PRESENT_REGISTER_DATA_TBL',
    type: record({
      PRESENT_DEMAND: array(
        of(21, 'NBR_PRESENT_DEMANDS'),
        record({
          TIME_REMAINING: when(flag(21, 'REG_FUNC1_FLAGS.TIME_REMAINING_FLAG'), time),
          DEMAND_VALUE: ni2,
        }),
      ),
      PRESENT_VALUE: array(of(21, 'NBR_PRESENT_VALUES'), ni1),
    }),
  },
];
