// data table
/** Decade 1: where measured values come from and in what units (C12.19 clause 9.2). */
import { c12Errors } from '../errors.ts';
import {
  array,
  binary,
  bits,
  choice,
  flag,
  ni1,
  of,
  record,
  type Scope,
  type TableDefinition,
  type Type,
  u8,
  u16,
  when,
} from './language.ts';

const limits = record({
  SOURCE_FLAGS: bits(1, {
    PF_EXCLUDE_FLAG: 0,
    RESET_EXCLUDE_FLAG: 1,
    BLOCK_DEMAND_FLAG: 2,
    SLIDING_DEMAND_FLAG: 3,
    THERMAL_DEMAND_FLAG: 4,
    SET1_PRESENT_FLAG: 5,
    SET2_PRESENT_FLAG: 6,
    CONVERSION_ALG_FLAG: 7,
  }),
  NBR_UOM_ENTRIES: u8,
  NBR_DEMAND_CTRL_ENTRIES: u8,
  DATA_CTRL_LENGTH: u8,
  NBR_DATA_CTRL_ENTRIES: u8,
  NBR_CONSTANTS_ENTRIES: u8,
  CONSTANTS_SELECTOR: u8,
  NBR_SOURCES: u8,
});

const ratios = record({
  SET_FLAGS: bits(1, { SET_APPLIED_FLAG: 0 }),
  RATIO_F1: ni1,
  RATIO_P1: ni1,
});

const electricConstants = record({
  MULTIPLIER: ni1,
  OFFSET: ni1,
  SET1_CONSTANTS: when(flag(11, 'SOURCE_FLAGS.SET1_PRESENT_FLAG'), ratios),
  SET2_CONSTANTS: when(flag(11, 'SOURCE_FLAGS.SET2_PRESENT_FLAG'), ratios),
});

/** Only constants of electricity are read; those of gas raise C12_UNSUPPORTED and stay bytes. */
function constants(scope: Scope): Type {
  const selector = scope.number(11, 'CONSTANTS_SELECTOR');
  if (selector === 2) return electricConstants;
  throw c12Errors.C12_UNSUPPORTED(`constants ${selector} (C12.19 table 15)`, { clause: 'C12.19 table 15' });
}

export const sourceTables: readonly TableDefinition[] = [
  { id: 10, name: 'DIM_SOURCES_LIM_TBL', type: limits },
  { id: 11, name: 'ACT_SOURCES_LIM_TBL', type: limits },
  {
    id: 12,
    name: 'UOM_ENTRY_TBL',
    type: record({
      UOM_ENTRY: array(
        of(11, 'NBR_UOM_ENTRIES'),
        bits(4, {
          ID_CODE: [0, 7],
          TIME_BASE: [8, 10],
          MULTIPLIER: [11, 13],
          Q1_ACCOUNTABILITY: 14,
          Q2_ACCOUNTABILITY: 15,
          Q3_ACCOUNTABILITY: 16,
          Q4_ACCOUNTABILITY: 17,
          NET_FLOW_ACCOUNTABILITY: 18,
          SEGMENTATION: [19, 21],
          HARMONIC: 22,
          ID_RESOURCE: [23, 27],
          NFS: 31,
        }),
      ),
    }),
  },
  {
    id: 13,
    name: 'DEMAND_CONTROL_TBL',
    type: record({
      RESET_EXCLUSION: when(flag(11, 'SOURCE_FLAGS.RESET_EXCLUDE_FLAG'), u8),
      EXCLUDES: when(
        flag(11, 'SOURCE_FLAGS.PF_EXCLUDE_FLAG'),
        record({ P_FAIL_RECOGNTN_TM: u8, P_FAIL_EXCLUSION: u8, COLD_LOAD_PICKUP: u8 }),
      ),
      INTERVAL_VALUE: array(
        of(11, 'NBR_DEMAND_CTRL_ENTRIES'),
        record({
          SUB_INT: when(flag(11, 'SOURCE_FLAGS.SLIDING_DEMAND_FLAG'), u8),
          INT_MULTIPLIER: when(flag(11, 'SOURCE_FLAGS.SLIDING_DEMAND_FLAG'), u8),
          INT_LENGTH: when((scope) => scope.number(11, 'SOURCE_FLAGS.SLIDING_DEMAND_FLAG') === 0, u16),
        }),
      ),
    }),
  },
  {
    id: 14,
    name: 'DATA_CONTROL_TBL',
    type: record({
      SOURCE_ID: array(of(11, 'NBR_DATA_CTRL_ENTRIES'), binary(of(11, 'DATA_CTRL_LENGTH'))),
    }),
  },
  {
    id: 15,
    name: 'CONSTANTS_TBL',
    type: record({
      SELECTION: array(of(11, 'NBR_CONSTANTS_ENTRIES'), choice(constants)),
    }),
  },
  {
    id: 16,
    name: 'SOURCES_TBL',
    type: record({
      SOURCES_LINK: array(
        of(11, 'NBR_SOURCES'),
        bits(1, {
          UOM_ENTRY_FLAG: 0,
          DEMAND_CTRL_FLAG: 1,
          DATA_CTRL_FLAG: 2,
          CONSTANTS_FLAG: 3,
          PULSE_ENGR_FLAG: 4,
          CONSTANT_TO_BE_APPLIED: 5,
        }),
      ),
    }),
  },
];
