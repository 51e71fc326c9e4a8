/** Where the fields of a statistics record are: byte offsets, little endian. Changing one changes the format. */
export const BYTES = 256;

export const LAST_VALUE = 0; // f64
export const HIGHEST_END = 8; // u32
export const LAST_DAY = 12; // u32: day number + 1
export const DAYS = 16; // u32
export const SLOTS = 20; // u32
export const ZEROS = 24; // u32
export const EQUAL_RUN = 28; // u16
export const ZERO_DAYS = 30; // u16
export const MADE_DAYS = 32; // u16
export const SHAPE_DAYS = 34; // 2 x u8: days behind each shape, at most 255
export const LONGEST_RUN = 36; // f32
export const REPEAT_SHARE = 40; // f32
export const DAY_MAXIMUM = 44; // f32
export const STEP_VARIANCE = 48; // f32
export const MAXIMUM_MEAN = 52; // f32
export const MINIMUM_MEAN = 56; // f32
export const SHIFT_FAST = 60; // f32
export const SHIFT_SLOW = 64; // f32
export const LEVEL = 68; // 3 x (f32 days, f32 mean, f32 variance): totals by day type
export const LEVEL_BYTES = 12;
export const RING = 104; // 28 x u16: log2(total + 1) in 1/1024
export const RING_DAYS = 28;
export const LOG_SCALE = 1_024;
export const SHAPE = 160; // 2 x 24 x u16: share of the day by local hour, working days and others
export const SHAPE_SCALE = 0xffff;
