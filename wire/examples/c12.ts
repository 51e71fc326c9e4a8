/**
 * Reads the registers of a meter over C12.18; the meter is a simulated one, the line is a function call.
 *
 *   node --import tsx --conditions=@openami/source wire/examples/c12.ts
 */
import {
  C12Reader,
  type C12Transport,
  LineExchange,
  MeterLine,
  SimulatedMeter,
  type TableRecord,
  toPush,
} from '@openami/wire/c12';

const tables = new Map<number, TableRecord>([
  [
    0,
    {
      FORMAT_CONTROL_1: { CHAR_FORMAT: 1 },
      FORMAT_CONTROL_2: { TM_FORMAT: 2 },
      FORMAT_CONTROL_3: { NI_FORMAT1: 8, NI_FORMAT2: 8 },
      DEVICE_CLASS: new Uint8Array(4),
      NAMEPLATE_TYPE: 2,
      DEFAULT_SET_USED: 0,
      MAX_PROC_PARM_LENGTH: 0,
      MAX_RESP_DATA_LEN: 0,
      STD_VERSION_NO: 2,
      STD_REVISION_NO: 0,
      DIM_STD_TBLS_USED: 3,
      DIM_MFG_TBLS_USED: 0,
      DIM_STD_PROC_USED: 0,
      DIM_MFG_PROC_USED: 0,
      DIM_MFG_STATUS_USED: 0,
      NBR_PENDING: 0,
      STD_TBLS_USED: [0, 5, 11, 12, 16, 21, 22, 23],
      MFG_TBLS_USED: [],
      STD_PROC_USED: [],
      MFG_PROC_USED: [],
      STD_TBLS_WRITE: [],
      MFG_TBLS_WRITE: [],
    },
  ],
  [5, { IDENTIFICATION: 'OA-C12-0001' }],
  [
    11,
    {
      SOURCE_FLAGS: {},
      NBR_UOM_ENTRIES: 1,
      NBR_DEMAND_CTRL_ENTRIES: 0,
      DATA_CTRL_LENGTH: 0,
      NBR_DATA_CTRL_ENTRIES: 0,
      NBR_CONSTANTS_ENTRIES: 0,
      CONSTANTS_SELECTOR: 2,
      NBR_SOURCES: 1,
    },
  ],
  // Wh, thousands, of the quadrants in which energy is delivered
  [12, { UOM_ENTRY: [{ ID_CODE: 0, MULTIPLIER: 2, Q1_ACCOUNTABILITY: true, Q4_ACCOUNTABILITY: true }] }],
  [16, { SOURCES_LINK: [{ UOM_ENTRY_FLAG: true, PULSE_ENGR_FLAG: true }] }],
  [
    21,
    {
      REG_FUNC1_FLAGS: {},
      REG_FUNC2_FLAGS: {},
      NBR_SELF_READS: 0,
      NBR_SUMMATIONS: 1,
      NBR_DEMANDS: 0,
      NBR_COIN_VALUES: 0,
      NBR_OCCUR: 0,
      NBR_TIERS: 0,
      NBR_PRESENT_DEMANDS: 0,
      NBR_PRESENT_VALUES: 0,
    },
  ],
  [
    22,
    {
      SUMMATION_SELECT: [0],
      DEMAND_SELECT: [],
      MIN_OR_MAX_FLAGS: [],
      COINCIDENT_SELECT: [],
      COIN_DEMAND_ASSOC: [],
    },
  ],
  [
    23,
    {
      TOT_DATA_BLOCK: { SUMMATIONS: [{ raw: 34_567, power: 0 }], DEMANDS: [], COINCIDENTS: [] },
      TIER_DATA_BLOCK: [],
    },
  ],
]);
const identification = { standard: 0, version: 1, revision: 0, features: [] };
const meter = new MeterLine(new SimulatedMeter({ tables, identification }));

/** What an optical head or a modem would be. */
const answers: Uint8Array[] = [];
const transport: C12Transport = {
  send: async (bytes) => void answers.push(...meter.receive(bytes)),
  receive: async () => answers.shift(),
};

const reader = new C12Reader(new LineExchange(transport));
await reader.identify();
await reader.negotiate(256, 8);
await reader.logon({ userId: 1, user: 'reader' });
const push = toPush(await reader.readRegisters(), { receivedS: 1_772_323_200 });
for (const { quantity, unit, value } of push.series) console.log(push.device, quantity, value[0], unit);
await reader.logoff();
