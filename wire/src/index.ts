export { bytesOfHex, hexOf } from './bytes.ts';
export * from './errors.ts';
export * from './frame.ts';
export * from './push/body.ts';
export * from './push/decode.ts';
export * from './push/encode.ts';
export * from './push/message.ts';
export * from './push/register-columns.ts';
export * from './push/split.ts';
