export { Lwm2mCommandDriver, type Lwm2mField } from './coap/command-driver.ts';
export * from './coap/errors.ts';
export { createCoapFront } from './coap/front.ts';
export { defaultCoapLimits } from './coap/limits.ts';
export { meterPlan } from './coap/lwm2m-server.ts';
export * from './coap/types.ts';
export * from './collect/collector.ts';
export * from './collect/errors.ts';
export * from './collect/gaps.ts';
export * from './collect/grid.ts';
export * from './collect/item-channels.ts';
export {
  type CollectLimits,
  defaultCollectLimits,
  type LinkCapacity,
  type LinkHealth,
} from './collect/limits.ts';
export * from './collect/need.ts';
export * from './collect/plan.ts';
export { defaultOrder, type MeterWork, type OrderOptions } from './collect/queue.ts';
export * from './collect/scheduler.ts';
export * from './collect/service-level.ts';
export type { ActivityCalendar } from './commands/calendar.ts';
export { differenceText } from './commands/difference-words.ts';
export * from './commands/driver.ts';
export * from './commands/errors.ts';
export * from './commands/executor.ts';
export type {
  CommandKind,
  Difference,
  Observation,
  ObservationName,
  Observations,
} from './commands/kind-shape.ts';
export * from './commands/kinds.ts';
export * from './commands/orders.ts';
export * from './commands/safety.ts';
export * from './commands/safety-changes.ts';
export * from './device-ca/authority.ts';
export * from './device-ca/errors.ts';
export { type Channel, connectTcp } from './dlms/channel.ts';
export * from './dlms/command-driver.ts';
export * from './dlms/counters.ts';
export * from './dlms/endpoint.ts';
export { checkEndpoint, exposures } from './dlms/endpoint-rules.ts';
export * from './dlms/errors.ts';
export * from './dlms/field.ts';
export type { MeterIdentity } from './dlms/identify.ts';
export * from './dlms/image-driver.ts';
export * from './dlms/inbound.ts';
export * from './dlms/key-check.ts';
export * from './dlms/limits.ts';
export type { DlmsLink } from './dlms/link.ts';
export * from './dlms/meter-access.ts';
export { nodeCrypto } from './dlms/node-crypto.ts';
export type { PushRefusal, PushSink, ReceivedPush } from './dlms/push-intake.ts';
export * from './dlms/push-keys.ts';
export * from './dlms/push-listener.ts';
export * from './dlms/push-senders.ts';
export * from './dlms/push-sink.ts';
export * from './dlms/reader.ts';
export * from './dlms/rotated-meter.ts';
export * from './dlms/session.ts';
export * from './dlms/session-book.ts';
export * from './dlms/session-log.ts';
export * from './errors.ts';
export * from './events/desk.ts';
export * from './events/dlms-event-table.ts';
export * from './events/dlms-events.ts';
export * from './events/push-events.ts';
export { bitmapOf, countBlocks } from './firmware/bitmap.ts';
export * from './firmware/campaign.ts';
export * from './firmware/campaigns.ts';
export * from './firmware/errors.ts';
export * from './firmware/image.ts';
export * from './firmware/runner.ts';
export type { FirmwareTarget, ImageStatus, TransferOutcome } from './firmware/transfer.ts';
export { type Heard, type HeardPath, SignalBook } from './heard-book.ts';
export * from './ingest/directory.ts';
export * from './ingest/limits.ts';
export * from './ingest/pipeline.ts';
export * from './ingest/types.ts';
export * from './keys/counters.ts';
export * from './keys/diagnose.ts';
export * from './keys/errors.ts';
export * from './keys/kek.ts';
export * from './keys/key-import.ts';
export * from './keys/key-life.ts';
export * from './keys/key-sets.ts';
export type { MeterTitle, TitleStore } from './keys/key-titles.ts';
export { checkedKey } from './keys/lengths.ts';
export { type RotatedKind, type RotationState, rotatedKinds } from './keys/rotation.ts';
export * from './keys/rotations.ts';
export { Secret } from './keys/secret.ts';
export * from './keys/vault.ts';
export { type BareBroker, startBareBroker } from './mqtt/bare.ts';
export { startEmbeddedBroker } from './mqtt/embedded.ts';
export { startExternalFront } from './mqtt/external.ts';
export { defaultMqttLimits } from './mqtt/limits.ts';
export { StoringClient, type Subscription } from './mqtt/storing-client.ts';
export { type MqttSender, type MqttTaker, telegramTaker, topicCheck } from './mqtt/takers.ts';
export { identityOfFilters } from './mqtt/topics.ts';
export * from './mqtt/types.ts';
export { QuietLog } from './quiet-log.ts';
export * from './radio/errors.ts';
export * from './radio/forms.ts';
export * from './radio/heard.ts';
export * from './radio/intake.ts';
export * from './radio/key-check.ts';
export * from './radio/keys.ts';
export * from './radio/models.ts';
export * from './radio/open.ts';
