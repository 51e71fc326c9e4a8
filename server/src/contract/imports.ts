/** Contract: file imports. */
import { type Static, Type } from 'typebox';
import { Id, Instant, JobFault, listOf, nullable, oneOf, pageQuery } from './common.ts';

export const importFormats = ['csv', 'greenbutton', 'nem12'] as const;
export const ImportFormat = oneOf(importFormats);
export type ImportFormat = Static<typeof ImportFormat>;
export const importStates = ['queued', 'running', 'done', 'failed', 'cancelled'] as const;
export const ImportState = oneOf(importStates);
export type ImportState = Static<typeof ImportState>;

/** Counts of readings, not of lines. */
export const ImportCounts = Type.Object({
  rows: Type.Integer({ description: 'Readings found in the file so far' }),
  stored: Type.Integer({ description: 'New intervals' }),
  repeats: Type.Integer({ description: 'Equal to what was stored already: nothing changed' }),
  corrections: Type.Integer({ description: 'Differed from what was stored: a new revision' }),
  rejected: Type.Integer(),
  unregistered: Type.Integer({ description: 'Kept as seen, not registered' }),
  missing: Type.Integer({ description: 'Explicit nulls' }),
});
export type ImportCounts = Static<typeof ImportCounts>;

export const ImportQuery = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 255 }),
  format: Type.Optional(ImportFormat),
  mapping: Type.Optional(Type.String({ maxLength: 65536, description: 'JSON, as `preview` proposes it' })),
  zone: Type.Optional(
    Type.String({
      maxLength: 64,
      description: 'IANA zone of stamps without one, and of meters that are created',
    }),
  ),
  unit: Type.Optional(Type.String({ maxLength: 20 })),
  quantity: Type.Optional(Type.String({ maxLength: 200 })),
  commodity: Type.Optional(oneOf(['electricity', 'gas', 'water', 'heat'] as const)),
  dryRun: Type.Optional(Type.Boolean({ default: false })),
  registerMissing: Type.Optional(
    Type.Boolean({ default: false, description: 'Create meters and channels for unknown devices' }),
  ),
});
export type ImportQuery = Static<typeof ImportQuery>;

export const ImportJob = Type.Object({
  id: Id,
  name: Type.String(),
  format: ImportFormat,
  bytes: Type.Integer(),
  dryRun: Type.Boolean(),
  state: ImportState,
  progress: Type.Number({ description: '0..1' }),
  counts: ImportCounts,
  error: nullable(JobFault),
  createdAt: Instant,
  startedAt: nullable(Instant),
  finishedAt: nullable(Instant),
});
export type ImportJob = Static<typeof ImportJob>;
export const ImportList = listOf(ImportJob);
export const ImportListQuery = pageQuery({ state: Type.Optional(ImportState) });

export const PreviewColumn = Type.Object({
  index: Type.Integer(),
  name: Type.String(),
  role: Type.String({ description: 'device, time, date, value, quantity, unit, quality, ignore' }),
  confidence: Type.Number(),
  samples: Type.Array(Type.String()),
});
export const PreviewSeries = Type.Object({
  device: Type.String(),
  quantity: Type.String(),
  unit: Type.String(),
  intervalS: Type.Integer({ description: 'Seconds; 0 for a register' }),
  readings: Type.Integer(),
  first: Instant,
  last: Instant,
});
export type PreviewSeries = Static<typeof PreviewSeries>;
export const ImportPreview = Type.Object({
  format: ImportFormat,
  columns: Type.Array(PreviewColumn),
  rows: Type.Array(Type.Array(Type.String()), { description: 'First rows, as in the file' }),
  mapping: Type.Unknown({ description: 'Proposed mapping; send it back as `mapping`, edited or not' }),
  series: Type.Array(PreviewSeries, {
    description: 'Green Button, NEM12: series of the sample, with the ends of their first and last interval',
  }),
  seriesTotal: Type.Integer(),
  warnings: Type.Array(Type.String()),
});
export type ImportPreview = Static<typeof ImportPreview>;

/** Readings as a file; without `meter` those of all meters. */
export const ExportQuery = Type.Object({
  format: ImportFormat,
  meter: Type.Optional(Type.String({ maxLength: 10_000, description: 'Serials, with commas between' })),
  quantity: Type.Optional(Type.String({ maxLength: 200, description: 'OBIS code or alias of the channel' })),
  from: Instant,
  to: Instant,
  zone: Type.Optional(Type.String({ maxLength: 64, description: 'Zone of the time stamps' })),
});
export type ExportQuery = Static<typeof ExportQuery>;
