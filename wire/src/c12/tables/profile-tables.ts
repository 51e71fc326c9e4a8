// data table
/** Decade 6: load profiles in up to four sets (C12.19 clause 9.7). */
import { c12Errors } from '../errors.ts';
import {
  array,
  bits,
  choice,
  type Field,
  flag,
  i8,
  i16,
  i32,
  ni1,
  ni2,
  of,
  record,
  type Scope,
  set,
  stime,
  type TableDefinition,
  type Type,
  u8,
  u16,
  u32,
  when,
} from './language.ts';

const profileSets = [1, 2, 3, 4] as const;
export type ProfileSet = (typeof profileSets)[number];

/** Number of the table with the blocks of a set. */
export const blockTable = (set: ProfileSet): number => 63 + set;
const isUsed = (set: ProfileSet) => flag(0, `STD_TBLS_USED.${blockTable(set)}`);

/** Fields of each set that the device has. */
function eachSet(fields: (set: ProfileSet) => Readonly<Record<string, Field>>) {
  return Object.fromEntries(profileSets.map((set) => [`SET${set}`, when(isUsed(set), record(fields(set)))]));
}

const flags = bits(2, {
  LP_SET1_INHIBIT_OVF_FLAG: 0,
  LP_SET2_INHIBIT_OVF_FLAG: 1,
  LP_SET3_INHIBIT_OVF_FLAG: 2,
  LP_SET4_INHIBIT_OVF_FLAG: 3,
  BLK_END_READ_FLAG: 4,
  BLK_END_PULSE_FLAG: 5,
  SCALAR_DIVISOR_FLAG_SET1: 6,
  SCALAR_DIVISOR_FLAG_SET2: 7,
  SCALAR_DIVISOR_FLAG_SET3: 8,
  SCALAR_DIVISOR_FLAG_SET4: 9,
  EXTENDED_INT_STATUS_FLAG: 10,
  SIMPLE_INT_STATUS_FLAG: 11,
  BLK_END_RD_INDICATOR_FLAG: 12,
});

const limits = record({
  LP_MEMORY_LEN: u32,
  LP_FLAGS: flags,
  LP_FMATS: bits(1, {
    INV_UINT8_FLAG: 0,
    INV_UINT16_FLAG: 1,
    INV_UINT32_FLAG: 2,
    INV_INT8_FLAG: 3,
    INV_INT16_FLAG: 4,
    INV_INT32_FLAG: 5,
    INV_NI_FMAT1_FLAG: 6,
    INV_NI_FMAT2_FLAG: 7,
  }),
  ...eachSet(() => ({ NBR_BLKS: u16, NBR_BLK_INTS: u16, NBR_CHNS: u8, MAX_INT_TIME: u8 })),
});

const channels = (set: ProfileSet) => of(61, `SET${set}.NBR_CHNS`);

const control = record(
  eachSet((set) => ({
    LP_SEL: array(
      channels(set),
      record({
        CHNL_FLAG: bits(1, { END_RDG_FLAG: 0 }),
        LP_SOURCE_SELECT: u8,
        END_BLK_RDG_SOURCE_SELECT: u8,
      }),
    ),
    INT_FMT_CDE: u8,
    SCALARS: when(flag(61, `LP_FLAGS.SCALAR_DIVISOR_FLAG_SET${set}`), array(channels(set), u16)),
    DIVISOR: when(flag(61, `LP_FLAGS.SCALAR_DIVISOR_FLAG_SET${set}`), array(channels(set), u16)),
  })),
);

const status = record(
  eachSet(() => ({
    LP_SET_STATUS_FLAGS: bits(1, {
      ORDER: 0,
      OVERFLOW_FLAG: 1,
      LIST_TYPE: 2,
      BLOCK_INHIBIT_OVERFLOW_FLAG: 3,
      INTERVAL_ORDER: 4,
      ACTIVE_MODE_FLAG: 5,
      TEST_MODE: 6,
    }),
    NBR_VALID_BLOCKS: u16,
    LAST_BLOCK_ELEMENT: u16,
    LAST_BLOCK_SEQ_NBR: u32,
    NBR_UNREAD_BLOCKS: u16,
    NBR_VALID_INT: u16,
  })),
);

const intervalFormats: Readonly<Record<number, Type>> = {
  1: u8,
  2: u16,
  4: u32,
  8: i8,
  16: i16,
  32: i32,
  64: ni1,
  128: ni2,
};

/** Type of the values of a set, which table 62 chooses. */
function intervalType(set: ProfileSet): (scope: Scope) => Type {
  return (scope) => {
    const code = scope.number(62, `SET${set}.INT_FMT_CDE`);
    const type = intervalFormats[code];
    if (type !== undefined) return type;
    throw c12Errors.C12_BAD_VALUE(`INT_FMT_CDE ${code} (C12.19 table 62)`, { clause: 'C12.19 table 62' });
  };
}

/** One block of a set. */
export function blockType(one: ProfileSet): Type & { readonly kind: 'record' } {
  const intervals = of(61, `SET${one}.NBR_BLK_INTS`);
  const interval = record({
    // the first byte: common state and channel 1; the others two channels each
    EXTENDED_INT_STATUS: when(
      flag(61, 'LP_FLAGS.EXTENDED_INT_STATUS_FLAG'),
      array((scope) => Math.floor(channels(one)(scope) / 2) + 1, u8),
    ),
    INT_DATA: array(channels(one), choice(intervalType(one))),
  });
  return record({
    BLK_END_TIME: stime,
    END_READINGS: array(
      channels(one),
      record({
        BLOCK_END_READ: when(flag(61, 'LP_FLAGS.BLK_END_READ_FLAG'), ni1),
        BLOCK_END_PULSE: when(flag(61, 'LP_FLAGS.BLK_END_PULSE_FLAG'), u32),
      }),
    ),
    SIMPLE_INT_STATUS: when(
      flag(61, 'LP_FLAGS.SIMPLE_INT_STATUS_FLAG'),
      set((scope) => Math.floor((intervals(scope) + 7) / 8)),
    ),
    LP_INT: array(intervals, interval),
  });
}

export const profileTables: readonly TableDefinition[] = [
  { id: 60, name: 'DIM_LP_TBL', type: limits },
  { id: 61, name: 'ACT_LP_TBL', type: limits },
  { id: 62, name: 'LP_CTRL_TBL', type: control },
  { id: 63, name: 'LP_STATUS_TBL', type: status },
  ...profileSets.map((one) => ({
    id: blockTable(one),
    name: `LP_DATA_SET${one}_TBL`,
    type: record({ LP_DATA_SET: array(of(61, `SET${one}.NBR_BLKS`), blockType(one)) }),
  })),
];
