export * from './collect/collector.ts';
export * from './collect/errors.ts';
export * from './collect/gaps.ts';
export * from './collect/grid.ts';
export {
  type CollectLimits,
  defaultCollectLimits,
  type LinkHealth,
  type LinkLimits,
} from './collect/limits.ts';
export * from './collect/need.ts';
export * from './collect/plan.ts';
export { defaultOrder, type MeterWork, type OrderOptions } from './collect/queue.ts';
export * from './collect/scheduler.ts';
export * from './collect/service-level.ts';
export * from './errors.ts';
export * from './ingest/directory.ts';
export * from './ingest/limits.ts';
export * from './ingest/pipeline.ts';
export * from './ingest/types.ts';
export { type BareBroker, startBareBroker } from './mqtt/bare.ts';
export { startEmbeddedBroker } from './mqtt/embedded.ts';
export { startExternalFront } from './mqtt/external.ts';
export { defaultMqttLimits } from './mqtt/limits.ts';
export { identityOfFilters } from './mqtt/topics.ts';
export * from './mqtt/types.ts';
