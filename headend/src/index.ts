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
export { type Channel, connectTcp } from './dlms/channel.ts';
export * from './dlms/counters.ts';
export * from './dlms/endpoint.ts';
export * from './dlms/errors.ts';
export type { MeterIdentity } from './dlms/identify.ts';
export * from './dlms/inbound.ts';
export * from './dlms/limits.ts';
export type { DlmsLink } from './dlms/link.ts';
export { nodeCrypto } from './dlms/node-crypto.ts';
export type { PushSink, ReceivedPush } from './dlms/push-intake.ts';
export * from './dlms/push-listener.ts';
export * from './dlms/session.ts';
export * from './dlms/session-log.ts';
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
