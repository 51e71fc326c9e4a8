export {
  acceptCodec,
  type CodecDefinition,
  type CodecExample,
  checkCodec,
  type ExampleFailure,
  failingExamples,
  SCRIPT_DECODER,
  SERVER_DECODER,
  scriptOf,
} from './codec.ts';
export { codecErrors } from './codec-errors.ts';
export { CodecHost, type CodecHostLimits, type CodecRunner, defaultCodecHostLimits } from './codec-host.ts';
export { readCodec } from './codec-shape.ts';
export {
  advanceDownlink,
  beginDownlink,
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
export {
  type CodecMapping,
  checkMapping,
  type EventMapping,
  type MappedFrame,
  mapData,
  type SeriesMapping,
  type Where,
} from './mapping.ts';
export { dataOf, downlinkOf } from './result.ts';
export { type Difference, differencesOf } from './same.ts';
export type { CodecAnswer, CodecFunction, CodecScript, SandboxLimits } from './sandbox.ts';
export { CodecSandbox, defaultSandboxLimits } from './sandbox.ts';
