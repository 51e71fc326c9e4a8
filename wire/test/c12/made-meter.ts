/** A device of our own making: electricity, two directions, two tariffs, a load profile of one set. */

import {
  clockTime,
  type Identification,
  type MeterSpec,
  SimulatedMeter,
  type TableRecord,
  type Tables,
} from '../../src/c12/index.ts';
import type { Decimal } from '../../src/decimal.ts';

export interface Making {
  readonly littleEndian?: boolean;
  readonly tmFormat?: number;
  readonly intFormat?: number;
  readonly ni1?: number;
  readonly ni2?: number;
  readonly intervalFormat?: number;
  readonly descendingBlocks?: boolean;
  readonly descendingIntervals?: boolean;
  readonly blocks?: number;
  readonly validBlocks?: number;
  readonly newestBlock?: number;
  readonly newestIntervals?: number;
  readonly extended?: boolean;
  readonly simple?: boolean;
}

/** 2026-03-01T00:00:00 by the clock of the device. */
export const START_S = Date.UTC(2026, 2, 1) / 1_000;
export const INTERVALS = 8;
export const INTERVAL_S = 900;
export const PASSWORD = new TextEncoder().encode('open sesame');

const q = (raw: number, power = 0): Decimal => ({ raw, power });

export function configuration(making: Making = {}): TableRecord {
  const used = [
    0, 1, 3, 5, 11, 12, 13, 15, 16, 21, 22, 23, 27, 28, 51, 52, 53, 55, 61, 62, 63, 64, 71, 74, 76,
  ];
  return {
    FORMAT_CONTROL_1: { DATA_ORDER: making.littleEndian === false ? 1 : 0, CHAR_FORMAT: 1, MODEL_SELECT: 0 },
    FORMAT_CONTROL_2: {
      TM_FORMAT: making.tmFormat ?? 2,
      DATA_ACCESS_METHOD: 1,
      ID_FORM: false,
      INT_FORMAT: making.intFormat ?? 0,
    },
    FORMAT_CONTROL_3: { NI_FORMAT1: making.ni1 ?? 10, NI_FORMAT2: making.ni2 ?? 8 },
    DEVICE_CLASS: new TextEncoder().encode('OAMI'),
    NAMEPLATE_TYPE: 2,
    DEFAULT_SET_USED: 0,
    MAX_PROC_PARM_LENGTH: 16,
    MAX_RESP_DATA_LEN: 16,
    STD_VERSION_NO: 2,
    STD_REVISION_NO: 0,
    DIM_STD_TBLS_USED: 10,
    DIM_MFG_TBLS_USED: 0,
    DIM_STD_PROC_USED: 2,
    DIM_MFG_PROC_USED: 0,
    DIM_MFG_STATUS_USED: 1,
    NBR_PENDING: 0,
    STD_TBLS_USED: used,
    MFG_TBLS_USED: [],
    STD_PROC_USED: [10],
    MFG_PROC_USED: [],
    STD_TBLS_WRITE: [5],
    MFG_TBLS_WRITE: [],
  };
}

const uom = (fields: Partial<Record<string, number | boolean>>): TableRecord => ({
  ID_CODE: 0,
  TIME_BASE: 0,
  MULTIPLIER: 0,
  Q1_ACCOUNTABILITY: true,
  Q2_ACCOUNTABILITY: false,
  Q3_ACCOUNTABILITY: false,
  Q4_ACCOUNTABILITY: true,
  NET_FLOW_ACCOUNTABILITY: false,
  SEGMENTATION: 0,
  HARMONIC: false,
  ID_RESOURCE: 0,
  NFS: false,
  ...(fields as TableRecord),
});
const received = {
  Q1_ACCOUNTABILITY: false,
  Q4_ACCOUNTABILITY: false,
  Q2_ACCOUNTABILITY: true,
  Q3_ACCOUNTABILITY: true,
};

/** Sources: Wh delivered, Wh received, W demand, V of phase A, and a counter without meaning or unit. */
export const UNITS: readonly TableRecord[] = [
  uom({}),
  uom(received),
  uom({ TIME_BASE: 4 }),
  uom({ ID_CODE: 8, TIME_BASE: 1, SEGMENTATION: 5 }),
];

const link = (fields: Partial<Record<string, boolean>>): TableRecord => ({
  UOM_ENTRY_FLAG: true,
  DEMAND_CTRL_FLAG: false,
  DATA_CTRL_FLAG: false,
  CONSTANTS_FLAG: false,
  PULSE_ENGR_FLAG: true,
  CONSTANT_TO_BE_APPLIED: false,
  ...(fields as TableRecord),
});

const applied = { CONSTANTS_FLAG: true, CONSTANT_TO_BE_APPLIED: true, PULSE_ENGR_FLAG: false };

function dataBlock(scale: number): TableRecord {
  return {
    SUMMATIONS: [q(34_567 * scale), q(42 * scale)],
    DEMANDS: [{ EVENT_TIME: [clockTime(START_S - 3_600)], CUM_DEMAND: q(9_000), DEMAND: [q(512 * scale)] }],
    COINCIDENTS: [],
  };
}

/** Value of an interval that tells block, place and channel. */
export const intervalValue = (block: number, interval: number, channel: number): number =>
  (block * INTERVALS + interval + channel * 3) % 100;

function profileBlock(making: Making, block: number, count: number): TableRecord {
  const integers = (making.intervalFormat ?? 2) < 64;
  return {
    BLK_END_TIME: clockTime(START_S + block * INTERVALS * INTERVAL_S + count * INTERVAL_S),
    END_READINGS: [0, 1].map(() => ({ BLOCK_END_PULSE: 7 })),
    ...(making.simple
      ? { SIMPLE_INT_STATUS: Array.from({ length: INTERVALS }, (_, i) => i).filter((i) => i !== 2) }
      : {}),
    LP_INT: Array.from({ length: INTERVALS }, (_, place) => {
      const interval = making.descendingIntervals ? count - 1 - place : place;
      const isUsed = place < count;
      return {
        // channel 1 partial with a power failure in the second interval, channel 2 skipped in the fourth
        ...(making.extended
          ? { EXTENDED_INT_STATUS: [interval === 1 ? 0x22 : 0, interval === 3 && isUsed ? 0x40 : 0] }
          : {}),
        INT_DATA: [0, 1].map((channel) => {
          const value = isUsed ? intervalValue(block, interval, channel) : 0;
          return integers ? value : q(value);
        }),
      };
    }),
  };
}

/** Values of all tables. */
export function meterTables(making: Making = {}): Map<number, TableRecord> {
  const { blocks = 4, validBlocks = 3, newestBlock = 2, newestIntervals = 5 } = making;
  const step = making.descendingBlocks ? 1 : -1;
  const places = Array.from(
    { length: validBlocks },
    (_, age) => (newestBlock + step * age + blocks * validBlocks) % blocks,
  );
  const contents = Array.from({ length: blocks }, (_, element) => {
    const age = places.indexOf(element);
    const block = age < 0 ? 0 : validBlocks - 1 - age;
    return profileBlock(making, block, age === 0 ? newestIntervals : INTERVALS);
  });
  const limits = {
    LP_MEMORY_LEN: 4_096,
    LP_FLAGS: {
      BLK_END_PULSE_FLAG: true,
      SCALAR_DIVISOR_FLAG_SET1: true,
      EXTENDED_INT_STATUS_FLAG: making.extended ?? false,
      SIMPLE_INT_STATUS_FLAG: making.simple ?? false,
    },
    LP_FMATS: { INV_UINT16_FLAG: true },
    SET1: { NBR_BLKS: blocks, NBR_BLK_INTS: INTERVALS, NBR_CHNS: 2, MAX_INT_TIME: INTERVAL_S / 60 },
  };
  return new Map<number, TableRecord>([
    [0, configuration(making)],
    [1, identity()],
    [5, { IDENTIFICATION: 'OA-C12-0001' }],
    [11, sourceLimits],
    [12, { UOM_ENTRY: UNITS }],
    [13, { INTERVAL_VALUE: [{ INT_LENGTH: 15 }] }],
    // Ke of 1.8 Wh a pulse, and transformers of 20 to 1 that the device has not applied
    [15, { SELECTION: [{ MULTIPLIER: multiplier(making), OFFSET: q(0), SET1_CONSTANTS: ratios }] }],
    [16, { SOURCES_LINK: [link({}), link({}), link({}), link({}), link({ UOM_ENTRY_FLAG: false })] }],
    [21, registerLimits],
    [
      22,
      {
        SUMMATION_SELECT: [0, 1],
        DEMAND_SELECT: [2],
        MIN_OR_MAX_FLAGS: [0],
        COINCIDENT_SELECT: [],
        COIN_DEMAND_ASSOC: [],
      },
    ],
    [
      23,
      { NBR_DEMAND_RESETS: 4, TOT_DATA_BLOCK: dataBlock(1), TIER_DATA_BLOCK: [dataBlock(2), dataBlock(3)] },
    ],
    [27, { PRESENT_DEMAND_SELECT: [2], PRESENT_VALUE_SELECT: [3, 4] }],
    [28, { PRESENT_DEMAND: [{ DEMAND_VALUE: q(480) }], PRESENT_VALUE: [q(230), q(9)] }],
    [51, tariffLimits],
    [52, { CLOCK_CALENDAR: clockTime(START_S + 86_400), TIME_DATE_QUAL: zoneApplied }],
    [53, { DST_TIME_EFF: clockTime(7_200), DST_TIME_AMT: 60, TIME_ZONE_OFFSET: -300 }],
    [
      55,
      {
        CLOCK_CALENDAR: clockTime(START_S + 86_400),
        TIME_DATE_QUAL: zoneApplied,
        STATUS: { CURR_TIER: 1, SEASON: 2 },
      },
    ],
    [61, limits],
    [
      62,
      {
        SET1: {
          LP_SEL: [0, 1].map((source) => ({
            CHNL_FLAG: { END_RDG_FLAG: true },
            LP_SOURCE_SELECT: source,
            END_BLK_RDG_SOURCE_SELECT: source,
          })),
          INT_FMT_CDE: making.intervalFormat ?? 2,
          SCALARS: [1, 2],
          DIVISOR: [1, 5],
        },
      },
    ],
    [
      63,
      {
        SET1: {
          LP_SET_STATUS_FLAGS: {
            ORDER: making.descendingBlocks ?? false,
            INTERVAL_ORDER: making.descendingIntervals ?? false,
            LIST_TYPE: true,
          },
          NBR_VALID_BLOCKS: validBlocks,
          LAST_BLOCK_ELEMENT: newestBlock,
          LAST_BLOCK_SEQ_NBR: 77,
          NBR_UNREAD_BLOCKS: 0,
          NBR_VALID_INT: newestIntervals,
        },
      },
    ],
    [64, { LP_DATA_SET: contents }],
    [
      71,
      {
        LOG_FLAGS: {},
        NBR_STD_EVENTS: 1,
        NBR_MFG_EVENTS: 1,
        HIST_DATA_LENGTH: 0,
        EVENT_DATA_LENGTH: 2,
        NBR_HISTORY_ENTRIES: 0,
        NBR_EVENT_ENTRIES: 4,
        EXT_LOG_FLAGS: 0,
        NBR_PROGRAM_TABLES: 0,
      },
    ],
    [
      74,
      {
        LIST_STATUS: {},
        NBR_VALID_ENTRIES: 0,
        LAST_ENTRY_ELEMENT: 0,
        LAST_ENTRY_SEQ_NBR: 0,
        NBR_UNREAD_ENTRIES: 0,
        ENTRIES: [],
      },
    ],
    [76, eventLog()],
  ]);
}

/** Power went and came again; then something of the manufacturer's. In a circular list of four. */
function eventLog(): TableRecord {
  const entry = (minute: number, code: number, isManufacturer = false): TableRecord => ({
    TIME: clockTime(START_S + 60 * minute),
    SEQ_NBR: minute,
    USER_ID: 0,
    CODE: { NBR: code, MFG_FLAG: isManufacturer, SELECTOR: 0 },
    ARGUMENT: Uint8Array.of(minute, code),
  });
  return {
    LIST_STATUS: { LIST_TYPE: true },
    NBR_VALID_ENTRIES: 3,
    LAST_ENTRY_ELEMENT: 1,
    LAST_ENTRY_SEQ_NBR: 9,
    NBR_UNREAD_ENTRIES: 3,
    ENTRIES: [entry(5, 2), entry(7, 2, true), entry(0, 0), entry(4, 1)],
  };
}

const zoneApplied = { DAY_OF_WEEK: 1, TM_ZN_APPLIED_FLAG: true, DST_APPLIED_FLAG: true };
const ratios = { SET_FLAGS: { SET_APPLIED_FLAG: false }, RATIO_F1: q(20), RATIO_P1: q(1) };
const multiplier = ({ ni1 = 10 }: Making): Decimal =>
  ni1 === 0 || ni1 === 2 ? { raw: 18, power: -1 } : q(2);
const sourceLimits = {
  SOURCE_FLAGS: { SET1_PRESENT_FLAG: true },
  NBR_UOM_ENTRIES: UNITS.length,
  NBR_DEMAND_CTRL_ENTRIES: 1,
  DATA_CTRL_LENGTH: 0,
  NBR_DATA_CTRL_ENTRIES: 0,
  NBR_CONSTANTS_ENTRIES: 1,
  CONSTANTS_SELECTOR: 2,
  NBR_SOURCES: UNITS.length + 1,
};
const registerLimits = {
  REG_FUNC1_FLAGS: { DATE_TIME_FIELD_FLAG: true, DEMAND_RESET_CTR_FLAG: true, CUM_DEMAND_FLAG: true },
  REG_FUNC2_FLAGS: {},
  NBR_SELF_READS: 0,
  NBR_SUMMATIONS: 2,
  NBR_DEMANDS: 1,
  NBR_COIN_VALUES: 0,
  NBR_OCCUR: 1,
  NBR_TIERS: 2,
  NBR_PRESENT_DEMANDS: 1,
  NBR_PRESENT_VALUES: 2,
};
const tariffLimits = {
  TIME_FUNC_FLAG1: {},
  TIME_FUNC_FLAG2: {},
  CALENDAR_FUNC: { NBR_SEASONS: 2 },
  NBR_NON_RECURR_DATES: 0,
  NBR_RECURR_DATES: 0,
  NBR_TIER_SWITCHES: 0,
  CALENDAR_TBL_SIZE: 0,
};
function identity(): TableRecord {
  return {
    MANUFACTURER: 'OAMI',
    ED_MODEL: 'C12-SIM',
    HW_VERSION_NUMBER: 1,
    HW_REVISION_NUMBER: 0,
    FW_VERSION_NUMBER: 2,
    FW_REVISION_NUMBER: 6,
    MFG_SERIAL_NUMBER: '0000000000000001',
  };
}

/** Sources whose first is in pulses, with the constants of table 15 to be applied. */
export function inPulses(tables: Map<number, TableRecord>): Map<number, TableRecord> {
  const links = tables.get(16)!.SOURCES_LINK as readonly TableRecord[];
  tables.set(16, { SOURCES_LINK: [link(applied), ...links.slice(1)] });
  return tables;
}

export const identification: Identification = { standard: 0, version: 1, revision: 0, features: [] };

export function madeMeter(making: Making = {}, spec: Partial<MeterSpec> = {}): SimulatedMeter {
  return new SimulatedMeter({
    tables: meterTables(making),
    identification,
    password: PASSWORD,
    openTables: new Set([0, 1]),
    ...spec,
  });
}

/** The same tables as the device sends and a reader decodes them. */
export type { Tables };
