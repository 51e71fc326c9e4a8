export { type BackupFile, type BackupManifest, backupReadings, restoreReadings } from './backup.ts';
export * from './client.ts';
export * from './engine/engine.ts';
export * from './errors.ts';
export * from './native.ts';
export type { Adoption } from './queries/adopt.ts';
export * from './queries/closed-days.ts';
export {
  type ChannelDeterminants,
  type DeterminantSpec,
  mostSlots,
} from './queries/determinants.ts';
export * from './queries/evidence.ts';
export type { ChannelCoverage, ClippedChannel, PresenceRows, StepGrid } from './queries/presence.ts';
export * from './queries/readings.ts';
export * from './queries/scope.ts';
export type { SettledSpan, SettledSum, SettlementSpec } from './queries/settlement.ts';
export type { ChannelInterval, Span } from './queries/spans.ts';
export * from './queries/stated.ts';
export * from './queries/upkeep.ts';
export * from './store.ts';
export * from './writer/block.ts';
export * from './writer/limits.ts';
export * from './writer/writer.ts';
