/** Contract: LoRaWAN devices, their codecs, and downlinks to them. */
import { type Static, Type } from 'typebox';
import { Id, Instant, Name, nullable, oneOf } from './common.ts';

const count = Type.Integer({ minimum: 0 });
const DevEui = Type.String({ pattern: '^[0-9a-f]{16}$', description: '16 lower-case hexadecimal digits' });
const CodecId = Type.String({ minLength: 1, maxLength: 260, pattern: '^[\\w.-]+(/[\\w.-]+){0,3}$' });
const MeterName = Type.String({ maxLength: 128, description: 'Serial or address; empty: the DevEUI itself' });

export const heardDeviceStates = ['read', 'silent', 'no-codec', 'other-port', 'failed'] as const;
export const LorawanDeviceItem = Type.Object({
  devEui: DevEui,
  server: oneOf(['chirpstack', 'things-stack']),
  deviceName: Type.String({ description: 'What the network server calls it' }),
  applicationId: Type.String(),
  tenantId: nullable(Type.String()),
  profile: nullable(Type.String()),
  meterId: nullable(Id),
  meter: Type.String({ description: 'Name under which its readings are stored' }),
  codecId: nullable(Type.String()),
  first: Instant,
  last: Instant,
  uplinks: count,
  everyS: Type.Number({ description: 'Seconds between two uplinks, about; 0 until there were two' }),
  state: oneOf(heardDeviceStates, { description: 'What became of its last uplink' }),
  code: Type.String({ description: 'Of the error of the last uplink; empty for none' }),
  devAddr: nullable(Type.String()),
  fPort: nullable(Type.Integer()),
  fCnt: nullable(Type.Integer()),
  missed: Type.Integer({
    description: 'Uplinks that its frame counter says there were, and that never came',
  }),
  resets: Type.Integer({ description: 'Times that its frame counter began anew' }),
  joins: count,
  joined: nullable(Instant),
  batteryPercent: nullable(Type.Number()),
  externalPower: Type.Boolean(),
  marginDb: nullable(Type.Number()),
  spreadingFactor: nullable(Type.Integer()),
  supply: nullable(
    Type.Object(
      { on: Type.Boolean(), at: Instant },
      { description: 'As the device last said it; null where its codec does not tell' },
    ),
  ),
  paths: Type.Array(
    Type.Object({
      gateway: Type.String(),
      uplinks: count,
      last: Instant,
      rssiMean: nullable(Type.Number({ description: 'dBm' })),
      rssiMin: nullable(Type.Number()),
      rssiMax: nullable(Type.Number()),
      snrDb: nullable(Type.Number({ description: 'Of the last uplink' })),
    }),
  ),
});
export type LorawanDeviceItem = Static<typeof LorawanDeviceItem>;
export const LorawanDeviceQuery = Type.Object({
  q: Type.Optional(Type.String({ maxLength: 100, description: 'Part of the DevEUI, the name or the meter' })),
  state: Type.Optional(oneOf(heardDeviceStates)),
  registered: Type.Optional(Type.Boolean()),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000 })),
});
export const LorawanDeviceList = Type.Object({
  items: Type.Array(LorawanDeviceItem),
  total: Type.Integer({ description: 'Of those asked for' }),
  heard: Type.Integer({ description: 'Of all' }),
});
export type LorawanDeviceList = Static<typeof LorawanDeviceList>;
export const DevEuiParams = Type.Object({ devEui: DevEui });

export const DeviceServerBody = Type.Object({
  server: oneOf(['chirpstack', 'things-stack']),
  applicationId: Type.String({
    ...{ minLength: 1, maxLength: 128, pattern: '^[^/+#\\x00]*$' },
    description: 'Of The Things Stack `application@tenant`, where downlinks are sent',
  }),
  tenantId: Type.Optional(nullable(Type.String({ minLength: 1, maxLength: 128 }))),
});

export const LorawanTaken = Type.Object({
  devEui: DevEui,
  event: Type.String(),
  outcome: oneOf(['stored', 'unread', 'repeat', 'noted'], {
    description: 'unread: kept, to be read once the device has a codec for it; noted: no uplink',
  }),
  code: Type.String({ description: 'Why it is not read; empty for nothing' }),
});
export type LorawanTaken = Static<typeof LorawanTaken>;
export const ChirpstackQuery = Type.Object({
  event: Type.Optional(
    oneOf(['up', 'join', 'status', 'ack', 'txack', 'log', 'location', 'integration'], {
      description: 'As ChirpStack adds it; else it is told from the fields',
    }),
  ),
});

export const CodecItem = Type.Object({
  id: Type.String(),
  version: Type.Integer(),
  enabled: Type.Boolean(),
  vendor: Type.String(),
  models: Type.Array(Type.String()),
  fPorts: Type.Array(Type.Integer()),
  decoder: Type.String(),
  examples: count,
  devices: Type.Integer({ description: 'Heard devices that have it' }),
  uploadedBy: Name,
  uploaded: Instant,
});
export type CodecItem = Static<typeof CodecItem>;
export const CodecList = Type.Object({ items: Type.Array(CodecItem) });
export type CodecList = Static<typeof CodecList>;
/** Looked at field by field by the head-end, which names what is wrong. */
export const CodecBody = Type.Unsafe<Record<string, unknown>>({
  type: 'object',
  additionalProperties: true,
  description: 'A codec: id, vendor, models, fPorts, decoder, script, examples, mapping, control',
});
export const CodecEnabledBody = Type.Object({ id: CodecId, enabled: Type.Boolean() });

export const CodecAssignBody = Type.Object({
  codec: nullable(CodecId),
  meter: Type.Optional(MeterName),
  all: Type.Optional(Type.Boolean({ description: 'Read again also what gave readings before' })),
});
export const CodecAssigned = Type.Object({
  devEui: DevEui,
  codecId: nullable(Type.String()),
  meter: Type.String(),
  read: Type.Integer({ description: 'Kept uplinks that gave readings or events' }),
  failed: Type.Integer({ description: 'Those that the codec could not read' }),
  code: Type.String({ description: 'Of the error of the newest of them; empty for none' }),
});
export type CodecAssigned = Static<typeof CodecAssigned>;

export const downlinkSteps = [
  ...['queued', 'handing', 'handed', 'sent', 'acked', 'nacked', 'failed', 'expired', 'cancelled'],
] as const;
export const DownlinkItem = Type.Object({
  id: Type.String(),
  devEui: DevEui,
  fPort: Type.Integer(),
  hex: Type.String(),
  confirmed: Type.Boolean(),
  step: oneOf(downlinkSteps),
  tries: count,
  fCnt: nullable(Type.Integer()),
  error: nullable(Type.String({ description: 'Why it waits or ended' })),
  expires: Instant,
});
export type DownlinkItem = Static<typeof DownlinkItem>;
export const DownlinkList = Type.Object({ items: Type.Array(DownlinkItem) });
export type DownlinkList = Static<typeof DownlinkList>;
export const DownlinkBody = Type.Object({
  fPort: Type.Integer({ minimum: 1, maximum: 223 }),
  hex: Type.Optional(Type.String({ pattern: '^([0-9a-fA-F]{2}){0,242}$', description: 'Bytes' })),
  data: Type.Optional(Type.Unknown({ description: 'For `encodeDownlink` of the codec, instead of bytes' })),
  confirmed: Type.Optional(Type.Boolean({ default: false })),
  minutes: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 44_640, default: 1_440, description: 'Until it expires' }),
  ),
});
export const DownlinkParams = Type.Object({
  devEui: DevEui,
  id: Type.String({ minLength: 1, maxLength: 200 }),
});
