// data table
/** Decade 5: clock, zone and tariff times (C12.19 clause 9.6). */
import { bits, flag, i16, ltime, record, type TableDefinition, time, u8, u16, when } from './language.ts';

const limits = record({
  TIME_FUNC_FLAG1: bits(1, {
    TOU_SELF_READ_FLAG: 0,
    SEASON_SELF_READ_FLAG: 1,
    SEASON_DEMAND_RESET_FLAG: 2,
    SEASON_CHNG_ARMED_FLAG: 3,
    SORT_DATES_FLAG: 4,
    ANCHOR_DATE_FLAG: 5,
  }),
  TIME_FUNC_FLAG2: bits(1, {
    CAP_DST_AUTO_FLAG: 0,
    SEPARATE_WEEKDAYS_FLAG: 1,
    SEPARATE_SUM_DEMANDS_FLAG: 2,
    SORT_TIER_SWITCHES_FLAG: 3,
    CAP_TM_ZN_OFFSET_FLAG: 4,
  }),
  CALENDAR_FUNC: bits(1, { NBR_SEASONS: [0, 3], NBR_SPECIAL_SCHED: [4, 7] }),
  NBR_NON_RECURR_DATES: u8,
  NBR_RECURR_DATES: u8,
  NBR_TIER_SWITCHES: u16,
  CALENDAR_TBL_SIZE: u16,
});

const timeQualifier = bits(1, {
  DAY_OF_WEEK: [0, 2],
  DST_FLAG: 3,
  GMT_FLAG: 4,
  TM_ZN_APPLIED_FLAG: 5,
  DST_APPLIED_FLAG: 6,
  DST_SUPPORTED_FLAG: 7,
});

const separate = flag(51, 'TIME_FUNC_FLAG2.SEPARATE_SUM_DEMANDS_FLAG');

export const timeTables: readonly TableDefinition[] = [
  { id: 50, name: 'DIM_TIME_TOU_TBL', type: limits },
  { id: 51, name: 'ACT_TIME_TOU_TBL', type: limits },
  {
    id: 52,
    name: 'CLOCK_TBL',
    type: record({ CLOCK_CALENDAR: ltime, TIME_DATE_QUAL: timeQualifier }),
  },
  {
    id: 53,
    name: 'TIME_OFFSET_TBL',
    type: record({ DST_TIME_EFF: time, DST_TIME_AMT: u8, TIME_ZONE_OFFSET: i16 }),
  },
  {
    id: 55,
    name: 'CLOCK_STATE_TBL',
    type: record({
      CLOCK_CALENDAR: ltime,
      TIME_DATE_QUAL: timeQualifier,
      // with SEPARATE_SUM_DEMANDS_FLAG of table 51, CURR_TIER is that of summations
      STATUS: bits(2, {
        CURR_TIER: [0, 2],
        CURR_DEMAND_TIER: [3, 5],
        TIER_DRIVE: [6, 7],
        SPECIAL_SCHD_ACTIVE: [8, 11],
        SEASON: [12, 15],
      }),
    }),
  },
  {
    id: 56,
    name: 'TIME_REMAIN_TBL',
    type: record({
      TIER_TIME_REMAIN: u16,
      DEMAND_TIER_TIME_REMAIN: when(separate, u16),
      SELF_READ_DAYS_REMAIN: u8,
    }),
  },
];
