/** ANSI C12.18, C12.19, C12.21 and C12.22: the meters of North America. */
export {
  type AuthenticationValue,
  type C1222Message,
  decodeMessage,
  encodeMessage,
  type Integer,
  type MessageSpec,
  type UserInformation,
} from './c1222/acse.ts';
export { EaxPrimeKey } from './c1222/eax-prime.ts';
export {
  type Epsem,
  type EpsemControl,
  plainControl,
  type ResponseControl,
  type SecurityMode,
} from './c1222/epsem.ts';
export { C1222Stream } from './c1222/message-stream.ts';
export {
  openMessage,
  type SessionSecurity,
  sealMessage,
  securityElements,
  securityOf,
} from './c1222/secure.ts';
export { Reassembler, segmentMessage } from './c1222/segmentation.ts';
export * from './client/c12-reader.ts';
export * from './client/exchange.ts';
export * from './client/network.ts';
export * from './decode-line.ts';
export * from './errors.ts';
export * from './link/packet.ts';
export * from './link/psem-link.ts';
export * from './meaning/clock.ts';
export * from './meaning/events.ts';
export * from './meaning/load-profile.ts';
export * from './meaning/sources.ts';
export * from './meaning/to-push.ts';
export * from './meaning/unit-of-measure.ts';
export * from './psem/codes.ts';
export * from './psem/response.ts';
export * from './psem/service.ts';
export * from './psem/table-data.ts';
export * from './psem/uid.ts';
export * from './server/meter-ends.ts';
export * from './server/simulated-meter.ts';
export * from './tables/codec.ts';
export * from './tables/formats.ts';
export * from './tables/language.ts';
export { blockTable, type ProfileSet } from './tables/profile-tables.ts';
export * from './tables/standard-tables.ts';
export * from './tables/value.ts';
export * from './telegram.ts';
export * from './telegram-json.ts';
