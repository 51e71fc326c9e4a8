// data table
/** Decade 0: what the device is and how it writes, procedures (C12.19 clause 9.1), and passwords. */
import {
  array,
  bcd,
  binary,
  bits,
  choice,
  flag,
  of,
  own,
  record,
  rest,
  set,
  type TableDefinition,
  text,
  u8,
  u16,
} from './language.ts';

const isBcd = flag(0, 'FORMAT_CONTROL_2.ID_FORM');
/** An identification in characters, or in digits where the device says so. */
const identity = (characters: number) =>
  choice((scope) => (isBcd(scope) ? bcd(characters / 2) : text(characters)));

/** TABLE_IDB_BFLD: a table, a procedure or an event, of the standard or of the manufacturer. */
export const reference = bits(2, { NBR: [0, 10], MFG_FLAG: 11, SELECTOR: [12, 15] });

export const configurationTables: readonly TableDefinition[] = [
  {
    id: 0,
    name: 'GEN_CONFIG_TBL',
    type: record({
      FORMAT_CONTROL_1: bits(1, { DATA_ORDER: [0, 0], CHAR_FORMAT: [1, 3], MODEL_SELECT: [4, 6] }),
      FORMAT_CONTROL_2: bits(1, {
        TM_FORMAT: [0, 2],
        DATA_ACCESS_METHOD: [3, 4],
        ID_FORM: 5,
        INT_FORMAT: [6, 7],
      }),
      FORMAT_CONTROL_3: bits(1, { NI_FORMAT1: [0, 3], NI_FORMAT2: [4, 7] }),
      DEVICE_CLASS: binary(4),
      NAMEPLATE_TYPE: u8,
      DEFAULT_SET_USED: u8,
      MAX_PROC_PARM_LENGTH: u8,
      MAX_RESP_DATA_LEN: u8,
      STD_VERSION_NO: u8,
      STD_REVISION_NO: u8,
      DIM_STD_TBLS_USED: u8,
      DIM_MFG_TBLS_USED: u8,
      DIM_STD_PROC_USED: u8,
      DIM_MFG_PROC_USED: u8,
      DIM_MFG_STATUS_USED: u8,
      NBR_PENDING: u8,
      STD_TBLS_USED: set(own('DIM_STD_TBLS_USED')),
      MFG_TBLS_USED: set(own('DIM_MFG_TBLS_USED')),
      STD_PROC_USED: set(own('DIM_STD_PROC_USED')),
      MFG_PROC_USED: set(own('DIM_MFG_PROC_USED')),
      STD_TBLS_WRITE: set(own('DIM_STD_TBLS_USED')),
      MFG_TBLS_WRITE: set(own('DIM_MFG_TBLS_USED')),
    }),
  },
  {
    id: 1,
    name: 'GENERAL_MFG_ID_TBL',
    type: record({
      MANUFACTURER: text(4),
      ED_MODEL: text(8),
      HW_VERSION_NUMBER: u8,
      HW_REVISION_NUMBER: u8,
      FW_VERSION_NUMBER: u8,
      FW_REVISION_NUMBER: u8,
      MFG_SERIAL_NUMBER: identity(16),
    }),
  },
  {
    id: 3,
    name: 'ED_MODE_STATUS_TBL',
    type: record({
      ED_MODE: bits(1, { METERING_FLAG: 0, TEST_MODE_FLAG: 1, METER_SHOP_MODE_FLAG: 2, FACTORY_FLAG: 3 }),
      ED_STD_STATUS1: bits(2, {
        UNPROGRAMMED_FLAG: 0,
        CONFIGURATION_ERROR_FLAG: 1,
        SELF_CHK_ERROR_FLAG: 2,
        RAM_FAILURE_FLAG: 3,
        ROM_FAILURE_FLAG: 4,
        NONVOL_MEM_FAILURE_FLAG: 5,
        CLOCK_ERROR_FLAG: 6,
        MEASUREMENT_ERROR_FLAG: 7,
        LOW_BATTERY_FLAG: 8,
        LOW_LOSS_POTENTIAL_FLAG: 9,
        DEMAND_OVERLOAD_FLAG: 10,
        POWER_FAILURE_FLAG: 11,
        TAMPER_DETECT_FLAG: 12,
        REVERSE_ROTATION_FLAG: 13,
      }),
      ED_STD_STATUS2: u8,
      ED_MFG_STATUS: set(of(0, 'DIM_MFG_STATUS_USED')),
    }),
  },
  { id: 5, name: 'DEVICE_IDENT_TBL', type: record({ IDENTIFICATION: identity(20) }) },
  {
    id: 6,
    name: 'UTIL_INFO_TBL',
    type: record({
      OWNER_NAME: text(20),
      UTILITY_DIV: text(20),
      SERVICE_POINT_ID: identity(20),
      ELEC_ADDR: text(20),
      DEVICE_ID: identity(20),
      UTIL_SER_NO: identity(20),
      CUSTOMER_ID: identity(20),
      COORDINATE_1: binary(10),
      COORDINATE_2: binary(10),
      COORDINATE_3: binary(10),
      TARIFF_ID: text(8),
      EX1_SW_VENDOR: text(4),
      EX1_SW_VERSION_NUMBER: u8,
      EX1_SW_REVISION_NUMBER: u8,
      EX2_SW_VENDOR: text(4),
      EX2_SW_VERSION_NUMBER: u8,
      EX2_SW_REVISION_NUMBER: u8,
      PROGRAMMER_NAME: text(10),
      MISC_ID: text(30),
    }),
  },
  {
    id: 7,
    name: 'PROC_INITIATE_TBL',
    type: record({ PROC: reference, SEQ_NBR: u8, PARM_RCD: rest }),
  },
  {
    id: 8,
    name: 'PROC_RESPONSE_TBL',
    type: record({ PROC: reference, SEQ_NBR: u8, RESULT_CODE: u8, RESP_DATA_RCD: rest }),
  },
];

const passwordFields = {
  NBR_PASSWORDS: u8,
  PASSWORD_LEN: u8,
  NBR_KEYS: u8,
  KEY_LEN: u8,
  NBR_PERM_USED: u16,
};

export const securityTables: readonly TableDefinition[] = [
  { id: 40, name: 'DIM_SECURITY_LIMITING_TBL', type: record(passwordFields) },
  { id: 41, name: 'ACT_SECURITY_LIMITING_TBL', type: record(passwordFields) },
  {
    id: 42,
    name: 'SECURITY_TBL',
    type: record({
      SECURITY_ENTRIES: array(
        of(41, 'NBR_PASSWORDS'),
        record({ PASSWORD: binary(of(41, 'PASSWORD_LEN')), ACCESS_PERMISSIONS: u8 }),
      ),
    }),
  },
];
