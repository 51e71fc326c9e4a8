/** Contract: the overview, read success, the map and the live stream. */
import { type Static, Type } from 'typebox';
import { CommodityWord, Id, Instant, LocalDate, mapOf, nullable, type Severity } from './common.ts';

/** The clock the server runs on: real, or simulated and accelerated. */
export const ClockState = Type.Object({
  now: Instant,
  speed: Type.Number({ description: 'Simulated seconds per real second; 1 for the real clock' }),
  zone: Type.String({ description: 'IANA zone of the site' }),
  simulated: Type.Boolean(),
});
export type ClockState = Static<typeof ClockState>;

export const Overview = Type.Object({
  metersRegistered: Type.Integer(),
  usagePoints: Type.Integer(),
  readingsStored: Type.Integer(),
  readingsPerSecond: Type.Number(),
  readSuccess: nullable(Type.Number({ description: 'Last whole local day: present / expected, 0..1' })),
  readSuccessByDeadline: nullable(Type.Number({ description: 'The same, received by the deadline' })),
  metersByState: mapOf(Type.Integer()),
  metersByCommodity: mapOf(Type.Integer()),
  clock: ClockState,
  rejections24h: Type.Integer(),
  unregisteredDevices: Type.Integer(),
  writer: Type.Object({
    queuedRows: Type.Integer(),
    repeats: Type.Integer(),
    corrections: Type.Integer(),
  }),
  lastReadingAt: nullable(Instant),
});
export type Overview = Static<typeof Overview>;

export const ReadSuccessQuery = Type.Object({
  days: Type.Optional(Type.Integer({ minimum: 1, maximum: 400, default: 30 })),
});
export const ReadSuccessDay = Type.Object({
  day: LocalDate,
  expected: Type.Integer(),
  present: Type.Integer(),
  byDeadline: Type.Integer(),
});
export type ReadSuccessDay = Static<typeof ReadSuccessDay>;
export const ReadSuccess = Type.Object({
  zone: Type.String(),
  deadline: Type.String({ description: 'Local time on the next day, `06:00`' }),
  days: Type.Array(ReadSuccessDay),
});
export type ReadSuccess = Static<typeof ReadSuccess>;

/** Usage points as columns (one array a column, same length), and the network above them. */
export const MapData = Type.Object({
  points: Type.Object({
    id: Type.Array(Type.Integer()),
    meterId: Type.Array(nullable(Type.Integer())),
    lon: Type.Array(Type.Number()),
    lat: Type.Array(Type.Number()),
    commodity: Type.Array(CommodityWord),
    state: Type.Array(Type.String()),
    label: Type.Array(Type.String()),
  }),
  nodes: Type.Array(
    Type.Object({
      id: Id,
      kind: Type.String(),
      lon: nullable(Type.Number()),
      lat: nullable(Type.Number()),
      parentId: nullable(Id),
      name: Type.String(),
    }),
  ),
});
export type MapData = Static<typeof MapData>;

export const SearchQuery = Type.Object({
  q: Type.String({ minLength: 1, maxLength: 100 }),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 50, default: 10 })),
});
export const SearchHit = Type.Object({
  kind: Type.String({ description: 'meter, usage-point, premise, customer or account' }),
  id: Type.Integer(),
  meterId: nullable(Type.Integer({ description: 'The meter to open for this hit, if there is one' })),
  title: Type.String(),
  subtitle: Type.String(),
});
export type SearchHit = Static<typeof SearchHit>;

export const StreamQuery = Type.Object({
  meter: Type.Optional(Id),
});

/** Data of the SSE event `overview`, sent each second. */
export interface StreamOverview {
  readingsPerSecond: number;
  readingsStored: number;
  now: string;
  queuedRows: number;
}
/** Data of the SSE event `meter-event`. */
export interface StreamMeterEvent {
  at: string;
  meterId: number | null;
  device: string;
  code: string;
  name: string;
  severity: Static<typeof Severity>;
  detail: string;
}
/** Data of the SSE event `import`. */
export interface StreamImport {
  id: number;
  state: string;
  progress: number;
}
/** Data of the SSE event `reading` (only with `?meter=`). */
export interface StreamReading {
  channel: number;
  end: number;
  value: number;
  quality: number;
}
