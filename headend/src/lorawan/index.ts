export {
  acceptCodec,
  type CodecDefinition,
  type CodecExample,
  type ExampleFailure,
  failingExamples,
  MBUS_DECODER,
  type MbusPayload,
  scriptOf,
} from './codec.ts';
export { codecErrors } from './codec-errors.ts';
export { CodecHost, type CodecHostLimits, type CodecRunner } from './codec-host.ts';
export { readCodec } from './codec-shape.ts';
export {
  type CodecControl,
  type HarmlessDownlink,
  isHarmless,
  outputOf,
} from './downlink-control.ts';
export {
  type ControlledDevice,
  type DownlinkContent,
  type DownlinkField,
  LorawanCommandDriver,
  type SupplySeen,
} from './downlink-driver.ts';
export {
  type DownlinkState,
  type DownlinkStep,
  decideDownlink,
  type HandOutcome,
  hasEnded,
} from './downlink-life.ts';
export {
  type DownlinkRecord,
  type DownlinkSender,
  type DownlinkStore,
  Downlinks,
  tryName,
} from './downlinks.ts';
export {
  type CodecDirectory,
  type IntakeOptions,
  LorawanIntake,
  type PayloadDecoder,
  type PayloadFrame,
  type UplinkContent,
  type UplinkOutcome,
  type UplinkTaken,
} from './intake.ts';
export type { CodecMapping, EventMapping, SeriesMapping, Where } from './mapping.ts';
export { type MbusPayloadOptions, mbusPayloadDecoder } from './mbus-payload.ts';
export { dataOf, downlinkOf } from './result.ts';
export type { CodecAnswer, CodecFunction, CodecScript, SandboxLimits } from './sandbox.ts';
